"""A watchdog with its real clients on a tenant whose every answer a test may forge.

    async with hostile_pair(folder) as pair:
        pair.tenant.forge["alerts"] = lambda answer: {**answer, "value": [hostile] * 10_000}
        await pair.tick()

Real are settings, wiring, HTTP, every source, the store and the channel; time is virtual. Forging
happens to the simulator's own answer, so what a test does not touch stays as in real life.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from shared import wiring
from shared.watch import Watch
from simulator.clock import VirtualClock, minutes
from simulator.model import TENANT_ID, Tenant
from simulator.results import read_card
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, PAIR, STORIES
from simulator.story import STARTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from simulator.model import TenantPlan
    from simulator.results import CardRecord
    from simulator.server import Request

TICK: Final = 5
PING: Final = "/ping"
"""A dead-man monitor that accepts every ping."""
HANG: Final = object()
OPTIONAL_OF_GRAPH: Final = (
    "onPremisesSynchronization",
    "directoryAudits",
    "applications",
    "issues",
    "servicePrincipals",
)
"""What Graph is asked for beside the organization, by the last part of its path."""


class ForgingTenant(LoopbackTenant):
    """A simulated tenant that says what a test wants it to say.

    Attributes:
        forge: By the last part of a path, such as `alerts`: makes the answer out of the true one.
            A `web.Response` is sent as it is, and `HANG` is never answered.
    """

    def __init__(self, tenant: Tenant, clock: VirtualClock) -> None:
        super().__init__(tenant, clock)
        self.forge: dict[str, Callable[[Any], Any]] = {}

    @web.middleware
    async def _record(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """As the parent does, with the answer forged."""

        async def forged(asked: web.Request) -> web.StreamResponse:
            if asked.path == PING:
                return web.Response()
            response = await handler(asked)
            forgery = self.forge.get(asked.path.rstrip("/").rpartition("/")[2])
            if forgery is None or response.status != 200 or not isinstance(response, web.Response):
                return response
            made = forgery(json.loads(response.text or "null"))
            if made is HANG:
                await asyncio.sleep(3600)  # until the server stops
            return made if isinstance(made, web.Response) else web.json_response(made)

        recorded: web.StreamResponse = await LoopbackTenant._record(self, request, forged)
        return recorded


class _Ear(logging.Handler):
    """Keeps every record, to be searched as events and as lines."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@dataclass
class HostilePair:
    """A watchdog and its world."""

    tenant: ForgingTenant
    clock: VirtualClock
    watch: Watch
    environ: Mapping[str, str]
    database: Path
    ear: _Ear
    skew: list[timedelta]
    ticks: list[dict[str, Any]] = field(default_factory=list)
    others: list[Watch] = field(default_factory=list)

    def clock_ahead(self, count: float) -> None:
        """From now on the watchdog's clock is so many minutes ahead of everybody else's."""
        self.skew[0] = minutes(count)

    def after(self, count: float) -> None:
        """Let so many minutes pass."""
        self.tenant.advance_to(self.clock.now() + minutes(count))

    async def tick(self, wait: float = TICK) -> dict[str, Any]:
        """Let some minutes pass, then run one tick; its `watchdog.tick` event."""
        self.after(wait)
        await self.watch.tick()
        self.ticks.append(self.events("watchdog.tick")[-1])
        return self.ticks[-1]

    async def some_ticks(self, count: int) -> list[dict[str, Any]]:
        """So many ticks, one every five minutes."""
        return [await self.tick() for _ in range(count)]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The fields of every event of this name, oldest first."""
        told = (line.partition(" ") for line in self.ear.lines)
        return [json.loads(fields) for event, _, fields in told if event == name]

    @property
    def lines(self) -> list[str]:
        """Every line that was logged."""
        return self.ear.lines

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages in the channel, oldest first."""
        return [card.message for card in self.tenant.cards]

    @property
    def cards(self) -> list[CardRecord]:
        """The cards in the channel, oldest first."""
        return [read_card(timedelta(), message) for message in self.messages]

    def optional_sources_hang(self) -> None:
        """From now on nothing but the organization answers, not even with an error."""
        self.tenant.arm_fails("timeout")
        self.tenant.forge |= {name: lambda _: HANG for name in OPTIONAL_OF_GRAPH}

    def patience(self, **seconds: float) -> None:
        """Give sources other deadlines, in real seconds, by name; `graph` is the tenant's."""
        clients: dict[str, object] = {str(s): c for s, c in self.watch.outside.sources.items()}
        clients["graph"] = self.watch.outside.tenant
        for name, deadline in seconds.items():
            vars(clients[name])["_deadline"] = timedelta(seconds=deadline)

    def asked(self, service: str, since: datetime | None = None) -> list[Request]:
        """The requests to one service, the newest last."""
        found = [each for each in self.tenant.requests if each.service == service]
        return [each for each in found if since is None or each.at >= since]

    def rows(self) -> dict[str, str]:
        """Every stored row's document by its key."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return dict(connection.execute("SELECT key, document FROM rows ORDER BY key"))

    def plant(self, rows: Mapping[str, str]) -> None:
        """Put rows into the store as they are, as another release or a person would."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.executemany(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, 'planted', 'planted')",
                [(TENANT_ID, key, document) for key, document in rows.items()],
            )

    def another(self, **settings: str) -> Watch:
        """One more process on the same clock and store; its settings may differ."""
        self.others.append(wiring.build({**self.environ, **settings}, now=self.now))
        return self.others[-1]

    def now(self) -> datetime:
        """The watchdog's clock."""
        return self.clock.now() + self.skew[0]


@asynccontextmanager
async def hostile_pair(
    folder: Path,
    settings: Mapping[str, str] | None = None,
    *,
    plan: TenantPlan = PAIR,
    starts: datetime = STARTS,
    pings: bool = False,
) -> AsyncIterator[HostilePair]:
    """Start a watchdog on a fresh tenant and an empty store.

    Args:
        folder: Where its SQLite file goes.
        settings: Changes to the settings; an empty text takes one away.
        plan: The tenant.
        starts: The first moment.
        pings: Whether a dead-man monitor is set up, which accepts.
    """
    clock, ear, log = VirtualClock(starts), _Ear(), logging.getLogger("watchdog")
    root, before = logging.getLogger(), log.level
    log.setLevel(logging.INFO)
    root.addHandler(ear)
    try:
        with ForgingTenant(Tenant(plan, starts), clock) as tenant:
            environ = {**settings_for(STORIES[DEFAULT], tenant, folder), **(settings or {})}
            if pings:
                environ["WATCHDOG_DEAD_MAN_URL"] = tenant.graph_url + PING
            environ = {name: value for name, value in environ.items() if value}
            skew = [timedelta()]
            watch = wiring.build(environ, now=lambda: clock.now() + skew[0])
            pair = HostilePair(tenant, clock, watch, environ, folder / "watchdog.db", ear, skew)
            try:
                yield pair
            finally:
                for each in (watch, *pair.others):
                    await each.aclose()
    finally:
        root.removeHandler(ear)
        log.setLevel(before)
