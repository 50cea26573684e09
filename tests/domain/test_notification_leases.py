"""Claim, send, record: leases, retries, and what is overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.incidents.incident import (
    Event,
)
from shared.domain.incidents.notifications import (
    EAGER_FOR,
    LEASE,
    OVERDUE_AFTER,
    RETRY_EVERY,
    Due,
    Notification,
    claim,
    fall_due,
    overdue,
    record_failure,
    record_sent,
    supersede,
    to_send,
)
from tests.support.incidents import minute
from tests.support.outbox import (
    FIRST,
    OPEN,
    REMINDER,
    SECOND,
    TAKEN,
    after,
    card,
    sending,
)

# -- claim, send, record -------------------------------------------------------------------------


def claimed(at: float = 0) -> Notification:
    """The first card with a lease on it."""
    ((due,), _) = to_send([OPEN], [card()], minute(at))
    return claim(due, "tick-1", minute(at))


def test_a_card_that_fell_due_was_not_tried_and_has_no_number() -> None:
    """Number and attempts come with the claim."""
    (due,) = fall_due([after(OPEN, Event.REMINDED)], [], escalation_card=True)

    assert (due.number, due.attempts, due.attempt_at) == (0, 0, None)


def test_a_claim_is_a_lease_of_five_minutes() -> None:
    """Longer than a tick can run (4 minutes), so that no two ticks send."""
    held = claimed()

    assert (held.claimed_by, held.claimed_until) == ("tick-1", minute(5))
    assert (held.number, held.attempts) == (1, 1)
    assert timedelta(minutes=4) < LEASE


def test_a_leased_card_is_not_sent_by_another_until_the_lease_ran_out() -> None:
    """At its last second it holds, at its end it does not."""
    held = claimed()

    assert sending(held, at=0) is None
    assert sending(held, at=5 - 1 / 60) is None
    assert sending(held, at=5) == (FIRST, 1, [])


def test_a_newer_card_waits_for_the_one_on_its_way() -> None:
    """Two cards of one incident in the air could arrive in the wrong order, with one number."""
    worse = card(1, due=1)

    assert sending(claimed(), worse, at=1) is None
    assert sending(record_sent(claimed(), minute(1)), worse, at=1) == (FIRST, 2, [])
    assert sending(claimed(), worse, at=5) == (FIRST, 1, [0])


def test_a_leased_reminder_is_not_superseded_under_way() -> None:
    """Pointless or not, it is somebody else's until the lease runs out."""
    held = replace(card(1, REMINDER), claimed_until=minute(12))

    assert to_send([TAKEN], [card(sent=True), held], minute(10)) == ([], [])
    assert to_send([TAKEN], [card(sent=True), held], minute(12)) == ([], [held])


def test_the_number_of_the_card_is_kept_with_it() -> None:
    """A card sent twice by a crash carries the same number, which is how people recognise it."""
    held = claimed()
    ((again,), _) = to_send([OPEN], [held], minute(6))
    second = claim(again, "tick-2", minute(6))

    assert (second.number, second.attempts, second.claimed_by) == (1, 2, "tick-2")


def test_a_sent_card_is_done() -> None:
    """Lease, problem and refusal are gone; when it was sent is known."""
    failed = replace(claimed(), problem="It said no.", refused=True)
    sent = record_sent(failed, minute(2))

    assert (sent.sent_at, sent.unsent) == (minute(2), False)
    assert (sent.claimed_by, sent.claimed_until) == ("", None)
    assert (sent.problem, sent.refused) == ("", False)


@pytest.mark.parametrize("refused", [True, False])
def test_a_failed_card_is_tried_by_every_tick_for_an_hour(*, refused: bool) -> None:
    """The lease is given back; the next tick tries again, after a refusal as well."""
    failed = record_failure(claimed(59), "It said no.", minute(60) - SECOND, refused=refused)

    assert failed.unsent
    assert (failed.problem, failed.refused) == ("It said no.", refused)
    assert (failed.claimed_by, failed.claimed_until) == ("", None)
    assert sending(failed, at=60) == (FIRST, 1, [])
    assert failed.attempt_at is None


@pytest.mark.parametrize("refused", [True, False])
def test_after_the_first_hour_it_is_tried_hourly_for_ever(*, refused: bool) -> None:
    """Nothing is ever finally failed."""
    failed = record_failure(claimed(60), "It said no.", minute(60), refused=refused)
    assert sending(failed, at=120 - 1 / 60) is None
    assert sending(failed, at=120) == (FIRST, 1, [])

    later = record_failure(failed, "It said no.", minute(60 * 24 * 90), refused=refused)
    assert later.attempt_at == minute(60 * 24 * 90 + 60)
    assert timedelta(hours=1) == RETRY_EVERY == EAGER_FOR


def test_news_does_not_wait_for_the_retry_of_an_old_card() -> None:
    """A newer card is tried at once, and takes the old one's place."""
    failed = record_failure(claimed(60), "It said no.", minute(60), refused=False)

    assert sending(failed, card(1, due=70), at=70) == (FIRST, 1, [0])


def test_a_success_after_the_eager_hour_clears_the_way() -> None:
    """When the channel works again one card is sent, not the backlog."""
    backlog = [record_failure(card(n, REMINDER), "No.", minute(1), refused=False) for n in range(5)]

    assert sending(*backlog) == (FIRST, 1, [0, 1, 2, 3])


def test_a_superseded_card_is_done() -> None:
    """It is neither sent nor overdue, and holds no lease."""
    gone = supersede(claimed(), minute(3))

    assert (gone.superseded_at, gone.unsent) == (minute(3), False)
    assert (gone.claimed_by, gone.claimed_until) == ("", None)
    assert overdue([gone], minute(999)) == []


# -- overdue -------------------------------------------------------------------------------------


def test_a_card_is_overdue_after_ten_minutes() -> None:
    """Exactly ten minutes are not too late."""
    waiting = card()

    assert overdue([waiting], minute(0) + OVERDUE_AFTER) == []
    assert overdue([waiting], minute(10) + SECOND) == [waiting]
    assert timedelta(minutes=10) == OVERDUE_AFTER


def test_a_refused_card_is_overdue_at_once() -> None:
    """A person must change something: the heartbeat stops so that the outside notices."""
    refused = record_failure(claimed(), "Sign it anew.", minute(0), refused=True)

    assert overdue([refused, card()], minute(0)) == [refused]


def test_a_sent_card_is_never_overdue() -> None:
    """Sent late is sent."""
    assert overdue([card(sent=True), replace(card(sent=True), refused=True)], minute(999)) == []


def test_a_due_card_knows_its_incident() -> None:
    """What is claimed is the newest card together with the incident as it is now."""
    ((due,), _) = to_send([TAKEN], [card()], minute(10))

    assert due == Due(card(), TAKEN, FIRST, 1, ())


def test_a_lease_of_a_clock_that_ran_ahead_does_not_hold() -> None:
    """It would keep a card from being sent until that future has come."""
    ahead = replace(card(), claimed_by="t", claimed_until=minute(60 * 24))

    assert sending(ahead) == (FIRST, 1, [])


def test_a_retry_planned_by_a_clock_that_ran_ahead_is_due() -> None:
    """The next attempt is never further away than an hour."""
    ahead = replace(card(), attempt_at=minute(60 * 24))

    assert sending(ahead) == (FIRST, 1, [])
    assert sending(replace(ahead, attempt_at=minute(60))) is None


def test_a_card_that_is_due_in_the_future_fails_the_audit() -> None:
    """Only a wrong clock can have written it."""
    assert overdue([card(due=60 * 24)], minute(10))
    assert not overdue([card(due=11)], minute(10))


def test_two_minutes_ahead_is_the_same_clock() -> None:
    """Leases, retries and due times up to two minutes ahead of what is possible are believed."""
    second = 1 / 60

    assert sending(replace(card(), claimed_until=minute(17))) is None
    assert sending(replace(card(), claimed_until=minute(17 + second))) == (FIRST, 1, [])
    assert sending(replace(card(), attempt_at=minute(72))) is None
    assert sending(replace(card(), attempt_at=minute(72 + second))) == (FIRST, 1, [])
    assert overdue([card(due=2)], minute(0)) == []
    assert overdue([card(due=2 + second)], minute(0)) == [card(due=2 + second)]
