"""A moment of each week, by the clock on the wall of one time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

WEEK: Final = timedelta(days=7)

_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class WeeklyMoment:
    """When something is due each week.

    On the day of a change to summer time, a time of day that does not exist is as many minutes
    later; on the day of the change back, the first of the two is meant.

    Attributes:
        day: The weekday, Monday is 0.
        at: The time of day on the wall.
        zone: The time zone.
    """

    day: int = 0
    at: time = time(8)
    zone: tzinfo = UTC

    def __str__(self) -> str:
        """Such as "Monday 08:00 Europe/Zurich"."""
        return f"{_WEEKDAYS[self.day]} {self.at:%H:%M} {self.zone}"


def newest_slot(moment: WeeklyMoment, at: datetime) -> datetime:
    """The newest time in UTC, `at` included, at which it was due.

    Args:
        moment: When it is due.
        at: Now, aware.
    """
    return max(slot for slot in _around(moment, at) if slot <= at)


def next_slot(moment: WeeklyMoment, at: datetime) -> datetime:
    """The next time in UTC, `at` excluded, at which it is due.

    Args:
        moment: When it is due.
        at: Now, aware.
    """
    return min(slot for slot in _around(moment, at) if slot > at)


def _around(moment: WeeklyMoment, at: datetime) -> Iterator[datetime]:
    """The times of two weeks before and two after: a change of clocks moves them by hours."""
    today = at.astimezone(moment.zone).date()
    monday = today - today.weekday() * _DAY
    for week in range(-2, 3):
        day = monday + week * WEEK + moment.day * _DAY
        wall = datetime.combine(day, moment.at).replace(tzinfo=moment.zone, fold=0)
        yield wall.astimezone(UTC)
