"""The real SDK over loopback: hangs, TLS, redirects, huge and compressed bodies."""

from __future__ import annotations

import gzip
import socket
import ssl
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.readings import Reason
from shared.sources.graph_wire import BODY_LIMIT
from shared.sources.http_answer import TOO_LONG, unpack
from tests.support.certificate import self_signed
from tests.support.graph_reads import GOOD_V1, reading
from tests.support.graph_server import GraphServer, body, organization, serving
from tests.support.loopback_server import Reply, closed_port
from tests.support.source_reads import AT, SHORT, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.conftest import MakesSource


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(fault="silent"), "did not answer"),
        (Reply(content=body(organization()), fault="hang"), "did not finish"),
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
        assert unpack(bomb, "gzip", BODY_LIMIT) == TOO_LONG
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
