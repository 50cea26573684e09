"""The ping to the outside monitor, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import timedelta

import pytest

from shared.channels.dead_man import DeadManPing, check_ping_url
from shared.secret import Secret
from tests.support.channel_faults import PING_TARGET
from tests.support.webhook_server import Reply, WebhookServer

PATIENCE = 10.0


def pinger(origin: str, seconds: float = 5.0) -> DeadManPing:
    """A ping to this loopback origin."""
    return DeadManPing(
        Secret(origin + PING_TARGET), loopback=True, budget=timedelta(seconds=seconds)
    )


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_a_ping_is_one_get_without_a_body_and_true_on_success(status: int) -> None:
    """As healthchecks.io takes it."""
    with WebhookServer(Reply(status, {}, b"OK" if status == 200 else b"")) as server:
        ping = pinger(server.origin)
        accepted = await ping.ping()
        await ping.aclose()

    assert accepted is True
    (request,) = server.received
    assert (request.method, request.target, request.body) == ("GET", PING_TARGET, b"")


@pytest.mark.parametrize("status", [302, 307, 400, 401, 404, 409, 429, 500, 503])
async def test_another_status_is_false_and_logged_with_the_host_only(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning with the host, the reason and the next step; the path is the key."""
    with WebhookServer(Reply(status)) as server:
        accepted = await pinger(server.origin).ping()

    assert accepted is False
    assert len(server.received) == 1
    assert f'"status {status}"' in caplog.text
    assert '"127.0.0.1"' in caplog.text
    assert "WATCHDOG_DEAD_MAN_URL" in caplog.text
    assert PING_TARGET not in caplog.text


async def test_a_redirect_is_not_followed_to_another_host() -> None:
    """The key stays with the monitor that it belongs to."""
    with WebhookServer(Reply(200)) as other:
        moved = Reply(302, {"Location": f"{other.origin}{PING_TARGET}"})
        with WebhookServer(moved) as server:
            accepted = await pinger(server.origin).ping()

    assert accepted is False
    assert other.received == []


@pytest.mark.parametrize("fault", ["silence", "drip_head"])
async def test_a_monitor_that_does_not_answer_costs_the_budget_and_no_more(fault: str) -> None:
    """False after the budget, whether nothing comes or a drip."""
    with WebhookServer(Reply(200, fault=fault)) as server:
        accepted = await asyncio.wait_for(pinger(server.origin, 0.3).ping(), PATIENCE)

    assert accepted is False


async def test_a_slow_body_does_not_spoil_a_success() -> None:
    """The status is the answer."""
    with WebhookServer(Reply(200, fault="drip_body")) as server:
        accepted = await asyncio.wait_for(pinger(server.origin, 600).ping(), PATIENCE)

    assert accepted is True


@pytest.mark.parametrize("listening", [True, False])
async def test_a_broken_or_refused_connection_is_false(
    caplog: pytest.LogCaptureFixture, *, listening: bool
) -> None:
    """Total: no exception, one warning."""
    caplog.set_level(logging.WARNING)
    if listening:
        with WebhookServer(Reply(fault="close")) as server:
            accepted = await pinger(server.origin).ping()
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        accepted = await pinger(f"http://127.0.0.1:{port}").ping()

    assert accepted is False
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hc-ping.com/5bf66975", "https"),
        ("https://10.0.0.1/5bf66975", "address"),
        ("https://hc-ping.com:8443/5bf66975", "port"),
        ("https://me@hc-ping.com/5bf66975", "user name"),
        ("https://hc-ping.com/5bf66975#x", "fragment"),
        ("", "empty"),
    ],
)
def test_a_wrong_url_is_refused_without_its_path(url: str, says: str) -> None:
    """By the check for settings, and again when the ping is built."""
    fault = check_ping_url(url, loopback=False)

    assert fault is not None
    assert says in fault
    assert "5bf66975" not in fault
    with pytest.raises(ValueError, match=says):
        DeadManPing(Secret(url))


def test_the_usual_monitors_are_accepted() -> None:
    """A public https URL needs no allow-list: the operator chooses the monitor."""
    assert check_ping_url("https://hc-ping.com/5bf66975", loopback=False) is None
    assert check_ping_url("http://127.0.0.1:8000/5bf66975", loopback=True) is None
