"""Maintenance, drills and incidents at once: each keeps its own promise beside the others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared import drilling, maintaining
from shared.acting import Desk
from shared.domain.incidents.actions import Actor, acknowledge, snooze, switching
from shared.drilling import Done
from shared.ports import Delivery
from shared.recurrence import new_window
from simulator.stories import A, B
from tests.support import drills
from tests.support.promises import stories
from tests.support.scheduler import run_in
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import START, World, go

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from shared.domain.incidents.incident import Incident, Step
    from shared.domain.maintenance.window import Window
    from tests.support.hostile_pair import HostilePair
    from tests.support.virtual_world import Ended

ME = Actor("Identity on-call", "test")


def window(begins: float, ends: float, name: str = "w") -> Window:
    """A window once, told in minutes after `START`."""
    start, lasts = START + begins * MINUTE, timedelta(minutes=ends - begins)
    return new_window(f"{start:%Y-%m-%dT%H:%M}", lasts, "UTC", id=name)


def ask(world: World, work: Coroutine[Any, Any, Any]) -> Any:
    """Run one call of a process."""
    return run_in(world.loop, {"P": work})["P"]


def act(world: World, action: Callable[[Incident], Step]) -> None:
    """Somebody acts on the one incident."""
    (name,) = stories(world)
    desk = Desk(TENANT, world.watch().outside.store, world.new_id)
    ask(world, desk.act(name, action))


def announce(world: World, announced: Window) -> None:
    """Somebody announces a window in the store."""
    store = world.watch().outside.store
    ask(world, maintaining.announce(store, TENANT, announced, world.now()))


def ending(world: World, name: str) -> Coroutine[Any, Any, maintaining.Change]:
    """Somebody is about to end a stored window."""
    store = world.watch().outside.store
    return maintaining.end(store, TENANT, name, world.now(), by="me", via="test")


def drill(world: World) -> drilling.Result:
    """Somebody starts a drill."""
    new = drilling.new(ME, world.now(), world.new_id()[:10])
    result: drilling.Result = ask(world, drilling.start(world.watch().outside.store, TENANT, new))
    return result


def cards(world: World) -> list[tuple[int, str]]:
    """Every card: its minute after `START` and why it was sent."""
    return [(int((card.at - START) / MINUTE), card.reason) for card in world.channel.cards]


def events(world: World) -> list[tuple[int, str]]:
    """What happened to the one incident, and when."""
    (story,) = stories(world).values()
    return [(int((c.at - START) / MINUTE), str(c.event)) for c in story.changes]


def all_beat(ran: list[Ended]) -> bool:
    """Whether every tick ended with a heartbeat."""
    return all(tick.result and tick.result.heartbeat for tick in ran)


# -- what stood before a window -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "lapse"),
    [
        (lambda it, at: acknowledge(it, "me", at), "ack_lapsed"),
        (lambda it, at: switching(it, ME, at), "ack_lapsed"),
        (lambda it, at: snooze(it, at + 60 * MINUTE, "me", at), "snooze_ended"),
    ],
    ids=["acknowledged", "switching", "snoozed"],
)
def test_what_was_taken_or_put_off_before_a_window_speaks_again_at_its_end(
    world_of: Callable[..., World], taken: Callable[..., Step], lapse: str
) -> None:
    """One reminder, then one escalation with its one log event, a quarter of an hour later."""
    world = world_of(window(90, 400))
    ran = go(world, 70)
    act(world, lambda it: taken(it, world.now()))

    ran += go(world, 420)

    assert cards(world) == [(60, "first"), (400, "reminder"), (415, "escalation")]
    assert [each for each in events(world) if each[0] > 75] == [(400, lapse), (415, "escalated")]
    assert len(world.logged("watchdog.escalate")) == 1
    assert all_beat(ran)


def test_what_escalated_before_a_window_does_not_escalate_after_it(
    world_of: Callable[..., World],
) -> None:
    """The window is no new announcement: reminders go on."""
    world = world_of(window(80, 200))
    ran = go(world, 265)

    assert cards(world) == [
        (60, "first"),
        (75, "escalation"),
        (200, "reminder"),
        (230, "reminder"),
        (260, "reminder"),
    ]
    assert len(world.logged("watchdog.escalate")) == 1
    assert all_beat(ran)


def test_an_incident_that_recovers_across_the_end_is_told_as_recovered_only(
    world_of: Callable[..., World],
) -> None:
    """At the end it is recovering: no reminder, no escalation."""
    world = world_of(window(65, 200))
    ran = go(world, 185)
    world.truth.returns(world.now())
    ran += go(world, 300)

    assert cards(world) == [(60, "first"), (220, "recovery")]
    assert all_beat(ran)


# -- windows that follow each other ---------------------------------------------------------------


def test_windows_that_touch_are_one_window(world_of: Callable[..., World]) -> None:
    """No card slips out between them, whichever is stored and whichever stands in the setting."""
    world = world_of(window(30, 90), window(150, 200, "w2"))
    announce(world, window(90, 150, "w"))  # the id of a window of the setting

    ran = go(world, 215)

    assert cards(world) == [(200, "first"), (215, "escalation")]
    assert all_beat(ran)


def test_a_window_extended_and_then_ended_twice_keeps_one_escalation(
    world_of: Callable[..., World],
) -> None:
    """Announced over an open incident, ended, and on again before anybody took it."""
    world = world_of()
    ran = go(world, 65)
    announce(world, window(70, 200))
    announce(world, window(190, 300, "later"))
    ran += go(world, 150)
    ask(world, ending(world, "w"))
    ran += go(world, 195)
    ask(world, ending(world, "later"))
    ran += go(world, 235)

    assert cards(world) == [
        (60, "first"),
        (170, "escalation"),
        (185, "reminder"),
        (230, "reminder"),
    ]
    assert len(world.logged("watchdog.escalate")) == 1
    assert all_beat(ran)


def test_a_window_that_a_person_ends_while_a_tick_runs_lets_the_card_go_once(
    world_of: Callable[..., World],
) -> None:
    """By this tick or the next, and the clocks count from there."""
    world = world_of()
    announce(world, window(30, 600))
    go(world, 100)
    world.until(START + 105 * MINUTE)
    run_in(world.loop, {"A": world.watch("A").tick(), "P": ending(world, "w")})
    ran = go(world, 126)

    (first, *later) = cards(world)
    assert first[0] in {105, 110}
    assert first[1] == "first"
    assert later == [(first[0] + 15, "escalation")]
    assert all_beat(ran)


def test_a_quiet_card_waits_for_the_next_morning_when_its_week_of_maintenance_is_called_off(
    tmp_path: Path,
) -> None:
    """Not for the office hours after the end that was announced, days later."""

    async def story(pair: HostilePair) -> None:
        store, tenant = pair.watch.outside.store, pair.watch.plan.tenant_id
        week = new_window(f"{pair.now():%Y-%m-%dT%H:%M}", timedelta(days=6), "UTC", id="week")
        await maintaining.announce(store, tenant, week, pair.now())
        pair.tenant.change(lambda model: model.server_dies(B))
        await drills.until(pair, lambda: drills.live(pair).notifications, within=60)
        (waiting,) = drills.live(pair).notifications.values()
        assert waiting.not_before
        assert waiting.not_before - pair.now() > timedelta(days=5)
        await maintaining.end(store, tenant, "week", pair.now(), by="me", via="test")
        opening = pair.watch.plan.rhythm.office.next_open(pair.now())
        await pair.some_ticks(2)
        (waiting,) = drills.live(pair).notifications.values()
        assert pair.now() < opening
        assert (pair.cards, waiting.not_before) == ([], opening)
        await pair.tick((opening - pair.now()) / MINUTE)

        assert [card.verdict for card in pair.cards] == ["STANDBY_UNFIT"]

    drills.plays(tmp_path, story)


def test_by_a_clock_that_is_a_day_ahead_no_window_of_tomorrow_holds_a_card(tmp_path: Path) -> None:
    """Graph contradicts our clock: an outage of today is told; by the right clock windows hold."""

    async def story(pair: HostilePair) -> None:
        store, tenant = pair.watch.outside.store, pair.watch.plan.tenant_id
        begins = f"{pair.now() + timedelta(hours=20):%Y-%m-%dT%H:%M}"
        week = new_window(begins, timedelta(days=6), "UTC", id="week")
        await maintaining.announce(store, tenant, week, pair.now())
        pair.clock_ahead(24 * 60)
        await pair.some_ticks(2)
        assert [card.verdict for card in pair.cards] == ["CLOCK_SUSPECT"]
        pair.tenant.change(lambda model: model.server_dies(A))
        await pair.some_ticks(20)
        assert "SERVER_SILENT" in [card.verdict for card in pair.cards]

        pair.clock_ahead(0)
        pair.after(22 * 60)  # now it is on
        count = len(pair.cards)
        await pair.some_ticks(5)
        assert len(pair.cards) == count

    drills.plays(tmp_path, story)


# -- drills ---------------------------------------------------------------------------------------


def test_a_drill_within_a_window_frames_cards_that_wait_for_its_end(
    world_of: Callable[..., World],
) -> None:
    """Bulletins are not held; the incident of the drill is told after the window, as a drill."""
    world = world_of(window(20, 200))
    ran = go(world, 10)
    assert drill(world).done is Done.STARTED
    assert drill(world).done is Done.ALREADY
    ran += go(world, 220)
    world.truth.returns(world.now())
    ran += go(world, 400)

    reasons = [reason for _, reason in cards(world)]
    assert reasons == ["drill_started", "first", "escalation", "recovery", "drill_over"]
    assert cards(world)[:2] == [(15, "drill_started"), (200, "first")]
    (story,) = stories(world).values()
    assert story.incident.drill
    assert all_beat(ran)


def test_what_outlives_a_drill_within_a_window_is_told_as_real(
    world_of: Callable[..., World],
) -> None:
    """The drill ran out during the window, and somebody had taken the incident."""
    world = world_of(window(20, 600))
    ran = go(world, 10)
    drill(world)
    ran += go(world, 70)
    act(world, lambda it: acknowledge(it, "me", world.now()))
    ran += go(world, 620)

    assert cards(world) == [
        (15, "drill_started"),
        (495, "drill_over"),
        (600, "first"),
        (615, "escalation"),
    ]
    (story,) = stories(world).values()
    assert story.incident.drill == ""
    assert all_beat(ran)


def test_a_late_card_after_a_drill_is_no_practice_although_nothing_can_be_read(
    world_of: Callable[..., World],
) -> None:
    """Teams was out of order, somebody stopped the drill, and Graph does not answer: no change."""
    world = world_of()
    world.channel.answers = Delivery.RETRY
    go(world, 10)
    drill(world)
    go(world, 70)
    act(world, lambda it: acknowledge(it, "me", world.now()))
    store = world.watch().outside.store
    ask(world, drilling.stop(store, TENANT, ME, world.now(), world.new_id()))
    world.truth.readable = False
    world.channel.answers = Delivery.ACCEPTED

    go(world, 75)

    assert (75, "first") in cards(world)
    (story,) = stories(world).values()
    assert story.incident.drill == ""
