"""All sources of Graph in one tick: one token, no connection kept, no model loaded."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.graph import GraphSource
from shared.sources.tokens import TokenSource
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_server import TENANT, GraphServer
from tests.support.graph_sources import CASES
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, in_a_fresh_process

if TYPE_CHECKING:
    from shared.domain.pair.readings import Source
    from shared.ports import ReadsSource
    from tests.support.graph_sources import Case, MakesReader

KINDS = pytest.mark.parametrize("case", CASES.values(), ids=[each.value for each in CASES])


def tokens_of(credential: FakeCredential) -> TokenSource:
    """One token for all sources."""
    return TokenSource(credential, "https://graph.contoso.test/.default", TENANT)


async def test_a_tick_reads_everything_at_once_with_one_token(
    server: GraphServer, reader: MakesReader
) -> None:
    """The credential is slow and may be throttled itself."""
    credential = FakeCredential()
    tokens = tokens_of(credential)
    for case in CASES.values():
        case.script(server)
    sources: list[ReadsSource] = [reader(case.kind, tokens) for case in CASES.values()]
    tenant = reader(GraphSource, tokens)

    answers = await asyncio.gather(tenant.read(NOW), *(each.read(NOW) for each in sources))

    assert isinstance(answers[0], TenantReading)
    assert list(answers[1:]) == [case.reading for case in CASES.values()]
    assert len(credential.scopes) == 1


@KINDS
async def test_a_403_keeps_the_shared_token_and_a_401_does_not(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """A permission that is missing for good must not cost every tick a new token."""
    credential = FakeCredential()
    tokens = tokens_of(credential)

    asked = []
    for status in (403, 403, 401, 403):
        server.at(case.path, Reply(status))
        await reader(case.kind, tokens).read(NOW)
        asked.append(len(credential.scopes))

    assert asked == [1, 1, 1, 2]


@KINDS
def test_a_source_survives_its_event_loop_and_its_closing(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """It keeps nothing that belongs to a loop; ticks in flight at shutdown still finish."""
    case.script(server)
    source = reader(case.kind)

    for _ in range(2):
        assert asyncio.run(source.read(NOW)) == case.reading
        asyncio.run(source.aclose())


@KINDS
async def test_overlapping_reads_of_one_source_do_not_disturb_each_other(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """Two ticks at once."""
    case.script(server)
    source = reader(case.kind)

    assert await asyncio.gather(*(source.read(NOW) for _ in range(3))) == [case.reading] * 3
    assert source.requests == 3 * (1 + len(case.then))


@KINDS
async def test_cancelling_a_read_cancels_it(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """The host's shutdown is the one thing that passes through."""
    server.at(case.path, Reply(fault="silent"))
    task = asyncio.create_task(reader(case.kind).read(NOW))
    assert await asyncio.to_thread(server.arrived.wait, 30)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("source", CASES)
async def test_an_unforeseen_exception_names_the_source_in_the_log_and_nothing_secret(
    source: Source,
    reader: MakesReader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """R8 holds for our own defects too."""

    async def broken(*_arguments: object) -> httpx.Response:
        raise ArithmeticError(f"Authorization: Bearer {CANARY}")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", broken)

    answer = await reader(CASES[source].kind).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.UNREACHABLE
    (record,) = [each for each in caplog.records if "source_failed" in each.getMessage()]
    event = json.loads(record.getMessage().split(" ", maxsplit=1)[1])
    assert (event["source"], event["error"]) == (source.value, "ArithmeticError")
    assert CANARY not in caplog.text + repr(answer)


@pytest.mark.parametrize("url", ["http://graph.microsoft.com", "https://graph.microsoft.com/v1.0"])
@KINDS
def test_a_url_that_must_not_get_a_token_is_refused(case: Case, url: str) -> None:
    """As for the tenant's read."""
    kind: Any = case.kind
    with pytest.raises(ValueError, match="https://host"):
        kind(FakeCredential(), base_url=url, tenant_id=TENANT, scope="x", allow_http_loopback=True)


_PROBE = """
import asyncio, json, sys
from datetime import UTC, datetime
from shared.sources.audits import AuditsSource
from shared.sources.certificates import CertificatesSource
from shared.sources.cloud_sync import CloudSyncSource
from shared.sources.service_health import ServiceHealthSource
from shared.sources.sync_configuration import SyncConfigurationSource
from shared.sources.graph import GraphSource
heavy = sorted({"httpx", "msgraph", "kiota_http", "azure.identity"} & set(sys.modules))
from tests.support.credential import FakeCredential
url, tenant = sys.argv[1:]
kinds = [SyncConfigurationSource, AuditsSource, CertificatesSource, ServiceHealthSource,
         CloudSyncSource, GraphSource]
sources = [
    kind(FakeCredential(), base_url=url, tenant_id=tenant, scope="x", allow_http_loopback=True)
    for kind in kinds
]
async def all_of_them():
    return await asyncio.gather(*(each.read(datetime.now(UTC)) for each in sources))
answers = [type(each).__name__ for each in asyncio.run(all_of_them())]
models = sorted(name for name in sys.modules if name.startswith("msgraph.generated.models"))
print(json.dumps([heavy, answers, "msgraph" in sys.modules, models]))
"""


@pytest.mark.parametrize("status", [200, 403])
def test_nothing_heavy_is_loaded_before_the_first_read_and_no_model_ever(
    server: GraphServer, status: int
) -> None:
    """In a fresh process, after all six reads, also when each of them is denied."""
    for case in CASES.values():
        case.script(server)
        if status != 200:
            server.at(case.path, Reply(status))

    printed = in_a_fresh_process(_PROBE, server.url, TENANT)

    heavy, kinds, sdk_loaded, models = printed
    assert (heavy, sdk_loaded, models) == ([], True, [])
    good = [type(case.reading).__name__ for case in CASES.values()]
    assert kinds == [*(good if status == 200 else ["Unavailable"] * 5), "TenantReading"]
