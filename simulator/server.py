"""The simulated tenant over real HTTP on loopback: Graph, Resource Manager, a Teams workflow.

It refuses what the granted permissions do not allow, as Microsoft does (`gate`, `grants`). It runs
in a thread of its own, so that clients under test may block. Every answer's `Date` is virtual: a
client that compares clocks sees none but the story's.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import parse_qs

from aiohttp import web

from simulator import grants, graph, health, teams
from simulator.faults import ArmFault, GraphFault
from simulator.gate import Gate
from simulator.routes_arm import ArmRoutes
from simulator.routes_graph import RESOURCES, GraphRoutes
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from simulator.clock import VirtualClock
    from simulator.model import Tenant

__all__ = ["ArmFault", "Card", "GraphFault", "LoopbackTenant", "Request"]

Service = Literal["graph", "arm", "teams", "other"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that arrived. The query of the webhook is a secret and not kept."""

    at: datetime
    service: Service
    method: str
    path: str
    query: str
    status: int

    @property
    def astray(self) -> bool:
        """Whether the default permissions would not allow it, whatever it was answered."""
        if self.service == "teams":
            return False
        names = parse_qs(self.query, keep_blank_values=True)
        return not grants.permitted(self.method, self.path, names, grants.DEFAULT_ROLES)

    def __str__(self) -> str:
        """Such as `GET /v1.0/users: 404`."""
        return f"{self.method} {self.path}: {self.status}"


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
        self._world = World(tenant, clock)
        self._gate = Gate()
        self._graph = GraphRoutes(self._world, self._gate)
        self._arm = ArmRoutes(self._world, self._gate)
        self._teams_status: int | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-tenant")
        self._runner: web.AppRunner | None = None
        self._origin = ""

    # -- life -----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        self._origin = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self._graph.origin = self._arm.origin = self._origin
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
        self._graph.add_to(app.router)
        self._arm.add_to(app.router)
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
    def arm_url(self) -> str:
        """Resource Manager's host, for `WATCHDOG_ARM_URL`."""
        return self._origin

    @property
    def teams_url(self) -> str:
        """A webhook that looks like a Workflows URL, for `WATCHDOG_TEAMS_URL`."""
        return self._origin + teams.WEBHOOK_PATH + teams.WEBHOOK_QUERY

    # -- time and faults ------------------------------------------------------------------------

    def advance_to(self, moment: datetime) -> None:
        """Bring the clock and the model to `moment`, between two requests."""
        self._world.advance_to(moment)

    def change(self, happening: Callable[[Tenant], None]) -> None:
        """Let something happen to the model now, between two requests."""
        self._world.look(happening)

    def graph_fails(self, how: int | GraphFault) -> None:
        """From now on all of Graph answers with this status, or in this broken way."""
        self._graph.fault, self._graph.retry_after = how, None

    def throttle(self, retry_after: float | str | None) -> None:
        """From now on Graph answers 429, with this `Retry-After` (seconds, a date, or none)."""
        self._graph.fault = 429
        self._graph.retry_after = None if retry_after is None else str(retry_after)

    def graph_works(self) -> None:
        """Graph answers again; what is denied by name stays denied."""
        self._graph.fault = self._graph.retry_after = None

    def denies(self, resource: str, status: int = 403) -> None:
        """From now on one resource of Graph answers with this status.

        Raises:
            ValueError: There is no such resource.
        """
        if resource not in RESOURCES:
            raise ValueError(f"no resource {resource!r}: choose from {', '.join(RESOURCES)}")
        self._graph.denied[resource] = status

    def allows(self, resource: str) -> None:
        """The resource answers again."""
        self._graph.denied.pop(resource, None)

    def arm_fails(self, how: int | ArmFault) -> None:
        """From now on Resource Manager answers with this status, or in this broken way."""
        self._arm.fault, self._arm.retry_after = how, None

    def arm_throttles(self, retry_after: float | str | None) -> None:
        """From now on Resource Manager answers 429, with this `Retry-After`."""
        self._arm.fault = 429
        self._arm.retry_after = None if retry_after is None else str(retry_after)

    def arm_works(self) -> None:
        """Resource Manager answers again."""
        self._arm.fault = self._arm.retry_after = None

    # -- permissions ----------------------------------------------------------------------------

    @property
    def granted(self) -> frozenset[str]:
        """The application permissions of Graph that the watchdog has now."""
        return self._gate.roles

    def grants(self, *permissions: str) -> None:
        """From now on the watchdog has these permissions of Graph, too.

        Raises:
            ValueError: One is not the name of a permission.
        """
        self._gate.grant(permissions)

    def revokes(self, *permissions: str) -> None:
        """From now on the watchdog lacks these permissions of Graph.

        Raises:
            ValueError: One was not granted.
        """
        self._gate.revoke(permissions)

    def assigns_reader(self) -> None:
        """From now on the watchdog may read Connect Health, as at first."""
        self._gate.reader = True

    def removes_reader(self) -> None:
        """From now on Connect Health denies every read."""
        self._gate.reader = False

    @property
    def strayed(self) -> list[str]:
        """Every request that the permissions granted by default do not allow, as text."""
        return [str(each) for each in self.requests if each.astray]

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
        service = _service(request.path)
        self.http_requests[service] += 1
        try:
            response = await handler(request)
        except web.HTTPException as error:  # aiohttp's own 404 and 405 are answers, too
            body = (health if service == "arm" else graph).error_for(error.status)
            response = web.json_response(body, status=error.status)
        response.headers["Date"] = format_datetime(self._world.now(), usegmt=True)
        query = "" if service == "teams" else request.query_string
        self.requests.append(
            Request(
                self._world.now(), service, request.method, request.path, query, response.status
            )
        )
        return response

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.query.get("sig") != teams.SIGNATURE:
            return web.json_response({"error": {"code": "DirectApiInvalidSignature"}}, status=401)
        if self._teams_status is not None:
            return web.json_response({"error": {"code": "Fault"}}, status=self._teams_status)
        message, fault = teams.read_message(body)
        card = Card(self._world.now(), message, fault)
        (self.cards if fault is None else self.rejected_cards).append(card)
        return web.Response(status=202)


def _service(path: str) -> Service:
    if path.startswith(tuple(f"/{version}/" for version in graph.VERSIONS)):
        return "graph"
    if path.startswith("/providers/"):
        return "arm"
    return "teams" if path == teams.WEBHOOK_PATH else "other"
