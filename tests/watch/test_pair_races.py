"""Two ticks at once that saw different things of the pair, and a process that dies in between."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from shared import ledger
from shared.domain.incidents.incident import State
from shared.ports import Row
from simulator.model import Tenant
from simulator.server import LoopbackTenant
from simulator.stories import PAIR, A
from tests.support.hostile_pair import hostile_pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from shared.ledger import Snapshot
    from shared.ports import Outcome, Write
    from shared.watch import Watch
    from tests.support.hostile_pair import HostilePair


@contextmanager
def refusing_twin(pair: HostilePair) -> Iterator[Watch]:
    """A second process, for which Connect Health answers 403; Graph and store are the same."""
    with LoopbackTenant(Tenant(PAIR, pair.clock.now()), pair.clock) as elsewhere:
        elsewhere.arm_fails(403)
        yield pair.another(WATCHDOG_ARM_URL=elsewhere.arm_url)


def after_another(watch: Watch, met: asyncio.Barrier, first: asyncio.Event) -> None:
    """Let this process commit only after another one that looked at the same rows."""
    store, commit = watch.outside.store, watch.outside.store.commit

    async def later(partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        if not first.is_set():
            await met.wait()
            await first.wait()
        return await commit(partition, writes, write_id)

    vars(store)["commit"] = later


def before_another(watch: Watch, met: asyncio.Barrier, first: asyncio.Event) -> None:
    """Let this process commit once the other one has looked, too, and say so."""
    store, commit = watch.outside.store, watch.outside.store.commit

    async def sooner(partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        if not first.is_set():
            await met.wait()
        outcome = await commit(partition, writes, write_id)
        first.set()
        return outcome

    vars(store)["commit"] = sooner


def snapshot(pair: HostilePair) -> Snapshot:
    """What is stored, decoded; every row of it must be whole."""
    rows = (Row(key, text, "", {}) for key, text in pair.rows().items())
    snap = ledger.snapshot(row for row in rows if row.key.startswith("live|"))
    assert snap.damaged == []
    return snap


def told(pair: HostilePair) -> list[tuple[str, str]]:
    """The cards in the channel, oldest first."""
    return [(card.verdict, card.reason) for card in pair.cards]


async def collide(pair: HostilePair, first: Watch, second: Watch) -> None:
    """Two ticks that look at the same rows; the second one commits second."""
    met, stored = asyncio.Barrier(2), asyncio.Event()
    before_another(first, met, stored)
    after_another(second, met, stored)
    await asyncio.gather(first.tick(), second.tick())
    both = pair.events("watchdog.tick")[-2:]
    assert all(tick["committed"] for tick in both)
    assert {tick["verdict"] for tick in both} == {"SERVER_SILENT"}


@pytest.mark.parametrize("refused_wins", [True, False], ids=["403 first", "403 last"])
async def test_two_ticks_that_read_the_pair_differently_make_one_incident_and_one_card(
    tmp_path: Path, *, refused_wins: bool
) -> None:
    """The loser judges again on what the winner stored: what it read itself is not lost.

    Where it advises otherwise than the card that is on its way, a card about that follows.
    """
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        pair.after(100)
        with refusing_twin(pair) as twin:
            order = (twin, pair.watch) if refused_wins else (pair.watch, twin)
            await collide(pair, *order)

        snap = snapshot(pair)
        (incident,) = snap.incidents.values()
        health = snap.readings.connect_health
        assert incident.verdict == "SERVER_SILENT"
        assert told(pair) in (
            [("SERVER_SILENT", "first")],
            [("SERVER_SILENT", "first"), ("SERVER_SILENT", "advice")],
        )
        assert health.read_at == health.tried_at == pair.now()
        assert (health.problem is None) is refused_wins


async def test_after_two_ticks_that_disagreed_the_next_one_is_as_if_there_was_one(
    tmp_path: Path,
) -> None:
    """It advises by what it reads, and repeats no card."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        pair.after(100)
        with refusing_twin(pair) as twin:
            await collide(pair, pair.watch, twin)
        tick = await pair.tick()

        assert (tick["verdict"], tick["advice"]) == ("SERVER_SILENT", "fail_over")
        assert snapshot(pair).readings.connect_health.problem is None
        assert told(pair) == [("SERVER_SILENT", "first")]


async def test_two_ticks_at_once_over_an_hour_repeat_nothing(tmp_path: Path) -> None:
    """Each round both read, one of them without Connect Health; cards come as from one."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.change(lambda model: model.server_dies(A))
        pair.after(90)
        with refusing_twin(pair) as twin:
            for _ in range(8):
                pair.after(5)
                await asyncio.gather(pair.watch.tick(), twin.tick())

        snap = snapshot(pair)
        assert [i.verdict for i in snap.incidents.values()] == ["SERVER_SILENT"]
        once = [card for card in told(pair) if card != ("SERVER_SILENT", "advice")]
        assert once == [("SERVER_SILENT", "first"), ("SERVER_SILENT", "reminder")]
        assert len(told(pair)) - len(once) <= 40 // 15  # a quarter of an hour apart
        assert all(each["committed"] for each in pair.events("watchdog.tick"))
        assert all(not each["problem"] for each in pair.events("watchdog.tick"))


class Died(BaseException):
    """The process is gone: no handler of the program runs."""


@pytest.mark.parametrize("stored", [False, True], ids=["before the commit", "after the commit"])
async def test_a_process_that_dies_between_reading_and_telling_loses_nothing(
    tmp_path: Path, *, stored: bool
) -> None:
    """The next process reads again, and says it once; what was read before counts with its age."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        store, commit = pair.watch.outside.store, pair.watch.outside.store.commit

        async def dies(*arguments: Any) -> Outcome:
            if stored:
                await commit(*arguments)
            raise Died

        vars(store)["commit"] = dies
        with pytest.raises(Died):
            await pair.tick(100)
        assert told(pair) == []
        assert len(snapshot(pair).incidents) == int(stored)

        pair.watch = pair.another()
        pair.after(5)
        await pair.watch.tick()
        await pair.watch.tick()

        (incident,) = snapshot(pair).incidents.values()
        assert (incident.verdict, incident.state) == ("SERVER_SILENT", State.OPEN)
        assert told(pair) == [("SERVER_SILENT", "first")]
