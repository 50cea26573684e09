"""The use case of a drill: a person starts and stops it, ticks take its time.

    result = await drilling.start(store, tenant_id, drill)
    result = await drilling.stop(store, tenant_id, actor, at, write_id, drill_id=shown)

`result.done` says what became of it, in one word; `result.drill` is the drill that it is about.
A drill to start is made by `new`. Both are conditional transactions: whoever loses a race, against
a tick or another person, reads again and decides again on what the other one left. A form that is
sent twice acts once; the second time is told what the first one did.

The drill that runs is one live row, which every tick replaces: so a tick that did not know of the
start or the stop stores nothing, and judges again. When it ends it moves to the past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared import ledger, past
from shared.domain.bulletins.bulletin import Bulletin, Occasion, due
from shared.domain.drills import progress
from shared.domain.drills.drill import Drill, DrillEnd
from shared.domain.incidents.actions import LONGEST_NOTE, Actor
from shared.domain.tenant.heartbeats import reference_time
from shared.ports import Delete, Insert, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.bookkeeping import Look
    from shared.domain.incidents.incident import Incident
    from shared.ledger import Snapshot, TenantState
    from shared.ports import Store, Write

_TRIES: Final = 4
"""A tick writes once in minutes, people within seconds: who loses four times has met a defect."""

_FORMS_LAST: Final = timedelta(days=2)
"""So far back is looked for what a form did: longer than any form is good for."""

_LONGEST_NAME: Final = 200


class Done(StrEnum):
    """What became of it."""

    STARTED = "started"
    ALREADY = "already"
    """This form started one before (`Result.same_form`), or another drill runs: `Result.drill`."""
    STOPPED = "stopped"
    NONE_RUNNING = "none_running"
    """There is nothing to stop: none runs, or not the one that was meant."""
    UNSETTLED = "unsettled"
    """Others wrote at the same time, again and again, or it is unknown what became of it: look
    again in a few minutes."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it, and which drill it is about.

    Attributes:
        done: What became of it.
        drill: The drill that was started, stopped or is in the way; None where there is none.
        same_form: Whether this very form did it before.
    """

    done: Done
    drill: Drill | None = None
    same_form: bool = False


def new(actor: Actor, at: datetime, random_part: str, note: str = "") -> Drill:
    """A drill to start.

    Args:
        actor: Who starts it, from where, with which form.
        at: Now; the stopwatch begins.
        random_part: At least 40 random bits as lower-case letters and digits.
        note: What it is about; cut to `LONGEST_NOTE` characters.
    """
    return Drill(
        id=ledger.incident_id(at, random_part),
        started_at=at,
        by=_storable(actor.by, _LONGEST_NAME),
        via=_storable(actor.via, _LONGEST_NAME),
        note=_storable(note, LONGEST_NOTE),
        form=_storable(actor.form, _LONGEST_NAME),
    )


async def start(store: Store, tenant_id: str, drill: Drill) -> Result:
    """Start a drill, and make the card due that says so.

    Args:
        store: The store.
        tenant_id: The partition.
        drill: As `new` makes it.

    Returns:
        `STARTED`, `ALREADY` or `UNSETTLED`.

    Raises:
        StoreUnavailableError: The store could not be read, or refused: nothing was started.
    """
    for attempt in range(_TRIES):
        snap = await load(store, tenant_id)
        known = await _before(store, tenant_id, drill.started_at)
        found = next((e for e in known if e.id == drill.id), None)
        running = snap.drill
        if found is not None or (running is not None and running.id == drill.id):
            return Result(Done.STARTED, found or running)  # our own try: its answer was lost
        if drill.form:
            same = [e for e in (*known, *([running] if running else [])) if e.form == drill.form]
            if same:
                return Result(Done.ALREADY, same[0], same_form=True)
        if running is not None:
            return Result(Done.ALREADY, running)
        told = due(Occasion.DRILL_STARTED, f"drill-started-{drill.id}", drill.started_at, drill.id)
        exporter = progress.last_exporter(snap.state.pair) if snap.state else ""
        writes: list[Write] = [
            Insert(ledger.DRILL_KEY, ledger.encode(replace(drill, active_before=exporter))),
            Insert(ledger.bulletin_key(told), ledger.encode(told)),
        ]
        outcome = await store.commit(tenant_id, writes, f"{drill.id}-start-{attempt}")
        if outcome is Outcome.APPLIED:
            return Result(Done.STARTED, replace(drill, active_before=exporter))
    return Result(Done.UNSETTLED)


async def stop(  # noqa: PLR0913 - where, who, when, and what is meant
    store: Store,
    tenant_id: str,
    actor: Actor,
    at: datetime,
    write_id: str,
    *,
    drill_id: str = "",
) -> Result:
    """End the drill that runs, and make the card due with what it showed.

    One that has recovered already, and only waits for late evidence, ends as recovered.

    Args:
        store: The store.
        tenant_id: The partition.
        actor: Who stops it, from where, with which form.
        at: Now.
        write_id: A fresh random id.
        drill_id: The drill that the person sees; "" for whichever runs.

    Returns:
        `STOPPED`, also when this form stopped it before (`same_form`), `NONE_RUNNING` or
        `UNSETTLED`.

    Raises:
        StoreUnavailableError: The store could not be read, or refused: nothing was stopped.
    """
    form = _storable(actor.form, _LONGEST_NAME)
    ours: Drill | None = None
    for attempt in range(_TRIES):
        snap = await load(store, tenant_id)
        known = await _before(store, tenant_id, at)
        if ours is not None and ours in known:
            return Result(Done.STOPPED, ours)  # our own try: its answer was lost
        same = [each for each in known if form and each.ended_form == form]
        if same:
            return Result(Done.STOPPED, same[0], same_form=True)
        drill = snap.drill
        if drill is None or drill_id not in ("", drill.id):
            return Result(Done.NONE_RUNNING, next((e for e in known if e.id == drill_id), None))
        end = DrillEnd.STOPPED if drill.recovered_at is None else DrillEnd.RECOVERED
        by = _storable(actor.by, _LONGEST_NAME)
        own = [each for each in snap.incidents.values() if each.drill == drill.id]
        ours = replace(progress.finished(drill, end, at, own), ended_by=by, ended_form=form)
        writes = rows(snap, ours, at, f"|{write_id[:8]}" if attempt else "")
        if snap.state is not None and end is DrillEnd.RECOVERED:
            state = replace(snap.state, drill_at=practised_at(snap.state, ours))
            writes.append(ledger.put(snap, ledger.STATE_KEY, state))
        outcome = await store.commit(tenant_id, writes, f"{write_id}-stop-{attempt}")
        if outcome is Outcome.APPLIED:
            return Result(Done.STOPPED, ours)
    return Result(Done.UNSETTLED)


async def load(store: Store, tenant_id: str) -> Snapshot:
    """The tenant's live rows: one storage call.

    Raises:
        StoreUnavailableError: The store could not be read.
    """
    first, last = ledger.live_range()
    return ledger.snapshot(await store.read(tenant_id, first, last))


# -- what a tick does with it ---------------------------------------------------------------------


def running(snap: Snapshot, at: datetime) -> str:
    """The id of the drill that runs at this time; "" for none."""
    found = progress.running(snap.drill, at)
    return found.id if found else ""


def after_tick(snap: Snapshot, view: Look) -> Drill | None:
    """The drill after a tick; None when there is none."""
    drill = snap.drill
    if drill is None or not drill.running:
        return drill
    after = {**snap.incidents, **{step.incident.id: step.incident for step in view.steps}}
    # those of a drill that has just run out lost its mark in this very tick
    own = {each.id for each in _marked(snap.incidents.values(), drill)}
    own |= {each.id for each in _marked(after.values(), drill)}
    seen = progress.Seen(
        at=reference_time(view.observation),
        judgement=view.judgement,
        memory=view.memory,
        pair=view.pair,
        incidents=tuple(after[identifier] for identifier in sorted(own)),
    )
    return progress.advance(drill, seen)


def rows(snap: Snapshot, drill: Drill | None, at: datetime, suffix: str = "") -> list[Write]:
    """The writes that store the drill after a tick or a stop, whether anything changed or not.

    Args:
        snap: What was read.
        drill: The drill afterwards; None when there is none.
        at: Now.
        suffix: Empty at the first try; see `ledger.put_transition`.
    """
    if drill is None:
        return []
    if drill.running:
        return [ledger.put(snap, ledger.DRILL_KEY, drill)]
    told = _told(drill, at)
    return [
        past.put_drill(drill, suffix),
        ledger.put(snap, ledger.bulletin_key(told), told),
        Delete(ledger.DRILL_KEY, snap.etags[ledger.DRILL_KEY]),
    ]


def practised_at(state: TenantState | None, drill: Drill | None) -> datetime | None:
    """When the newest drill that ended by recovery was started, after this one."""
    before = state.drill_at if state else None
    if drill is None or drill.end is not DrillEnd.RECOVERED:
        return before
    return max(before, drill.started_at) if before else drill.started_at


def _told(drill: Drill, at: datetime) -> Bulletin:
    return due(Occasion.DRILL_OVER, f"drill-over-{drill.id}", at, drill.id)


def _marked(incidents: Iterable[Incident], drill: Drill) -> list[Incident]:
    return [each for each in incidents if each.drill == drill.id]


async def _before(store: Store, tenant_id: str, at: datetime) -> list[Drill]:
    """The drills of the last days that are over: one storage call."""
    first, last = past.since(at - _FORMS_LAST)
    return past.read(await store.read(tenant_id, first, last)).drills


def _storable(text: str, limit: int) -> str:
    """Foreign text that every store takes: cut, and without halves of characters."""
    return text[:limit].encode(errors="replace").decode()
