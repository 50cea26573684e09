"""Quiet incidents: for working time, repeated until fixed; and what the pair adds to a life."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.incidents.advance import Switch
from shared.domain.incidents.incident import Event, Incident, State
from shared.domain.pair.readings import AlertLevel
from shared.domain.verdicts import Finding, Kind, Verdict
from shared.ledger import decode, encode
from tests.support.incidents import (
    ALERT,
    BLIND,
    DEADLINE,
    LAST_SIGN_OF_LIFE,
    MISSING,
    PASSWORD,
    SILENT,
    STALLED,
    START,
    SUSPECT,
    UNFIT,
    Story,
    found,
    minute,
    opened,
)

HOUR, DAY = 60, 24 * 60
MONDAY = 2 * DAY + 5 * HOUR  # 08:00; START is a Saturday, 03:00
WARNING = found(ALERT, "a", level=AlertLevel.WARNING)
ERROR = found(ALERT, "a", level=AlertLevel.ERROR)
QUIET = [found(UNFIT, "sync-b"), found(MISSING, "sync-b"), found(DEADLINE, "sync-b"), WARNING]


def spoke(story: Story, finding: Finding, until: int, step: int = 30) -> list[int]:
    """The minutes at which a standing finding is repeated."""
    return [at for at in range(step, until, step) if story.tick(at, finding)]


# -- one incident per subject --------------------------------------------------------------------


def test_each_server_has_an_incident_of_its_own() -> None:
    """Two unfit standbys are two incidents; one that is fixed closes alone."""
    story = Story()
    assert story.tick(0, found(UNFIT, "b"), found(UNFIT, "c")) == ["opened", "opened"]
    assert story.tick(5, found(UNFIT, "b")) == []

    assert story.tick(364, found(UNFIT, "b")) == []
    assert story.tick(365, found(UNFIT, "b")) == ["recovered"]
    assert [incident.subject for incident in story.live(Kind.STANDBY)] == ["b"]
    story.check()


def test_a_finding_that_stands_twice_opens_one_incident() -> None:
    """Whoever found it."""
    story = Story()

    assert story.tick(0, found(UNFIT, "b"), found(UNFIT, "b")) == ["opened"]


def test_a_row_of_the_last_release_has_no_subject() -> None:
    """An open incident survives the upgrade and goes on (promise R9)."""
    new = ("subject", "switched_at", "switched_from", "switched_to", "first_acknowledged_at")
    text = encode(opened().newest())
    for name in new:
        for empty in ('""', "null"):
            text = text.replace(f',"{name}":{empty}', "")
    assert not any(name in text for name in new)

    story = Story()
    story.incidents["sync-0"] = decode(text, Incident)
    assert story.tick(5, SILENT) == []


# -- quiet ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("finding", QUIET, ids=lambda f: f.verdict)
def test_a_quiet_incident_never_escalates(finding: Finding) -> None:
    """Nobody is woken for what can wait."""
    story = opened(finding)

    events = [event for at in range(5, DAY, 5) for event in story.tick(at, finding)]
    assert "escalated" not in events


@pytest.mark.parametrize("finding", QUIET, ids=lambda f: f.verdict)
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (0, MONDAY),
        (MONDAY - 1, MONDAY),
        (MONDAY, None),
        (MONDAY + 9 * HOUR - 1, None),
        (MONDAY + 9 * HOUR, MONDAY + DAY),
    ],
)
def test_a_quiet_card_waits_for_office_hours(finding: Finding, at: int, opens: int | None) -> None:
    """A first card of the weekend is for Monday; at work it goes at once."""
    story = Story()
    story.tick(at, finding)

    assert story.steps[0].not_before == (None if opens is None else minute(opens))


def test_the_recovery_of_a_quiet_incident_waits_too() -> None:
    """Good news about a standby wakes nobody either."""
    story = opened(found(UNFIT, "b"))
    story.tick(5)

    assert story.tick(5 + 6 * HOUR) == ["recovered"]
    assert story.steps[0].not_before == minute(MONDAY)


@pytest.mark.parametrize(
    "verdict", [SILENT, BLIND, SUSPECT, Verdict.DUAL_ACTIVE, Verdict.NO_ACTIVE]
)
def test_a_loud_card_waits_for_nobody(verdict: Verdict) -> None:
    """In the night of a Saturday."""
    story = opened(verdict)

    assert story.steps[0].not_before is None


def test_an_unfit_standby_is_repeated_daily_until_it_is_fixed() -> None:
    """Without end, one day apart."""
    finding = found(UNFIT, "b")

    assert spoke(opened(finding), finding, 9 * DAY) == [n * DAY for n in range(1, 9)]


def test_a_deadline_is_repeated_weekly_and_daily_in_its_last_week() -> None:
    """And daily once it has passed."""
    finding = found(DEADLINE, "b", deadline=START + timedelta(days=23))

    days = [at / DAY for at in spoke(opened(finding), finding, 27 * DAY)]
    assert days == [7, 14, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]


def test_a_warning_is_repeated_daily_three_times() -> None:
    """Then it stands on the page only."""
    assert spoke(opened(WARNING), WARNING, 9 * DAY) == [DAY, 2 * DAY, 3 * DAY]


def test_an_alert_of_level_error_is_loud() -> None:
    """As one of which nobody knows the level."""
    for finding in (ERROR, found(ALERT, "a")):
        assert opened(finding).tick(30, finding) == ["escalated", "reminded"]


def test_a_warning_that_becomes_an_error_is_announced_at_once() -> None:
    """What was acknowledged was smaller; the card does not wait."""
    story = opened(WARNING)
    story.acknowledge(5)

    assert story.tick(10, ERROR) == ["worsened"]
    assert (story.newest().state, story.steps[0].not_before) == (State.OPEN, None)
    assert story.newest().remind_at == minute(40)
    assert story.tick(15, ERROR) == []
    assert story.tick(20, WARNING) == []


def test_an_acknowledged_quiet_incident_is_left_alone_for_a_day() -> None:
    """Four hours are for what is urgent; a deadline far away is taken for a week."""
    finding = found(UNFIT, "b")
    story = opened(finding)
    story.acknowledge(0)
    assert [at for at in range(30, 2 * DAY, 30) if "ack_lapsed" in story.tick(at, finding)] == [DAY]

    far = found(DEADLINE, "b", deadline=START + timedelta(days=99))
    story = opened(far)
    story.acknowledge(0)
    lapsed = [at for at in range(HOUR, 9 * DAY, HOUR) if "ack_lapsed" in story.tick(at, far)]
    assert lapsed == [7 * DAY]


# -- what was not judged -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.STANDBY, Kind.SYNC])
def test_a_source_that_was_not_read_closes_nothing(kind: Kind) -> None:
    """Neither clean nor recovering: the clean reads of what is urgent begin anew."""
    finding: Finding | Verdict = found(UNFIT, "b") if kind is Kind.STANDBY else SILENT
    story = opened(finding)
    story.tick(5, beats=101)
    assert story.newest().recovering

    assert story.tick(10, beats=102, unjudged={kind}) == []
    assert not story.newest().recovering
    assert story.newest().clean_at == (minute(5) if kind is Kind.STANDBY else None)
    for at in (*range(15, 60, 5), 500):
        assert "recovered" not in story.tick(at, beats=110, unjudged={kind})


def test_a_source_that_fails_now_and_then_does_not_keep_a_quiet_incident_open() -> None:
    """Once in every six hours it is not read: the clean hours go on, and a clean read closes."""
    story = opened(found(UNFIT, "b"))
    story.tick(5)
    for at in range(10, 6 * HOUR + 5, 5):
        assert story.tick(at, unjudged={Kind.STANDBY} if at in (100, 360) else set()) == []

    assert story.tick(6 * HOUR + 5) == ["recovered"]
    assert story.newest().gone_at == minute(5)
    story.check()


def test_a_finding_of_an_unjudged_kind_still_counts() -> None:
    """What is there is there, whatever else of its kind was not read."""
    story = opened(found(UNFIT, "b"))

    assert story.tick(5, found(UNFIT, "b"), found(UNFIT, "c"), unjudged={Kind.STANDBY}) == [
        "opened"
    ]


# -- where beats are not Connect's ---------------------------------------------------------------


@pytest.mark.parametrize("verdict", [SILENT, STALLED])
def test_where_cloud_sync_moves_the_times_two_clean_reads_close(verdict: Verdict) -> None:
    """Its beats do not: the second clean read does, four minutes later."""
    story = opened(verdict)

    assert story.tick(5, beats=109, beats_count=False) == []
    assert story.newest().recovering
    assert story.tick(8, beats=119, beats_count=False) == []
    assert story.tick(9, beats=119, beats_count=False) == ["recovered"]
    assert story.newest().gone_at == minute(5)


def test_a_wrong_clock_closes_no_silence_behind_cloud_sync() -> None:
    """While times mean nothing, nothing is clean."""
    story = opened()
    story.tick(5, beats_count=False)

    assert story.tick(10, SUSPECT, beats_count=False) == ["opened"]
    assert not story.incidents["sync-0"].recovering


def test_password_beats_count_behind_cloud_sync() -> None:
    """Passwords that arrive arrive, whoever sends them."""
    story = opened(PASSWORD)

    assert story.tick(5, password_beats=100, beats_count=False) == []
    assert story.tick(20, password_beats=101, beats_count=False) == []
    assert story.tick(25, password_beats=102, beats_count=False) == ["recovered"]


def test_a_password_sync_that_was_switched_off_needs_no_beats_to_close() -> None:
    """It will never beat again."""
    story = opened(PASSWORD)
    for at, events in ((5, []), (9, ["recovered"])):
        tick = story.ticked(at)
        off = replace(tick, memory=replace(tick.memory, off_at_beats=100))
        assert story.run(off) == events


# -- switched ------------------------------------------------------------------------------------

TOOK_OVER = Switch("SYNC-A", "SYNC-B", minute(20))


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.SNOOZED])
def test_a_failover_is_recorded_once_and_silently(state: State) -> None:
    """The recovery card shows it; nobody needs to be told what somebody just did."""
    story = opened()
    if state is State.ACKNOWLEDGED:
        story.acknowledge(5)
    if state is State.SNOOZED:
        story.snooze(5, until=500)

    assert story.tick(14, SILENT, switch=TOOK_OVER) == ["switched"]
    assert story.tick(14, SILENT, switch=TOOK_OVER) == []
    incident = story.newest()
    assert (incident.switched_from, incident.switched_to) == ("SYNC-A", "SYNC-B")
    assert incident.switched_at == minute(14)  # a source whose clock is ahead
    assert incident.state is state
    story.check()


def test_the_times_of_a_failover_are_kept_for_the_recovery_card() -> None:
    """Detected, acknowledged, switched, recovered; a lapse or a worsening voids none of them."""
    story = opened()
    story.acknowledge(7)
    story.tick(250, SILENT, switch=TOOK_OVER)
    story.acknowledge(260)
    story.tick(270, beats=101, beat_at=minute(268), switch=TOOK_OVER)
    assert "recovered" in story.tick(300, beats=102, switch=TOOK_OVER)

    incident = story.newest()
    assert incident.opened_at == minute(0)
    assert incident.first_acknowledged_at == minute(7)
    assert incident.switched_at == minute(20)
    assert (incident.gone_at, incident.resolved_at) == (minute(268), minute(300))


def test_a_failover_noticed_with_the_recovery_is_recorded_before_it() -> None:
    """Resolved is final, so the switch comes first."""
    story = opened()
    story.tick(25, beats=101)

    assert story.tick(30, beats=102, switch=TOOK_OVER) == ["switched", "recovered"]


@pytest.mark.parametrize(
    ("finding", "switch"),
    [
        (SILENT, replace(TOOK_OVER, at=LAST_SIGN_OF_LIFE)),
        (BLIND, TOOK_OVER),
        (found(UNFIT, "b"), TOOK_OVER),
    ],
)
def test_a_switch_belongs_to_the_silence_that_began_before_it(
    finding: Finding | Verdict, switch: Switch
) -> None:
    """One before the last sign of life, or of another kind, is not this incident's."""
    story = opened(finding)

    assert "switched" not in story.tick(25, finding, switch=switch)
    assert story.newest().switched_at is None


def test_a_failover_of_a_server_that_only_stopped_syncing_is_seen_as_one() -> None:
    """Its service stopped, its uploads go on: the handover is what ended that outage, too."""
    story = opened(STALLED)

    assert story.tick(14, STALLED, switch=TOOK_OVER) == ["switched"]


def test_a_silence_that_improved_still_notices_its_failover() -> None:
    """The worst verdict is what it was about."""
    story = opened()
    story.tick(10, STALLED)

    assert Event.SWITCHED in story.tick(14, STALLED, switch=TOOK_OVER)
