"""Snoozing: four choices, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.incidents.actions import LONGEST_SNOOZE
from shared.domain.incidents.snoozes import choice, choices

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")


@pytest.mark.parametrize(
    ("name", "minutes"), [("30m", 30), ("1h", 60), ("4h", 240)], ids=["half", "one", "four"]
)
def test_a_span_counts_from_now(name: str, minutes: int) -> None:
    """Whatever the clocks on the wall do meanwhile."""
    at = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    found = choice(name, at, BERLIN)
    assert found is not None
    assert found.until - at == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-21T02:00", "2026-11-21T07:00"),
        ("2026-11-21T06:54", "2026-11-21T07:00"),
        ("2026-11-21T06:56", "2026-11-22T07:00"),
        ("2026-11-21T07:00", "2026-11-22T07:00"),
        ("2026-03-28T20:00", "2026-03-29T06:00"),
        ("2026-10-24T20:00", "2026-10-25T07:00"),
    ],
)
def test_until_eight_is_the_next_eight_on_the_wall(at: str, until: str) -> None:
    """Also on the days on which the clocks change; a few minutes before eight it is tomorrow's."""
    found = choice("morning", datetime.fromisoformat(f"{at}+00:00"), BERLIN)
    assert found is not None
    assert found.until == datetime.fromisoformat(f"{until}+00:00")


@pytest.mark.parametrize("name", ["", "8h", "30M", "morning ", "9999d", "-1h"])
def test_there_is_no_other_choice(name: str) -> None:
    """Nobody silences an incident for a year by a typing error, or by a forged form."""
    assert choice(name, datetime(2026, 11, 21, tzinfo=UTC), UTC) is None


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from(ZONES),
)
def test_every_choice_ends_within_a_day(at: datetime, zone: str) -> None:
    """In the future, and no later than the next morning of a day of 25 hours."""
    for each in choices(at, ZoneInfo(zone)):
        assert timedelta(minutes=5) <= each.until - at <= LONGEST_SNOOZE
