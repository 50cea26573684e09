"""The past in brief: what is kept for years, read in a few storage calls, pruned in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from shared import ledger, past, standing
from shared.domain.drills.drill import Drill
from shared.domain.incidents.days import Day
from shared.history_export import Asked, What, as_csv, export
from shared.ports import Insert, Row
from tests.support.card_pairs import NOW
from tests.support.promises import stories
from tests.support.scheduler import VirtualLoop, run_in
from tests.support.status_cases import DRILLED, thousand
from tests.support.status_cases import past as closed
from tests.support.virtual_outside import TENANT
from tests.support.virtual_world import PLAN, START, World

if TYPE_CHECKING:
    from collections.abc import Coroutine

DAY = timedelta(days=1)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda at: at.replace(tzinfo=UTC)
)


def ask(world: World, work: Coroutine[Any, Any, Any]) -> Any:
    """Run one call of a process."""
    return run_in(world.loop, {"A": work})["A"]


def row(write: Insert) -> Row:
    """The row as the store would return it."""
    return Row(write.key, write.document, "e", {})


def plant_thousand(world: World) -> None:
    """The past of years on the disk: 1,000 incidents, 400 days, 30 drills."""
    known = thousand()
    writes = [past.put_incident(each) for each in known.incidents]
    writes += [past.put_day(each) for each in known.days]
    writes += [past.put_drill(each) for each in known.drills]
    for write in writes:
        world.data.plant(TENANT, write.key, write.document)


@given(times=st.lists(MOMENTS, min_size=1, max_size=8, unique_by=ledger.inverse), now=MOMENTS)
def test_what_is_written_is_read_back_newest_first(times: list[datetime], now: datetime) -> None:
    """Each kind, in the order of its keys; the ranges cut at the minute."""
    incidents = [closed(NOW - at, number=n) for n, at in enumerate(times)]
    drills = [replace(DRILLED, id=ledger.incident_id(at, "ab"), started_at=at) for at in times]
    days = list({at.date(): Day(at.date()) for at in times}.values())
    writes = [*map(past.put_incident, incidents), *map(past.put_drill, drills)]
    writes += map(past.put_day, days)
    found = past.read(sorted(map(row, writes), key=lambda each: each.key))

    assert found.incidents == sorted(incidents, key=lambda each: each.opened_at, reverse=True)
    assert found.drills == sorted(drills, key=lambda each: each.started_at, reverse=True)
    assert found.days == sorted(days, key=lambda each: each.day, reverse=True)
    assert found.unreadable == 0

    first, last = past.since(now)
    old_first, old_last = past.expired(now, DAY)
    whole = past.whole()
    for write, at in zip(map(past.put_drill, drills), times, strict=True):
        minute = at.replace(second=0, microsecond=0)
        limit = now.replace(second=0, microsecond=0)
        assert (first <= write.key < last) == (minute >= limit)
        assert (old_first <= write.key < old_last) == (minute <= limit - DAY)
        assert whole[0] <= write.key < whole[1]
        assert not ledger.live_range()[0] <= write.key < ledger.live_range()[1]


def test_a_damaged_row_is_counted_and_hides_nothing_else() -> None:
    """No document, no JSON, another kind's document; unknown kinds are a later release's."""
    good = row(past.put_drill(Drill("20260314-0300-ab", NOW)))
    bad = [Row(good.key, text, "e", {}) for text in (None, "", "{}", "[]", '{"id": 1}')]
    later = Row("past|999999999|letter|x", "{}", "e", {})

    found = past.read([*bad, good, later])

    assert (len(found.drills), found.unreadable) == (1, 5)


def test_the_status_page_of_a_thousand_incidents_takes_three_storage_calls(world: World) -> None:
    """One for the live rows, two for 1,430 rows of the past; the badge takes one."""
    plant_thousand(world)
    world.tick_at(START)
    store = world.watch().outside.store

    found, _ = ask(world, standing.look(PLAN, store, NOW))
    assert (len(found.closed), len(found.drills)) == (1_000, 30)
    assert store.calls == 3

    store = world.watch().outside.store
    word = ask(world, standing.glance(PLAN, store, START)).word
    assert (word, store.calls) == ("healthy", 1)


def test_an_export_of_everything_reads_in_bounded_steps(world: World) -> None:
    """A page's export stops and says what it left out; without a limit nothing is left out."""
    plant_thousand(world)
    world.tick_at(START)
    store = world.watch().outside.store

    asked = Asked(What.TRANSITIONS)
    found = ask(world, export(TENANT, store, asked, happened=True, most=None))
    assert (len(found.incidents), found.left_out) == (1_000, 0)
    found = ask(world, export(TENANT, store, Asked(), happened=False, most=100))
    assert (len(found.incidents), found.left_out) == (100, 900)
    assert as_csv(found).count("\r\n") == 101


def test_two_years_of_outages_leave_no_more_than_the_retention() -> None:
    """A tick a day, an outage every 20 days: past, history and archive shrink together."""
    loop = VirtualLoop()
    retention = timedelta(days=90)
    world = World(loop, plan=replace(PLAN, retention=retention))
    most = 0
    for number in range(730):
        if number % 20 == 10:
            world.truth.dies(world.now())
        if number % 20 == 11:
            world.truth.returns(world.now())
        world.tick_at(START + number * DAY)
        if number % 20 == 11:  # two beats close it, and two ticks more tell and archive it
            for later in range(1, 14):
                world.tick_at(START + number * DAY + later * timedelta(minutes=10))
        most = max(most, len(world.data.partition(TENANT)))
    rows = world.data.partition(TENANT)
    loop.close()

    edge = world.now() - retention - 2 * DAY
    found = past.read(each for each in rows if each.key.startswith("past|"))
    assert 80 <= len(found.days) <= 93
    assert min(day.midnight for day in found.days) >= edge - DAY
    assert 3 <= len(found.incidents) <= 6
    assert min(each.opened_at for each in found.incidents) >= edge

    told = {each.key.split("|")[2] for each in rows if each.key.startswith("h|")}
    assert told == {each.id for each in found.incidents} == set(stories(world))
    assert most < 250
