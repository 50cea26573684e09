"""The acceptance tests: every named story, played against the real watchdog over real HTTP.

Real are the settings, the Graph reader with its SDK, the judging, the SQLite store and the Teams
channel; simulated are the tenant, the workflow and time.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from shared import wiring
from simulator.runner import play
from simulator.stories import DEFAULT, STORIES
from simulator.teams import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from simulator.runner import Watchdog


@pytest.mark.parametrize("name", STORIES)
async def test_the_story_goes_as_promised(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every promised card in its window, no other card, and the webhook's secret nowhere."""
    caplog.set_level(logging.INFO)
    result = await play(STORIES[name], wiring.build)

    result.check()
    assert all(tick.committed for tick in result.recording.ticks) or name == "double-fire"
    assert SIGNATURE not in caplog.text
    assert SIGNATURE not in repr(result.recording.cards)


def changed(**settings: str) -> Callable[..., Watchdog]:
    """The real watchdog with other settings than the story asks for."""

    def make(environ: Mapping[str, str], *, now: Callable[[], datetime]) -> Watchdog:
        return wiring.build({**environ, **settings}, now=now)

    return make


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"WATCHDOG_SILENT_AFTER": "PT90M"}, "missing     SERVER_SILENT first"),
        ({"WATCHDOG_REMIND_EVERY": "PT10M"}, "unexpected  SERVER_SILENT reminder"),
    ],
    ids=["too late", "too often"],
)
async def test_a_watchdog_set_otherwise_breaks_the_promise(
    settings: dict[str, str], problem: str
) -> None:
    """The windows have teeth: a later or a louder watchdog fails the default story."""
    result = await play(STORIES[DEFAULT], changed(**settings))

    assert not result.passed
    assert problem in result.explain()
