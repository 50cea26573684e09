"""One Graph source for the life of a process: overlaps, loops, secrets and cost."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.graph import GraphSource
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_reads import GOOD, TEMPTING
from tests.support.graph_server import TENANT, GraphServer, body, organization
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, SHORT, in_a_fresh_process, refusal

if TYPE_CHECKING:
    from tests.sources.conftest import MakesSource


# -- one object for the whole life of the process -----------------------------------------------


async def test_overlapping_reads_do_not_disturb_each_other(
    server: GraphServer, graph: MakesSource
) -> None:
    """Two ticks at once, one of which gets an error."""
    server.beta(Reply(401), GOOD)
    source = graph()

    answers = await asyncio.gather(*(source.read(NOW) for _ in range(4)))

    refused = [each for each in answers if isinstance(each, Unavailable)]
    assert [each.reason for each in refused] == [Reason.FORBIDDEN]
    assert source.requests == 4


def test_a_source_survives_its_event_loop(graph: MakesSource) -> None:
    """It keeps nothing that belongs to a loop."""
    source = graph()

    for _ in range(2):
        assert isinstance(asyncio.run(source.read(NOW)), TenantReading)


async def test_closing_twice_is_harmless_and_final_for_no_one(graph: MakesSource) -> None:
    """Ticks in flight at shutdown still finish."""
    source = graph()
    await source.aclose()
    await source.aclose()

    assert isinstance(await source.read(NOW), TenantReading)


async def test_cancelling_a_read_cancels_it(server: GraphServer, graph: MakesSource) -> None:
    """The host's shutdown is the one thing that passes through."""
    server.beta(Reply(fault="silent"))
    source = graph()
    task = asyncio.create_task(source.read(NOW))
    assert await asyncio.to_thread(server.arrived.wait, 30)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.requests == 1


async def test_an_unforeseen_exception_is_named_by_type_only_and_logged_once(
    graph: MakesSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """R8 holds for our own defects too, and the log says where to look."""

    async def broken(*_arguments: object) -> httpx.Response:
        raise ArithmeticError(f"Authorization: Bearer {CANARY}")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", broken)

    answer = await refusal(graph())

    assert answer.reason is Reason.UNREACHABLE
    assert "ArithmeticError" in answer.detail
    (record,) = [each for each in caplog.records if each.name == "shared.sources.graph"]
    name, event = record.getMessage().split(" ", maxsplit=1)
    assert name == "watchdog.source_failed"
    assert json.loads(event)["error"] == "ArithmeticError"
    assert CANARY not in caplog.text + repr(answer)


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.microsoft.com", "http://127.0.0.1.example.com", "https://", "", "graph",
        "https://graph.microsoft.com/v1.0", "https://user@graph.microsoft.com",
        "https://graph.microsoft.com?x", "https://graph.microsoft.com#x", "ftp://127.0.0.1",
    ],
)  # fmt: skip
def test_a_url_that_must_not_get_a_token_is_refused(url: str) -> None:
    """Plain http is for loopback; the version is the source's own business."""
    with pytest.raises(ValueError, match="https://host"):
        GraphSource(
            FakeCredential(), base_url=url, tenant_id=TENANT, scope="x", allow_http_loopback=True
        )


def test_plain_http_on_loopback_needs_permission() -> None:
    """Only the simulator gives it."""
    with pytest.raises(ValueError, match="https://host"):
        GraphSource(FakeCredential(), base_url="http://127.0.0.1", tenant_id=TENANT, scope="x")


def test_a_deadline_must_be_positive() -> None:
    """Zero would make every read late."""
    with pytest.raises(ValueError, match="positive"):
        GraphSource(
            FakeCredential(),
            base_url="https://graph.microsoft.com",
            tenant_id=TENANT,
            scope="x",
            deadline=timedelta(),
        )


# -- secrets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        *TEMPTING,
        Reply(content=body(organization()), fault="cut"),
        Reply(fault="silent"),
    ],
    ids=lambda reply: f"{reply.status}-{len(reply.content)}-{reply.fault}",
)
async def test_the_token_is_seen_by_graph_only(
    server: GraphServer, graph: MakesSource, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    """R7: not in any logger's output at DEBUG, not in the answer."""
    server.beta(reply).v1(reply)

    with caplog.at_level(logging.DEBUG):
        answer = await graph(deadline=SHORT).read(NOW)

    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    assert any(record.name.startswith("http") for record in caplog.records)
    written = [repr(answer), caplog.text, *(repr(vars(record)) for record in caplog.records)]
    assert not [each for each in written if CANARY in each]


# -- cost ---------------------------------------------------------------------------------------

_PROBE = """
import asyncio, json, sys
from datetime import UTC, datetime
from shared.sources.graph import GraphSource
heavy = sorted({"httpx", "msgraph", "kiota_http", "azure.identity"} & set(sys.modules))
from tests.support.credential import FakeCredential
url, tenant = sys.argv[1:]
source = GraphSource(
    FakeCredential(), base_url=url, tenant_id=tenant, scope="x", allow_http_loopback=True
)
answer = asyncio.run(source.read(datetime.now(UTC)))
models = sorted(name for name in sys.modules if name.startswith("msgraph.generated.models"))
print(json.dumps([heavy, type(answer).__name__, "msgraph" in sys.modules, models]))
"""


def test_nothing_heavy_is_loaded_before_the_first_read_and_no_model_ever(
    server: GraphServer,
) -> None:
    """In a fresh process: importing is cheap, and a read needs none of 1,216 model modules."""
    printed = in_a_fresh_process(_PROBE, server.url, TENANT)

    heavy, kind, sdk_loaded, models = printed
    assert (heavy, kind, sdk_loaded, models) == ([], "TenantReading", True, [])


@pytest.mark.parametrize("status", [403, 500])
def test_no_model_is_loaded_by_an_error_either(server: GraphServer, status: int) -> None:
    """The SDK's typed error is a model too."""
    server.beta(Reply(status)).v1(Reply(status))

    printed = in_a_fresh_process(_PROBE, server.url, TENANT)

    assert printed[1:] == ["Unavailable", True, []]
