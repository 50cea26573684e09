"""A clock that jumped, and a store that is away: nothing is silenced, forgotten or deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared import past
from shared.domain.incidents.days import Day
from shared.domain.readings import TenantReading
from tests.support.scheduler import Fault, run_in
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import PERIOD, START, go

if TYPE_CHECKING:
    from tests.support.virtual_world import World

JUMP = timedelta(days=700)


def jump(world: World, by: timedelta) -> None:
    """Our clock is wrong from now on, or right again; the tenant's is not."""
    world._zero += by


def tick_ahead(world: World) -> None:
    """One tick whose clock runs far ahead while Graph is readable and says so."""
    right = world.now() + PERIOD
    real = world.truth.reading(right)
    assert isinstance(real, TenantReading)
    world.scripted["A"] = TenantReading(
        TENANT,
        "Contoso",
        real.sync_enabled,
        real.object_sync_at,
        real.password_sync_at,
        clock_ahead=-JUMP,
    )
    jump(world, JUMP)
    world.tick_at(right + JUMP)
    jump(world, -JUMP)
    world.scripted.clear()


def verdicts(world: World) -> list[str]:
    """What the ticks said, in order."""
    return [str(event["verdict"]) for event in world.logged("watchdog.tick")]


def test_a_wrong_clock_is_told_and_deletes_no_history(world: World) -> None:
    """Two years ahead, all of the history would have outlived its retention."""
    old = [past.put_day(Day((START - timedelta(days=back)).date())) for back in (1, 100, 390)]
    for write in old:
        world.data.plant(TENANT, write.key, write.document)
    go(world, 10)

    tick_ahead(world)
    go(world, 25)

    assert "CLOCK_SUSPECT" in verdicts(world)
    assert {write.key for write in old} < {row.key for row in world.data.partition(TENANT)}


def test_blindness_counts_from_when_the_clock_was_right_again(world: World) -> None:
    """A last read in the future must not keep the watchdog from saying that it is blind."""
    go(world, 10)
    tick_ahead(world)
    world.truth.readable = False

    go(world, 60)

    assert verdicts(world)[-1] == "BLIND"


def test_a_success_in_the_future_is_no_success(world: World) -> None:
    """The clock went back: what was written ahead of it proves nothing about now."""
    go(world, 10)
    jump(world, -timedelta(days=2))

    health = run_in(world.loop, {"A": world.watch().health()})["A"]

    assert health is not None
    assert health.status == "stale"


def test_an_escalation_is_logged_before_it_is_stored(world: World) -> None:
    """A crash right behind the commit must not lose the one event that reaches a phone."""
    world.truth.dies(START + MINUTE)
    go(world, 70)
    assert not world.logged("watchdog.escalate")
    crashes = iter([Fault.CRASH_AFTER])
    world.io.faults = lambda step: next(crashes, None) if step.operation == "commit" else None

    go(world, 80)

    assert len(world.logged("watchdog.escalate")) == 1


def test_a_tick_without_its_store_says_what_it_read_and_gives_no_verdict(world: World) -> None:
    """BLIND is about Graph; a store that is away is a problem of its own."""
    go(world, 10)
    world.io.faults = lambda step: Fault.ERROR if step.operation == "read" else None

    go(world, 15)

    told = world.logged("watchdog.tick")[-1]
    assert (told["verdict"], told["sources"], told["committed"]) == ("", {"graph": "ok"}, False)
    assert told["problem"]
