"""`EXPORT_BLOCKED`: by Connect Health's alert, or by the numbers of the tenant itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerts.exports_blocked import export_blocked
from shared.domain.pair.readings import Source, SyncConfiguration
from shared.domain.pair.report import Role
from shared.domain.pair.view import Roles, ServerRole
from shared.domain.verdicts import Kind, Verdict, Why
from tests.support.advising import DELETES, alert
from tests.support.judging import at
from tests.support.pairs import REFUSED, A, health, known, view

ACTIVE_A = Roles(active=ServerRole(A, Role.ACTIVE))


def _configuration(
    pending: int | None, threshold: int | None, exporter: str | None = A
) -> SyncConfiguration:
    return SyncConfiguration(exporter, pending_deletions=pending, deletion_threshold=threshold)


def test_an_alert_says_which_server_stopped() -> None:
    """One finding about the tenant, since the alert was raised."""
    got = export_blocked(view(alerts=(alert(DELETES, A, created="2h"),)), ACTIVE_A)

    assert got is not None
    assert (got.verdict, got.kind, got.subject) == (Verdict.EXPORT_BLOCKED, Kind.EXPORT, "")
    assert got.evidence.why is Why.DELETE_THRESHOLD
    assert got.since == at("2h")
    assert got.evidence.alert is not None
    (stated,) = got.evidence.statements
    assert "the export of SYNC-A stopped at the accidental-delete threshold" in stated.text


def test_the_numbers_say_how_many_deletes_wait() -> None:
    """The server, the deletes and the threshold, as of the read."""
    seen = view(exporter=known(_configuration(731, 500), "10m"))
    got = export_blocked(seen, ACTIVE_A)

    assert got is not None
    (stated,) = got.evidence.statements
    assert stated.text == "SYNC-A has 731 deletes to export; the threshold is 500"
    assert (stated.source, stated.at) == (Source.SYNC_CONFIGURATION, at("10m"))
    assert got.since == at("10m")


def test_alert_and_numbers_are_one_finding() -> None:
    """Both statements, the alert's first, since the earlier of the two."""
    seen = view(alerts=(alert(DELETES, A, created="2h"),), exporter=_configuration(731, 500))
    got = export_blocked(seen, ACTIVE_A)

    assert got is not None
    assert [s.source for s in got.evidence.statements] == [
        Source.CONNECT_HEALTH,
        Source.SYNC_CONFIGURATION,
    ]
    assert got.since == at("2h")


def test_the_oldest_of_several_alerts_is_told() -> None:
    """An undated one counts as new."""
    several = (
        alert(DELETES, A, key="a", created=None),
        alert(DELETES, A, key="b", created="3h"),
        alert(DELETES, A, key="c", created="1h"),
    )
    got = export_blocked(view(alerts=several), ACTIVE_A)

    assert got is not None
    assert got.evidence.alert is not None
    assert got.evidence.alert.id == "b"


@pytest.mark.parametrize(
    ("exporter", "roles", "start"),
    [
        (None, ACTIVE_A, "SYNC-A has"),
        (None, Roles(), "The last export has"),
        ("OTHER", ACTIVE_A, "OTHER has"),
    ],
)
def test_the_deletes_are_of_the_exporter_else_of_the_active_server(
    exporter: str | None, roles: Roles, start: str
) -> None:
    """Where neither is known, of the last export."""
    got = export_blocked(view(exporter=known(_configuration(2, 1, exporter))), roles)

    assert got is not None
    assert got.evidence.statements[0].text.startswith(start)


@pytest.mark.parametrize(
    ("pending", "threshold"), [(500, 500), (None, 500), (731, None), (None, None), (0, 0)]
)
def test_numbers_within_the_threshold_or_absent_block_nothing(
    pending: int | None, threshold: int | None
) -> None:
    """The threshold itself may be exported; a number that is not there is no zero."""
    seen = view(exporter=known(_configuration(pending, threshold)))

    assert export_blocked(seen, ACTIVE_A) is None


def test_what_was_not_read_blocks_nothing_and_other_alerts_neither() -> None:
    """Unavailable is not a finding; another alert is another matter."""
    assert export_blocked(view(), ACTIVE_A) is None
    assert export_blocked(view(connect_health=health(alerts=REFUSED)), ACTIVE_A) is None
    assert export_blocked(view(alerts=(alert("Export to AD failed", A),)), ACTIVE_A) is None
    assert export_blocked(view(alerts=(alert(DELETES, A, active=False),)), ACTIVE_A) is None


@pytest.mark.parametrize(
    ("read", "said"), [("45m", "now"), ("45m1s", "as last read"), ("1d", "as last read")]
)
def test_what_was_read_too_long_ago_is_told_as_of_then(read: str, said: str) -> None:
    """More than 45 minutes after the read nobody knows whether it is still so."""
    by_alert = view(connect_health=health(alerts=(alert(DELETES, A),), read=read))
    by_number = view(exporter=known(_configuration(731, 500), read))

    for seen in (by_alert, by_number):
        got = export_blocked(seen, ACTIVE_A)
        assert got is not None
        (stated,) = got.evidence.statements
        assert stated.at == at(read)
        assert stated.text.endswith(", as last read") is (said == "as last read")


def test_what_was_read_more_than_a_day_ago_is_no_finding() -> None:
    """A block of days ago says nothing about today, and must forbid nothing for ever."""
    by_alert = view(connect_health=health(alerts=(alert(DELETES, A),), read="1d1s"))
    by_number = view(exporter=known(_configuration(731, 500), "1d1s"))
    undated = view(connect_health=replace(by_alert.readings.connect_health, read_at=None))

    assert [export_blocked(seen, ACTIVE_A) for seen in (by_alert, by_number, undated)] == [None] * 3


@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_exactly_more_deletes_than_the_threshold_block(pending: int, threshold: int) -> None:
    """As Microsoft's protection counts them."""
    got = export_blocked(view(exporter=_configuration(pending, threshold)), ACTIVE_A)

    assert (got is not None) == (pending > threshold)
