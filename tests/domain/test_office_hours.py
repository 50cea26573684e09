"""Office hours across time zones and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.incidents.office_hours import OfficeHours

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
ZONES = [
    "UTC",
    "Europe/Zurich",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "America/Asuncion",  # changed at midnight
    "Asia/Kathmandu",
    "Pacific/Apia",  # skipped a whole day in 2011
]
TRANSITIONS = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2024, 10, 6, 4, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
]

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.one_of(
    st.tuples(st.sampled_from(TRANSITIONS), st.integers(-4 * 1440, 2 * 1440)).map(
        lambda pair: pair[0] + pair[1] * MINUTE
    ),
    st.integers(0, 366 * 1440).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + m * MINUTE),
)
spans = st.one_of(
    st.just((0, 1440)),
    st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda pair: pair[0] < pair[1]),
)


@st.composite
def schedules(draw: st.DrawFn) -> OfficeHours:
    """Any range of weekdays and hours that the settings allow, in any zone."""
    first, count = draw(st.integers(0, 6)), draw(st.integers(1, 7))
    opens, closes = draw(spans)
    days = tuple((first + day) % 7 for day in range(count))
    return OfficeHours(days, opens * MINUTE, closes * MINUTE, draw(zones))


def by_the_wall(office: OfficeHours, at: datetime) -> bool:
    """The rule as people say it, which is right on days without a change of the clocks."""
    local = at.astimezone(office.zone)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return local.weekday() in office.days and office.opens <= since_midnight < office.closes


def changes(office: OfficeHours, at: datetime) -> bool:
    """Whether the clocks change about this day."""
    local = at.astimezone(office.zone)
    return len({(local + n * DAY).astimezone(UTC).astimezone(office.zone).utcoffset()
                for n in (-2, -1, 0, 1, 2)}) > 1  # fmt: skip


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-13T07:59:59", False),
        ("2026-03-13T08:00:00", True),
        ("2026-03-13T16:59:59", True),
        ("2026-03-13T17:00:00", False),
        ("2026-03-14T12:00:00", False),
        ("2026-03-15T12:00:00", False),
        ("2026-03-16T12:00:00", True),
    ],
)
def test_by_default_somebody_is_at_work_from_monday_to_friday_8_to_17(
    at: str, *, is_open: bool
) -> None:
    """Opening is included, closing is not; in UTC."""
    assert OfficeHours().is_open(datetime.fromisoformat(at).replace(tzinfo=UTC)) is is_open


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-03-13T07:00:00", "2026-03-13T08:00:00"),
        ("2026-03-13T12:34:56", "2026-03-13T12:34:56"),
        ("2026-03-13T17:00:00", "2026-03-16T08:00:00"),
        ("2026-03-15T23:00:00", "2026-03-16T08:00:00"),
    ],
)
def test_the_next_opening_is_now_or_the_next_morning_at_work(at: str, opening: str) -> None:
    """After Friday comes Monday."""
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert OfficeHours().next_open(when) == datetime.fromisoformat(opening).replace(tzinfo=UTC)


def test_the_hours_are_those_on_the_wall_before_and_after_a_change_of_the_clocks() -> None:
    """Eight in Zurich is seven in UTC in winter and six in summer."""
    office = OfficeHours(zone=ZoneInfo("Europe/Zurich"))
    friday = datetime(2026, 3, 27, 18, tzinfo=UTC)

    assert office.next_open(friday - 7 * DAY) == datetime(2026, 3, 23, 7, tzinfo=UTC)
    assert office.next_open(friday) == datetime(2026, 3, 30, 6, tzinfo=UTC)


def test_an_hour_that_does_not_exist_is_as_much_later() -> None:
    """At half past two on that Sunday, the wall shows half past three."""
    sunday = OfficeHours((6,), 2.5 * HOUR, 4 * HOUR, ZoneInfo("Europe/Zurich"))

    assert sunday.next_open(datetime(2026, 3, 29, tzinfo=UTC)) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


def test_hours_that_a_change_of_the_clocks_swallows_come_a_week_later() -> None:
    """From half past two to a quarter past three, on the day on which neither exists in order."""
    sunday = OfficeHours((6,), 2.5 * HOUR, 3.25 * HOUR, ZoneInfo("Europe/Zurich"))

    opening = sunday.next_open(datetime(2026, 3, 28, tzinfo=UTC))
    assert opening == datetime(2026, 4, 5, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        ((), 8 * HOUR, 17 * HOUR),
        ((7,), 8 * HOUR, 17 * HOUR),
        ((0,), 8 * HOUR, 8 * HOUR),
        ((0,), -HOUR, 8 * HOUR),
        ((0,), 8 * HOUR, 25 * HOUR),
    ],
)
def test_hours_that_never_come_are_refused(
    days: tuple[int, ...], opens: timedelta, closes: timedelta
) -> None:
    """A card that waits for them would never be sent."""
    with pytest.raises(ValueError, match="Office hours"):
        OfficeHours(days, opens, closes)


@settings(max_examples=300, deadline=None)
@given(office=schedules(), at=moments)
def test_on_a_day_like_any_other_the_hours_are_those_on_the_wall(
    office: OfficeHours, at: datetime
) -> None:
    """Whatever the zone."""
    assert changes(office, at) or office.is_open(at) is by_the_wall(office, at)


@settings(max_examples=300, deadline=None)
@given(office=schedules(), at=moments, share=st.integers(0, 999))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    office: OfficeHours, at: datetime, share: int
) -> None:
    """It is never in the past, at most a week and a change of the clocks away, and the first."""
    opening = office.next_open(at)

    assert opening >= at
    assert opening == at or not office.is_open(opening - timedelta(microseconds=1))
    assert not office.is_open(at + share * (opening - at) / 1000) or opening == at
    if office.is_open(opening):
        assert opening - at <= 14 * DAY + 2 * HOUR
    else:
        assert opening == at


@settings(max_examples=200, deadline=None)
@given(at=moments, zone=zones)
def test_round_the_clock_is_always_open(at: datetime, zone: ZoneInfo) -> None:
    """No change of the clocks leaves a gap between two days of 24 hours."""
    office = OfficeHours(tuple(range(7)), timedelta(0), DAY, zone)

    assert office.is_open(at)
    assert office.next_open(at) == at
