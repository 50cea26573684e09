"""Reads the tenant's sync state from Microsoft Graph: one request a tick, one deadline for all.

`GET /beta/organization` holds everything (the password sync time is beta only). If beta does not
answer usefully, v1.0 is asked for the rest. Importing this module is cheap: the SDK is loaded by
the first read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.pair.readings import Source
from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.failures import Ended
from shared.sources.graph_reader import GraphReader
from shared.sources.organization import BETA_PROPERTIES, PROPERTIES, parse_organization

if TYPE_CHECKING:
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange


class GraphSource(GraphReader[TenantReading]):
    """Reads one tenant's sync state (`ports.ReadsTenant`); its arguments: `GraphReader`."""

    source = Source.GRAPH

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> TenantReading | Unavailable:
        """Ask Graph.

        1. Get a token, ask beta, parse.
        2. If beta itself was the trouble, ask v1.0; the password sync time is then unavailable
           for beta's reason.
        3. Add how far Graph's clock is ahead of ours.
        """
        try:
            answer = await self._ask_beta(sdk)
        except Ended as beta:
            if not beta.other_version_may_work:
                return beta.outcome
            answer = await self._ask_v1(sdk, why=beta.outcome)
        if isinstance(answer, Unavailable):
            if answer.reason is Reason.FORBIDDEN:  # fields denied in a 200: likewise
                self._tokens.forget()
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
