"""The use case of looking at how a tenant stands: two range reads, and pure work on them.

A thousand closed incidents and 400 days are two pages of the past; with the live rows that makes
three storage calls. Nothing outside is asked: what is shown is what the newest tick stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared import ledger, past, recurrence
from shared.bookkeeping import pair_view, password_sync_used
from shared.domain.bulletins.week import Records
from shared.domain.drills import progress
from shared.domain.history import rto
from shared.domain.history.fortnight import fortnight
from shared.domain.history.past import past as in_brief
from shared.domain.history.standing import Servers, Standing
from shared.domain.incidents.incident import State
from shared.domain.pair import roles
from shared.domain.standby.readiness import rank, report
from shared.domain.standby.versions import stale
from shared.domain.verdicts import Verdict, severity

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.bookkeeping import Plan
    from shared.domain.history.past import Past
    from shared.domain.incidents.incident import Incident
    from shared.ledger import Snapshot, TenantState
    from shared.past import PastRows
    from shared.ports import Store

_UPCOMING: Final = 5
_BY_AGE: Final = frozenset({Verdict.HEALTHY, Verdict.LATE, Verdict.SERVER_SILENT})
"""Verdicts whose limit is the age of the last sync."""


async def look(plan: Plan, store: Store, at: datetime) -> tuple[Standing, Snapshot]:
    """How the tenant stands, and the live rows that say so.

    Args:
        plan: What the team configured.
        store: The store.
        at: Now.

    Raises:
        StoreUnavailableError: The store could not be read.
    """
    start, end = ledger.live_range()
    snap = ledger.snapshot(await store.read(plan.tenant_id, start, end))
    start, end = past.whole()
    known = past.read(await store.read(plan.tenant_id, start, end))
    return standing(plan, snap, known, at), snap


async def glance(plan: Plan, store: Store, at: datetime) -> Standing:
    """How the tenant stands now, without its past: one storage call, for the badge.

    Raises:
        StoreUnavailableError: The store could not be read.
    """
    start, end = ledger.live_range()
    snap = ledger.snapshot(await store.read(plan.tenant_id, start, end))
    return standing(plan, snap, past.PastRows(), at)


def standing(plan: Plan, snap: Snapshot, known: PastRows, at: datetime) -> Standing:
    """How the tenant stands. Pure.

    Args:
        plan: What the team configured.
        snap: Its live rows.
        known: Its past.
        at: Now.
    """
    state, zone = snap.state, plan.rhythm.office.zone
    open_ones = [i for i in snap.incidents.values() if i.state is not State.RESOLVED]
    closed = closed_incidents(snap, known)
    drill = progress.running(snap.drill, at)
    drills = sorted(known.drills, key=lambda each: each.started_at, reverse=True)
    shown = [*drills, drill] if drill else drills
    memory = state.memory if state else None
    records = Records(
        days=[*known.days, *([snap.today] if snap.today else [])],
        closed=closed,
        live=open_ones,
        read_at=memory.read_at if memory else None,
        watched_since=memory.started_at if memory else at,
        synced_at=memory.objects.newest_at if memory else None,
    )
    windows = [*plan.windows, *snap.windows.values()]
    found = Standing(
        at=at,
        period=plan.schedule_period,
        chart=fortnight(records, shown, _limit(plan, state), at, zone),
        incidents=tuple(sorted(open_ones, key=_first)),
        closed=tuple(sorted(closed, key=lambda each: (each.opened_at, each.id), reverse=True)),
        drill=drill,
        drills=tuple(drills),
        maintenance=recurrence.maintenance_at(windows, at),
        upcoming=tuple(recurrence.upcoming(windows, at, _UPCOMING)),
        windows=tuple(w for w in snap.windows.values() if not recurrence.over(w, at)),
        trend=rto.trend([*closed, *drills]),
        unreadable=known.unreadable + len(snap.damaged),
    )
    return found if state is None else _with_tick(found, plan, snap, state)


def _with_tick(found: Standing, plan: Plan, snap: Snapshot, state: TenantState) -> Standing:
    problem = state.memory.unavailable
    return replace(
        found,
        as_of=state.ticked_at,
        verdict=state.verdict,
        evidence=state.evidence,
        problem=f"{problem.reason}: {problem.detail}" if problem else "",
        servers=servers(plan, snap, state),
        drill_at=state.drill_at,
    )


def servers(plan: Plan, snap: Snapshot, state: TenantState) -> Servers:
    """Every server as the newest tick judged it: the same rules on the readings that it stored.

    The tick itself stores its report only with an incident, and only of the fittest standbys.
    """
    memory, readings = state.memory, snap.readings
    view = pair_view(plan, memory, state.pair, readings, state.ticked_at)
    who = roles.fuse(view)
    view = replace(
        view,
        cadence=state.evidence.cadence,
        password_sync=password_sync_used(memory, readings),
        drill_at=state.drill_at,
    )
    standbys = rank([report(view, server, who) for server in who.standbys])
    active = (report(view, who.active, who),) if who.active else ()
    cloud_sync, details = readings.cloud_sync.reading, readings.health_details.reading
    return Servers(
        all=(*active, *standbys),
        left_out=who.left_out,
        disagreements=who.disagreements,
        facts_from=view.facts.checked_on if stale(view.facts, view.at.date()) else None,
        cloud_sync=bool(cloud_sync and cloud_sync.running),
        export_errors=details.export_errors if details else None,
    )


def closed_incidents(snap: Snapshot, known: PastRows) -> list[Past]:
    """Every incident that is over: also those that wait for their last card, or to be moved."""
    there = {each.id for each in known.incidents}
    sent = [card.incident for card in snap.notifications.values() if card.sent_at is not None]
    waiting = [
        in_brief(incident, sent.count(incident.id))
        for incident in snap.incidents.values()
        if incident.state is State.RESOLVED and incident.id not in there
    ]
    return [*known.incidents, *waiting]


def _first(incident: Incident) -> tuple[bool, int, datetime]:
    return incident.recovering, -severity(incident.verdict), incident.since


def _limit(plan: Plan, state: TenantState | None) -> timedelta:
    """The limit of the chart: what the newest verdict was measured against, else what is set."""
    limit = state.evidence.limit if state and state.verdict in _BY_AGE else None
    return max(limit or plan.policy.silent_after, plan.policy.silent_after)
