"""When a repeated window is on: against a slow oracle that looks at every day."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.maintenance.rule import WrongWindowError
from shared.recurrence import new_window, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@dataclass(frozen=True)
class Case:
    """A rule in its parts, as the oracle wants them."""

    first: datetime
    zone: str
    freq: str
    interval: int
    days: tuple[tuple[int, int], ...]
    month_days: tuple[int, ...]
    months: tuple[int, ...]
    count: int
    lasts: timedelta

    def rule(self) -> str:
        """The same in RFC 5545."""
        parts = [f"FREQ={self.freq}", f"INTERVAL={self.interval}"]
        if self.days:
            parts.append("BYDAY=" + ",".join(f"{n or ''}{DAYS[day]}" for day, n in self.days))
        if self.month_days:
            parts.append("BYMONTHDAY=" + ",".join(map(str, self.month_days)))
        if self.months:
            parts.append("BYMONTH=" + ",".join(map(str, self.months)))
        if self.count:
            parts.append(f"COUNT={self.count}")
        return ";".join(parts)

    def names(self, day: date) -> bool:
        """Whether the rule names this day: RFC 5545 read slowly, one day at a time."""
        length = calendar.monthrange(day.year, day.month)[1]
        if self.months and day.month not in self.months:
            return False
        if self.month_days and not {day.day, day.day - length - 1} & set(self.month_days):
            return False
        nth, last = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        if self.days and not {(day.weekday(), n) for n in (0, nth, last)} & set(self.days):
            return False
        begins = self.first.date()
        silent = not self.days and not self.month_days
        if silent and self.freq == "WEEKLY" and day.weekday() != begins.weekday():
            return False
        if silent and self.freq == "MONTHLY" and day.day != begins.day:
            return False
        if self.freq == "DAILY":
            apart = (day - begins).days
        elif self.freq == "WEEKLY":
            monday = begins - begins.weekday() * DAY
            apart = (day - monday).days // 7
        else:
            apart = (day.year - begins.year) * 12 + day.month - begins.month
        return apart % self.interval == 0

    def spans(self, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Every time that it is on within so many days of its first."""
        zone, left = ZoneInfo(self.zone), self.count or 10**9
        for number in range(days):
            day = self.first.date() + number * DAY
            if self.names(day) and left > 0:
                left -= 1
                wall = datetime.combine(day, self.first.time())
                # An hour that is skipped: the offset from before the change applies (fold=0).
                start = wall.replace(tzinfo=zone).astimezone(UTC)
                yield start, start + self.lasts


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Rules around the changes of the clocks in 2026 and 2027."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    day = st.tuples(st.integers(0, 6), st.integers(-5, 5) if freq == "MONTHLY" else st.just(0))
    days = draw(st.lists(day, max_size=3, unique=True))
    near = [date(2026, 3, 1), date(2026, 10, 1), date(2027, 2, 20), date(2027, 9, 25)]
    begins = draw(st.sampled_from(near)) + draw(st.integers(0, 45)) * DAY
    hour, minute = draw(st.tuples(st.integers(0, 3) | st.integers(0, 23), st.sampled_from([0, 30])))
    monthly = freq == "MONTHLY"
    in_month = st.lists(st.sampled_from([1, 15, 30, 31, -1, -31]), max_size=2, unique=True)
    case = Case(
        first=datetime(begins.year, begins.month, begins.day, hour, minute),  # noqa: DTZ001 - on the wall
        zone=draw(st.sampled_from(ZONES)),
        freq=freq,
        interval=draw(st.integers(1, 4)),
        days=tuple(days),
        month_days=tuple(draw(in_month)) if monthly else (),
        months=tuple(draw(st.lists(st.integers(1, 12), max_size=3, unique=True))),
        count=draw(st.sampled_from([0, 0, 1, 5, 40])),
        lasts=draw(st.sampled_from([HOUR, 5 * HOUR, 23 * HOUR])),
    )
    # the first day must be one of the rule's, else nothing can be compared
    named = [n for n in range(400) if replace(case, interval=1).names(begins + n * DAY)]
    return replace(case, first=case.first + (named[0] if named else 0) * DAY)


@given(cases(), st.integers(-30, 380), st.integers(1, 60))
def test_a_repeated_window_is_on_when_an_oracle_says_so(case: Case, after: int, long: int) -> None:
    """Day by day, in four time zones, one of them with a change of half an hour."""
    try:
        found = new_window(
            f"{case.first:%Y-%m-%dT%H:%M}", case.lasts, case.zone, id="w", rule=case.rule()
        )
    except WrongWindowError:
        return  # too rare, or its first one would be at a time that does not exist
    from_ = found.first + after * DAY
    until = from_ + long * DAY
    expected = [(start, end) for start, end in case.spans(460) if end > from_ and start < until]

    assert occurrences(found, from_, until) == expected
