"""Reads the timer's NCRONTAB expression. Pure; raises only `WrongValueError`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from cronsim import CronSim, CronSimError

from shared.settings.parsers import iso
from shared.settings.types import WrongValueError, shown

LONGEST_GAP: Final = timedelta(hours=1)
"""The rarest schedule: rarer, and the watchdog is as slow as what it replaces."""

# The fields of an NCRONTAB expression, as the library behind Azure Functions reads them
# (atifaziz/NCrontab, CrontabFieldImpl.cs): six of them, Sunday is 0 and 7 is no day, and none of
# the L, W, # and ? of other dialects. Where CronSim is more lenient, these patterns are not.
_MONTH_NAMES: Final = "|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DAY_NAMES: Final = "|SUN|MON|TUE|WED|THU|FRI|SAT"
_FIELDS: Final = tuple(
    (re.compile(rf"(?:\*|(?P<low>{one})(?:-(?P<high>{one}))?)(?:/(?P<step>[0-9]{{1,2}}))?"), top)
    for one, top in (
        ("[0-9]{1,2}", 59),
        ("[0-9]{1,2}", 59),
        ("[0-9]{1,2}", 23),
        ("[0-9]{1,2}", 31),
        (f"[0-9]{{1,2}}{_MONTH_NAMES}", 12),
        (f"[0-6]{_DAY_NAMES}", 6),
    )
)
_EVERY_FIVE_MINUTES: Final = "0 */5 * * * *"
_SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


def schedule(value: str) -> str:
    """The timer's NCRONTAB expression, in upper case with single spaces."""
    expression = " ".join(value.upper().split())
    fields = expression.split(" ")
    right = f"six fields, seconds first, such as {_EVERY_FIVE_MINUTES}"
    if len(fields) != len(_FIELDS):
        raise WrongValueError(f"is {shown(value)}, which has {len(fields)} fields", right)
    for (pattern, top), field in zip(_FIELDS, fields, strict=True):
        for term in field.split(","):
            if not _clear(pattern.fullmatch(term), top):
                raise WrongValueError(f"is {shown(value)}, where {shown(term)} is unclear", right)
    longest_gap(expression)
    return expression


def _clear(term: re.Match[str] | None, top: int) -> bool:
    if term is None or term["step"] is None:
        return term is not None
    # CronSim reads 5-5/15 as 5/15, the Functions host as 5.
    spans = term["high"] is None or term["high"] != term["low"]
    return spans and 1 <= int(term["step"]) <= top


def longest_gap(expression: str) -> timedelta:
    """The longest time between two ticks of a schedule that runs every day, in UTC.

    Work is bounded: a schedule that is usable has at most 1,440 ticks a day.

    Raises:
        WrongValueError: It never runs, not every day, too often or too rarely.
    """
    try:
        cron = CronSim(expression, _SOME_DAY)
    except CronSimError as error:
        raise WrongValueError(
            f"is {shown(expression)}: {error}", f"such as {_EVERY_FIVE_MINUTES}"
        ) from None
    weekdays = {day % 7 for day in cron.weekdays if isinstance(day, int)}
    if cron.days != set(range(1, 32)) or len(cron.months) != 12 or len(weekdays) != 7:  # noqa: PLR2004  a calendar's numbers
        raise WrongValueError(
            f"is {shown(expression)}, which does not run every day",
            f"* for day, month and weekday, such as {_EVERY_FIVE_MINUTES}",
        )
    if len(cron.seconds) != 1:
        raise WrongValueError(
            f"is {shown(expression)}, which runs more than once a minute",
            f"one second, such as {_EVERY_FIVE_MINUTES}: a tick may take a minute",
        )
    ticks = sorted(hour * 60 + minute for hour in cron.hours for minute in cron.minutes)
    gaps = (later - sooner for sooner, later in pairwise([*ticks, ticks[0] + 24 * 60]))
    longest = timedelta(minutes=max(gaps))
    if longest > LONGEST_GAP:
        raise WrongValueError(
            f"is {shown(expression)}, which pauses for {iso(longest)}",
            f"a tick at least every {iso(LONGEST_GAP)}, such as {_EVERY_FIVE_MINUTES}",
        )
    return longest
