"""No secret escapes from any channel or source, under any fault, with every logger at DEBUG.

To add a part: write a test that runs it under each of its faults through
`tests.support.canary.assert_leaks_no_secret`, with the canary pieces in its secrets.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from shared.channels._http import THREAD_NAME
from shared.channels.dead_man import DeadManPing
from shared.channels.teams import TeamsChannel
from shared.ports import Receipt
from shared.secret import Secret
from tests.support.canary import FLOW, SIGNATURE, LeakError, assert_leaks_no_secret
from tests.support.certificate import self_signed
from tests.support.channel_faults import (
    FAULTS,
    MESSAGE,
    PING_TARGET,
    SLOW,
    TARGET,
    FakeClock,
    teams,
)
from tests.support.webhook_server import Reply, WebhookServer

if TYPE_CHECKING:
    from pathlib import Path

CANARIES = [SIGNATURE, FLOW]
BAD_URLS = {
    "retired host": f"https://contoso.webhook.office.com{TARGET}",
    "foreign host": f"https://evil.example{TARGET}",
    "http": f"http://a.logic.azure.com{TARGET}",
    "fragment": f"https://a.logic.azure.com{TARGET}#x",
    "user name": f"https://{SIGNATURE}@a.logic.azure.com{TARGET}",
    "port": f"https://a.logic.azure.com:99{TARGET}",
    "control character": f"https://a.logic.azure.com{TARGET}\n",
    "no scheme": f"a.logic.azure.com{TARGET}",
    "broken escape": f"https://a.logic.azure.com{TARGET}%",
}


def budget(fault: str) -> float:
    """Real seconds: short where the fault lasts until the budget ends."""
    return 1.0 if fault in SLOW or "body of 4" in fault else 20.0


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_webhook_stays_inside_whatever_the_workflow_answers(fault: str) -> None:
    """Each fault of the Teams channel; most answers try to echo the secret."""
    with WebhookServer(FAULTS[fault]) as server:
        channel = teams(server.origin, FakeClock(), budget=budget(fault))
        receipt = await assert_leaks_no_secret(
            lambda: channel.post(MESSAGE), CANARIES, also=lambda: repr(channel), threads=THREAD_NAME
        )

    assert isinstance(receipt, Receipt), receipt
    assert server.received[0].target == TARGET  # the canary did leave by the one right door


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_ping_key_stays_inside_whatever_the_monitor_answers(fault: str) -> None:
    """Each fault of the ping to the outside monitor."""
    with WebhookServer(FAULTS[fault]) as server:
        ping = DeadManPing(
            Secret(server.origin + PING_TARGET),
            loopback=True,
            budget=timedelta(seconds=budget(fault)),
        )
        result = await assert_leaks_no_secret(
            ping.ping, CANARIES, also=lambda: repr(ping), threads=THREAD_NAME
        )

    assert isinstance(result, bool), result
    assert server.received[0].target == PING_TARGET


async def test_the_secrets_stay_inside_when_nothing_listens() -> None:
    """A refused connection is where requests quotes the whole URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    channel = teams(origin, FakeClock())
    ping = DeadManPing(Secret(origin + PING_TARGET), loopback=True)

    receipt = await assert_leaks_no_secret(lambda: channel.post(MESSAGE), CANARIES)
    accepted = await assert_leaks_no_secret(ping.ping, CANARIES)

    assert isinstance(receipt, Receipt), receipt
    assert accepted is False


async def test_the_secrets_stay_inside_when_tls_fails(tmp_path: Path) -> None:
    """A certificate that nobody signed."""
    with WebhookServer(Reply(), tls=self_signed(tmp_path)) as server:
        channel = teams(server.origin, FakeClock())
        ping = DeadManPing(Secret(server.origin + PING_TARGET), loopback=True)

        receipt = await assert_leaks_no_secret(lambda: channel.post(MESSAGE), CANARIES)
        accepted = await assert_leaks_no_secret(ping.ping, CANARIES)

    assert isinstance(receipt, Receipt), receipt
    assert accepted is False


@pytest.mark.parametrize("fault", BAD_URLS)
@pytest.mark.parametrize("kind", [TeamsChannel, DeadManPing])
async def test_a_wrong_url_is_reported_without_its_secret(
    kind: type[TeamsChannel | DeadManPing], fault: str
) -> None:
    """The ValueError of the constructor, with its whole chain."""

    async def build() -> object:
        return kind(Secret(BAD_URLS[fault]))

    await assert_leaks_no_secret(build, CANARIES)


@pytest.mark.parametrize("raised", ["level", "handler"])
async def test_urllib3_cannot_be_made_to_log_a_target(
    raised: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator who turns urllib3 up to DEBUG, or hangs a handler on it, sees no target."""
    logger = logging.getLogger("urllib3.connectionpool")
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]  # a test double
    if raised == "handler":
        logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger.name):
            with WebhookServer() as server:
                await teams(server.origin, FakeClock()).post(MESSAGE)
            logger.warning("Retrying after %r: %s", TimeoutError(), f"url: {TARGET}")
    finally:
        logger.removeHandler(handler)

    text = caplog.text + "".join(seen)
    assert "Retrying" in text  # warnings are kept, masked
    assert SIGNATURE not in text
    assert FLOW not in text


async def test_a_plain_use_of_requests_would_be_caught() -> None:
    """The control: the same call without our plumbing leaks, so the check can fail."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}{TARGET}"

    async def plain() -> object:
        return await asyncio.to_thread(requests.post, url, json={}, timeout=5)

    with pytest.raises(LeakError):
        await assert_leaks_no_secret(plain, CANARIES)
