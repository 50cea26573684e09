"""Bulletins in real ticks: those about drills, the reminder to practise, what a digest tells."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shared import ledger, past
from shared.domain.bulletins.bulletin import Occasion, due
from shared.domain.cards.bulletins import bulletin_message
from shared.domain.drills.drill import Drill
from shared.ports import Delivery
from tests.support.monday_world import (
    DAY,
    HOUR,
    MONDAY,
    bulletins,
    monday_world,
    plant_state,
    to,
)
from tests.support.virtual_outside import MINUTE, TENANT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.support.virtual_world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A tenant that is well, watched since 07:20; the digest is due on Monday 08:00."""
    with monday_world() as opened:
        yield opened


# -- other bulletins ------------------------------------------------------------------------------


def plant(world: World, occasion: Occasion, about: str, at: datetime) -> None:
    """A bulletin about a drill, as the drill's commit leaves it."""
    bulletin = due(occasion, f"{occasion.replace('_', '-')}-{about}", at, about)
    world.data.plant(TENANT, ledger.bulletin_key(bulletin), ledger.encode(bulletin))


def drill(at: datetime, **changes: Any) -> Drill:
    """A drill that began."""
    return replace(Drill(ledger.incident_id(at, "k7q2m9xw4r"), at, by="Oncall"), **changes)


def test_a_bulletin_whose_drill_is_gone_is_superseded(world: World) -> None:
    """Nobody is told of nothing; no row stays, no audit fails."""
    plant(world, Occasion.DRILL_OVER, "20260315-2000-gone", world.now())
    to(world, MONDAY - 5 * MINUTE)

    assert world.channel.cards == []
    assert bulletins(world) == {}
    assert all(tick.result and tick.result.heartbeat for tick in world.ended[-3:])


def test_a_drill_of_the_past_is_told(world: World) -> None:
    """Its row has moved to the past; the card comes all the same."""
    began = world.now() - 2 * HOUR
    ended = drill(began, ended_at=world.now())
    put = past.put_drill(ended)
    world.data.plant(TENANT, put.key, put.document)
    plant(world, Occasion.DRILL_OVER, ended.id, world.now())
    to(world, world.now() + 10 * MINUTE)

    assert [card.reason for card in world.channel.cards] == ["drill_over"]


def test_ninety_days_without_a_drill_are_told_once_a_month(world: World) -> None:
    """In office hours: the ninetieth day is a Sunday. A tick a day is enough to see it."""
    for day in range(1, 140):
        world.tick_at(MONDAY + day * DAY + HOUR)

    told = [card.at for card in world.channel.cards if card.reason == "drill_due"]
    assert [each.date() for each in told] == [(MONDAY + days * DAY).date() for days in (91, 121)]


def test_a_reminder_that_waits_for_teams_is_pointless_after_a_drill(world: World) -> None:
    """The team practised meanwhile: the card is not sent any more."""
    to(world, MONDAY + HOUR)
    plant_state(world, drill_at=MONDAY - 100 * DAY)
    world.channel.answers = Delivery.RETRY
    to(world, MONDAY + 2 * HOUR)
    assert [key for key in bulletins(world) if "drill-due" in key]
    plant_state(world, drill_at=MONDAY - DAY)
    world.channel.answers = Delivery.ACCEPTED
    to(world, MONDAY + 4 * HOUR)

    assert [card.reason for card in world.channel.cards] == ["digest"]
    assert bulletins(world) == {}


# -- what it says ---------------------------------------------------------------------------------


def test_the_digest_tells_of_the_week(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage on Tuesday stands in the next Monday's card: gap, outage, incidents."""
    sent: list[str] = []
    monkeypatch.setattr(
        "shared.bulletin_board.bulletin_message",
        lambda bulletin, facts, at, shown: _kept(sent, bulletin, facts, at, shown),
    )
    to(world, MONDAY)
    to(world, MONDAY + DAY, 10 * MINUTE)
    world.truth.dies(world.now())
    to(world, MONDAY + DAY + 3 * HOUR)
    world.truth.returns(world.now())
    to(world, MONDAY + DAY + 5 * HOUR)
    to(world, MONDAY + 7 * DAY, 30 * MINUTE)

    assert "HEALTHY, no incident open, gap 3 h" in sent[1]
    assert "sync was out for 3 h" in sent[1]
    assert "1 incident" in sent[1]
    assert "Not seen" not in sent[1]
    assert "none seen · no incident" in sent[0]


def _kept(sent: list[str], *arguments: Any) -> dict[str, object]:
    message = bulletin_message(*arguments)
    sent.append(json.dumps(message, ensure_ascii=False))
    return message
