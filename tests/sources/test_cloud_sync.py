"""Cloud Sync: whether something else than Entra Connect keeps the tenant fresh."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import CloudSync, Source
from shared.domain.readings import Reason, Unavailable
from shared.sources.cloud_sync import (
    MAX_PRINCIPALS,
    TEMPLATE,
    CloudSyncSource,
    parse_jobs,
)
from shared.sources.failures import GRAPH
from shared.sources.graph_pages import page_of
from tests.support.graph_reads import DATA
from tests.support.graph_server import GraphServer, body
from tests.support.graph_sources import (
    AT,
    CASES,
    JOBS,
    PRINCIPAL,
    is_sound,
    job,
    like,
    linked,
    principal,
    written,
)
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from tests.support.graph_sources import MakesReader

PATH = "/v1.0/servicePrincipals"


def many(count: int) -> list[str]:
    """Ids of service principals."""
    return [str(uuid.UUID(int=n)) for n in range(1, count + 1)]


def jobs_of(identifier: str) -> str:
    """Where a service principal's jobs are."""
    return f"{PATH}/{identifier}/synchronization/jobs"


async def test_a_tenant_without_cloud_sync_costs_one_request(
    server: GraphServer, reader: MakesReader
) -> None:
    """Its service principals are found by the application template."""
    server.at(PATH, Reply(content=body()))

    answer = await reader(CloudSyncSource).read(NOW)

    assert answer == CloudSync(jobs=0, running=0, last_success_at=None)
    (seen,) = server.seen
    assert seen.query == {
        "$filter": f"applicationTemplateId eq '{TEMPLATE}'",
        "$select": "id,applicationTemplateId",
        "$top": "6",
    }


async def test_the_jobs_of_each_configuration_are_added_up(
    server: GraphServer, reader: MakesReader
) -> None:
    """One configuration per Active Directory domain."""
    first, second = many(2)
    server.at(PATH, Reply(content=body(principal(first), principal(second))))
    later = {"code": "Active", "lastSuccessfulExecution": {"timeEnded": written(AT + timedelta(1))}}
    server.at(jobs_of(first), Reply(content=body(job(status=later))))
    server.at(jobs_of(second), Reply(content=body(job(), job(schedule={"state": "Disabled"}))))

    answer = await reader(CloudSyncSource).read(NOW)

    assert answer == CloudSync(jobs=3, running=2, last_success_at=AT + timedelta(1))


async def test_a_service_principal_of_another_application_is_not_asked(
    server: GraphServer, reader: MakesReader
) -> None:
    """Should the filter be ignored, no stranger's jobs are counted."""
    server.at(PATH, Reply(content=body(principal(many(1)[0], "other"), principal())))
    server.at(JOBS, Reply(content=body(job())))

    answer = await reader(CloudSyncSource).read(NOW)

    assert answer == CloudSync(1, 1, AT)
    assert [each.path for each in server.seen] == [PATH, JOBS]


@pytest.mark.parametrize("identifier", ["../../users", "", None, 7, PRINCIPAL + "/x", "{+x}"])
async def test_an_id_that_is_none_never_becomes_part_of_an_address(
    server: GraphServer, reader: MakesReader, identifier: object
) -> None:
    """Remote text steers no request."""
    server.at(PATH, Reply(content=body(principal(identifier))))

    answer = await reader(CloudSyncSource).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.MALFORMED
    assert len(server.seen) == 1


@pytest.mark.parametrize("extra", ["one more", "a next page"])
async def test_of_too_many_configurations_a_running_one_is_enough(
    server: GraphServer, reader: MakesReader, extra: str
) -> None:
    """That none runs may not be said when not all were read; at most five are."""
    ids = many(MAX_PRINCIPALS + (extra == "one more"))
    items = [principal(each) for each in ids]
    link = f"{server.url}{PATH}?$skiptoken=2"
    server.at(PATH, Reply(content=body(*items) if extra == "one more" else linked(link, *items)))
    for each in ids:
        server.at(jobs_of(each), Reply(content=body(job(status={"code": "Paused"}))))

    none = await reader(CloudSyncSource).read(NOW)
    asked = len(server.seen)
    server.at(jobs_of(ids[2]), Reply(content=body(job())))
    one = await reader(CloudSyncSource).read(NOW)

    assert isinstance(none, Unavailable)
    assert none.reason is Reason.MALFORMED
    assert "more than 5" in none.detail
    assert asked == 1 + MAX_PRINCIPALS
    assert one == CloudSync(MAX_PRINCIPALS, 1, AT)


async def test_jobs_that_may_not_be_read_make_no_reading(
    server: GraphServer, reader: MakesReader
) -> None:
    """The configurations were readable, their jobs need a permission of their own."""
    CASES[Source.CLOUD_SYNC].script(server)
    server.at(JOBS, Reply(403))

    answer = await reader(CloudSyncSource).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.FORBIDDEN
    assert "grant Synchronization.Read.All (" in answer.detail


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"id": "ad2aadpasswordhash.x", "templateId": "x"}, True),
        ({"id": "x", "templateId": "AD2AADPasswordHash"}, True),
        ({"id": "AAD2ADExchangeHybridWriteback.x", "templateId": "AAD2ADGroup"}, False),
        ({"id": "SalesforceOutDelta", "templateId": "BoxOutDelta"}, False),
        ({"id": None, "templateId": 7}, False),
    ],
)
def test_only_jobs_from_active_directory_count(changes: dict[str, object], counts: bool) -> None:  # noqa: FBT001  a table
    """The way back to Active Directory proves nothing about the tenant's times."""
    assert parse_jobs([job(**changes)]).jobs == counts


@pytest.mark.parametrize(
    ("changes", "runs"),
    [
        ({"status": {"code": "active"}, "schedule": {"state": "ACTIVE"}}, True),
        ({"schedule": None}, True),
        ({"schedule": {"state": "Disabled"}}, False),
        ({"status": {"code": "Paused"}}, False),
        ({"status": {"code": "Quarantine"}}, False),
        ({"status": {"code": "NotConfigured"}}, False),
        ({"status": {"code": "NotRun"}}, False),
        ({"status": None}, False),
    ],
)
def test_a_job_runs_when_it_is_active_and_its_schedule_is_not_off(
    changes: dict[str, object],
    runs: bool,  # noqa: FBT001  a table
) -> None:
    """A paused job or one in quarantine moves nothing."""
    answer = parse_jobs([job(**changes)])

    assert (answer.jobs, answer.running) == (1, runs)


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", None, "", "1601-01-01T00:00:00Z"])
def test_never_is_no_success(never: object) -> None:
    """Neither .NET's nor Windows' zero is a time."""
    status = {"code": "Active", "lastSuccessfulExecution": {"timeEnded": never}}

    assert parse_jobs([job(status=status)]).last_success_at is None


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("synchronizationJob_created_cloudsync_beta.json", 1),
        ("synchronizationJob_get_quarantine_beta.json", 0),
        ("synchronizationJob_list_beta.json", 0),
    ],
)
def test_microsofts_samples_are_read(name: str, jobs: int) -> None:
    """A new Cloud Sync job, which is paused and never ran; and jobs of other applications."""
    found = page_of((DATA / name).read_bytes(), GRAPH, or_entity=True).items

    assert parse_jobs(found) == CloudSync(jobs, 0, None)


@given(
    found=st.lists(
        like(job(), st.sampled_from(["Active", "AD2AADProvisioning", {"timeEnded": written(AT)}])),
        max_size=9,
    )
)
def test_any_jobs_become_a_bounded_reading(found: list[dict[str, Any]]) -> None:
    """R8."""
    answer = parse_jobs(found)

    is_sound(answer)
    assert 0 <= answer.running <= answer.jobs <= len(found)
