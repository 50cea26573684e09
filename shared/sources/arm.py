"""Azure Resource Manager over HTTP: GET with a token, paged lists, one deadline for a whole read.

What it promises to the sources on top: one origin only, no redirects, bounded answers and pages,
`Retry-After` heeded, and an `Unavailable` with a sentence instead of every failure. Throttling:
https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic

from shared.domain.readings import Unavailable
from shared.sources.arm_failures import SERVICE, late, too_long, unanswered
from shared.sources.arm_pages import Listing, next_address, parse_json, parse_page
from shared.sources.arm_wire import MAX_CONNECTIONS, Answer, NoAnswer, Wire
from shared.sources.failures import (
    Asked,
    Ended,
    of_connect_health,
    refused,
    throttled,
    unusable,
)
from shared.sources.http_answer import asked_wait, http_date, unpack
from shared.sources.reader import R, Reader
from shared.sources.tokens import token_late

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.sources.tokens import TokenSource

MAX_PAGES: Final = 20
"""Pages of one list that are read."""
MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one list, all pages together, and of one answer, before and after decompression."""
_OK: Final = 200


class ArmSource(Reader[R], Generic[R]):
    """A source that reads Azure Resource Manager; a subclass says what (`_collect`)."""

    service = SERVICE
    usual_deadline = timedelta(seconds=20)

    async def _read(self, now: datetime) -> R | Unavailable:
        wire = Wire()
        arm = ArmRead(
            wire, self._base_url, self._tokens, now, self._deadline, failed=self._unexpected
        )
        try:
            return await self._collect(arm)
        finally:
            self.requests += arm.requests
            wire.close()

    @abstractmethod
    async def _collect(self, arm: ArmRead) -> R | Unavailable:
        """Ask for what the reading needs."""


class ArmRead:
    """One read: its deadline, its token and its requests. Each method gives an outcome.

    Attributes:
        requests: HTTP requests sent, retries included.
    """

    def __init__(  # noqa: PLR0913  what one read is made of
        self,
        wire: Wire,
        base_url: str,
        tokens: TokenSource,
        now: datetime,
        deadline: timedelta,
        *,
        failed: Callable[[Exception], Unavailable],
    ) -> None:
        self.requests = 0
        self._wire = wire
        self._base_url = base_url
        self._tokens = tokens
        self._now = now
        self._failed = failed
        self._began = _monotonic()
        self._seconds = deadline.total_seconds()
        self._turns = asyncio.Semaphore(MAX_CONNECTIONS)
        self._throttled: Unavailable | None = None

    async def document(self, path: str, what: str) -> object:
        """One JSON document.

        Args:
            path: Path and query below the base URL.
            what: What is asked for, such as `the alerts`.

        Returns:
            Any JSON value, or `Unavailable`.
        """
        asked = of_connect_health(what)
        body = await self._body(self._base_url + path, asked)
        return body if isinstance(body, Unavailable) else parse_json(body, asked)

    async def listing(
        self, path: str, what: str, *, absent: Unavailable | None = None
    ) -> Listing | Unavailable:
        """A list with all its pages.

        A page that was seen before ends the list: everything that it leads to has been read.
        What was read of a list that is too long counts, and the listing says that it is part.

        Args:
            path: Path and query below the base URL.
            what: What is asked for, such as `the alerts`.
            absent: What a 404 means; a malformed answer when None.
        """
        asked, items = of_connect_health(what), list[object]()
        url, seen, left = self._base_url + path, set[str](), MAX_BYTES
        for _ in range(MAX_PAGES):
            seen.add(url)
            body = await self._body(url, asked, left, absent)
            if items and body == too_long(asked):
                break
            if isinstance(body, Unavailable):
                return body
            left -= len(body)
            page = parse_page(parse_json(body, asked), asked)
            if isinstance(page, Unavailable):
                return page
            items += page.items
            if not page.link:
                return Listing(tuple(items))
            following = next_address(url, page.link)
            if following is None:
                return unusable(asked, "it goes on at another host, which gets no token of ours")
            if following in seen:
                return Listing(tuple(items))
            url = following
        return Listing(tuple(items), complete=False)

    @property
    def _left(self) -> float:
        """Seconds until the deadline."""
        return self._seconds - (_monotonic() - self._began)

    @property
    def _present(self) -> datetime:
        """Our clock, carried forward by the time the read has taken so far."""
        return self._now + timedelta(seconds=_monotonic() - self._began)

    async def _body(
        self, url: str, asked: Asked, limit: int = MAX_BYTES, absent: Unavailable | None = None
    ) -> bytes | Unavailable:
        """A 200's body. A request that was throttled for a short while is sent once more."""
        try:
            async with asyncio.timeout(self._left), self._turns:
                answer = await self._send(url, limit)
                pause = self._pause(answer)
                if pause is not None:
                    await _sleep(pause)
                    answer = await self._send(url, limit)
        except Ended as ended:
            return ended.outcome
        except TimeoutError:
            return late(asked) if self.requests else token_late()
        except Exception as error:  # noqa: BLE001  so that no request outlives the read
            return self._failed(error)
        if isinstance(answer, NoAnswer):
            return unanswered(answer, asked)
        if answer.status == 404 and absent is not None:  # noqa: PLR2004  HTTP's own number
            return absent
        return self._judge(answer, asked, limit)

    async def _send(self, url: str, limit: int) -> Answer | NoAnswer:
        """One request.

        Raises:
            Ended: There is no token, or the read was throttled meanwhile.
            Exception: The credential failed in an unknown way.
        """
        token = await self._tokens.get(self._present)
        if self._throttled is not None:
            raise Ended(self._throttled)
        self.requests += 1
        headers = {
            "Authorization": f"Bearer {token.token}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a compressed answer could grow without bound
            "User-Agent": "entra-connect-watchdog",
        }
        return await self._wire.get(url, headers, self._left, limit)

    def _pause(self, answer: Answer | NoAnswer) -> float | None:
        """Seconds to wait before asking once more; None if not at all.

        More than half of the time left would leave no time for the rest of the read.
        """
        if isinstance(answer, NoAnswer) or answer.status not in {429, 503}:
            return None
        seconds = self._asked(answer)
        return seconds if seconds is not None and seconds <= self._left / 2 else None

    def _asked(self, answer: Answer) -> float | None:
        date = http_date(answer.headers.get("date")) or self._present
        return asked_wait(answer.headers.get("retry-after"), date)

    def _judge(self, answer: Answer, asked: Asked, limit: int) -> bytes | Unavailable:
        seconds = self._asked(answer)
        if answer.status == 429 or (answer.status == 503 and seconds is not None):  # noqa: PLR2004  HTTP's own numbers
            # The rest of the read would only be refused as well, and prolong it.
            self._throttled = throttled(SERVICE, answer.status, seconds, self._present)
            return self._throttled
        if answer.status != _OK:
            if answer.status in {401, 403}:
                self._tokens.forget()  # a later token may carry the role that was missing
            return refused(answer.status, asked)
        body = unpack(answer.body, answer.headers.get("content-encoding", ""), limit)
        return unusable(asked, body) if isinstance(body, str) else body


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)
