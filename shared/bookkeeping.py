"""What one tick decides and what it stores: pure functions of what was read.

`look` is steps 2 and 3 of a tick, `writes_of_tick` prepares step 4: one conditional transaction
that holds the state, the incidents, their transitions and the outbox, so that no crash can leave
one without the other. Where there is room it also tidies: damaged rows are set aside, told
incidents archived, expired history pruned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared import ledger, tidying
from shared.domain import heartbeats, notifications
from shared.domain.advance import Rhythm, Tick, advance
from shared.domain.cards import Presentation
from shared.domain.days import Day, write_down
from shared.domain.detector import Policy, judge
from shared.domain.heartbeats import Memory
from shared.domain.incidents import State, Step
from shared.domain.readings import Observation
from shared.domain.verdicts import Judgement, Kind
from shared.ledger import TenantState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.domain.notifications import Notification
    from shared.ledger import Snapshot
    from shared.ports import Write


_NOT_BENIGN: Final = frozenset({Kind.SYNC, Kind.DISABLED, Kind.NEVER, Kind.CLOCK})
"""While one of these is open, a gap between two syncs says nothing about the tenant's rhythm."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the team configured for one tenant.

    Attributes:
        tenant_id: The tenant, and its partition in the store.
        policy: The detector's limits.
        rhythm: When incidents speak.
        presentation: What cards show and link to.
        retention: How long history is kept.
        schedule_period: The longest time between two ticks.
    """

    tenant_id: str
    policy: Policy
    rhythm: Rhythm
    presentation: Presentation
    retention: timedelta = timedelta(days=400)
    schedule_period: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Look:
    """One observation judged: what a tick decides before anything is stored."""

    observation: Observation
    memory: Memory
    judgement: Judgement
    steps: tuple[Step, ...]


def look(
    plan: Plan, snap: Snapshot, observation: Observation, new_id: Callable[[Kind], str]
) -> Look:
    """Steps 2 and 3 of a tick: judge the observation and advance the incidents. Pure."""
    before = snap.state.memory if snap.state else Memory(started_at=observation.at)
    benign = not any(
        incident.kind in _NOT_BENIGN and incident.state is not State.RESOLVED
        for incident in snap.incidents.values()
    )
    memory = heartbeats.remember(before, observation, learn=benign)
    judgement = judge(memory, observation, plan.policy)
    tick = Tick(judgement, memory, plan.rhythm, observation.at, snap.unsent)
    steps = advance(snap.incidents.values(), tick, new_id)
    return Look(observation, memory, judgement, tuple(steps))


def writes_of_tick(
    snap: Snapshot, view: Look, due: Iterable[Notification], tick_id: str, suffix: str
) -> list[Write]:
    """Everything that a tick stores, as one transaction.

    Args:
        snap: What the tick read from the ledger.
        view: What it decided.
        due: The notifications that fell due.
        tick_id: The tick, for the state row.
        suffix: Empty at the first try; see `ledger.put_transition`.
    """
    at, state = view.observation.at, snap.state
    before = state.memory if state else view.memory
    today, finished = _day(snap.today, before, view, at)
    on_time = not notifications.overdue(snap.notifications.values(), at)
    succeeded_at = at if on_time else (state.succeeded_at if state else None)
    now = TenantState(
        memory=view.memory,
        tick_id=tick_id,
        ticked_at=at,
        verdict=view.judgement.verdict,
        evidence=view.judgement.evidence,
        succeeded_at=succeeded_at,
    )
    writes: list[Write] = [ledger.put(snap, ledger.STATE_KEY, now)]
    if today != snap.today:
        writes.append(ledger.put(snap, ledger.TODAY_KEY, today))
    if finished is not None:
        writes.append(ledger.put_day(finished, suffix))
    for step in view.steps:
        if step.incident != snap.incidents.get(step.incident.id):
            writes.append(ledger.put(snap, ledger.incident_key(step.incident.id), step.incident))
        writes += [ledger.put_transition(change, suffix) for change in step.transitions]
    writes += [ledger.put(snap, ledger.notification_key(item), item) for item in due]
    writes = tidying.set_aside(snap, writes, at, tick_id)
    writes = tidying.fill(writes, tidying.archive(snap, suffix))
    return tidying.fill(writes, tidying.prune(snap)) if _clock_is_right(view, state) else writes


def _clock_is_right(view: Look, state: TenantState | None) -> bool:
    """Whether our clock may decide what has outlived its retention.

    A clock that jumped ahead would delete the history: so Graph was read and does not contradict
    it, and the tick before ran within a day. Pruning can wait.
    """
    if not view.judgement.readable or view.judgement.finding(Kind.CLOCK) or state is None:
        return False
    return abs(view.observation.at - state.ticked_at) <= timedelta(days=1)


def _day(today: Day | None, before: Memory, view: Look, at: datetime) -> tuple[Day, Day | None]:
    """The day's record and the one that it replaces.

    A record from days ahead was written by a wrong clock. Going on with it would fill one row
    until it is too large to be stored; so it ends here, and a new one begins.
    """
    verdict = view.judgement.verdict
    if today is None or today.day <= at.date() + timedelta(days=1):
        return write_down(today, before, view.memory, verdict, at)
    return write_down(None, before, view.memory, verdict, at)[0], today
