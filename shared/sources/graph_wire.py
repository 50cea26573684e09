"""One read's HTTP: the transport below the SDK's middleware, and what it saw.

The SDK retries, follows redirects and waits as long as it is told; this transport makes sure that
none of it can leak a token, outlive the deadline or fill the memory.

Importing this module loads httpx, so `graph_reader` does it on the first read.
"""

from __future__ import annotations

import asyncio
import math
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import httpx

from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import (
    GRAPH,
    LATER,
    Ended,
    failing,
    redirected,
    throttled,
    unusable,
)
from shared.sources.http_answer import TOO_LONG, asked_wait, http_date, unpack
from shared.sources.tokens import token_late

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of one answer, before and after decompression, unless a source needs more."""
_OK: Final = 200
_RETRIED: Final = frozenset({429, 503, 504})  # kiota_http RetryHandler.DEFAULT_RETRY_STATUS_CODES
_NOISE: Final = timedelta(seconds=2)
"""The Date header has whole seconds and the way takes time: less than this is no difference."""


class Phase(Enum):
    """What the read is waiting for."""

    TOKEN = auto()
    ANSWER = auto()
    BODY = auto()
    PAUSE = auto()


class Exchange:
    """What happened on the wire during one read.

    Attributes:
        now: Our clock when the read began, aware.
        requests: HTTP requests sent.
        phase: What the read is waiting for.
        clock_ahead: See `TenantReading.clock_ahead`; less than two seconds is zero.
        body_limit: Bytes of one answer, before and after decompression.
    """

    def __init__(self, now: datetime, deadline: timedelta, *, body_limit: int = BODY_LIMIT) -> None:
        self.now = now
        self.body_limit = body_limit
        self.requests = 0
        self.phase = Phase.TOKEN
        self.clock_ahead: timedelta | None = None
        self._deadline = deadline
        self._paused_by = Unavailable(Reason.TIMEOUT, "")
        self._began = asyncio.get_running_loop().time()

    @property
    def present(self) -> datetime:
        """Our clock, carried forward by the time the read has taken so far."""
        return self.now + self._elapsed

    @property
    def remaining(self) -> timedelta:
        """What is left of the deadline."""
        return self._deadline - self._elapsed

    @property
    def _elapsed(self) -> timedelta:
        return timedelta(seconds=asyncio.get_running_loop().time() - self._began)

    def pause(self, why: Unavailable) -> None:
        """The SDK may now wait and try again; if that takes too long, this is why."""
        self.phase = Phase.PAUSE
        self._paused_by = why

    def late(self) -> Unavailable:
        """Why the deadline passed."""
        seconds = f"{self._deadline.total_seconds():g} s"
        if self.phase is Phase.PAUSE:
            return self._paused_by
        if self.phase is Phase.TOKEN:
            return token_late()
        what = "did not finish its answer" if self.phase is Phase.BODY else "did not answer"
        return Unavailable(
            Reason.TIMEOUT,
            f"Graph {what} within {seconds}; {LATER}. "
            "If this lasts, check the network between the app and Graph.",
        )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests to one origin and hands up nothing but what the SDK needs.

    Answers other than 200 lose their body and all headers but `Retry-After`, which is rewritten
    to whole seconds: the SDK understands no fractions (Graph's documentation has `2.128`) and
    compares dates with our clock instead of Graph's.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, origin: httpx.URL, exchange: Exchange
    ) -> None:
        self._inner = inner
        self._origin = origin
        self._exchange = exchange

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            Ended: The read is over, for a reason of its own.
            httpx.TransportError: The connection failed.
        """
        if _origin(request.url) != _origin(self._origin):
            raise Ended(
                Unavailable(
                    Reason.UNREACHABLE,
                    "A request to another host than Graph's was refused, so that no token leaks. "
                    "Look for a proxy in between.",
                )
            )
        self._exchange.requests += 1
        self._exchange.phase = Phase.ANSWER
        response = await self._inner.handle_async_request(request)
        try:
            self._exchange.phase = Phase.BODY
            return await self._admit(request, response)
        finally:
            await response.aclose()

    async def _admit(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        status, headers = response.status_code, {}
        date = http_date(response.headers.get("Date"))
        content = b""
        if status == _OK:
            if date is not None:
                self._exchange.clock_ahead = _difference(date, self._exchange.present)
            content = await _body(response, self._exchange.body_limit)
        elif status < 400:  # noqa: PLR2004  HTTP's own number
            raise _not_an_answer(status)
        elif status in _RETRIED:
            headers = self._pause(status, response.headers.get("Retry-After"), date)
        return httpx.Response(status, headers=headers, content=content, request=request)

    def _pause(self, status: int, asked: str | None, date: datetime | None) -> dict[str, str]:
        """Let the SDK wait as long as Graph asked, if the deadline allows it.

        Raises:
            Ended: It does not.
        """
        # whole seconds; without a header, or with garbage or zero, the SDK's own backoff applies
        seconds = math.ceil(asked_wait(asked, date or self._exchange.present) or 0)
        if not seconds:
            busy = status == 429  # noqa: PLR2004  HTTP's own number
            self._exchange.pause(
                throttled("Graph", status) if busy else failing(f"Graph answered {status}")
            )
            return {}
        why = throttled("Graph", status, seconds, self._exchange.present)
        if seconds >= self._exchange.remaining.total_seconds():
            raise Ended(why, status=status)
        self._exchange.pause(why)
        return {"Retry-After": str(seconds)}


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _not_an_answer(status: int) -> Ended:
    if status < 300:  # noqa: PLR2004  HTTP's own number
        return _malformed(f"it is a {status} without the data that was asked for")
    return Ended(redirected(status))


def _malformed(problem: str) -> Ended:
    return Ended(unusable(GRAPH, problem), other_version_may_work=True)


async def _body(response: httpx.Response, limit: int) -> bytes:
    """The whole body, decompressed if something compressed it although we asked not to.

    Raises:
        Ended: It is too long, or compressed in a way that we do not read.
    """
    if not hasattr(response.stream, "__aiter__"):
        return b""
    stream: AsyncIterable[bytes] = response.stream
    raw = bytearray()
    async for chunk in stream:
        raw += chunk
        if len(raw) > limit:
            raise _too_long(limit)
    body = unpack(bytes(raw), response.headers.get("Content-Encoding", ""), limit)
    if isinstance(body, str):
        raise _too_long(limit) if body == TOO_LONG else _malformed(body)
    return body


def _too_long(limit: int) -> Ended:
    return _malformed(f"it is longer than {limit // 1024**2} MiB")


def _difference(theirs: datetime, ours: datetime) -> timedelta:
    ahead = theirs - ours
    return ahead if abs(ahead) >= _NOISE else timedelta()
