"""Cards for office hours: which wait, for how long, and what takes them along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.incidents.notifications import (
    LONGEST_WAIT,
    Notification,
    claim,
    fall_due,
    overdue,
    record_failure,
    to_send,
)
from shared.ledger import decode, encode
from tests.support.incidents import UNFIT, Story, found, minute
from tests.support.outbox import (
    FIRST,
    MISSED,
    OPEN,
    RECOVERY,
    REMINDER,
    RESOLVED,
    SECOND,
    TAKEN,
    card,
    sending,
)

MORNING = minute(300)


def waiting(sequence: int = 0, **changes: object) -> Notification:
    """A card that fell due in the night and is for the morning."""
    return replace(card(sequence), not_before=MORNING, **changes)  # type: ignore[arg-type]  # field names


def test_a_card_of_a_quiet_incident_waits_for_the_opening() -> None:
    """What falls due carries what advancing said."""
    story = Story()
    story.tick(0, found(UNFIT, "b"))

    (due,) = fall_due(story.steps, [], escalation_card=True)
    assert due.not_before == story.steps[0].not_before
    assert due.not_before is not None


def test_a_card_is_not_sent_before_its_time() -> None:
    """Not a second early; then at once."""
    assert to_send([OPEN], [waiting()], MORNING - SECOND) == ([], [])
    assert sending(waiting(), at=300) == (FIRST, 1, [])


def test_what_came_and_went_in_the_night_is_one_card_in_the_morning() -> None:
    """The latest state holds for quiet cards as well."""
    stored = [waiting(), replace(waiting(1), message=RECOVERY)]

    assert sending(*stored, incident=RESOLVED, at=299) is None
    assert sending(*stored, incident=RESOLVED, at=300) == (MISSED, 1, [0])


def test_a_card_that_need_not_wait_takes_the_later_ones_along() -> None:
    """A loud card that could not be sent is not held back by a quiet one after it."""
    stored = [card(0), replace(waiting(1), message=REMINDER)]

    assert sending(*stored) == (FIRST, 1, [0])


def test_a_loud_card_after_a_quiet_one_is_sent_at_once() -> None:
    """A warning that became an error in the night."""
    assert sending(waiting(), card(1, FIRST)) == (FIRST, 1, [0])


def test_a_waiting_reminder_of_what_a_person_took_is_pointless_at_once() -> None:
    """It does not wait to be dropped."""
    reminder = replace(waiting(1), message=REMINDER)

    assert to_send([TAKEN], [card(0, sent=True), reminder], minute(10)) == ([], [reminder])


def test_a_waiting_card_is_as_old_as_the_office_hours_it_waited_for() -> None:
    """A quiet night does not stop the heartbeat; a card unsent at ten past eight does."""
    night = waiting()

    assert overdue([night], minute(299)) == []
    assert overdue([night], minute(310)) == []
    assert overdue([night], minute(310) + SECOND) == [night]


def test_a_waiting_card_that_fell_due_in_the_future_is_overdue() -> None:
    """Only a wrong clock can have written it."""
    ahead = replace(waiting(), due_at=minute(100))

    assert overdue([ahead], minute(90)) == [ahead]
    assert overdue([ahead], minute(98)) == []


def test_the_longest_waiting_is_believed() -> None:
    """A week between two office hours, and a change of the clocks."""
    week = replace(card(), not_before=minute(0) + LONGEST_WAIT)

    assert sending(week) is None
    assert overdue([week], minute(60)) == []


def test_a_waiting_card_that_fell_due_in_the_future_is_sent_now() -> None:
    """The clock ran ahead: nobody knows when its morning is."""
    assert sending(replace(waiting(), due_at=minute(100)), at=90) == (FIRST, 1, [])


def test_a_waiting_card_that_was_refused_is_overdue() -> None:
    """A person must change something, whatever the hour."""
    refused = waiting(refused=True)

    assert overdue([refused], minute(10)) == [refused]


@pytest.mark.parametrize("due", [0, 99_999])
def test_a_waiting_that_a_wrong_clock_wrote_counts_as_now(due: float) -> None:
    """No office hours are more than eight days away."""
    ahead = replace(card(due=due), not_before=minute(due) + LONGEST_WAIT + SECOND)

    assert sending(ahead) == (FIRST, 1, [])
    assert overdue([ahead], minute(10) + SECOND) == [ahead]


def test_a_card_is_tried_eagerly_in_the_first_hour_of_its_office_hours() -> None:
    """The night before does not count."""
    (due,), _ = to_send([OPEN], [waiting()], MORNING)
    held = claim(due, "tick", MORNING)

    assert record_failure(held, "No.", minute(359), refused=False).attempt_at is None
    assert record_failure(held, "No.", minute(360), refused=False).attempt_at == minute(420)


def test_what_needs_somebody_now_is_sent_before_what_waited() -> None:
    """The backlog of a Monday morning delays no page."""
    story = Story()
    story.tick(0, found(UNFIT, "b"), found(UNFIT, "c"))
    quiet = list(story.incidents.values())
    cards = [replace(waiting(), incident=incident.id) for incident in quiet]

    due, _ = to_send([*quiet, OPEN], [*cards, card(due=300)], minute(301))
    assert [item.incident.id for item in due] == [OPEN.id, *(incident.id for incident in quiet)]


def test_a_card_of_the_last_release_waits_for_nothing() -> None:
    """Stored before there were office hours (promise R9)."""
    text = encode(card()).replace(',"not_before":null', "")

    assert "not_before" not in text
    assert decode(text, Notification) == card()
    assert timedelta(days=7) < LONGEST_WAIT
