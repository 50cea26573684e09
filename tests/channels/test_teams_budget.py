"""What a slow or stuck server costs: never more than the budget, and never the answer it gave."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from shared.channels import _http
from shared.channels._http import THREAD_NAME, Exchange, NoAnswer, Request
from shared.channels.teams import TeamsChannel
from shared.ports import Delivery
from shared.secret import Secret
from tests.support.channel_faults import MESSAGE, TARGET, FakeClock, teams
from tests.support.webhook_server import Reply, WebhookServer

BUDGET = 0.3  # real seconds: a drip cannot be faked
PATIENCE = 10.0  # a stuck test fails after this; far above any budget, so nothing is timed


def end_of_threads() -> None:
    """Wait until no request thread is left; fail if one is stuck."""
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a request outlived its budget"


@pytest.mark.parametrize("fault", ["silence", "drip_head"])
async def test_an_answer_that_does_not_come_ends_at_the_budget_as_maybe_delivered(
    fault: str,
) -> None:
    """No answer at all, or header bytes that drip for ever: RETRY with the doubt said."""
    with WebhookServer(Reply(202, fault=fault)) as server:
        channel = teams(server.origin, FakeClock(), budget=BUDGET)
        receipt = await asyncio.wait_for(channel.post(MESSAGE), PATIENCE)
        end_of_threads()

    assert receipt.delivery is Delivery.RETRY
    assert "may have been delivered" in receipt.detail
    assert channel.requests == 1


@pytest.mark.parametrize("fault", ["drip_body", "endless_body", "reset_body"])
async def test_a_202_counts_whatever_becomes_of_its_body(fault: str) -> None:
    """The status is the answer; its body is not waited for, so no time is lost either."""
    with WebhookServer(Reply(202, {}, b"accepted", fault=fault)) as server:
        channel = teams(server.origin, FakeClock(), budget=PATIENCE * 60)
        receipt = await asyncio.wait_for(channel.post(MESSAGE), PATIENCE)
        end_of_threads()

    assert receipt.delivery is Delivery.ACCEPTED


@pytest.mark.parametrize("status", [302, 404, 500])
@pytest.mark.parametrize("fault", ["drip_body", "endless_body", "reset_body"])
async def test_a_known_status_counts_however_slow_its_body_is(status: int, fault: str) -> None:
    """The body adds at most a word to the sentence: it is cut at 64 KiB and at the budget."""
    clock = FakeClock()
    with WebhookServer(Reply(status, {}, b'{"error":', fault=fault)) as server:
        channel = teams(server.origin, clock, budget=BUDGET)
        receipt = await asyncio.wait_for(channel.post(MESSAGE), PATIENCE)
        end_of_threads()

    assert receipt.delivery is (Delivery.RETRY if status == 500 else Delivery.REFUSED)
    assert f"({status})" in receipt.detail


async def test_at_most_64_kib_of_a_body_are_kept() -> None:
    """An endless body costs a bounded amount of memory."""
    with WebhookServer(Reply(400, {}, b"", fault="endless_body")) as server:
        async with Exchange(Request("POST", Secret(server.origin + TARGET), b"{}")) as exchange:
            await exchange.head(PATIENCE)
            body = await exchange.body(PATIENCE)
        end_of_threads()

    assert len(body) == _http.MAX_BODY


async def test_a_cancelled_post_ends_its_request_and_tries_no_more() -> None:
    """The host stops the function: the task ends with CancelledError, its thread ends too."""
    with WebhookServer(Reply(fault="silence")) as server:
        channel = teams(server.origin, FakeClock(), budget=PATIENCE * 60)
        post = asyncio.create_task(channel.post(MESSAGE))
        await asyncio.to_thread(server.wait_for_request)
        post.cancel()
        with pytest.raises(asyncio.CancelledError):
            await post
        end_of_threads()

    assert channel.requests == 1


async def test_the_event_loop_is_free_while_a_server_is_silent() -> None:
    """Posting happens off the event loop: other tasks of the tick go on."""
    with WebhookServer(Reply(fault="silence")) as server:
        post = asyncio.create_task(teams(server.origin, FakeClock(), budget=60).post(MESSAGE))
        await asyncio.to_thread(server.wait_for_request)

        assert not post.done()

        post.cancel()
        await asyncio.gather(post, return_exceptions=True)
        end_of_threads()


async def test_a_name_look_up_that_hangs_sends_nothing_after_we_gave_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thread that wakes late must not deliver a card that was reported as not sent."""
    resolve, go_on = socket.getaddrinfo, threading.Event()

    def hang(*args: object, **kwargs: object) -> object:
        go_on.wait(PATIENCE)
        return resolve(*args, **kwargs)  # type: ignore[arg-type]  # passed through unchanged

    with WebhookServer() as server:
        channel = teams(server.origin, FakeClock(), budget=BUDGET)
        monkeypatch.setattr(socket, "getaddrinfo", hang)
        receipt = await asyncio.wait_for(channel.post(MESSAGE), PATIENCE)
        go_on.set()
        end_of_threads()

    assert receipt.delivery is Delivery.RETRY
    assert "nothing was sent" in receipt.detail
    assert server.received == []


async def test_request_threads_do_not_keep_the_interpreter_alive() -> None:
    """They are daemons of their own, not places in the executor that others need."""
    with WebhookServer(Reply(fault="silence")) as server:
        async with Exchange(Request("POST", Secret(server.origin + TARGET), b"{}")) as exchange:
            wait = asyncio.create_task(exchange.head(PATIENCE))
            await asyncio.to_thread(server.wait_for_request)
            (thread,) = [t for t in threading.enumerate() if t.name == THREAD_NAME]

            assert thread.daemon

            wait.cancel()
        end_of_threads()


async def test_a_machine_without_threads_is_a_receipt_and_no_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`can't start new thread` means that nothing was sent."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    receipt = await teams("http://127.0.0.1:9", FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.RETRY
    assert "nothing was sent" in receipt.detail


async def test_the_default_clock_and_sleep_are_the_event_loops() -> None:
    """Without injected time a channel works as well (one real pause of no length)."""
    again = Reply(429, {"Retry-After": "0"})
    with WebhookServer(again, Reply(202)) as server:
        channel = TeamsChannel(Secret(server.origin + TARGET), loopback=True)
        receipt = await channel.post(MESSAGE)
        await channel.aclose()

    assert receipt.delivery is Delivery.ACCEPTED
    assert channel.requests == 2


async def test_no_answer_is_told_apart_by_whether_it_may_have_arrived() -> None:
    """A time-out before the connection is open is no doubt, one after it is."""
    with WebhookServer(Reply(fault="silence")) as server:
        async with Exchange(Request("GET", Secret(server.origin + "/x"))) as exchange:
            assert await exchange.head(BUDGET) is NoAnswer.TIMEOUT
        end_of_threads()
