"""Times on the wall of a time zone, and the moments they are.

A time that does not exist on a day is as many minutes later; of an ambiguous one the first is
meant: the same as for office hours.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.domain.maintenance.rule import WrongWindowError

_START: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})", re.ASCII)
_ZONE: Final = re.compile(r"[A-Za-z0-9_+\-/]{1,64}", re.ASCII)


def wall(text: str) -> datetime:
    """The time that a person typed, without a zone.

    Raises:
        WrongWindowError: It is not such a time.
    """
    match = _START.fullmatch(text.strip())
    try:
        if match:
            return datetime(*map(int, match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - on the wall; five numbers
    except ValueError:
        pass
    raise WrongWindowError(f"begins at {text[:40]!a}", "a local time such as 2026-12-06T22:00")


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises:
        WrongWindowError: It is unknown.
    """
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a zone file, a folder of zones
        pass
    raise WrongWindowError(
        f"is in the time zone {name[:64]!a}, which is unknown",
        "an IANA name, such as Europe/Zurich or UTC",
    )


def moment(on_the_wall: datetime, there: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a clock in the zone shows this."""
    return on_the_wall.replace(tzinfo=there, fold=0).astimezone(UTC)


def on_wall(at: datetime, there: ZoneInfo) -> datetime:
    """What a clock in the zone shows at this moment."""
    return at.astimezone(there).replace(tzinfo=None, fold=0)
