"""The weekly digest in real ticks: missed ticks, a channel that is down, two at once, crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.ports import Delivery
from tests.support.monday_world import (
    DAY,
    HOUR,
    MONDAY,
    bulletins,
    digests,
    monday_world,
    plant_state,
    state,
    strike,
    to,
)
from tests.support.scheduler import Fault, by_bits
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PERIOD, PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from tests.support.virtual_world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A tenant that is well, watched since 07:20; the digest is due on Monday 08:00."""
    with monday_world() as opened:
        yield opened


# -- when it comes --------------------------------------------------------------------------------


def test_the_digest_comes_on_monday_and_its_row_goes_with_the_next_tick(world: World) -> None:
    """One card; the tick that sends it reads the past once; the rows are those of before."""
    before = to(world, MONDAY - 5 * MINUTE)
    assert digests(world) == []

    (sending,) = to(world, MONDAY)
    assert digests(world) == [("digest-20260316-0800", MONDAY)]
    (row,) = bulletins(world).values()
    assert row["card"]["sent_at"]
    after = to(world, MONDAY + 30 * MINUTE)

    assert bulletins(world) == {}
    assert len(digests(world)) == 1
    assert [
        tick.result and tick.result.store_calls for tick in (before[-1], sending, after[-1])
    ] == [
        3,
        3 + 5,  # the outbox, the past, claim, the outbox again, record
        3,
    ]
    assert all(tick.result and tick.result.heartbeat for tick in (sending, *after))


def test_it_comes_every_week(world: World) -> None:
    """Three Mondays, three digests, each to the minute."""
    to(world, MONDAY)
    to(world, MONDAY + 15 * DAY, HOUR)

    assert digests(world) == [
        (f"digest-202603{day}-0800", MONDAY + week * 7 * DAY)
        for week, day in enumerate((16, 23, 30))
    ]


@pytest.mark.parametrize("late", [25 * MINUTE, 3 * DAY, 6 * DAY, 18 * DAY])
def test_a_missed_tick_delays_it_and_loses_nothing(world: World, late: timedelta) -> None:
    """The timer slept over the slot, or over three of them: one digest with the first tick."""
    world.tick_at(MONDAY + late)
    to(world, MONDAY + late + HOUR)

    assert [at for _, at in digests(world)] == [MONDAY + late]


def test_the_first_tick_ever_sends_none(world: World) -> None:
    """Watching began at 07:20: the slot of a week ago is known, and nothing was sent for it."""
    assert state(world).digest_slot == MONDAY - 7 * DAY
    assert bulletins(world) == {}


def test_an_upgrade_from_a_release_without_digests_waits_for_the_next_slot(world: World) -> None:
    """Its state knows no slot: nothing is sent on Wednesday, and on Monday the digest comes."""
    plant_state(world, digest_slot=None)
    world.tick_at(MONDAY + 2 * DAY)
    to(world, MONDAY + 2 * DAY + HOUR)
    assert digests(world) == []
    to(world, MONDAY + 7 * DAY, HOUR)

    assert [at for _, at in digests(world)] == [MONDAY + 7 * DAY]


def test_without_the_setting_there_is_none() -> None:
    """A plan without a digest makes no rows and sends no cards."""
    with monday_world(PLAN) as world:
        to(world, MONDAY + HOUR)

        assert world.channel.cards == []
        assert state(world).digest_slot is None


def test_it_comes_while_the_tenant_cannot_be_read(world: World) -> None:
    """It proves the way to the channel most of all when the watchdog is blind."""
    world.truth.readable = False
    to(world, MONDAY)
    to(world, MONDAY + 7 * DAY, HOUR)

    assert [card.verdict for card in world.channel.cards[:2]] == ["", "BLIND"]
    assert [at for _, at in digests(world)] == [MONDAY, MONDAY + 7 * DAY]


# -- when sending fails ---------------------------------------------------------------------------


def test_teams_is_down_over_monday(world: World) -> None:
    """The digest is tried again until it is taken; meanwhile it is overdue and nothing beats."""
    to(world, MONDAY - 5 * MINUTE)
    world.channel.answers = Delivery.RETRY
    down = to(world, MONDAY + 4 * HOUR)
    beats = [tick.result.heartbeat for tick in down if tick.result]
    assert beats[:3] == [True] * 3
    assert not any(beats[4:])
    assert digests(world) == []

    world.channel.answers = Delivery.ACCEPTED
    to(world, MONDAY + 6 * HOUR)

    assert [name for name, _ in digests(world)] == ["digest-20260316-0800"]
    assert MONDAY + 4 * HOUR < digests(world)[0][1] <= MONDAY + 5 * HOUR + PERIOD
    assert world.ended[-1].result
    assert world.ended[-1].result.heartbeat


def test_teams_is_down_over_three_mondays(world: World) -> None:
    """One card with the latest state; the older ones are superseded, and all rows go."""
    to(world, MONDAY - 5 * MINUTE)
    world.channel.answers = Delivery.RETRY
    to(world, MONDAY + HOUR)
    to(world, MONDAY + 14 * DAY + HOUR, HOUR)
    assert len(bulletins(world)) == 3
    assert not any(t.result and t.result.heartbeat for t in world.ended[-300:])

    world.channel.answers = Delivery.ACCEPTED
    to(world, MONDAY + 14 * DAY + 3 * HOUR)

    assert [name for name, _ in digests(world)] == ["digest-20260330-0800"]
    assert bulletins(world) == {}


@pytest.mark.parametrize(
    ("operation", "nth", "fault", "cards"),
    [
        ("commit", 1, Fault.CRASH_BEFORE, 1),
        ("commit", 1, Fault.CRASH_AFTER, 1),
        ("commit", 2, Fault.CRASH_BEFORE, 1),  # the claim
        ("commit", 2, Fault.CRASH_AFTER, 1),
        ("commit", 2, Fault.LOST_REPLY, 1),
        ("post", 1, Fault.CRASH_BEFORE, 1),
        ("post", 1, Fault.ERROR, 1),
        ("post", 1, Fault.CRASH_AFTER, 2),  # shown, not recorded: shown again after the lease
        ("post", 1, Fault.UNKNOWN, 2),
        ("commit", 3, Fault.CRASH_BEFORE, 2),  # the record
        ("commit", 3, Fault.CRASH_AFTER, 1),
        ("commit", 3, Fault.ERROR, 1),
        ("read", 2, Fault.ERROR, 1),
        ("read", 3, Fault.ERROR, 1),  # the past
        ("read", 3, Fault.CRASH_AFTER, 1),
    ],
)
def test_a_crash_at_any_step_loses_no_digest(
    world: World, operation: str, nth: int, fault: Fault, cards: int
) -> None:
    """It comes within the lease; twice only where the fault hit between sending and recording."""
    to(world, MONDAY - 5 * MINUTE)
    strike(world, operation, fault, nth)
    world.tick_at(MONDAY)
    world.io.faults = lambda _step: None
    to(world, MONDAY + 30 * MINUTE)

    assert [name for name, _ in digests(world)] == ["digest-20260316-0800"] * cards
    assert cards == 1 or world.excuses
    assert bulletins(world) == {}
    assert world.ended[-1].result
    assert world.ended[-1].result.heartbeat


@pytest.mark.parametrize("bits", range(0, 4096, 63))
def test_two_ticks_at_once_send_one_digest(world: World, bits: int) -> None:
    """However they interleave."""
    to(world, MONDAY - 5 * MINUTE)
    world.io.choose = by_bits([bits >> n & 1 for n in range(12)])
    world.tick_at(MONDAY, "A", "B")
    to(world, MONDAY + 30 * MINUTE)

    assert [name for name, _ in digests(world)] == ["digest-20260316-0800"]
    assert bulletins(world) == {}


def test_cards_of_incidents_go_first(world: World) -> None:
    """The digest waits for Teams since eight, the incident since later: it is told first."""
    world.truth.dies(world.now())
    world.channel.answers = Delivery.RETRY
    to(world, MONDAY + 45 * MINUTE)
    assert len(bulletins(world)) == 1
    world.channel.answers = Delivery.ACCEPTED
    to(world, MONDAY + 50 * MINUTE)

    assert [card.reason == "digest" for card in world.channel.cards] == [False, True]
