"""Incidents and their cards while maintenance is on: the rules, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.incidents.incident import State
from shared.domain.incidents.notifications import (
    Message,
    Notification,
    fall_due,
    overdue,
    record_failure,
    to_send,
)
from shared.domain.incidents.rhythm import not_before
from shared.domain.maintenance.window import LONGEST_WINDOW, Maintenance
from shared.domain.pair.report import Advice
from tests.support.incidents import (
    SILENT,
    STALLED,
    UNFIT,
    Story,
    found,
    minute,
    opened,
)
from tests.support.outbox import FIRST, OPEN, RECOVERY, REMINDER, RESOLVED, card

if TYPE_CHECKING:
    from shared.domain.verdicts import Finding, Verdict

END = 600
ON = Maintenance(minute(END))


def inside(
    story: Story, at: float, *verdicts: Verdict | Finding, unsent: bool = False
) -> list[str]:
    """One tick within a window that ends at `END`; the events that it caused."""
    return story.run(replace(story.ticked(at, *verdicts, unsent=unsent), maintenance=ON))


def held(sequence: int = 0, message: Message = FIRST, *, due: float = 0) -> Notification:
    """A card of the open incident that fell due within that window."""
    end = minute(END)
    return replace(
        card(sequence, message, due=due), not_before=end, maintenance=True, window_until=end
    )


# -- clocks ---------------------------------------------------------------------------------------


def test_nobody_is_reminded_and_nothing_escalates_within_a_window() -> None:
    """However long it is; escalation counts from its end, and a reminder is due there."""
    story = opened()
    for at in range(5, END, 5):
        assert inside(story, at, SILENT) == []

    assert story.tick(END, SILENT) == ["reminded"]
    assert story.tick(END + 14, SILENT) == []
    assert story.tick(END + 15, SILENT) == ["escalated"]


def test_clocks_stand_still_although_ticks_are_missed() -> None:
    """One tick inside is enough, and the first one after the end may be late."""
    story = opened()
    assert inside(story, 5, SILENT) == []

    assert story.tick(END + 14, SILENT) == ["reminded"]
    assert story.tick(END + 16, SILENT) == ["escalated"]


def test_after_an_early_end_escalation_counts_from_the_next_tick() -> None:
    """The end that was announced does not matter any more."""
    story = opened()
    inside(story, 5, SILENT)

    assert story.tick(100, SILENT) == []
    assert story.tick(115, SILENT) == ["escalated"]


def test_what_was_escalated_before_is_not_escalated_again() -> None:
    """The window is no new announcement."""
    story = opened()
    story.tick(15, SILENT)
    before = story.newest().announced_at
    inside(story, 20, SILENT)

    assert story.newest().announced_at == before
    assert "escalated" not in story.tick(END + 60, SILENT)


def test_neither_acknowledgement_nor_snooze_runs_out_within_a_window() -> None:
    """Both would speak; they do so in the first tick after it."""
    taken, put_off = opened(), opened()
    taken.acknowledge(1)
    put_off.snooze(1, 30)

    assert inside(taken, END - 5, SILENT) == []
    assert inside(put_off, END - 5, SILENT) == []

    assert taken.tick(END, SILENT) == ["ack_lapsed"]
    assert put_off.tick(END, SILENT) == ["snooze_ended"]


def test_measuring_goes_on() -> None:
    """Opened, worsened and recovered are recorded as ever, and speak after the window only."""
    story = Story()

    assert inside(story, 0, STALLED) == ["opened"]
    assert inside(story, 5, SILENT) == ["worsened"]
    assert all(step.not_before == minute(END) for step in story.steps)
    assert all(step.window_until == minute(END) for step in story.steps)


def test_a_change_of_advice_is_told_at_the_end_if_it_still_is_one() -> None:
    """There and back within the window is no news."""
    go, wait = found(SILENT, advice=Advice.FAIL_OVER), found(SILENT, advice=Advice.CHECK_FIRST)
    story = opened(go)

    for at in range(5, 60, 5):
        assert inside(story, at, wait) == []
    inside(story, 60, go)
    assert "advised" not in story.tick(END, go)

    other = opened(go)
    inside(other, 5, wait)
    assert other.tick(END, wait) == ["reminded", "advised"]


# -- when a card goes -----------------------------------------------------------------------------


def test_a_loud_card_waits_for_the_end_and_a_quiet_one_for_office_hours_after_it() -> None:
    """2026-03-14 is a Saturday: the quiet one goes on Monday at 08:00."""
    quiet = opened(found(UNFIT, "sync-b"))
    rhythm = quiet.rhythm

    assert not_before(OPEN, rhythm, minute(0), ON) == minute(END)
    assert not_before(quiet.newest(), rhythm, minute(0), ON) == rhythm.office.next_open(minute(END))
    friday = Maintenance(minute(6 * 24 * 60 + 12 * 60))
    assert not_before(quiet.newest(), rhythm, minute(0), friday) == friday.until


def test_only_a_loud_card_goes_when_the_window_is_ended_early() -> None:
    """A quiet one would come at night; it waits for office hours as it would have."""
    story = Story()
    inside(story, 0, SILENT, found(UNFIT, "sync-b"))

    due = {n.incident: n for n in fall_due(story.steps, [], escalation_card=True)}
    loud, quiet = (due[each.id] for each in story.incidents.values())
    if story.incidents[loud.incident].quiet:
        loud, quiet = quiet, loud

    assert (loud.maintenance, quiet.maintenance) == (True, False)
    assert loud.window_until == quiet.window_until == minute(END)
    sending, _ = to_send(story.incidents.values(), [loud, quiet], minute(100))
    assert [each.notification for each in sending] == [loud]


def test_no_card_of_an_incident_is_sent_while_maintenance_is_on() -> None:
    """Also one that fell due before, or was to wait for less."""
    for waiting in (held(), card(), replace(held(), not_before=minute(5))):
        assert to_send([OPEN], [waiting], minute(10), maintenance=True) == ([], [])
        assert overdue([waiting], minute(END - 1), maintenance=True) == []

    (due,), _ = to_send([OPEN], [held()], minute(END))
    assert due.message is FIRST


def test_nothing_is_held_for_longer_than_a_window_may_last() -> None:
    """Windows that follow each other must not silence an outage for good."""
    at = minute(0) + LONGEST_WINDOW
    just_before = at - timedelta(minutes=1)

    assert to_send([OPEN], [card()], just_before, maintenance=True) == ([], [])
    assert len(to_send([OPEN], [card()], at, maintenance=True)[0]) == 1
    assert overdue([card()], just_before, maintenance=True) == []
    assert overdue([card()], at, maintenance=True) == [card()]


def test_a_bulletin_is_overdue_in_a_window_as_ever() -> None:
    """It is about no incident, and is sent."""
    bulletin = card(0, Message.BULLETIN)

    assert overdue([bulletin], minute(60), maintenance=True) == [bulletin]


def test_a_refused_card_stays_overdue_in_a_window() -> None:
    """The webhook needs a person, whatever is on."""
    refused = replace(card(), refused=True)

    assert overdue([refused], minute(1), maintenance=True) == [refused]


def test_a_card_is_overdue_ten_minutes_after_the_window_not_before() -> None:
    """Unless it was ended early: then it should have gone long ago."""
    assert overdue([held()], minute(END + 10)) == []
    assert overdue([held()], minute(END + 11)) == [held()]
    assert overdue([held()], minute(100)) == [held()]


def test_every_tick_tries_for_an_hour_after_the_window() -> None:
    """Also after an early end: the first failure does not mean hourly."""
    for at in (100, END, END + 59):
        assert record_failure(held(), "busy", minute(at), refused=False).attempt_at is None
    assert record_failure(held(), "busy", minute(END + 60), refused=False).attempt_at is not None


# -- what is not told -----------------------------------------------------------------------------


def test_what_came_and_went_within_one_window_is_not_told() -> None:
    """Within it or after it: both cards are superseded."""
    both = [held(), held(1, RECOVERY, due=60)]

    assert RESOLVED.state is State.RESOLVED
    for at, on in ((60, True), (END, False), (100, False)):
        assert to_send([RESOLVED], both, minute(at), maintenance=on) == ([], both)


def test_what_outlived_its_window_is_told() -> None:
    """It was over after the end, or in the next window; or it fell due before."""
    late = replace(held(1, RECOVERY, due=END + 5), window_until=minute(2 * END))
    outside = card(1, RECOVERY, due=END + 5)
    before = [card(), held(1, RECOVERY, due=60)]

    for cards in ([held(), late], [held(), outside], before):
        (due,), pointless = to_send([RESOLVED], cards, minute(2 * END + 1))
        assert (due.message, pointless) == (Message.MISSED, [])


def test_whoever_was_told_is_told_of_the_end() -> None:
    """The recovery waits for the end of the window."""
    cards = [card(sent=True), held(1, RECOVERY, due=60)]

    assert to_send([RESOLVED], cards, minute(60), maintenance=True) == ([], [])
    (due,), _ = to_send([RESOLVED], cards, minute(END))
    assert (due.message, due.number) == (RECOVERY, 2)


def test_a_reminder_that_was_unsent_when_the_window_began_becomes_pointless_as_ever() -> None:
    """Somebody took it meanwhile."""
    taken = replace(OPEN, state=State.ACKNOWLEDGED)
    reminder = card(1, REMINDER, due=30)

    _, pointless = to_send([taken], [card(sent=True), reminder], minute(40), maintenance=True)

    assert pointless == [reminder]
