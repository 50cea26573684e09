"""The whole app as in Azure, watching a simulated tenant, on a clock that the test moves.

    async with watchdog_app(folder) as app:
        app.server_dies()
        app.after(100)
        await app.tick()
        assert len(app.cards) == 1

Real are `function_app.py`, Microsoft's runtime, the settings, the store, the Graph reader and the
Teams channel; simulated are the tenant, the workflow and time. The clock is the only thing that
is put in: the app is imported and builds its `Application` by itself.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from shared import wiring
from simulator.clock import VirtualClock, minutes
from simulator.model import Tenant
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, PAIR, STORIES, A
from simulator.teams import card_of
from tests.support.components import ROOT
from tests.support.functions_host import FunctionsHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from simulator.model import TenantPlan
    from tests.support.functions_answers import HttpAnswer, Invocation

SIGN_IN_ON: Final = {"WATCHDOG_PAGE_ACCESS": "entra", "WEBSITE_AUTH_ENABLED": "True"}
SIGNED_IN: Final = {"X-MS-CLIENT-PRINCIPAL-ID": "11111111-2222-3333-4444-555555555555"}


@dataclass
class WatchdogApp:
    """A running app and its world."""

    host: FunctionsHost
    tenant: LoopbackTenant
    clock: VirtualClock
    database: Path

    # -- the world ------------------------------------------------------------------------------

    def after(self, count: float) -> None:
        """Let so many minutes pass."""
        self.tenant.advance_to(self.clock.now() + minutes(count))

    def server_dies(self) -> None:
        """The active server stops."""
        self.tenant.change(lambda model: model.server(A).die(model.now))

    # -- what the world saw ---------------------------------------------------------------------

    @property
    def cards(self) -> list[Mapping[str, Any]]:
        """The marks of the cards in the channel: verdict, reason, incident, message."""
        return [card_of(card.message) and _mark(card.message) for card in self.tenant.cards]

    def stored(self) -> list[str]:
        """Everything in the SQLite store, as SQL; empty before the first write."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return list(connection.iterdump())

    # -- the triggers ---------------------------------------------------------------------------

    async def tick(self, *, past_due: bool = False) -> Invocation:
        """Fire the timer once."""
        return await self.host.timer("watch", past_due=past_due, last=self.clock.now())

    async def run(self) -> HttpAnswer:
        """`POST /api/run`."""
        return await self.host.http("run", "POST", "/api/run")

    async def health(self, method: str = "GET") -> HttpAnswer:
        """`/api/health`."""
        return await self.host.http("health", method, "/api/health")

    async def page(
        self, incident: str, method: str = "GET", *, query: str = "", **headers: str
    ) -> HttpAnswer:
        """`/api/incidents/{id}`; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"/api/incidents/{incident}{query}"
        return await self.host.http("incident", method, url, headers=named)


def _mark(message: Mapping[str, Any]) -> Mapping[str, Any]:
    mark: Mapping[str, Any] = message["watchdog"]
    return mark


@asynccontextmanager
async def watchdog_app(
    folder: Path, *, plan: TenantPlan = PAIR, **settings: str
) -> AsyncIterator[WatchdogApp]:
    """Start the app in an empty world.

    Args:
        folder: Where its SQLite file goes.
        plan: The tenant.
        settings: Changes to the settings; an empty text takes one away.
    """
    story = STORIES[DEFAULT]
    clock = VirtualClock(story.starts)

    def from_process(kind: type[wiring.Application]) -> wiring.Application:
        return kind(dict(os.environ), now=clock.now)

    with (
        LoopbackTenant(Tenant(plan, story.starts), clock) as tenant,
        mock.patch.object(wiring.Application, "from_process", classmethod(from_process)),
    ):
        environ = {**settings_for(story, tenant, folder), **settings}
        environ = {name: value for name, value in environ.items() if value}
        async with FunctionsHost(ROOT, environ) as host:
            try:
                yield WatchdogApp(host, tenant, clock, folder / "watchdog.db")
            finally:
                await host.module.watchdog.aclose()
