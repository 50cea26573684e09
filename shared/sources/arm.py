"""Azure Resource Manager over HTTP: GET with a token, paged lists, one deadline for a whole read.

What it promises to the sources on top: one origin only, no redirects, bounded answers and pages,
`Retry-After` heeded, and an `Unavailable` with a sentence instead of every failure. Throttling:
https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urlsplit

from shared.domain.readings import Reason, Unavailable
from shared.secret import redact
from shared.sources.arm_failures import (
    foreign_page,
    late,
    malformed,
    refused,
    throttled,
    too_long,
    unanswered,
)
from shared.sources.arm_pages import Listing, next_address, parse_json, parse_page
from shared.sources.arm_wire import MAX_CONNECTIONS, Answer, NoAnswer, Wire
from shared.sources.failures import Ended
from shared.sources.headers import asked_wait, http_date, unpack
from shared.sources.tokens import TokenSource, token_late

if TYPE_CHECKING:
    from datetime import datetime

    from azure.core.credentials import TokenCredential

DEADLINE: Final = timedelta(seconds=20)
MAX_PAGES: Final = 20
"""Pages of one list that are read."""
MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one list, all pages together, and of one answer, before and after decompression."""
MAX_WAIT: Final = timedelta(hours=1)
"""A longer `Retry-After` is cut to this: a source must not stay unread for days."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OK: Final = 200
_LOG: Final = logging.getLogger(__name__)

R = TypeVar("R")


class ArmSource(ABC, Generic[R]):
    """A source that reads Azure Resource Manager (`ports.ReadsSource`).

    One object serves all ticks, also overlapping ones and ones on other event loops: it keeps the
    token and no connection.

    Args:
        credential: azure-identity's synchronous kind; it stays the caller's to close.
        base_url: Resource Manager's root, such as `https://management.azure.com`.
        tenant_id: The watched tenant.
        scope: What to ask the credential for, such as `https://management.azure.com/.default`.
        deadline: For one read as a whole, the token included.
        allow_http_loopback: Whether `base_url` may be plain http on this machine (simulator).

    Attributes:
        requests: HTTP requests sent so far, retries included.

    Raises:
        ValueError: A value above cannot work, and why.
    """

    def __init__(  # noqa: PLR0913  all of them by name
        self,
        credential: TokenCredential,
        *,
        base_url: str,
        tenant_id: str,
        scope: str,
        deadline: timedelta = DEADLINE,
        allow_http_loopback: bool = False,
    ) -> None:
        if deadline <= timedelta():
            raise ValueError(f"the deadline of a read must be positive, not {deadline}")
        self.requests = 0
        self._base_url = _checked(base_url, allow_http_loopback=allow_http_loopback)
        self._deadline = deadline
        self._tokens = TokenSource(credential, scope, tenant_id)

    async def read(self, now: datetime) -> R | Unavailable:
        """Read once, within the deadline.

        Args:
            now: Our clock, aware.

        Returns:
            The reading, or why there is none. Never raises but `CancelledError`.
        """
        wire = Wire()
        arm = ArmRead(wire, self._base_url, self._tokens, now, self._deadline)
        try:
            return await self._collect(arm)
        except Exception as error:  # noqa: BLE001  the port promises that nothing escapes
            return unexpected(error)
        finally:
            self.requests += arm.requests
            wire.close()

    async def aclose(self) -> None:
        """Forget the token. No connection outlives a read. Can be called again."""
        self._tokens.forget()

    @abstractmethod
    async def _collect(self, arm: ArmRead) -> R | Unavailable:
        """Ask for what the reading needs."""


class ArmRead:
    """One read: its deadline, its token and its requests. Each method gives an outcome.

    Attributes:
        requests: HTTP requests sent, retries included.
    """

    def __init__(
        self, wire: Wire, base_url: str, tokens: TokenSource, now: datetime, deadline: timedelta
    ) -> None:
        self.requests = 0
        self._wire = wire
        self._base_url = base_url
        self._tokens = tokens
        self._now = now
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
        body = await self._body(self._base_url + path, what)
        return body if isinstance(body, Unavailable) else parse_json(body, what)

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
        items: list[object] = []
        url, seen, left = self._base_url + path, set[str](), MAX_BYTES
        for _ in range(MAX_PAGES):
            seen.add(url)
            body = await self._body(url, what, left, absent)
            if items and body == too_long(what):
                break
            if isinstance(body, Unavailable):
                return body
            left -= len(body)
            page = parse_page(parse_json(body, what), what)
            if isinstance(page, Unavailable):
                return page
            items += page.items
            if not page.link:
                return Listing(tuple(items))
            following = next_address(url, page.link)
            if following is None:
                return foreign_page(what)
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
        self, url: str, what: str, limit: int = MAX_BYTES, absent: Unavailable | None = None
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
            return late(what) if self.requests else token_late()
        except Exception as error:  # noqa: BLE001  so that no request outlives the read
            return unexpected(error)
        if isinstance(answer, NoAnswer):
            return unanswered(answer, what)
        if answer.status == 404 and absent is not None:  # noqa: PLR2004  HTTP's own number
            return absent
        return self._judge(answer, what, limit)

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

    def _judge(self, answer: Answer, what: str, limit: int) -> bytes | Unavailable:
        seconds = self._asked(answer)
        if answer.status == 429 or (answer.status == 503 and seconds is not None):  # noqa: PLR2004  HTTP's own numbers
            wait = None if seconds is None else min(timedelta(seconds=seconds), MAX_WAIT)
            retry_at = None if wait is None else self._present + wait
            # The rest of the read would only be refused as well, and prolong it.
            self._throttled = throttled(answer.status, seconds, retry_at)
            return self._throttled
        if answer.status != _OK:
            if answer.status in {401, 403}:
                self._tokens.forget()  # a later token may carry the role that was missing
            return refused(answer.status, what)
        body = unpack(answer.body, answer.headers.get("content-encoding", ""), limit)
        return malformed(what, body) if isinstance(body, str) else body


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _checked(base_url: str, *, allow_http_loopback: bool) -> str:
    """The root URL without a trailing slash.

    Raises:
        ValueError: It is none that a token may be sent to.
    """
    parts = urlsplit(base_url)
    plain = parts.scheme == "http" and allow_http_loopback and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(
            "Resource Manager's URL must be https://host (http only on loopback, for a simulator)"
        )
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("Resource Manager's URL must have no path, query or user, only its host")
    return f"{parts.scheme}://{parts.netloc}"


def unexpected(error: Exception) -> Unavailable:
    """The last resort: say that something is wrong here, and log where."""
    kind = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
    message = redact(str(error))[:200]
    event = {"source": "connect_health", "error": kind, "message": message, "at": where}
    _LOG.error("watchdog.source_failed %s", json.dumps(event))
    return Unavailable(
        Reason.UNREACHABLE,
        f"Reading Connect Health failed in an unexpected way ({kind}). "
        "Look for watchdog.source_failed in the log and report it.",
    )
