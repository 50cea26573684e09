"""Notifications: cards that are due, and which of them to send now.

Theory of operation
-------------------
A notification is stored in the same transaction as the transition that makes it due (the outbox),
so a card can be late but not lost. It holds no text: the card is written when it is sent, from
the incident as it then is. Therefore only the *newest* unsent notification of an incident is ever
sent; when it goes out, the older ones are *superseded*. After an outage of Teams the channel gets
one card per incident with the latest state, not the backlog, and an incident that came and went
meanwhile is told in one card (`missed`).

Sending is guarded by a lease: claim (a conditional write), send, record. A tick that dies between
claiming and recording leaves a lease that runs out, and a later tick sends again: the only way to
see a card twice, which is why a card shows its incident and message number. Nothing is ever
finally failed: every tick tries for the first hour, then once an hour.

A card of a quiet incident *waits* for office hours (`not_before`). It is not overdue meanwhile.

While maintenance is on, no card of an incident is sent. One that falls due then waits for the
window's end; if a person ends the window early, it goes at once. An incident that was over before
the window was, and never told, is not told at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.incident import SPEAKS, Event, Incident, State
from shared.domain.incidents.notification import LONGEST_WAIT, Message, Notification
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.domain.incidents.incident import Step

__all__ = [
    "EAGER_FOR",
    "LEASE",
    "LONGEST_WAIT",
    "OVERDUE_AFTER",
    "RETRY_EVERY",
    "Due",
    "Message",
    "Notification",
    "claim",
    "fall_due",
    "overdue",
    "record_failure",
    "record_sent",
    "supersede",
    "to_send",
]

LEASE: Final = timedelta(minutes=5)
"""How long a claim holds: longer than a tick can run (functionTimeout, 4 minutes)."""

EAGER_FOR: Final = timedelta(hours=1)
"""Every tick tries for this long; then `RETRY_EVERY`."""

RETRY_EVERY: Final = timedelta(hours=1)

OVERDUE_AFTER: Final = timedelta(minutes=10)
"""An unsent card this old fails the audit, so that the heartbeat stops and the outside notices."""


@dataclass(frozen=True, slots=True)
class Due:
    """A notification to claim and send now.

    Attributes:
        notification: The newest unsent one of its incident.
        incident: The incident as it is now.
        message: What the card says: `MISSED` where a recovery is the first that is told.
        number: The message number to show.
        older: The unsent ones that it makes unnecessary.
    """

    notification: Notification
    incident: Incident
    message: Message
    number: int
    older: tuple[Notification, ...]


def fall_due(
    steps: Iterable[Step],
    stored: Sequence[Notification],
    *,
    escalation_card: bool,
) -> list[Notification]:
    """The notifications that the tick's transitions make due.

    At most one per incident and tick: the last that speaks, since the card shows the latest
    state anyway.

    Args:
        steps: What `advance.advance` returned.
        stored: All stored notifications of the live incidents.
        escalation_card: Whether anybody is configured to be told of an escalation; without, an
            escalation is a log event only.
    """
    due = []
    for step in steps:
        spoken = [
            change
            for change in step.transitions
            if change.event in SPEAKS and (change.event is not Event.ESCALATED or escalation_card)
        ]
        if not spoken:
            continue
        loudest = max(spoken, key=lambda change: _LOUDNESS[Message(SPEAKS[change.event])])
        sequences = [n.sequence for n in stored if n.incident == step.incident.id]
        due.append(
            Notification(
                incident=step.incident.id,
                sequence=max(sequences, default=-1) + 1,
                message=Message(SPEAKS[loudest.event]),
                due_at=loudest.at,
                not_before=step.not_before,
                advice=any(change.event is Event.ADVISED for change in spoken),
                maintenance=step.window_until is not None and not step.incident.quiet,
                window_until=step.window_until,
            )
        )
    return due


_LOUDNESS: Final = {
    Message.REMINDER: 0,
    Message.ADVICE: 1,
    Message.ESCALATION: 2,
    Message.FIRST: 3,
    Message.RECOVERY: 4,
}


_REPEATS: Final = frozenset({Message.REMINDER, Message.ESCALATION})
"""Messages that say again what a first card said."""


def to_send(
    live: Iterable[Incident],
    stored: Iterable[Notification],
    at: datetime,
    *,
    maintenance: bool = False,
) -> tuple[list[Due], list[Notification]]:
    """Which notifications to claim now, and which have become pointless.

    Args:
        live: The incidents that are not archived.
        stored: All their notifications.
        at: Now.
        maintenance: Whether a maintenance window is on.

    Returns:
        What to send, cards that need somebody now before those for office hours, each the oldest
        need first; and, to be marked as superseded, what nobody needs to hear any more: reminders
        and escalations of an incident that was acknowledged, snoozed or is recovering, and
        everything of one that is obsolete, or came and went within one maintenance window.
    """
    incidents = {incident.id: incident for incident in live}
    by_incident: dict[str, list[Notification]] = {}
    for notification in sorted(stored, key=lambda n: n.sequence):
        by_incident.setdefault(notification.incident, []).append(notification)
    due: list[Due] = []
    pointless: list[Notification] = []
    for incident_id, notifications in by_incident.items():
        incident = incidents.get(incident_id)
        unsent = [n for n in notifications if n.unsent]
        if incident is None or not unsent:
            continue
        newest, older = unsent[-1], tuple(unsent[:-1])
        if any(leased(n, at) for n in unsent):
            continue  # one is on its way: a second now could overtake it, with the same number
        sent = sum(1 for n in notifications if n.sent_at is not None)
        untold = incident.obsolete or (not sent and _within_window(unsent, incident))
        if untold or (sent and all(_pointless(n, incident) for n in unsent)):
            pointless += unsent
        elif may_try(newest, at) and not _all_wait(unsent, at, maintenance=maintenance):
            # One that need not wait takes the newest along: that carries the latest state.
            message = _message_now(unsent, incident, told=sent > 0)
            due.append(Due(newest, incident, message, sent + 1, older))
    due.sort(key=lambda item: (item.incident.quiet, item.notification.due_at))
    return due, pointless


def claim(due: Due, tick_id: str, at: datetime) -> Notification:
    """The notification with this tick's lease on it."""
    return replace(
        due.notification,
        claimed_by=tick_id,
        claimed_until=at + LEASE,
        number=due.number,
        attempts=due.notification.attempts + 1,
    )


def record_sent(claimed: Notification, at: datetime) -> Notification:
    """The notification after the channel accepted it."""
    return replace(
        claimed, sent_at=at, claimed_by="", claimed_until=None, problem="", refused=False
    )


def record_failure(
    claimed: Notification, problem: str, at: datetime, *, refused: bool
) -> Notification:
    """The notification after an attempt that did not succeed, with the time of the next one."""
    # also if the window was ended early: when is not known here, but it was not long ago
    eager = at - claimed.wanted_at(at, maintenance=True) < EAGER_FOR
    return replace(
        claimed,
        claimed_by="",
        claimed_until=None,
        problem=problem,
        refused=refused,
        attempt_at=None if eager else at + RETRY_EVERY,
    )


def supersede(notification: Notification, at: datetime) -> Notification:
    """The notification after a newer card, or a person, made it unnecessary."""
    return replace(notification, superseded_at=at, claimed_by="", claimed_until=None)


def overdue(
    stored: Iterable[Notification], at: datetime, *, maintenance: bool = False
) -> list[Notification]:
    """Unsent notifications that are too old, refused by the channel, or due in the future.

    One that waits for office hours is as old as they are; maintenance that is on makes none late.
    """
    return [n for n in stored if n.unsent and (n.refused or _late(n, at, maintenance=maintenance))]


def _late(notification: Notification, at: datetime, *, maintenance: bool) -> bool:
    if notification.due_at - at > CLOCK_TOLERANCE:
        return True
    if maintenance and notification.held(at):
        return False
    return at - notification.wanted_at(at, maintenance=maintenance) > OVERDUE_AFTER


def _all_wait(unsent: Iterable[Notification], at: datetime, *, maintenance: bool) -> bool:
    if maintenance and all(n.held(at) for n in unsent):
        return True
    return all(n.waits(at, maintenance=maintenance) for n in unsent)


def _within_window(unsent: Sequence[Notification], incident: Incident) -> bool:
    """Whether all of it, the end included, fell due before the end of its first one's window."""
    until = unsent[0].window_until
    if until is None or incident.state is not State.RESOLVED:
        return False
    return all(n.window_until is not None and n.due_at < until for n in unsent)


def leased(notification: Notification, at: datetime) -> bool:
    """Whether somebody may be sending it. A lease from a clock that ran ahead does not count."""
    until = notification.claimed_until
    return until is not None and at < until <= at + LEASE + CLOCK_TOLERANCE


def may_try(notification: Notification, at: datetime) -> bool:
    """Whether the next attempt is due; one that lies too far ahead was set by a wrong clock."""
    again = notification.attempt_at
    return again is None or again <= at or again > at + RETRY_EVERY + CLOCK_TOLERANCE


def _silenced(incident: Incident) -> bool:
    """Whether nobody wants to be reminded of it now: it is taken, put off, or on its way out."""
    return incident.state is not State.OPEN or incident.recovering


def _pointless(notification: Notification, incident: Incident) -> bool:
    """Whether nobody needs this card any more, once its incident was told.

    A change of advice is never pointless: what is recorded as advised must have been said, and
    whoever took the incident may be at it. The card says what is so when it is sent.
    """
    return not notification.advice and notification.message in _REPEATS and _silenced(incident)


def _message_now(unsent: Sequence[Notification], incident: Incident, *, told: bool) -> Message:
    newest = unsent[-1].message
    if not told and incident.state is State.RESOLVED:
        return Message.MISSED
    if newest is Message.FIRST or newest is Message.RECOVERY:
        return newest
    announced = told and all(n.message is not Message.FIRST for n in unsent)
    if announced:
        silenced = newest is Message.ESCALATION and _silenced(incident)
        repeats = newest is Message.REMINDER or silenced
        return Message.ADVICE if repeats and any(n.advice for n in unsent) else newest
    # What it repeats was never delivered. Nobody is escalated to once a person took it.
    escalates = newest is Message.ESCALATION and not _silenced(incident)
    return Message.ESCALATION if escalates else Message.FIRST
