"""Alerts that another finding tells, or a measurement disproves: each matter on one card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.alerts.findings import covered_by, told_elsewhere
from shared.domain.pair.readings import AlertLevel, HealthAlert
from shared.domain.pair.report import Role
from shared.domain.pair.view import Roles, ServerRole
from shared.domain.verdicts import Finding, Verdict, Why
from tests.support.advising import DELETES, SERVICE, STALE, alert, found
from tests.support.pairs import A, B, health, member, view

if TYPE_CHECKING:
    from shared.domain.pair.view import PairView

# -- what is told already -------------------------------------------------------------------------

SILENT = found(Verdict.SERVER_SILENT, Why.BOTH_SILENT)
UNFIT_B = found(Verdict.STANDBY_UNFIT, Why.CHECKS_FAILED, subject="sync-b")
MISSING_B = found(Verdict.STANDBY_MISSING, Why.NOT_REGISTERED, subject="sync-b")
BLOCKED = found(Verdict.EXPORT_BLOCKED, Why.DELETE_THRESHOLD)
PASSWORDS = found(Verdict.PASSWORD_SYNC_STALLED, Why.PASSWORDS_STALLED)
STALLED = found(Verdict.SYNC_STALLED, Why.OBJECTS_STALLED)
ACTIVE_A = Roles(active=ServerRole(A, Role.ACTIVE))

HEARTBEAT = "Password Hash Synchronization heartbeat was skipped in last 120 minutes"
PHS = "Password Hash Synchronization stopped working"
IMPORT = "Import from Active Directory failed"


def _covered(one: HealthAlert, *findings: Finding, roles: Roles = ACTIVE_A, **other: Any) -> bool:
    listed = other.get("members", (member(A, seen="3h"), member(B, seen="3h")))
    seen: PairView = view(*listed, alerts=(one,))
    return covered_by(seen, roles, findings) == frozenset({one.id})


@pytest.mark.parametrize(
    ("name", "server", "finding", "covered"),
    [
        (DELETES, A, BLOCKED, True),
        (DELETES, A, SILENT, False),
        (STALE, A, SILENT, True),
        (SERVICE, A, SILENT, True),
        (STALE, "sync-a.contoso.com", SILENT, True),
        (STALE, B, SILENT, False),
        (SERVICE, B, SILENT, False),
        (STALE, "", SILENT, False),
        (STALE, B, UNFIT_B, True),
        (SERVICE, B, MISSING_B, True),
        (STALE, A, UNFIT_B, False),
        (STALE, A, STALLED, False),
        (HEARTBEAT, A, PASSWORDS, True),
        (PHS, A, SILENT, True),
        (PHS, A, STALLED, False),
        (IMPORT, A, SILENT, False),
        (SERVICE, A, STALLED, True),
        (SERVICE, B, STALLED, False),
        (SERVICE, "", STALLED, False),
        (IMPORT, B, UNFIT_B, True),
        (IMPORT, "sync-b.contoso.com", UNFIT_B, True),
        (PHS, B, UNFIT_B, True),
        (IMPORT, B, MISSING_B, False),
        (IMPORT, A, UNFIT_B, False),
        (IMPORT, "", UNFIT_B, False),
        (DELETES, B, UNFIT_B, False),
        ("Something new", A, SILENT, False),
    ],
)
def test_an_alert_that_another_finding_tells_is_covered(
    name: str,
    server: str,
    finding: Finding,
    covered: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Only the same matter of the same server is covered; everything else is told."""
    assert _covered(alert(name, server), finding) is covered


def test_an_alert_is_about_the_member_it_names_where_the_name_is_missing() -> None:
    """The server is found by its id."""
    one = replace(alert(STALE, A), server="")

    assert _covered(one, SILENT)
    assert not _covered(replace(one, member_id="nobody"), SILENT)


def test_an_alert_about_the_service_is_not_about_a_missing_standby() -> None:
    """A finding that names no server covers no alert that names none."""
    nobody = found(Verdict.STANDBY_MISSING, Why.NOT_REGISTERED)

    assert not _covered(alert(STALE), nobody)


def test_without_a_known_active_server_a_silence_covers_no_server() -> None:
    """Nobody can say that the alert is about the silent one."""
    assert not _covered(alert(STALE, A), SILENT, roles=Roles())


@pytest.mark.parametrize(
    ("seen", "read", "level", "covered"),
    [
        ("1h59m", "0m", AlertLevel.ERROR, True),
        ("2h", "0m", AlertLevel.ERROR, False),
        ("4h", "3h", AlertLevel.ERROR, True),
        (None, "0m", AlertLevel.ERROR, False),
        ("5m", "0m", AlertLevel.WARNING, False),
    ],
)
def test_a_missing_data_alert_is_disproved_by_a_younger_upload(
    seen: str | None,
    read: str,
    level: AlertLevel,
    covered: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The alert lags by hours. A warning says that *some* data is missing: it may be true."""
    one = alert(STALE, B, level=level)
    seen_view = view(connect_health=health(member(B, seen=seen), alerts=(one,), read=read))

    assert bool(covered_by(seen_view, ACTIVE_A, ())) is covered


def test_a_fresh_upload_disproves_no_other_alert() -> None:
    """The service may be stopped while the agent reports."""
    fresh = (member(A, seen="1m"),)

    assert not _covered(alert(SERVICE, A), members=fresh)
    assert _covered(alert(STALE, A), members=fresh)


# -- old readings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "server", "level", "read", "covered"),
    [
        (IMPORT, B, AlertLevel.ERROR, "45m", False),
        (IMPORT, B, AlertLevel.ERROR, "45m1s", True),
        (IMPORT, B, AlertLevel.WARNING, "46m", False),
        (IMPORT, A, AlertLevel.ERROR, "46m", False),
        (IMPORT, "", AlertLevel.ERROR, "46m", False),
        (DELETES, A, AlertLevel.ERROR, "1d", False),
        (DELETES, A, AlertLevel.ERROR, "1d1s", True),
    ],
)
def test_an_old_reading_gives_no_card_of_its_own_to_what_another_finding_told(
    name: str,
    server: str,
    level: AlertLevel,
    read: str,
    covered: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The finding that told it in its own tick is not made again, and its incident is open."""
    one = alert(name, server, level=level)
    servers = (ServerRole(A, Role.ACTIVE), ServerRole(B, Role.STAGING))
    roles = Roles(servers, servers[0])
    seen = view(connect_health=health(member(A), member(B), alerts=(one,), read=read))

    assert bool(covered_by(seen, roles, ())) is covered
    assert told_elsewhere(seen, roles, ()) == frozenset()


def test_errors_beside_the_one_that_makes_a_standby_unfit_are_told_by_it() -> None:
    """One card a day about a standby, not one per error at night; warnings stay on their own."""
    several = (alert(IMPORT, B, key="one"), alert("Something new", B, key="two"))
    warning = alert("Third", B, key="three", level=AlertLevel.WARNING)
    seen = view(member(A), member(B), alerts=(*several, warning))

    assert covered_by(seen, ACTIVE_A, (UNFIT_B,)) == {"one", "two"}
