"""A change of the advice to fail over is told at once, to everybody, and not more often."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.domain.cards.messages import Presentation, incident_message
from shared.domain.incidents.advance import Switch
from shared.domain.incidents.incident import State
from shared.domain.incidents.notifications import Message, fall_due, to_send
from shared.domain.pair.report import Advice
from shared.ledger import decode, encode
from tests.support.incidents import SILENT, STALLED, Story, found, minute
from tests.support.outbox import ESCALATION, FIRST, REMINDER, card, sending, silent

if TYPE_CHECKING:
    from shared.domain.verdicts import Finding

GO = found(SILENT, advice=Advice.FAIL_OVER)
CHECK = found(SILENT, advice=Advice.CHECK_FIRST)
DO_NOT = found(SILENT, advice=Advice.DO_NOT_FAIL_OVER)


def began(finding: Finding) -> Story:
    """An incident whose first card gave this advice, escalated already."""
    story = Story()
    assert story.tick(0, finding) == ["opened"]
    assert story.tick(15, finding) == ["escalated"]
    return story


@pytest.mark.parametrize(("before", "after"), [(GO, CHECK), (CHECK, GO), (DO_NOT, GO)])
def test_a_new_advice_is_told_once_it_holds_for_two_ticks(before: Finding, after: Finding) -> None:
    """One failed read of a source is no news; two ticks four minutes apart are."""
    story = began(before)

    assert story.tick(16, after) == []
    assert story.tick(19, after) == []
    assert story.tick(20, after) == ["advised"]
    assert story.tick(25, after) == []


def test_a_read_that_failed_once_is_not_told() -> None:
    """Every other tick without evidence, and nobody hears of it."""
    story = began(GO)

    assert [story.tick(15 + n, CHECK if n % 2 else GO) for n in range(1, 15)] == [[]] * 14


def test_what_speaks_against_a_failover_is_told_at_once() -> None:
    """Somebody may be about to do it."""
    assert began(GO).tick(16, DO_NOT) == ["advised"]


@pytest.mark.parametrize("taken", [True, False])
def test_the_withdrawal_reaches_whoever_took_it_or_put_it_off(*, taken: bool) -> None:
    """They may be at it; the incident stays theirs."""
    story = began(GO)
    story.acknowledge(16) if taken else story.snooze(16, 300)

    assert story.tick(17, DO_NOT) == ["advised"]
    assert story.newest().state is (State.ACKNOWLEDGED if taken else State.SNOOZED)
    assert story.tick(40, GO) == []
    assert story.tick(60, GO) == [], "who has it looks"
    story.check()


def test_reaching_it_is_told_when_the_time_of_whoever_took_it_is_over() -> None:
    """The card that says so is about the advice, not a mere reminder."""
    story = began(CHECK)
    story.acknowledge(16)
    assert story.tick(100, GO) == []

    assert story.tick(256, GO) == ["ack_lapsed", "advised"]
    (due,) = fall_due(story.steps, [], escalation_card=True)
    assert due.message is Message.ADVICE


def test_flapping_evidence_sends_one_card_a_quarter_of_an_hour_and_the_last_state_wins() -> None:
    """At most one per 15 minutes; when they are over, what is advised then is told."""
    story = began(GO)
    assert story.tick(16, DO_NOT) == ["advised"]
    assert story.tick(17, GO) == []
    assert story.tick(22, GO) == []
    assert story.tick(30, GO) == []

    assert story.tick(31, GO) == ["advised"]


def test_other_changes_of_advice_are_not_news() -> None:
    """Between "check first" and "do not" nobody does anything else."""
    story = began(CHECK)

    assert [story.tick(16 + n, DO_NOT if n % 3 else CHECK) for n in range(14)] == [[]] * 14


def test_once_somebody_failed_over_its_end_is_no_news() -> None:
    """Who just did it must not be told to stop; the recovery card tells the rest."""
    story = began(GO)
    took_over = Switch("SYNC-A", "SYNC-B", minute(15))

    assert story.tick(16, DO_NOT, switch=took_over) == ["switched"]
    assert story.tick(25, DO_NOT, switch=took_over) == []


def test_an_advice_card_is_as_good_as_a_reminder() -> None:
    """The next reminder is half an hour after it."""
    story = began(GO)
    assert story.tick(29, DO_NOT) == ["advised"]

    assert story.tick(58, DO_NOT) == []
    assert story.tick(59, DO_NOT) == ["reminded"]


def test_a_worse_incident_tells_its_advice_in_its_first_card() -> None:
    """No second card for the same."""
    story = Story()
    story.tick(0, found(STALLED, advice=Advice.FAIL_OVER))

    assert story.tick(5, CHECK) == ["worsened"]
    assert story.tick(10, CHECK) == []


def test_an_incident_of_an_older_release_knows_what_its_last_evidence_advised() -> None:
    """An upgrade in the middle of an outage tells no change that was none, and misses none."""
    story = began(GO)
    row = encode(story.newest()).replace(',"advised":"fail_over"', "")
    assert row != encode(story.newest())
    story.incidents[story.newest().id] = decode(row, type(story.newest()))

    assert story.tick(16, DO_NOT) == ["advised"]


# -- the outbox -----------------------------------------------------------------------------------

ADVICE = Message.ADVICE
TOLD = card(sent=True)


def test_an_advice_nobody_heard_the_beginning_of_is_a_first_card() -> None:
    """One card with the latest state."""
    assert sending(card(), card(1, ADVICE)) == (FIRST, 1, [0])


def test_a_later_reminder_does_not_hide_an_advice() -> None:
    """What is news stays news until it is told."""
    assert sending(TOLD, card(1, ADVICE), replace(card(2, REMINDER), advice=False)) is not None
    advice = replace(card(1, ADVICE), advice=True)
    assert sending(TOLD, advice, card(2, REMINDER)) == (ADVICE, 2, [1])
    assert sending(TOLD, advice, card(2, ESCALATION)) == (ESCALATION, 2, [1])


@pytest.mark.parametrize("message", [ADVICE, ESCALATION])
def test_a_withdrawn_advice_is_sent_to_whoever_took_it(message: Message) -> None:
    """Reminders and escalations end there; this does not."""
    taken = replace(silent(), state=State.ACKNOWLEDGED, advised="check_first")
    due = replace(card(1, message), advice=True)

    assert sending(TOLD, due, incident=taken) == (ADVICE, 2, [])


def test_nobody_is_told_to_replace_a_server_that_beats_again() -> None:
    """An advice to fail over that was not delivered in time is a card about the recovery then."""
    due = replace(card(1, ADVICE), advice=True)
    back = replace(silent(), gone_at=minute(4), clean_at=minute(5), advised="fail_over")
    assert sending(TOLD, due, incident=back) == (ADVICE, 2, [])
    text = str(incident_message(back, ADVICE, 2, minute(6), Presentation("contoso", "contoso")))
    assert "Recovering" in text
    assert "ail over to" not in text


def test_nothing_of_an_obsolete_incident_is_sent() -> None:
    """Its first card would tell of what is not the matter any more."""
    ended = replace(silent(), state=State.RESOLVED, obsolete=True)

    due, pointless = to_send([ended], [card(), card(1, REMINDER)], minute(10))
    assert (due, len(pointless)) == ([], 2)
