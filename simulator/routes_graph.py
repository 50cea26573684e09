"""Microsoft Graph over HTTP: which view answers which path, and how each may fail."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web

from simulator import graph, graph_pair, graph_services
from simulator.faults import broken, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from simulator.faults import Breakage, GraphFault
    from simulator.gate import Gate
    from simulator.model import Tenant
    from simulator.world import World

AUDIT_REQUESTS: Final = 5
AUDIT_PERIOD: Final = timedelta(seconds=10)
"""Identity and access reports allow 5 requests per 10 seconds (Graph throttling limits)."""
RESOURCES: Final = (
    "organization",
    "onPremisesSynchronization",
    "directoryAudits",
    "applications",
    "issues",
    "servicePrincipals",
    "jobs",
)
"""What can be denied by name."""


class GraphRoutes:
    """Graph's handlers and switches.

    Args:
        world: The model and its clock.
        gate: Who may read what.

    Attributes:
        fault: How every request fails; None while Graph works.
        retry_after: The `Retry-After` of a failing status.
        denied: Resources that answer with a status of their own.
        origin: Scheme, host and port, for links to next pages.
    """

    def __init__(self, world: World, gate: Gate) -> None:
        self.fault: int | GraphFault | None = None
        self.retry_after: str | None = None
        self.denied: dict[str, int] = dict.fromkeys(world.plan.denied, 403)
        self.origin = ""
        self._world = world
        self._gate = gate
        self._audits_read: deque[datetime] = deque(maxlen=AUDIT_REQUESTS)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register every path that is simulated; any other is a 404."""
        for path, handler in (
            ("organization", self._organization),
            ("directory/onPremisesSynchronization", self._sync),
            ("auditLogs/directoryAudits", self._audits),
            ("applications", self._applications),
            ("admin/serviceAnnouncement/issues", self._issues),
            ("servicePrincipals", self._principals),
            ("servicePrincipals/{id}/synchronization/jobs", self._jobs),
        ):
            router.add_route("*", "/{version:v1.0|beta}/" + path, handler)

    async def _organization(self, request: web.Request) -> web.Response:
        version = request.match_info["version"]

        def view(tenant: Tenant) -> graph.Json:
            return graph.organizations(tenant.organization(), version, request.query)

        return await self._answer(request, "organization", view)

    async def _sync(self, request: web.Request) -> web.Response:
        version = request.match_info["version"]

        def view(tenant: Tenant) -> graph.Json:
            return graph_pair.configuration(tenant, version)

        return await self._answer(request, "onPremisesSynchronization", view)

    async def _audits(self, request: web.Request) -> web.Response:
        now, full = self._world.now(), len(self._audits_read) == AUDIT_REQUESTS
        if full and now - self._audits_read[0] < AUDIT_PERIOD:
            return refusal(graph.error_for(429), 429, str(AUDIT_PERIOD.seconds))
        self._audits_read.append(now)
        url = self._url(request)
        return await self._answer(
            request, "directoryAudits", lambda t: graph_pair.audits(t, request.query, url)
        )

    async def _applications(self, request: web.Request) -> web.Response:
        url = self._url(request)
        return await self._answer(
            request, "applications", lambda t: graph_pair.applications(t, request.query, url)
        )

    async def _issues(self, request: web.Request) -> web.Response:
        url = self._url(request)
        return await self._answer(
            request, "issues", lambda t: graph_services.issues(t, request.query, url)
        )

    async def _principals(self, request: web.Request) -> web.Response:
        url = self._url(request)
        return await self._answer(
            request,
            "servicePrincipals",
            lambda t: graph_services.service_principals(t, request.query, url),
        )

    async def _jobs(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        return await self._answer(request, "jobs", lambda t: graph_services.jobs(t, name))

    def _url(self, request: web.Request) -> str:
        return self.origin + request.path

    async def _answer(
        self, request: web.Request, resource: str, view: Callable[[Tenant], graph.Json]
    ) -> web.Response:
        try:
            shown, refused = self._admit(request, resource)
            if refused is not None:
                return refused
            answer = self._world.look(view)
        except graph.GraphError as error:
            return web.json_response(error.body, status=error.status)
        fault = self.fault if shown else "denied_fields"
        if fault is None:
            return web.json_response(answer)
        if fault in {"empty", "denied_fields", "two_organizations"}:
            return _spoilt(str(fault), resource, answer)
        return await broken(request, cast("Breakage", fault), answer)

    def _admit(self, request: web.Request, resource: str) -> tuple[bool, web.Response | None]:
        """Whether the fields may be seen, and the failure of the moment.

        Raises:
            GraphError: The token or its roles do not suffice.
        """
        authorization = request.headers.get("Authorization", "")
        roles = self._gate.graph_roles(authorization, self._world.now())
        if isinstance(self.fault, int):
            return True, refusal(graph.error_for(self.fault), self.fault, self.retry_after)
        if (status := self.denied.get(resource)) is not None:
            return True, refusal(graph.error_for(status), status, None)
        return self._gate.graph_permits(roles, request.method, request.path, request.query), None


def _spoilt(fault: str, resource: str, answer: graph.Json) -> web.Response:
    """A good answer with the wrong content; only the organization hides its fields, not itself."""
    if resource != "organization":
        if fault == "denied_fields":
            return refusal(graph.error_for(403), 403, None)
        return web.json_response({**answer, "value": []} if fault == "empty" else answer)
    values = answer["value"]
    first = values[0] if isinstance(values, list) else {}
    nothing = {name: value if name == "id" else None for name, value in first.items()}
    other = {**first, "id": "11111111-2222-3333-4444-555555555555"}
    spoilt = {"empty": [], "denied_fields": [nothing], "two_organizations": [first, other]}
    return web.json_response({**answer, "value": spoilt[fault]})
