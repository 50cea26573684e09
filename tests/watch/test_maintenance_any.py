"""Any maintenance windows: no card within one, and none lost after it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.incidents.incident import State
from shared.recurrence import new_window
from tests.support.promises import stories
from tests.support.scheduler import VirtualLoop
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PERIOD, PLAN, START, World

if TYPE_CHECKING:
    from shared.domain.maintenance.window import Window


def window(begins: float, ends: float, name: str = "w", **more: Any) -> Window:
    """A window once, told in minutes after `START`."""
    start = START + begins * MINUTE
    lasts = timedelta(minutes=ends - begins)
    return new_window(f"{start:%Y-%m-%dT%H:%M}", lasts, "UTC", id=name, **more)


MINUTES = st.integers(0, 300)


@settings(max_examples=25, deadline=None)
@given(
    spans=st.lists(st.tuples(MINUTES, st.integers(5, 180)), max_size=3),
    changes=st.lists(st.tuples(MINUTES, st.booleans()), max_size=4),
    missed=st.sets(st.integers(0, 72), max_size=30),
)
def test_no_card_within_a_window_and_none_lost_after_it(
    spans: list[tuple[int, int]], changes: list[tuple[int, bool]], missed: set[int]
) -> None:
    """Any windows, deaths, returns and missed ticks: silent inside, told by the next tick after."""
    windows = [window(at, at + long, f"w{n}") for n, (at, long) in enumerate(spans)]
    with closing(VirtualLoop()) as loop:
        world = World(loop, plan=replace(PLAN, windows=tuple(windows)))
        _play(world, spans, changes, missed)


def _play(
    world: World, spans: list[tuple[int, int]], changes: list[tuple[int, bool]], missed: set[int]
) -> None:
    def inside(at: datetime) -> bool:
        return any(START + a * MINUTE <= at < START + (a + long) * MINUTE for a, long in spans)

    coming = sorted(changes)
    for number in range(72):
        at = START + (number + 1) * PERIOD
        while coming and START + coming[0][0] * MINUTE <= at:
            _, dies = coming.pop(0)
            (world.truth.dies if dies else world.truth.returns)(at - PERIOD / 2)
        if number in missed:
            continue
        (ended,) = world.tick_at(at)
        assert ended.result is not None
        assert ended.result.heartbeat
        known = stories(world)
        for story in known.values():
            told = any(card.sent_at for card in story.cards)
            over = story.incident.state is State.RESOLVED
            if not inside(at) and not inside(world.now()):
                assert story.unsent == []
                assert told or over
            if over and not told and not story.unsent:
                _came_and_went(story.incident.opened_at, story.incident.resolved_at, spans)
    assert not any(inside(card.at) for card in world.channel.cards)


def _came_and_went(
    opened: datetime, resolved: datetime | None, spans: list[tuple[int, int]]
) -> None:
    """Nothing outside a window between the first and the last moment of an untold incident."""
    assert resolved is not None
    moment = opened
    while moment <= resolved:
        minute = (moment - START) / MINUTE
        assert any(a <= minute < a + long for a, long in spans)
        moment += MINUTE
