"""Which bulletins fall due, and which of them are sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bulletins.bulletin import Bulletin, Occasion, due
from shared.domain.bulletins.falling import Fallen, Remembered, Scene, fall_due, last_drill
from shared.domain.bulletins.sending import claim, to_send
from shared.domain.bulletins.weekly import WeeklyMoment, newest_slot, next_slot
from shared.domain.incidents import notifications
from shared.domain.incidents.notifications import LEASE, Message
from shared.domain.incidents.office_hours import OfficeHours
from shared.ports import valid_key

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DIGEST = WeeklyMoment(0, time(8), ZoneInfo("Europe/Zurich"))
SCENE = Scene(DIGEST, OfficeHours(), MONDAY - 10 * DAY)
TOLD = Remembered(MONDAY - 7 * DAY)


def occasions(fallen: Fallen) -> list[Occasion]:
    """What fell due."""
    return [bulletin.occasion for bulletin in fallen.bulletins]


def live(scene: Scene, at_all: list[datetime], first: Remembered) -> list[Bulletin]:
    """Everything that falls due over these ticks, each of which stores what it says."""
    found: list[Bulletin] = []
    remembered = first
    for at in at_all:
        fallen = fall_due(scene, remembered, at)
        found += fallen.bulletins
        remembered = Remembered(fallen.digest_slot, remembered.drill_at, fallen.drill_due_at)
    return found


# -- the digest -----------------------------------------------------------------------------------


def test_the_digest_falls_due_at_its_time_and_not_before() -> None:
    """A minute before eight nothing, at eight the digest; its id names the slot."""
    before = fall_due(SCENE, TOLD, MONDAY - MINUTE)
    now = fall_due(SCENE, TOLD, MONDAY)

    assert before == Fallen((), TOLD.digest_slot)
    assert [(b.id, b.occasion, b.card.due_at) for b in now.bulletins] == [
        ("digest-20261123-0700", Occasion.DIGEST, MONDAY)
    ]
    assert now.bulletins[0].card.message is Message.BULLETIN
    assert now.digest_slot == MONDAY
    assert valid_key(now.bulletins[0].id)


def test_the_very_first_tick_stores_the_slot_and_sends_nothing() -> None:
    """Nobody is told of a week that was not watched; so is an upgrade from an older release."""
    first = fall_due(SCENE, Remembered(), MONDAY + DAY)

    assert first == Fallen((), MONDAY)


def test_a_digest_that_is_switched_off_is_forgotten() -> None:
    """Nothing falls due, and switching it on again begins as the first tick did."""
    assert fall_due(replace(SCENE, digest=None), TOLD, MONDAY + DAY) == Fallen()


def test_nothing_falls_due_while_graph_contradicts_our_clock() -> None:
    """What is remembered stays: once the clock is right, the digest comes."""
    suspect = replace(SCENE, clock_suspect=True)
    remembered = replace(TOLD, drill_due_at=MONDAY - DAY)

    assert fall_due(suspect, remembered, MONDAY) == Fallen(
        (), TOLD.digest_slot, remembered.drill_due_at
    )


def test_a_digest_that_the_ledger_holds_is_not_made_again() -> None:
    """Whatever the state says: one row for one slot."""
    held = replace(SCENE, stored={"digest-20261123-0700"})

    assert fall_due(held, TOLD, MONDAY).bulletins == ()


moments = st.builds(
    WeeklyMoment,
    day=st.integers(0, 6),
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(["UTC", "Europe/Zurich", "Australia/Lord_Howe"]).map(ZoneInfo),
)
gaps = st.one_of(
    st.integers(1, 60).map(lambda minutes: minutes * MINUTE),
    st.integers(1, 60 * 24 * 30).map(lambda minutes: minutes * MINUTE),
)


@given(moments, st.integers(0, 600_000), st.lists(gaps, max_size=30))
def test_every_tick_brings_one_digest_if_a_slot_has_passed_since_the_one_before(
    moment: WeeklyMoment, offset: int, steps: list[timedelta]
) -> None:
    """Over any ticks: one per gap that holds a slot, however many; none twice; none without."""
    at = [datetime(2026, 1, 1, tzinfo=UTC) + offset * MINUTE]
    for step in steps:
        at.append(at[-1] + step)
    found = live(replace(SCENE, digest=moment), at, Remembered())

    passed = [newest_slot(moment, b) for a, b in pairwise(at) if next_slot(moment, a) <= b]
    expected = [f"digest-{slot:%Y%m%d-%H%M}" for slot in passed]
    assert [b.id for b in found if b.occasion is Occasion.DIGEST] == expected
    assert len(set(expected)) == len(expected)


jumps = st.integers(-60 * 24 * 400, 60 * 24 * 400).map(lambda minutes: minutes * MINUTE)


@given(moments, st.lists(jumps, max_size=6), st.integers(0, 60 * 24 * 7))
def test_a_clock_that_jumped_silences_no_later_digest(
    moment: WeeklyMoment, wrong: list[timedelta], minutes: int
) -> None:
    """However far and often it jumped: after a week with a right clock each slot has its digest."""
    right = datetime(2026, 6, 1, tzinfo=UTC) + minutes * MINUTE
    jumped = [right + jump for jump in wrong]
    after = [right + hours * HOUR for hours in range(1, 24 * 7 * 4)]
    scene = replace(SCENE, digest=moment)
    found = {b.id for b in live(scene, [right, *jumped, *after], Remembered())}

    slot = next_slot(moment, right + 8 * DAY + HOUR)
    while slot <= after[-1] - HOUR:
        assert f"digest-{slot:%Y%m%d-%H%M}" in found
        slot = next_slot(moment, slot)


@given(moments, st.integers(0, 60 * 24 * 7), st.integers(-60 * 24 * 6, 60 * 24 * 6))
def test_a_clock_that_is_days_wrong_brings_no_digest_twice(
    moment: WeeklyMoment, minutes: int, jump: int
) -> None:
    """Six days ahead or behind, and back again: each slot has one digest at most."""
    right = datetime(2026, 6, 1, tzinfo=UTC) + minutes * MINUTE
    hours = [right + hour * HOUR for hour in range(24 * 21)]
    at = [*hours[:100], hours[100] + jump * MINUTE, *hours[101:]]
    found = [b.id for b in live(replace(SCENE, digest=moment), at, Remembered())]

    assert len(set(found)) == len(found)


# -- the drill ------------------------------------------------------------------------------------

AT_WORK = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def drill_due(at: datetime, watched: timedelta = 400 * DAY, **changes: object) -> bool:
    """Whether the reminder falls due."""
    scene = replace(SCENE, digest=None, watched_since=at - watched)
    scene = replace(scene, busy=bool(changes.pop("busy", False)))
    remembered = Remembered(None, **changes)  # type: ignore[arg-type]  # the test's own
    return occasions(fall_due(scene, remembered, at)) == [Occasion.DRILL_DUE]


def test_a_drill_is_due_ninety_days_after_the_last_one() -> None:
    """Counted from the start of the newest drill with a recovery."""
    assert drill_due(AT_WORK, drill_at=AT_WORK - 90 * DAY)
    assert not drill_due(AT_WORK, drill_at=AT_WORK - 90 * DAY + MINUTE)


def test_without_any_drill_it_counts_from_when_watching_began() -> None:
    """What was before nobody recorded."""
    assert drill_due(AT_WORK, 90 * DAY)
    assert not drill_due(AT_WORK, 90 * DAY - MINUTE)


def test_it_is_asked_in_office_hours_only() -> None:
    """Not at night, not on a Sunday, not while something needs somebody now."""
    assert not drill_due(AT_WORK.replace(hour=7, minute=59))
    assert drill_due(AT_WORK.replace(hour=8))
    assert not drill_due(AT_WORK - 2 * DAY)
    assert not drill_due(AT_WORK, busy=True)


def test_it_is_asked_again_after_thirty_days() -> None:
    """And every thirty days from then on."""
    assert not drill_due(AT_WORK, drill_due_at=AT_WORK - 30 * DAY + MINUTE)
    assert drill_due(AT_WORK, drill_due_at=AT_WORK - 30 * DAY)


@pytest.mark.parametrize("ahead", [HOUR, 29 * DAY])
def test_a_reminder_of_a_clock_that_ran_ahead_counts(ahead: timedelta) -> None:
    """The team has just read it."""
    assert not drill_due(AT_WORK, drill_due_at=AT_WORK + ahead)


def test_a_time_far_in_the_future_silences_nothing() -> None:
    """Neither a reminder nor a drill that a wrong clock dated years ahead."""
    assert drill_due(AT_WORK, drill_due_at=AT_WORK + 400 * DAY)
    assert drill_due(AT_WORK, drill_at=AT_WORK + 400 * DAY)
    assert last_drill(Remembered(drill_at=AT_WORK + DAY), MONDAY, AT_WORK) == MONDAY


def test_a_year_without_a_drill_brings_a_reminder_a_month() -> None:
    """Hourly ticks for a year: the first after 90 days, then about every thirty."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    scene = replace(SCENE, digest=None, watched_since=start)
    found = live(scene, [start + hour * HOUR for hour in range(24 * 365)], Remembered())

    at = [bulletin.card.due_at for bulletin in found]
    assert at[0] - start >= 90 * DAY
    assert len(at) == 10
    assert all(30 * DAY <= b - a <= 33 * DAY for a, b in pairwise(at))
    assert all(scene.office.is_open(each) for each in at)


# -- sending --------------------------------------------------------------------------------------


def digest(weeks: int = 0, **changes: object) -> Bulletin:
    """A digest of some weeks ago."""
    at = MONDAY - weeks * 7 * DAY
    made = due(Occasion.DIGEST, f"digest-{at:%Y%m%d-%H%M}", at)
    return replace(made, card=replace(made.card, **changes))  # type: ignore[arg-type]  # the test's


def test_only_the_newest_of_a_matter_is_sent_and_names_the_older_ones() -> None:
    """Three digests that nobody could read make one card with the latest state."""
    (found,) = to_send([digest(1), digest(0), digest(2)], MONDAY)

    assert found.bulletin == digest(0)
    assert found.older == (digest(2), digest(1))


def test_different_matters_are_sent_each_for_itself_the_longest_due_first() -> None:
    """A digest supersedes no drill, and a drill no other; what began and is over is one matter."""
    drills = [
        due(Occasion.DRILL_STARTED, "drill-started-a", MONDAY - HOUR, "a"),
        due(Occasion.DRILL_OVER, "drill-over-a", MONDAY, "a"),
        due(Occasion.DRILL_OVER, "drill-over-b", MONDAY - DAY, "b"),
        due(Occasion.DRILL_DUE, "drill-due", MONDAY - 2 * DAY),
    ]
    found = to_send([*drills, digest(0)], MONDAY)

    assert [each.bulletin.id for each in found] == [
        "drill-due",
        "drill-over-b",
        "digest-20261123-0700",
        "drill-over-a",
    ]
    assert [older.id for each in found for older in each.older] == ["drill-started-a"]


def test_one_that_began_and_ended_in_the_same_moment_is_told_as_over() -> None:
    """The order of the occasions decides where the times are the same."""
    begun = due(Occasion.DRILL_STARTED, "z", MONDAY, "a")
    over = due(Occasion.DRILL_OVER, "a", MONDAY, "a")

    assert [each.bulletin for each in to_send([over, begun], MONDAY)] == [over]


def test_what_was_sent_or_superseded_is_not_sent_again() -> None:
    """Nor does it hold back another."""
    told = [digest(1, sent_at=MONDAY), digest(2, superseded_at=MONDAY)]

    assert to_send(told, MONDAY) == []
    assert [each.bulletin for each in to_send([*told, digest(0)], MONDAY)] == [digest(0)]


def test_a_lease_on_any_of_a_matter_holds_the_whole_matter() -> None:
    """One is on its way; when the lease has run out, the newest goes."""
    claimed = claim(digest(1), "tick-1", MONDAY)
    both = [claimed, digest(0)]

    assert (claimed.card.claimed_by, claimed.card.number, claimed.card.attempts) == ("tick-1", 1, 1)
    assert to_send(both, MONDAY + LEASE - MINUTE) == []
    assert [each.bulletin for each in to_send(both, MONDAY + LEASE)] == [digest(0)]


def test_a_failure_is_tried_again_in_every_tick_and_after_an_hour_hourly() -> None:
    """The rules of every card."""
    for age, again in ((10 * MINUTE, timedelta(0)), (2 * HOUR, HOUR)):
        at = MONDAY + age
        card = notifications.record_failure(digest(0).card, "no", at, refused=False)
        failed = replace(digest(0), card=card)
        assert bool(to_send([failed], at)) is (not again)
        assert to_send([failed], at + again)


def test_an_unsent_one_is_overdue_as_every_card_is() -> None:
    """After ten minutes the audit fails."""
    assert notifications.overdue([digest(0).card], MONDAY + 10 * MINUTE) == []
    assert notifications.overdue([digest(0).card], MONDAY + 11 * MINUTE) != []
