"""A story is played against a watchdog over real HTTP; here against a stub that may be bad."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from simulator.clock import minutes
from simulator.machine import Role, ServerPlan
from simulator.model import TENANT_ID, TenantPlan
from simulator.runner import StoryFailedError, play, run_story
from simulator.story import Story
from simulator.teams import SIGNATURE
from tests.support.stub_watchdog import StubWatchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from simulator.results import TickRecord

PAIR = TenantPlan(
    (
        ServerPlan("SYNC-A", Role.ACTIVE, phase=minutes(7)),
        ServerPlan("SYNC-B", Role.STAGING, phase=minutes(22)),
    )
)


def death(until: float = 200, ticks_at_once: int = 1) -> Story:
    """The server dies at 60 and nobody takes over."""
    story = Story(
        "death",
        "It dies.",
        tenant=PAIR,
        until=minutes(until),
        ticks_at_once=ticks_at_once,
    )
    story.at(60).server_dies("SYNC-A")
    story.expect.card("SERVER_SILENT").between(90, 125)
    return story


def test_a_watchdog_that_keeps_its_promise_passes() -> None:
    """First card, reminder, recovery."""
    story = death()
    story.at(150).promote("SYNC-B")
    story.expect.card("SERVER_SILENT", "reminder").between(120, 155)
    story.expect.recovery("SERVER_SILENT").between(150, 170)
    result = run_story(story, StubWatchdog)

    result.check()
    assert result.sentence == (
        "As promised: 3 cards, each in its time, none missing and none too many."
    )
    assert [tick.at for tick in result.recording.ticks] == [minutes(5 * n) for n in range(41)]
    assert result.recording.ticks[0].sources == {"organization": "ok"}


async def test_a_story_can_be_played_inside_a_running_loop() -> None:
    """Asynchronous tests need no thread."""
    (await play(death(until=110), StubWatchdog)).check()


def test_a_watchdog_that_says_nothing_fails_with_a_readable_difference() -> None:
    """What was promised, what came, and the timeline."""
    result = run_story(death(), partial(StubWatchdog, blind_is_healthy=True))

    with pytest.raises(StoryFailedError) as caught:
        result.check()
    assert str(caught.value).splitlines() == [
        "Story death: 1 problem(s)",
        "  - missing     SERVER_SILENT first between 90 and 125 min",
        "Timeline:",
        "      0  00:30  = HEALTHY",
        "     60  01:30  * SYNC-A dies",
    ]


def test_a_watchdog_that_cries_wolf_fails() -> None:
    """A card too many is as bad as one too few."""
    story = Story("quiet", "Nothing happens.", tenant=PAIR, until=minutes(100))
    story.expect.quiet()
    result = run_story(story, partial(StubWatchdog, limit=minutes(10)))

    assert not result.passed
    assert "+ unexpected  SERVER_SILENT first" in result.explain()
    assert "0 missing" in result.sentence


def test_a_tick_that_raises_is_recorded_and_fails_the_story() -> None:
    """The story goes on, as the timer would."""
    story = Story("quiet", "Nothing happens.", tenant=PAIR, until=minutes(10))
    story.expect.quiet()
    result = run_story(story, partial(StubWatchdog, raises=True))

    assert [tick.verdict for tick in result.recording.ticks] == ["FAILED"] * 3
    assert "the tick at 5 min raised RuntimeError" in result.explain()


def test_overlapping_ticks_run_at_one_moment_in_watchdogs_of_their_own() -> None:
    """A watchdog without a shared store posts twice, and the story notices."""
    result = run_story(death(until=110, ticks_at_once=2), StubWatchdog)

    assert [tick.at for tick in result.recording.ticks[:4]] == [minutes(m) for m in (0, 0, 5, 5)]
    assert len(result.comparison.unexpected) == 1


def test_missed_ticks_are_not_made_up_and_the_watchdog_starts_afresh() -> None:
    """After a gap a new process goes on; the one before was closed."""
    story = Story("gap", "A gap.", tenant=PAIR, until=minutes(60))
    story.at(20).watchdog_down(until=40)
    story.expect.quiet()
    built: list[StubWatchdog] = []
    closed: list[StubWatchdog] = []

    class Counted(StubWatchdog):
        async def aclose(self) -> None:
            closed.append(self)

    def make(environ: Mapping[str, str], *, now: Callable[[], datetime]) -> StubWatchdog:
        built.append(Counted(environ, now=now))
        return built[-1]

    seen: list[TickRecord] = []
    run_story(story, make, on_tick=seen.append).check()

    assert [tick.at / minutes(1) for tick in seen] == [0, 5, 10, 15, 40, 45, 50, 55, 60]
    assert len(built) == 2
    assert closed == built


def test_a_story_holds_no_state() -> None:
    """Running it twice gives the same twice."""
    story = death(until=110)
    first, second = (run_story(story, StubWatchdog).recording for _ in range(2))

    assert first == second


def test_the_watchdog_gets_the_real_settings_and_they_point_at_loopback() -> None:
    """The names of the contract, with values that no other host would see."""
    caught: dict[str, str] = {}

    def make(environ: Mapping[str, str], *, now: Callable[[], datetime]) -> StubWatchdog:
        caught.update(environ)
        return StubWatchdog(environ, now=now)

    run_story(death(until=110), make).check()

    assert caught["WATCHDOG_TENANT_ID"] == TENANT_ID
    assert caught["WATCHDOG_CREDENTIAL"] == "loopback"
    assert caught["WATCHDOG_GRAPH_URL"].startswith("http://127.0.0.1:")
    assert caught["WATCHDOG_TEAMS_URL"].startswith("http://127.0.0.1:")
    assert f"sig={SIGNATURE}" in caught["WATCHDOG_TEAMS_URL"]
    assert caught["WATCHDOG_STORE"].startswith("sqlite:////")
    assert (caught["WATCHDOG_ACTIVE_SERVER"], caught["WATCHDOG_STANDBY_SERVERS"]) == (
        "SYNC-A",
        "SYNC-B",
    )
