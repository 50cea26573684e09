"""Connect Health's alerts: as plain text, the worst first, and none dropped in silence."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from shared.domain.pair.readings import MAX_ALERTS, AlertLevel, HealthAlert
from shared.domain.readings import Reason, Unavailable
from shared.ports import valid_key
from shared.sources.connect_health import ConnectHealthSource
from shared.sources.health_alerts import Alerts, active_alerts, resolved_alerts
from tests.support.arm_reads import health, make
from tests.support.arm_server import ACTIVE, STANDBY, ArmServer, alert
from tests.support.loopback_server import Reply

NAMES = {ACTIVE: "SYNC-A", STANDBY: "SYNC-B"}


def active(*items: object) -> tuple[HealthAlert, ...]:
    """What becomes of the answer to `state=Active`."""
    found = active_alerts(items, NAMES)
    assert isinstance(found, Alerts), found
    return found.kept


def resolved(*items: object) -> tuple[HealthAlert, ...]:
    """What becomes of the answer to `state=Resolved`."""
    found = resolved_alerts(items, NAMES)
    assert isinstance(found, Alerts), found
    return found.kept


def test_an_active_alert_is_read_whole() -> None:
    """With its server's name, its times and its remedy in plain text."""
    assert active(alert()) == (
        HealthAlert(
            id="cccccccc-3333-4333-8333-333333333333",
            name="Microsoft Entra Connect Sync Service is not running",
            short_name="Sync_Service_Not_Running",
            level=AlertLevel.ERROR,
            active=True,
            member_id=ACTIVE,
            server="SYNC-A",
            created_at=datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC),
            updated_at=datetime(2026, 11, 21, 9, 45, tzinfo=UTC),
            resolved_at=None,
            remediation="Start the service.",
        ),
    )


@pytest.mark.parametrize(
    ("level", "read"),
    [
        ("Error", AlertLevel.ERROR),
        ("warning", AlertLevel.WARNING),
        ("PreWarning", AlertLevel.PRE_WARNING),
        ("Catastrophe", AlertLevel.ERROR),
        (None, AlertLevel.ERROR),
        (7, AlertLevel.ERROR),
    ],
)
def test_an_unknown_level_counts_as_an_error(level: object, read: AlertLevel) -> None:
    """What is not understood is not played down."""
    assert [each.level for each in active(alert(level=level))] == [read]


def test_errors_come_first_and_then_the_oldest() -> None:
    """The order in which they are worth reading; without a time last."""
    found = active(
        alert("w", level="Warning", createdDate="2026-01-01T00:00:00Z"),
        alert("p", level="PreWarning", createdDate="2025-01-01T00:00:00Z"),
        alert("n", createdDate=None),
        alert("new", createdDate="2026-11-02T00:00:00Z"),
        alert("old", createdDate="2026-11-01T00:00:00Z"),
    )

    assert [each.id for each in found] == ["old", "new", "n", "w", "p"]


def test_an_alert_without_a_state_is_what_was_asked_for() -> None:
    """And one with another state is not, whatever was asked for."""
    items = [
        alert("a", state=None),
        alert("b", state="ACTIVE"),
        alert("c", state="ResolvedByTimer"),
    ]

    assert [each.id for each in active(*items)] == ["a", "b"]
    assert [each.id for each in resolved(*items)] == ["a", "c"]


@pytest.mark.parametrize(
    "state",
    ["Resolved", "ResolvedByPositiveResult", "ResolvedManually", "ResolvedByTimer", "Vanished"],
)
def test_every_other_state_is_resolved(state: str) -> None:
    """Four are published; a fifth one would not be active either."""
    (found,) = resolved(alert(state=state, resolvedDate="2026-11-21T10:00:00.1234567Z"))

    assert not found.active
    assert found.resolved_at == datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
    assert found.remediation == ""


def test_of_the_resolved_ones_the_newest_come_first() -> None:
    """By when they were resolved, else changed, else raised."""
    found = resolved(
        alert("a", state="Resolved", resolvedDate="2026-11-01T00:00:00Z"),
        alert("b", state="Resolved", resolvedDate=None, lastUpdated="2026-11-03T00:00:00Z"),
        alert("c", state="Resolved", resolvedDate="2026-11-02T00:00:00Z"),
        alert("d", state="Resolved", resolvedDate=None, lastUpdated=None, createdDate=None),
    )

    assert [each.id for each in found] == ["b", "c", "a", "d"]


def test_an_alert_of_an_unknown_kind_is_kept() -> None:
    """The names are not a published list, and their wording changes."""
    found = active(
        {"alertId": "x"},
        {"displayName": "Something new"},
        {"shortName": "Something_Else", "displayName": ""},
    )

    assert [each.name for each in found] == [
        "alert without a name",
        "Something new",
        "Something_Else",
    ]
    assert all(each.level is AlertLevel.ERROR for each in found)


def test_an_alert_without_a_usable_id_gets_a_stable_one() -> None:
    """It becomes part of a stored key: the same at every read, different for different alerts."""
    items = [alert("a/b#c"), alert("a/b?c"), {**alert(), "alertId": None}]

    first, second = active(*items), active(*reversed(items))

    assert len({each.id for each in first}) == 3
    assert {each.id for each in first} == {each.id for each in second}
    assert all(valid_key(each.id) for each in first)


def test_one_id_is_one_alert() -> None:
    """A service may list it twice, once per page."""
    assert len(active(alert(), alert())) == 1


def test_an_alert_about_the_service_or_an_unknown_server_names_none() -> None:
    """Better no name than a wrong one."""
    found = active(
        alert("a", serviceMemberId=None),
        alert("b", serviceMemberId="gone"),
        alert("c", serviceMemberId=STANDBY.upper()),
    )

    assert [(each.member_id, each.server) for each in found] == [
        ("", ""),
        ("gone", ""),
        (STANDBY.upper(), "SYNC-B"),
    ]


@pytest.mark.parametrize("items", [[7], [{}], [{"alertId": 7}], ["x", None]])
def test_alerts_of_which_nothing_can_be_used_are_unread(items: list[object]) -> None:
    """No alerts would be good news; this is no news."""
    for parse in (active_alerts, resolved_alerts):
        found = parse(items, NAMES)

        assert isinstance(found, Unavailable)
        assert found.reason is Reason.MALFORMED


async def test_ten_thousand_alerts_are_a_reading_of_twenty_and_a_count(arm: ArmServer) -> None:
    """Bounded, and none is dropped in silence."""
    many = [alert(f"a-{number}", remediation="<p>Look.</p>") for number in range(10_000)]
    arm.on("alerts?Active", Reply(content=json.dumps(many).encode()))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert isinstance(reading.alerts, tuple)
    assert len(reading.alerts) == MAX_ALERTS
    assert reading.alerts_left_out == 10_000 - MAX_ALERTS
