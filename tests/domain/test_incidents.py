"""Incidents from open to resolved: which event of the one table a tick or a person is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.incidents.advance import advance
from shared.domain.incidents.incident import (
    SPEAKS,
    Event,
    State,
)
from shared.domain.incidents.rhythm import Rhythm
from shared.domain.incidents.tick import Tick
from shared.domain.verdicts import Finding, Kind, Verdict
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

# -- opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [SILENT, STALLED, PASSWORD, BLIND, SUSPECT, NEVER, OFF])
def test_a_finding_opens_one_incident_however_often_it_is_seen(verdict: Verdict) -> None:
    """The first tick opens, the next ones find it there."""
    story = opened(verdict)

    assert story.tick(5, verdict) == story.tick(10, verdict) == []
    assert len(story.incidents) == 1
    story.check()


def test_an_opened_incident_holds_the_tick_that_opened_it() -> None:
    """Opening time, first sign of trouble, first card and first reminder are all there."""
    incident = opened().newest()

    assert (incident.kind, incident.verdict, incident.worst) == (Kind.SYNC, SILENT, SILENT)
    assert (incident.opened_at, incident.announced_at) == (minute(0), minute(0))
    assert incident.remind_at == minute(30)
    assert incident.since == LAST_SIGN_OF_LIFE
    assert (incident.transitions, incident.reminders, incident.beats_before) == (1, 0, 100)
    assert not incident.recovering


def test_findings_of_different_kinds_are_different_incidents() -> None:
    """A wrong clock beside a silent server: two incidents."""
    story = Story()

    assert story.tick(0, SILENT, SUSPECT) == ["opened", "opened"]
    assert story.tick(5, SILENT, SUSPECT) == []
    assert {incident.kind for incident in story.incidents.values()} == {Kind.SYNC, Kind.CLOCK}


def test_a_password_incident_counts_password_beats() -> None:
    """What closes it is counted from the password heartbeat."""
    story = Story()
    story.tick(0, PASSWORD, beats=7, password_beats=3)

    assert story.newest().beats_before == 3


def test_after_resolution_the_same_finding_opens_a_new_incident() -> None:
    """Resolved is final; the next outage gets its own first card."""
    story = opened()
    story.tick(5, beats=101)
    assert story.tick(10, beats=102) == ["recovered"]

    assert story.tick(90, SILENT, beats=102) == ["opened"]
    assert len(story.incidents) == 2
    assert len(story.live(Kind.SYNC)) == 1
    story.check()


def test_a_resolved_incident_in_the_list_is_left_alone() -> None:
    """A row that is resolved but not yet archived is not looked at again."""
    story = opened(BLIND)
    story.tick(5)
    story.tick(10)
    resolved = story.newest()

    assert story.tick(900) == []
    assert story.newest() == resolved


# -- worse and better ----------------------------------------------------------------------------


def test_worsening_changes_the_open_incident_and_announces_it() -> None:
    """A stall that becomes silence is the same incident with a new first card."""
    story = opened(STALLED)
    story.tick(30, STALLED)

    assert story.tick(40, SILENT) == ["worsened"]
    incident = story.newest()
    assert len(story.incidents) == 1
    assert (incident.verdict, incident.worst, incident.state) == (SILENT, SILENT, State.OPEN)
    assert (incident.announced_at, incident.remind_at) == (minute(40), minute(70))
    assert (incident.reminders, incident.escalated_at) == (0, None)
    story.check()


def test_worsening_voids_an_acknowledgement() -> None:
    """People acknowledged something smaller."""
    story = opened(STALLED)
    story.acknowledge(5)
    assert story.tick(10, SILENT) == ["worsened"]

    incident = story.newest()
    assert (incident.state, incident.acknowledged_at) == (State.OPEN, None)
    assert incident.acknowledged_by == ""


def test_worsening_voids_a_snooze() -> None:
    """Silence was asked for something smaller."""
    story = opened(STALLED)
    story.snooze(5, until=500)
    assert story.tick(10, SILENT) == ["worsened"]

    assert (story.newest().state, story.newest().snoozed_until) == (State.OPEN, None)


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.SNOOZED])
def test_improvement_is_recorded_silently(state: State) -> None:
    """Better is no news: the state stays, no card falls due, the worst is remembered."""
    story = opened()
    if state is State.ACKNOWLEDGED:
        story.acknowledge(1)
    if state is State.SNOOZED:
        story.snooze(1, until=500)

    assert story.tick(5, STALLED) == ["improved"]
    incident = story.newest()
    assert (incident.verdict, incident.worst, incident.state) == (STALLED, SILENT, state)
    assert Event.IMPROVED not in SPEAKS
    assert incident.announced_at == minute(0)
    story.check()


def test_half_an_answer_is_no_improvement() -> None:
    """An unread second heartbeat turns silence into a stall only by ignorance.

    Taken for an improvement, the next full answer would "worsen" the incident: a second first
    card, and the acknowledgement gone, each time the beta endpoint hiccups.
    """
    story = opened()
    story.acknowledge(5)
    evidence = story.newest().evidence

    assert story.tick(10, STALLED, password_sync=UNREAD) == []
    assert story.newest().evidence == evidence
    assert story.newest().verdict is SILENT
    assert story.tick(15, SILENT) == []
    assert story.newest().state is State.ACKNOWLEDGED


def test_half_an_answer_with_the_same_verdict_updates_the_evidence() -> None:
    """Only the milder verdict is ignorance; the same one is news of the same thing."""
    story = opened(STALLED)
    story.tick(5, STALLED, password_sync=UNREAD)

    assert story.newest().evidence.password_sync is UNREAD


def test_half_an_answer_can_still_be_worse() -> None:
    """A worse verdict is news even if half was not read."""
    story = opened(STALLED)

    assert story.tick(5, SILENT, password_sync=UNREAD) == ["worsened"]


def test_the_worst_verdict_stays_on_record() -> None:
    """Worse, better and worse again: the worst is the worst ever."""
    story = opened(STALLED)
    story.tick(5, SILENT)
    story.tick(10, STALLED)

    assert (story.newest().verdict, story.newest().worst) == (STALLED, SILENT)
    assert story.tick(15, SILENT) == ["worsened"]
    story.check()


def test_the_problem_began_at_the_earliest_sign() -> None:
    """A later finding with a later beginning does not shorten the outage."""
    story = opened()
    story.tick(5, SILENT, since=minute(-10))
    assert story.newest().since == LAST_SIGN_OF_LIFE

    story.tick(10, SILENT, since=minute(-90))
    assert story.newest().since == minute(-90)


def test_the_newest_evidence_is_kept() -> None:
    """A finding that is still there updates what the card will show."""
    story = opened()
    story.tick(5, SILENT, since=minute(-10))

    assert story.newest().evidence.read_at == minute(-10)


def test_an_outage_that_gets_milder_did_not_begin_earlier() -> None:
    """Passwords came back first: what is left counts from an older sync, the outage does not."""
    story = opened(SILENT)
    (before,) = story.live(Kind.SYNC)
    older = before.since - timedelta(minutes=22)
    evidence = replace(before.evidence, object_sync_at=older)
    milder = Finding(STALLED, older, evidence)
    seen = Tick(judgement([milder]), memory(), Rhythm(), minute(10))
    (step,) = advance([before], seen, lambda kind: f"20260314-0300-{kind}")
    assert step.incident.verdict is STALLED
    assert step.incident.since == before.since
