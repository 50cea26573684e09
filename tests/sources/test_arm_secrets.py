"""No token and no text of the server's escapes from the Connect Health sources, under any fault."""

from __future__ import annotations

import logging

import pytest

from shared.domain.readings import Unavailable
from shared.sources.arm_wire import THREAD_NAME, _ours
from shared.sources.connect_health import ConnectHealthSource
from shared.sources.health_details import HealthDetailsSource
from tests.support.arm_reads import make
from tests.support.arm_server import listed, serving
from tests.support.canary import SIGNATURE, assert_leaks_no_secret
from tests.support.credential import FakeCredential, jwt
from tests.support.graph_server import TENANT
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, SHORT

TOKEN = jwt(tid=TENANT) + SIGNATURE
ECHO = f'{{"error": {{"code": "{SIGNATURE}", "message": "Bearer {TOKEN}"}}}}'.encode()

FAULTS = {
    **{
        f"status {status}": Reply(status, ECHO, {"Location": f"http://[::1]:9/{SIGNATURE}"})
        for status in (200, 204, 301, 307, 400, 401, 403, 404, 409, 429, 500, 503)
    },
    "retry-after echoes": Reply(429, ECHO, {"Retry-After": SIGNATURE}),
    "encoding echoes": Reply(200, ECHO, {"Content-Encoding": SIGNATURE}),
    "header echoes": Reply(200, ECHO, {"Connection": "close", f"{SIGNATURE} x": SIGNATURE}),
    "next page echoes": listed({"serviceName": "AadSyncService-x"}, next_link=f"//{SIGNATURE}/x"),
    "next page on this host": listed(next_link=f"/{SIGNATURE}?x={SIGNATURE}"),
    "cut": Reply(200, ECHO, fault="cut"),
    "silent": Reply(fault="silent"),
    "drip": Reply(200, ECHO * 100, fault="drip"),
}


@pytest.mark.parametrize("kind", [ConnectHealthSource, HealthDetailsSource])
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_token_stays_inside_whatever_resource_manager_answers(
    fault: str, kind: type[ConnectHealthSource | HealthDetailsSource]
) -> None:
    """Each answer tries to get the secret written; every logger is wide open."""
    with serving() as arm:
        arm.on("services", FAULTS[fault])
        slow = fault in {"silent", "drip"}
        deadline = SHORT if slow else SHORT * 30
        credential = FakeCredential(TOKEN)
        source = make(kind, arm.url, credential, deadline=deadline)  # type: ignore[type-var]  # either kind

        outcome = await assert_leaks_no_secret(
            lambda: source.read(NOW), [SIGNATURE], also=lambda: repr(source), threads=THREAD_NAME
        )

    assert isinstance(outcome, Unavailable), outcome
    assert arm.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"  # it did leave by its one door


def test_urllib3_says_nothing_about_these_requests() -> None:
    """Its own lines quote addresses and broken headers, in whatever process this runs."""
    record = logging.LogRecord(
        "urllib3.connectionpool", logging.ERROR, "", 0, SIGNATURE, None, None
    )

    assert _ours(record)
    record.threadName = THREAD_NAME
    assert not _ours(record)
    assert _ours in logging.getLogger("urllib3.connectionpool").filters
