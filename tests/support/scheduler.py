"""A deterministic scheduler: virtual time, and every IO is a point where something may happen.

A simulated tick is the real coroutine. Its fakes stop at `Scheduler.point` before each operation.
When every coroutine waits, the loop is idle, and *idle* is where the scheduler acts: it lets one
waiting operation go on (`choose` says whose), with or without a fault (`faults` says which). Only
when nobody waits at a point does time jump to the next timer. No thread, no sleep, no real clock:
the same choices give the same run.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    Choose = Callable[[list[str]], str]
    Faults = Callable[["Step"], "Fault | None"]

T = TypeVar("T")

ACTOR: Final[ContextVar[str]] = ContextVar("actor", default="")
"""Which simulated process is running; tasks inherit it."""

IO_TAKES: Final = 0.2
"""Virtual seconds per operation, so that leases never end exactly at a tick."""


class Fault(StrEnum):
    """What may go wrong at one operation."""

    CRASH_BEFORE = "crash before"
    """The process dies; the operation never happened."""
    CRASH_AFTER = "crash after"
    """The operation happened; the process dies before it learns that."""
    ERROR = "error"
    """The operation did not happen, and the process is told that it failed."""
    IN_DOUBT = "in doubt"
    """The operation did not happen, and the process is not told whether it did."""
    UNKNOWN = "unknown outcome"
    """The operation happened, and the process is told that it failed."""
    LOST_REPLY = "lost reply"
    """A commit happened, but its first answer was lost and the repetition met a conflict."""
    HANG = "hang"
    """No answer, ever."""


class Crash(BaseException):
    """The simulated process died here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation that was let go.

    Attributes:
        index: Its place among all operations since the scheduler was last reset.
        actor: Whose it was.
        operation: `graph`, `read`, `commit`, `reread`, `post` or `ping`.
    """

    index: int
    actor: str
    operation: str


class Io(Protocol):
    """Where the fakes stop."""

    async def point(self, operation: str) -> Fault | None:
        """Wait for one's turn; the fault that the operation must act out, if any."""

    def die(self) -> None:
        """The process dies now."""


class Unscheduled:
    """Every operation goes on at once: for tests that need no scheduler."""

    async def point(self, operation: str) -> Fault | None:  # noqa: ARG002 - nothing happens here
        """Let others run."""
        await asyncio.sleep(0)
        return None

    def die(self) -> None:
        """Not without a scheduler.

        Raises:
            Crash: Always.
        """
        raise Crash


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without a network, whose time jumps when there is nothing to do.

    `BaseEventLoop` asks its selector to wait; here the loop is its own selector.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = self
        self.now = 0.0
        self.when_idle: Callable[[], bool] = lambda: False
        self.set_exception_handler(_ignore_crashes)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.now

    def select(self, timeout: float | None) -> list[object]:
        """Instead of waiting: let an operation go on, or else jump to the next timer.

        Raises:
            RuntimeError: Everybody waits for nothing.
        """
        if timeout == 0 or self.when_idle():
            return []
        if timeout is None:
            raise RuntimeError("deadlock: nothing is ready, nothing is waiting, no timer is set")
        self.now += timeout
        return []

    def _process_events(self, event_list: object) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """There is no other thread to wake."""


def _ignore_crashes(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A dead process does not collect the results of its own tasks."""
    if not isinstance(context.get("exception"), Crash):
        loop.default_exception_handler(context)


class Scheduler:
    """Decides who goes on and what fails. It is the `Io` of every fake of one simulation."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        loop.when_idle = self._let_one_go
        self.choose: Choose = _first
        self.faults: Faults = _no_fault
        self.when_struck: Callable[[Step, Fault], None] = lambda _step, _fault: None
        self.steps: list[Step] = []
        self.struck: list[tuple[Step, Fault]] = []
        self.dead: set[str] = set()
        self._waiting: dict[str, deque[tuple[str, asyncio.Future[Fault | None]]]] = {}

    def calm(self) -> None:
        """From now on nothing fails, and the first actor by name goes on first."""
        self.choose, self.faults = _first, _no_fault

    def restart(self) -> None:
        """Count operations from zero again; the dead come back as new processes."""
        self.steps.clear()
        self.struck.clear()
        self.dead.clear()

    async def point(self, operation: str) -> Fault | None:
        """Wait until it is this operation's turn.

        Raises:
            Crash: The process dies here, or is dead already.
        """
        actor = ACTOR.get()
        if actor in self.dead:
            raise Crash(actor)
        turn: asyncio.Future[Fault | None] = self.loop.create_future()
        self._waiting.setdefault(actor, deque()).append((operation, turn))
        fault = await turn
        if fault is Fault.CRASH_BEFORE:
            self.die()
        if fault is Fault.HANG:
            await self.loop.create_future()
        return fault

    def die(self) -> None:
        """The running process dies, with everything that it was waiting for.

        Raises:
            Crash: Always.
        """
        actor = ACTOR.get()
        self.dead.add(actor)
        for _, turn in self._waiting.pop(actor, ()):
            if not turn.done():
                turn.set_exception(Crash(actor))
        raise Crash(actor)

    def _let_one_go(self) -> bool:
        for actor, queue in list(self._waiting.items()):
            while queue and queue[0][1].done():  # cancelled meanwhile
                queue.popleft()
            if not queue:
                del self._waiting[actor]
        if not self._waiting:
            return False
        actors = sorted(self._waiting)
        actor = self.choose(actors) if len(actors) > 1 else actors[0]
        operation, turn = self._waiting[actor].popleft()
        step = Step(len(self.steps), actor, operation)
        self.steps.append(step)
        self.loop.now += IO_TAKES
        fault = self.faults(step)
        if fault is not None:
            self.struck.append((step, fault))
            self.when_struck(step, fault)
        turn.set_result(fault)
        return True


def _first(actors: list[str]) -> str:
    return actors[0]


def _no_fault(step: Step) -> Fault | None:  # noqa: ARG001 - the same for each
    return None


def by_bits(bits: Iterable[int]) -> Choose:
    """Of two actors that both wait, the next bit says which goes on; afterwards the first."""
    left = iter(bits)
    return lambda actors: actors[next(left, 0)]


def one_fault(index: int, fault: Fault) -> Faults:
    """This fault at the operation with this index, and nowhere else."""
    return lambda step: fault if step.index == index else None


def run_in(loop: VirtualLoop, actors: Mapping[str, Coroutine[Any, Any, T]]) -> dict[str, T | None]:
    """Run coroutines concurrently, each as a process of its own, until all have ended.

    Returns:
        What each returned; None for one that crashed. Any other exception is raised.
    """

    async def process(actor: str, work: Coroutine[Any, Any, T]) -> T | None:
        ACTOR.set(actor)
        try:
            return await work
        except Crash:
            return None

    async def everybody() -> list[T | None]:
        return await asyncio.gather(*(process(name, work) for name, work in actors.items()))

    return dict(zip(actors, loop.run_until_complete(everybody()), strict=True))
