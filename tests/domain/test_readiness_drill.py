"""The readiness list's note on practice: when a failover was last practised."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.pair.report import Outcome, Role
from shared.domain.pair.view import Roles, ServerRole
from shared.domain.standby.case import StandbyCase
from shared.domain.standby.checks_facts import drill
from tests.support.pairs import view


@pytest.mark.parametrize(
    ("days", "reason"), [(None, "no_drill"), (90, "practised"), (91, "drill_old")]
)
def test_practice_is_noted_with_its_age(days: int | None, reason: str) -> None:
    """Ninety days are the limit, and whatever it says decides nothing."""
    pair = view()
    last = None if days is None else pair.at - timedelta(days=days)
    server = ServerRole("SYNC-B", Role.STAGING)
    check = drill(StandbyCase(replace(pair, drill_at=last), server, Roles((server,))))

    assert (check.outcome, check.reason) == (Outcome.NOTE, reason)
    assert ("more than 90 days ago" in check.statement.text) == (reason == "drill_old")
    assert last is None or last.date().isoformat() in check.statement.text
