"""The simulated tenant over real HTTP on loopback: Microsoft Graph and a Teams workflow.

It runs in a thread of its own, so that clients under test may block. Every answer's `Date` is
virtual: a client that compares clocks sees none but the story's.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal, Self

from aiohttp import web

from simulator import graph, teams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from simulator.clock import VirtualClock
    from simulator.model import Tenant

GraphFault = Literal[
    "html", "truncated", "empty", "denied_fields", "two_organizations", "timeout", "reset"
]
"""How Graph may fail other than with a status. `timeout` costs the client real seconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that arrived. The query of the webhook is a secret and not kept."""

    at: datetime
    service: Literal["graph", "teams", "other"]
    method: str
    path: str
    query: str
    status: int


@dataclass(frozen=True, slots=True)
class Card:
    """One message that the workflow accepted.

    Attributes:
        at: Virtual time of arrival.
        message: The whole posted JSON.
        fault: Why the workflow's run fails although it answered 202; None if the card appears.
    """

    at: datetime
    message: graph.Json
    fault: str | None = None


class LoopbackTenant:
    """A context manager that serves `tenant` on a free loopback port.

    Attributes:
        cards: Cards that appeared in the channel, oldest first.
        rejected_cards: Messages that got their 202 and then failed in the workflow.
        requests: Every request, oldest first.
        http_requests: How many requests each service got.
    """

    def __init__(self, tenant: Tenant, clock: VirtualClock) -> None:
        self.cards: list[Card] = []
        self.rejected_cards: list[Card] = []
        self.requests: list[Request] = []
        self.http_requests: Counter[str] = Counter()
        self._tenant = tenant
        self._clock = clock
        self._world = threading.RLock()
        self._graph_fault: int | GraphFault | None = None
        self._retry_after: str | None = None
        self._teams_status: int | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-tenant")
        self._runner: web.AppRunner | None = None
        self._origin = ""

    # -- life -----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        self._origin = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> str:
        app = web.Application(middlewares=[self._record])
        app.router.add_get("/{version}/organization", self._organization)
        app.router.add_post(teams.WEBHOOK_PATH, self._webhook)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        # A handler outlives a client that gave up on it: `cleanup` knows connections only.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    @property
    def graph_url(self) -> str:
        """Graph's host without a version, for `WATCHDOG_GRAPH_URL`."""
        return self._origin

    @property
    def teams_url(self) -> str:
        """A webhook that looks like a Workflows URL, for `WATCHDOG_TEAMS_URL`."""
        return self._origin + teams.WEBHOOK_PATH + teams.WEBHOOK_QUERY

    # -- time and faults ------------------------------------------------------------------------

    def advance_to(self, moment: datetime) -> None:
        """Bring the clock and the model to `moment`, between two requests."""
        with self._world:
            self._clock.advance_to(moment)
            self._tenant.advance(moment)

    def change(self, happening: Callable[[Tenant], None]) -> None:
        """Let something happen to the model now, between two requests."""
        with self._world:
            self._tenant.advance(self._clock.now())
            happening(self._tenant)

    def graph_fails(self, how: int | GraphFault) -> None:
        """From now on Graph answers with this status, or in this broken way."""
        self._graph_fault, self._retry_after = how, None

    def throttle(self, retry_after: float | str | None) -> None:
        """From now on Graph answers 429, with this `Retry-After` (seconds, a date, or none)."""
        self._graph_fault = 429
        self._retry_after = None if retry_after is None else str(retry_after)

    def graph_works(self) -> None:
        """Graph answers again."""
        self._graph_fault = self._retry_after = None

    def teams_fails(self, status: int) -> None:
        """From now on the webhook answers with this status and posts nothing."""
        self._teams_status = status

    def teams_works(self) -> None:
        """The webhook accepts again."""
        self._teams_status = None

    # -- requests -------------------------------------------------------------------------------

    @web.middleware
    async def _record(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        service: Literal["graph", "teams", "other"] = "other"
        if request.path.startswith(tuple(f"/{version}/" for version in graph.VERSIONS)):
            service = "graph"
        elif request.path == teams.WEBHOOK_PATH:
            service = "teams"
        self.http_requests[service] += 1
        try:
            response = await handler(request)
        except web.HTTPException as error:  # aiohttp's own 404 and 405 are answers, too
            response = web.Response(status=error.status, text=error.reason)
        response.headers["Date"] = format_datetime(self._clock.now(), usegmt=True)
        query = "" if service == "teams" else request.query_string
        self.requests.append(
            Request(
                self._clock.now(), service, request.method, request.path, query, response.status
            )
        )
        return response

    async def _organization(self, request: web.Request) -> web.Response:
        version = request.match_info["version"]
        if version not in graph.VERSIONS:
            raise web.HTTPNotFound
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return web.json_response(graph.error_for(401), status=401)
        if isinstance(self._graph_fault, int):
            headers = {} if self._retry_after is None else {"Retry-After": self._retry_after}
            status = self._graph_fault
            return web.json_response(graph.error_for(status), status=status, headers=headers)
        with self._world:
            self._tenant.advance(self._clock.now())
            seen = self._tenant.organization()
        try:
            answer = graph.organizations(seen, version, request.query)
        except graph.GraphError as error:
            return web.json_response(error.body, status=error.status)
        if self._graph_fault is None:
            return web.json_response(answer)
        return await self._broken(request, self._graph_fault, answer)

    async def _broken(
        self, request: web.Request, fault: GraphFault, answer: graph.Json
    ) -> web.Response:
        """A 200 that is none."""
        values = answer["value"]
        first = values[0] if isinstance(values, list) else {}
        if fault == "timeout":
            await asyncio.sleep(3600)  # until the client gives up or the server stops
        if fault == "reset" and request.transport is not None:
            request.transport.abort()
        if fault == "html":
            page = "<html><body>Our services aren't available right now</body></html>"
            return web.Response(text=page, content_type="text/html")
        if fault == "truncated":
            text = json.dumps(answer)[: len(json.dumps(answer)) // 2]
            return web.Response(text=text, content_type="application/json")
        if fault == "denied_fields":
            nothing = {name: value if name == "id" else None for name, value in first.items()}
            answer["value"] = [nothing]
        elif fault == "two_organizations":
            answer["value"] = [first, {**first, "id": "11111111-2222-3333-4444-555555555555"}]
        else:
            answer["value"] = []
        return web.json_response(answer)

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.query.get("sig") != teams.SIGNATURE:
            return web.json_response({"error": {"code": "DirectApiInvalidSignature"}}, status=401)
        if self._teams_status is not None:
            return web.json_response({"error": {"code": "Fault"}}, status=self._teams_status)
        message, fault = teams.read_message(body)
        card = Card(self._clock.now(), message, fault)
        (self.cards if fault is None else self.rejected_cards).append(card)
        return web.Response(status=202)
