"""The way to Azure Resource Manager: what leaves the app, and what may come back, and when."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.pair.readings import HealthReading
from shared.domain.readings import Reason, Unavailable
from shared.sources import arm as arm_module
from shared.sources.arm_wire import MAX_CONNECTIONS, THREAD_NAME
from shared.sources.connect_health import ConnectHealthSource
from tests.support.arm_reads import health, make
from tests.support.arm_server import ArmServer, listed, member, serving
from tests.support.certificate import self_signed
from tests.support.credential import CANARY, FakeCredential
from tests.support.loopback_server import Reply, closed_port
from tests.support.source_reads import NOW, SHORT, refusal

if TYPE_CHECKING:
    from pathlib import Path


# -- what is sent ---------------------------------------------------------------------------------


async def test_a_pair_takes_six_requests(arm: ArmServer) -> None:
    """Services, members, two uploads, exports, alerts; all with the API version and the token."""
    source = make(ConnectHealthSource, arm.url)

    await health(source)

    assert sorted(arm.routes) == [
        "alerts?Active",
        "datafreshness",
        "datafreshness",
        "exportstatus",
        "servicemembers",
        "services",
    ]
    assert source.requests == 6
    assert {each.query["api-version"] for each in arm.seen} == {"2014-01-01"}
    assert {each.headers["Authorization"] for each in arm.seen} == {f"Bearer {CANARY}"}
    assert arm.seen[0].query["serviceType"] == "AadSyncService"


async def test_one_token_serves_many_reads(arm: ArmServer) -> None:
    """It is asked for with Resource Manager's own scope, and only once."""
    credential = FakeCredential()
    source = make(ConnectHealthSource, arm.url, credential)

    await health(source)
    await health(source)

    assert credential.scopes == [("https://management.contoso.test/.default",)]


async def test_the_requests_of_a_read_share_connections_and_no_more_than_four(
    arm: ArmServer,
) -> None:
    """Twenty servers must not open twenty connections."""
    many = [member(f"id-{number}", f"SYNC-{number}") for number in range(20)]
    arm.on("servicemembers", listed(*many))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert len(reading.members) == 20
    assert len({each.connection for each in arm.seen}) <= MAX_CONNECTIONS


async def test_the_environment_is_not_read(
    arm: ArmServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy nor a password of `.netrc` that nobody chose for the watchdog."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")

    await health(make(ConnectHealthSource, arm.url))

    assert {each.headers["Authorization"] for each in arm.seen} == {f"Bearer {CANARY}"}


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com",
        "https://",
        "https://user@management.azure.com",
        "https://management.azure.com/subscriptions",
        "https://management.azure.com?x=1",
        "ftp://127.0.0.1",
    ],
)
def test_a_url_that_no_token_may_be_sent_to_is_refused(url: str) -> None:
    """When the source is built, not when it is read."""
    with pytest.raises(ValueError, match="Resource Manager"):
        make(ConnectHealthSource, url)


def test_plain_http_needs_the_simulators_permission() -> None:
    """Loopback alone is no reason to drop TLS."""
    with pytest.raises(ValueError, match="https"):
        make(ConnectHealthSource, "http://127.0.0.1:1", allow_http_loopback=False)


def test_a_read_has_a_deadline() -> None:
    """None at all would be a tick that never ends."""
    with pytest.raises(ValueError, match="deadline"):
        make(ConnectHealthSource, "https://management.azure.com", deadline=timedelta())


# -- what comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(arm: ArmServer, status: int) -> None:
    """The token would go with it."""
    with serving() as other:
        arm.on("services", Reply(status, headers={"Location": f"{other.url}/providers/x"}))

        answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.reason is Reason.UNREACHABLE
    assert other.seen == []


async def test_no_cookie_is_kept(arm: ArmServer) -> None:
    """A read has no memory beside the token."""
    first = listed({"serviceName": "AadSyncService-x"})
    arm.on("services", Reply(200, first.content, {"Set-Cookie": "a=b"}))

    await health(make(ConnectHealthSource, arm.url))

    assert all("Cookie" not in each.headers for each in arm.seen)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>sign in</html>",
        b"{",
        b'{"value":',
        b"\xff\xfe",
        b"7",
        b'"x"',
        b"{}",
        b'{"value":{}}',
        b'{"error":{"code":"x"}}',
        b"[" * 100_000,
        b"[7, null]",
        b'[{"type": "AadSyncService"}]',
        b'[{"type": "AadSyncService", "serviceName": "../.."}]',
    ],
    ids=lambda content: content[-50:].decode("latin-1"),
)
async def test_an_answer_that_is_no_list_of_services_is_malformed(
    arm: ArmServer, content: bytes
) -> None:
    """R8: whatever it is, it is said and not believed."""
    arm.on("services", Reply(content=content))

    assert (await refusal(make(ConnectHealthSource, arm.url))).reason is Reason.MALFORMED


async def test_a_compressed_answer_is_read_and_a_bomb_is_not(arm: ArmServer) -> None:
    """Nobody asked for compression; somebody in between may do it all the same."""
    good = listed({"serviceName": "AadSyncService-x"}).content
    packed = {"Content-Encoding": "gzip"}
    arm.on("services", Reply(200, gzip.compress(good), packed))
    assert len((await health(make(ConnectHealthSource, arm.url))).members) == 2

    for content, coding in [
        (gzip.compress(b" " * (arm_module.MAX_BYTES + 1)), "gzip"),
        (zlib.compress(good)[:-5], "deflate"),
        (good, "gzip"),
        (good, "br"),
    ]:
        arm.on("services", Reply(200, content, {"Content-Encoding": coding}))
        assert (await refusal(make(ConnectHealthSource, arm.url))).reason is Reason.MALFORMED


async def test_a_huge_body_is_cut_off(arm: ArmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, whatever a server sends."""
    monkeypatch.setattr(arm_module, "MAX_BYTES", 100_000)
    arm.on("alerts?Active", Reply(content=b" " * 100_001 + b"[]"))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert isinstance(reading.alerts, Unavailable)
    assert "too long" in reading.alerts.detail


# -- how long it may take -------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["silent", "drip", "drip_head"])
async def test_the_deadline_holds_and_the_rest_of_the_reading_stays(
    arm: ArmServer, fault: str
) -> None:
    """A server that drips would hold requests for ever; its thread ends with the read."""
    arm.on("alerts?Active", Reply(content=b"[" + b" " * 60_000 + b"]", fault=fault))

    reading = await health(make(ConnectHealthSource, arm.url, deadline=SHORT))

    assert isinstance(reading.alerts, Unavailable)
    assert reading.alerts.reason is Reason.TIMEOUT
    assert [each.unread for each in reading.members] == [None, None]
    await _threads_end()


async def test_a_hanging_credential_is_a_timeout(arm: ArmServer) -> None:
    """The token counts against the deadline of the read, and the next read takes it."""
    credential = FakeCredential()
    credential.gate.clear()
    source = make(ConnectHealthSource, arm.url, credential, deadline=timedelta(seconds=0.2))

    answer = await refusal(source)

    assert answer.reason is Reason.TIMEOUT
    assert "token" in answer.detail
    credential.gate.set()
    source._deadline = timedelta(seconds=60)
    assert len((await health(source)).members) == 2
    assert len(credential.scopes) == 1


async def test_a_cancelled_read_leaves_nothing_behind(arm: ArmServer) -> None:
    """The tick that gave up must not hold threads and sockets."""
    arm.on("services", Reply(fault="silent"))
    reading = asyncio.create_task(make(ConnectHealthSource, arm.url).read(NOW))
    assert await asyncio.to_thread(arm.arrived.wait, 10)

    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    await _threads_end()


async def _threads_end() -> None:
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


async def test_a_broken_answer_is_no_answer(arm: ArmServer) -> None:
    """Half a list is not a shorter list."""
    good = arm._replies["services"][0]
    arm.on("services", Reply(content=good.content, fault="cut"))

    answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.reason is Reason.UNREACHABLE
    assert "broke off" in answer.detail


async def test_nobody_listening_is_unreachable() -> None:
    """With the network as the next step."""
    answer = await refusal(make(ConnectHealthSource, f"http://127.0.0.1:{closed_port()}"))

    assert answer.reason is Reason.UNREACHABLE
    assert "network" in answer.detail


async def test_a_name_that_does_not_resolve_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the DNS as the next step."""

    def unknown(*_arguments: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr("socket.getaddrinfo", unknown)

    answer = await refusal(make(ConnectHealthSource, "https://management.contoso.test"))

    assert answer.reason is Reason.UNREACHABLE
    assert "DNS" in answer.detail


async def test_a_certificate_that_is_not_trusted_gets_no_token(
    arm: ArmServer, tmp_path: Path
) -> None:
    """The handshake fails before anything is sent."""
    arm.use_tls(self_signed(tmp_path))

    answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.reason is Reason.UNREACHABLE
    assert "TLS" in answer.detail
    assert arm.seen == []


async def test_an_unknown_failure_is_an_outcome_and_is_logged_without_its_secrets(
    arm: ArmServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The port promises that nothing escapes."""
    credential = FakeCredential(ZeroDivisionError(f"token={CANARY}"))

    answer = await refusal(make(ConnectHealthSource, arm.url, credential))

    assert "ZeroDivisionError" in answer.detail
    assert "watchdog.source_failed" in caplog.text
    assert CANARY not in caplog.text


# -- many reads -----------------------------------------------------------------------------------


async def test_two_reads_at_once_do_not_mix(arm: ArmServer) -> None:
    """Ticks overlap: one source serves both, with one token."""
    credential = FakeCredential()
    source = make(ConnectHealthSource, arm.url, credential)

    first, second = await asyncio.gather(health(source), health(source))

    assert first == second
    assert source.requests == 12
    assert len(credential.scopes) == 1


def test_reads_on_different_event_loops_work(arm: ArmServer) -> None:
    """Nothing that is kept belongs to a loop."""
    source = make(ConnectHealthSource, arm.url)

    for _ in range(2):
        assert isinstance(asyncio.run(source.read(NOW)), HealthReading)

    asyncio.run(source.aclose())
    asyncio.run(source.aclose())
