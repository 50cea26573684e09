"""The net holds: each bug that is planted on purpose is found, and as the promise it breaks."""

from __future__ import annotations

import itertools
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.planted_bugs import BUGS, planted
from tests.support.promises import BrokenPromiseError, recovers
from tests.support.random_world import RandomStory
from tests.support.scheduler import Fault
from tests.support.two_ticks import CHOICES, SITUATIONS, Stage, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.scheduler import Step

TRIALS = 150


def _no_answer_arrives(step: Step) -> Fault | None:
    return Fault.LOST_REPLY if step.operation == "commit" else None


def _hunt(stage: Stage, situation: str) -> Iterator[str]:
    """What breaks: with every first answer lost, without any fault, then with one."""
    bits = list(itertools.product((0, 1), repeat=CHOICES))
    clean = [Trial(situation, each) for each in bits[15:16] + bits[::5]]
    for trial in [None, *clean, *stage.some(situation, TRIALS, seed=1)]:
        try:
            if trial is None:
                recovers(stage.world(situation), under=_no_answer_arrives)
            else:
                stage.run(trial)
        except BrokenPromiseError as broken:
            yield str(broken)


@pytest.mark.parametrize("name", BUGS)
def test_two_ticks_find_the_bug(name: str) -> None:
    """Among a few hundred trials at least one breaks the very promise that the bug is about."""
    bug = BUGS[name]
    with planted(name) as world_type, closing(Stage(world_type)) as stage:
        found = any(broken.startswith(bug.promise) for broken in _hunt(stage, bug.situation))

    assert found


@pytest.mark.parametrize(
    "bug", ["mark before send", "no lease", "blind is healthy", "recovery forgotten"]
)
def test_random_stories_find_the_bug(bug: str) -> None:
    """Within a few dozen seeds, without knowing where to look."""
    with planted(bug) as world_type:
        for seed in range(1, 40):
            try:
                RandomStory(seed, world_type).play(120)
            except BrokenPromiseError:
                return

    pytest.fail("no seed found it")


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_same_hunt_finds_nothing_in_the_real_watchdog(situation: str) -> None:
    """What is found is the bug, not the hunt."""
    with closing(Stage()) as stage:
        recovers(stage.world(situation), under=_no_answer_arrives)
        for trial in stage.some(situation, 20, seed=2):
            stage.run(trial)
