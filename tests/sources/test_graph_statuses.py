"""The real SDK over loopback HTTP: every status and every pause has a defined outcome."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from shared.domain.readings import Reason
from tests.support.graph_reads import GOOD, GOOD_V1, STATUSES, reading
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, SHORT, refusal

if TYPE_CHECKING:
    from tests.sources.conftest import MakesSource
    from tests.support.graph_server import GraphServer


# -- each fault ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "reason", "says"), STATUSES)
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


async def test_a_403_names_the_permission_of_the_tenants_read(
    server: GraphServer, graph: MakesSource
) -> None:
    """The sentence says what to grant."""
    server.beta(Reply(403)).v1(Reply(403))

    assert "grant Organization.Read.All" in (await refusal(graph())).detail


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
    assert server.versions == ["beta"]


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
