"""Windows of the setting: several in one text, in which rules and titles may hold `;`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared import wiring
from shared.settings.maintenance import MaintenanceWindow
from tests.support.settings_env import LAPTOP, read, refused

FOUR, TWO_DAYS = timedelta(hours=4), timedelta(days=2)
RULE = "FREQ=MONTHLY;BYDAY=1SU"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-06T22:00 PT4H", [("2026-12-06T22:00", FOUR, "", "")]),
        (
            f"2026-12-06T22:00 PT4H {RULE} Patch night; 2026-12-24T08:00 P2D Freeze",
            [
                ("2026-12-06T22:00", FOUR, RULE, "Patch night"),
                ("2026-12-24T08:00", TWO_DAYS, "", "Freeze"),
            ],
        ),
        (
            f"2026-12-06T22:00 PT4H {RULE};2026-12-24T08:00 P2D;",
            [("2026-12-06T22:00", FOUR, RULE, ""), ("2026-12-24T08:00", TWO_DAYS, "", "")],
        ),
        (
            "2026-12-24T08:00   P2D\tFreeze; nobody changes anything ;",
            [("2026-12-24T08:00", TWO_DAYS, "", "Freeze; nobody changes anything")],
        ),
    ],
)
def test_a_window_begins_only_where_a_date_follows(
    text: str, expected: list[tuple[str, timedelta, str, str]]
) -> None:
    """Start, length, rule and title of each."""
    settings = read(LAPTOP | {"WATCHDOG_MAINTENANCE": text})

    assert settings.maintenance == tuple(MaintenanceWindow(*each) for each in expected)


def test_the_windows_are_on_the_wall_of_the_teams_time_zone() -> None:
    """22:00 in Berlin; the plan of the watch has them, numbered."""
    text = f"2026-12-06T22:00 PT4H {RULE} Patch night; 2026-12-24T08:00 P2D Freeze"
    settings = read(LAPTOP | {"WATCHDOG_MAINTENANCE": text, "WATCHDOG_TIME_ZONE": "Europe/Berlin"})

    patches, freeze = wiring.plan_of(settings).windows

    assert patches.first == datetime(2026, 12, 6, 21, tzinfo=UTC)
    assert (patches.id, patches.rule, patches.title) == ("setting-1", RULE, "Patch night")
    assert (patches.via, patches.zone) == ("setting", "Europe/Berlin")
    assert (freeze.id, freeze.lasts, freeze.rule) == ("setting-2", TWO_DAYS, "")


def test_a_wrong_time_zone_is_the_only_problem_then() -> None:
    """Nobody can say yet whether the start fits the rule."""
    text = "2026-12-06T22:00 PT4H FREQ=HOURLY"

    problems = refused(LAPTOP | {"WATCHDOG_MAINTENANCE": text, "WATCHDOG_TIME_ZONE": "Mars"})

    assert list(problems) == ["WATCHDOG_TIME_ZONE"]


def test_the_wrong_window_is_named_by_its_number() -> None:
    """And what would be right about it."""
    text = f"2026-12-06T22:00 PT4H {RULE}; 2026-12-07T22:00 PT4H {RULE}"

    problems = refused(LAPTOP | {"WATCHDOG_MAINTENANCE": text})

    assert problems["WATCHDOG_MAINTENANCE"] == (
        "WATCHDOG_MAINTENANCE window 2 begins at a time that its own rule does not name. "
        "Right: a start that fits the rule, such as 2027-01-03T22:00."
    )


def test_a_past_window_is_no_problem() -> None:
    """Else the watchdog would stop when time passes."""
    assert read(LAPTOP | {"WATCHDOG_MAINTENANCE": "2020-01-01T08:00 P2D"}).maintenance
