"""The doctor's own requests and name look-ups, against a real server on loopback."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.channels._http import Route
from shared.doctor.facts import Named
from shared.doctor.network import Ask, asking, resolve
from shared.secret import Secret
from tests.support.certificate import self_signed
from tests.support.webhook_server import Reply, WebhookServer

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 20, 2, tzinfo=UTC)
ask = asking(lambda: NOW, Route())


async def test_an_answer_comes_back_with_status_headers_body_and_our_time() -> None:
    """What the judges look at."""
    reply = Reply(503, {"Date": "Sat, 21 Nov 2026 20:02:00 GMT"}, b"{}")
    with WebhookServer(reply) as server:
        found = await ask(Ask("GET", server.origin + "/api/health", want_body=True))

    assert (found.status, found.problem, found.body, found.at) == (503, "", b"{}", NOW)
    assert found.headers["date"].endswith("GMT")


async def test_a_redirect_is_not_followed() -> None:
    """It is an answer: the sign-in, for instance."""
    with WebhookServer(Reply(302, {"Location": "http://127.0.0.1:1/"})) as server:
        found = await ask(Ask("GET", server.origin))

    assert (found.status, len(server.received)) == (302, 1)


async def test_a_key_is_sent_and_nothing_else_of_ours() -> None:
    """No cookie, no token; the body as it is."""
    with WebhookServer(Reply(200)) as server:
        headers: dict[str, Any] = {"x-functions-key": Secret("key-0123")}
        await ask(Ask("POST", server.origin, b"{}", headers))
    (request,) = server.received

    assert request.headers["x-functions-key"] == "key-0123"
    assert request.body == b"{}"
    assert not {"authorization", "cookie"} & set(request.headers)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [("silence", "no answer in time"), ("close", "no whole answer: the connection broke")],
)
async def test_no_answer_has_a_reason(fault: str, problem: str) -> None:
    """Each way not to answer is told apart, and none raises."""
    with WebhookServer(Reply(fault=fault)) as server:
        found = await ask(Ask("GET", server.origin, seconds=0.3))

    assert (found.status, found.problem) == (None, problem)


async def test_a_certificate_that_nobody_vouches_for_is_no_answer(tmp_path: Path) -> None:
    """TLS is checked as a browser would."""
    with WebhookServer(Reply(200), tls=self_signed(tmp_path)) as server:
        found = await ask(Ask("GET", server.origin))

    assert found.status is None
    assert "certificate" in found.problem


async def test_where_nobody_listens_there_is_no_connection() -> None:
    """A port that was just closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = await ask(Ask("GET", f"http://127.0.0.1:{port}"))

    assert found.status is None
    assert "no connection" in found.problem


async def test_a_body_is_bounded() -> None:
    """An endless one is cut, and does not hold the doctor."""
    with WebhookServer(Reply(200, fault="endless_body")) as server:
        found = await ask(Ask("GET", server.origin, want_body=True))

    assert found.status == 200
    assert len(found.body) <= 64 * 1024


# -- names ----------------------------------------------------------------------------------------


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Let the name service answer so; an exception is raised."""

    def look(*_: Any, **__: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(socket, "getaddrinfo", look)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (
            [(2, 1, 6, "", ("203.0.113.7", 443)), (2, 1, 6, "", ("203.0.113.7", 443))],
            Named("a.contoso.com", ("203.0.113.7",)),
        ),
        (socket.gaierror(socket.EAI_NONAME, "x"), Named("a.contoso.com", why="no such name")),
        (
            socket.gaierror(socket.EAI_AGAIN, "x"),
            Named("a.contoso.com", why="the name service failed (gaierror)"),
        ),
        (
            UnicodeError("label too long"),
            Named("a.contoso.com", why="the name service failed (UnicodeError)"),
        ),
    ],
)
async def test_a_name_resolves_or_has_a_reason(
    monkeypatch: pytest.MonkeyPatch, answer: Any, named: Named
) -> None:
    """No exception of the name service escapes."""
    answering(monkeypatch, answer)

    assert await resolve("a.contoso.com") == named
