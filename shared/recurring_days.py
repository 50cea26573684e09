"""The days of a recurrence rule, by the clock on the wall: the one place that asks the library.

The library alone does unbounded work: it searches a rule that never comes round until the year
9999. So a rule is only evaluated if it comes round at least every `RARELY` (tried over 28 years,
after which the calendar repeats); the library sees it without INTERVAL and COUNT, which are applied
here; and a series ends after `HORIZON`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final, Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from shared.domain.maintenance.rule import (
    WEEKS_OF_MONTH,
    WEEKS_OF_YEAR,
    Frequency,
    Rule,
    WrongWindowError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RARELY: Final = timedelta(days=400)
"""A rule must come round at least this often, INTERVAL not counted."""

HORIZON: Final = timedelta(days=50 * 365)
"""A repeated window is over so long after its first time: nobody repeats one for longer."""

_DAY: Final = timedelta(days=1)
_FREQUENCIES: Final[dict[Frequency, Literal[0, 1, 2, 3]]] = {
    Frequency.DAILY: DAILY,
    Frequency.WEEKLY: WEEKLY,
    Frequency.MONTHLY: MONTHLY,
    Frequency.YEARLY: YEARLY,
}
# 28 years without a skipped leap year hold every kind of year after every other; the last year
# that the library knows is left out.
_TRIED: Final = datetime(9970, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - on the wall


def check_comes_round(rule: Rule) -> None:
    """Whether a rule, whenever it begins, may be evaluated.

    Raises:
        WrongWindowError: It comes round too rarely, or never.
    """
    _comes_round(_complete(rule, _TRIED[0]))


def walls(rule: Rule, begins: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The times on the wall from `begin` to `end`; UNTIL is not asked.

    Args:
        rule: What repeats.
        begins: The first time, from which INTERVAL and COUNT count.
        begin: From here on.
        end: Up to here, included.

    Raises:
        WrongWindowError: The rule comes round too rarely, or never.
    """
    rule = _complete(rule, begins)
    _comes_round(rule)
    last = begins + HORIZON if rule.count is None else _last(rule, begins)
    return _every(rule, begins, begin, min(end, last))


def _complete(rule: Rule, begins: datetime) -> Rule:
    """The rule with what RFC 5545 takes from the start where the rule is silent."""
    if rule.days or rule.month_days or rule.frequency is Frequency.DAILY:
        return rule
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, days=((begins.weekday(), 0),))
    months = rule.months
    if rule.frequency is Frequency.YEARLY:
        months = months or (begins.month,)
    return replace(rule, month_days=(begins.day,), months=months)


@lru_cache(maxsize=256)
def _last(rule: Rule, begins: datetime) -> datetime:
    """The last one of COUNT."""
    last = begins - _DAY
    for last in islice(_every(rule, begins, begins, begins + HORIZON), rule.count):  # noqa: B007 - the last one is wanted
        pass
    return last


def _every(rule: Rule, begins: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
    """All of a complete rule, whatever COUNT says."""
    begin, zero = max(begin, begins), _number(rule, begins)
    found = _library(rule, datetime.combine(_round(rule, begin), begins.time()))
    for wall in takewhile(lambda wall: wall <= end, found):
        if wall >= begin and (_number(rule, wall) - zero) % rule.interval == 0:
            yield wall


def _library(rule: Rule, begins: datetime) -> Iterator[datetime]:
    days = [weekday(day, which) if which else weekday(day) for day, which in _alike(rule)]
    return iter(
        rrule(
            _FREQUENCIES[rule.frequency],
            dtstart=begins,
            wkst=weekday(rule.week_start),
            bysetpos=rule.positions or None,
            bymonth=rule.months or None,
            bymonthday=rule.month_days or None,
            byweekday=days or None,
        )
    )


def _alike(rule: Rule) -> tuple[tuple[int, int], ...]:
    """Weekdays that are all numbered, or all not.

    RFC 5545, 3.3.10: each of BYDAY names days. The library takes only the days that both a numbered
    and a plain one name, so MO,1FR would be no day at all.
    """
    plain = sum(1 for _, which in rule.days if not which)
    if plain in (0, len(rule.days)):
        return rule.days
    by_month = rule.frequency is Frequency.MONTHLY or bool(rule.months)
    most = WEEKS_OF_MONTH if by_month else WEEKS_OF_YEAR
    every = {(day, number) for day, which in rule.days for number in _numbers(which, most)}
    return tuple(sorted(every))


def _numbers(which: int, most: int) -> Iterable[int]:
    return (which,) if which else range(1, most + 1)


def _round(rule: Rule, wall: datetime) -> date:
    """The first day of the day, week, month or year: BYSETPOS counts within all of it."""
    day = wall.date()
    if rule.frequency is Frequency.YEARLY:
        return day.replace(month=1, day=1)
    if rule.frequency is Frequency.MONTHLY:
        return day.replace(day=1)
    if rule.frequency is Frequency.WEEKLY:
        return day - (day.weekday() - rule.week_start) % 7 * _DAY
    return day


def _number(rule: Rule, wall: datetime) -> int:
    """Which day, week, month or year it is, counted from some beginning."""
    if rule.frequency is Frequency.YEARLY:
        return wall.year
    if rule.frequency is Frequency.MONTHLY:
        return wall.year * 12 + wall.month
    day = _round(rule, wall).toordinal()
    return day // 7 if rule.frequency is Frequency.WEEKLY else day


@lru_cache(maxsize=256)
def _gap(rule: Rule) -> timedelta:
    """The longest time between two of a complete rule without INTERVAL, COUNT and UNTIL."""
    before, end = _TRIED
    longest = timedelta(0)
    for wall in takewhile(lambda wall: wall < end, _library(rule, before)):
        longest, before = max(longest, wall - before), wall
    return max(longest, end - before)


def _comes_round(rule: Rule) -> None:
    if _gap(replace(rule, count=None, until=None, interval=1)) > RARELY:
        raise WrongWindowError(
            "has a rule that comes round less than once a year, or never",
            "a rule for days that every year has",
        )
