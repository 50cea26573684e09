"""The outside of the virtual world: a tenant, a channel, a monitor.

The fakes are real classes with a list inside. What they do in a story is an attribute that the
story sets; what fails in the middle of an operation is the scheduler's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.ports import Delivery, Outcome, Receipt
from tests.support.scheduler import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.scheduler import Io
    from tests.support.virtual_store import VirtualStore

TENANT: Final = "00000000-0000-0000-0000-00000000c0de"
MINUTE: Final = timedelta(minutes=1)
CYCLE: Final = timedelta(minutes=30)

_OUTBOX: Final = frozenset({"notification", "bulletin"})
"""The rows that hold what became of a card."""

NOT_POSTED: Final = frozenset({Fault.ERROR, Fault.IN_DOUBT})
"""Faults after which no card appeared."""


class Truth:
    """The tenant as it really is: one server, its syncs, and whether Graph can be read."""

    def __init__(self, at: datetime) -> None:
        self.objects = self.passwords = at - MINUTE
        self._alive_since: datetime | None = at - CYCLE
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

    def __init__(
        self,
        truth: Truth,
        io: Io,
        scripted: TenantReading | Unavailable | None,
        good_reads: list[datetime],
    ) -> None:
        self.requests = 0
        self._truth, self._io, self._scripted = truth, io, scripted
        self._good_reads = good_reads

    async def read(self, now: datetime) -> TenantReading | Unavailable:
        """Read once."""
        self.requests += 1
        fault = await self._io.point("graph")
        if fault is Fault.CRASH_AFTER:
            self._io.die()
        if fault is not None:
            return Unavailable(Reason.TIMEOUT, "Graph did not answer in time.")
        answer = self._scripted or self._truth.reading(now)
        if isinstance(answer, TenantReading):
            self._good_reads.append(now)
        return answer

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

    def __init__(self, channel: Channel, store: VirtualStore, now: Callable[[], datetime]) -> None:
        self.requests = 0
        self._channel, self._store, self._io, self._now = channel, store, store.io, now
        self._commits_when_shown: int | None = None

    @property
    def unrecorded(self) -> bool:
        """Whether a card appeared, and the process has not yet stored what became of it."""
        if self._commits_when_shown is None:
            return False
        return not any(
            outcome is Outcome.APPLIED
            and any(_OUTBOX.intersection(w.key.split("|")) for w in writes)
            for writes, outcome in self._store.commits[self._commits_when_shown :]
        )

    async def post(self, message: Mapping[str, object]) -> Receipt:
        """Post once; a lost answer is a card that appeared although nobody was told so."""
        self.requests += 1
        fault = await self._io.point("post")
        if self._channel.answers is not Delivery.ACCEPTED or fault in NOT_POSTED:
            failed = self._channel.answers
            failed = Delivery.RETRY if failed is Delivery.ACCEPTED else failed
            return Receipt(failed, "The channel did not take it: see the flow's run history.")
        self._commits_when_shown = len(self._store.commits)
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
