"""What a story's run recorded: the raw material of the check, the terminal and the report."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from simulator.graph import Json
from simulator.machine import Beat


class What(StrEnum):
    """A class of happenings; the report draws some of them as spans."""

    SERVER_DIES = "server_dies"
    ALL_DIE = "all_die"
    SERVER_RETURNS = "server_returns"
    PROMOTE = "promote"
    DEMOTE = "demote"
    GRAPH_FAILS = "graph_fails"
    GRAPH_WORKS = "graph_works"
    ARM_FAILS = "arm_fails"
    ARM_WORKS = "arm_works"
    ENTRA_FAILS = "entra_fails"
    ENTRA_WORKS = "entra_works"
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
        advice: The advice word, if the watchdog says.
        findings: The verdict words of everything that needs a person, if the watchdog says.
        error: What it raised, if it did.
    """

    at: timedelta
    verdict: str
    committed: bool
    tick_id: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    advice: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload of a server's Connect Health agent.

    Attributes:
        at: When, aware UTC.
        server: Which server.
        configuration: Whether it carried the configuration, `StagingMode` among it.
    """

    at: datetime
    server: str
    configuration: bool


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

    @property
    def text(self) -> str:
        """Everything that the card shows, one text per line, without escapes and emphasis."""
        shown = "\n".join(_texts(self.message.get("attachments")))
        plain = re.sub(r"\\([^\w\s])|\*\*", r"\1", html.unescape(shown))
        return f"{self.message.get('summary', '')}\n{plain}"


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name in {"text", "title", "value"} and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)


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
        uploads: What reached Connect Health, oldest first.
        http_requests: Requests per service.
        strayed: Requests that the permissions granted by default do not allow.
    """

    starts: datetime
    ticks: tuple[TickRecord, ...]
    cards: tuple[CardRecord, ...]
    rejected: tuple[tuple[timedelta, str], ...] = ()
    happenings: tuple[Happening, ...] = ()
    beats: tuple[Beat, ...] = ()
    servers: tuple[tuple[str, str], ...] = ()
    uploads: tuple[Upload, ...] = ()
    http_requests: Mapping[str, int] = field(default_factory=dict)
    strayed: tuple[str, ...] = ()

    def clock(self, at: timedelta) -> str:
        """The time of day at a moment of the story."""
        return (self.starts + at).strftime("%H:%M")
