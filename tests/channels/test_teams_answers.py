"""The answer table of the Teams channel, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING

import pytest

from shared.channels._http import Route
from shared.channels.teams import MAX_MESSAGE, TRIES, TeamsChannel
from shared.ports import Delivery
from shared.secret import Secret
from tests.support.certificate import self_signed
from tests.support.channel_faults import MESSAGE, TARGET, FakeClock, teams
from tests.support.webhook_server import Reply, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OK = Reply(202)


async def test_the_message_arrives_unchanged_at_the_unchanged_target() -> None:
    """One POST of the message as JSON in UTF-8; the signed query is not put together again."""
    with WebhookServer(OK) as server:
        await teams(server.origin, FakeClock()).post(MESSAGE)

    (request,) = server.received
    assert request.method == "POST"
    assert request.target == TARGET
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == MESSAGE
    assert "🔴".encode() in request.body


async def test_an_escaped_signature_is_sent_as_it_was_pasted() -> None:
    """Requests would turn %7E into ~; a signature is compared as text by whoever wants to."""
    target = TARGET.replace("~", "%7E") + "%2Bx"
    with WebhookServer(OK) as server:
        await TeamsChannel(Secret(server.origin + target), loopback=True).post(MESSAGE)

    assert server.received[0].target == target


async def test_202_is_accepted_and_the_receipt_does_not_claim_that_a_card_appeared() -> None:
    """A workflow that accepts and never delivers is ACCEPTED: nobody can see more from here."""
    with WebhookServer(OK) as server:
        channel = teams(server.origin, FakeClock())
        receipt = await channel.post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert "accepted" in receipt.detail
    assert "does not prove" in receipt.detail
    assert "posted" not in receipt.detail
    assert channel.requests == 1


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_another_success_is_accepted_too(status: int) -> None:
    """Somebody added a Response action to the flow."""
    with WebhookServer(Reply(status)) as server:
        receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED


@pytest.mark.parametrize(
    ("status", "next_step"),
    [
        (400, "make it anew from the template"),
        (401, "must allow 'Anyone'"),
        (403, "data policy"),
        (404, "turn the flow on again"),
        (410, "create a Workflows webhook"),
        (413, "report this as a defect"),
        (405, "copy its webhook URL whole"),
        (422, "copy its webhook URL whole"),
    ],
)
async def test_a_refusal_is_not_tried_again_and_names_its_own_next_step(
    status: int, next_step: str
) -> None:
    """One request, REFUSED, the status and what a person must do."""
    clock = FakeClock()
    with WebhookServer(Reply(status)) as server:
        receipt = await teams(server.origin, clock).post(MESSAGE)

    assert receipt.delivery is Delivery.REFUSED
    assert f"({status})" in receipt.detail
    assert next_step in receipt.detail
    assert (len(server.received), clock.naps) == (1, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_refused_and_not_followed(status: int) -> None:
    """The other host never sees the card."""
    with WebhookServer(OK) as other:
        moved = Reply(status, {"Location": f"{other.origin}/elsewhere"})
        with WebhookServer(moved) as server:
            receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.REFUSED
    assert f"redirect ({status})" in receipt.detail
    assert other.received == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_fault_is_tried_again_and_then_accepted(status: int) -> None:
    """The second try succeeds after a back-off of one to two seconds."""
    clock = FakeClock()
    with WebhookServer(Reply(status), OK) as server:
        channel = teams(server.origin, clock)
        receipt = await channel.post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert channel.requests == 2
    assert len(clock.naps) == 1
    assert 1 <= clock.naps[0] <= 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_lasting_fault_ends_as_retry_within_the_budget(status: int) -> None:
    """Four tries with growing pauses, then RETRY with the status; a later tick goes on."""
    clock = FakeClock()
    with WebhookServer(Reply(status)) as server:
        receipt = await teams(server.origin, clock).post(MESSAGE)

    assert receipt.delivery is Delivery.RETRY
    assert f"({status})" in receipt.detail
    assert "later tick" in receipt.detail
    assert len(server.received) == TRIES
    assert clock.naps[0] < clock.naps[2]
    assert clock.seconds < 20


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        (
            {
                "Date": "Sat, 21 Nov 2026 03:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 03:00:09 GMT",
            },
            9.0,
        ),
        (
            {
                "Date": "Sat, 21 Nov 2026 03:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 02:00:00 GMT",
            },
            0.0,
        ),
    ],
)
async def test_a_wait_that_fits_the_budget_is_honoured(
    headers: Mapping[str, str], pause: float
) -> None:
    """Seconds, and a date that counts from the answer's own Date: our clock may be wrong."""
    clock = FakeClock()
    with WebhookServer(Reply(429, headers), OK) as server:
        receipt = await teams(server.origin, clock).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert clock.naps == [pause]


async def test_a_wait_longer_than_the_budget_ends_the_post_at_once() -> None:
    """RETRY that says how long Teams wants us to wait; a later tick posts."""
    clock = FakeClock()
    with WebhookServer(Reply(429, {"Retry-After": "179"})) as server:
        receipt = await teams(server.origin, clock).post(MESSAGE)

    assert receipt.delivery is Delivery.RETRY
    assert "179 s" in receipt.detail
    assert (len(server.received), clock.naps) == (1, [])


@pytest.mark.parametrize(
    "text",
    ["soon", "-5", "1e3", "", "٣", "Sat, 21 Nov 2026 03:00:09 GMT", "Sat, 99 Nov 2026", "9" * 40],
)
async def test_a_wait_that_cannot_be_understood_falls_back_to_the_usual_pause(text: str) -> None:
    """Garbage, and a date without the answer's Date."""
    clock = FakeClock()
    with WebhookServer(Reply(429, {"Retry-After": text.encode().decode("latin-1")}), OK) as server:
        receipt = await teams(server.origin, clock).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert 1 <= clock.naps[0] <= 2


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b'{"error":{"code":"TriggerInputSchemaMismatch","message":"private"}}', True),
        (b'{"error":{"code":"MissingApiVersionParameter"}}', True),
        (b'{"error":{"code":"a sentence, no code"}}', False),
        (b'{"error":{"code":"' + b"x" * 41 + b'"}}', False),
        (b'{"error":{"code":5}}', False),
        (b'{"error":[]}', False),
        (b'{"error":{}}', False),
        (b"{}", False),
        (b"[" * 50_000, False),
        (b"\xff\xfe<html>private", False),
        (b'{"error":{"code":"Cut', False),
    ],
)
async def test_only_a_short_error_code_is_quoted_from_an_answer(
    body: bytes, *, quoted: bool
) -> None:
    """The code says which 400 it is; everything else of an answer stays unquoted."""
    with WebhookServer(Reply(400, {}, body)) as server:
        receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.REFUSED
    assert "private" not in receipt.detail
    assert ("(400, " in receipt.detail) is quoted
    assert ("(400)" in receipt.detail) is not quoted


async def test_a_refused_connection_is_retried_and_says_that_nothing_was_sent() -> None:
    """Nobody listens at the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    channel = teams(f"http://127.0.0.1:{port}", FakeClock())
    receipt = await channel.post(MESSAGE)

    assert receipt.delivery is Delivery.RETRY
    assert "nothing was sent" in receipt.detail
    assert channel.requests == TRIES


async def test_a_connection_that_breaks_after_the_request_may_have_delivered() -> None:
    """The server read the request and closed: the receipt says that the card may be there."""
    with WebhookServer(Reply(fault="close")) as server:
        receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.RETRY
    assert "may have been delivered" in receipt.detail


async def test_doubt_about_an_earlier_try_is_kept_when_a_later_one_is_accepted() -> None:
    """The reader of two equal cards finds the reason in the receipt."""
    with WebhookServer(Reply(fault="close"), OK) as server:
        receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert "may appear twice" in receipt.detail


async def test_a_certificate_that_is_not_trusted_sends_nothing(tmp_path: Path) -> None:
    """TLS verification is on: a self-signed server gets no byte of the card."""
    with WebhookServer(OK, tls=self_signed(tmp_path)) as server:
        receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.RETRY
    assert "TLS" in receipt.detail
    assert server.received == []


async def test_a_ca_bundle_of_our_own_is_trusted(tmp_path: Path) -> None:
    """The control of the test above: the same server is fine once its certificate is trusted."""
    with WebhookServer(OK, tls=self_signed(tmp_path)) as server:
        route = Route(ca_bundle=str(tmp_path / "certificate.pem"))
        receipt = await teams(server.origin, FakeClock(), route=route).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED


async def test_the_environment_does_not_choose_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No proxy, CA bundle or .netrc password from the environment: only wiring reads that."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login on-call password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with WebhookServer(OK) as server:
        receipt = await teams(server.origin, FakeClock()).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert "authorization" not in server.received[0].headers


async def test_a_chosen_proxy_is_used() -> None:
    """A laptop behind a company proxy: wiring passes it, and the request goes there."""
    with WebhookServer(OK) as proxy:
        route = Route(proxy=Secret(proxy.origin))
        receipt = await teams("http://127.0.0.1:9", FakeClock(), route=route).post(MESSAGE)

    assert receipt.delivery is Delivery.ACCEPTED
    assert proxy.received[0].target == f"http://127.0.0.1:9{TARGET}"


async def test_a_message_that_is_too_large_is_refused_before_sending() -> None:
    """28,672 bytes are the limit of Teams; at the limit it is sent, above it is not."""
    frame = len(json.dumps({"t": ""}, separators=(",", ":")))
    with WebhookServer(OK) as server:
        channel = teams(server.origin, FakeClock())
        fits = await channel.post({"t": "x" * (MAX_MESSAGE - frame)})
        over = await channel.post({"t": "x" * (MAX_MESSAGE - frame + 1)})

    assert fits.delivery is Delivery.ACCEPTED
    assert over.delivery is Delivery.REFUSED
    assert "28673 bytes" in over.detail
    assert len(server.received) == 1


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), "\ud800", Secret("x")])
async def test_a_message_that_is_no_json_is_refused_and_raises_nothing(value: object) -> None:
    """Total: a defect of ours becomes a receipt."""
    with WebhookServer(OK) as server:
        receipt = await teams(server.origin, FakeClock()).post({"t": value})

    assert receipt.delivery is Delivery.REFUSED
    assert server.received == []


def test_a_channel_to_a_foreign_host_cannot_be_built() -> None:
    """The allow-list holds at the point of use, whatever the settings let through."""
    with pytest.raises(ValueError, match="not a host of Workflows"):
        TeamsChannel(Secret("https://evil.example/workflows/1?sig=abc"))


async def test_posts_at_the_same_time_do_not_disturb_each_other() -> None:
    """Several due cards are posted concurrently; each gets its own answer."""
    with WebhookServer(OK) as server:
        channel = teams(server.origin, FakeClock())
        receipts = await asyncio.gather(*(channel.post({"n": n}) for n in range(8)))

    assert {r.delivery for r in receipts} == {Delivery.ACCEPTED}
    assert sorted(json.loads(r.body)["n"] for r in server.received) == list(range(8))
