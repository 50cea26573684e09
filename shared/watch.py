"""The use cases of one tenant; a tick is the first of them.

The steps of a tick, as in the design:

1. Read the tenant and the ledger, concurrently, each under its own deadline.
2. Judge. Pure.
3. Advance the incidents. Pure.
4. Commit everything in one conditional transaction: state, incidents, transitions, outbox.
5. Deliver what is due (`shared.delivery`).
6. Audit: re-read; only a clean audit logs the heartbeat and pings the outside monitor.

Overlapping ticks need no lock: the store settles them. The loser of a conditional write re-reads
and re-judges once, with the same observation.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared import ledger
from shared.bookkeeping import Look, Plan, look, writes_of_tick
from shared.delivery import Delivered, Outbox, named
from shared.domain import notifications
from shared.domain.advice import Advice, advise
from shared.domain.heartbeats import SKEW_TOLERANCE
from shared.domain.incidents import Event, Incident
from shared.domain.readings import Observation, Unavailable
from shared.domain.verdicts import Kind, Verdict
from shared.events import emit
from shared.ports import (
    Outcome,
    PingsOutside,
    PostsCards,
    ReadsTenant,
    Store,
    StoreUnavailableError,
    valid_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.domain.cards import Presentation
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


@dataclass(slots=True)
class TickResult:
    """What one tick saw and did; the fields of the `watchdog.tick` event."""

    tick_id: str
    at: datetime
    verdict: str = ""
    committed: bool = False
    findings: list[str] = field(default_factory=list)
    advice: str = Advice.NONE
    sources: dict[str, str] = field(default_factory=dict)
    cards: list[Delivered] = field(default_factory=list)
    heartbeat: bool = False
    problem: str = ""
    escalated: set[str] = field(default_factory=set)
    http_requests: int = 0
    store_calls: int = 0
    duration_ms: int = 0


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
    ) -> None:
        """Make a watch.

        Args:
            plan: What the team configured.
            outside: The clients.
            now: The clock, aware UTC.
            new_id: A fresh random id: at least 40 bits as lower-case letters and digits.
        """
        self.plan, self.outside = plan, outside
        self._now, self._new_id = now, new_id
        self._told: set[str] = set()
        self._outbox = Outbox(
            plan.tenant_id, outside.store, outside.channel, plan.presentation, now
        )

    async def tick(self) -> TickResult:
        """Run one tick. Logs `watchdog.tick` once, whatever happens."""
        result = TickResult(tick_id=self._new_id(), at=self._now())
        started = asyncio.get_running_loop().time()
        requests, calls = self._requests(), self.outside.store.calls
        try:
            async with asyncio.timeout(TICK_BUDGET.total_seconds()):
                await self._run(result, started + DELIVERY_STARTS_UNTIL.total_seconds())
        except StoreUnavailableError as problem:
            result.problem = str(problem)
        except TimeoutError:
            result.problem = f"The tick did not end within {TICK_BUDGET.total_seconds():.0f} s."
        except Exception as defect:
            result.problem = f"The tick failed ({type(defect).__name__}), which is a defect."
            raise
        finally:
            result.http_requests = self._requests() - requests
            result.store_calls = self.outside.store.calls - calls
            seconds = asyncio.get_running_loop().time() - started
            result.duration_ms = round(seconds * 1000)
            self._log(result)
        return result

    async def _run(self, result: TickResult, deliver_until: float) -> None:
        reading = asyncio.ensure_future(self.outside.tenant.read(result.at))
        try:
            snap = await self._load()
            tenant = await reading
        except StoreUnavailableError:
            result.sources["graph"] = _word(await reading)
            raise
        finally:
            reading.cancel()
        observation = Observation(at=result.at, tenant=tenant)
        snap, view = await self._judge(result, snap, observation)
        spoke = any(step.transitions for step in view.steps)
        if spoke or snap.unsent:
            result.cards = await self._outbox.deliver(result.tick_id, deliver_until)
        await self._audit(result)

    async def _judge(
        self, result: TickResult, snap: Snapshot, observation: Observation
    ) -> tuple[Snapshot, Look]:
        """Steps 2 to 4; once more if another tick was first."""
        view, outcome = await self._commit(result, snap, observation, "")
        before = snap
        if outcome is not Outcome.APPLIED:
            snap = await self._load()
            if snap.state is not None and snap.state.tick_id == result.tick_id:
                outcome = Outcome.APPLIED  # the answer was lost, the writes were not
            else:
                again = f"|{result.tick_id[:8]}"
                before = snap
                view, outcome = await self._commit(result, snap, observation, again)
        result.sources["graph"] = _word(view.memory.unavailable)
        result.committed = outcome is Outcome.APPLIED
        result.verdict = view.judgement.verdict
        result.findings = [finding.verdict for finding in view.judgement.findings]
        result.advice = advise(view.judgement)
        if result.committed:
            self._report(before)
        else:
            result.problem = f"Nothing was stored ({outcome}, twice); the next tick judges again."
        return snap, view

    async def _commit(
        self, result: TickResult, snap: Snapshot, observation: Observation, suffix: str
    ) -> tuple[Look, Outcome]:
        view = look(self.plan, snap, observation, self._incident_id(result))
        self._escalate(result, view)
        due = self._outbox.fall_due(view.steps, list(snap.notifications.values()))
        writes = writes_of_tick(snap, view, due, result.tick_id, suffix)
        write_id = f"{result.tick_id}{suffix}"
        return view, await self.outside.store.commit(self.plan.tenant_id, writes, write_id)

    async def _audit(self, result: TickResult) -> None:
        """Step 6. The heartbeat says: read was attempted, a row was written, no card is overdue."""
        snap = await self._load()
        overdue = notifications.overdue(snap.notifications.values(), result.at)
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

    async def incident(self, incident_id: str) -> tuple[Incident, Presentation] | None:
        """An incident, live or archived, and how to show it: at most two storage calls.

        Raises:
            StoreUnavailableError: The store could not be read.
        """
        try:
            first, last = ledger.incident_range(incident_id)
        except ValueError:
            return None
        snap = await self._load()
        found = snap.incidents.get(incident_id)
        if found is None:
            found = ledger.archived(await self.outside.store.read(self.plan.tenant_id, first, last))
        memory = snap.state.memory if snap.state else None
        return (found, named(self.plan.presentation, memory)) if found else None

    async def aclose(self) -> None:
        """Release every client."""
        clients = (self.outside.tenant, self.outside.channel, self.outside.dead_man)
        for client in (*clients, self.outside.store):
            if client is not None:
                await client.aclose()

    async def _load(self) -> Snapshot:
        start, end = ledger.tick_range(self._now(), self.plan.retention)
        return ledger.snapshot(await self.outside.store.read(self.plan.tenant_id, start, end))

    def _incident_id(self, result: TickResult) -> Callable[[Kind], str]:
        return lambda _kind: ledger.incident_id(result.at, self._new_id()[:10])

    def _requests(self) -> int:
        channel = self.outside.channel
        return self.outside.tenant.requests + (channel.requests if channel else 0)

    def _report(self, snap: Snapshot) -> None:
        tenant = self.plan.tenant_id
        for item in snap.moved:
            emit(
                "watchdog.row_set_aside",
                level=logging.ERROR,
                tenant=tenant,
                key=item.row.key,
                problem=item.problem,
                next_step="The row is kept under set-aside|…; look at who edited it.",
            )
        for item in snap.damaged:
            if not valid_key(item.row.key) and item.row.key not in self._told:
                self._told.add(item.row.key)
                emit(
                    "watchdog.row_unreadable",
                    level=logging.ERROR,
                    tenant=tenant,
                    key=item.row.key,
                    problem=item.problem,
                    next_step="The watchdog may not write such a key: delete the row by hand.",
                )

    def _escalate(self, result: TickResult, view: Look) -> None:
        """Log escalations *before* they are stored: a crash in between repeats them, not loses.

        It is the one event that finds a card which got lost behind Teams' 202.
        """
        for step in view.steps:
            events = {change.event for change in step.transitions}
            if Event.ESCALATED in events and step.incident.id not in result.escalated:
                result.escalated.add(step.incident.id)
                emit(
                    "watchdog.escalate",
                    level=logging.WARNING,
                    tenant=self.plan.tenant_id,
                    incident=step.incident.id,
                    verdict=step.incident.verdict,
                    since=step.incident.since.isoformat(),
                )

    def _log(self, result: TickResult) -> None:
        emit(
            "watchdog.tick",
            level=logging.WARNING if result.problem else logging.INFO,
            tenant=self.plan.tenant_id,
            verdict=result.verdict,
            findings=result.findings,
            advice=result.advice,
            sources=result.sources,
            http_requests=result.http_requests,
            store_calls=result.store_calls,
            duration_ms=result.duration_ms,
            tick_id=result.tick_id,
            committed=result.committed,
            problem=result.problem,
        )


def _word(problem: object) -> str:
    """A source's word in the log: `ok`, or the reason."""
    return problem.reason if isinstance(problem, Unavailable) else "ok"
