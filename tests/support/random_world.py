"""Long random stories: everything that can happen to a watchdog, drawn from one seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from shared.ports import Delivery
from tests.support.promises import BrokenPromiseError, check, ends_well, recovers
from tests.support.scheduler import Fault, VirtualLoop
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PERIOD, START, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.scheduler import Step

_WEATHER: Final = (0.0, 0.0, 0.01, 0.1)
"""How likely an operation fails; it changes now and then, so that there are calm days."""

_HAPPENINGS: Final[Sequence[tuple[str, float]]] = (
    ("server", 0.03),
    ("graph", 0.03),
    ("switch", 0.01),
    ("channel", 0.03),
    ("weather", 0.05),
)


class RandomStory:
    """One story.

    Args:
        seed: Everything is drawn from it.
        world_type: Whose watchdog and store.
    """

    def __init__(self, seed: int, world_type: type[World] = World) -> None:
        self.seed = seed
        self.loop = VirtualLoop()
        self.world = world_type(self.loop)
        self.log: list[str] = []
        self._rng = random.Random(seed)  # noqa: S311 - a simulation
        self._faulty = 0.0
        self._happen: dict[str, Callable[[], str]] = {
            "server": self._server,
            "graph": self._graph,
            "switch": self._switch,
            "channel": self._channel,
            "weather": self._weather,
        }

    def play(self, ticks: int) -> World:
        """Live through so many periods, recover, and end well.

        Raises:
            BrokenPromiseError: A promise does not hold; the message names the seed.
        """
        try:
            for number in range(1, ticks + 1):
                self._period(number)
            self._note("the faults stop")
            self.world.channel.answers = Delivery.ACCEPTED
            recovers(self.world)
            ends_well(self.world, self.world.now())
        except BrokenPromiseError as broken:
            told = "\n  ".join(self.log[-12:])
            raise BrokenPromiseError(f"{broken}\nseed {self.seed}:\n  {told}") from broken
        finally:
            self.loop.close()
        return self.world

    # -- one period -------------------------------------------------------------------------------

    def _period(self, number: int) -> None:
        world, rng = self.world, self._rng
        world.until(START + number * PERIOD - rng.random() * 4 * MINUTE)
        for name, chance in _HAPPENINGS:
            if rng.random() < chance:
                self._note(self._happen[name]())
        world.io.choose, world.io.faults = rng.choice, self._fault
        actors = rng.choices([(), ("A",), ("A", "B"), ("A", "B", "C")], (6, 80, 12, 2))[0]
        if not actors:
            self._note("a tick is missed")
            return
        world.io.struck.clear()
        ended = world.tick_at(START + number * PERIOD, *actors)
        for step, fault in world.io.struck:
            self._note(f"{step.actor} {step.operation}: {fault}")
        for tick in ended:
            self._note(f"{tick.actor} {tick.result}")
        check(world, ended)

    def _note(self, text: str) -> None:
        self.log.append(f"{self.world.now():%d %H:%M:%S} {text}")

    def _fault(self, _step: Step) -> Fault | None:
        if self._rng.random() >= self._faulty:
            return None
        return self._rng.choice(list(Fault))

    # -- what may happen --------------------------------------------------------------------------

    def _server(self) -> str:
        truth, at = self.world.truth, self.world.now()
        if truth.alive:
            truth.dies(at)
            return "the server dies"
        truth.returns(at)
        return "the server returns"

    def _graph(self) -> str:
        self.world.truth.readable = not self.world.truth.readable
        return f"Graph is readable: {self.world.truth.readable}"

    def _switch(self) -> str:
        self.world.truth.enabled = self._rng.choice([True, True, False, None])
        return f"sync is enabled: {self.world.truth.enabled}"

    def _channel(self) -> str:
        self.world.channel.answers = self._rng.choice(list(Delivery))
        return f"the channel answers {self.world.channel.answers}"

    def _weather(self) -> str:
        self._faulty = self._rng.choice(_WEATHER)
        return f"operations fail with {self._faulty}"
