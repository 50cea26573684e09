from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.organization import NAME_LIMIT, parse_organization
from tests.support.graph_server import TENANT, body, organization

DATA = Path(__file__).resolve().parents[1] / "data" / "graph"
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
NOT_ASKED = Unavailable(Reason.FORBIDDEN, "beta said no")


def reading(raw: bytes, tenant_id: str = TENANT, **options: Any) -> TenantReading:
    """The parsed answer, which must be a reading."""
    answer = parse_organization(raw, tenant_id, **options)
    assert isinstance(answer, TenantReading), answer
    return answer


def refusal(raw: bytes, tenant_id: str = TENANT) -> Unavailable:
    """The parsed answer, which must not be a reading."""
    answer = parse_organization(raw, tenant_id)
    assert isinstance(answer, Unavailable), answer
    return answer


def test_a_complete_answer_becomes_a_reading() -> None:
    """Every field of the reading comes from the property of its name."""
    assert reading(body(organization())) == TenantReading(
        tenant_id=TENANT,
        display_name="Contoso",
        sync_enabled=True,
        object_sync_at=AT,
        password_sync_at=AT + timedelta(minutes=2),
        clock_ahead=None,
    )


@pytest.mark.parametrize("name", ["organization_list_v1.json", "organization_get_v1.json"])
def test_microsofts_published_samples_parse(name: str) -> None:
    """A collection and a single entity; both show a tenant that never synced."""
    answer = reading((DATA / name).read_bytes(), without_password=NOT_ASKED)

    assert answer == TenantReading(TENANT, "Contoso", None, None, NOT_ASKED)


@pytest.mark.parametrize("name", ["error_403.json", "error_429.json"])
def test_an_error_body_is_no_reading(name: str) -> None:
    """Even if some proxy turned the status of an error into 200."""
    assert refusal((DATA / name).read_bytes()).reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"onPremisesSyncEnabled": True}, True),
        ({"onPremisesSyncEnabled": False}, False),
        ({"onPremisesSyncEnabled": None}, None),
    ],
)
def test_enabled_keeps_its_three_meanings(
    changes: dict[str, Any], *, expected: bool | None
) -> None:
    """True, false and null are three different things."""
    assert reading(body(organization(**changes))).sync_enabled is expected


def test_a_tenant_without_password_sync_has_none() -> None:
    """A null password time is "not used", and does not spoil the reading."""
    answer = reading(body(organization(onPremisesLastPasswordSyncDateTime=None)))

    assert answer.password_sync_at is None
    assert answer.object_sync_at == AT


@pytest.mark.parametrize("value", [..., "soon", 17, True, "0000-00-00T00:00:00Z"])
def test_an_unreadable_password_time_is_unavailable_not_null(value: object) -> None:
    """Missing although asked for, or garbage: that is not "password sync is not used"."""
    answer = reading(body(organization(onPremisesLastPasswordSyncDateTime=value)))

    assert isinstance(answer.password_sync_at, Unavailable)
    assert answer.password_sync_at.reason is Reason.MALFORMED
    assert answer.object_sync_at == AT


def test_a_password_time_that_was_not_asked_for_has_the_callers_reason() -> None:
    """A v1.0 answer has no such property, and the reading says why it was asked."""
    answer = reading(body(organization()), without_password=NOT_ASKED)

    assert answer.password_sync_at is NOT_ASKED


def test_withheld_fields_are_forbidden_and_name_the_role() -> None:
    """Null everywhere means "no permission", not "never synced"."""
    answer = refusal(
        body(
            organization(
                displayName=None,
                onPremisesSyncEnabled=None,
                onPremisesLastSyncDateTime=None,
                onPremisesLastPasswordSyncDateTime=None,
            )
        )
    )

    assert answer.reason is Reason.FORBIDDEN
    assert "grant Organization.Read.All" in answer.detail


def test_a_nameless_tenant_that_syncs_is_read() -> None:
    """Only both nulls together mean that the fields were withheld."""
    answer = reading(body(organization(displayName=None)))

    assert answer.display_name == ""
    assert answer.object_sync_at == AT


@pytest.mark.parametrize(
    "changes",
    [
        {"onPremisesSyncEnabled": ...},
        {"onPremisesLastSyncDateTime": ...},
        {"onPremisesSyncEnabled": "true"},
        {"onPremisesSyncEnabled": 1},
        {"onPremisesSyncEnabled": 0},
        {"onPremisesSyncEnabled": []},
        {"onPremisesLastSyncDateTime": "yesterday"},
        {"onPremisesLastSyncDateTime": 1763719200},
        {"onPremisesLastSyncDateTime": False},
        {"onPremisesLastSyncDateTime": "9999-12-31T23:59:59Z"},
        {"displayName": 7},
        {"displayName": ["Contoso"]},
        {"id": ...},
        {"id": None},
        {"id": 7},
    ],
    ids=str,
)
def test_a_missing_or_mistyped_property_is_malformed(changes: dict[str, Any]) -> None:
    """A 200 without what was asked for is not an answer."""
    assert refusal(body(organization(**changes))).reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"null", b"true", b"7", b'"x"', b"[]", b"{}", b'{"value":null}', b'{"value":{}}',
        b'{"value":[]}', b'{"value":[null]}', b'{"value":[[]]}', b'{"value":"x"}',
        b"<html><body>Sign in</body></html>", b'{"value":[{"id":NaN}]}', b'{"value":Infinity}',
        b'\xef\xbb\xbf{"value":[]}', b"\xff\xfe{", b'{"value":[{"id":"\xff"}]}',
        b"[" * 200_000, b'{"a":' * 200_000, b'{"value":' + b"9" * 20_000 + b"}",
        "{}".encode("utf-16"), body(organization())[:-1], body(organization())[:60],
    ],
    ids=lambda raw: f"{raw[:20]!r}..{len(raw)}",
)  # fmt: skip
def test_what_is_not_an_organization_answer_is_malformed(raw: bytes) -> None:
    """HTML, truncated, deeply nested, not UTF-8, wrong shapes: none raises, none is a reading."""
    assert refusal(raw).reason is Reason.MALFORMED


def test_a_valid_answer_with_a_byte_order_mark_is_malformed() -> None:
    """RFC 8259 forbids it; only something in between would add one."""
    assert refusal(b"\xef\xbb\xbf" + body(organization())).reason is Reason.MALFORMED


def test_a_valid_answer_in_utf_16_is_malformed() -> None:
    """JSON between systems is UTF-8; guessing other encodings is not total."""
    assert refusal(body(organization()).decode().encode("utf-16")).reason is Reason.MALFORMED


@pytest.mark.parametrize("mine", [0, 1, 2])
def test_the_watched_tenant_is_chosen_among_several(mine: int) -> None:
    """By its id, wherever it stands."""
    several = [
        organization(id=f"00000000-0000-0000-0000-00000000000{n}", displayName=f"Other {n}")
        for n in range(2)
    ]
    several.insert(mine, organization(displayName="Mine"))

    assert reading(body(*several)).display_name == "Mine"


@pytest.mark.parametrize("spell", [str.upper, str.lower])
def test_the_id_is_compared_whatever_its_case(spell: Any) -> None:
    """GUIDs are written both ways; the reading carries the configured spelling."""
    assert reading(body(organization(id=spell(TENANT)))).tenant_id == TENANT
    assert reading(body(organization()), spell(TENANT)).tenant_id == spell(TENANT)


def test_another_tenants_answer_is_a_wrong_configuration() -> None:
    """It names both tenants, so that the reader sees which setting is wrong."""
    other = "11111111-2222-3333-4444-555555555555"

    answer = refusal(body(organization(id=other)))

    assert answer.reason is Reason.NOT_CONFIGURED
    assert f"Graph answered for tenant {other}" in answer.detail
    assert f"WATCHDOG_TENANT_ID says {TENANT}" in answer.detail


def test_an_id_that_is_no_guid_is_not_repeated() -> None:
    """Details never hold remote text of unknown content."""
    answer = refusal(body(organization(id="<script>alert(1)</script>")))

    assert answer.reason is Reason.NOT_CONFIGURED
    assert "<" not in answer.detail


def test_the_same_organization_twice_is_malformed() -> None:
    """Two answers for one tenant contradict each other; neither is believed."""
    twice = body(organization(), organization(onPremisesLastSyncDateTime="2020-01-01T00:00:00Z"))

    assert refusal(twice).reason is Reason.MALFORMED


def test_a_renamed_tenant_is_the_same_tenant() -> None:
    """The name is a label; the id decides."""
    before = reading(body(organization(displayName="Contoso")))
    after = reading(body(organization(displayName="Fabrikam")))

    assert after.display_name == "Fabrikam"
    assert after.object_sync_at == before.object_sync_at


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Contoso & <b>Söhne</b> 株式会社 👨‍👩‍👧", "Contoso & <b>Söhne</b> 株式会社 👨‍👩‍👧"),
        ("Con\x00to\x1bso\r\n", "Con to so"),
        ("Con\u202etoso\u2028", "Contoso"),
        ("\ud800Contoso\udfff", "Contoso"),
        ("C" * 10_000, "C" * (NAME_LIMIT - 1) + "…"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_letters_and_loses_its_controls(name: str, expected: str) -> None:
    """Raw, but printable, encodable and short."""
    assert reading(body(organization(displayName=name))).display_name == expected


def test_a_future_time_is_returned_as_it_is() -> None:
    """Judging a clock is the detector's business."""
    answer = reading(body(organization(onPremisesLastSyncDateTime="2036-11-21T10:00:00Z")))

    assert answer.object_sync_at == datetime(2036, 11, 21, 10, tzinfo=UTC)
