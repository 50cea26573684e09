"""A whole world for the watchdog: one tenant, one channel, one disk, one clock, many processes.

The outside stands in `virtual_outside`, the disk in `virtual_store`.
"""

from __future__ import annotations

import copy
import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from shared.bookkeeping import Plan
from shared.domain.cards.messages import Person, Presentation
from shared.domain.incidents.advance import Rhythm
from shared.domain.tenant.detector import Policy
from shared.tick_log import TickResult
from shared.watch import Outside, Watch
from tests.support.scheduler import Fault, Scheduler, VirtualLoop, run_in
from tests.support.virtual_outside import (
    MINUTE,
    NOT_POSTED,
    TENANT,
    Channel,
    FakeChannel,
    FakeDeadMan,
    FakeTenant,
    Truth,
)
from tests.support.virtual_store import VirtualData, VirtualStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.readings import TenantReading, Unavailable
    from tests.support.scheduler import Step

START: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
PERIOD: Final = timedelta(minutes=5)

PLAN: Final = Plan(
    tenant_id=TENANT,
    policy=Policy(),
    rhythm=Rhythm(),
    presentation=Presentation(
        tenant_id=TENANT,
        tenant_name="Contoso",
        escalate_to=(Person("Second Line", "second.line@contoso.example"),),
    ),
)


@dataclass(frozen=True)
class Ended:
    """One tick that ran, with what an observer outside it knows."""

    actor: str
    started: datetime
    took: timedelta
    result: TickResult | None


class World:
    """Everything of one simulation.

    Args:
        loop: Whose time is the world's time; a loop may serve one world after another.
        data: What is on the disk already.
        start: The first moment.
        plan: What the team configured.
    """

    watch_type: type[Watch] = Watch
    store_type: type[VirtualStore] = VirtualStore

    def __init__(
        self,
        loop: VirtualLoop,
        data: VirtualData | None = None,
        *,
        start: datetime = START,
        plan: Plan = PLAN,
    ) -> None:
        self.loop, self.plan = loop, plan
        self.io = Scheduler(loop)
        self.data = data or VirtualData()
        self._zero = start - timedelta(seconds=loop.time())
        self.truth, self.channel = Truth(start), Channel()
        self.pings: list[datetime] = []
        self.good_reads: list[datetime] = []
        """When a process was told the tenant's state, whatever became of the process."""
        self.ended: list[Ended] = []
        self.events: list[str] = []
        self.scripted: dict[str, TenantReading | Unavailable] = {}
        self.excuses = 0
        """Faults that hit a process between sending a card and recording it (promise R2)."""
        self._channels: dict[str, FakeChannel] = {}
        self._ids = 0
        self.io.when_struck = self._struck

    def fork(self, at: datetime) -> World:
        """The same world once more, as of this moment; neither touches the other.

        The moment is an argument because worlds on one loop share the passing of its time.
        """
        twin = type(self)(self.loop, self.data.copy(), start=at, plan=self.plan)
        twin.watch_type, twin.store_type = self.watch_type, self.store_type
        twin.truth = copy.copy(self.truth)
        twin.channel = Channel(self.channel.answers, list(self.channel.cards))
        twin.good_reads = list(self.good_reads)
        twin.ended, twin.scripted = list(self.ended), dict(self.scripted)
        twin._ids = self._ids
        return twin

    # -- time -------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The world's clock."""
        return self._zero + timedelta(seconds=self.loop.time())

    def until(self, moment: datetime) -> None:
        """Let time pass; a moment that is gone already is no problem."""
        self.loop.now = max(self.loop.now, (moment - self._zero).total_seconds())

    # -- processes --------------------------------------------------------------------------------

    def watch(self, actor: str = "A") -> Watch:
        """A new process of the watchdog."""
        store = self.store_type(self.data, self.io)
        channel = self._channels[actor] = FakeChannel(self.channel, store, self.now)
        outside = Outside(
            tenant=FakeTenant(self.truth, self.io, self.scripted.get(actor), self.good_reads),
            store=store,
            channel=channel,
            dead_man=FakeDeadMan(self.pings, self.io, self.now),
        )
        return self.watch_type(self.plan, outside, now=self.now, new_id=self.new_id)

    def new_id(self) -> str:
        """Ids in the order of asking: the same run makes the same ids."""
        self._ids += 1
        return f"{self._ids:08x}" * 4

    def ticks(self, *actors: str) -> list[Ended]:
        """Run one tick in each of these processes, concurrently, each as a new process."""
        ended: list[Ended] = []

        async def tick(actor: str) -> None:
            started = self.now()
            result: TickResult | None = None
            try:
                result = await self.watch(actor).tick()
            finally:
                ended.append(Ended(actor, started, self.now() - started, result))

        with self._listening():
            run_in(self.loop, {actor: tick(actor) for actor in actors})
        self.io.dead.clear()
        self.ended += ended
        return ended

    def tick_at(self, moment: datetime, *actors: str) -> list[Ended]:
        """Wait for a moment, then tick."""
        self.until(moment)
        return self.ticks(*(actors or ("A",)))

    def _struck(self, step: Step, fault: Fault) -> None:
        shown = step.operation == "post" and fault not in {
            *NOT_POSTED,
            Fault.CRASH_BEFORE,
            Fault.HANG,
        }
        self.excuses += shown or self._channels[step.actor].unrecorded

    # -- what was logged --------------------------------------------------------------------------

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The fields of each log event with this name."""
        found = [line.split(" ", 1) for line in self.events]
        return [json.loads(text) for name, text in found if name == event]

    @contextmanager
    def _listening(self) -> Iterator[None]:
        log, handler = logging.getLogger("watchdog"), _Ear(self.events)
        before = log.level, log.propagate
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
        try:
            yield
        finally:
            log.removeHandler(handler)
            log.setLevel(before[0])
            log.propagate = before[1]


class _Ear(logging.Handler):
    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        self._events.append(record.getMessage())


def go(world: World, minutes: float) -> list[Ended]:
    """Clean ticks every five minutes until this many minutes after `START`; those that ran."""
    ran: list[Ended] = []
    while (moment := world.now().replace(second=0, microsecond=0)) < START + minutes * MINUTE:
        ran += world.tick_at(moment + PERIOD)
    return ran
