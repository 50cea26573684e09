"""What all sources of Microsoft Graph have in common: one pipeline of the SDK per read.

Importing this module is cheap: the SDK is loaded by the first read.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Generic, NotRequired, TypedDict

from shared.sources.failures import Ended
from shared.sources.reader import R, Reader

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from shared.domain.readings import Unavailable
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange

_HTTP_UNAUTHORIZED: Final = 401


class Where(TypedDict):
    """The keyword arguments of `Reader`, for a subclass that has one more."""

    base_url: str
    tenant_id: str
    scope: str
    deadline: NotRequired[timedelta]
    allow_http_loopback: NotRequired[bool]


class GraphReader(Reader[R], Generic[R]):
    """Reads one thing from one tenant's Graph; a subclass says what (`_ask`).

    Besides the token it keeps the TLS trust store.
    """

    service = "Graph"
    usual_deadline = timedelta(seconds=10)
    body_limit: ClassVar[int | None] = None
    """Bytes of one answer; None for the usual limit."""
    _tls: ssl.SSLContext | None = None

    @abstractmethod
    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> R | Unavailable:
        """Ask for what this source reads, and translate it.

        Raises:
            Ended: There is no reading, and why.
        """

    async def _read(self, now: datetime) -> R | Unavailable:
        # here, because the SDK is slow to load and not every process reads Graph
        from shared.sources.graph_wire import BODY_LIMIT, Exchange  # noqa: PLC0415 - as above

        exchange = Exchange(now, self._deadline, body_limit=self.body_limit or BODY_LIMIT)
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._exchange(exchange)
        except TimeoutError:
            return exchange.late()
        finally:
            self.requests += exchange.requests

    async def _exchange(self, exchange: Exchange) -> R | Unavailable:
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
