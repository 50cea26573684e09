"""Reads the tenant's sync state from Microsoft Graph: one request a tick, one deadline for all.

`GET /beta/organization` holds everything (the password sync time is beta only). If beta does not
answer usefully, v1.0 is asked for the rest. Importing this module is cheap: the SDK is loaded by
the first read.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.secret import redact
from shared.sources.failures import Ended
from shared.sources.organization import BETA_PROPERTIES, PROPERTIES, parse_organization
from shared.sources.tokens import TokenSource

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from azure.core.credentials import TokenCredential

    from shared.sources.exchange import Exchange
    from shared.sources.graph_sdk import GraphSdk

DEADLINE: Final = timedelta(seconds=10)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})  # where the SDK accepts http
_LOG: Final = logging.getLogger(__name__)


class GraphSource:
    """Reads one tenant (`ports.ReadsTenant`).

    One object serves all ticks, also overlapping ones and ones on other event loops: it keeps the
    token and the TLS trust store, and no connection.

    Args:
        credential: azure-identity's synchronous kind; it stays the caller's to close.
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
            raise ValueError(f"the deadline of a Graph read must be positive, not {deadline}")
        self.requests = 0
        self._base_url = _checked(base_url, allow_http_loopback=allow_http_loopback)
        self._tenant_id = tenant_id
        self._scope = scope
        self._deadline = deadline
        self._tokens = TokenSource(credential, scope, tenant_id)
        self._tls: ssl.SSLContext | None = None

    async def read(self, now: datetime) -> TenantReading | Unavailable:
        """Read once, within the deadline.

        1. Get a token, ask beta, parse.
        2. If beta itself was the trouble, ask v1.0; the password sync time is then unavailable
           for beta's reason.
        3. Add how far Graph's clock is ahead of `now`.

        Args:
            now: Our clock, aware.

        Returns:
            The reading, or why there is none. Never raises but `CancelledError`.
        """
        exchange: Exchange | None = None
        try:
            # here, because the SDK is slow to load and not every process reads Graph
            from shared.sources.exchange import Exchange  # noqa: PLC0415 - as above

            exchange = Exchange(now, self._deadline)
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._read(exchange)
        except TimeoutError as error:
            return exchange.late() if exchange is not None else _unexpected(error)
        except Exception as error:  # noqa: BLE001  the port promises that nothing escapes
            return _unexpected(error)
        finally:
            if exchange is not None:
                self.requests += exchange.requests

    async def aclose(self) -> None:
        """Forget the token. No connection outlives a read. Can be called again."""
        self._tokens.forget()

    async def _read(self, exchange: Exchange) -> TenantReading | Unavailable:
        from shared.sources import graph_sdk  # noqa: PLC0415  as above

        self._tls = self._tls or graph_sdk.tls_context()
        sdk = graph_sdk.GraphSdk(self._base_url, self._scope, self._tokens, exchange, self._tls)
        try:
            try:
                answer = await self._ask_beta(sdk)
            except Ended as beta:
                if not beta.other_version_may_work:
                    return beta.outcome
                answer = await self._ask_v1(sdk, why=beta.outcome)
        finally:
            await sdk.aclose()
        if isinstance(answer, Unavailable):
            return answer
        return replace(answer, clock_ahead=exchange.clock_ahead)

    async def _ask_beta(self, sdk: GraphSdk) -> TenantReading | Unavailable:
        """Ask beta for everything.

        Raises:
            Ended: It gave no answer, or one that v1.0 may give better.
        """
        body = await self._get(sdk, "beta", BETA_PROPERTIES)
        answer = parse_organization(body, self._tenant_id)
        if isinstance(answer, Unavailable) and answer.reason is Reason.MALFORMED:
            raise Ended(answer, other_version_may_work=True)
        return answer

    async def _ask_v1(self, sdk: GraphSdk, *, why: Unavailable) -> TenantReading | Unavailable:
        try:
            body = await self._get(sdk, "v1.0", PROPERTIES)
        except Ended as v1:
            return v1.outcome
        return parse_organization(body, self._tenant_id, without_password=why)

    async def _get(self, sdk: GraphSdk, version: str, properties: tuple[str, ...]) -> bytes:
        """One version's answer.

        Raises:
            Ended: There is none, and why.
        """
        try:
            return await sdk.organization(version, properties)
        except Ended as ended:
            if ended.outcome.reason is Reason.FORBIDDEN:
                self._tokens.forget()  # a later token may carry the role that was missing
            raise


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


def _unexpected(error: Exception) -> Unavailable:
    """The last resort: say that something is wrong here, and log where."""
    kind = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
    event = {"source": "graph", "error": kind, "message": redact(str(error))[:200], "at": where}
    _LOG.error("watchdog.source_failed %s", json.dumps(event))
    return Unavailable(
        Reason.UNREACHABLE,
        f"Reading Graph failed in an unexpected way ({kind}). "
        "Look for watchdog.source_failed in the log and report it.",
    )
