"""Advancing the live incidents by one tick: the questions of `incidents`, asked and answered.

The theory of operation and the transition table stand in `incidents`; here are the rules that
decide which event of the table a tick is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.heartbeats import Memory
from shared.domain.incidents import (
    TRANSITIONS,
    Event,
    Incident,
    State,
    Step,
    Transition,
    apply,
    record,
)
from shared.domain.verdicts import Finding, Judgement, Kind, PasswordSync, severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BEATS_TO_CLOSE: Final = 2
CLEAN_FOR: Final = timedelta(minutes=4)
MAX_REMINDERS: Final = 3

_BEAT_KINDS: Final = frozenset({Kind.SYNC, Kind.PASSWORD_SYNC})
_TIMES_MEAN_NOTHING: Final = frozenset({Kind.CLOCK, Kind.DISABLED, Kind.NEVER})


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When an incident speaks (`WATCHDOG_*` durations).

    Attributes:
        remind_every: `WATCHDOG_REMIND_EVERY`.
        escalate_after: `WATCHDOG_ESCALATE_AFTER`, counted from when the first card was due.
        ack_lapses_after: `WATCHDOG_ACK_LAPSES_AFTER`.
    """

    remind_every: timedelta = timedelta(minutes=30)
    escalate_after: timedelta = timedelta(minutes=15)
    ack_lapses_after: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Tick:
    """What advancing needs to know of one tick.

    Attributes:
        judgement: What the tick found.
        memory: The memory after the tick, for the beat counters.
        rhythm: When incidents speak.
        at: The tick's time.
        unsent: Ids of incidents with a card that is still to be sent: no reminder is added to
            it, because the card that is sent will carry the latest state anyway.
    """

    judgement: Judgement
    memory: Memory
    rhythm: Rhythm
    at: datetime
    unsent: frozenset[str] = frozenset()


def advance(live: Iterable[Incident], tick: Tick, new_id: Callable[[Kind], str]) -> list[Step]:
    """Advance all live incidents by one tick, and open those that are missing.

    Args:
        live: The incidents that are stored as live; resolved ones among them are left alone.
        tick: What this tick knows.
        new_id: Makes the id of a new incident.

    Returns:
        One step per incident that was looked at, also when nothing about it changed.
    """
    standing = [incident for incident in live if incident.state is not State.RESOLVED]
    taken = {incident.kind for incident in standing}
    return [_step(incident, tick) for incident in standing] + [
        _open(finding, tick, new_id(finding.kind))
        for finding in tick.judgement.findings
        if finding.kind not in taken
    ]


def _beats(memory: Memory, kind: Kind) -> int:
    return memory.passwords.beats if kind is Kind.PASSWORD_SYNC else memory.objects.beats


def _open(finding: Finding, tick: Tick, incident_id: str) -> Step:
    incident = Incident(
        id=incident_id,
        kind=finding.kind,
        verdict=finding.verdict,
        worst=finding.verdict,
        state=TRANSITIONS[None][Event.OPENED],
        opened_at=tick.at,
        since=finding.since,
        evidence=finding.evidence,
        announced_at=tick.at,
        remind_at=tick.at + tick.rhythm.remind_every,
        transitions=1,
        beats_before=_beats(tick.memory, finding.kind),
    )
    return Step(incident, (record(None, incident, Event.OPENED, tick.at),))


def _step(incident: Incident, tick: Tick) -> Step:
    incident = _not_ahead(incident, tick)
    finding = tick.judgement.finding(incident.kind)
    if finding is not None:
        step = _still_there(incident, finding, tick)
    elif tick.judgement.readable:
        step = _gone(incident, tick)
    else:
        step = Step(incident)
    if step.incident.state is State.RESOLVED:
        return step
    later = _timers(step.incident, tick)
    return Step(later.incident, step.transitions + later.transitions)


def _not_ahead(incident: Incident, tick: Tick) -> Incident:
    """The incident without times of a clock that ran ahead: they would silence it for as long."""
    at, acknowledged, clean = tick.at, incident.acknowledged_at, incident.clean_at
    return replace(
        incident,
        announced_at=min(incident.announced_at, at),
        remind_at=min(incident.remind_at, at + tick.rhythm.remind_every),
        acknowledged_at=min(acknowledged, at) if acknowledged else None,
        clean_at=min(clean, at) if clean else None,
    )


def _still_there(incident: Incident, finding: Finding, tick: Tick) -> Step:
    seen = replace(
        incident,
        evidence=finding.evidence,
        since=min(incident.since, finding.since),
        beats_before=_beats(tick.memory, incident.kind),
        gone_at=None,
        clean_at=None,
    )
    change = severity(finding.verdict) - severity(incident.verdict)
    if change < 0 and finding.evidence.password_sync is PasswordSync.UNREAD:
        # Milder only because half of the evidence was not read: reading it again would "worsen"
        # the incident, announce it a second time and void a standing acknowledgement.
        return Step(replace(seen, evidence=incident.evidence))
    if change < 0:
        return apply(seen, Event.IMPROVED, tick.at, verdict=finding.verdict)
    if change == 0:
        return Step(seen)
    return apply(
        seen,
        Event.WORSENED,
        tick.at,
        verdict=finding.verdict,
        worst=max(incident.worst, finding.verdict, key=severity),
        announced_at=tick.at,
        remind_at=tick.at + tick.rhythm.remind_every,
        reminders=0,
        acknowledged_at=None,
        acknowledged_by="",
        snoozed_until=None,
        escalated_at=None,
    )


def _gone(incident: Incident, tick: Tick) -> Step:
    if incident.kind in _BEAT_KINDS:
        # A memory that was lost counts from zero again: do not wait for it to catch up.
        counted = min(incident.beats_before, _beats(tick.memory, incident.kind))
        incident = replace(incident, beats_before=counted)
        going = _beating(incident, tick)
        closes = _beats(tick.memory, incident.kind) - incident.beats_before >= BEATS_TO_CLOSE
        closes = closes and going.clean_at is not None
    else:
        clean_at = incident.clean_at or tick.at
        going = replace(incident, gone_at=incident.gone_at or tick.at, clean_at=clean_at)
        closes = tick.at - clean_at >= CLEAN_FOR
    if not closes:
        return Step(going)
    return apply(going, Event.RECOVERED, tick.at, resolved_at=tick.at)


def _beating(incident: Incident, tick: Tick) -> Incident:
    """An incident about beats whose finding is absent from a tick that read the tenant."""
    evidence = tick.judgement.evidence
    if _unmeasured(incident, tick):
        return replace(incident, gone_at=None, clean_at=None)
    if incident.clean_at is not None:
        return incident
    if _beats(tick.memory, incident.kind) > incident.beats_before:
        return replace(incident, gone_at=_first_beat(incident, tick), clean_at=tick.at)
    if evidence.password_sync is PasswordSync.UNREAD:
        return incident  # absent only because half of the evidence was not read
    return replace(incident, gone_at=tick.at)  # the other heartbeat is back, this one not yet


def _first_beat(incident: Incident, tick: Tick) -> datetime:
    passwords = incident.kind is Kind.PASSWORD_SYNC
    heartbeat = tick.memory.passwords if passwords else tick.memory.objects
    stamp = heartbeat.current_at
    return stamp if stamp is not None and stamp > incident.since else tick.at


def _timers(incident: Incident, tick: Tick) -> Step:
    """Let an acknowledgement or snooze run out, escalate, remind: at most one of each."""
    at, rhythm = tick.at, tick.rhythm
    transitions: tuple[Transition, ...] = ()
    lapse = _lapse(incident, rhythm, at)
    if lapse is not None:
        step = apply(
            incident,
            lapse,
            at,
            acknowledged_at=None,
            acknowledged_by="",
            snoozed_until=None,
            reminders=1,
            remind_at=at + rhythm.remind_every,
        )
        incident, transitions = step.incident, step.transitions
    if incident.state is not State.OPEN or incident.recovering:
        return Step(incident, transitions)
    if incident.escalated_at is None and at >= incident.announced_at + rhythm.escalate_after:
        step = apply(incident, Event.ESCALATED, at, escalated_at=at)
        incident, transitions = step.incident, transitions + step.transitions
    if incident.id in tick.unsent:
        incident = replace(incident, remind_at=max(incident.remind_at, at + rhythm.remind_every))
    elif _reminds(incident, tick):
        step = apply(
            incident,
            Event.REMINDED,
            at,
            reminders=incident.reminders + 1,
            remind_at=at + rhythm.remind_every,
        )
        incident, transitions = step.incident, transitions + step.transitions
    return Step(incident, transitions)


def _reminds(incident: Incident, tick: Tick) -> bool:
    due = tick.at >= incident.remind_at and incident.reminders < MAX_REMINDERS
    return due and not _unmeasured(incident, tick)


def _unmeasured(incident: Incident, tick: Tick) -> bool:
    """Whether times mean nothing in this tick, so that nothing can be said about beats."""
    about_beats = incident.kind in _BEAT_KINDS
    return about_beats and any(f.kind in _TIMES_MEAN_NOTHING for f in tick.judgement.findings)


def _lapse(incident: Incident, rhythm: Rhythm, at: datetime) -> Event | None:
    acknowledged, until = incident.acknowledged_at, incident.snoozed_until
    if incident.recovering:
        return None
    if incident.state is State.ACKNOWLEDGED and acknowledged is not None:
        return Event.ACK_LAPSED if at >= acknowledged + rhythm.ack_lapses_after else None
    if incident.state is State.SNOOZED and until is not None:
        return Event.SNOOZE_ENDED if at >= until else None
    return None
