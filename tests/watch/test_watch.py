from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared import ledger
from shared.acting import Desk
from shared.domain.incidents.days import Day
from shared.domain.readings import Reason, Unavailable
from shared.ports import Delivery
from tests.support.promises import stories
from tests.support.scheduler import Fault, run_in
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import PERIOD, PLAN, START, World, go

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.support.scheduler import Step
    from tests.support.virtual_world import Ended


def ask(world: World, work: Coroutine[Any, Any, Any]) -> Any:
    """Run one call of a process."""
    return run_in(world.loop, {"A": work})["A"]


def health(world: World) -> str:
    """What a new process says about the watchdog's health."""
    return str(ask(world, world.watch().health()).status)


def fail(world: World, operation: str, *faults: Fault | None) -> None:
    """The next operations of this kind meet these faults, one after another."""
    coming = iter(faults)
    world.io.faults = lambda step: next(coming, None) if step.operation == operation else None


def one(world: World) -> Ended:
    """The next tick."""
    (ended,) = world.tick_at(world.now().replace(second=0, microsecond=0) + PERIOD)
    return ended


def calls(ran: list[Ended]) -> list[int]:
    """Storage calls of each tick."""
    return [tick.result.store_calls for tick in ran if tick.result]


# -- what a tick costs ----------------------------------------------------------------------------


def test_a_healthy_tick_makes_three_storage_calls_and_one_more_once_a_day(world: World) -> None:
    """Read, commit, audit; the first tick of a day also looks at what is to be pruned."""
    ran = go(world, 24 * 60)

    assert len(ran) == 288
    assert [tick.started.hour for tick, made in zip(ran, calls(ran), strict=True) if made != 3] == [
        0
    ]
    assert set(calls(ran)) == {3, 4}
    assert all(tick.result and tick.result.heartbeat for tick in ran)


def test_a_long_history_costs_nothing_and_is_pruned_in_bounded_steps(world: World) -> None:
    """800 rows of which 400 are too old: three calls a tick, and no live or young row goes."""
    for back in range(1, 801):
        world.data.plant(TENANT, _change(back), "{}")
    young = {_change(back) for back in range(1, 400)}

    ran = go(world, 60)

    assert set(calls(ran)) == {3}
    left = {row.key for row in world.data.partition(TENANT)}
    assert young < left
    assert len(left) < 410
    assert left > {ledger.STATE_KEY, ledger.TODAY_KEY}


def _change(back: int) -> str:
    """The key of a transition of an incident that was opened so many days ago."""
    return f"{ledger.history(ledger.incident_id(START - timedelta(days=back), 'ab'))}|transition|0"


def test_a_thousand_ticks_keep_the_disk_bounded(world: World) -> None:
    """Four outages in three and a half days leave their history, and one state beside it."""
    for day in range(4):
        go(world, 60 * (20 * day + 2))
        world.truth.dies(world.now())
        go(world, 60 * (20 * day + 6))
        world.truth.returns(world.now())
        go(world, 60 * (20 * day + 18))
    ran = go(world, 5_000)

    live = [row.key for row in world.data.partition(TENANT) if row.key.startswith("live|")]
    assert len(world.ended) >= 1_000
    assert live == ["live|state", "live|today"]
    assert len(world.data.partition(TENANT)) < 90
    assert max(len(row.document or "") for row in world.data.partition(TENANT)) < 10_000
    assert set(calls(ran)) == {3}


def test_a_day_is_recorded_with_its_beats_and_changes_of_verdict(world: World) -> None:
    """What was seen on a finished day stands in one history row."""
    go(world, 95)
    world.truth.dies(world.now())
    go(world, 22 * 60)

    (row,) = [r for r in world.data.partition(TENANT) if r.key.endswith("|day")]
    day = ledger.decode(row.document or "", Day)
    assert day.day == START.date()
    assert list(day.objects) == [180 + 29, 180 + 59, 180 + 89]
    changes = [(change.minute, str(change.verdict)) for change in day.verdicts]
    assert [verdict for _, verdict in changes] == ["HEALTHY", "LATE", "SERVER_SILENT"]
    assert changes[0][0] == 185


# -- health ---------------------------------------------------------------------------------------


def test_health_is_about_the_watchdog(world: World) -> None:
    """No success yet, then ok; ok also while the server is silent."""
    assert health(world) == "no_success_yet"
    go(world, 5)
    assert health(world) == "ok"
    world.truth.dies(world.now())
    go(world, 90)

    assert world.ended[-1].result
    assert world.ended[-1].result.verdict == "SERVER_SILENT"
    assert health(world) == "ok"


def test_health_is_stale_after_three_schedules(world: World) -> None:
    """Fifteen minutes without a success are one too many, fourteen are not."""
    go(world, 5)
    world.until(START + 19 * MINUTE)
    assert health(world) == "ok"
    world.until(START + 20.1 * MINUTE)

    assert health(world) == "stale"


def test_health_says_blind_and_unreadable(world: World) -> None:
    """Graph gone for half an hour; and a store that does not answer."""
    go(world, 5)
    world.truth.readable = False
    go(world, 40)
    assert health(world) == "blind"
    fail(world, "read", Fault.ERROR)

    assert health(world) == "store_unreadable"


@pytest.mark.parametrize("answer", [Delivery.REFUSED, Delivery.RETRY])
def test_a_card_that_does_not_arrive_makes_it_stale(world: World, answer: Delivery) -> None:
    """The heartbeat stops too: an alarm that nobody hears is no alarm."""
    world.channel.answers = answer
    world.truth.dies(START + MINUTE)
    go(world, 120)

    assert health(world) == "stale"
    assert world.ended[-1].result
    assert "overdue" in world.ended[-1].result.problem
    late = START + 75 * MINUTE
    assert not [ping for ping in world.pings if ping > late]
    world.channel.answers = Delivery.ACCEPTED
    go(world, 195)
    assert health(world) == "ok"


# -- incidents ------------------------------------------------------------------------------------


def test_an_incident_is_found_live_and_archived_in_two_calls(world: World) -> None:
    """The live rows and its history; unknown ids and nonsense are nothing at all."""
    world.truth.dies(START + MINUTE)
    go(world, 70)
    (name,) = stories(world)
    for archived in (False, True):
        store = world.watch().outside.store
        found = ask(world, Desk(TENANT, store, world.new_id).look(name)).dossier
        assert found.incident.id == name
        assert (found.archive is not None) == archived
        assert [each.number for each in found.transitions] == list(
            range(found.incident.transitions)
        )
        assert store.calls == 2
        world.truth.returns(world.now())
        go(world, 130)

    assert stories(world)[name].archived
    for nonsense in ("", "x", name[:-1] + "z", "20260314-0300-%", "\uff12" * 8 + "-0300-ab"):
        desk = Desk(TENANT, world.watch().outside.store, world.new_id)
        assert ask(world, desk.look(nonsense)).dossier is None


# -- log events -----------------------------------------------------------------------------------


def test_the_events_of_a_tick_are_the_contract(world: World) -> None:
    """`watchdog.tick` and then nothing else that an alert reads, with these fields."""
    go(world, 5)

    (tick,) = world.logged("watchdog.tick")
    (beat,) = world.logged("watchdog.heartbeat")
    contract = "tenant verdict findings advice sources http_requests store_calls duration_ms"
    assert set(contract.split()) <= set(tick)
    assert (tick["tenant"], tick["verdict"], tick["sources"]) == (
        TENANT,
        "HEALTHY",
        {"graph": "ok"},
    )
    assert (tick["http_requests"], tick["store_calls"], tick["duration_ms"]) == (1, 3, 1000)
    assert beat["tenant"] == TENANT
    assert len(world.pings) == 1


def test_an_unreadable_source_is_named_and_the_heartbeat_goes_on(world: World) -> None:
    """The heartbeat needs an attempt to read: unreadable sources are BLIND's business."""
    world.scripted["A"] = Unavailable(Reason.FORBIDDEN, "No.")
    go(world, 5)

    assert world.logged("watchdog.tick")[0]["sources"] == {"graph": "forbidden"}
    assert len(world.pings) == 1


@pytest.mark.parametrize(
    ("operation", "faults"),
    [
        ("read", [Fault.ERROR]),
        ("read", [None, Fault.ERROR]),
        ("commit", [Fault.ERROR]),
        ("commit", [Fault.IN_DOUBT, Fault.IN_DOUBT]),
        ("commit", [Fault.HANG]),
    ],
)
def test_without_a_clean_audit_there_is_no_heartbeat(
    world: World, operation: str, faults: list[Fault | None]
) -> None:
    """Neither the event nor the ping; the tick is logged once, as a warning with the reason."""
    go(world, 5)
    before = len(world.pings)
    fail(world, operation, *faults)
    tick = one(world)

    assert tick.result
    assert not tick.result.heartbeat
    assert tick.result.problem
    assert len(world.logged("watchdog.heartbeat")) == before == len(world.pings)
    assert len(world.logged("watchdog.tick")) == 2


@pytest.mark.parametrize("fault", [None, Fault.IN_DOUBT, Fault.UNKNOWN, Fault.LOST_REPLY], ids=str)
def test_an_escalation_is_logged_once_even_when_the_answer_was_lost(
    world: World, fault: Fault | None
) -> None:
    """It is the only notice where nobody is set to be mentioned."""
    world.plan = replace(PLAN, presentation=replace(PLAN.presentation, escalate_to=()))
    world.truth.dies(START + MINUTE)
    go(world, 70)
    assert not world.logged("watchdog.escalate")
    fail(world, "commit", fault)
    go(world, 120)

    (told,) = world.logged("watchdog.escalate")
    assert (told["verdict"], told["tenant"]) == ("SERVER_SILENT", TENANT)
    assert told["incident"] in stories(world)


# -- conflicts ------------------------------------------------------------------------------------


def test_the_loser_judges_again_once(world: World) -> None:
    """Two ticks at once: both commit, the second one on what the first one left."""
    go(world, 5)
    world.truth.dies(START + MINUTE)
    go(world, 55)
    world.io.choose = lambda actors: actors[len(world.io.steps) % 2]
    ended = world.tick_at(START + 60 * MINUTE, "A", "B")

    assert all(tick.result and tick.result.committed for tick in ended)
    assert [card.reason for card in world.channel.cards] == ["first"]


def test_an_applied_commit_whose_answer_was_lost_is_recognised(world: World) -> None:
    """The state carries the tick's id: nothing is judged or written a second time."""
    go(world, 5)
    fail(world, "commit", Fault.UNKNOWN)
    tick = one(world)

    assert tick.result
    assert tick.result.committed
    assert tick.result.heartbeat
    assert tick.result.store_calls == 4


def test_a_tick_that_cannot_store_says_so(world: World) -> None:
    """Twice in doubt: committed is False, and the next tick does the work."""
    world.truth.dies(START + MINUTE)
    go(world, 55)
    fail(world, "commit", Fault.IN_DOUBT, Fault.IN_DOUBT)
    tick = one(world)

    assert tick.result
    assert not tick.result.committed
    assert "the next tick judges again" in tick.result.problem
    assert not world.channel.cards
    world.io.calm()
    one(world)
    assert len(world.channel.cards) == 1


def test_a_store_that_refuses_while_a_card_is_recorded_is_asked_again(world: World) -> None:
    """A refusal means that nothing is stored: without a second try the card would go out twice."""
    world.truth.dies(START + MINUTE)
    go(world, 55)

    def refuse(step: Step) -> Fault | None:
        before = [s.operation for s in world.io.steps]
        recording = step.operation == "commit" and "post" in before[before.index("graph") :]
        return Fault.ERROR if recording and before.count("commit") == 3 else None

    world.io.restart()
    world.io.faults = refuse
    one(world)
    world.io.calm()
    go(world, 80)

    assert [card.number for card in world.channel.cards if card.reason == "first"] == [1]
