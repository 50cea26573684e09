"""The outbox: which card is due, which one is sent, and what becomes of the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.incidents.incident import (
    Event,
    Incident,
    State,
    Step,
)
from shared.domain.incidents.notifications import (
    Message,
    Notification,
    fall_due,
    supersede,
    to_send,
)
from shared.domain.verdicts import Verdict
from tests.support.incidents import Story, minute
from tests.support.outbox import (
    ESCALATION,
    FIRST,
    MISSED,
    OPEN,
    PUT_OFF,
    RECOVERING,
    RECOVERY,
    REMINDER,
    RESOLVED,
    TAKEN,
    after,
    card,
    sending,
)

# -- falling due ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "event", "message"),
    [
        (State.OPEN, Event.WORSENED, FIRST),
        (State.OPEN, Event.REMINDED, REMINDER),
        (State.ACKNOWLEDGED, Event.ACK_LAPSED, REMINDER),
        (State.SNOOZED, Event.SNOOZE_ENDED, REMINDER),
        (State.OPEN, Event.ESCALATED, ESCALATION),
        (State.OPEN, Event.RECOVERED, RECOVERY),
    ],
)
def test_an_event_that_speaks_makes_a_card_due(
    state: State, event: Event, message: Message
) -> None:
    """The card is due at the event's time, for its reason."""
    step = after(replace(OPEN, state=state), event)

    assert fall_due([step], [], escalation_card=True) == [
        Notification(OPEN.id, 0, message, minute(5))
    ]


def test_the_opening_makes_the_first_card_due() -> None:
    """A new incident's first card is due in the tick that opens it."""
    story = Story()
    story.tick(0, Verdict.SERVER_SILENT)
    step = Step(story.newest(), tuple(story.log))

    assert fall_due([step], [], escalation_card=False) == [card()]


@pytest.mark.parametrize("event", [Event.IMPROVED, Event.ACKNOWLEDGED, Event.SNOOZED])
def test_other_events_are_silent(event: Event) -> None:
    """Improvement and what people do make no card due; nor does a tick without an event."""
    assert fall_due([after(OPEN, event), Step(OPEN)], [], escalation_card=True) == []


def test_an_escalation_is_a_card_only_if_somebody_is_to_be_told() -> None:
    """Without `WATCHDOG_ESCALATE_TO` it is a log event, and hides no other card."""
    step = after(OPEN, Event.ESCALATED, Event.REMINDED)

    (alone,) = fall_due([step], [], escalation_card=False)
    (told,) = fall_due([step], [], escalation_card=True)
    assert (alone.message, told.message) == (REMINDER, ESCALATION)
    assert fall_due([after(OPEN, Event.ESCALATED)], [], escalation_card=False) == []


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ((Event.ESCALATED, Event.REMINDED), ESCALATION),
        ((Event.REMINDED, Event.ESCALATED), ESCALATION),
        ((Event.ESCALATED, Event.WORSENED), FIRST),
        ((Event.WORSENED, Event.REMINDED), FIRST),
        ((Event.WORSENED, Event.RECOVERED), RECOVERY),
    ],
)
def test_one_card_per_incident_and_tick_the_loudest(
    events: tuple[Event, ...], message: Message
) -> None:
    """Reminder < escalation < first < recovery."""
    (due,) = fall_due([after(OPEN, *events)], [], escalation_card=True)

    assert due.message is message


def test_cards_of_an_incident_are_numbered_in_sequence() -> None:
    """The next number after the highest stored one, each incident for itself."""
    other = replace(OPEN, id="other")
    steps = [after(OPEN, Event.REMINDED), after(other, Event.WORSENED)]
    stored = [card(4), card(1), replace(card(9), incident="unrelated")]

    due = fall_due(steps, stored, escalation_card=True)
    assert [(n.incident, n.sequence) for n in due] == [(OPEN.id, 5), ("other", 0)]


# -- what is sent --------------------------------------------------------------------------------


def test_nothing_unsent_is_nothing_to_send() -> None:
    """Sent and superseded cards are done with."""
    assert to_send([OPEN], [], minute(10)) == ([], [])
    assert sending(card(sent=True), supersede(card(1), minute(1))) is None


def test_a_first_card_is_message_one() -> None:
    """Nothing was sent before it."""
    assert sending(card()) == (FIRST, 1, [])


def test_the_message_number_is_one_more_than_the_cards_sent() -> None:
    """Superseded cards were never seen and do not count."""
    stored = [card(0, sent=True), supersede(card(1), minute(1)), card(2, sent=True)]

    assert sending(*stored, card(3, REMINDER)) == (REMINDER, 3, [])


def test_only_the_newest_unsent_card_is_sent() -> None:
    """It carries the latest state; the older ones go when it went."""
    stored = [card(0, sent=True), card(1, REMINDER), card(2, FIRST), card(3, RECOVERY)]

    assert sending(*reversed(stored[:3]), stored[3], incident=RESOLVED) == (RECOVERY, 2, [1, 2])


def test_what_came_and_went_untold_is_told_in_one_card() -> None:
    """Teams was down all along: one card says that it happened and recovered."""
    stored = [card(0), card(1, REMINDER), card(2, RECOVERY)]

    assert sending(*stored, incident=RESOLVED) == (MISSED, 1, [0, 1])
    assert sending(card(0, sent=True), card(1, RECOVERY), incident=RESOLVED) == (RECOVERY, 2, [])


def test_an_untold_incident_is_told_first_whatever_fell_due_since() -> None:
    """A reminder of what nobody heard of is a first card."""
    assert sending(card(0), card(1, REMINDER)) == (FIRST, 1, [0])


@pytest.mark.parametrize("incident", [OPEN, TAKEN, PUT_OFF, RECOVERING])
def test_a_lone_reminder_of_an_untold_incident_is_a_first_card(incident: Incident) -> None:
    """Nothing was ever sent, whoever has it: it is told."""
    stored = [supersede(card(0), minute(1)), card(1, REMINDER)]

    assert sending(*stored, incident=incident) == (FIRST, 1, [])


def test_an_untold_escalation_is_an_escalation_while_nobody_has_it() -> None:
    """It mentions whom it must; the state on it is the latest."""
    assert sending(card(0), card(1, ESCALATION)) == (ESCALATION, 1, [0])


@pytest.mark.parametrize("incident", [TAKEN, PUT_OFF, RECOVERING])
@pytest.mark.parametrize("repeat", [REMINDER, ESCALATION])
def test_an_untold_incident_is_told_even_if_taken_but_escalates_to_nobody(
    incident: Incident, repeat: Message
) -> None:
    """Acknowledged on the page while Teams was down: a first card, and no escalation."""
    assert sending(card(0), card(1, repeat), incident=incident) == (FIRST, 1, [0])


@pytest.mark.parametrize("incident", [TAKEN, PUT_OFF, RECOVERING])
@pytest.mark.parametrize("repeat", [REMINDER, ESCALATION])
def test_an_undelivered_worsening_is_not_dropped_with_its_reminders(
    incident: Incident, repeat: Message
) -> None:
    """The stall was told, the silence not yet: it is, as a first card."""
    stored = [card(0, sent=True), card(1, FIRST), card(2, repeat)]

    assert sending(*stored, incident=incident) == (FIRST, 2, [1])
    assert sending(*stored) == (FIRST if repeat is REMINDER else ESCALATION, 2, [1])


@pytest.mark.parametrize("incident", [TAKEN, PUT_OFF, RECOVERING, RESOLVED])
def test_reminders_of_what_a_person_has_are_pointless(incident: Incident) -> None:
    """They are superseded instead of sent."""
    stored = [card(0, sent=True), card(1, REMINDER), card(2, ESCALATION)]

    assert to_send([incident], stored, minute(10)) == ([], stored[1:])


@pytest.mark.parametrize("message", [FIRST, RECOVERY])
@pytest.mark.parametrize("incident", [TAKEN, PUT_OFF, RECOVERING, RESOLVED])
def test_news_is_never_pointless(incident: Incident, message: Message) -> None:
    """First and recovery cards go out whoever has the incident."""
    assert sending(card(0, sent=True), card(1, message), incident=incident) == (message, 2, [])


def test_a_reminder_of_an_open_incident_is_sent_as_one() -> None:
    """Told before, open, nobody has it."""
    assert sending(card(0, sent=True), card(1, REMINDER)) == (REMINDER, 2, [])
    assert sending(card(0, sent=True), card(1, ESCALATION)) == (ESCALATION, 2, [])


def test_cards_of_unknown_incidents_wait() -> None:
    """A card whose incident is not there is not sent, and hides no other."""
    stored = [replace(card(), incident="gone"), card()]

    due, pointless = to_send([OPEN], stored, minute(10))
    assert [item.incident.id for item in due] == [OPEN.id]
    assert pointless == []


def test_the_oldest_need_is_sent_first() -> None:
    """Among incidents, in the order in which the cards fell due."""
    others = {name: replace(OPEN, id=name) for name in "abc"}
    dues = {"a": 7, "b": 3, "c": 5}
    stored = [replace(card(due=dues[name]), incident=name) for name in "abc"]

    due, _ = to_send(others.values(), stored, minute(10))
    assert [item.incident.id for item in due] == ["b", "c", "a"]
