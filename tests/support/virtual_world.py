"""A whole world for the watchdog: one tenant, one channel, one disk, one clock, many processes.

All fakes are real classes with a list inside. What they do in a story is an attribute that the
story sets; what fails in the middle of an operation is the scheduler's business.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from shared.bookkeeping import Plan
from shared.domain.advance import Rhythm
from shared.domain.cards import Person, Presentation
from shared.domain.detector import Policy
from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.ports import Delivery, Receipt
from shared.watch import Outside, TickResult, Watch
from tests.support.scheduler import ACTOR, Fault, Scheduler, VirtualLoop, run_in
from tests.support.virtual_store import VirtualData, VirtualStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.scheduler import Io, Step

START: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
TENANT: Final = "00000000-0000-0000-0000-00000000c0de"
MINUTE: Final = timedelta(minutes=1)
PERIOD: Final = timedelta(minutes=5)
CYCLE: Final = timedelta(minutes=30)

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


class Truth:
    """The tenant as it really is: one server, its syncs, and whether Graph can be read."""

    def __init__(self, at: datetime) -> None:
        self.objects = self.passwords = at - MINUTE
        self._alive_since: datetime | None = at - CYCLE
        self._died_at: datetime | None = None
        self.readable = True
        self.enabled: bool | None = True

    @property
    def alive(self) -> bool:
        """Whether the server syncs."""
        return self._alive_since is not None

    def dies(self, at: datetime) -> None:
        """From now on nothing syncs."""
        self._advance(at)
        self._alive_since = None
        self._died_at = at

    def returns(self, at: datetime) -> None:
        """From now on it syncs again, at once."""
        if self._alive_since is None:
            self._alive_since = at
            self.objects = self.passwords = at

    def reading(self, at: datetime) -> TenantReading | Unavailable:
        """What Graph says now."""
        self._advance(at)
        if not self.readable:
            return Unavailable(Reason.THROTTLED, "Graph asked to wait.")
        return TenantReading(TENANT, "Contoso", self.enabled, self.objects, self.passwords)

    def _advance(self, at: datetime) -> None:
        if self._alive_since is None:
            return
        while self.objects + CYCLE <= at:
            self.objects += CYCLE
        while self.passwords + CYCLE / 2 <= at:
            self.passwords += CYCLE / 2


class FakeTenant:
    """One process' client of Graph."""

    def __init__(self, truth: Truth, io: Io, scripted: TenantReading | Unavailable | None) -> None:
        self.requests = 0
        self._truth, self._io, self._scripted = truth, io, scripted

    async def read(self, now: datetime) -> TenantReading | Unavailable:
        """Read once."""
        self.requests += 1
        fault = await self._io.point("graph")
        if fault is Fault.CRASH_AFTER:
            self._io.die()
        if fault is not None:
            return Unavailable(Reason.TIMEOUT, "Graph did not answer in time.")
        return self._scripted or self._truth.reading(now)

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class Card:
    """One card as people saw it."""

    at: datetime
    incident: str
    number: int
    reason: str
    verdict: str


@dataclass
class Channel:
    """The team's channel: the cards that appeared, and how it answers."""

    answers: Delivery = Delivery.ACCEPTED
    cards: list[Card] = field(default_factory=list)

    def told(self, incident: str) -> list[Card]:
        """The cards about one incident."""
        return [card for card in self.cards if card.incident == incident]


class FakeChannel:
    """One process' client of the channel."""

    def __init__(self, channel: Channel, io: Io, now: Callable[[], datetime]) -> None:
        self.requests = 0
        self._channel, self._io, self._now = channel, io, now

    async def post(self, message: Mapping[str, object]) -> Receipt:
        """Post once; a lost answer is a card that appeared although nobody was told so."""
        self.requests += 1
        fault = await self._io.point("post")
        if self._channel.answers is not Delivery.ACCEPTED or fault is Fault.ERROR:
            failed = max(self._channel.answers, Delivery.RETRY)
            return Receipt(failed, "The channel did not take it: see the flow's run history.")
        mark: Any = message["watchdog"]
        self._channel.cards.append(
            Card(self._now(), mark["incident"], mark["message"], mark["reason"], mark["verdict"])
        )
        if fault is Fault.CRASH_AFTER:
            self._io.die()
        if fault in {Fault.UNKNOWN, Fault.LOST_REPLY}:
            return Receipt(Delivery.RETRY, "The answer was lost: a later tick tries again.")
        return Receipt(Delivery.ACCEPTED, "Accepted.")

    async def aclose(self) -> None:
        """Nothing is open."""


class FakeDeadMan:
    """One process' client of the outside monitor."""

    def __init__(self, pings: list[datetime], io: Io, now: Callable[[], datetime]) -> None:
        self._pings, self._io, self._now = pings, io, now

    async def ping(self) -> bool:
        """Ping once."""
        fault = await self._io.point("ping")
        if fault is None:
            self._pings.append(self._now())
        return fault is None

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Ended:
    """One tick that ran, with what an observer outside it knows."""

    actor: str
    started: datetime
    took: timedelta
    result: TickResult | None
    readable: bool


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
        self.ended: list[Ended] = []
        self.events: list[str] = []
        self.scripted: dict[str, TenantReading | Unavailable] = {}
        self._ids = 0

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
        tenant = FakeTenant(self.truth, self.io, self.scripted.get(actor))
        outside = Outside(
            tenant=tenant,
            store=self.store_type(self.data, self.io),
            channel=FakeChannel(self.channel, self.io, self.now),
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
            started, readable = self.now(), self.truth.readable
            result: TickResult | None = None
            try:
                result = await self.watch(actor).tick()
            finally:
                ended.append(Ended(actor, started, self.now() - started, result, readable))

        with self._listening():
            run_in(self.loop, {actor: tick(actor) for actor in actors})
        self.io.dead.clear()
        self.ended += ended
        return ended

    def tick_at(self, moment: datetime, *actors: str) -> list[Ended]:
        """Wait for a moment, then tick."""
        self.until(moment)
        return self.ticks(*(actors or ("A",)))

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


def in_flight(steps: list[Step], struck: list[tuple[Step, Fault]]) -> int:
    """How many faults hit a process between sending a card and recording it (promise R2).

    A process is in between from its `post` until it has recorded, which takes a read and a commit.
    """
    hits = 0
    for step, _ in struck:
        own = [s.operation for s in steps if s.actor == step.actor and s.index <= step.index]
        if "post" in own:
            after = own[len(own) - 1 - own[::-1].index("post") :]
            hits += after.count("commit") <= 1 or after[-1] == "reread"
    return hits
