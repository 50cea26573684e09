"""Defects found in other tools that watch Entra Connect, as far as they concern the reading.

Each test is named after the defect's number in the list that the project keeps of its peers.
D2, D3, D5, D6 and D12 are about judging.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ClientAuthenticationError

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.organization import parse_organization
from shared.sources.times import parse_time
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_server import TENANT, GraphServer, body, organization
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from tests.sources.conftest import MakesSource

GOOD = Reply(content=body(organization()))


def parsed(**changes: object) -> TenantReading:
    """A reading with these properties."""
    answer = parse_organization(body(organization(**changes)), TENANT)
    assert isinstance(answer, TenantReading), answer
    return answer


def test_d01_the_age_follows_the_input() -> None:
    """A Zabbix template's conversion ignored its input, so no trigger could ever fire."""
    recent = parsed(onPremisesLastSyncDateTime="2026-11-21T10:00:00Z").object_sync_at
    stale = parsed(onPremisesLastSyncDateTime="2026-11-21T00:05:00Z").object_sync_at

    assert recent is not None
    assert stale is not None
    assert (NOW - recent, NOW - stale) == (timedelta(minutes=5), timedelta(hours=10))


def test_d04_a_tenant_without_password_sync_is_read() -> None:
    """CIPP's alert crashed on the null password time, was only logged, and never alerted."""
    answer = parsed(onPremisesLastPasswordSyncDateTime=None)

    assert answer.password_sync_at is None
    assert answer.object_sync_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-11T10:00:00.0000000Z", "2026-11-11T10:00:00+00:00", "2026-11-11T10:00:00.5Z"]
)
def test_d07_fractions_and_offsets_do_not_turn_a_stale_sync_into_never(text: str) -> None:
    """Checkmk read them as "has never been synchronized", a warning at most."""
    at = parse_time(text)

    assert isinstance(at, datetime)
    assert timedelta(days=9) < NOW - at < timedelta(days=11)


def test_d08_a_renamed_tenant_is_still_read() -> None:
    """Checkmk looked the tenant up by its display name: renamed, it was no longer watched."""
    assert parsed(displayName="Renamed").object_sync_at == parsed().object_sync_at


def test_d08_disabled_is_neither_enabled_nor_never() -> None:
    """Checkmk took false for enabled and only null for disabled."""
    answers = {value: parsed(onPremisesSyncEnabled=value) for value in (True, False, None)}

    assert [each.sync_enabled for each in answers.values()] == [True, False, None]


async def test_d09_a_future_time_stays_in_the_future_and_the_clocks_are_compared(
    server: GraphServer, graph: MakesSource
) -> None:
    """Checkmk took a negative age for a young one; the reading keeps what a judge needs."""
    future = "2026-11-21T12:05:00Z"
    server.beta(
        Reply(
            content=body(organization(onPremisesLastSyncDateTime=future)),
            headers={"Date": "Sat, 21 Nov 2026 12:05:10 GMT"},
        )
    )

    answer = await graph().read(NOW)

    assert isinstance(answer, TenantReading)
    assert answer.object_sync_at == NOW + timedelta(hours=2)
    assert answer.clock_ahead is not None
    assert answer.clock_ahead > timedelta(hours=1)


async def test_d10_retry_after_is_honoured(
    server: GraphServer, graph: MakesSource, pauses: list[float]
) -> None:
    """Checkmk's client sleeps 5 s, then 10 s, whatever Graph asks for."""
    server.beta(
        Reply(429, headers={"Retry-After": "17"}), Reply(429, headers={"Retry-After": "2"}), GOOD
    )

    assert isinstance(await graph().read(NOW), TenantReading)
    assert pauses == [17, 2]


def test_d11_null_for_enabled_is_a_value() -> None:
    """m365-exporter dereferences a nil pointer when the tenant never synced."""
    assert parsed(onPremisesSyncEnabled=None).sync_enabled is None


def test_d11_not_only_the_first_organization_is_read() -> None:
    """m365-exporter takes whichever comes first."""
    other = organization(
        id="11111111-2222-3333-4444-555555555555", onPremisesLastSyncDateTime="2020-01-01T00:00:00Z"
    )
    answer = parse_organization(body(other, organization()), TENANT)

    assert isinstance(answer, TenantReading)
    assert answer.object_sync_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


async def test_d11_losing_one_value_does_not_lose_the_others(
    server: GraphServer, graph: MakesSource
) -> None:
    """In m365-exporter an error of another API drops the sync age as well."""
    server.beta(Reply(500)).v1(GOOD)

    answer = await graph().read(NOW)

    assert isinstance(answer, TenantReading)
    assert answer.object_sync_at is not None
    assert isinstance(answer.password_sync_at, Unavailable)


async def test_d13_a_first_read_that_fails_is_reported(
    server: GraphServer, graph: MakesSource
) -> None:
    """Firezone sends no error mail if the sync never succeeded before; no success is needed."""
    server.beta(Reply(403)).v1(Reply(403))

    answer = await graph().read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.FORBIDDEN


async def test_d14_an_expired_secret_shows_at_once(server: GraphServer, graph: MakesSource) -> None:
    """Elastic's monitor stays healthy after its own secret expired: no old reading is repeated."""
    expired = ClientAuthenticationError("AADSTS7000222: the client secret keys are expired")
    credential = FakeCredential(CANARY, expired, expires_on=int(NOW.timestamp()) + 600)
    server.beta(GOOD)
    source = graph(credential)
    assert isinstance(await source.read(NOW), TenantReading)

    answer = await source.read(NOW + timedelta(minutes=6))

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.FORBIDDEN
    assert "AADSTS7000222" in answer.detail
