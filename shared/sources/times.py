"""Times in answers, in all spellings that Microsoft's services were seen to use. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_TIME: Final = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<clock>\d{2}:\d{2}:\d{2})(?:[.,](?P<fraction>\d{1,40}))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2}))?",
    re.ASCII,
)
_NEVER: Final = "0001-01-01"  # .NET's DateTime.MinValue: how some services write "no time"
_YEARS: Final = range(1970, 9000)
"""Other years are zero of some clock or its end; the latter can be neither stored nor added to."""


def parse_time(value: object) -> datetime | None:
    """One time, where a wrong one must be told from none.

    Seven-digit fractions are cut to microseconds, an offset is converted to UTC, and a time
    without a zone is UTC (Graph documents all its times as UTC).

    Args:
        value: A JSON value.

    Returns:
        Aware UTC; None for null and for 0001-01-01 (never).

    Raises:
        ValueError: It is no time, or one of an impossible year.
    """
    if value is None:
        return None
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("it is not a time")
    if match["date"] == _NEVER:
        return None
    micros = (match["fraction"] or "")[:6].ljust(6, "0")
    local = datetime.fromisoformat(f"{match['date']}T{match['clock']}.{micros}")
    try:
        at = local.replace(tzinfo=_zone(match)).astimezone(UTC)
    except OverflowError:
        raise ValueError("it is beyond the calendar in UTC") from None
    if at.year not in _YEARS:
        raise ValueError("its year is impossible")
    return at


def time_of(value: object) -> datetime | None:
    """One time, aware UTC; None for null, for "never" in all its spellings, and for no time."""
    try:
        return parse_time(value)
    except ValueError:
        return None


def _zone(match: re.Match[str]) -> timezone:
    """The zone of a time.

    Raises:
        ValueError: Its offset is a day or more.
    """
    size = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    return timezone(-size if match["sign"] == "-" else size)
