"""Acting on an incident: once, truthfully, and whoever loses a race decides again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from shared.acting import Acted, Desk, Result
from shared.domain.incidents import actions
from shared.domain.incidents.actions import MAX_CHANGES, Action, Actor
from shared.domain.incidents.incident import Event, State
from shared.domain.pair.readings import Source
from shared.domain.pair.report import PairReport, Statement
from shared.fitting import ROOM
from shared.ledger import Archived, encode, length
from shared.ports import MAX_DOCUMENT, Outcome
from tests.support.office import Asked, Office, decision
from tests.support.promises import check
from tests.support.scheduler import Fault, run_in
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_store import VirtualStore
from tests.support.virtual_world import PERIOD, START, go

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.scheduler import Step


@pytest.fixture
def office() -> Iterator[Office]:
    """An open incident, told."""
    made = Office()
    yield made
    made.close()


def at_once(office: Office, *sent: Asked, order: str) -> None:
    """Send forms at once; `order` says whose storage call goes next."""
    turns = iter(order)
    office.world.io.choose = lambda actors: next(
        (a for a in actors if a == f"P{next(turns, '0')}"), actors[0]
    )
    office.run(list(sent))


def test_two_people_who_acknowledge_at_once_are_both_recorded(office: Office) -> None:
    """Both read, then both write: the first has it, the second is recorded and told who has it."""
    one, two = office.ask("first", Action.ACKNOWLEDGE), office.ask("second", Action.ACKNOWLEDGE)
    at_once(office, one, two, order="01010101")

    assert [each.results[0].acted for each in (one, two)] == [Acted.DONE, Acted.DONE]
    made = [c for c in office.story.changes if c.event is Event.ACKNOWLEDGED]
    assert {change.by for change in made} == {"first", "second"}
    first = made[0].by
    assert office.story.incident.acknowledged_by == first
    told = two if first == "first" else one
    assert told.results[0].dossier is not None
    assert told.results[0].dossier.incident.acknowledged_by == first


def test_one_form_sent_twice_at_once_acts_once_and_one_of_them_is_told(office: Office) -> None:
    """A double tap: one is done, the other one finds that it was done."""
    asked = office.ask("first", Action.NOTE)
    office.world.io.choose = lambda actors: actors[len(office.world.io.steps) % len(actors)]
    office.run([asked, asked])

    assert len(office.of(asked)) == 1
    assert sorted(result.acted for result in asked.results) == [Acted.ALREADY, Acted.DONE]


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.UNKNOWN, Fault.CRASH_AFTER])
@pytest.mark.parametrize("form", ["form-0000", ""], ids=["page", "command line"])
def test_a_lost_answer_stores_it_once(office: Office, fault: Fault, form: str) -> None:
    """The commit happened and nobody was told: whoever asks again finds it."""
    asked = office.ask("first", Action.NOTE)
    asked.form = form
    struck: list[Step] = []

    def once(step: Step) -> Fault | None:
        if step.operation != "commit" or struck:
            return None
        struck.append(step)
        return fault

    office.world.io.faults = once
    office.run([asked])
    if fault is Fault.CRASH_AFTER:
        assert asked.results == []
    else:
        assert [result.acted for result in asked.results] == [Acted.DONE]
    assert struck
    if form:
        office.run([asked])
        assert asked.results[-1].acted is Acted.ALREADY
    assert len([c for c in office.story.changes if c.event is Event.NOTED]) == 1


def test_a_repeat_with_another_text_is_not_taken_for_the_first(office: Office) -> None:
    """A form that is used already and says something else stores nothing, and says so."""
    store = office.world.watch().outside.store
    desk, at = Desk(TENANT, store, office.world.new_id), office.world.now()
    actor = Actor("first", "page", "form-same")

    def note(text: str, by: Actor = actor) -> Result:
        done = desk.act(office.incident, lambda i: actions.note(i, text, by, at), "form-same")
        result = run_in(office.world.loop, {"A": done})["A"]
        assert result is not None
        return result

    first = note("it is the disk")
    assert first.acted is Acted.DONE
    assert note("it is the disk").acted is Acted.ALREADY
    assert note("it is the network").acted is Acted.DIFFERENT
    assert note("it is the disk", Actor("second", "page", "form-same")).acted is Acted.DIFFERENT
    assert note("it is the network").change == first.change
    assert [c.note for c in office.story.changes if c.event is Event.NOTED] == ["it is the disk"]


def test_whoever_always_loses_is_told_so_and_stored_nothing(office: Office) -> None:
    """Somebody else writes between each read and write: four tries, then an honest answer."""
    asked = office.ask("first", Action.ACKNOWLEDGE)
    data, key = office.world.data, f"live|incident|{office.incident}"

    class Beaten(VirtualStore):
        async def commit(self, partition, writes, write_id):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - the same as above
            row = data.rows[TENANT][key][0]
            data.plant(TENANT, key, row.document)
            return await super().commit(partition, writes, write_id)

    store = Beaten(data, office.world.io)
    desk = Desk(TENANT, store, office.world.new_id)
    running = desk.act(office.incident, decision(asked, office.world.now()), asked.form)
    result = run_in(office.world.loop, {"A": running})["A"]

    assert result is not None
    assert result.acted is Acted.BUSY
    assert [outcome for _, outcome in store.commits] == [Outcome.CONFLICT] * 4
    assert office.of(asked) == []


def test_a_counter_edited_by_hand_does_not_block_people(office: Office) -> None:
    """The row says a number whose transition is there already: the second try steps aside."""
    row = office.world.data.rows[TENANT][f"live|incident|{office.incident}"][0]
    assert row.document is not None
    count = office.story.incident.transitions
    edited = row.document.replace(f'"transitions":{count}', '"transitions":0')
    assert edited != row.document
    office.world.data.plant(TENANT, row.key, edited)
    asked = office.ask("first", Action.NOTE)
    office.run([asked])

    assert [result.acted for result in asked.results] == [Acted.DONE]


def test_a_note_reaches_an_incident_that_is_archived_meanwhile(office: Office) -> None:
    """The tick moves it into the history between the reading and the writing."""
    office.world.truth.returns(office.world.now())
    minutes = (office.world.now() - START) / MINUTE
    while office.story.incident.state is not State.RESOLVED:
        minutes += 5
        go(office.world, minutes)
    live = office.story
    assert not live.archived
    office.world.until(office.world.now().replace(second=0, microsecond=0) + PERIOD)
    note, take = office.ask("first", Action.NOTE), office.ask("second", Action.ACKNOWLEDGE)
    # each person reads twice; then the tick does all it does; then they go on
    turns = iter(["P0", "P0", "P1", "P1"])
    office.world.io.choose = lambda actors: next(turns, "A" if "A" in actors else actors[0])
    office.run([note, take], tick=True)

    assert office.story.archived
    assert [result.acted for result in (*note.results, *take.results)] == [
        Acted.DONE,
        Acted.CLOSED,
    ]
    assert [change.event for change in office.of(note)] == [Event.NOTED]


# -- limits ---------------------------------------------------------------------------------------

LONG: Final = '\U0001f469\u200d\U0001f4bb"\\\x00\x1b' * 40


def test_a_page_stays_two_storage_calls_whatever_people_write(office: Office) -> None:
    """Somebody in a loop: at the limit they are refused, and looking costs what it always did."""
    store = office.world.watch().outside.store
    desk, at = Desk(TENANT, store, office.world.new_id), office.world.now()

    async def many() -> list[Acted]:
        made = []
        for number in range(1_000):
            actor = Actor("first", "page", f"form-{number:04d}")
            text = f"note {number}"
            decide = partial(actions.note, text=text, actor=actor, at=at)
            result = await desk.act(office.incident, decide, actor.form)
            made.append(result.acted)
        return made

    made = run_in(office.world.loop, {"A": many()})["A"]
    assert made is not None
    done = made.count(Acted.DONE)
    assert made == [Acted.DONE] * done + [Acted.FULL] * (1_000 - done)
    assert office.story.incident.transitions == MAX_CHANGES < 1_000
    before = store.calls
    looked = run_in(office.world.loop, {"A": desk.look(office.incident)})["A"]
    assert looked is not None
    assert looked.dossier is not None
    assert len(looked.dossier.transitions) == MAX_CHANGES
    assert store.calls - before == 2
    # the watch itself goes on, and can close it
    office.world.truth.returns(office.world.now())
    check(office.world, go(office.world, (office.world.now() - START) / MINUTE + 120))
    assert office.story.incident.state is State.RESOLVED


@pytest.mark.parametrize("archived", [False, True])
def test_an_incident_full_of_long_names_can_still_be_acted_on(
    office: Office, *, archived: bool
) -> None:
    """Every step ticked by somebody with a hostile name: the row still fits, live or archived."""
    if archived:
        office.world.truth.returns(office.world.now())
        go(office.world, (office.world.now() - START) / MINUTE + 130)
        assert office.story.archived
    store = office.world.watch().outside.store
    desk, at = Desk(TENANT, store, office.world.new_id), office.world.now()

    async def tick_all() -> list[Acted]:
        made = []
        for number in range(100):
            actor = Actor(LONG, LONG, f"form-{number:04d}")
            on = [f"{'step-' * 8}{number:03d}", LONG, "x" * 10_000, ""]
            decide = partial(actions.steps, on=on, off=[], actor=actor, at=at)
            result = await desk.act(office.incident, decide, actor.form)
            made.append(result.acted)
        note = Actor(LONG, LONG, "form-note")
        result = await desk.act(
            office.incident, lambda i: actions.note(i, LONG * 100, note, at), note.form
        )
        return [*made, result.acted]

    made = run_in(office.world.loop, {"A": tick_all()})["A"]
    assert made is not None
    assert made[:60] == [Acted.DONE] * 60
    assert set(made[60:100]) == {Acted.ALREADY}
    assert made[100] is Acted.DONE
    story = office.story
    assert len(story.incident.done) == 60
    assert length(story.incident) <= MAX_DOCUMENT
    (note,) = (change for change in story.changes if change.form == "form-note")
    assert len(note.note) == actions.LONGEST_NOTE
    assert len(note.by) <= actions.LONGEST_NAME
    assert "\x00" not in note.note + note.by


def test_names_are_never_stored_whole_when_endless(office: Office) -> None:
    """A name of ten thousand characters, and one that no row can hold."""
    at = office.world.now()
    for name in ("x" * 10_000, "\ud800\udfff", "\u202e" + "a" * 99):
        step = actions.note(office.story.incident, name, Actor(name, name, name[:9]), at)
        (change,) = step.transitions
        change.by.encode()
        change.note.encode()
        assert len(change.by) <= actions.LONGEST_NAME
        assert len(change.via) <= 80


@pytest.mark.parametrize("archived", [False, True])
def test_a_row_that_is_nearly_full_takes_another_action(office: Office, *, archived: bool) -> None:
    """Less is said about the pair then; what decides, and what the person did, is kept."""
    if archived:
        office.world.truth.returns(office.world.now())
        go(office.world, (office.world.now() - START) / MINUTE + 130)
    was = office.story
    assert was.archived == archived
    said = Statement("x", Source.AUDITS)
    pair = PairReport(disagreements=(said, said, said))
    full = replace(was.incident, evidence=replace(was.incident.evidence, pair=pair))
    said = replace(said, text="x" * ((ROOM - length(full)) // 3))
    pair = replace(pair, disagreements=(said, said, said))
    full = replace(full, evidence=replace(full.evidence, pair=pair))
    (key,) = (
        row.key
        for row in office.world.data.partition(TENANT)
        if "|incident" in row.key and row.key.startswith("h|" if archived else "live|")
    )
    kept = Archived(full, tuple(was.cards)) if archived else full
    office.world.data.plant(TENANT, key, encode(kept))
    asked = [office.ask("first", each) for each in (Action.NOTE, Action.STEPS)]
    for each in asked:
        office.run([each])

    assert [each.results[0].acted for each in asked] == [Acted.DONE, Acted.DONE]
    now = office.story.incident
    assert len(now.done) == 1
    assert (now.id, now.verdict, now.state) == (full.id, full.verdict, full.state)
    assert length(now) <= ROOM
