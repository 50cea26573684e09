"""What people do to an incident: one transition each, with who, when and from where."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.incidents import actions
from shared.domain.incidents.actions import LONGEST_NOTE, MAX_DONE, Actor
from shared.domain.incidents.incident import (
    Event,
    ImpossibleTransitionError,
    Incident,
    State,
    Step,
)
from tests.support.incidents import minute
from tests.support.outbox import OPEN

FIRST = Actor("on-call", "page, signed in", "f1")
SECOND = Actor("second on-call", "page, by link", "f2")
OVER = replace(OPEN, state=State.RESOLVED, resolved_at=minute(9))
STEP_IDS = st.lists(st.sampled_from(["stop-old", "promote", "verify", "pending"]), max_size=6)


def done(step: Step | None) -> Incident:
    """The incident after a step that changed something."""
    assert step is not None
    return step.incident


def test_an_action_says_who_when_and_from_where() -> None:
    """The transition carries the actor, the form and what was written."""
    step = actions.note(OPEN, "Called the site.", FIRST, minute(5))

    (change,) = step.transitions
    assert (change.event, change.by, change.via, change.form, change.at, change.note) == (
        Event.NOTED,
        "on-call",
        "page, signed in",
        "f1",
        minute(5),
        "Called the site.",
    )
    assert step.incident.transitions == OPEN.transitions + 1


def test_switching_over_takes_the_incident_from_whoever_had_it() -> None:
    """Who switches is who must be asked; who said it first is kept."""
    held = done(actions.acknowledge(OPEN, "on-call", minute(1), actor=FIRST))
    now = done(actions.switching(held, SECOND, minute(2)))
    again = done(actions.switching(now, FIRST, minute(3)))

    assert (now.acknowledged_by, now.switching_by) == ("second on-call", "second on-call")
    assert (again.acknowledged_by, again.switching_by) == ("on-call", "second on-call")
    assert (again.switching_at, again.first_acknowledged_at) == (minute(2), minute(1))


def test_handing_over_makes_the_other_person_its_holder() -> None:
    """Also of one that nobody had, and of a snoozed one, which is no longer put off then."""
    later = done(actions.snooze(OPEN, minute(90), "on-call", minute(1), actor=FIRST))
    given_on = actions.hand_over(later, "identity team", FIRST, minute(2))

    assert given_on.incident.state is State.ACKNOWLEDGED
    assert given_on.incident.acknowledged_by == "identity team"
    assert given_on.incident.snoozed_until is None
    assert given_on.transitions[0].note == "to identity team"


def test_what_is_over_takes_notes_and_ticks_only() -> None:
    """The after-failover checklist is worked through when the incident is resolved."""
    assert done(actions.note(OVER, "Rebuilt.", FIRST, minute(20))).state is State.RESOLVED
    assert done(actions.steps(OVER, ["verify"], [], FIRST, minute(21))).done[0].by == "on-call"
    for refused in (
        partial(actions.acknowledge, OVER, "on-call", minute(20)),
        partial(actions.snooze, OVER, minute(50), "on-call", minute(20)),
        partial(actions.switching, OVER, FIRST, minute(20)),
        partial(actions.hand_over, OVER, "x", FIRST, minute(20)),
    ):
        with pytest.raises(ImpossibleTransitionError, match="is resolved"):
            refused()


def test_a_note_is_cut_to_what_a_row_holds() -> None:
    """A pasted log file does not break the row."""
    (change,) = actions.note(OPEN, "x" * 5_000, FIRST, minute(1)).transitions
    assert len(change.note) == LONGEST_NOTE


@given(STEP_IDS, STEP_IDS, STEP_IDS, STEP_IDS)
def test_the_ticks_of_two_people_merge(
    on: list[str], off: list[str], more: list[str], less: list[str]
) -> None:
    """Each change applies to what the other left: no tick is lost, none is doubled."""
    first = actions.steps(OPEN, on, off, FIRST, minute(1))
    middle = first.incident if first else OPEN
    second = actions.steps(middle, more, less, SECOND, minute(2))
    after = [each.step for each in (second.incident if second else middle).done]

    expected = (set(on) - set(less)) | (set(more) - set(on))
    assert sorted(after) == sorted(expected)
    assert len(after) == len(set(after))


def test_ticking_what_is_ticked_changes_nothing() -> None:
    """The first one keeps the credit; there is no transition for it."""
    ticked = done(actions.steps(OPEN, ["promote"], [], FIRST, minute(1)))
    assert actions.steps(ticked, ["promote"], ["verify"], SECOND, minute(2)) is None


def test_ticks_are_bounded() -> None:
    """Forged step ids do not fill the row."""
    step = actions.steps(OPEN, [f"s{i}" for i in range(500)], [], FIRST, minute(1))
    assert len(done(step).done) == MAX_DONE


def test_ticks_of_before_the_switch_do_not_count_for_the_next_failover() -> None:
    """The roles turned round: "stopped" was said of the server that is the standby now."""
    before = done(actions.steps(OPEN, ["stop-old"], [], FIRST, minute(10)))
    turned = replace(before, switched_at=minute(20), switched_from="A", switched_to="B")
    assert actions.ticks(turned) == ()

    again = done(actions.steps(turned, ["stop-old"], [], SECOND, minute(30)))
    assert [(each.step, each.by) for each in again.done] == [("stop-old", "second on-call")]
    assert actions.ticks(again) == again.done


def test_ticks_of_the_failover_count_for_what_is_to_do_after_it() -> None:
    """What was verified during the switch need not be verified again when sync is back."""
    before = done(actions.steps(OPEN, ["first-cycle"], [], FIRST, minute(10)))
    back = replace(before, switched_at=minute(20), gone_at=minute(40))
    assert [each.step for each in actions.ticks(back)] == ["first-cycle"]


def test_who_hands_over_has_stopped_switching() -> None:
    """Else the next one reads "do not switch as well", about somebody who went to bed."""
    now = done(actions.switching(OPEN, FIRST, minute(2)))
    given_on = actions.hand_over(now, "second on-call", FIRST, minute(3)).incident
    assert (given_on.switching_at, given_on.switching_by) == (None, "")

    by_another = actions.hand_over(now, "third on-call", SECOND, minute(3)).incident
    assert by_another.switching_by == "on-call"


def test_a_switch_can_be_called_off() -> None:
    """The old server turned out to be alive: everybody may know, and the next one may begin."""
    now = done(actions.switching(OPEN, FIRST, minute(2)))
    off = done(actions.call_off(now, FIRST, minute(3)))

    assert (off.switching_at, off.switching_by, off.acknowledged_by) == (None, "", "on-call")
    assert actions.call_off(off, FIRST, minute(4)) is None
    with pytest.raises(ImpossibleTransitionError, match="is resolved"):
        actions.call_off(OVER, FIRST, minute(20))
