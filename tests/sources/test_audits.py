"""Directory audits: who exported, in runs, with bounded work however much there is to read."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import MAX_SERVERS, Acted, AuditTrail, Source, server_key
from shared.domain.readings import Reason, Unavailable
from shared.sources.audits import AuditsSource, parse_audits
from shared.sources.failures import GRAPH
from shared.sources.graph_pages import page_of
from shared.sources.initiators import SyncApplications
from tests.support.graph_reads import DATA
from tests.support.graph_server import GraphServer, body
from tests.support.graph_sources import (
    ACCOUNT_A,
    APP_A,
    APP_B,
    AT,
    CASES,
    entry,
    is_sound,
    like,
    linked,
    written,
)
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, SHORT

if TYPE_CHECKING:
    from tests.support.graph_sources import MakesReader

PATH = "/v1.0/auditLogs/directoryAudits"
MINUTE = timedelta(minutes=1)


def runs(*entries: dict[str, Any]) -> list[tuple[str, datetime, datetime]]:
    """The runs in these entries."""
    return [(run.server, run.first_at, run.last_at) for run in parse_audits(entries).runs]


def more(server: GraphServer, *entries: dict[str, Any], page: int = 2) -> Reply:
    """A page after which there is another one."""
    return Reply(content=linked(f"{server.url}{PATH}?$skiptoken={page}", *entries))


# -- what an entry says ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "server"),
    [
        ({"app": APP_A}, "SYNC-A"),
        ({"app": "connectsyncprovisioning_sync-a_3AC06F5648E4"}, "sync-a"),
        ({"app": "ConnectSyncProvisioning_AD_SYNC_01_09e60dfc"}, "AD_SYNC_01"),
        ({"app": "ConnectSyncProvisioning_S_" + "0" * 32}, "S"),
        ({"user": ACCOUNT_A}, "SYNC-A"),
        ({"user": "SYNC_QDC-01_b3eb0fb7f6ec@contoso.com"}, "QDC-01"),
        ({"user": ACCOUNT_A, "app": "Payroll"}, "SYNC-A"),
    ],
)
def test_the_server_is_in_the_name_of_its_sync_identity(by: dict[str, str], server: str) -> None:
    """Of the application or the account; names may have dashes and underscores."""
    assert runs(entry(AT, **by)) == [(server, AT, AT)]


@pytest.mark.parametrize(
    "by",
    [
        {"app": "ConnectSyncProvisioning_SYNC-A"},
        {"app": "ConnectSyncProvisioning_SYNC-A_3ac06f5"},
        {"app": "ConnectSyncProvisioning_SYNC-A_" + "0" * 33},
        {"app": "ConnectSyncProvisioning__3ac06f5648e4"},
        {"app": "ConnectSyncProvisioning_" + "a" * 129 + "_3ac06f5648e4"},
        {"app": "ConnectSyncProvisioning_\u202e\u2066_3ac06f5648e4"},
        {"app": "x" + APP_A},
        {"app": ACCOUNT_A},
        {"user": "Sync_SYNC-A_b3eb0fb7f6ec"},
        {"user": "Sync_SYNC-A@contoso.com"},
        {"user": "MSync_SYNC-A_b3eb0fb7f6ec@contoso.com"},
        {"user": APP_A},
        {"user": "", "app": ""},
        {"app": 7, "user": []},
        {},
    ],
)
def test_whoever_else_changes_objects_is_no_server(by: dict[str, Any]) -> None:
    """A person, another application, or a name that has no hash."""
    assert parse_audits([entry(AT, **by)]) == AuditTrail()


@pytest.mark.parametrize("category", ["ApplicationManagement", "keyManagement", "Policy"])
def test_a_staging_server_that_renews_its_certificate_has_not_exported(category: str) -> None:
    """It changes its own application, and would be taken for a second active server."""
    assert parse_audits([entry(AT, app=APP_B, category=category)]) == AuditTrail()


@pytest.mark.parametrize("category", ["UserManagement", "GroupManagement", "Contact", "New", None])
def test_every_other_change_counts_as_an_export(category: object) -> None:
    """Kinds of objects that will be added count, too."""
    assert runs(entry(AT, app=APP_B, category=category)) == [("SYNC-B", AT, AT)]


def test_microsofts_sample_is_a_change_by_a_person() -> None:
    """So it says nothing about a server."""
    sample = (DATA / "directoryAudits_list_v1.json").read_bytes()

    assert parse_audits(page_of(sample, GRAPH).items) == AuditTrail()


# -- runs -----------------------------------------------------------------------------------------


def test_neighbouring_entries_of_one_server_are_one_run_whatever_their_order() -> None:
    """Application and account of one server are one; case and domain do not matter."""
    entries = [
        entry(AT + 3 * MINUTE, app=APP_B),
        entry(AT, user=ACCOUNT_A),
        entry(AT + 2 * MINUTE, app="ConnectSyncProvisioning_sync-a.contoso.com_0123456789ab"),
        entry(AT + MINUTE, app="Payroll"),
        entry(AT + 4 * MINUTE, app=APP_A),
    ]

    assert runs(*entries) == [
        ("sync-a.contoso.com", AT, AT + 2 * MINUTE),
        ("SYNC-B", AT + 3 * MINUTE, AT + 3 * MINUTE),
        ("SYNC-A", AT + 4 * MINUTE, AT + 4 * MINUTE),
    ]


def test_entries_that_come_twice_make_no_further_run() -> None:
    """Two requests overlap; at one instant, two servers must not alternate."""
    both = [entry(AT, app=APP_A), entry(AT, app=APP_B)]

    assert runs(*both, *both) == [("SYNC-A", AT, AT), ("SYNC-B", AT, AT)]


def test_of_too_many_runs_the_newest_are_kept() -> None:
    """Two active servers alternate all the time."""
    entries = [
        entry(AT + n * MINUTE, app=(APP_A, APP_B)[n % 2]) for n in range(2 * MAX_SERVERS + 3)
    ]

    found = parse_audits(entries).runs

    assert len(found) == MAX_SERVERS
    assert found[-1].last_at == AT + (2 * MAX_SERVERS + 2) * MINUTE


def test_a_servers_entry_without_a_time_makes_the_reading_incomplete() -> None:
    """It happened at some time, so a run may be missing."""
    unreadable = entry(AT, app=APP_B) | {"activityDateTime": "soon"}

    assert parse_audits([entry(AT, app=APP_A), unreadable]) == AuditTrail(
        (Acted("SYNC-A", AT, AT),), complete=False
    )
    assert parse_audits([entry(AT, app="x") | {"activityDateTime": "soon"}]).complete


# -- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [NOW, NOW.astimezone(timezone(timedelta(hours=5)))])
async def test_one_request_reads_a_tenant_with_few_changes(
    server: GraphServer, reader: MakesReader, now: datetime
) -> None:
    """The window is two and a half hours, in UTC, the newest first."""
    CASES[Source.AUDITS].script(server)
    source = reader(AuditsSource)

    answer = await source.read(now)

    assert answer == AuditTrail((Acted("SYNC-A", AT, AT),), complete=True)
    (seen,) = server.seen
    assert seen.path == PATH
    assert seen.query == {
        "$filter": "activityDateTime ge 2026-11-21T07:35:00Z",
        "$orderby": "activityDateTime desc",
        "$top": "500",
    }


async def test_in_a_busy_tenant_the_second_request_asks_for_sync_identities(
    server: GraphServer, reader: MakesReader
) -> None:
    """100,000 entries an hour: two requests find both servers, and say that it is not all."""
    noted = SyncApplications()
    noted.note(["ConnectSyncProvisioning_O'NEILL_0123456789ab"])
    server.at(
        PATH,
        more(server, entry(AT + MINUTE, app=APP_A)),
        more(server, entry(AT, user="Sync_SYNC-B_b3eb0fb7f6ec@contoso.com"), page=3),
    )
    source = reader(AuditsSource, applications=noted)

    answer = await source.read(NOW)

    assert answer == AuditTrail(
        (Acted("SYNC-B", AT, AT), Acted("SYNC-A", AT + MINUTE, AT + MINUTE)), complete=False
    )
    assert source.requests == 2
    assert server.seen[1].query["$filter"] == (
        "activityDateTime ge 2026-11-21T07:35:00Z and "
        "(startswith(initiatedBy/user/userPrincipalName,'Sync_')"
        f" or initiatedBy/app/displayName eq '{APP_A}'"
        " or initiatedBy/app/displayName eq 'ConnectSyncProvisioning_O''NEILL_0123456789ab')"
    )


async def test_an_application_seen_once_is_looked_for_in_the_next_reads(
    server: GraphServer, reader: MakesReader
) -> None:
    """It may not be on the first page when others are busier."""
    source = reader(AuditsSource)
    server.at(PATH, Reply(content=body(entry(AT, app=APP_B))))
    await source.read(NOW)
    server.at(PATH, more(server), Reply(content=body()))

    await source.read(NOW)

    assert APP_B in server.seen[-1].query["$filter"]


async def test_where_that_filter_is_refused_later_reads_take_the_next_page(
    server: GraphServer, reader: MakesReader
) -> None:
    """The first read still says what it saw; the next one may even be complete."""
    source = reader(AuditsSource)
    server.at(PATH, more(server, entry(AT, app=APP_A)), Reply(400))

    refused = await source.read(NOW)
    server.at(PATH, more(server, entry(AT, app=APP_A)), Reply(content=body(entry(AT, app=APP_B))))
    later = await source.read(NOW)

    assert refused == AuditTrail((Acted("SYNC-A", AT, AT),), complete=False)
    assert later == AuditTrail((Acted("SYNC-A", AT, AT), Acted("SYNC-B", AT, AT)), complete=True)
    assert server.seen[-1].query == {"$skiptoken": "2"}


@pytest.mark.parametrize(
    "second",
    [Reply(500), Reply(403), Reply(content=b"<html>"), Reply(fault="silent")],
    ids=["500", "403", "html", "silent"],
)
async def test_a_second_request_that_fails_takes_nothing_from_the_first(
    server: GraphServer, reader: MakesReader, second: Reply
) -> None:
    """What was read is true; the reading says that it is not all. Later reads filter again."""
    server.at(PATH, more(server, entry(AT, app=APP_A)), second)
    source = reader(AuditsSource, deadline=SHORT)

    answer = await source.read(NOW)

    assert answer == AuditTrail((Acted("SYNC-A", AT, AT),), complete=False)
    assert source._may_filter


async def test_a_busy_tenant_without_sync_changes_is_not_read_as_complete(
    server: GraphServer, reader: MakesReader
) -> None:
    """An unknown application may have exported: silence is no evidence then."""
    server.at(PATH, more(server), Reply(content=body()))

    assert await reader(AuditsSource).read(NOW) == AuditTrail((), complete=False)


async def test_a_page_of_some_mebibytes_is_read_and_a_larger_one_is_not(
    server: GraphServer, reader: MakesReader
) -> None:
    """Changed properties make entries long; memory stays bounded all the same."""
    server.at(PATH, Reply(content=body(entry(AT, app=APP_A, note="x" * 3_000_000))))
    assert isinstance(await reader(AuditsSource).read(NOW), AuditTrail)

    server.at(PATH, Reply(content=body(entry(AT, app=APP_A, note="x" * 5_000_000))))
    answer = await reader(AuditsSource).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.MALFORMED
    assert "4 MiB" in answer.detail


def test_names_that_are_noted_are_bounded_and_only_those_of_sync_applications() -> None:
    """Anybody can name an application; the newest names come first."""
    noted = SyncApplications()
    noted.note(f"ConnectSyncProvisioning_S{n}_0123456789ab" for n in range(50))
    noted.note([APP_A])
    noted.note(["Payroll", "x') or true"])

    assert len(noted.names) == MAX_SERVERS
    assert noted.names[:2] == (APP_A, "ConnectSyncProvisioning_S0_0123456789ab")


_INITIATORS = st.fixed_dictionaries(
    {"activityDateTime": st.datetimes(AT.replace(tzinfo=None)).map(written)},
    optional={
        "initiatedBy": st.sampled_from(
            [
                {"app": {"displayName": f"ConnectSyncProvisioning_{name}_0123456789ab"}}
                for name in ("SYNC-A", "sync-a.contoso.com", "B", '"' * 128, "😀" * 128)
            ]
        ),
        "category": st.sampled_from(["UserManagement", "ApplicationManagement"]),
    },
)


@given(entries=st.lists(_INITIATORS | like(entry(AT, app=APP_A), st.none()), max_size=60))
def test_any_entries_become_a_bounded_reading_of_runs(entries: list[dict[str, Any]]) -> None:
    """R8: runs in order, neighbours differ, and the whole can be stored."""
    answer = parse_audits(entries)

    is_sound(answer)
    assert len(answer.runs) <= MAX_SERVERS
    for run, following in zip(answer.runs, answer.runs[1:], strict=False):
        assert run.last_at <= following.first_at
        assert server_key(run.server) != server_key(following.server)
    assert all(run.first_at <= run.last_at for run in answer.runs)
    assert answer == parse_audits(entries[::-1])
