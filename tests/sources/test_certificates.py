"""The certificates of sync servers: the newest of each, and never one that was not read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import MAX_SERVERS, Certificate, Certificates, Source, server_key
from shared.domain.readings import Reason, Unavailable
from shared.sources.certificates import CertificatesSource, parse_certificates
from shared.sources.initiators import SyncApplications
from tests.support.graph_server import GraphServer, body
from tests.support.graph_sources import (
    APP_A,
    APP_B,
    AT,
    CASES,
    application,
    is_sound,
    like,
    linked,
    written,
)
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from tests.support.graph_sources import MakesReader

DAY = timedelta(days=1)


def parsed(*found: dict[str, Any]) -> dict[str, datetime]:
    """The end of each server's certificate."""
    return {each.server: each.expires_at for each in parse_certificates(found).servers}


async def test_only_the_applications_of_entra_connect_are_asked_for(
    server: GraphServer, reader: MakesReader
) -> None:
    """A tenant may have thousands of others."""
    CASES[Source.CERTIFICATES].script(server)

    await reader(CertificatesSource).read(NOW)

    (seen,) = server.seen
    assert seen.path == "/v1.0/applications"
    assert seen.query == {
        "$filter": "startswith(displayName,'ConnectSyncProvisioning_')",
        "$select": "appId,displayName,keyCredentials",
        "$top": "100",
    }


def test_the_newest_certificate_of_all_applications_of_a_server_counts() -> None:
    """A renewal adds a certificate; a reinstallation adds an application."""
    assert parsed(
        application(APP_A, written(AT), written(AT + 9 * DAY), written(AT + DAY)),
        application(APP_A.replace("3ac0", "ffff"), written(AT + 12 * DAY)),
        application("connectsyncprovisioning_sync-a_0123456789ab", written(AT + 2 * DAY)),
        application(APP_B, written(AT - DAY)),
    ) == {"SYNC-A": AT + 12 * DAY, "SYNC-B": AT - DAY}


def test_a_servers_name_may_have_lines_and_dashes() -> None:
    """The hash is the last part, whatever is before it."""
    assert parsed(
        application("ConnectSyncProvisioning_AD_SYNC-01_x_e72762af8e46", written(AT))
    ) == {"AD_SYNC-01_x": AT}


def test_what_is_no_sync_servers_certificate_is_left_out() -> None:
    """Another name, no hash, no credential, no time: nothing is made up."""
    assert (
        parsed(
            application("Payroll", written(AT)),
            application("ConnectSyncProvisioning_SYNC-A", written(AT)),
            application("My ConnectSyncProvisioning_SYNC-A_3ac06f5648e4", written(AT)),
            application(APP_A + "\n", written(AT)),
            application(None, written(AT)),
            application(APP_A),
            application(APP_A, None, "soon", "0001-01-01T00:00:00Z"),
            {"displayName": APP_A, "keyCredentials": None},
            {"displayName": APP_A, "keyCredentials": [None, 7]},
            {"displayName": APP_A},
        )
        == {}
    )


def test_of_too_many_servers_those_that_expired_first_are_left_out() -> None:
    """They are the ones that are no longer there."""
    many = [
        application(f"ConnectSyncProvisioning_S{n}_0123456789ab", written(AT + n * DAY))
        for n in range(MAX_SERVERS + 5)
    ]

    assert list(parsed(*many)) == [f"S{n}" for n in range(5, MAX_SERVERS + 5)]


async def test_every_page_is_read(server: GraphServer, reader: MakesReader) -> None:
    """The newest certificate may be on the last one."""
    path = "/v1.0/applications"
    server.at(
        path,
        Reply(content=linked(f"{server.url}{path}?$skiptoken=2", application(APP_A, written(AT)))),
        Reply(content=body(application(APP_A, written(AT + DAY)))),
    )

    answer = await reader(CertificatesSource).read(NOW)

    assert answer == Certificates((Certificate("SYNC-A", AT + DAY),))
    assert server.seen[1].query == {"$skiptoken": "2"}


async def test_a_list_without_end_is_no_reading(server: GraphServer, reader: MakesReader) -> None:
    """A part of it could show an old certificate as the newest; three pages are enough."""
    path = "/v1.0/applications"
    pages = [
        Reply(content=linked(f"{server.url}{path}?$skiptoken={n}", application(APP_A, written(AT))))
        for n in range(9)
    ]
    server.at(path, *pages)

    answer = await reader(CertificatesSource).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.MALFORMED
    assert "more than 3 pages" in answer.detail
    assert len(server.seen) == 3


async def test_the_names_seen_are_noted_for_the_audits(
    server: GraphServer, reader: MakesReader
) -> None:
    """Audits can be filtered by an application's exact name only."""
    noted = SyncApplications()
    server.at(
        "/v1.0/applications",
        Reply(content=body(application(APP_A, written(AT)), application(APP_B, written(AT + DAY)))),
    )

    await reader(CertificatesSource, applications=noted).read(NOW)

    assert noted.names == (APP_B, APP_A)


@given(
    found=st.lists(
        like(
            application(APP_A, written(AT)),
            st.lists(
                st.fixed_dictionaries({"endDateTime": st.datetimes().map(written)}), max_size=3
            )
            | st.from_regex(r"\AConnectSyncProvisioning_.{1,140}_[0-9a-f]{12}\Z"),
        ),
        max_size=30,
    )
)
def test_any_applications_become_a_bounded_reading(found: list[dict[str, Any]]) -> None:
    """R8: one certificate per server, soonest first, and it can be stored."""
    answer = parse_certificates(found)

    is_sound(answer)
    keys = [server_key(each.server) for each in answer.servers]
    assert len(keys) == len(set(keys)) <= MAX_SERVERS
    ends = [each.expires_at for each in answer.servers]
    assert ends == sorted(ends)


def test_the_largest_reading_can_be_stored() -> None:
    """Twenty names of 128 characters, each of which JSON writes as two."""
    is_sound(
        parse_certificates(
            application(
                f"ConnectSyncProvisioning_{chr(97 + n)}{'😀' * 64}{chr(34) * 63}_0123456789ab",
                written(AT),
            )
            for n in range(25)
        )
    )
