"""What `watchdog.tick` says beyond the verdict: the workbook and the alert rules read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.recurrence import new_window
from shared.watch import Watch
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PLAN, START, World, go

if TYPE_CHECKING:
    from datetime import datetime


def told(world: World) -> dict[str, Any]:
    """The event of the last tick."""
    return dict(world.logged("watchdog.tick")[-1])


def age(world: World, stamp: datetime | None) -> int | None:
    """How many whole seconds before the last tick this was."""
    assert world.ended[-1].result is not None
    return None if stamp is None else int((world.ended[-1].result.at - stamp).total_seconds())


def test_a_tick_says_how_old_both_syncs_are(world: World) -> None:
    """In whole seconds, as of what the tick read."""
    go(world, 20)

    assert world.ended[-1].result is not None
    reading = world.truth.reading(world.ended[-1].result.at)
    assert isinstance(reading, TenantReading)
    assert not isinstance(reading.password_sync_at, Unavailable)
    assert told(world)["object_sync_age_seconds"] == age(world, reading.object_sync_at)
    assert told(world)["password_sync_age_seconds"] == age(world, reading.password_sync_at)


def test_the_ages_grow_while_the_source_cannot_be_read(world: World) -> None:
    """They are ages of the last known times, so a chart has no hole that looks like health."""
    go(world, 10)
    before, then = told(world), world.ended[-1].started
    world.scripted["A"] = Unavailable(Reason.FORBIDDEN, "No.")

    go(world, 20)

    passed = (world.ended[-1].started - then).total_seconds()
    assert passed > 0
    for name in ("object_sync_age_seconds", "password_sync_age_seconds"):
        assert told(world)[name] == before[name] + passed


def test_a_tick_that_never_read_a_time_says_none(world: World) -> None:
    """None is not zero."""
    world.scripted["A"] = Unavailable(Reason.FORBIDDEN, "No.")

    go(world, 5)

    assert told(world)["object_sync_age_seconds"] is None
    assert told(world)["password_sync_age_seconds"] is None


def test_a_tick_names_the_incidents_that_are_open_after_it(world: World) -> None:
    """From the tick that opens one until the tick that closes it."""
    go(world, 5)
    assert told(world)["incidents"] == []
    world.truth.dies(world.now())
    go(world, 90)
    (opened,) = told(world)["incidents"]

    assert opened in {card.incident for card in world.channel.cards}
    world.truth.returns(world.now())
    go(world, 200)
    assert told(world)["incidents"] == []


def test_a_tick_says_whether_maintenance_holds_the_cards(world: World) -> None:
    """Otherwise a wanted silence looks like a lost card."""
    begins, length = START + 7 * MINUTE, 10 * MINUTE
    window = new_window(f"{begins:%Y-%m-%dT%H:%M}", length, "UTC", id="w")
    planned = World(world.loop, start=START, plan=replace(PLAN, windows=(window,)))

    go(planned, 30)

    seen = [tick["maintenance"] for tick in planned.logged("watchdog.tick")]
    assert seen == [False, True, True, False, False, False]


def test_a_tick_names_the_build_that_ran(world: World) -> None:
    """After a deployment the log shows when the new build took over."""

    class Built(Watch):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "build": "1.2.3+abc"})

    world.watch_type = Built

    go(world, 5)

    assert told(world)["build"] == "1.2.3+abc"
