"""What one tick decides and what it stores: pure functions of what was read.

`look` is steps 2 and 3 of a tick, `writes_of_tick` prepares step 4: one conditional transaction
that holds the state, the incidents, their transitions and the outbox, so that no crash can leave
one without the other. Where there is room it also tidies: damaged rows are set aside, told
incidents archived, expired history pruned.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared import bulletin_board, drilling, ledger, maintaining, past, tidying
from shared.domain.bulletins.falling import Fallen
from shared.domain.bulletins.weekly import WeeklyMoment
from shared.domain.cards.messages import Presentation
from shared.domain.incidents import notifications
from shared.domain.incidents.advance import advance
from shared.domain.incidents.days import Day, write_down
from shared.domain.incidents.incident import Incident, State, Step
from shared.domain.incidents.office_hours import OfficeHours
from shared.domain.incidents.rhythm import Rhythm
from shared.domain.incidents.tick import Switch, Tick
from shared.domain.maintenance.window import Maintenance, Window
from shared.domain.pair import exports, reading_plan, roles
from shared.domain.pair.exports import PairMemory
from shared.domain.pair.judging import judge_pair
from shared.domain.pair.readings import PairReadings, Source
from shared.domain.pair.view import Intent, PairView
from shared.domain.readings import Observation, Unavailable
from shared.domain.standby.versions import VersionFacts
from shared.domain.tenant import heartbeats
from shared.domain.tenant.detector import judge
from shared.domain.tenant.heartbeats import Memory
from shared.domain.tenant.limits import Policy, cadence
from shared.domain.verdicts import Judgement, Kind, Verdict, Why
from shared.fitting import storable
from shared.ledger import TenantState
from shared.recurrence import maintenance_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shared.domain.incidents.notifications import Notification
    from shared.domain.pair.readings import SourceReading
    from shared.domain.pair.view import Roles
    from shared.ledger import Snapshot
    from shared.ports import Write

_NO_FACTS: Final = VersionFacts(date(2026, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0))

_NOT_BENIGN: Final = frozenset(
    {
        Kind.SYNC,
        Kind.DISABLED,
        Kind.NEVER,
        Kind.CLOCK,
        Kind.EXPORT,
        Kind.DUAL_ACTIVE,
        Kind.NO_ACTIVE,
    }
)
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
        intent: What the team means the servers to be.
        facts: What is known about builds of Entra Connect.
        health_required: Whether the loss of Connect Health is `BLIND`
            (`WATCHDOG_CONNECT_HEALTH=on`).
        windows: The maintenance windows of the setting.
        digest: When the weekly digest is due; None for never.
    """

    tenant_id: str
    policy: Policy
    rhythm: Rhythm
    presentation: Presentation
    retention: timedelta = timedelta(days=400)
    schedule_period: timedelta = timedelta(minutes=5)
    intent: Intent = field(default_factory=Intent)
    facts: VersionFacts = _NO_FACTS
    health_required: bool = False
    windows: tuple[Window, ...] = ()
    digest: WeeklyMoment | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One observation judged: what a tick decides before anything is stored."""

    observation: Observation
    readings: PairReadings
    memory: Memory
    pair: PairMemory
    judgement: Judgement
    steps: tuple[Step, ...]
    fallen: Fallen = field(default_factory=Fallen)
    maintenance: Maintenance | None = None
    office: OfficeHours = field(default_factory=OfficeHours)


def look(
    plan: Plan,
    snap: Snapshot,
    observation: Observation,
    answers: Mapping[Source, SourceReading | Unavailable],
    new_id: Callable[[Kind], str],
) -> Look:
    """Steps 2 and 3 of a tick: judge what was read and advance the incidents. Pure.

    Args:
        plan: What the team configured.
        snap: What the tick read from the ledger.
        observation: What Graph said about the tenant.
        answers: What the optional sources said that were asked in this tick.
        new_id: Makes the id of a new incident.
    """
    at, state = observation.at, snap.state
    standing = [i for i in snap.incidents.values() if i.state is not State.RESOLVED]
    before = state.memory if state else Memory(started_at=at)
    benign = not any(incident.kind in _NOT_BENIGN for incident in standing)
    memory = heartbeats.remember(before, observation, learn=benign)
    readings = reading_plan.take(reading_plan.not_ahead(snap.readings, at), answers, at)
    pair = exports.remember(
        state.pair if state else PairMemory(),
        readings,
        at=at,
        object_sync_at=memory.objects.current_at,
        silent=any(_not_syncing(incident) for incident in standing),
    )
    view = pair_view(plan, memory, pair, readings, at)
    who = roles.fuse(view)
    observation = _with_evidence(observation, readings, who)
    judgement = judge(memory, observation, plan.policy)
    view = replace(
        view,
        cadence=judgement.evidence.cadence,
        password_sync=password_sync_used(memory, readings),
        drill_at=state.drill_at if state else None,
    )
    judgement = judge_pair(view, who, judgement, standing)
    drill = drilling.running(snap, heartbeats.reference_time(observation))
    switch = _switch(pair, standing)
    on = _maintenance(plan, snap, judgement, at)
    tick = Tick(judgement, memory, plan.rhythm, at, snap.unsent, switch, on, drill)
    steps = advance(snap.incidents.values(), tick, new_id)
    seen = Look(
        observation,
        readings,
        memory,
        pair,
        judgement,
        tuple(steps),
        maintenance=on,
        office=plan.rhythm.office,
    )
    return replace(seen, fallen=bulletin_board.fall_due(plan, snap, seen))


def in_maintenance(plan: Plan, snap: Snapshot, at: datetime) -> Maintenance | None:
    """The maintenance that holds cards, announced in the store or in the setting."""
    return maintaining.holding(plan.windows, snap, at)


def _maintenance(
    plan: Plan, snap: Snapshot, judgement: Judgement, at: datetime
) -> Maintenance | None:
    """The same, by what this tick itself found out about our clock."""
    if not judgement.readable:
        return in_maintenance(plan, snap, at)
    clock = judgement.finding(Kind.CLOCK)
    if clock is not None and clock.evidence.why is Why.CLOCKS_DIFFER:
        return None
    return maintenance_at((*plan.windows, *snap.windows.values()), at)


def urgent(snap: Snapshot) -> bool:
    """Whether every source is due because of what the last tick left behind."""
    unhealthy = snap.state is not None and snap.state.verdict is not Verdict.HEALTHY
    watched = unhealthy or snap.drill is not None  # its stopwatch needs to know who exports
    return watched or any(i.state is not State.RESOLVED for i in snap.incidents.values())


def _not_syncing(incident: Incident) -> bool:
    """Whether a failover made now answers this incident: the active server does not sync."""
    return incident.kind is Kind.SYNC


def pair_view(
    plan: Plan, memory: Memory, pair: PairMemory, readings: PairReadings, at: datetime
) -> PairView:
    """The pair as a tick of this time sees it, before the tenant itself was judged."""
    return PairView(
        at=at,
        readings=readings,
        memory=pair,
        intent=plan.intent,
        facts=plan.facts,
        object_sync_at=memory.objects.current_at,
        cadence=cadence(memory, plan.policy, _interval(readings)),
        silent_after=plan.policy.silent_after,
        blind_after=plan.policy.blind_after,
        watched_since=memory.started_at,
        health_required=plan.health_required,
    )


def _interval(readings: PairReadings) -> timedelta | None:
    configuration = readings.sync_configuration.reading
    return configuration.interval if configuration else None


def password_sync_used(memory: Memory, readings: PairReadings) -> bool | None:
    """Whether password hashes are synced, as told, else as seen; None when nobody knows."""
    configuration = readings.sync_configuration.reading
    told = configuration.password_sync if configuration else None
    return memory.password_in_use if told is None else told


def _with_evidence(observation: Observation, readings: PairReadings, who: Roles) -> Observation:
    """The observation with what the optional sources add to the tenant's two heartbeats."""
    configuration = readings.sync_configuration.reading
    cloud_sync = readings.cloud_sync.reading
    return replace(
        observation,
        alive_at=who.active.seen_at if who.active else None,
        sync_interval=_interval(readings),
        password_sync=configuration.password_sync if configuration else None,
        cloud_sync=bool(cloud_sync and cloud_sync.running),
    )


def _switch(pair: PairMemory, standing: Iterable[Incident]) -> Switch | None:
    """The failover that ended, or is ending, the outage of a live incident."""
    for incident in standing:
        if _not_syncing(incident) and (found := exports.failed_over(pair, "", incident.since)):
            return Switch(found.before, found.after, found.at)
    return None


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
    cards, on = bulletin_board.every_card(snap), view.maintenance is not None
    on_time = not notifications.overdue(cards, at, maintenance=on)
    succeeded_at = at if on_time else (state.succeeded_at if state else None)
    drill = drilling.after_tick(snap, view)
    now = TenantState(
        memory=view.memory,
        tick_id=tick_id,
        ticked_at=at,
        verdict=view.judgement.verdict,
        evidence=replace(view.judgement.evidence, pair=None),  # it is in the incidents' rows
        succeeded_at=succeeded_at,
        pair=view.pair,
        digest_slot=view.fallen.digest_slot,
        drill_at=drilling.practised_at(state, drill),
        drill_due_at=view.fallen.drill_due_at,
    )
    writes: list[Write] = [ledger.put(snap, ledger.STATE_KEY, now)]
    for source in reading_plan.OPTIONAL:
        known = reading_plan.known(view.readings, source)
        if known != reading_plan.known(snap.readings, source):
            writes.append(ledger.put(snap, ledger.source_key(source), known))
    if today != snap.today:
        writes.append(ledger.put(snap, ledger.TODAY_KEY, today))
    if finished is not None:
        writes.append(past.put_day(finished, suffix))
    for step in view.steps:
        if step.incident != snap.incidents.get(step.incident.id):
            key = ledger.incident_key(step.incident.id)
            writes.append(ledger.put(snap, key, storable(step.incident)))
        writes += [ledger.put_transition(change, suffix) for change in step.transitions]
    writes += [ledger.put(snap, ledger.notification_key(item), item) for item in due]
    writes += [ledger.put(snap, ledger.bulletin_key(b), b) for b in view.fallen.bulletins]
    writes += drilling.rows(snap, drill, at, suffix)
    writes = tidying.set_aside(snap, writes, at, tick_id)
    if view.maintenance is None:
        writes = tidying.fill(writes, tidying.freed(snap, view.office, at))
    writes = tidying.fill(writes, tidying.told_bulletins(snap))
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
