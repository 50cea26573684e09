"""Azure Resource Manager over HTTP, as far as Connect Health goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from simulator import health
from simulator.faults import broken, refusal
from simulator.health_shapes import PREFIX

if TYPE_CHECKING:
    from simulator.faults import ArmFault
    from simulator.gate import Gate
    from simulator.world import World


class ArmRoutes:
    """Resource Manager's handler and switches.

    Args:
        world: The model and its clock.
        gate: Who may read what.

    Attributes:
        fault: How every request fails; None while it works.
        retry_after: The `Retry-After` of a failing status.
        origin: Scheme, host and port, for links to next pages.
    """

    def __init__(self, world: World, gate: Gate) -> None:
        self.fault: int | ArmFault | None = None
        self.retry_after: str | None = None
        self.origin = ""
        self._world = world
        self._gate = gate

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the provider's paths; any other is a 404."""
        router.add_route("*", PREFIX + "/{rest:.*}", self._provider)

    async def _provider(self, request: web.Request) -> web.Response:
        try:
            self._gate.arm_knows(request.headers.get("Authorization", ""), self._world.now())
            if isinstance(self.fault, int):
                return refusal(health.error_for(self.fault), self.fault, self.retry_after)
            self._gate.arm_permits(request.method, request.path)
            answer = self._world.look(
                lambda tenant: health.answer(tenant, request.path, request.query, self.origin)
            )
        except health.ArmError as error:
            return web.json_response(error.body, status=error.status)
        if self.fault is None:
            return web.json_response(answer)
        if self.fault == "loop":
            looped = answer
            if isinstance(answer, dict):
                looped = {**answer, "nextLink": self.origin + request.path_qs}
            return web.json_response(looped)
        return await broken(request, self.fault, answer)
