"""When a window is on: repetition, clocks, windows that follow each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.maintenance.rule import WrongWindowError
from shared.domain.maintenance.window import LONGEST_WINDOW, Maintenance, Window
from shared.recurrence import (
    maintenance_at,
    new_window,
    occurrences,
    over,
    unreadable,
    upcoming,
)
from shared.recurring_days import HORIZON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def window(
    start: str,
    lasts: timedelta = HOUR,
    zone: str = "UTC",
    *,
    rule: str = "",
    name: str = "w",
    title: str = "",
) -> Window:
    """A window as somebody announces it."""
    return new_window(start, lasts, zone, id=name, rule=rule, title=title)


def starts(found: Window, from_: datetime, days: float) -> list[str]:
    """When it begins within so many days, on the wall."""
    zone = ZoneInfo(found.zone)
    spans = occurrences(found, from_, from_ + days * DAY)
    return [f"{start.astimezone(zone):%m-%d %H:%M}" for start, _ in spans]


# -- one example of each --------------------------------------------------------------------------


def test_a_window_stays_at_its_time_of_day_when_the_clocks_change() -> None:
    """22:00 in Berlin is 21:00 UTC in winter and 20:00 in summer."""
    patches = window("2027-01-03T22:00", 4 * HOUR, "Europe/Berlin", rule="FREQ=MONTHLY;BYDAY=1SU")

    spans = occurrences(patches, patches.first, patches.first + 190 * DAY)

    assert [f"{start:%m-%d %H}" for start, _ in spans] == [
        "01-03 21",
        "02-07 21",
        "03-07 21",
        "04-04 20",
        "05-02 20",
        "06-06 20",
        "07-04 20",
    ]
    assert all(end - start == 4 * HOUR for start, end in spans)


def test_a_time_that_does_not_exist_is_as_many_minutes_later() -> None:
    """02:30 on the day of the change to summer time is 03:30, and 02:30 again the day after."""
    nightly = window("2027-03-27T02:30", HOUR, "Europe/Berlin", rule="FREQ=DAILY")

    assert starts(nightly, nightly.first, 2.5) == ["03-27 02:30", "03-28 03:30", "03-29 02:30"]


def test_of_an_ambiguous_time_the_first_is_meant() -> None:
    """02:30 in summer time, which comes an hour before the other one; it lasts elapsed time."""
    nightly = window("2027-10-30T02:30", 3 * HOUR, "Europe/Berlin", rule="FREQ=DAILY")

    assert occurrences(nightly, nightly.first + DAY, nightly.first + 1.5 * DAY) == [
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 3, 30, tzinfo=UTC))
    ]


def test_a_window_once_may_begin_at_a_time_that_no_clock_shows_a_repeated_one_not() -> None:
    """The first would be later than all the others are."""
    once = window("2027-03-28T02:30", HOUR, "Europe/Berlin")

    assert once.first == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    with pytest.raises(WrongWindowError, match="no clock in Europe/Berlin shows"):
        window("2027-03-28T02:30", HOUR, "Europe/Berlin", rule="FREQ=DAILY")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=2;COUNT=3", ["12-06", "12-08", "12-10"]),
        ("FREQ=DAILY;UNTIL=20261207", ["12-06", "12-07"]),
        ("FREQ=DAILY;UNTIL=20261207T215959", ["12-06"]),
        ("FREQ=DAILY;UNTIL=20261208T030000Z", ["12-06", "12-07"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", ["12-06", "12-14", "12-20", "12-28"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", ["12-06", "12-07", "12-20", "12-21"]),
        ("FREQ=MONTHLY", ["12-06"]),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=6,-1", ["12-06", "12-31"]),
        ("FREQ=MONTHLY;BYDAY=SU;BYSETPOS=1,-1", ["12-06", "12-27"]),
    ],
)
def test_the_parts_of_a_rule_mean_what_the_rfc_says(rule: str, expected: list[str]) -> None:
    """22:00 in New York on 6 December 2026, a Sunday, and its repetitions within four weeks."""
    found = window("2026-12-06T22:00", HOUR, "America/New_York", rule=rule)

    assert [text[:5] for text in starts(found, found.first, 26)] == expected


def test_a_rule_may_repeat_what_its_start_says() -> None:
    """Without BY parts the weekday, the day or the day and month of the start are meant."""
    weekly = window("2026-12-06T22:00", rule="FREQ=WEEKLY")
    yearly = window("2026-12-06T22:00", rule="FREQ=YEARLY")
    monthly = window("2026-12-31T22:00", rule="FREQ=MONTHLY")

    assert starts(weekly, AT, 40) == ["12-06 22:00", "12-13 22:00", "12-20 22:00", "12-27 22:00"]
    assert starts(yearly, AT, 2 * 365) == ["12-06 22:00", "12-06 22:00"]
    assert [text[:5] for text in starts(monthly, AT, 150)] == ["12-31", "01-31", "03-31"]


def test_count_counts_from_the_first_one_however_long_ago() -> None:
    """The last of forty nights is the last, also for who asks on that day only."""
    nights = window("2026-01-01T22:00", rule="FREQ=DAILY;COUNT=40")

    assert starts(nights, datetime(2026, 2, 8, tzinfo=UTC), 30) == ["02-08 22:00", "02-09 22:00"]
    assert over(nights, datetime(2026, 2, 9, 23, tzinfo=UTC))
    assert not over(nights, datetime(2026, 2, 9, 22, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "lasts", "zone", "rule", "problem"),
    [
        ("2026-12-07T22:00", HOUR, "UTC", "FREQ=MONTHLY;BYDAY=1SU", "such as 2027-01-03T22:00"),
        ("2026-12-06T22:00", DAY, "UTC", "FREQ=DAILY", "longer than 7 days"),
        ("2026-12-06T22:00", DAY - MINUTE, "UTC", "FREQ=DAILY", "longer than 7 days"),
        ("2026-12-06T22:00", DAY - 14 * MINUTE, "UTC", "FREQ=DAILY", "longer than 7 days"),
        ("2026-12-06T22:00", HOUR, "Mars/Olympus", "", "unknown"),
        ("2026-12-06T22:00", HOUR, "../../etc/passwd", "", "unknown"),
        ("2026-12-06T24:00", HOUR, "UTC", "", "local time"),
        ("6.12.2026 22:00", HOUR, "UTC", "", "local time"),
        ("0001-12-06T22:00", HOUR, "UTC", "", "year"),
        ("9999-12-06T22:00", HOUR, "UTC", "", "year"),
        ("2026-12-06T22:00", timedelta(minutes=4), "UTC", "", "5 minutes to 7 days"),
        ("2026-12-06T22:00", 7 * DAY + HOUR, "UTC", "", "5 minutes to 7 days"),
    ],
)
def test_a_window_that_cannot_be_announced_says_why(
    start: str, lasts: timedelta, zone: str, rule: str, problem: str
) -> None:
    """And what would be right."""
    with pytest.raises(WrongWindowError, match=problem):
        window(start, lasts, zone, rule=rule)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=MO,1MO", [2, 9, 16, 23, 30]),
        ("FREQ=MONTHLY;BYDAY=MO,-1FR", [2, 9, 16, 23, 27, 30]),
        ("FREQ=YEARLY;BYDAY=MO,10FR", [2, 6, 9, 16, 23, 30]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=MO,2FR", [2, 9, 13, 16, 23, 30]),
    ],
)
def test_numbered_weekdays_and_plain_ones_add_up(rule: str, days: list[int]) -> None:
    """RFC 5545: each part of BYDAY names days; the library alone takes what all of them name."""
    found = window("2026-03-02T22:00", rule=rule)

    assert [int(each[3:5]) for each in starts(found, found.first, 30)] == days


def test_a_daily_window_with_a_quarter_of_an_hour_between_is_accepted() -> None:
    """In every pause there is a tick that sends what waited."""
    found = window("2026-12-06T22:00", lasts=DAY - 15 * MINUTE, rule="FREQ=DAILY")

    assert maintenance_at([found], found.first + DAY - 10 * MINUTE) is None


def test_a_title_is_one_plain_line() -> None:
    """It stands on pages and in logs."""
    for title in ("two\nlines", "x" * 101, "\x1b[31mred"):
        with pytest.raises(WrongWindowError, match="title"):
            window("2026-12-06T22:00", title=title)


# -- what is on -----------------------------------------------------------------------------------


def test_a_window_is_on_from_its_start_until_its_end() -> None:
    """The start belongs to it, the end does not."""
    patches = window("2026-11-21T12:00", 2 * HOUR, title="Patch night")
    on = Maintenance(AT + 2 * HOUR, "Patch night", "w")

    assert maintenance_at([patches], AT - timedelta(seconds=1)) is None
    assert maintenance_at([patches], AT) == on
    assert maintenance_at([patches], AT + timedelta(minutes=119)) == on
    assert maintenance_at([patches], AT + 2 * HOUR) is None


def test_windows_that_follow_without_a_gap_are_one() -> None:
    """Cards wait for the end of the last; one after a gap is another matter."""
    first = window("2026-11-21T11:00", 2 * HOUR, name="a")
    second = window("2026-11-21T13:00", HOUR, name="b", title="Second")
    inner = window("2026-11-21T13:15", timedelta(minutes=30), name="c")
    gap = window("2026-11-21T14:01", HOUR, name="d")

    assert maintenance_at([gap, inner, second, first], AT) == Maintenance(
        AT + 2 * HOUR, "Second", "b"
    )


def test_maintenance_never_ends_more_than_a_week_ahead() -> None:
    """However many windows somebody announces, a card waits for seven days at most."""
    windows = [window(f"2026-11-{day}T11:00", 4 * DAY, name=f"w{day}") for day in (20, 23, 26, 29)]

    on = maintenance_at(windows, AT)

    assert on is not None
    assert on.until == AT + LONGEST_WINDOW


def test_a_window_that_somebody_ended_is_over_from_then_on() -> None:
    """Also its later repetitions; what was on before was on."""
    daily = replace(window("2026-11-20T11:00", 4 * HOUR, rule="FREQ=DAILY"), ended_at=AT)

    assert maintenance_at([daily], AT - HOUR) == Maintenance(AT, "", "w")
    assert maintenance_at([daily], AT) is None
    assert maintenance_at([daily], AT + DAY) is None
    assert over(daily, AT)
    assert occurrences(daily, AT - DAY - HOUR, AT + 9 * DAY)[-1] == (AT - HOUR, AT)


@pytest.mark.parametrize(
    "change",
    [{"zone": "Mars/Olympus"}, {"rule": "FREQ=HOURLY"}, {"rule": "FREQ=YEARLY;BYDAY=53MO"}],
)
def test_a_row_that_cannot_be_evaluated_is_never_on(change: dict[str, str]) -> None:
    """Cards go out, the other windows count, and the list can name it."""
    daily = window("2026-11-20T11:00", 4 * HOUR, rule="FREQ=DAILY")
    broken = replace(daily, id="broken", **change)  # type: ignore[arg-type]  # texts

    assert maintenance_at([broken], AT) is None
    assert maintenance_at([broken, daily], AT) == Maintenance(AT + 3 * HOUR, "", "w")
    assert unreadable([broken, daily]) == [broken]
    assert not over(broken, AT)
    assert over(replace(broken, ended_at=AT), AT)


@pytest.mark.parametrize("lasts", [timedelta(days=-999_999_999), timedelta(days=999_999_999)])
def test_a_row_with_an_impossible_length_does_no_harm(lasts: timedelta) -> None:
    """It was edited by hand: never negative, never longer than may be announced."""
    odd = replace(window("2026-11-21T11:00"), lasts=lasts)

    on = maintenance_at([odd], AT)

    assert on is None or on.until == AT - HOUR + LONGEST_WINDOW


def test_a_series_ends_after_fifty_years() -> None:
    """So that nobody has to look further."""
    daily = window("2026-11-20T11:00", rule="FREQ=DAILY")

    assert not over(daily, daily.first + HORIZON)
    assert over(daily, daily.first + HORIZON + 2 * DAY)


def test_what_comes_is_listed_soonest_first() -> None:
    """What is on, and then what follows, of all windows."""
    daily = window("2026-11-20T11:00", 2 * HOUR, rule="FREQ=DAILY", name="a")
    once = window("2026-11-22T01:00", name="b")

    found = upcoming([daily, once], AT, 3)

    assert [(each.window.id, f"{each.start:%d %H}", f"{each.end:%d %H}") for each in found] == [
        ("a", "21 11", "21 13"),
        ("b", "22 01", "22 02"),
        ("a", "22 11", "22 13"),
    ]


# -- any windows ----------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), min_size=1, max_size=8),
    st.integers(0, 250),
)
def test_maintenance_ends_at_the_first_moment_that_no_window_covers(
    spans: list[tuple[int, int]], hour: int
) -> None:
    """Hour by hour, for any windows that overlap, touch or leave gaps."""
    windows = [
        window(f"{AT + start * HOUR:%Y-%m-%dT%H:%M}", lasts * HOUR, name=f"w{number}")
        for number, (start, lasts) in enumerate(spans)
    ]
    covered = {start + n for start, lasts in spans for n in range(lasts)}
    end = hour
    while end in covered:
        end += 1

    on = maintenance_at(windows, AT + hour * HOUR)

    if end == hour:
        assert on is None
    else:
        assert on is not None
        assert on.until == AT + min(end, hour + 7 * 24) * HOUR
