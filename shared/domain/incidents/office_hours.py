"""Office hours: when somebody is at work to read a card that can wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY: Final = timedelta(days=1)
_SEARCHED: Final = 16
"""Days looked ahead: a weekly hour that a change of the clocks swallowed comes a week later."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The same hours on some weekdays, by the clock on the wall of one time zone.

    On the day of a change to summer time, a time of day that does not exist is as many minutes
    later; on the day of the change back, the first of the two is meant.

    Attributes:
        days: Weekdays, Monday is 0; in any order, at least one.
        opens: Time of day, included.
        closes: Time of day, excluded; after `opens`, at most 24 hours.
        zone: The time zone.

    Raises:
        ValueError: There is no such hour in any week.
    """

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: timedelta = timedelta(hours=8)
    closes: timedelta = timedelta(hours=17)
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(range(7)):
            raise ValueError("Office hours need weekdays from 0, Monday, to 6, Sunday.")
        if not timedelta(0) <= self.opens < self.closes <= _DAY:
            raise ValueError("Office hours must open before they close, within one day.")

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is at work at this time."""
        return any(start <= at < end for start, end in self._around(at))

    def next_open(self, at: datetime) -> datetime:
        """The first time from `at` on at which somebody is at work: `at` itself, or an opening.

        Returns:
            An aware time in UTC; `at` itself where no opening is within two weeks, which only an
            hour that no clock shows can cause.
        """
        if self.is_open(at):
            return at
        return min((start for start, end in self._around(at) if at <= start < end), default=at)

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing, in UTC, of each working day from yesterday on."""
        yesterday = at.astimezone(self.zone).date() - _DAY
        for number in range(_SEARCHED):
            day = yesterday + number * _DAY
            if day.weekday() in self.days:
                yield self._moment(day, self.opens), self._moment(day, self.closes)

    def _moment(self, day: date, time_of_day: timedelta) -> datetime:
        wall = datetime(day.year, day.month, day.day) + time_of_day  # noqa: DTZ001 - gets its zone
        return wall.replace(tzinfo=self.zone).astimezone(UTC)
