"""The times of the weekly digest: by the clock on the wall, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bulletins.weekly import WEEK, WeeklyMoment, newest_slot, next_slot

ZURICH = ZoneInfo("Europe/Zurich")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

ZONES = [
    "UTC",
    "Europe/Zurich",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # left out 30 December 2011
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Sao_Paulo",  # changed at midnight
]
moments = st.builds(
    WeeklyMoment,
    day=st.integers(0, 6),
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
times = st.datetimes(
    min_value=datetime(2005, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2037, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)


def utc(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "slot"),
    [
        ("2026-11-23T06:59:59", "2026-11-16T07:00"),
        ("2026-11-23T07:00:00", "2026-11-23T07:00"),
        ("2026-11-29T23:59:00", "2026-11-23T07:00"),
        ("2026-07-06T06:00:00", "2026-07-06T06:00"),  # summer: an hour earlier by UTC
        ("2027-01-01T12:00:00", "2026-12-28T07:00"),
    ],
)
def test_the_newest_slot_is_the_last_monday_morning_of_the_zone(at: str, slot: str) -> None:
    """Monday 08:00 in Zurich is 07:00 UTC in winter and 06:00 UTC in summer."""
    assert newest_slot(WeeklyMoment(0, time(8), ZURICH), utc(at)) == utc(slot)


def test_a_time_that_the_change_to_summer_time_leaves_out_is_as_many_minutes_later() -> None:
    """02:30 does not exist on 29 March 2026: the digest is due at 03:30, which is 01:30 UTC."""
    moment = WeeklyMoment(6, time(2, 30), ZURICH)

    assert newest_slot(moment, utc("2026-03-29T12:00")) == utc("2026-03-29T01:30")


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    """02:30 on 25 October 2026 comes at 00:30 and at 01:30 UTC: it is due once, at the first."""
    moment = WeeklyMoment(6, time(2, 30), ZURICH)

    assert newest_slot(moment, utc("2026-10-25T12:00")) == utc("2026-10-25T00:30")
    assert next_slot(moment, utc("2026-10-25T00:30")) == utc("2026-11-01T01:30")


def test_it_is_written_as_people_say_it() -> None:
    """The weekday, the time of day and the zone."""
    assert str(WeeklyMoment(0, time(8), ZURICH)) == "Monday 08:00 Europe/Zurich"
    assert str(WeeklyMoment(6, time(17, 5))) == "Sunday 17:05 UTC"


@given(moments, times)
def test_every_time_lies_between_two_slots_a_week_apart(moment: WeeklyMoment, at: datetime) -> None:
    """No slot is left out and none is near another, but for what a change of clocks moves."""
    newest, coming = newest_slot(moment, at), next_slot(moment, at)

    assert newest <= at < coming
    assert abs(coming - newest - WEEK) <= 25 * HOUR  # a day, where a zone left one out
    assert newest_slot(moment, coming) == coming
    assert newest_slot(moment, coming - timedelta(microseconds=1)) == newest


@given(moments, times)
def test_a_slot_shows_the_time_on_the_wall_unless_no_clock_does(
    moment: WeeklyMoment, at: datetime
) -> None:
    """Read in its zone, a slot is that time on that weekday; else it was left out, and is later."""
    slot = newest_slot(moment, at)
    wall = slot.astimezone(moment.zone)

    if (wall.weekday(), wall.time()) != (moment.day, moment.at):
        before = (slot - 25 * HOUR).astimezone(moment.zone).utcoffset()
        after = wall.utcoffset()
        assert before is not None
        assert after is not None
        assert after > before
