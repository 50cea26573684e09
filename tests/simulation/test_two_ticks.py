"""Two overlapping ticks; `WATCHDOG_SIMULATION=full` plays every trial instead of a sample."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.promises import check, recovers, stories
from tests.support.scheduler import Fault, by_bits
from tests.support.two_ticks import CHOICES, SITUATIONS, Stage, Trial
from tests.support.virtual_world import PERIOD

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = os.environ.get("WATCHDOG_SIMULATION") == "full"
SAMPLE = 120
HAPPENS = {
    "first card": {"opened"},
    "recovery": {"recovered"},
    "undelivered": set[str](),
    "seen by one": {"recovered"},
    "channel down": {"opened"},
    "blind": {"opened"},
    "midnight": {"opened"},
}
"""What the two ticks must store when nothing fails: a situation that is none proves nothing."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Prepared worlds."""
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_interleaving_without_a_fault_keeps_every_promise(
    stage: Stage, situation: str
) -> None:
    """All 256 choices: nothing lost, no duplicate, one event, and all is told and archived."""
    before = stories(stage.world(situation))
    for number, bits in enumerate(itertools.product((0, 1), repeat=CHOICES)):
        if not FULL and number % 3 and bits != (0, 0, 0, 0, 1, 1, 1, 1):
            continue
        world = stage.both(Trial(situation, bits))
        after = stories(world)
        happened = {
            str(change.event)
            for name, story in after.items()
            for change in story.changes[len(before[name].changes) if name in before else 0 :]
        }

        assert happened == HAPPENS[situation], bits
        stage.run(Trial(situation, bits), to_the_end=number % 32 == 0)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_one_fault_at_any_operation_breaks_no_promise(stage: Stage, situation: str) -> None:
    """Crash before, crash after, error, doubt, lost reply, no answer: at every place."""
    trials = stage.trials(situation) if FULL else stage.some(situation, SAMPLE, seed=1)
    played = 0
    for played, trial in enumerate(trials, start=1):
        try:
            stage.run(trial, to_the_end=played % 25 == 0)
        except AssertionError as broken:
            raise AssertionError(f"{broken}\nin {trial}") from broken

    assert played >= SAMPLE


@pytest.mark.parametrize("situation", ["first card", "recovery", "seen by one"])
def test_a_network_that_loses_every_first_answer_delays_nothing(
    stage: Stage, situation: str
) -> None:
    """Each commit is applied, but the answer is a conflict: the re-read row proves it was ours."""
    world = stage.world(situation)
    world.until(world.now().replace(second=0, microsecond=0) + PERIOD)
    world.io.choose = by_bits((0, 1) * 4)
    world.io.faults = lambda s: Fault.LOST_REPLY if s.operation == "commit" else None

    known = check(world, world.ticks("A", "B"))

    assert not any(story.unsent for story in known.values())
    assert all(tick.result and tick.result.committed for tick in world.ended[-2:])


@pytest.mark.parametrize("operation", ["graph", "read", "commit", "post"])
def test_a_tick_ends_in_time_whatever_hangs(stage: Stage, operation: str) -> None:
    """R10: with one dependency that never answers, both ticks end within 60 s, and say so."""
    world = stage.world("first card")
    world.until(world.now().replace(second=0, microsecond=0) + PERIOD)
    world.io.faults = lambda step: Fault.HANG if step.operation == operation else None

    ended = world.ticks("A", "B")
    check(world, ended)

    assert all(tick.took.total_seconds() <= 60 for tick in ended)
    assert any(tick.result and "did not end within" in tick.result.problem for tick in ended)
    assert not any(tick.result and tick.result.heartbeat and tick.result.problem for tick in ended)
    recovers(world)


def test_a_crash_between_sending_and_recording_shows_the_card_twice_at_most(stage: Stage) -> None:
    """The one duplicate that cannot be avoided carries the same message number."""
    for fault in (Fault.CRASH_AFTER, Fault.UNKNOWN):
        world = stage.world("first card")
        world.until(world.now().replace(second=0, microsecond=0) + PERIOD)
        hits = iter([fault])
        world.io.faults = lambda s, h=hits: next(h, None) if s.operation == "post" else None  # type: ignore[misc]  # default binds the loop's value
        check(world, world.ticks("A", "B"))
        recovers(world)

        firsts = [card for card in world.channel.cards if card.reason == "first"]
        assert [card.number for card in firsts] == [1, 1]
