"""Two overlapping ticks: the situations they may meet in, and every way in which they interleave.

A *trial* is one situation, one interleaving of the first eight choices, and at most one fault at
one operation. `trials` lists them all; `run` plays one and checks every promise.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.ports import Delivery
from tests.support.promises import check, ends_well, recovers
from tests.support.scheduler import Fault, VirtualLoop, by_bits, one_fault
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PERIOD, START, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tests.support.scheduler import Step

CHOICES: Final = 8

_FAULTS: Final = {
    "graph": (Fault.CRASH_BEFORE, Fault.ERROR, Fault.HANG),
    "read": (Fault.CRASH_BEFORE, Fault.ERROR, Fault.HANG),
    "reread": (Fault.CRASH_BEFORE, Fault.ERROR),
    "commit": (
        Fault.CRASH_BEFORE,
        Fault.CRASH_AFTER,
        Fault.ERROR,
        Fault.IN_DOUBT,
        Fault.UNKNOWN,
        Fault.LOST_REPLY,
        Fault.HANG,
    ),
    "post": (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.ERROR, Fault.UNKNOWN, Fault.HANG),
    "ping": (Fault.CRASH_BEFORE, Fault.ERROR),
}
"""The faults that differ for an operation: a read that crashed after it happened changed nothing,
so that is the same as before."""


@dataclass(frozen=True)
class Trial:
    """What one run does."""

    situation: str
    bits: tuple[int, ...]
    index: int | None = None
    fault: Fault | None = None


_NEAR_MIDNIGHT: Final = START + timedelta(hours=20)

# -- situations -----------------------------------------------------------------------------------


def _to(world: World, minute: float) -> None:
    """Clean ticks every five minutes up to and without this minute after the world's start."""
    while (moment := world.now().replace(second=0, microsecond=0)) < START + minute * MINUTE:
        world.tick_at(moment + PERIOD)


def _first_card(world: World) -> None:
    """The next tick opens an incident."""
    _to(world, 5)
    world.truth.dies(world.now())
    _to(world, 55)


def _recovery(world: World) -> None:
    """The next tick sees the second beat: the incident ends."""
    _first_card(world)
    _to(world, 80)
    world.truth.returns(world.now())
    _to(world, 110)


def _undelivered(world: World) -> None:
    """A card is due since a while, and the channel works again."""
    _first_card(world)
    world.channel.answers = Delivery.RETRY
    _to(world, 60)
    world.channel.answers = Delivery.ACCEPTED


def _seen_by_one(world: World) -> None:
    """A card is still unsent, and only one of the two ticks sees that all is well again."""
    _first_card(world)
    world.channel.answers = Delivery.RETRY
    _to(world, 80)
    world.truth.returns(world.now())
    _to(world, 105)
    world.scripted["A"] = world.truth.reading(world.now())
    _to(world, 110)
    world.channel.answers = Delivery.ACCEPTED


def _channel_down(world: World) -> None:
    """An incident opens while the channel takes nothing."""
    _first_card(world)
    world.channel.answers = Delivery.RETRY


def _blind(world: World) -> None:
    """Graph has not been readable for half an hour at the next tick."""
    _to(world, 15)
    world.truth.readable = False
    _to(world, 40)


def _midnight(world: World) -> None:
    """A new day begins, a told incident is to be archived, and another is to be opened."""
    world.until(_NEAR_MIDNIGHT)
    world.tick_at(_NEAR_MIDNIGHT + PERIOD)
    world.truth.dies(world.now())
    world.truth.readable = False
    _to(world, 20 * 60 + 45)
    world.truth.readable = True
    _to(world, 20 * 60 + 55)


SITUATIONS: Final[dict[str, Callable[[World], None]]] = {
    "first card": _first_card,
    "recovery": _recovery,
    "undelivered": _undelivered,
    "seen by one": _seen_by_one,
    "channel down": _channel_down,
    "blind": _blind,
    "midnight": _midnight,
}


# -- trials ---------------------------------------------------------------------------------------


class Stage:
    """Prepared worlds, one per situation, to fork from."""

    def __init__(self, world_type: type[World] = World) -> None:
        self.loop = VirtualLoop()
        self._worlds: dict[str, tuple[World, datetime]] = {}
        self._world_type = world_type

    def close(self) -> None:
        """Close the loop."""
        self.loop.close()

    def world(self, situation: str) -> World:
        """A fresh copy of the situation; made by clean code, whatever is under test."""
        if situation not in self._worlds:
            made = World(self.loop)
            SITUATIONS[situation](made)
            self._worlds[situation] = made, made.now()
        prepared, at = self._worlds[situation]
        made = prepared.fork(at)
        made.watch_type, made.store_type = self._world_type.watch_type, self._world_type.store_type
        return made

    def both(self, trial: Trial) -> World:
        """The world after the two ticks of a trial."""
        world = self.world(trial.situation)
        world.until(world.now().replace(second=0, microsecond=0) + PERIOD)
        world.io.choose = by_bits(trial.bits)
        if trial.index is not None and trial.fault is not None:
            world.io.faults = one_fault(trial.index, trial.fault)
        check(world, world.ticks("A", "B"))
        return world

    def run(self, trial: Trial, *, to_the_end: bool = False) -> World:
        """Play a trial, then clean ticks; every promise is checked after every tick.

        Raises:
            BrokenPromiseError: One does not hold.
        """
        world = self.both(trial)
        world.channel.answers = Delivery.ACCEPTED
        world.scripted.clear()
        recovers(world)
        if to_the_end:
            ends_well(world, world.now())
        return world

    def trials(self, situation: str) -> Iterator[Trial]:
        """Every interleaving that differs, without a fault and with each fault at each place."""
        seen: set[tuple[str, ...]] = set()
        for bits in itertools.product((0, 1), repeat=CHOICES):
            clean = Trial(situation, bits)
            steps = self._steps(clean)
            order = tuple(step.actor for step in steps)
            if order in seen:
                continue
            seen.add(order)
            yield clean
            for step in steps:
                for fault in _FAULTS[step.operation]:
                    yield Trial(situation, bits, step.index, fault)

    def some(self, situation: str, count: int, seed: int) -> list[Trial]:
        """So many of them, always the same ones for a seed."""
        rng = random.Random(f"{situation}{seed}")  # noqa: S311 - a simulation
        chosen: list[Trial] = []
        for _ in range(count):
            bits = tuple(rng.randrange(2) for _ in range(CHOICES))
            clean = Trial(situation, bits)
            step = rng.choice(self._steps(clean))
            fault = rng.choice(_FAULTS[step.operation])
            chosen.append(Trial(situation, bits, step.index, fault))
        return chosen

    def _steps(self, clean: Trial) -> list[Step]:
        world = self.world(clean.situation)
        world.until(world.now().replace(second=0, microsecond=0) + PERIOD)
        world.io.choose = by_bits(clean.bits)
        world.ticks("A", "B")
        return list(world.io.steps)
