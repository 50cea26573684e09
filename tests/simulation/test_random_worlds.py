"""Long random stories; `WATCHDOG_SEEDS=100-2000` plays those seeds instead of the usual ones."""

from __future__ import annotations

import os

import pytest

from tests.support.random_world import RandomStory

PERIODS = 150
SEEDS = os.environ.get("WATCHDOG_SEEDS", "1-24")
FIRST, LAST = (int(number) for number in SEEDS.split("-"))


@pytest.mark.parametrize("seed", range(FIRST, LAST + 1))
def test_a_random_story_breaks_no_promise(seed: int) -> None:
    """Half a day of deaths, returns, faults, missed and doubled ticks; then it recovers."""
    story = RandomStory(seed)

    world = story.play(PERIODS)

    assert len(world.ended) > PERIODS / 2


def test_the_same_seed_gives_the_same_story() -> None:
    """Twice the same log, to the letter; another seed gives another."""
    one, same, other = RandomStory(7), RandomStory(7), RandomStory(8)
    worlds = [story.play(60) for story in (one, same, other)]

    assert one.log == same.log
    assert worlds[0].events == worlds[1].events
    assert worlds[0].io.steps == worlds[1].io.steps
    assert one.log != other.log


def test_the_stories_are_eventful() -> None:
    """A net that catches nothing must at least have been in the water."""
    stories = [RandomStory(seed) for seed in range(1, 9)]
    worlds = [story.play(PERIODS) for story in stories]

    told = "\n".join(line for story in stories for line in story.log)
    assert all(f": {fault}\n" in told for fault in ("crash before", "crash after", "lost reply"))
    reasons = {card.reason for world in worlds for card in world.channel.cards}
    assert reasons >= {"first", "reminder", "recovery", "escalation", "missed"}
    verdicts = {card.verdict for world in worlds for card in world.channel.cards}
    assert verdicts >= {"SERVER_SILENT", "BLIND", "SYNC_DISABLED"}
