"""The one transition table: what is not in it cannot happen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.incidents.actions import acknowledge, snooze
from shared.domain.incidents.incident import (
    SPEAKS,
    TRANSITIONS,
    Event,
    ImpossibleTransitionError,
    State,
    apply,
    fold,
)
from tests.support.incidents import (
    BLIND,
    SILENT,
    minute,
    opened,
)

# -- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", [event for event in Event if event is not Event.OPENED])
def test_only_the_table_can_happen(state: State, event: Event) -> None:
    """A transition leads where the table says; any other is refused and changes nothing."""
    before = replace(opened().newest(), state=state)
    copy = replace(before)
    target = TRANSITIONS[state].get(event)

    if target is None:
        with pytest.raises(ImpossibleTransitionError, match=f"is {state}: it cannot be {event}"):
            apply(before, event, minute(1))
    else:
        step = apply(before, event, minute(1), by="on-call")
        (change,) = step.transitions
        assert (change.source, change.event, change.target) == (state, event, target)
        assert (step.incident.state, step.incident.transitions) == (target, 2)
        assert (change.number, change.at, change.by) == (1, minute(1), "on-call")
        assert (change.incident, change.verdict) == (before.id, SILENT)
        assert change.why == before.evidence.why
    assert before == copy


def test_nothing_opens_twice_and_resolved_is_final() -> None:
    """The table's two ends; what is over can still be written about."""
    assert TRANSITIONS[None] == {Event.OPENED: State.OPEN}
    assert set(TRANSITIONS[State.RESOLVED]) == {Event.NOTED, Event.STEPPED}
    assert set(TRANSITIONS[State.RESOLVED].values()) == {State.RESOLVED}
    assert set(TRANSITIONS) == {None, *State}
    assert all(Event.OPENED not in TRANSITIONS[state] for state in State)
    assert all(Event.RECOVERED in TRANSITIONS[s] for s in State if s is not State.RESOLVED)


def test_a_resolved_incident_refuses_people_too() -> None:
    """Acknowledging or snoozing what is over is refused and leaves it as it is."""
    story = opened(BLIND)
    story.tick(5)
    story.tick(10)
    resolved = story.newest()

    with pytest.raises(ImpossibleTransitionError, match="is resolved: it cannot be acknowledged"):
        acknowledge(resolved, "on-call", minute(11))
    with pytest.raises(ImpossibleTransitionError, match="is resolved: it cannot be snoozed"):
        snooze(resolved, minute(99), "on-call", minute(11))
    assert story.newest() is resolved


@pytest.mark.parametrize("until", [10, 9])
def test_a_snooze_must_end_in_the_future(until: int) -> None:
    """Ending now or before is refused."""
    story = opened()
    with pytest.raises(ValueError, match="must end in the future"):
        snooze(story.newest(), minute(until), "on-call", minute(10))


def test_the_speaking_events_are_these() -> None:
    """What a person is told of, and as what."""
    assert {str(event): reason for event, reason in SPEAKS.items()} == {
        "opened": "first",
        "worsened": "first",
        "reminded": "reminder",
        "ack_lapsed": "reminder",
        "snooze_ended": "reminder",
        "escalated": "escalation",
        "advised": "advice",
        "recovered": "recovery",
    }


def test_folding_no_transitions_gives_no_incident() -> None:
    """Before the first transition there is nothing."""
    assert fold([]) == (None, None)
