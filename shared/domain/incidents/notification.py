"""One card that is due: its row in the outbox. The theory stands in `notifications`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.domain.maintenance.window import LONGEST_WINDOW
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

LONGEST_WAIT: Final = timedelta(days=8) + LONGEST_WINDOW
"""No end of maintenance is further away, and no office hours after it: they come at least weekly,
but for a change of clocks."""


class Message(StrEnum):
    """Why a card is sent."""

    FIRST = "first"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    RECOVERY = "recovery"
    ADVICE = "advice"
    MISSED = "missed"
    BULLETIN = "bulletin"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notification:
    """One card that is due, claimed, sent or superseded.

    Attributes:
        incident: The incident's id.
        sequence: Its place among the incident's notifications, from 0; part of its key.
        message: Why it fell due.
        due_at: When it fell due.
        claimed_by: The tick that holds the lease.
        claimed_until: When the lease runs out.
        number: The message number on the card, set by the claim: 1 + cards already sent.
        attempts: How many times sending was tried.
        attempt_at: Not before this time is it tried again; None means at once.
        problem: What the channel said last, in one sentence.
        refused: Whether the channel's last answer needs a person to change something.
        sent_at: When the channel accepted it.
        superseded_at: When a newer card made it unnecessary.
        not_before: It waits for this time, the beginning of office hours; None means at once.
        advice: Whether it also tells that the advice changed, whatever else it is for.
        maintenance: Whether `not_before` is the end of a maintenance window: it waits only while
            one is on.
        window_until: The end of the maintenance window in which it fell due, as announced then;
            None outside.
    """

    incident: str
    sequence: int
    message: Message
    due_at: datetime
    claimed_by: str = ""
    claimed_until: datetime | None = None
    number: int = 0
    attempts: int = 0
    attempt_at: datetime | None = None
    problem: str = ""
    refused: bool = False
    sent_at: datetime | None = None
    superseded_at: datetime | None = None
    not_before: datetime | None = None
    advice: bool = False
    maintenance: bool = False
    window_until: datetime | None = None

    @property
    def unsent(self) -> bool:
        """Still to be sent."""
        return self.sent_at is None and self.superseded_at is None

    def wanted_at(self, at: datetime, *, maintenance: bool = False) -> datetime:
        """From when on it should be sent: when it fell due, or when its waiting ends.

        A waiting that ends too far ahead, or of a card that falls due in the future, was set by a
        wrong clock and does not count. One for maintenance is over when a person ends that early.

        Args:
            at: Now.
            maintenance: Whether a window is on.
        """
        until, due = self.not_before, self.due_at
        wrong = due - at > CLOCK_TOLERANCE or (until or due) > min(due, at) + LONGEST_WAIT
        if until is None or wrong or (self.maintenance and not maintenance and until > at):
            return due
        return max(due, until)

    def waits(self, at: datetime, *, maintenance: bool = False) -> bool:
        """Whether it is for office hours, or the end of maintenance, and that is yet to come."""
        wanted = self.wanted_at(at, maintenance=maintenance)
        return self.not_before is not None and self.due_at != wanted > at

    def held(self, at: datetime) -> bool:
        """Whether maintenance that is on now holds it back, whatever else it waits for.

        Bulletins are about no incident and go out. Nothing is held for longer than a window may
        last: windows that follow each other must not silence an outage for good.
        """
        return self.message is not Message.BULLETIN and at - self.due_at < LONGEST_WINDOW
