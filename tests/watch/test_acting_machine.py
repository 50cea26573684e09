"""People who act at once, with each other and with ticks: any of it, in any order.

The machine runs the real `Desk.act` of two or three people and the real tick of the watch in
between, on virtual time: every storage call is a point where another one may go first, or where
an answer is lost or a process dies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.acting import Acted
from shared.domain.incidents.actions import Action
from shared.domain.incidents.incident import Event, State
from shared.ports import Outcome
from tests.support.office import PEOPLE, Asked, Office
from tests.support.promises import check
from tests.support.scheduler import Fault
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PERIOD, START, go

if TYPE_CHECKING:
    from shared.domain.incidents.incident import Incident
    from tests.support.virtual_store import VirtualStore

ONLY_WHILE_OPEN: Final = frozenset(
    {Action.ACKNOWLEDGE, Action.SNOOZE, Action.SWITCHING, Action.CALL_OFF, Action.HAND_OVER}
)
EVENT_OF: Final = {
    Action.ACKNOWLEDGE: Event.ACKNOWLEDGED,
    Action.SNOOZE: Event.SNOOZED,
    Action.SWITCHING: Event.SWITCHING,
    Action.CALL_OFF: Event.CALLED_OFF,
    Action.HAND_OVER: Event.HANDED_OVER,
    Action.NOTE: Event.NOTED,
    Action.STEPS: Event.STEPPED,
}
FREES: Final = {Event.SNOOZED, Event.WORSENED, Event.ACK_LAPSED, Event.SNOOZE_ENDED}


class PeopleAtOnce(RuleBasedStateMachine):
    """Two or three people, ticks in between, and at most one fault each time."""

    @initialize()
    def opens(self) -> None:
        """An incident is open."""
        self.office = Office()

    def teardown(self) -> None:
        """Everything ends well whatever people did."""
        if hasattr(self, "office"):
            self.office.close()

    @rule(minutes=st.sampled_from([5, 5, 15, 40, 300]))
    def time_passes(self, minutes: int) -> None:
        """Clean ticks."""
        world = self.office.world
        world.io.calm()
        ran = go(world, (world.now() - START) / MINUTE + minutes)
        check(world, ran[-1:])

    @rule()
    def the_server_returns(self) -> None:
        """The incident will recover, and be archived."""
        self.office.world.truth.returns(self.office.world.now())

    @rule(
        people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3),
        wanted=st.lists(st.sampled_from(list(Action)), min_size=3, max_size=3),
        order=st.lists(st.integers(0, 5), max_size=24),
        tick=st.booleans(),
        fault=st.none()
        | st.tuples(st.integers(0, 12), st.sampled_from([f for f in Fault if f != Fault.HANG])),
    )
    def they_act_at_once(
        self,
        people: list[str],
        wanted: list[Action],
        order: list[int],
        *,
        tick: bool,
        fault: tuple[int, Fault] | None,
    ) -> None:
        """Each sends a form; the storage calls interleave in any order."""
        office, io = self.office, self.office.world.io
        office.world.until(office.world.now().replace(second=0, microsecond=0) + PERIOD)
        left = iter(order)
        io.restart()
        io.choose = lambda actors: actors[next(left, 0) % len(actors)]
        if fault is not None:
            at, kind = fault
            io.faults = lambda step: kind if step.index == at else None
        before = office.story.incident
        sent = [office.ask(who, what) for who, what in zip(people, wanted, strict=False)]
        stores = office.run(sent, tick=tick)
        check(office.world, office.world.ended[-1:] if tick else [])
        for asked, store in zip(sent, stores, strict=True):
            self._answered_truly(asked, store, before, struck=bool(io.struck))

    def _answered_truly(
        self, asked: Asked, store: VirtualStore, before: Incident, *, struck: bool
    ) -> None:
        stored, now = self.office.of(asked), self.office.story.incident
        for result in asked.results:
            assert len(stored) == (result.acted is Acted.DONE), (asked, result)
            if result.acted is Acted.DONE:
                assert result.change == stored[0]
            elif result.acted is Acted.CLOSED:
                assert asked.action in ONLY_WHILE_OPEN
                assert now.state is State.RESOLVED
            elif result.acted is Acted.BUSY:
                assert [outcome for _, outcome in store.commits].count(Outcome.APPLIED) == 0
                assert len(store.commits) == 4
            elif result.acted is Acted.ALREADY:
                assert asked.action is Action.CALL_OFF  # nobody was switching
            else:
                raise AssertionError(result)
        if not struck:
            assert asked.results, "no fault, and no answer"
            assert asked.results[0].acted is not Acted.BUSY
            if before.state is now.state is State.RESOLVED:
                done = asked.results[0].acted is Acted.DONE
                assert done == (asked.action not in ONLY_WHILE_OPEN)

    @precondition(lambda self: self.office.asked)
    @rule(data=st.data())
    def somebody_sends_it_again(self, data: st.DataObject) -> None:
        """Reload, double tap, or after a crash: it is done once in all."""
        asked = data.draw(st.sampled_from(self.office.asked))
        was = self.office.of(asked)
        self.office.run([asked])
        stored, result = self.office.of(asked), asked.results[-1]
        if was:
            assert stored == was
            assert result.acted is Acted.ALREADY
            assert result.change == was[0]
        else:
            assert len(stored) == (result.acted is Acted.DONE)

    @invariant()
    def nothing_is_lost(self) -> None:
        """The row is the fold of its transitions, down to who holds it and what is ticked."""
        if not hasattr(self, "office"):
            return
        story = self.office.story
        state, holder, switcher, ticked = None, "", "", list[str]()
        for change in story.changes:
            if change.event is Event.ACKNOWLEDGED:
                keeps = state is State.ACKNOWLEDGED and holder
                holder = holder if keeps else change.by
            elif change.event is Event.SWITCHING:
                holder, switcher = change.by, switcher or change.by
            elif change.event is Event.CALLED_OFF:
                switcher = ""
            elif change.event is Event.HANDED_OVER:
                holder = change.note.removeprefix("to ")
                switcher = "" if switcher == change.by else switcher
            elif change.event in FREES:
                holder = ""
            elif change.event is Event.STEPPED:
                ticked.append(change.note.removeprefix("done: "))
            if state is State.RESOLVED:
                assert change.event in {Event.NOTED, Event.STEPPED}
            state = change.target
        assert story.incident.acknowledged_by == holder
        assert story.incident.switching_by == switcher
        assert [each.step for each in story.incident.done] == ticked

    @invariant()
    def each_form_acts_once(self) -> None:
        """Whatever was sent, how often and with which fault; and as its sender."""
        if not hasattr(self, "office"):
            return
        forms = {asked.form: asked for asked in self.office.asked}
        made = [change for change in self.office.story.changes if change.form]
        assert len({change.form for change in made}) == len(made)
        for change in made:
            asked = forms[change.form]
            assert (change.by, change.event) == (asked.who, EVENT_OF[asked.action])


def test_people_who_act_at_once_lose_nothing() -> None:
    """Any people, any actions, any interleaving with each other and a tick, any single fault."""
    run_state_machine_as_test(
        PeopleAtOnce,
        settings=settings(
            max_examples=40,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
