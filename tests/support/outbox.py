"""A notification of an open incident, told in minutes, and what is sent for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.domain.incidents.actions import acknowledge, snooze
from shared.domain.incidents.incident import (
    Event,
    Incident,
    Step,
    apply,
)
from shared.domain.incidents.notifications import (
    Message,
    Notification,
    to_send,
)
from shared.domain.verdicts import Verdict
from tests.support.incidents import Story, minute

SECOND = timedelta(seconds=1)


def silent() -> Incident:
    """An open incident."""
    story = Story()
    story.tick(0, Verdict.SERVER_SILENT)
    return story.newest()


def after(incident: Incident, *events: Event) -> Step:
    """The step of one tick with these events."""
    step = Step(incident)
    for event in events:
        more = apply(step.incident, event, minute(5))
        step = Step(more.incident, step.transitions + more.transitions)
    return step


OPEN = silent()
TAKEN = acknowledge(OPEN, "on-call", minute(3)).incident
PUT_OFF = snooze(OPEN, minute(99), "on-call", minute(3)).incident
RECOVERING = replace(OPEN, gone_at=minute(4))
RESOLVED = apply(OPEN, Event.RECOVERED, minute(4)).incident


def card(
    sequence: int = 0, message: Message = Message.FIRST, *, due: float = 0, sent: bool = False
) -> Notification:
    """One notification of the open incident."""
    sent_at = minute(due) if sent else None
    return Notification(OPEN.id, sequence, message, minute(due), sent_at=sent_at)


def sending(
    *stored: Notification, incident: Incident = OPEN, at: float = 10
) -> tuple[Message, int, list[int]] | None:
    """What is sent for one incident now: message, number, and which cards it makes unnecessary."""
    due, pointless = to_send([incident], stored, minute(at))
    assert len(due) <= 1
    assert not (due and pointless)
    if not due:
        return None
    assert due[0].notification == [n for n in stored if n.unsent][-1]
    return due[0].message, due[0].number, [n.sequence for n in due[0].older]


FIRST, REMINDER, ESCALATION = Message.FIRST, Message.REMINDER, Message.ESCALATION
RECOVERY, MISSED = Message.RECOVERY, Message.MISSED
