"""Any JSON of Connect Health's becomes a part of a reading or `Unavailable` (promise R8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.pair.readings import (
    MAX_ALERTS,
    MAX_NAME,
    MAX_SERVERS,
    HealthAlert,
    HealthDetails,
    HealthMember,
    HealthReading,
    ServerDetails,
)
from shared.domain.readings import Reason, Unavailable
from shared.ledger import decode, encode
from shared.ports import MAX_DOCUMENT
from shared.sources import connect_health
from shared.sources.connect_health import LONGEST, fitted
from shared.sources.failures import of_connect_health, refused, throttled
from shared.sources.health_alerts import MAX_REMEDIATION, Alerts, active_alerts, resolved_alerts
from shared.sources.health_parsing import (
    Service,
    export_ends,
    export_errors,
    members,
    newest,
    sync_services,
    sync_version,
    with_uploads,
)
from tests.support.arm_server import ACTIVE, STANDBY, alert, member
from tests.support.graph_sources import scalars

if TYPE_CHECKING:
    import pytest

NAMES = {ACTIVE: "SYNC-A", STANDBY: "SYNC-B"}
SERVICE = Service("AadSyncService-x", disabled=False)
_KEYS = sorted({*member(), *alert(), "key", "value", "count", "errorBucket", "endTime", "version"})
_KEYS += ["serviceName", "type"]
_TIMES = ["2026-11-21T10:00:00Z", "2026-11-21T10:00:00.1234567", "0001-01-01T00:00:00", "9999-99"]
_scalars = scalars | st.sampled_from(
    [*_TIMES, ACTIVE, "StagingMode", "True", "Active", "AadSyncService", "<![x["]
)
_json = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=8)
    ),
    max_leaves=20,
)
_real: list[dict[str, Any]] = [member(), member(STANDBY), alert(), {"key": "a", "value": _TIMES[0]}]
_items = st.lists(
    _json
    | st.sampled_from(_real)
    | st.builds(
        lambda base, changes: base | changes,
        st.sampled_from(_real),
        st.dictionaries(st.sampled_from(_KEYS), _json, max_size=3),
    ),
    max_size=6,
)
_hostile = st.text(
    alphabet=st.sampled_from('"\\\u20ac\U0001f4a9\u202e\x00\n<&>a|*_'), min_size=200, max_size=300
)


def _is_utc(at: datetime | None) -> bool:
    return at is None or at.utcoffset() == timedelta()


def _is_line(text: str, longest: int) -> None:
    """One line of printable text within its bound, that every store can encode."""
    assert len(text) <= longest
    assert not set(text) & set("\n\r\t\x00\u2028\u202e")
    text.encode()


def _is_failure(outcome: object) -> None:
    assert isinstance(outcome, Unavailable), outcome
    assert 0 < len(outcome.detail) < 300
    assert "<" not in outcome.detail


def _is_member(one: HealthMember) -> None:
    _is_line(one.name, MAX_NAME)
    assert one.name
    assert one.staging in (True, False, None)
    assert one.disabled in (True, False)
    times = (one.updated_at, one.uploaded_at, one.ran_at, one.configured_at, one.exported_at)
    assert all(map(_is_utc, times))


@given(items=_items)
def test_any_services_and_members_become_servers_or_unavailable(items: list[object]) -> None:
    """R8: nothing else, and nothing escapes."""
    services = sync_services(items)
    if isinstance(services, Unavailable):
        _is_failure(services)
    found = members(SERVICE, items)
    if isinstance(found, Unavailable):
        _is_failure(found)
        return
    for each in found:
        _is_member(each.member)
    kept, left_out = newest(found)
    assert len(kept) + left_out == len(found)
    assert len(kept) <= MAX_SERVERS


@given(items=_items)
def test_any_uploads_and_exports_become_times_or_unavailable(items: list[object]) -> None:
    """R8 again; a time is never newer than the newest upload."""
    one = with_uploads(HealthMember(ACTIVE, "SYNC-A"), items)
    _is_member(one)
    for at in (one.ran_at, one.configured_at):
        assert at is None or (one.uploaded_at is not None and at <= one.uploaded_at)
    ends = export_ends(items)
    if isinstance(ends, Unavailable):
        _is_failure(ends)
    else:
        assert all(map(_is_utc, ends.values()))


@given(items=_items)
def test_any_alerts_become_alerts_or_unavailable(items: list[object]) -> None:
    """R8 again; each alert can be shown and stored."""
    for parse in (active_alerts, resolved_alerts):
        found = parse(items, NAMES)
        if isinstance(found, Unavailable):
            _is_failure(found)
            continue
        assert len({each.id for each in found.kept}) == len(found.kept) <= MAX_ALERTS
        for each in found.kept:
            assert each.id
            assert each.name
            _is_line(each.name, MAX_NAME)
            _is_line(each.remediation, MAX_REMEDIATION)
            assert all(map(_is_utc, (each.created_at, each.updated_at, each.resolved_at)))


@given(items=_items, document=_json)
def test_any_details_become_details_or_unavailable(items: list[object], document: object) -> None:
    """R8 again, for the slow facts."""
    errors = export_errors(items)
    assert errors is None or errors >= 0
    version = sync_version(document)
    if isinstance(version, Unavailable):
        _is_failure(version)
    elif version is not None:
        _is_line(version, 32)


def _worst_members(name: str) -> tuple[HealthMember, ...]:
    at = "2026-11-21T10:00:00.1234567Z"
    long = [member(f"{n:040}", name, lastUpdated=at) for n in range(MAX_SERVERS)]
    found = members(SERVICE, long)
    assert not isinstance(found, Unavailable)
    times: dict[str, Any] = dict.fromkeys(
        ("uploaded_at", "ran_at", "configured_at", "exported_at"),
        datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC),
    )
    why = throttled("Azure Resource Manager", 429, 999_999_999, times["ran_at"])
    return tuple(replace(each.member, **times, unread=why) for each in found)


def _worst_alerts(text: str, *, state: str) -> tuple[HealthAlert, ...]:
    names = {f"{n:040}": server.name for n, server in enumerate(_worst_members(text))}
    times = dict.fromkeys(("createdDate", "lastUpdated", "resolvedDate"), _TIMES[1])
    rows = [
        alert(
            f"a{n:039}",
            displayName=text,
            shortName=text,
            remediation=text * 2,
            state=state,
            serviceMemberId=f"{n:040}",
            **times,
        )
        for n in range(MAX_ALERTS)
    ]
    found = (active_alerts if state == "Active" else resolved_alerts)(rows, names)
    assert isinstance(found, Alerts)
    assert len(found.kept) == MAX_ALERTS
    return found.kept


def _units(value: object) -> int:
    return len(encode(value).encode("utf-16-le")) // 2


@settings(max_examples=30)
@given(text=_hostile)
def test_the_largest_reading_of_a_hostile_tenant_can_be_stored(text: str) -> None:
    """A reading that no row takes would never be known: alerts are counted instead of kept."""
    reading = HealthReading(
        members=_worst_members(text),
        alerts=_worst_alerts(text, state="Active"),
        alerts_left_out=9_980,
        exports_unread=refused(403, of_connect_health("the export status")),
    )

    stored = fitted(reading)

    assert _units(stored) <= LONGEST < MAX_DOCUMENT
    assert stored.members == reading.members
    assert isinstance(stored.alerts, tuple)
    assert stored.alerts_left_out + len(stored.alerts) == 9_980 + MAX_ALERTS
    assert decode(encode(stored), HealthReading) == stored


@settings(max_examples=30)
@given(text=_hostile)
def test_the_largest_details_of_a_hostile_tenant_can_be_stored(text: str) -> None:
    """They are bounded by their parts alone."""
    why = refused(403, of_connect_health("a server's configuration"))
    servers = (
        ServerDetails(one.id, one.name, None, "4" * 31 + "…", why) for one in _worst_members(text)
    )
    details = HealthDetails(
        servers=tuple(servers),
        export_errors=10**9,
        resolved=_worst_alerts(text, state="Resolved"),
        resolved_unread=Unavailable(Reason.MALFORMED, "x" * 300),
    )

    assert _units(details) <= LONGEST
    assert decode(encode(details), HealthDetails) == details


def test_an_ordinary_full_reading_keeps_all_its_alerts() -> None:
    """Twenty servers and twenty alerts of usual length need no cut."""
    found = members(SERVICE, [member(f"{n:036}", f"SYNC-{n}") for n in range(MAX_SERVERS)])
    assert not isinstance(found, Unavailable)
    names = {each.member.id: each.member.name for each in found}
    rows = [alert(f"{n:036}", serviceMemberId=f"{n:036}") for n in range(MAX_ALERTS)]
    alerts = active_alerts(rows, names)
    assert isinstance(alerts, Alerts)
    reading = HealthReading(members=tuple(each.member for each in found), alerts=alerts.kept)

    assert fitted(reading) == reading


def test_alerts_that_no_row_takes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The members stay whole: they are what a failover is decided by."""
    monkeypatch.setattr(connect_health, "LONGEST", 15_000)
    found = _worst_alerts('"' * 300, state="Active")
    reading = HealthReading(members=_worst_members("SYNC")[:5], alerts=found)

    stored = fitted(reading)

    assert isinstance(stored.alerts, tuple)
    assert _units(stored) <= 15_000
    assert 0 < stored.alerts_left_out == MAX_ALERTS - len(stored.alerts)
    assert stored.members == reading.members
