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

import json
import os
import re
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest import mock
from urllib.parse import urlencode

from shared import wiring
from simulator.clock import VirtualClock, minutes
from simulator.model import Tenant
from simulator.results import read_card
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, PAIR, STORIES, A
from simulator.teams import card_of
from tests.support.components import ROOT
from tests.support.functions_host import FunctionsHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from simulator.model import TenantPlan
    from simulator.results import CardRecord
    from tests.support.functions_answers import HttpAnswer, Invocation

_URL: Final = re.compile(r'"url": "([^"]+)"')
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
        self.tenant.change(lambda model: model.server_dies(A))

    # -- what the world saw ---------------------------------------------------------------------

    @property
    def cards(self) -> list[CardRecord]:
        """The cards in the channel, oldest first."""
        return [read_card(timedelta(), card.message) for card in self.tenant.cards]

    def links(self) -> list[str]:
        """The addresses behind the buttons of the newest card."""
        return _URL.findall(json.dumps(card_of(self.tenant.cards[-1].message)))

    async def died(self) -> str:
        """Let the active server die and a tick tell it; the incident's id."""
        await self.tick()
        self.server_dies()
        self.after(100)
        await self.tick()
        return self.cards[-1].incident

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

    async def act(
        self, incident: str, fields: Mapping[str, str], *, query: str = "", **headers: str
    ) -> HttpAnswer:
        """`POST /api/incidents/{id}` with a form's fields; headers as for `page`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"content-type": "application/x-www-form-urlencoded"}
        url, body = f"/api/incidents/{incident}{query}", urlencode(fields).encode()
        return await self.host.http("act", "POST", url, headers={**kind, **named}, body=body)

    async def page(
        self, incident: str, method: str = "GET", *, query: str = "", **headers: str
    ) -> HttpAnswer:
        """`/api/incidents/{id}`; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"/api/incidents/{incident}{query}"
        return await self.host.http("incident", method, url, headers=named)


@asynccontextmanager
async def watchdog_app(
    folder: Path, settings: Mapping[str, str] | None = None, *, plan: TenantPlan = PAIR
) -> AsyncIterator[WatchdogApp]:
    """Start the app in an empty world.

    Args:
        folder: Where its SQLite file goes.
        settings: Changes to the settings; an empty text takes one away.
        plan: The tenant.
    """
    story = STORIES[DEFAULT]
    clock = VirtualClock(story.starts)

    def from_process(kind: type[wiring.Application]) -> wiring.Application:
        return kind(dict(os.environ), now=clock.now)

    with (
        LoopbackTenant(Tenant(plan, story.starts), clock) as tenant,
        mock.patch.object(wiring.Application, "from_process", classmethod(from_process)),
    ):
        environ = {**settings_for(story, tenant, folder), **(settings or {})}
        environ = {name: value for name, value in environ.items() if value}
        async with FunctionsHost(ROOT, environ) as host:
            try:
                yield WatchdogApp(host, tenant, clock, folder / "watchdog.db")
            finally:
                await host.module.watchdog.aclose()
