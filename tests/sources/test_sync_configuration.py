"""The sync configuration: who exported last, how often, and what a tenant may not say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import MAX_NAME, Source, SyncConfiguration
from shared.domain.readings import Reason, Unavailable
from shared.sources.sync_configuration import SyncConfigurationSource, parse_sync_configuration
from tests.support.graph_reads import DATA
from tests.support.graph_server import TENANT, GraphServer, body
from tests.support.graph_sources import CASES, anything, configuration, is_sound, like
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from tests.support.graph_sources import MakesReader

SAMPLE_TENANT = "12cce4b4-4ab8-40b7-be4d-f5d7742ec185"


def parsed(**changes: Any) -> SyncConfiguration:
    """The reading of a configuration with these settings; it must be one."""
    settings = configuration()["configuration"] | changes
    answer = parse_sync_configuration(body(configuration(configuration=settings)), TENANT)
    assert isinstance(answer, SyncConfiguration), answer
    return answer


def test_microsofts_sample_of_beta_is_read() -> None:
    """The longer interval, the threshold, and the machine that ran the last export."""
    sample = (DATA / "onPremisesSynchronization_get_beta.json").read_bytes()

    assert parse_sync_configuration(sample, SAMPLE_TENANT) == SyncConfiguration(
        exporter="ABCD-SYNC-01",
        client_version="2.1.16.0",
        interval=timedelta(hours=1),
        deletion_threshold=500,
        pending_deletions=18,
        password_sync=False,
    )


def test_microsofts_sample_of_v1_is_read_for_what_it_has() -> None:
    """An answer without beta's properties is a reading with gaps, not a fault."""
    sample = (DATA / "onPremisesSynchronization_get_v1.json").read_bytes()

    assert parse_sync_configuration(sample, SAMPLE_TENANT) == SyncConfiguration(
        deletion_threshold=500, password_sync=False
    )


async def test_only_what_is_used_is_asked_for(server: GraphServer, reader: MakesReader) -> None:
    """One request to beta, with `$select`, which the documentation allows."""
    CASES[Source.SYNC_CONFIGURATION].script(server)

    await reader(SyncConfigurationSource).read(NOW)

    (seen,) = server.seen
    assert seen.path == "/beta/directory/onPremisesSynchronization"
    assert seen.query == {"$select": "id,configuration,features"}


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper()])
def test_one_entity_is_as_good_as_a_collection(tenant: str) -> None:
    """The documentation shows the one, the service gives the other; case does not matter."""
    one = json.dumps(configuration(id=tenant)).encode()

    assert parse_sync_configuration(one, TENANT) == parse_sync_configuration(
        body(configuration(), configuration(id=SAMPLE_TENANT)), TENANT
    )


@pytest.mark.parametrize(
    ("found", "reason", "says"),
    [
        ([configuration(id=SAMPLE_TENANT)], Reason.NOT_CONFIGURED, SAMPLE_TENANT),
        ([configuration(id="<b>")], Reason.NOT_CONFIGURED, "another than the watched one"),
        ([], Reason.NOT_CONFIGURED, "no sync configuration"),
        ([configuration(id=...)], Reason.MALFORMED, "no id"),
        ([configuration(), configuration()], Reason.MALFORMED, "twice"),
        ([configuration(configuration=None)], Reason.MALFORMED, "configuration is missing"),
        ([configuration(configuration=...)], Reason.MALFORMED, "configuration is missing"),
    ],
)
def test_what_is_not_the_watched_tenants_configuration_is_refused(
    found: list[dict[str, Any]], reason: Reason, says: str
) -> None:
    """Another tenant's exporter must never be taken for ours."""
    answer = parse_sync_configuration(body(*found), TENANT)

    assert isinstance(answer, Unavailable)
    assert answer.reason is reason
    assert says in answer.detail


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("PT1M", timedelta(minutes=1)),
        ("PT59S", None),
        ("PT90M", timedelta(minutes=90)),
        ("P1DT2H", timedelta(hours=26)),
        ("P7D", timedelta(days=7)),
        ("P7DT1S", None),
        ("PT30M0.0000001S", timedelta(minutes=30)),
        ("P10675199DT2H48M5.4775807S", None),
        ("P99999DT99999H", None),
        ("P1M", None),
        ("P", None),
        ("-PT30M", None),
        ("PT\u0663\u0660M", None),
        ("30", None),
        (1800, None),
        (None, None),
    ],
)
def test_an_interval_is_believed_between_a_minute_and_a_week(
    text: object, interval: timedelta | None
) -> None:
    """.NET's longest duration overflows ours; it and other nonsense are no interval."""
    assert parsed(synchronizationInterval=text).interval == interval


def test_the_longer_of_two_intervals_counts_and_an_impossible_one_does_not() -> None:
    """The customer may ask for less than the service allows, or for nothing sensible."""

    def interval(own: str, asked: str) -> timedelta | None:
        return parsed(
            synchronizationInterval=own, customerRequestedSynchronizationInterval=asked
        ).interval

    assert interval("PT30M", "PT3H") == timedelta(hours=3)
    assert interval("PT3H", "PT30M") == timedelta(hours=3)
    assert interval("PT30M", "P8D") == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("kind", "threshold", "expected"),
    [
        ("enabledForCount", 500, 500),
        ("EnabledForCount", 0, 0),
        ("enabledForPercentage", 10, None),
        ("disabled", 500, None),
        (None, 500, None),
        ("enabledForCount", True, None),
        ("enabledForCount", -1, None),
        ("enabledForCount", 2**60, None),
        ("enabledForCount", "500", None),
    ],
)
def test_the_threshold_is_a_count_or_nothing(
    kind: object, threshold: object, expected: int | None
) -> None:
    """A percentage compared with a number of deletions would be a false alarm."""
    prevention = {"synchronizationPreventionType": kind, "alertThreshold": threshold}

    assert parsed(accidentalDeletionPrevention=prevention).deletion_threshold == expected


def test_names_are_clipped_and_lose_what_is_no_part_of_a_name() -> None:
    """Control characters, bidirectional marks and lone surrogates; an empty name is none."""
    assert parsed(currentExportData={"clientMachineName": "SYNC\u202e-A\r\n\x00"}).exporter == (
        "SYNC-A"
    )
    assert parsed(currentExportData={"clientMachineName": "\ud800\u2066"}).exporter is None
    assert len(parsed(synchronizationClientVersion="2" * 9999).client_version or "") == MAX_NAME


@pytest.mark.parametrize("value", [None, "true", 1, [], {}])
def test_password_sync_is_known_only_from_a_boolean(value: object) -> None:
    """Null is not "off"."""
    answer = parse_sync_configuration(
        body(configuration(features={"passwordSyncEnabled": value})), TENANT
    )

    assert isinstance(answer, SyncConfiguration)
    assert answer.password_sync is None


@given(raw=st.binary(max_size=300))
def test_any_bytes_become_a_reading_or_unavailable(raw: bytes) -> None:
    """R8."""
    is_sound(parse_sync_configuration(raw, TENANT))


@given(
    found=st.lists(
        like(configuration(), st.sampled_from([TENANT, "P9D", "PT1H", "enabledForCount"])),
        max_size=2,
    )
    | anything
)
def test_any_json_becomes_a_reading_or_unavailable_that_can_be_stored(found: object) -> None:
    """R8 for what gets past the decoder."""
    is_sound(parse_sync_configuration(json.dumps({"value": found}).encode(), TENANT))


async def test_a_configuration_over_http_is_the_same_reading(
    server: GraphServer, reader: MakesReader
) -> None:
    """The pipeline hands up the body as it came."""
    server.beta(Reply(content=body(configuration(features={}))))

    answer = await reader(SyncConfigurationSource).read(NOW)

    assert answer == parse_sync_configuration(body(configuration(features={})), TENANT)
