"""Starting and stopping a drill on a store that fails: nothing twice, half or lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import drilling, ledger, past
from shared.domain.drills.drill import Drill, DrillEnd
from shared.domain.incidents.actions import LONGEST_NOTE, Actor
from shared.domain.tenant.heartbeats import Memory
from shared.domain.verdicts import Evidence, Verdict, Why
from shared.drilling import Done, Result
from shared.ledger import TenantState
from shared.ports import Outcome, StoreUnavailableError
from tests.support.virtual_store import VirtualData, VirtualStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.ports import Write

TENANT = "tenant"
START = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
FAULTS = ("", "", "applied, unknown", "applied, conflict", "unknown", "conflict", "refused")


class FaultyStore(VirtualStore):
    """Answers commits as told: what is stored and what is said are two things."""

    def __init__(self, data: VirtualData, faults: Sequence[str]) -> None:
        super().__init__(data)
        self.faults = list(faults)

    async def commit(self, partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        """As the next fault says; as a good store once there is none."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "refused":
            raise StoreUnavailableError("the store refused")
        if fault.startswith("applied") or not fault:
            outcome = await super().commit(partition, writes, write_id)
            if outcome is not Outcome.APPLIED or not fault:
                return outcome
        return Outcome.UNKNOWN if "unknown" in fault else Outcome.CONFLICT


@dataclass
class Scene:
    """One store and what was asked of it."""

    data: VirtualData = field(default_factory=VirtualData)
    started: int = 0

    def start(self, form: str = "", faults: Sequence[str] = (), at: datetime = START) -> Result:
        """A person starts a drill."""
        self.started += 1
        actor = Actor("Identity on-call", "page", form)
        drill = drilling.new(actor, at, f"{self.started:010d}")
        return asyncio.run(drilling.start(FaultyStore(self.data, faults), TENANT, drill))

    def stop(self, form: str = "", faults: Sequence[str] = (), drill_id: str = "") -> Result:
        """A person stops it."""
        self.started += 1
        actor, at = Actor("Duty manager", "page", form), START + timedelta(minutes=30)
        store, write_id = FaultyStore(self.data, faults), f"write-{self.started}"
        return asyncio.run(drilling.stop(store, TENANT, actor, at, write_id, drill_id=drill_id))

    @property
    def live(self) -> ledger.Snapshot:
        """The live rows."""
        rows = self.data.partition(TENANT)
        return ledger.snapshot(row for row in rows if row.key.startswith("live|"))

    @property
    def ended(self) -> list[Drill]:
        """The drills of the past."""
        rows = self.data.partition(TENANT)
        return past.read(row for row in rows if row.key.startswith("past|")).drills

    def whole(self) -> None:
        """Each drill has its card of the start, and its card of the end once it is over."""
        snap = self.live
        drills = [*self.ended, *([snap.drill] if snap.drill else [])]
        told = sorted(bulletin.id for bulletin in snap.bulletins.values())
        expected = [f"drill-started-{each.id}" for each in drills]
        expected += [f"drill-over-{each.id}" for each in self.ended]
        assert told == sorted(expected)
        assert len({each.id for each in drills}) == len(drills)


_ASKED = st.tuples(
    st.sampled_from(["start", "stop"]),
    st.sampled_from(["", "form-a", "form-b"]),
    st.lists(st.sampled_from(FAULTS), max_size=4),
)


@given(st.lists(_ASKED, max_size=6))
def test_whatever_the_store_does_a_drill_is_whole(asked: list[tuple[str, str, list[str]]]) -> None:
    """Started or not, stopped or not, with its cards: never half, and the answer is true."""
    scene, forms = Scene(), set[tuple[str, str]]()
    for what, form, faults in asked:
        before = len(scene.ended) + (scene.live.drill is not None)
        try:
            result = (scene.start if what == "start" else scene.stop)(form, faults)
        except StoreUnavailableError:
            result = Result(Done.UNSETTLED)
        scene.whole()
        known = [*scene.ended, *([scene.live.drill] if scene.live.drill else [])]
        if result.done is Done.STARTED:
            assert len(known) == before + 1
            assert result.drill in known
        if result.done is Done.STOPPED:
            assert result.drill in scene.ended
        if result.done is Done.NONE_RUNNING:
            assert scene.live.drill is None
        if form and (what, form) in forms:
            assert len(known) == before
        if form and result.done in {Done.STARTED, Done.STOPPED}:
            forms.add((what, form))


@pytest.mark.parametrize("fault", ["applied, unknown", "applied, conflict"])
def test_our_own_write_is_recognised_after_its_answer_was_lost(fault: str) -> None:
    """Read again: it is there, so it succeeded, and nothing is written twice."""
    scene = Scene()
    started, stopped = scene.start("a", [fault]), scene.stop("b", [fault])

    assert (started.done, started.same_form) == (Done.STARTED, False)
    assert (stopped.done, stopped.same_form) == (Done.STOPPED, False)
    assert len(scene.ended) == 1
    scene.whole()


@pytest.mark.parametrize("fault", ["unknown", "conflict"])
def test_who_always_loses_is_told_that_nothing_is_certain(fault: str) -> None:
    """After a few tries, not for ever."""
    scene = Scene()

    assert scene.start("a", [fault] * 9).done is Done.UNSETTLED
    assert scene.live.drill is None


def test_a_store_that_refuses_is_told_as_it_is() -> None:
    """The caller says what the store said."""
    with pytest.raises(StoreUnavailableError):
        Scene().start(faults=["refused"])


def test_a_drill_that_has_recovered_and_waits_ends_as_recovered() -> None:
    """Who stops it then loses nothing: it counts as practice."""
    scene = Scene()
    drill = scene.start().drill
    assert drill is not None
    recovered = Drill(drill.id, START, recovered_at=START + timedelta(minutes=20))
    state = TenantState(Memory(START), "tick", START, Verdict.HEALTHY, Evidence(Why.FRESH, START))
    scene.data.plant(TENANT, ledger.DRILL_KEY, ledger.encode(recovered))
    scene.data.plant(TENANT, ledger.STATE_KEY, ledger.encode(state))
    found = scene.stop()

    assert found.drill is not None
    assert (found.done, found.drill.end) == (Done.STOPPED, DrillEnd.RECOVERED)
    assert scene.live.state is not None
    assert scene.live.state.drill_at == START


def test_what_a_person_wrote_is_stored_however_strange() -> None:
    """Cut to a few sentences, and half a character never reaches the store."""
    strange: Any = "\ud800" + "x" * 5_000
    made = drilling.new(Actor(strange, strange, strange), START, "k7q2m9xw4r", strange)
    result = asyncio.run(drilling.start(VirtualStore(data := VirtualData()), TENANT, made))

    assert result.done is Done.STARTED
    assert len(made.note) == LONGEST_NOTE
    assert ledger.snapshot(data.partition(TENANT)).drill == result.drill
