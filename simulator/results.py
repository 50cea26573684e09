"""What a story's run recorded: the raw material of the check, the terminal and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from simulator.graph import Json
from simulator.machine import Beat


class What(StrEnum):
    """A class of happenings; the report draws some of them as spans."""

    SERVER_DIES = "server_dies"
    SERVER_RETURNS = "server_returns"
    PROMOTE = "promote"
    DEMOTE = "demote"
    GRAPH_FAILS = "graph_fails"
    GRAPH_WORKS = "graph_works"
    TEAMS_FAILS = "teams_fails"
    TEAMS_WORKS = "teams_works"
    WATCHDOG_DOWN = "watchdog_down"
    WATCHDOG_BACK = "watchdog_back"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the story.

    Attributes:
        at: From the story's start.
        what: Its class.
        text: For a person, such as "SYNC-A dies".
        target: The server it is about; empty otherwise.
    """

    at: timedelta
    what: What
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class TickRecord:
    """One tick of the watchdog under test.

    Attributes:
        at: From the story's start.
        verdict: The verdict word; `FAILED` if the tick raised.
        committed: Whether it stored something.
        tick_id: As the watchdog named it.
        sources: Name to `ok` or the reason, if the watchdog says.
        error: What it raised, if it did.
    """

    at: timedelta
    verdict: str
    committed: bool
    tick_id: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One card that appeared in the channel.

    Attributes:
        at: From the story's start.
        verdict: From the message's `watchdog` object; empty if it has none.
        reason: As above: first, reminder, escalation, recovery, missed, test.
        incident: As above.
        number: The message number, as above.
        message: The whole posted JSON.
    """

    at: timedelta
    verdict: str
    reason: str
    incident: str
    number: int
    message: Json

    @property
    def title(self) -> str:
        """Verdict and reason, as expectations name them."""
        return f"{self.verdict or 'a card without a `watchdog` object'} {self.reason}".strip()


def read_card(at: timedelta, message: Json) -> CardRecord:
    """A posted message as a record; what identifies it is its top-level `watchdog` object."""
    mark = message.get("watchdog")
    if not isinstance(mark, dict):
        mark = {}
    number = mark.get("message")
    return CardRecord(
        at=at,
        verdict=str(mark.get("verdict", "")),
        reason=str(mark.get("reason", "")),
        incident=str(mark.get("incident", "")),
        number=number if isinstance(number, int) else 0,
        message=message,
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything a run recorded.

    Attributes:
        starts: The story's first moment, aware UTC.
        ticks: Every tick, oldest first; overlapping ticks share their time.
        cards: Every card that appeared.
        rejected: Time and fault of each message that the workflow accepted and then dropped.
        happenings: What the story did.
        beats: What the servers really did, staging cycles included.
        servers: Every server's name, in the order of the plan, with its first role.
        http_requests: Requests per service.
    """

    starts: datetime
    ticks: tuple[TickRecord, ...]
    cards: tuple[CardRecord, ...]
    rejected: tuple[tuple[timedelta, str], ...] = ()
    happenings: tuple[Happening, ...] = ()
    beats: tuple[Beat, ...] = ()
    servers: tuple[tuple[str, str], ...] = ()
    http_requests: Mapping[str, int] = field(default_factory=dict)

    def clock(self, at: timedelta) -> str:
        """The time of day at a moment of the story."""
        return (self.starts + at).strftime("%H:%M")
