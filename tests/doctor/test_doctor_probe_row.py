"""The probe row: nothing is left but a note, whoever dies or writes at the same time."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.doctor.facts import Probed, Step
from shared.doctor.probe_row import LAST, PREFIX, partition, probe
from shared.ports import Insert, Outcome
from shared.stores.sqlite import SqliteStore
from shared.stores.tables import TablesStore
from tests.support import azurite as emulator
from tests.support.scheduler import Fault, Scheduler, VirtualLoop, by_bits, one_fault, run_in
from tests.support.virtual_store import VirtualData, VirtualStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.ports import Store

TENANT = "8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11"
PLACE = partition(TENANT)
NOW = datetime(2026, 11, 21, 20, 2, tzinfo=UTC)
DONE = Probed(Step.DONE)


def ids(prefix: str = "id") -> Callable[[], str]:
    """Fresh ids of one doctor."""
    count = itertools.count()
    return lambda: f"{prefix}{next(count):04d}"


async def keys(store: Store, place: str = PLACE) -> list[str]:
    """The keys that are stored."""
    return [row.key for row in await store.read(place, "", "~")]


@pytest.mark.parametrize("kind", ["sqlite", "azurite"])
async def test_a_probe_leaves_only_a_note(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """On both real stores, twice: written, read, deleted; the tenant's own rows are untouched."""
    store: Store = SqliteStore(tmp_path / "x.db")
    if kind == "azurite":
        secret = emulator.connection_string(request.getfixturevalue("azurite"))
        store = TablesStore.from_connection_string(secret, table="doctorprobe")
    try:
        await store.commit(TENANT, [Insert("live|state", "{}")], "w1")
        first = await probe(store, TENANT, NOW, ids("a"))
        second = await probe(store, TENANT, NOW, ids("b"))
        left, own = await keys(store), await keys(store, TENANT)
    finally:
        await store.aclose()

    assert (first, second) == (DONE, DONE)
    assert left == [LAST]
    assert own == ["live|state"]


async def test_a_store_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    """The step that failed, and the store's own words."""
    found = await probe(SqliteStore(tmp_path / "missing" / "x.db"), TENANT, NOW, ids())

    assert found.step is Step.READ
    assert "folder exists" in found.problem


async def test_what_a_dead_doctor_left_is_taken_away_and_nothing_else() -> None:
    """Older than any doctor runs, or without a time; a fresh probe belongs to a doctor at work."""
    data = VirtualData()
    store = VirtualStore(data)
    stamp = {"fresh": -9, "old": -11, "future": 11}
    planted = {
        PREFIX + name: json.dumps({"at": (NOW + timedelta(minutes=age)).isoformat()})
        for name, age in stamp.items()
    }
    planted |= {PREFIX + "torn": "{", PREFIX + "zoneless": '{"at": "2026-11-21T20:02:00"}'}
    planted |= {"somebody": "{}"}
    writes = [Insert(key, text) for key, text in planted.items()]
    assert await store.commit(PLACE, writes, "w1") is Outcome.APPLIED
    found = await probe(store, TENANT, NOW, ids())

    assert found == Probed(Step.DONE, cleaned=4)
    assert await keys(store) == [LAST, PREFIX + "fresh", "somebody"]


def run(work: dict[str, Any], **switches: Any) -> tuple[VirtualData, dict[str, Probed | None]]:
    """Doctors on one store in virtual time."""
    loop, data = VirtualLoop(), VirtualData()
    scheduler = Scheduler(loop)
    for name, value in switches.items():
        setattr(scheduler, name, value)
    try:
        doctors = {
            name: probe(VirtualStore(data, scheduler), TENANT, NOW + late, ids(name))
            for name, late in work.items()
        }
        return data, run_in(loop, doctors)
    finally:
        loop.close()


@given(st.lists(st.integers(0, 1), max_size=40))
@settings(max_examples=200, deadline=None)
def test_two_doctors_at_once_do_not_disturb_each_other(order: list[int]) -> None:
    """In whatever order their steps interleave, both are done and nothing of them is left."""
    data, found = run({"a": timedelta(0), "b": timedelta(0)}, choose=by_bits(order))

    assert found == {"a": DONE, "b": DONE}
    assert [row.key for row in data.partition(PLACE)] == [LAST]


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.HANG])
@pytest.mark.parametrize("index", range(6))
def test_whatever_fails_is_never_called_done_and_is_cleaned_by_the_next(
    index: int, fault: Fault
) -> None:
    """One fault at each step: no exception; `DONE` only if the row is gone; the next one tidies."""
    data, found = run({"a": timedelta(0)}, faults=one_fault(index, fault))
    left = [row.key for row in data.partition(PLACE) if row.key.startswith(PREFIX)]
    result = found["a"]

    assert result is None or result.step is not Step.DONE or not left
    if result is not None and result.step is not Step.DONE:
        assert result.problem
    loop = VirtualLoop()
    later = NOW + timedelta(minutes=11)
    again = loop.run_until_complete(probe(VirtualStore(data), TENANT, later, ids("z")))
    loop.close()
    assert again.step is Step.DONE
    assert [row.key for row in data.partition(PLACE)] == [LAST]


async def test_a_store_that_loses_or_changes_the_row_is_found() -> None:
    """What is read back is compared, not taken for granted."""

    class Forgetful(VirtualStore):
        async def commit(self, *_: Any) -> Outcome:
            return Outcome.APPLIED

    found = await probe(Forgetful(VirtualData()), TENANT, NOW, ids())

    assert found.step is Step.READ_BACK
    assert "not what was written" in found.problem


async def test_a_store_in_which_others_always_come_first_is_given_up() -> None:
    """Work is bounded: after some tries it says what it saw."""

    class Busy(VirtualStore):
        async def commit(self, place: str, writes: Any, write_id: str) -> Outcome:
            if len(writes) > 1:
                return Outcome.CONFLICT
            return await super().commit(place, writes, write_id)

    store = Busy(VirtualData())
    found = await probe(store, TENANT, NOW, ids())

    assert found.step is Step.DELETE
    assert store.calls < 20
