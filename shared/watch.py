"""The use cases of one tenant; a tick is the first of them.

The steps of a tick, as in the design:

1. Read the ledger, the tenant and every source that is due, concurrently, each under its own
   deadline. If that shows anything wrong, read the other sources, too.
2. Judge: findings, roles, readiness, advice. Pure.
3. Advance the incidents. Pure.
4. Commit everything in one conditional transaction: state, incidents, transitions, outbox.
5. Deliver what is due (`shared.delivery`).
6. Audit: re-read; only a clean audit logs the heartbeat and pings the outside monitor.

Overlapping ticks need no lock: the store settles them. The loser of a conditional write re-reads
and re-judges once, with the same observation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared import ledger, past
from shared.bookkeeping import Look, Plan, in_maintenance, look, urgent, writes_of_tick
from shared.bulletin_board import BulletinBoard, anything_to_send, every_card
from shared.delivery import Outbox
from shared.domain.incidents import notifications
from shared.domain.pair import reading_plan
from shared.domain.pair.readings import Source, SourceReading
from shared.domain.readings import Observation, Unavailable
from shared.domain.tenant.heartbeats import SKEW_TOLERANCE
from shared.domain.verdicts import Kind, Verdict
from shared.events import emit
from shared.ports import (
    Outcome,
    PingsOutside,
    PostsCards,
    ReadsSource,
    ReadsTenant,
    Store,
    StoreUnavailableError,
)
from shared.reading import READING_ENDS, read_all
from shared.tick_log import TickLog, TickResult, word

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.domain.readings import TenantReading
    from shared.ledger import Snapshot

TICK_BUDGET: Final = timedelta(seconds=60)
"""A tick ends within this time, whatever hangs (promise R10)."""

DELIVERY_STARTS_UNTIL: Final = timedelta(seconds=35)
"""No card is claimed later in the tick: sending may take 20 s, and the audit follows."""

_STALE_SCHEDULES: Final = 3


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that a tick touches outside the process."""

    tenant: ReadsTenant
    store: Store
    channel: PostsCards | None
    dead_man: PingsOutside | None = None
    sources: Mapping[Source, ReadsSource] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """HTTP requests sent so far to sources and channel."""
        clients = (self.tenant, self.channel, *self.sources.values())
        return sum(client.requests for client in clients if client is not None)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything that a tick read outside."""

    observation: Observation
    answers: dict[Source, SourceReading | Unavailable]


@dataclass(frozen=True, slots=True)
class Health:
    """What `/api/health` says about the watchdog (not about the tenant)."""

    status: str
    last_success_age: timedelta | None

    @property
    def ok(self) -> bool:
        """Whether the answer is 200."""
        return self.status == "ok"


class Watch:
    """Watches one tenant."""

    def __init__(
        self,
        plan: Plan,
        outside: Outside,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        build: str = "",
    ) -> None:
        """Make a watch.

        Args:
            plan: What the team configured.
            outside: The clients.
            now: The clock, aware UTC.
            new_id: A fresh random id: at least 40 bits as lower-case letters and digits.
            build: The build that runs, for the log.
        """
        self.plan, self.outside = plan, outside
        self._now, self._new_id = now, new_id
        self._log = TickLog(plan.tenant_id, build)
        self._outbox = Outbox(
            plan.tenant_id, outside.store, outside.channel, plan.presentation, now, plan.windows
        )
        self._board = BulletinBoard(plan, outside.store, outside.channel, now)

    async def tick(self) -> TickResult:
        """Run one tick. Logs `watchdog.tick` once, whatever happens."""
        result = TickResult(tick_id=self._new_id(), at=self._now())
        started = asyncio.get_running_loop().time()
        requests, calls = self.outside.requests, self.outside.store.calls
        try:
            async with asyncio.timeout(TICK_BUDGET.total_seconds()):
                await self._run(result, started)
        except StoreUnavailableError as problem:
            result.problem = str(problem)
        except TimeoutError:
            result.problem = f"The tick did not end within {TICK_BUDGET.total_seconds():.0f} s."
        except Exception as defect:
            result.problem = f"The tick failed ({type(defect).__name__}), which is a defect."
            raise
        finally:
            result.http_requests = self.outside.requests - requests
            result.store_calls = self.outside.store.calls - calls
            seconds = asyncio.get_running_loop().time() - started
            result.duration_ms = round(seconds * 1000)
            self._log.tick(result)
        return result

    async def _run(self, result: TickResult, started: float) -> None:
        reading = asyncio.ensure_future(self.outside.tenant.read(result.at))
        try:
            snap = await self._load_to_judge()
            seen = await self._read(result, snap, reading, started + READING_ENDS)
        except StoreUnavailableError:
            result.sources[Source.GRAPH] = word(await reading)
            raise
        finally:
            reading.cancel()
        snap, view = await self._judge(result, snap, seen)
        spoke = any(step.transitions for step in view.steps)
        until = started + DELIVERY_STARTS_UNTIL.total_seconds()
        if spoke or snap.unsent:
            result.cards = await self._outbox.deliver(result.tick_id, until)
        if anything_to_send(snap, view):
            result.cards += await self._board.deliver(result.tick_id, view, until)
        await self._audit(result)

    async def _read(
        self,
        result: TickResult,
        snap: Snapshot,
        reading: asyncio.Future[TenantReading | Unavailable],
        until: float,
    ) -> _Seen:
        """Step 1: what is due now; all the rest, too, as soon as anything is wrong."""
        at, sources = result.at, self.outside.sources
        due = reading_plan.due(snap.readings, at, urgent=urgent(snap))
        answers = await read_all(sources, due, at, until)
        seen = _Seen(Observation(at=at, tenant=await reading), answers)
        view = look(self.plan, snap, seen.observation, answers, self._incident_id(result))
        if view.judgement.verdict is not Verdict.HEALTHY:
            rest = reading_plan.due(view.readings, at, urgent=True)
            rest = tuple(source for source in rest if source not in answers)
            answers |= await read_all(sources, rest, at, until)
        return seen

    async def _judge(
        self, result: TickResult, snap: Snapshot, seen: _Seen
    ) -> tuple[Snapshot, Look]:
        """Steps 2 to 4; once more if another tick was first."""
        view, outcome = await self._commit(result, snap, seen, "")
        before = snap
        if outcome is not Outcome.APPLIED:
            snap = await self._load_to_judge()
            if snap.state is not None and snap.state.tick_id == result.tick_id:
                outcome = Outcome.APPLIED  # the answer was lost, the writes were not
            else:
                again = f"|{result.tick_id[:8]}"
                before = snap
                view, outcome = await self._commit(result, snap, seen, again)
        result.sources[Source.GRAPH] = word(view.memory.unavailable)
        for source, answer in seen.answers.items():
            result.sources[source] = word(answer)
        result.committed = outcome is Outcome.APPLIED
        result.judged(view)
        if result.committed:
            self._log.rows(before)
            self._log.sources(before.readings, seen.answers)
        else:
            result.problem = f"Nothing was stored ({outcome}, twice); the next tick judges again."
        return snap, view

    async def _commit(
        self, result: TickResult, snap: Snapshot, seen: _Seen, suffix: str
    ) -> tuple[Look, Outcome]:
        view = look(self.plan, snap, seen.observation, seen.answers, self._incident_id(result))
        self._log.escalations(result, view)
        due = self._outbox.fall_due(view.steps, list(snap.notifications.values()))
        writes = writes_of_tick(snap, view, due, result.tick_id, suffix)
        write_id = f"{result.tick_id}{suffix}"
        return view, await self.outside.store.commit(self.plan.tenant_id, writes, write_id)

    async def _audit(self, result: TickResult) -> None:
        """Step 6. The heartbeat says: read was attempted, a row was written, no card is overdue."""
        snap = await self._load()
        on = in_maintenance(self.plan, snap, result.at) is not None
        overdue = notifications.overdue(every_card(snap), result.at, maintenance=on)
        written = snap.state is not None and snap.state.ticked_at >= result.at
        if overdue:
            result.problem = result.problem or f"{len(overdue)} card(s) overdue."
        if not (written and result.committed) or overdue:
            return
        result.heartbeat = True
        emit("watchdog.heartbeat", tenant=self.plan.tenant_id, tick_id=result.tick_id)
        if self.outside.dead_man is not None:
            await self.outside.dead_man.ping()

    async def health(self) -> Health:
        """Look at the stored state only: one storage call, no source is read."""
        try:
            snap = await self._load()
        except StoreUnavailableError:
            return Health("store_unreadable", None)
        state = snap.state
        if state is None or state.succeeded_at is None:
            return Health("no_success_yet", None)
        elapsed = self._now() - state.succeeded_at
        age = max(timedelta(0), elapsed)
        ahead = elapsed < -SKEW_TOLERANCE  # a wrong clock wrote it: it proves nothing
        if ahead or age > _STALE_SCHEDULES * self.plan.schedule_period:
            return Health("stale", age)
        return Health("blind" if state.verdict is Verdict.BLIND else "ok", age)

    async def aclose(self) -> None:
        """Release every client."""
        clients = (self.outside.tenant, self.outside.channel, self.outside.dead_man)
        for client in (*clients, *self.outside.sources.values(), self.outside.store):
            if client is not None:
                await client.aclose()

    async def _load(self) -> Snapshot:
        start, end = ledger.tick_range(self._now(), self.plan.retention)
        return ledger.snapshot(await self.outside.store.read(self.plan.tenant_id, start, end))

    async def _load_to_judge(self) -> Snapshot:
        """The ledger and, once a day, what has outlived its retention of the past."""
        snap, at = await self._load(), self._now()
        if snap.today is not None and snap.today.day < at.astimezone(UTC).date():
            start, end = past.expired(at, self.plan.retention)
            snap.expired += await self.outside.store.read(self.plan.tenant_id, start, end)
        return snap

    def _incident_id(self, result: TickResult) -> Callable[[Kind], str]:
        return lambda _kind: ledger.incident_id(result.at, self._new_id()[:10])
