"""Maintenance with real ticks: measuring goes on, cards wait, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared import ledger, maintaining
from shared.acting import Desk
from shared.domain.incidents.actions import acknowledge
from shared.maintaining import Announced
from shared.ports import Delivery
from shared.recurrence import new_window
from tests.support.promises import stories
from tests.support.scheduler import run_in
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import START, World, go

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from shared.domain.maintenance.window import Window


OPENS = 60
"""The tick, in minutes, that finds a server silent that died at the start."""


def window(begins: float, ends: float, name: str = "w", **more: Any) -> Window:
    """A window once, told in minutes after `START`."""
    start = START + begins * MINUTE
    lasts = timedelta(minutes=ends - begins)
    return new_window(f"{start:%Y-%m-%dT%H:%M}", lasts, "UTC", id=name, **more)


def ask(world: World, work: Coroutine[Any, Any, Any]) -> Any:
    """Run one call of a process."""
    return run_in(world.loop, {"A": work})["A"]


def announce(world: World, announced: Window) -> maintaining.Change:
    """Somebody announces a window in the store."""
    store = world.watch().outside.store
    found: maintaining.Change = ask(
        world, maintaining.announce(store, TENANT, announced, world.now())
    )
    return found


def end(world: World, name: str = "w", by: str = "on call") -> maintaining.Change:
    """Somebody ends a stored window."""
    store = world.watch().outside.store
    found: maintaining.Change = ask(
        world, maintaining.end(store, TENANT, name, world.now(), by=by, via="test")
    )
    return found


def cards(world: World) -> list[tuple[int, str]]:
    """Every card: its minute after `START` and why it was sent."""
    return [(int((card.at - START) / MINUTE), card.reason) for card in world.channel.cards]


def events(world: World) -> list[str]:
    """What happened to the one incident."""
    (story,) = stories(world).values()
    return [str(change.event) for change in story.changes]


# -- what happens to cards ------------------------------------------------------------------------


def test_an_incident_that_outlives_the_window_is_told_at_its_end(
    world_of: Callable[..., World],
) -> None:
    """Measuring goes on; then one card, with reminder and escalation counted from there."""
    world = world_of(window(30, 180))

    ran = go(world, 175)
    assert ask(world, world.watch().health()).status == "ok"
    ran += go(world, 240)

    assert cards(world) == [
        (180, "first"),
        (195, "escalation"),
        (210, "reminder"),
        (240, "reminder"),
    ]
    assert all(tick.result and tick.result.heartbeat for tick in ran)
    assert all(tick.result and tick.result.problem == "" for tick in ran)
    (story,) = stories(world).values()
    assert (story.incident.opened_at - START) / MINUTE == pytest.approx(OPENS, abs=1)
    assert story.incident.verdict == "SERVER_SILENT"


def test_an_incident_that_comes_and_goes_within_the_window_is_not_told(
    world_of: Callable[..., World],
) -> None:
    """It is in the history, with its transitions, and nothing is left to send."""
    world = world_of(window(30, 180))
    go(world, 90)
    world.truth.returns(world.now())

    ran = go(world, 240)

    assert cards(world) == []
    assert events(world)[0] == "opened"
    assert events(world)[-1] == "recovered"
    (story,) = stories(world).values()
    assert (story.archived, story.unsent) == (True, [])
    assert all(tick.result and tick.result.heartbeat for tick in ran)


def test_an_incident_told_before_the_window_is_told_to_be_over_at_its_end(
    world_of: Callable[..., World],
) -> None:
    """Whoever was told of it must not be left with it."""
    world = world_of(window(70, 300))
    go(world, 90)
    world.truth.returns(world.now())

    go(world, 330)

    assert cards(world) == [(60, "first"), (300, "recovery")]


def test_one_told_before_and_still_there_is_repeated_at_the_end(
    world_of: Callable[..., World],
) -> None:
    """The window was announced for work on it, maybe; now somebody looks again."""
    world = world_of(window(70, 300))

    go(world, 320)

    assert cards(world) == [(60, "first"), (300, "reminder"), (315, "escalation")]


def test_ticks_that_are_missed_around_both_ends_change_nothing(
    world_of: Callable[..., World],
) -> None:
    """The first tick after the end sends the card, and escalation counts from the end."""
    world = world_of(window(30, 180))
    go(world, 15)
    world.until(START + 100 * MINUTE)
    go(world, 120)
    world.until(START + 181 * MINUTE)

    go(world, 200)

    assert cards(world) == [(186, "first"), (196, "escalation")]
    assert len(stories(world)) == 1


def test_no_acknowledgement_lapses_within_a_window(world_of: Callable[..., World]) -> None:
    """It would speak; it does so at the end."""
    world = world_of(window(70, 420))
    go(world, 65)
    (name,) = stories(world)
    desk = Desk(TENANT, world.watch().outside.store, world.new_id)
    ask(world, desk.act(name, lambda it: acknowledge(it, "on call", world.now())))

    go(world, 415)
    assert "ack_lapsed" not in events(world)
    go(world, 420)

    assert "ack_lapsed" in events(world)
    assert cards(world) == [(60, "first"), (420, "reminder")]


def test_a_card_that_waits_goes_at_once_when_somebody_ends_the_window(
    world_of: Callable[..., World],
) -> None:
    """Not at the end that was announced."""
    world = world_of()
    assert announce(world, window(30, 600)).outcome is Announced.ANNOUNCED
    go(world, 100)
    assert cards(world) == []

    assert end(world).outcome is Announced.ENDED
    ran = go(world, 140)

    assert cards(world) == [(105, "first"), (120, "escalation"), (135, "reminder")]
    assert all(tick.result and tick.result.heartbeat for tick in ran)


def test_a_window_announced_while_another_is_on_makes_the_wait_longer(
    world_of: Callable[..., World],
) -> None:
    """The card was to wait for 90; it waits for 200."""
    world = world_of(window(30, 90))
    go(world, 80)
    announce(world, window(80, 200, "longer"))

    ran = go(world, 210)

    assert cards(world) == [(200, "first")]
    assert all(tick.result and tick.result.heartbeat for tick in ran)


def test_a_card_that_fell_due_before_the_window_waits_too_if_it_is_still_unsent(
    world_of: Callable[..., World],
) -> None:
    """Teams was out of order; when it works again nobody wants a card."""
    world = world_of(window(70, 180))
    world.channel.answers = Delivery.RETRY
    go(world, 70)
    world.channel.answers = Delivery.ACCEPTED

    go(world, 175)
    assert cards(world) == []
    go(world, 185)

    assert cards(world)[0][0] == 180


def test_teams_out_of_order_at_the_end_loses_nothing(world_of: Callable[..., World]) -> None:
    """The card is tried with every tick; it is overdue ten minutes after the end, not before."""
    world = world_of(window(30, 180))
    world.channel.answers = Delivery.RETRY
    ran = go(world, 215)
    world.channel.answers = Delivery.ACCEPTED
    go(world, 220)

    assert [at for at, _ in cards(world)] == [220]
    beats = [t.started for t in ran if t.result and not t.result.heartbeat]
    assert {(at - START) // MINUTE for at in beats} == {195, 200, 205, 210, 215}


def test_an_incident_that_outlived_one_window_is_told_although_it_ended_in_the_next(
    world_of: Callable[..., World],
) -> None:
    """Between the two Teams was out of order: silence would have lost it."""
    world = world_of(window(30, 100), window(110, 300, "later"))
    world.channel.answers = Delivery.RETRY
    go(world, 120)
    world.channel.answers = Delivery.ACCEPTED
    world.truth.returns(world.now())

    go(world, 320)

    assert cards(world) == [(300, "missed")]


def test_windows_one_after_another_do_not_silence_an_outage_for_good(
    world_of: Callable[..., World],
) -> None:
    """After seven days of waiting the card is sent, whatever is on."""
    day = 24 * 60
    world = world_of(window(30, 6 * day), window(6 * day, 12 * day, "again"))
    go(world, 120)
    world.until(START + timedelta(days=7, minutes=50))
    go(world, 7 * day + 55)
    assert cards(world) == []

    go(world, 7 * day + 65)

    assert len(cards(world)) == 1


def test_a_repeated_window_holds_cards_each_time(world_of: Callable[..., World]) -> None:
    """Every night, by the clock on the wall."""
    nightly = new_window(
        "2026-03-13T04:00", timedelta(hours=2), "UTC", id="n", rule="FREQ=DAILY", title="Backup"
    )
    world = world_of(nightly)

    go(world, 175)
    assert cards(world) == []
    go(world, 185)

    assert cards(world) == [(180, "first")]


def test_a_stored_window_that_cannot_be_read_holds_nothing(world: World) -> None:
    """A row edited by hand: cards go out, and the tick goes on."""
    odd = replace(window(0, 600), zone="Mars/Olympus", rule="FREQ=DAILY")
    world.data.plant(TENANT, ledger.window_key(odd), ledger.encode(odd))
    world.truth.dies(START)

    ran = go(world, 65)

    assert cards(world) == [(60, "first")]
    assert all(tick.result and tick.result.heartbeat for tick in ran)
