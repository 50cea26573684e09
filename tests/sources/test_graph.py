"""The real SDK against a real HTTP server on loopback: every Graph fault has a defined outcome."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import ssl
import subprocess
import sys
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.exchange import BODY_LIMIT, _inflate
from shared.sources.failures import Ended
from shared.sources.graph import GraphSource
from tests.sources.conftest import NOW, SHORT
from tests.support.certificate import self_signed
from tests.support.components import ROOT
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_server import (
    TENANT,
    GraphServer,
    Reply,
    body,
    closed_port,
    organization,
    serving,
)

if TYPE_CHECKING:
    from shared.ports import ReadsTenant
    from tests.sources.conftest import MakesSource

DATA = Path(__file__).resolve().parents[1] / "data" / "graph"
GOOD = Reply(content=body(organization()))
GOOD_V1 = Reply(content=body(organization(onPremisesLastPasswordSyncDateTime=...)))
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


async def reading(source: ReadsTenant) -> TenantReading:
    """Read once; it must work."""
    answer = await source.read(NOW)
    assert isinstance(answer, TenantReading), answer
    return answer


async def refusal(source: ReadsTenant) -> Unavailable:
    """Read once; it must not work."""
    answer = await source.read(NOW)
    assert isinstance(answer, Unavailable), answer
    return answer


def versions(server: GraphServer) -> list[str]:
    """The API versions asked, in order."""
    return [each.version for each in server.seen]


# -- one request a tick -------------------------------------------------------------------------


async def test_a_healthy_read_is_one_beta_request(server: GraphServer, graph: MakesSource) -> None:
    """Beta answers everything, so v1.0 is not asked."""
    source = graph()

    answer = await reading(source)

    assert (answer.object_sync_at, answer.password_sync_at) == (AT, AT + timedelta(minutes=2))
    (seen,) = server.seen
    assert seen.path == "/beta/organization"
    assert seen.select == (
        "id",
        "displayName",
        "onPremisesSyncEnabled",
        "onPremisesLastSyncDateTime",
        "onPremisesLastPasswordSyncDateTime",
    )
    assert source.requests == 1


async def test_the_request_goes_through_the_sdk(server: GraphServer, graph: MakesSource) -> None:
    """With its authentication and its user agent, and asking for an uncompressed answer."""
    credential = FakeCredential()

    await reading(graph(credential))

    headers = {name.lower(): value for name, value in server.seen[0].headers.items()}
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert "kiota-python" in headers["user-agent"]
    assert headers["accept-encoding"] == "identity"
    assert credential.scopes == [("https://graph.contoso.test/.default",)]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(400), Reason.MALFORMED),
        (Reply(403, (DATA / "error_403.json").read_bytes()), Reason.FORBIDDEN),
        (Reply(404), Reason.MALFORMED),
        (Reply(410), Reason.MALFORMED),
        (Reply(500), Reason.UNREACHABLE),
        (Reply(501), Reason.UNREACHABLE),
        (Reply(502, b"<html>Bad gateway</html>"), Reason.UNREACHABLE),
        (Reply(503), Reason.UNREACHABLE),
        (Reply(504), Reason.UNREACHABLE),
        (Reply(204), Reason.MALFORMED),
        (Reply(200, b"<html>Welcome</html>"), Reason.MALFORMED),
        (Reply(200, body(organization())[:-9]), Reason.MALFORMED),
        (Reply(200, body(organization()), cut=True), Reason.MALFORMED),
        (Reply(200, body()), Reason.MALFORMED),
        (Reply(200, body(organization(onPremisesSyncEnabled=...))), Reason.MALFORMED),
        (Reply(200, b""), Reason.MALFORMED),
    ],
    ids=lambda value: (
        f"{value.status}-{value.content[:14]!r}-{value.cut}-{len(value.content)}"
        if isinstance(value, Reply)
        else value
    ),
)
@pytest.mark.usefixtures("pauses")
async def test_v1_fills_in_when_beta_is_the_trouble(
    server: GraphServer, graph: MakesSource, reply: Reply, reason: Reason
) -> None:
    """The object sync time still arrives; the password time says why it is missing."""
    server.beta(reply).v1(GOOD_V1)

    answer = await reading(graph())

    assert answer.object_sync_at == AT
    assert isinstance(answer.password_sync_at, Unavailable)
    assert answer.password_sync_at.reason is reason
    assert server.seen[-1].version == "v1.0"
    assert "onPremisesLastPasswordSyncDateTime" not in server.seen[-1].select


@pytest.mark.parametrize(
    "reply",
    [Reply(401), Reply(429), Reply(302, headers={"Location": "/x"}), Reply(silent=True)],
    ids=["401", "429", "302", "silent"],
)
@pytest.mark.usefixtures("pauses")
async def test_v1_is_not_asked_when_it_could_not_do_better(
    server: GraphServer, graph: MakesSource, reply: Reply
) -> None:
    """A refused token, a throttle, a redirect and a timeout concern both versions."""
    server.beta(reply).v1(GOOD_V1)

    await refusal(graph(deadline=SHORT))

    assert set(versions(server)) == {"beta"}


async def test_v1_is_not_asked_about_another_tenant(
    server: GraphServer, graph: MakesSource
) -> None:
    """The identity belongs to one tenant, whichever version is asked."""
    other = "11111111-2222-3333-4444-555555555555"
    server.beta(Reply(content=body(organization(id=other)))).v1(GOOD_V1)

    answer = await refusal(graph())

    assert answer.reason is Reason.NOT_CONFIGURED
    assert versions(server) == ["beta"]


# -- each fault ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "says"),
    [
        (400, Reason.MALFORMED, "400"),
        (401, Reason.FORBIDDEN, "refused the token"),
        (403, Reason.FORBIDDEN, "grant Organization.Read.All"),
        (404, Reason.MALFORMED, "404"),
        (410, Reason.MALFORMED, "410"),
        (429, Reason.THROTTLED, "429"),
        (500, Reason.UNREACHABLE, "500"),
        (502, Reason.UNREACHABLE, "502"),
        (503, Reason.UNREACHABLE, "503"),
        (504, Reason.UNREACHABLE, "504"),
        (302, Reason.UNREACHABLE, "redirect"),
        (204, Reason.MALFORMED, "204"),
    ],
)
@pytest.mark.usefixtures("pauses")
async def test_a_status_has_one_meaning(
    server: GraphServer, graph: MakesSource, status: int, reason: Reason, says: str
) -> None:
    """The reason is the log's word; the sentence says what to do."""
    reply = Reply(status, b"" if status == 204 else b"<html>secret remote text</html>")
    server.beta(reply).v1(reply)

    answer = await refusal(graph())

    assert answer.reason is reason
    assert says in answer.detail
    assert "remote text" not in answer.detail


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_a_busy_graph_is_asked_again(
    server: GraphServer, graph: MakesSource, pauses: list[float], status: int
) -> None:
    """Without Retry-After the SDK's own backoff applies."""
    server.beta(Reply(status), Reply(status), GOOD)
    source = graph()

    await reading(source)

    assert source.requests == 3
    assert len(pauses) == 2
    assert all(0 < pause < 3 for pause in pauses)


@pytest.mark.parametrize(
    "garbage", ["soon", "-5", "", "0", "1e9", "\u0661", "Sat, 99 Nov 2026", "\x80"]
)
async def test_a_garbage_retry_after_is_ignored(
    server: GraphServer, graph: MakesSource, pauses: list[float], garbage: str
) -> None:
    """Then the SDK's own backoff applies, as if there were no header."""
    header = garbage.encode().decode("latin-1")
    server.beta(Reply(429, headers={"Retry-After": header}), GOOD)

    await reading(graph())

    assert len(pauses) == 1
    assert 0 < pauses[0] < 3


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("7", 7), ("2.128", 3), ("12,12", 12), (" 4 ", 4), ("30", 30)],
)
async def test_retry_after_in_seconds_is_honoured(
    server: GraphServer, graph: MakesSource, pauses: list[float], asked: str, seconds: int
) -> None:
    """Fractions, as in Microsoft's own sample, are rounded up."""
    server.beta(Reply(429, headers={"Retry-After": asked}), GOOD)

    await reading(graph())

    assert pauses == [seconds]


async def test_retry_after_as_a_date_is_measured_on_graphs_clock(
    server: GraphServer, graph: MakesSource, pauses: list[float]
) -> None:
    """Our clock may be wrong by hours; the answer's own Date header is not."""
    theirs = NOW + timedelta(hours=5)
    server.beta(
        Reply(
            429,
            headers={
                "Date": format_datetime(theirs, usegmt=True),
                "Retry-After": format_datetime(theirs + timedelta(seconds=9), usegmt=True),
            },
        ),
        GOOD,
    )

    await reading(graph())

    assert pauses == [9]


async def test_retry_after_as_a_date_without_graphs_clock_uses_ours(
    server: GraphServer, graph: MakesSource, pauses: list[float]
) -> None:
    """Without a Date header there is only our own clock, which is an argument."""
    until = format_datetime(NOW + timedelta(seconds=40), usegmt=True)
    server.beta(Reply(503, headers={"Retry-After": until}), GOOD)

    await reading(graph())

    assert len(pauses) == 1
    assert 0 < pauses[0] <= 40


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["10", "179", "180", "3600", "999999999", "date"])
async def test_a_wait_beyond_the_deadline_ends_the_read_as_throttled(
    server: GraphServer, graph: MakesSource, pauses: list[float], status: int, asked: str
) -> None:
    """At once: the tick has other things to do than to sleep."""
    text = format_datetime(NOW + timedelta(days=1), usegmt=True) if asked == "date" else asked
    server.beta(Reply(status, headers={"Retry-After": text})).v1(GOOD_V1)
    source = graph(deadline=timedelta(seconds=10))

    answer = await refusal(source)

    assert answer.reason is Reason.THROTTLED
    assert pauses == []
    assert versions(server) == ["beta"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(429), Reason.THROTTLED),
        (Reply(503), Reason.UNREACHABLE),
        (Reply(504), Reason.UNREACHABLE),
        (Reply(503, headers={"Retry-After": "1"}), Reason.THROTTLED),
    ],
    ids=["429", "503", "504", "503 and asked to wait"],
)
async def test_a_deadline_that_passes_in_a_pause_names_what_caused_the_pause(
    server: GraphServer,
    graph: MakesSource,
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    reason: Reason,
) -> None:
    """A throttled read is not a timeout."""

    async def forever(_seconds: float) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(
        "kiota_http.middleware.retry_handler.asyncio", SimpleNamespace(sleep=forever)
    )
    server.beta(reply)

    answer = await refusal(graph(deadline=SHORT))

    assert answer.reason is reason
    assert str(reply.status) in answer.detail


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(silent=True), "did not answer"),
        (Reply(content=body(organization()), withhold=True), "did not finish"),
    ],
    ids=["no answer", "after the headers"],
)
async def test_a_graph_that_hangs_is_a_timeout(
    server: GraphServer, graph: MakesSource, reply: Reply, says: str
) -> None:
    """Before the answer, or in the middle of it."""
    server.beta(reply)

    answer = await refusal(graph(deadline=SHORT))

    assert answer.reason is Reason.TIMEOUT
    assert says in answer.detail
    assert f"within {SHORT.total_seconds():g} s" in answer.detail


async def test_a_refused_connection_is_unreachable(graph: MakesSource) -> None:
    """Nobody listens."""
    source = graph(url=f"http://127.0.0.1:{closed_port()}")

    answer = await refusal(source)

    assert answer.reason is Reason.UNREACHABLE
    assert "refused" in answer.detail


async def test_an_unknown_host_name_is_unreachable_and_says_so(
    graph: MakesSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver's answer is made up; everything above it is real."""

    def unknown(*_arguments: Any, **_options: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    source = graph(url="https://graph.contoso.invalid")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    answer = await refusal(source)

    assert answer.reason is Reason.UNREACHABLE
    assert "name could not be resolved" in answer.detail


async def test_tls_against_a_plain_port_is_unreachable(
    server: GraphServer, graph: MakesSource
) -> None:
    """The handshake fails, and the sentence says so."""
    answer = await refusal(graph(url=server.url.replace("http:", "https:")))

    assert answer.reason is Reason.UNREACHABLE
    assert "TLS handshake failed" in answer.detail
    assert server.seen == []


async def test_an_untrusted_certificate_gets_no_token(
    server: GraphServer, graph: MakesSource, tmp_path: Path
) -> None:
    """A proxy that inspects TLS is named as the likely cause."""
    server.use_tls(self_signed(tmp_path))

    answer = await refusal(graph())

    assert answer.reason is Reason.UNREACHABLE
    assert "certificate is not trusted" in answer.detail
    assert server.seen == []


async def test_a_trusted_certificate_is_read_through_tls(
    server: GraphServer, graph: MakesSource, tmp_path: Path
) -> None:
    """The counterpart: it is the missing trust that ended the read above."""
    server.use_tls(self_signed(tmp_path))
    source = graph()
    source._tls = ssl.create_default_context(cafile=tmp_path / "certificate.pem")

    await reading(source)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_gets_no_token(
    server: GraphServer, graph: MakesSource, status: int
) -> None:
    """It is not followed at all."""
    with serving() as elsewhere:
        target = f"{elsewhere.url}/beta/organization"
        server.beta(Reply(status, headers={"Location": target})).v1(GOOD_V1)

        answer = await refusal(graph())

        assert answer.reason is Reason.UNREACHABLE
        assert elsewhere.seen == []


async def test_a_request_to_another_host_is_refused_below_the_sdk(
    server: GraphServer, graph: MakesSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the SDK itself, by a defect, built a URL of another host."""
    with serving() as elsewhere:
        monkeypatch.setattr(
            "kiota_http.middleware.url_replace_handler.UrlReplaceHandler.replace_url_segment",
            lambda *_arguments: f"{elsewhere.url}/beta/organization",
        )

        answer = await refusal(graph())

        assert answer.reason is Reason.UNREACHABLE
        assert "another host" in answer.detail
        assert elsewhere.seen == server.seen == []


async def test_a_huge_body_is_malformed(server: GraphServer, graph: MakesSource) -> None:
    """Reading stops at the limit."""
    huge = Reply(content=b" " * (BODY_LIMIT + 1) + body(organization()))
    server.beta(huge).v1(huge)

    answer = await refusal(graph())

    assert answer.reason is Reason.MALFORMED
    assert "1 MiB" in answer.detail


@pytest.mark.parametrize(
    ("coding", "packed", "says"),
    [
        ("gzip", gzip.compress(b" " * (BODY_LIMIT * 20)), "1 MiB"),
        ("deflate", zlib.compress(b" " * (BODY_LIMIT * 20)), "1 MiB"),
        ("gzip", gzip.compress(body(organization()))[:-20], "cut off"),
        ("gzip", body(organization()), "broken"),
        ("br", body(organization()), "unknown way"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}")), "unknown way"),
    ],
    ids=["gzip bomb", "deflate bomb", "cut off", "not gzip", "brotli", "twice"],
)
async def test_a_harmful_compression_is_malformed(
    server: GraphServer, graph: MakesSource, coding: str, packed: bytes, says: str
) -> None:
    """Twenty MiB in twenty KiB, or anything that does not unpack."""
    reply = Reply(content=packed, headers={"Content-Encoding": coding})
    server.beta(reply).v1(reply)

    answer = await refusal(graph())

    assert answer.reason is Reason.MALFORMED
    assert says in answer.detail


def test_a_compression_bomb_does_not_fill_the_memory() -> None:
    """Unpacking stops at the limit; it does not unpack everything and then look."""
    bomb = gzip.compress(b" " * (BODY_LIMIT * 50))
    tracemalloc.start()
    try:
        with pytest.raises(Ended):
            _inflate(bomb, "gzip")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < BODY_LIMIT * 10


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(body(organization()))),
        ("deflate", zlib.compress(body(organization()))),
        ("identity", body(organization())),
    ],
)
async def test_an_honest_compression_is_read(
    server: GraphServer, graph: MakesSource, coding: str, packed: bytes
) -> None:
    """Something in between may compress although we asked not to."""
    server.beta(Reply(content=packed, headers={"Content-Encoding": coding}))

    assert (await reading(graph())).object_sync_at == AT


# -- clocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-600, -7, 7, 600])
async def test_graphs_date_shows_how_far_its_clock_is_ahead(
    server: GraphServer, graph: MakesSource, minutes: int
) -> None:
    """Positive when Graph is ahead of us; the time the read itself took is not counted."""
    skew = timedelta(minutes=minutes)
    date = format_datetime(NOW + skew, usegmt=True)
    server.beta(Reply(content=body(organization()), headers={"Date": date}))

    answer = await reading(graph())

    assert answer.clock_ahead is not None
    assert abs(answer.clock_ahead - skew) < timedelta(minutes=1)


async def test_a_second_of_difference_is_none(server: GraphServer, graph: MakesSource) -> None:
    """The header has whole seconds, so that much is noise."""
    source = graph()
    later = NOW + timedelta(seconds=1)
    server.beta(
        Reply(
            content=body(organization()),
            headers={"Date": format_datetime(later, usegmt=True)},
        )
    )

    assert (await reading(source)).clock_ahead == timedelta()


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}, {"Date": ""}], ids=str)
async def test_without_graphs_date_nothing_is_said_about_clocks(
    server: GraphServer, graph: MakesSource, headers: dict[str, str]
) -> None:
    """No header is not "no difference"."""
    server.beta(Reply(content=body(organization()), headers=headers))

    assert (await reading(graph())).clock_ahead is None


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
    server.beta(Reply(silent=True))
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
        Reply(401, headers={"WWW-Authenticate": 'Bearer claims="eyJ4IjoxfQ=="'}),
        Reply(403),
        Reply(429, headers={"Retry-After": "99"}),
        Reply(500),
        Reply(302, headers={"Location": "https://login.contoso.invalid/"}),
        Reply(content=b"<html>"),
        Reply(content=body(organization()), cut=True),
        Reply(silent=True),
    ],
    ids=lambda reply: f"{reply.status}-{len(reply.content)}-{reply.cut}-{reply.silent}",
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
    ran = subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", _PROBE, server.url, TENANT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    heavy, kind, sdk_loaded, models = json.loads(ran.stdout)
    assert (heavy, kind, sdk_loaded, models) == ([], "TenantReading", True, [])


@pytest.mark.parametrize("status", [403, 500])
def test_no_model_is_loaded_by_an_error_either(server: GraphServer, status: int) -> None:
    """The SDK's typed error is a model too."""
    server.beta(Reply(status)).v1(Reply(status))

    ran = subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", _PROBE, server.url, TENANT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ran.stdout)[1:] == ["Unavailable", True, []]
