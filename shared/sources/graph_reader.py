"""What all sources of Microsoft Graph have in common: deadline, token, counting, last resort.

Importing this module is cheap: the SDK is loaded by the first read.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Generic, NotRequired, TypedDict, TypeVar
from urllib.parse import urlsplit

from shared.domain.readings import Reason, Unavailable
from shared.secret import redact
from shared.sources.failures import Ended
from shared.sources.tokens import TokenSource

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from azure.core.credentials import TokenCredential

    from shared.domain.pair_readings import Source
    from shared.sources.exchange import Exchange
    from shared.sources.graph_sdk import GraphSdk

DEADLINE: Final = timedelta(seconds=10)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})  # where the SDK accepts http
_HTTP_UNAUTHORIZED: Final = 401

R = TypeVar("R")


class Where(TypedDict):
    """The keyword arguments of `GraphReader`, for a subclass that has one more."""

    base_url: str
    tenant_id: str
    scope: str
    deadline: NotRequired[timedelta]
    allow_http_loopback: NotRequired[bool]


class GraphReader(Generic[R]):
    """Reads one thing from one tenant's Graph; a subclass says what (`_ask`).

    One object serves all ticks, also overlapping ones and ones on other event loops: it keeps the
    token and the TLS trust store, and no connection.

    Args:
        credential: azure-identity's synchronous kind, which stays the caller's to close; or a
            `TokenSource` that several sources share, so that a tick fetches one token.
        base_url: Graph's root without version, such as `https://graph.microsoft.com`.
        tenant_id: The watched tenant.
        scope: What to ask the credential for, such as `https://graph.microsoft.com/.default`.
        deadline: For one read as a whole, the token included.
        allow_http_loopback: Whether `base_url` may be plain http on this machine (simulator).

    Attributes:
        requests: HTTP requests sent to Graph so far, retries included.

    Raises:
        ValueError: A value above cannot work, and why.
    """

    source: ClassVar[Source]
    """Its word in the log."""
    body_limit: ClassVar[int | None] = None
    """Bytes of one answer; None for the usual limit."""

    def __init__(  # noqa: PLR0913  all of them by name
        self,
        credential: TokenCredential | TokenSource,
        *,
        base_url: str,
        tenant_id: str,
        scope: str,
        deadline: timedelta = DEADLINE,
        allow_http_loopback: bool = False,
    ) -> None:
        if deadline <= timedelta():
            raise ValueError(f"the deadline of a Graph read must be positive, not {deadline}")
        self.requests = 0
        self._base_url = _checked(base_url, allow_http_loopback=allow_http_loopback)
        self._tenant_id = tenant_id
        self._scope = scope
        self._deadline = deadline
        self._tokens = (
            credential
            if isinstance(credential, TokenSource)
            else TokenSource(credential, scope, tenant_id)
        )
        self._tls: ssl.SSLContext | None = None

    async def read(self, now: datetime) -> R | Unavailable:
        """Read once, within the deadline.

        Args:
            now: Our clock, aware.

        Returns:
            The reading, or why there is none. Never raises but `CancelledError`.
        """
        exchange: Exchange | None = None
        try:
            # here, because the SDK is slow to load and not every process reads Graph
            from shared.sources.exchange import BODY_LIMIT, Exchange  # noqa: PLC0415 - as above

            exchange = Exchange(now, self._deadline, body_limit=self.body_limit or BODY_LIMIT)
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._read(exchange)
        except TimeoutError as error:
            return exchange.late() if exchange is not None else self._unexpected(error)
        except Exception as error:  # noqa: BLE001  the port promises that nothing escapes
            return self._unexpected(error)
        finally:
            if exchange is not None:
                self.requests += exchange.requests

    async def aclose(self) -> None:
        """Forget the token. No connection outlives a read. Can be called again."""
        self._tokens.forget()

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> R | Unavailable:
        """Ask for what this source reads, and translate it.

        Raises:
            Ended: There is no reading, and why.
        """
        raise NotImplementedError

    async def _read(self, exchange: Exchange) -> R | Unavailable:
        from shared.sources import graph_sdk  # noqa: PLC0415  as above

        self._tls = self._tls or graph_sdk.tls_context()
        sdk = graph_sdk.GraphSdk(self._base_url, self._scope, self._tokens, exchange, self._tls)
        try:
            return await self._ask(sdk, exchange)
        except Ended as ended:
            if ended.status == _HTTP_UNAUTHORIZED:
                # Not after a 403: a permission that is missing for good would cost every source
                # that shares the token a new one, in every tick.
                self._tokens.forget()
            return ended.outcome
        finally:
            await sdk.aclose()

    def _unexpected(self, error: Exception) -> Unavailable:
        """The last resort: say that something is wrong here, and log where."""
        kind = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
        event = {
            "source": self.source.value,
            "error": kind,
            "message": redact(str(error))[:200],
            "at": where,
        }
        log = logging.getLogger(type(self).__module__)
        log.error("watchdog.source_failed %s", json.dumps(event))
        return Unavailable(
            Reason.UNREACHABLE,
            f"Reading Graph failed in an unexpected way ({kind}). "
            "Look for watchdog.source_failed in the log and report it.",
        )


def _checked(base_url: str, *, allow_http_loopback: bool) -> str:
    """The root URL without a trailing slash.

    Raises:
        ValueError: It is none that a token may be sent to.
    """
    parts = urlsplit(base_url)
    plain = parts.scheme == "http" and allow_http_loopback and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(
            "Graph's URL must be https://host (http only on loopback, for a simulator)"
        )
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("Graph's URL must have no version, path, query or user, only https://host")
    return f"{parts.scheme}://{parts.netloc}"
