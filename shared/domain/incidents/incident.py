"""Incidents: findings that need a person, from open to resolved.

Theory of operation
-------------------
An incident is opened by a finding that was read in this very tick, and there is at most one that
is not `RESOLVED` per tenant, kind and subject (a server, an alert; "" for the tenant itself).
While it lives, every tick asks six questions in this order, and each answer is an *event* in the
one table below:

1. Did another server take over since the silence began? That is recorded once, silently: the
   recovery card shows it.
2. Is the finding there, and is it worse or better than before? Worse is news: it is announced as
   if it were new, and it voids acknowledgement and snooze, because people acknowledged something
   smaller. Better is recorded silently.
3. Is the finding gone? An incident about beats (`sync`, `password-sync`) closes after two
   distinct beats since the finding was last seen; any other closes after two clean reads at least
   four minutes apart, a quiet one six hours. A tick that could not read the tenant closes
   nothing, and a kind or subject that the tick could not judge is neither clean nor recovering; the
   hours of a quiet one go on beyond that, else a source that fails now and then keeps it open.
   Between the first beat and the second the incident is *recovering*: still open, but silent,
   since a reminder would state what is no longer measured.
   A matter that ended without having recovered (the unfit standby is the active server now) is
   *obsolete*: it is resolved silently, and what was not told of it yet is not told any more.
4. Did an acknowledgement or a snooze run out? Then the incident speaks again.
5. Has nobody acknowledged for too long, or is a reminder due?
6. Is "fail over" advised now and was not when the newest card was written, or the other way round?
   That is told at once (`advice_change`), the withdrawal of "fail over" to whoever may be at it.

Beats of one kind close incidents of that kind, whatever else is wrong with the tenant: an
incident held open by an unrelated one would swallow the next outage without a first card. The
exceptions are verdicts under which timestamps mean nothing (`CLOCK_SUSPECT`, `SYNC_DISABLED`,
`NEVER_SYNCED`): they close no incident about beats. Where Cloud Sync moves the tenant's times,
beats are not Connect's: a silent server's incident then closes after two clean reads.

*Quiet* incidents are for working time: they do not escalate, and `rhythm` makes their cards wait.

All of it is level-triggered and a function of time: a tick that was missed, doubled or lost
between two writes changes nothing but the moment at which the next one does the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.table import SPEAKS, TRANSITIONS, Event, State
from shared.domain.pair.readings import AlertLevel
from shared.domain.verdicts import Evidence, Kind, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = [
    "SPEAKS",
    "TRANSITIONS",
    "Event",
    "ImpossibleTransitionError",
    "Incident",
    "State",
    "Step",
    "StepDone",
    "Transition",
    "apply",
    "fold",
    "record",
]

_FOR_WORKING_TIME: Final = frozenset({Kind.STANDBY, Kind.DEADLINE})


class ImpossibleTransitionError(Exception):
    """The event is not in the table for the incident's state; nothing changed."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of the runbook that somebody ticked.

    Attributes:
        step: The step's id, the same in every runbook.
        by: Who ticked it.
        at: When.
    """

    step: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Its row is the fold of its transitions.

    Attributes:
        id: Unguessable and readable: opening time and a random part.
        kind: What it is about; never changes.
        verdict: The verdict now.
        worst: The most severe verdict it ever had.
        state: Where it stands.
        opened_at: When the tick that opened it ran.
        since: When the problem began: the last sign of life before it.
        evidence: The newest evidence for the verdict.
        transitions: How many transitions are stored: the number of the next one.
        announced_at: When its newest first card fell due; escalation counts from here.
        remind_at: When the next reminder is due, if the incident is open by then.
        reminders: How many reminders fell due since it was announced, or since it spoke again
            after an acknowledgement or snooze (which counts as the first).
        beats_before: The kind's beat counter when the finding was last seen.
        gone_at: The first beat or clean read after the finding was last seen; None while it is
            there.
        clean_at: Our clock at that first clean read.
        acknowledged_at, acknowledged_by: The standing acknowledgement.
        snoozed_until: The standing snooze's end.
        escalated_at: When it was escalated since `announced_at`.
        resolved_at: When it was resolved.
        subject: What it is about where a kind can be open more than once; never changes.
        switched_at: The first export of the server that took over during the silence.
        switched_from, switched_to: The two servers, as the source spells them.
        first_acknowledged_at: When somebody took it first; kept when that lapses or is voided.
        advised: The word of `Advice` on the newest card that fell due, of a sync incident; "" in
            a row of an older release, or where nothing was known of the pair.
        advised_at: When the newest card about a change of advice fell due.
        advice_since: The first tick in which the advice was not what that card said; None while
            it is.
        obsolete: Whether it is resolved because its matter ended without having recovered.
        switching_at, switching_by: Who said first "I am switching over now", and when.
        done: The steps of the runbook that are ticked, in the order of ticking.
        drill: The drill that ran when it was opened; "" for none. Its cards say DRILL.
    """

    id: str
    kind: Kind
    verdict: Verdict
    worst: Verdict
    state: State
    opened_at: datetime
    since: datetime
    evidence: Evidence
    announced_at: datetime
    remind_at: datetime
    transitions: int = 0
    reminders: int = 0
    beats_before: int = 0
    gone_at: datetime | None = None
    clean_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None
    escalated_at: datetime | None = None
    resolved_at: datetime | None = None
    subject: str = ""
    switched_at: datetime | None = None
    switched_from: str = ""
    switched_to: str = ""
    first_acknowledged_at: datetime | None = None
    advised: str = ""
    advised_at: datetime | None = None
    advice_since: datetime | None = None
    obsolete: bool = False
    switching_at: datetime | None = None
    switching_by: str = ""
    done: tuple[StepDone, ...] = ()
    drill: str = ""

    @property
    def quiet(self) -> bool:
        """Whether it is to be fixed in working time: no mention, no escalation, office hours.

        An alert is quiet when its source calls it a warning; one whose level is unknown is not.
        """
        if self.kind is Kind.HEALTH_ALERT:
            alert = self.evidence.alert
            return alert is not None and alert.level is not AlertLevel.ERROR
        return self.kind in _FOR_WORKING_TIME

    @property
    def recovering(self) -> bool:
        """The finding is gone, but not yet for long enough to close."""
        return self.gone_at is not None and self.state is not State.RESOLVED

    @property
    def outage(self) -> timedelta:
        """How long it lasted, from the last sign of life to the first one after."""
        end = self.gone_at or self.resolved_at or self.opened_at
        return max(timedelta(0), end - self.since)


@dataclass(frozen=True, slots=True)
class Transition:
    """One stored change of an incident: who, when, why, from which state to which.

    Attributes:
        incident: The incident's id.
        number: Its place among the incident's transitions, from 0; part of its key.
        event: What happened.
        source, target: The states before and after.
        at: When.
        verdict: The verdict then.
        why: What the verdict rested on.
        by: Who did it; the watchdog itself, or a person.
        via: From where a person did it, such as "page, signed in"; "" for the watchdog.
        note: What the person wrote, or to whom or until when; foreign text.
        form: The form that asked for it: the same form again changes nothing.
    """

    incident: str
    number: int
    event: Event
    source: State | None
    target: State
    at: datetime
    verdict: Verdict
    why: str
    by: str = "watchdog"
    via: str = ""
    note: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One incident after a tick or an action, with the transitions that led there.

    Attributes:
        incident: The incident afterwards.
        transitions: What happened, in order.
        not_before: Not before this time is the card sent that the transitions make due; None
            means at once.
        window_until: The end of the maintenance that is on; None for none.
    """

    incident: Incident
    transitions: tuple[Transition, ...] = ()
    not_before: datetime | None = None
    window_until: datetime | None = None


def apply(
    incident: Incident, event: Event, at: datetime, *, by: str = "watchdog", **changes: object
) -> Step:
    """Take one transition of the table.

    Raises:
        ImpossibleTransitionError: The table has no such transition; nothing changed.
    """
    target = TRANSITIONS[incident.state].get(event)
    if target is None:
        raise ImpossibleTransitionError(
            f"Incident {incident.id} is {incident.state}: it cannot be {event} now."
        )
    after = replace(
        incident,
        state=target,
        transitions=incident.transitions + 1,
        **changes,  # type: ignore[arg-type]  # field names, checked by replace() itself
    )
    return Step(after, (record(incident, after, event, at, by),))


def fold(transitions: Sequence[Transition]) -> tuple[State | None, Verdict | None]:
    """State and verdict as the stored transitions imply them (promise R4)."""
    state: State | None = None
    verdict: Verdict | None = None
    for transition in transitions:
        state = TRANSITIONS[state][transition.event]
        verdict = transition.verdict
    return state, verdict


def record(
    before: Incident | None, after: Incident, event: Event, at: datetime, by: str = "watchdog"
) -> Transition:
    """The transition that led from one incident row to the next."""
    return Transition(
        incident=after.id,
        number=after.transitions - 1,
        event=event,
        source=before.state if before else None,
        target=after.state,
        at=at,
        verdict=after.verdict,
        why=after.evidence.why,
        by=by,
    )
