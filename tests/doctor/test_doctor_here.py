"""Rows about what the process itself holds: each outcome, shown by planting its cause."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.build_info import CHECKOUT, UNREADABLE
from shared.doctor.report import Outcome
from tests.support.doctor_facts import DESK, SIGNED, facts, rows
from tests.support.settings_env import KEY_BODY, LAPTOP

Said = tuple[str, str]
NOTHING: tuple[dict[str, str], dict[str, Any]] = ({}, {})
PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_VERIFIABLE


def test_a_healthy_deployment_passes_every_check() -> None:
    """The control for all tests of faults, but for the monitor, which nobody may ping."""
    found = rows(facts())
    open_ones = {name for name, row in found.items() if row.outcome is not PASS}

    assert open_ones == {"dead man's switch"}
    assert not any(row.is_fault for row in found.values())
    assert all(row.detail.endswith(".") for row in found.values())


@pytest.mark.parametrize(
    ("name", "outcome", "planted", "said"),
    [
        ("settings", PASS, NOTHING, ("none is wrong", "")),
        ("running build", PASS, NOTHING, ("0.1.0+3f2a9c1", "")),
        ("running build", FAIL, ({}, {"build": CHECKOUT}), ("not built", "$ make package")),
        ("running build", FAIL, ({}, {"build": UNREADABLE}), ("cannot be read", "make package")),
        ("running build", OPEN, (DESK, {"build": CHECKOUT}), ("only the app knows", "")),
        ("timer schedule", PASS, NOTHING, ("next at 20:05 UTC", "")),
        (
            "timer schedule",
            PASS,
            ({"WATCHDOG_SCHEDULE": "30 */10 * * * *"}, {}),
            ("every 10 min at most, next at 20:10 UTC", ""),
        ),
        ("version facts", PASS, ({}, {"facts_age": timedelta(days=90)}), ("90 days old", "")),
        ("version facts", OPEN, ({}, {"facts_age": timedelta(days=91)}), ("91", "checked_on")),
        ("signing keys", PASS, NOTHING, ("none is needed", "")),
        (
            "signing keys",
            PASS,
            (SIGNED, {}),
            ("2, newest first: k2, k1; the shortest has 32 bytes", ""),
        ),
        ("signing keys", OPEN, (DESK, {}), ("allowed", "")),
        (
            "signing keys",
            FAIL,
            ({**DESK, "WATCHDOG_PUBLIC_URL": "https://watchdog.contoso.com"}, {}),
            ("may open a page", "openssl rand -base64 32"),
        ),
        ("on-call", PASS, NOTHING, ("On-call Identity", "")),
        ("on-call", OPEN, ({"WATCHDOG_ON_CALL": ""}, {}), ("nobody", "WATCHDOG_ON_CALL=")),
        ("escalation", PASS, NOTHING, ("Identity lead", "")),
        (
            "escalation",
            OPEN,
            ({"WATCHDOG_ESCALATE_TO": ""}, {}),
            ("nobody", "--name contoso-watchdog"),
        ),
    ],
)
def test_a_row_says_what_is_so_and_what_mends_it(
    name: str, outcome: Outcome, planted: tuple[dict[str, str], dict[str, Any]], said: Said
) -> None:
    """One case per row and outcome."""
    environ, changes = planted
    row = rows(facts(environ, **changes))[name]

    assert row.outcome is outcome
    assert said[0] in row.detail
    assert said[1] in row.fix
    assert row.is_fault == (outcome is FAIL)


def test_no_row_shows_a_key() -> None:
    """Of signing keys only the ids are shown."""
    found = rows(facts(SIGNED))

    assert not [row for row in found.values() if KEY_BODY[:12] in row.detail + row.fix]
    assert LAPTOP["WATCHDOG_TEAMS_URL"] not in str(found)
