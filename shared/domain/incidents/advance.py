"""Advancing the live incidents by one tick: the questions of `incidents`, asked and answered.

The theory of operation and the transition table stand in `incidents`; here are the rules that
decide which event of the table a tick is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.actions import LONGEST_SNOOZE
from shared.domain.incidents.advice_change import card_advice, changed, with_advised
from shared.domain.incidents.closing import (
    BEAT_KINDS,
    beats,
    gone,
    not_clean_now,
    unjudged,
    unmeasured,
)
from shared.domain.incidents.incident import (
    TRANSITIONS,
    Event,
    Incident,
    State,
    Step,
    Transition,
    apply,
    record,
)
from shared.domain.incidents.rhythm import (
    MAX_REMINDERS,
    Rhythm,
    acknowledgement_lasts,
    not_before,
    remind_interval,
    reminders_left,
    standing_still,
)
from shared.domain.incidents.room import within_one_transaction
from shared.domain.incidents.switching import proves_nothing
from shared.domain.incidents.tick import Switch, Tick
from shared.domain.verdicts import Kind, PasswordSync, severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shared.domain.verdicts import Finding

__all__ = ["MAX_REMINDERS", "Rhythm", "Switch", "Tick", "advance"]


_ABOUT_PAIR: Final = frozenset(
    {
        Kind.EXPORT,
        Kind.DUAL_ACTIVE,
        Kind.NO_ACTIVE,
        Kind.STANDBY,
        Kind.HEALTH_ALERT,
        Kind.DEADLINE,
    }
)


def advance(live: Iterable[Incident], tick: Tick, new_id: Callable[[Kind], str]) -> list[Step]:
    """Advance all live incidents by one tick, and open those that are missing.

    Args:
        live: The incidents that are stored as live; resolved ones among them are left alone.
        tick: What this tick knows.
        new_id: Makes the id of a new incident.

    Returns:
        One step per incident that was looked at, also when nothing about it changed, and one per
        new incident, as many as one transaction holds: the rest is done by the next ticks.
    """
    standing = [incident for incident in live if incident.state is not State.RESOLVED]
    steps = [_told(_step(incident, tick), tick) for incident in standing]
    taken = {(incident.kind, incident.subject) for incident in standing}
    missing = {
        (finding.kind, finding.subject): finding
        for finding in reversed(tick.judgement.findings)
        if (finding.kind, finding.subject) not in taken
    }
    worst_first = sorted(missing.values(), key=_most_severe_first)

    def opened(finding: Finding) -> Step:
        return _told(_open(finding, tick, new_id(finding.kind)), tick)

    return within_one_transaction(standing, steps, worst_first, opened)


def _most_severe_first(finding: Finding) -> tuple[int, str]:
    return -severity(finding.verdict), finding.subject


def _told(step: Step, tick: Tick) -> Step:
    """The step with the time before which its card is not sent, and clocks that stand still."""
    incident, on = step.incident, tick.maintenance
    return replace(
        step,
        incident=standing_still(incident, on) if on else incident,
        not_before=not_before(incident, tick.rhythm, tick.at, on),
        window_until=on.until if on else None,
    )


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
        remind_at=tick.at,
        transitions=1,
        beats_before=beats(tick.memory, finding.kind),
        subject=finding.subject,
        advised=card_advice(finding.kind, finding.evidence),
        drill=tick.drill,
    )
    incident = replace(incident, remind_at=_next_reminder(incident, tick))
    opened = record(None, incident, Event.OPENED, tick.at)
    later = _switched(incident, tick)
    return Step(later.incident, (opened, *later.transitions))


def _next_reminder(incident: Incident, tick: Tick) -> datetime:
    return tick.at + remind_interval(incident, tick.rhythm, tick.at)


def _step(incident: Incident, tick: Tick) -> Step:
    incident = with_advised(_unmarked(_not_ahead(incident, tick), tick))
    if (incident.kind, incident.subject) in tick.judgement.told_elsewhere:
        return Step(replace(incident, gone_at=None, clean_at=None))
    step = Step(incident)
    # A switch is asked for twice: before it ends the incident, and once this tick made it silent.
    for question in (_switched, _finding, _switched, _timers):
        more = question(step.incident, tick)
        step = Step(more.incident, step.transitions + more.transitions)
        if step.incident.state is State.RESOLVED:
            return step
    if tick.maintenance is not None:
        return step  # nobody is told now; at its end the advice of then is compared
    more = changed(step, tick, _next_reminder(step.incident, tick))
    return Step(more.incident, step.transitions + more.transitions)


def _not_ahead(incident: Incident, tick: Tick) -> Incident:
    """The incident without times of a clock that ran ahead: they would silence it for as long."""
    at, acknowledged, clean = tick.at, incident.acknowledged_at, incident.clean_at
    first, until = incident.first_acknowledged_at, incident.snoozed_until
    return replace(
        incident,
        announced_at=min(incident.announced_at, at),
        remind_at=min(incident.remind_at, _next_reminder(incident, tick)),
        acknowledged_at=min(acknowledged, at) if acknowledged else None,
        first_acknowledged_at=min(first, at) if first else None,
        snoozed_until=min(until, at + LONGEST_SNOOZE) if until else None,
        clean_at=min(clean, at) if clean else None,
        advised_at=min(incident.advised_at, at) if incident.advised_at else None,
        advice_since=min(incident.advice_since, at) if incident.advice_since else None,
    )


def _unmarked(incident: Incident, tick: Tick) -> Incident:
    """The incident without the mark of a drill that is over.

    What is open beyond the drill is no practice: its later cards must not be called one.
    """
    return incident if incident.drill in ("", tick.drill) else replace(incident, drill="")


def _switched(incident: Incident, tick: Tick) -> Step:
    """Record, once, who took over from the server that fell silent or stopped syncing."""
    switch, sync = tick.switch, incident.kind is Kind.SYNC
    if switch is None or not sync or incident.switched_at is not None:
        return Step(incident)
    if switch.at <= incident.since:
        return Step(incident)  # it was before this outage
    return apply(
        incident,
        Event.SWITCHED,
        tick.at,
        switched_at=min(switch.at, tick.at),
        switched_from=switch.before,
        switched_to=switch.after,
    )


def _finding(incident: Incident, tick: Tick) -> Step:
    """Answer whether the finding is there, worse, better, unknown or gone."""
    finding = tick.judgement.finding(incident.kind, incident.subject)
    if finding is not None:
        return _still_there(incident, finding, tick)
    if not tick.judgement.readable:
        return Step(incident)
    if unjudged(incident, tick):
        return Step(not_clean_now(incident))
    return gone(incident, tick)


def _still_there(incident: Incident, finding: Finding, tick: Tick) -> Step:
    milder = severity(finding.verdict) < severity(incident.verdict)
    seen = replace(
        incident,
        evidence=finding.evidence,
        # Milder is partly over: it counts from another sign of life, and did not begin earlier.
        since=incident.since if milder else min(incident.since, finding.since),
        beats_before=beats(tick.memory, incident.kind),
        gone_at=None,
        clean_at=None,
    )
    change = severity(finding.verdict) - severity(incident.verdict)
    if change == 0 and incident.quiet and not seen.quiet:
        change = 1  # a warning became an error: now somebody must be told
    about_beats = incident.kind in BEAT_KINDS
    if change < 0 and about_beats and finding.evidence.password_sync is PasswordSync.UNREAD:
        # Milder only because half of the evidence was not read: reading it again would "worsen"
        # the incident, announce it a second time and void a standing acknowledgement.
        return Step(replace(seen, evidence=incident.evidence))
    if change < 0 and proves_nothing(incident, finding.evidence, tick.at):
        return Step(replace(seen, evidence=incident.evidence, since=incident.since))
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
        remind_at=_next_reminder(seen, tick),
        reminders=0,
        acknowledged_at=None,
        acknowledged_by="",
        snoozed_until=None,
        escalated_at=None,
        advised=card_advice(seen.kind, seen.evidence) or seen.advised,
        advice_since=None,
    )


def _timers(incident: Incident, tick: Tick) -> Step:
    """Let an acknowledgement or snooze run out, escalate, remind: at most one of each."""
    at = tick.at
    if tick.maintenance is not None:
        return Step(incident)
    transitions: tuple[Transition, ...] = ()
    lapse = _lapse(incident, tick)
    if lapse is not None:
        step = apply(
            incident,
            lapse,
            at,
            acknowledged_at=None,
            acknowledged_by="",
            snoozed_until=None,
            reminders=1,
            remind_at=_next_reminder(incident, tick),
        )
        incident, transitions = step.incident, step.transitions
    if incident.state is not State.OPEN or incident.recovering:
        return Step(incident, transitions)
    if _escalates(incident, tick):
        step = apply(incident, Event.ESCALATED, at, escalated_at=at)
        incident, transitions = step.incident, transitions + step.transitions
    if incident.id in tick.unsent:
        later = max(incident.remind_at, _next_reminder(incident, tick))
        incident = replace(incident, remind_at=later)
    elif _reminds(incident, tick):
        step = apply(
            incident,
            Event.REMINDED,
            at,
            reminders=incident.reminders + 1,
            remind_at=_next_reminder(incident, tick),
        )
        incident, transitions = step.incident, transitions + step.transitions
    return Step(incident, transitions)


def _escalates(incident: Incident, tick: Tick) -> bool:
    if incident.quiet or incident.escalated_at is not None:
        return False
    return tick.at >= incident.announced_at + tick.rhythm.escalate_after


def _reminds(incident: Incident, tick: Tick) -> bool:
    due = tick.at >= incident.remind_at and reminders_left(incident)
    return due and not unmeasured(incident, tick) and not _only_remembered(incident, tick)


def _only_remembered(incident: Incident, tick: Tick) -> bool:
    """Whether it is about the pair and this tick did not find it: nobody acts on a memory."""
    seen = tick.judgement.finding(incident.kind, incident.subject)
    return incident.kind in _ABOUT_PAIR and seen is None


def _lapse(incident: Incident, tick: Tick) -> Event | None:
    at, acknowledged, until = tick.at, incident.acknowledged_at, incident.snoozed_until
    if incident.recovering:
        return None
    if incident.state is State.ACKNOWLEDGED and acknowledged is not None:
        lasts = acknowledgement_lasts(incident, tick.rhythm, at)
        return Event.ACK_LAPSED if at >= acknowledged + lasts else None
    if incident.state is State.SNOOZED and until is not None:
        return Event.SNOOZE_ENDED if at >= until else None
    return None
