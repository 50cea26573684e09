"""A bulletin: a card that is about no incident, and its place in the outbox.

It is claimed, sent and recorded exactly like a card of an incident, by the same functions of
`incidents.notifications`. It holds no text: the card is written when it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.incidents.notifications import Message, Notification

if TYPE_CHECKING:
    from datetime import datetime


class Occasion(StrEnum):
    """What a bulletin is for."""

    DIGEST = "digest"
    DRILL_STARTED = "drill_started"
    DRILL_OVER = "drill_over"
    DRILL_DUE = "drill_due"


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One card about no incident.

    Attributes:
        occasion: What it is for.
        card: Its place in the outbox; `card.incident` is the bulletin's own id, such as
            `digest-20261123-0800`, and `card.sequence` is 0.
        about: The id of the drill; "" where it is about none.
    """

    occasion: Occasion
    card: Notification
    about: str = ""

    @property
    def id(self) -> str:
        """The bulletin's id."""
        return self.card.incident


def due(occasion: Occasion, identifier: str, at: datetime, about: str = "") -> Bulletin:
    """A bulletin that falls due now, to be stored with what makes it due.

    Args:
        occasion: What it is for.
        identifier: Its own id, part of its key: the same for the same matter, so that two ticks
            cannot make two. ASCII letters, digits and hyphens.
        at: Now.
        about: The id of the drill, for a bulletin about one.
    """
    card = Notification(incident=identifier, sequence=0, message=Message.BULLETIN, due_at=at)
    return Bulletin(occasion, card, about)
