"""How incidents close: by beats of their own kind, or by clean reads; and how long they lasted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.incidents.advance import Rhythm, Tick
from shared.domain.incidents.incident import (
    State,
)
from shared.domain.verdicts import Kind, Verdict
from tests.support.incidents import (
    BLIND,
    LAST_SIGN_OF_LIFE,
    NEVER,
    OFF,
    PASSWORD,
    SILENT,
    STALLED,
    SUSPECT,
    UNREAD,
    Story,
    judgement,
    memory,
    minute,
    opened,
)

# -- closing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "counter"),
    [(SILENT, "beats"), (STALLED, "beats"), (PASSWORD, "password_beats")],
)
def test_two_distinct_beats_of_its_kind_close_an_incident(verdict: Verdict, counter: str) -> None:
    """The first beat makes it recovering, the second closes it."""
    story = opened(verdict)

    assert story.tick(5, **{counter: 101}) == []  # type: ignore[arg-type]  # a counter's name
    assert story.newest().recovering
    assert story.tick(10, **{counter: 101}) == []  # type: ignore[arg-type]  # as above
    assert story.tick(35, **{counter: 102}) == ["recovered"]  # type: ignore[arg-type]  # as above
    assert (story.newest().state, story.newest().resolved_at) == (State.RESOLVED, minute(35))
    assert not story.newest().recovering
    story.check()


@pytest.mark.parametrize(
    ("verdict", "counter"),
    [(SILENT, "password_beats"), (PASSWORD, "beats")],
)
def test_beats_of_the_other_kind_close_nothing(verdict: Verdict, counter: str) -> None:
    """Password beats do not prove object sync, nor the other way round."""
    story = opened(verdict)

    for tick in range(1, 6):
        at = 5 * tick
        assert story.tick(at, **{counter: 100 + tick}) == []  # type: ignore[arg-type]  # as above
    assert story.newest().state is State.OPEN
    assert story.newest().clean_at is None


def test_beats_count_from_when_the_finding_was_last_seen() -> None:
    """Beats under a standing finding, and beats before a relapse, do not count."""
    story = opened()
    story.tick(5, SILENT, beats=105)
    assert story.tick(10, beats=106) == []
    assert story.newest().recovering
    assert story.tick(70, SILENT, beats=106) == ["escalated", "reminded"]
    assert not story.newest().recovering
    assert story.newest().clean_at is None
    assert story.tick(75, beats=107) == []
    assert story.tick(80, beats=108) == ["recovered"]


def test_other_trouble_does_not_hold_an_incident_open() -> None:
    """Objects beat twice while passwords stall: the sync incident closes, the other opens."""
    story = opened()

    assert story.tick(5, PASSWORD, beats=101) == ["opened"]
    assert story.tick(10, PASSWORD, beats=102) == ["recovered"]
    assert len(story.live(Kind.PASSWORD_SYNC)) == 1


@pytest.mark.parametrize("verdict", [SUSPECT, OFF, NEVER])
@pytest.mark.parametrize("about_beats", [SILENT, PASSWORD])
def test_while_times_mean_nothing_beats_close_nothing(
    verdict: Verdict, about_beats: Verdict
) -> None:
    """A wrong clock or a switched-off sync proves no recovery; afterwards the beats count."""
    story = opened(about_beats)
    story.tick(5, beats=101, password_beats=101)
    assert story.incidents["sync-0" if about_beats is SILENT else "password-sync-0"].recovering

    assert story.tick(10, verdict, beats=102, password_beats=102) == ["opened"]
    held = next(iter(story.incidents.values()))
    assert (held.state, held.gone_at, held.clean_at) == (State.OPEN, None, None)
    assert story.tick(15, beats=103, password_beats=103)[0] == "recovered"


def test_blind_beside_other_findings_does_not_hold_beats_back() -> None:
    """Only verdicts under which times mean nothing do."""
    story = opened()
    story.tick(5, BLIND, beats=101)

    assert story.newest().kind is Kind.BLIND
    assert story.tick(10, beats=102) == ["recovered"]


@pytest.mark.parametrize("verdict", [BLIND, SUSPECT, OFF, NEVER])
def test_other_incidents_close_after_two_clean_reads_four_minutes_apart(verdict: Verdict) -> None:
    """Exactly four minutes are enough; a second less is not."""
    story = opened(verdict)

    assert story.tick(5) == []
    assert story.newest().recovering
    assert story.tick(9 - 1 / 60) == []
    assert story.tick(9) == ["recovered"]
    assert story.newest().gone_at == minute(5)


def test_a_relapse_starts_the_clean_reads_anew() -> None:
    """The finding in between makes the first clean read void."""
    story = opened(SUSPECT)
    story.tick(5)
    story.tick(6, SUSPECT)

    assert story.tick(10) == []
    assert story.tick(14) == ["recovered"]


@pytest.mark.parametrize("verdict", [SILENT, PASSWORD, BLIND, SUSPECT, OFF, NEVER])
@pytest.mark.parametrize("blind", [False, True])
def test_a_tick_that_could_not_read_closes_nothing(verdict: Verdict, *, blind: bool) -> None:
    """Neither a failed read nor `BLIND` is a clean read or the end of anything."""
    story = opened(verdict)
    found = (BLIND,) if blind or verdict is BLIND else ()

    for at in (5, 10, 14):
        events = story.tick(at, *found, readable=False, beats=105, password_beats=105)
        assert "recovered" not in events
    incident = next(iter(story.incidents.values()))
    assert (incident.state, incident.gone_at) == (State.OPEN, None)


def test_the_other_heartbeat_alone_makes_it_recovering_but_proves_nothing() -> None:
    """Passwords are back, objects not yet: silent, open, and no beat of its kind is counted."""
    story = opened()

    assert story.tick(40) == []
    assert story.newest().recovering
    assert story.newest().clean_at is None
    assert story.tick(180, STALLED) == ["improved", "escalated", "reminded"]
    assert not story.newest().recovering


def test_a_finding_absent_for_want_of_half_the_evidence_is_not_gone() -> None:
    """With the second heartbeat unread, the missing finding is no recovery: it still reminds."""
    story = opened()

    assert story.tick(20, password_sync=UNREAD) == ["escalated"]
    assert not story.newest().recovering
    assert story.tick(30, password_sync=UNREAD) == ["reminded"]


def test_beats_count_though_the_other_heartbeat_is_unread() -> None:
    """Two object syncs are two object syncs."""
    story = opened()
    story.tick(5, beats=101, password_sync=UNREAD)

    assert story.newest().recovering
    assert story.tick(10, beats=102, password_sync=UNREAD) == ["recovered"]


def test_a_lost_memory_does_not_keep_an_incident_open() -> None:
    """After a damaged state row beats count from zero: two of them close all the same."""
    story = opened()
    assert story.tick(5, beats=0) == []
    assert story.newest().beats_before == 0

    assert story.tick(10, beats=1) == []
    assert story.tick(15, beats=2) == ["recovered"]


def test_the_outage_lasted_from_the_last_sign_of_life_to_the_next() -> None:
    """Its length is measured by the beats, not by when they were noticed."""
    story = opened()
    story.tick(65, beats=101, beat_at=minute(61))
    story.tick(95, beats=102, beat_at=minute(91))

    assert story.newest().outage == timedelta(minutes=121)


def test_the_outage_of_a_password_incident_is_measured_by_password_beats() -> None:
    """The object heartbeat's time has no part in it."""
    recovered = memory(101, 101, minute(7))
    recovered = replace(recovered, passwords=replace(recovered.passwords, current_at=minute(8)))
    tick = Tick(judgement(), recovered, Rhythm(), minute(10))
    story = opened(PASSWORD)
    story.run(tick)
    assert story.newest().gone_at == minute(8)

    story = opened(SILENT)
    story.run(tick)
    assert story.newest().gone_at == minute(7)


def test_a_beat_without_a_time_is_dated_by_the_tick() -> None:
    """The counter is enough to be recovering."""
    silent = opened()
    silent.tick(10, beats=101, beat_at=None)
    assert silent.newest().gone_at == minute(10)


def test_a_beat_that_is_not_after_the_outage_began_is_dated_by_the_tick() -> None:
    """An outage is never negative, whatever the clocks say."""
    story = opened()
    story.tick(10, beats=101, beat_at=LAST_SIGN_OF_LIFE)
    assert story.newest().gone_at == minute(10)

    story = opened(SUSPECT)
    story.tick(5, SUSPECT, since=minute(90))
    story.tick(6)
    assert story.newest().outage == timedelta(minutes=66)
    future = Story()
    future.tick(0, SUSPECT, since=minute(90))
    assert future.newest().outage == timedelta(0)


def test_an_outage_without_a_dated_end_lasts_until_it_was_resolved() -> None:
    """And until it was opened, as far as is known, while it goes on."""
    incident = opened().newest()

    assert incident.outage == timedelta(minutes=60)
    assert replace(incident, resolved_at=minute(10)).outage == timedelta(minutes=70)


def test_only_the_first_beat_ends_the_outage() -> None:
    """Later beats do not lengthen it."""
    story = opened()
    story.tick(10, beats=101, beat_at=minute(9))
    story.tick(15, beats=101, beat_at=minute(14))

    assert (story.newest().gone_at, story.newest().clean_at) == (minute(9), minute(10))
