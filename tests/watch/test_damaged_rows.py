"""Rows that somebody edited: watching goes on, nothing is overwritten, it is told once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shared import ledger
from tests.support.promises import stories
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import START, World, go

if TYPE_CHECKING:
    from shared.ports import Row


def rows(world: World, prefix: str) -> list[Row]:
    """The stored rows whose key begins so."""
    return [row for row in world.data.partition(TENANT) if row.key.startswith(prefix)]


def kept(world: World) -> list[dict[str, object]]:
    """What was set aside, put together again."""
    parts: dict[str, str] = {}
    for row in rows(world, "set-aside|"):
        name = row.key.rpartition("|")[0]
        parts[name] = parts.get(name, "") + (row.document or "")
    return [json.loads(text) for text in parts.values()]


def silent(world: World) -> str:
    """A server that died; its incident's id."""
    world.truth.dies(START + MINUTE)
    go(world, 70)
    (row,) = rows(world, "live|incident|")
    return row.key.rpartition("|")[2]


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "[" * 9_000, "x" * 40_000, '{"tick_id":"t"}', None],
    ids=["not JSON", "wrong type", "deep", "40k", "incomplete", "no document"],
)
@pytest.mark.parametrize("what", ["live|state", "live|today", "live|incident|", "live|notificat"])
def test_a_damaged_row_is_set_aside_whole_and_told_once(
    world: World, what: str, text: str | None
) -> None:
    """Whichever row it is: each tick after it commits, and the incident is still watched."""
    silent(world)
    (found,) = rows(world, what)[:1]
    world.data.plant(TENANT, found.key, text, {"by": "hand"})

    ran = go(world, 120)

    assert all(tick.result and tick.result.committed for tick in ran)
    told = world.logged("watchdog.row_set_aside")
    assert [event["key"] for event in told].count(found.key) == 1
    (whole,) = [each for each in kept(world) if each["key"] == found.key]
    assert (whole["document"], whole["extra"]) == (text, {"by": "hand"})
    assert len(rows(world, "live|incident|")) == 1
    assert any(card.at > START + 70 * MINUTE for card in world.channel.cards)


def test_a_damaged_card_does_not_stop_the_reminder_that_takes_its_number(world: World) -> None:
    """The same key is damaged and due in one tick: it is replaced, and was kept before."""
    name = silent(world)
    last = rows(world, "live|notification|")[-1].key
    world.data.plant(TENANT, last.replace("|0000", "|0001"), "{")
    before = len(world.channel.told(name))

    go(world, 80)

    assert len(world.channel.told(name)) > before
    assert [each["document"] for each in kept(world)] == ["{"]


def test_hundreds_of_damaged_rows_are_moved_over_several_ticks(world: World) -> None:
    """As many as one transaction holds, the state's own copy first, each told exactly once."""
    go(world, 5)
    for number in range(120):
        world.data.plant(TENANT, f"live|incident|{number:03}", "{")
    world.data.plant(TENANT, ledger.STATE_KEY, "damaged state")

    ran = go(world, 30)

    assert all(tick.result and tick.result.committed for tick in ran)
    told = [event["key"] for event in world.logged("watchdog.row_set_aside")]
    assert len(told) == len(set(told)) == 121
    assert len(kept(world)) == 121
    assert "damaged state" in {each["document"] for each in kept(world)}
    assert not rows(world, "live|incident|")


def test_a_key_that_cannot_be_written_is_told_once_per_process_and_ignored(world: World) -> None:
    """It is not claimed to have been set aside."""
    world.data.plant(TENANT, "live|incident|50%", "{")

    ran = go(world, 10)

    assert all(tick.result and tick.result.heartbeat for tick in ran)
    assert not world.logged("watchdog.row_set_aside")
    assert {event["key"] for event in world.logged("watchdog.row_unreadable")} == {
        "live|incident|50%"
    }
    assert rows(world, "live|incident|50%")


@pytest.mark.parametrize("number", [0, -7, 9_999, 10**30])
def test_a_hand_edited_counter_stops_nothing(world: World, number: int) -> None:
    """A transition's key that is there already collides once; the second try has another."""
    name = silent(world)
    (row,) = rows(world, "live|incident|")
    document = json.loads(row.document or "")
    document["transitions"] = number
    world.data.plant(TENANT, row.key, json.dumps(document))

    ran = go(world, 150)

    assert all(tick.result and tick.result.committed for tick in ran)
    assert [card.reason for card in world.channel.told(name)][-1] == "reminder"
    assert not any(tick.result and tick.result.problem for tick in ran)


@pytest.mark.parametrize("field", ["announced_at", "remind_at", "opened_at", "since", "clean_at"])
@pytest.mark.parametrize("year", ["0001", "1601", "9999"])
def test_an_impossible_time_stops_nothing(world: World, field: str, year: str) -> None:
    """It would overflow as soon as anything is added to it."""
    silent(world)
    (row,) = rows(world, "live|incident|")
    document = json.loads(row.document or "")
    document[field] = f"{year}-12-31T23:59:59Z" if year == "9999" else f"{year}-01-01T00:00:00Z"
    world.data.plant(TENANT, row.key, json.dumps(document))

    ran = go(world, 90)
    world.truth.returns(world.now())
    ran += go(world, 180)

    assert all(tick.result and tick.result.committed for tick in ran)
    assert not rows(world, "live|incident|")


def test_a_day_written_by_a_wrong_clock_ends_at_once(world: World) -> None:
    """Otherwise its row would grow for months, until no commit fits any more."""
    go(world, 5)
    (row,) = rows(world, "live|today")
    ahead = (row.document or "").replace("2026-03-14", "2027-03-14")
    world.data.plant(TENANT, row.key, ahead)

    go(world, 15)

    assert '"2026-03-14"' in (rows(world, "live|today")[0].document or "")
    assert [r.document for r in rows(world, "past|") if "|day" in r.key] == [ahead]


def test_rows_of_a_later_release_survive(world: World) -> None:
    """Whatever their keys, before, between and after ours."""
    theirs = ["a", "h", "h|", "h|x|y", "h}", "i|x", "live", "live|x", "live|zz", "set", "z"]
    for key in theirs:
        world.data.plant(TENANT, key, "theirs")

    go(world, 60)

    assert {row.key for row in world.data.partition(TENANT) if row.document == "theirs"} == set(
        theirs
    )
    assert not world.logged("watchdog.row_set_aside")
    assert not stories(world)
