"""How long an incident can be put off: a closed list, so that no typing error silences it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_SPANS: Final = (
    ("30m", "30 min", timedelta(minutes=30)),
    ("1h", "1 h", timedelta(hours=1)),
    ("4h", "4 h", timedelta(hours=4)),
)
MORNING: Final = timedelta(hours=8)
_LEAST: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to put an incident off.

    Attributes:
        id: What a form or command line says.
        label: What a person reads.
        until: When it speaks again, UTC.
    """

    id: str
    label: str
    until: datetime


def choices(at: datetime, zone: tzinfo) -> tuple[Choice, ...]:
    """Every choice as of now.

    Args:
        at: Now, aware.
        zone: By whose clock it is 08:00.
    """
    spans = tuple(Choice(name, label, at + span) for name, label, span in _SPANS)
    return (*spans, Choice("morning", "until 08:00", _next_morning(at, zone)))


def choice(name: str, at: datetime, zone: tzinfo) -> Choice | None:
    """The choice of this id; None when there is none."""
    return next((each for each in choices(at, zone) if each.id == name), None)


def _next_morning(at: datetime, zone: tzinfo) -> datetime:
    """The next 08:00 on the wall, at least a few minutes away."""
    day = at.astimezone(zone).date()
    while True:
        wall = datetime(day.year, day.month, day.day) + MORNING  # noqa: DTZ001 - gets its zone
        found = wall.replace(tzinfo=zone).astimezone(UTC)
        if found - at >= _LEAST:
            return found
        day += timedelta(days=1)
