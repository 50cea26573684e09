"""When incidents speak: reminders, lapses and escalation, which no recovery may outshout."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.incidents.advance import Rhythm, Tick
from shared.domain.incidents.incident import (
    State,
)
from shared.domain.verdicts import KIND_OF, Kind, Verdict
from tests.support.incidents import (
    OFF,
    SILENT,
    STALLED,
    Story,
    judgement,
    memory,
    minute,
    opened,
)

# -- speaking ------------------------------------------------------------------------------------


def test_reminders_come_every_half_hour_at_most_three() -> None:
    """The first after exactly 30 minutes, then each half hour, then silence."""
    story = opened(rhythm=Rhythm(escalate_after=timedelta(days=9)))
    events = {at: story.tick(at, SILENT) for at in range(1, 300)}

    assert [at for at, what in events.items() if what] == [30, 60, 90]
    assert {tuple(what) for what in events.values()} == {(), ("reminded",)}
    assert story.newest().reminders == 3


def test_a_reminder_is_not_a_second_early() -> None:
    """The limit is a time, not a count of ticks."""
    story = opened(rhythm=Rhythm(escalate_after=timedelta(days=9)))

    assert story.tick(30 - 1 / 60, SILENT) == []
    assert story.tick(30, SILENT) == ["reminded"]


def test_a_long_gap_between_ticks_gives_one_reminder() -> None:
    """Missed ticks are not made up for."""
    story = opened()
    story.tick(15, SILENT)

    assert story.tick(300, SILENT) == ["reminded"]
    assert story.tick(305, SILENT) == []
    assert story.newest().remind_at == minute(330)


def test_nobody_is_reminded_while_a_person_has_it() -> None:
    """None while acknowledged, none while snoozed."""
    story = opened()
    story.acknowledge(10)
    assert [story.tick(at, SILENT) for at in (30, 60, 90)] == [[], [], []]

    story.snooze(95, until=400)
    assert [story.tick(at, SILENT) for at in (100, 200, 399)] == [[], [], []]


def test_nobody_is_reminded_of_what_is_recovering() -> None:
    """A reminder would state what is no longer measured; nothing lapses meanwhile either."""
    story = opened()
    story.acknowledge(5)
    story.tick(10, beats=101)
    assert story.tick(300, beats=101) == []

    story = opened()
    story.snooze(5, until=20)
    story.tick(10, beats=101)
    assert story.tick(300, beats=101) == []

    story = opened()
    story.tick(10, beats=101)
    assert story.tick(300, beats=101) == []


def test_worsening_begins_the_reminders_anew() -> None:
    """Each announcement has its own three."""
    story = opened(STALLED, rhythm=Rhythm(escalate_after=timedelta(days=9)))
    for at in range(5, 200, 5):
        story.tick(at, STALLED)
    story.tick(200, SILENT)

    reminded = [at for at in range(205, 500, 5) if story.tick(at, SILENT)]
    assert reminded == [230, 260, 290]


def test_no_reminder_is_added_to_a_card_that_is_still_unsent() -> None:
    """The unsent card will carry the latest state; the reminder moves on by a full interval."""
    story = opened(rhythm=Rhythm(escalate_after=timedelta(days=9)))

    assert story.tick(30, SILENT, unsent=True) == []
    assert story.newest().remind_at == minute(60)
    assert story.tick(45, SILENT, unsent=True) == []
    assert story.tick(74, SILENT) == []
    assert story.tick(75, SILENT) == ["reminded"]


def test_an_unsent_card_never_brings_a_reminder_forward() -> None:
    """It waits one interval from now: the later of both times, in the interval of today."""
    story = opened(rhythm=Rhythm(remind_every=timedelta(minutes=30)))
    tick = Tick(
        judgement([SILENT]),
        memory(100, 100),
        Rhythm(remind_every=timedelta(minutes=10)),
        minute(1),
        frozenset(story.incidents),
    )

    assert story.run(tick) == []
    assert story.newest().remind_at == minute(11)


@pytest.mark.parametrize("readable", [True, False])
def test_reminders_go_on_while_the_tenant_cannot_be_read(*, readable: bool) -> None:
    """An incident that was open stays open and keeps speaking."""
    story = opened()

    assert story.tick(30, *([SILENT] if readable else []), readable=readable) == [
        "escalated",
        "reminded",
    ]


# -- acknowledgement, snooze and escalation ------------------------------------------------------


def test_an_acknowledgement_lapses_after_four_hours() -> None:
    """Still open after PT4H: it speaks again, which counts as the first of three reminders."""
    story = opened()
    story.tick(20, SILENT)
    story.acknowledge(25, by="on-call")
    assert (story.newest().acknowledged_by, story.newest().acknowledged_at) == (
        "on-call",
        minute(25),
    )

    assert story.tick(265 - 1 / 60, SILENT) == []
    assert story.tick(265, SILENT) == ["ack_lapsed"]
    incident = story.newest()
    assert (incident.state, incident.acknowledged_at) == (State.OPEN, None)
    assert (incident.acknowledged_by, incident.reminders) == ("", 1)
    assert [at for at in range(266, 600) if story.tick(at, SILENT)] == [295, 325]
    story.check()


def test_a_snooze_ends_when_it_was_to_end() -> None:
    """At that minute it speaks again, which counts as the first of three reminders."""
    story = opened()
    story.tick(20, SILENT)
    story.snooze(25, until=100)

    assert story.tick(100 - 1 / 60, SILENT) == []
    assert story.tick(100, SILENT) == ["snooze_ended"]
    incident = story.newest()
    assert (incident.state, incident.snoozed_until) == (State.OPEN, None)
    assert [at for at in range(101, 600) if story.tick(at, SILENT)] == [130, 160]


def test_a_snooze_takes_the_place_of_an_acknowledgement_and_back() -> None:
    """One of them stands at a time, and nobody's name stays behind."""
    story = opened()
    story.acknowledge(5)
    story.snooze(6, until=100)
    assert story.newest().state is State.SNOOZED
    assert (story.newest().acknowledged_at, story.newest().acknowledged_by) == (None, "")

    story.snooze(7, until=200)
    assert story.newest().snoozed_until == minute(200)
    story.acknowledge(8)
    assert (story.newest().state, story.newest().snoozed_until) == (State.ACKNOWLEDGED, None)
    story.check()


def test_acknowledging_again_is_harmless_and_lasts_longer() -> None:
    """Who has it says so again: the lapse counts from there."""
    story = opened()
    story.acknowledge(5, by="on-call")
    story.acknowledge(100, by="on-call")

    assert story.newest().acknowledged_by == "on-call"
    assert story.tick(245, SILENT) == []
    assert "ack_lapsed" in story.tick(340, SILENT)


def test_who_acknowledged_first_keeps_it() -> None:
    """Two people press the button: both are recorded, the first one has it."""
    story = opened()
    story.acknowledge(5, by="on-call")
    story.acknowledge(100, by="second on-call")

    assert story.newest().acknowledged_by == "on-call"
    assert story.log[-1].by == "second on-call"
    assert "ack_lapsed" in story.tick(245, SILENT)


def test_it_escalates_once_after_fifteen_minutes_without_acknowledgement() -> None:
    """Exactly 15 minutes after the first card was due, once."""
    story = opened()

    assert story.tick(15 - 1 / 60, SILENT) == []
    assert story.tick(15, SILENT) == ["escalated"]
    assert story.newest().escalated_at == minute(15)
    assert [at for at in range(16, 200) if "escalated" in story.tick(at, SILENT)] == []


def test_escalation_counts_from_when_the_first_card_was_due() -> None:
    """A card that could not be sent does not delay it, and improvement does not reset it."""
    story = opened()
    assert story.tick(10, STALLED, unsent=True) == ["improved"]

    assert story.tick(15, STALLED, unsent=True) == ["escalated"]


def test_each_announcement_escalates_for_itself() -> None:
    """Worsening starts the fifteen minutes anew."""
    story = opened(STALLED)
    story.tick(15, STALLED)
    story.tick(20, SILENT)

    assert story.tick(34, SILENT) == []
    assert story.tick(35, SILENT) == ["escalated"]


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.SNOOZED])
def test_nothing_escalates_while_a_person_has_it(state: State) -> None:
    """Escalation is for what nobody took."""
    story = opened()
    if state is State.ACKNOWLEDGED:
        story.acknowledge(5)
    else:
        story.snooze(5, until=500)

    assert [story.tick(at, SILENT) for at in (15, 20, 100)] == [[], [], []]


@pytest.mark.parametrize(
    "damage",
    [
        {"state": State.ACKNOWLEDGED, "acknowledged_at": None},
        {"state": State.SNOOZED, "snoozed_until": None},
        {"state": State.ACKNOWLEDGED, "snoozed_until": minute(1)},
        {"state": State.OPEN, "acknowledged_at": minute(-900)},
        {"state": State.OPEN, "snoozed_until": minute(1)},
    ],
)
def test_a_row_that_contradicts_itself_lapses_into_nothing(damage: dict[str, Any]) -> None:
    """Only the state's own time ends the state; without it nothing happens, and no error."""
    story = opened()
    story.incidents[story.newest().id] = replace(story.newest(), **damage)

    assert story.tick(10, SILENT) == []
    assert story.newest().state is damage["state"]


@pytest.mark.parametrize(
    "verdict",
    [
        v
        for v in KIND_OF
        if KIND_OF[v] not in {Kind.SYNC, Kind.PASSWORD_SYNC, Kind.STANDBY, Kind.DEADLINE}
    ],
)
def test_what_is_not_about_beats_is_reminded_of_while_it_stands(verdict: Verdict) -> None:
    """A wrong clock or a switched-off sync makes times meaningless, not itself."""
    story = opened(verdict)

    assert story.tick(30, verdict) == ["escalated", "reminded"]


def test_a_clock_that_ran_ahead_delays_no_escalation_and_no_reminder() -> None:
    """Announced in a future that was none: all counts from the first right tick."""
    story = Story()
    story.tick(9000, SILENT)

    assert [story.tick(at, SILENT) for at in (0, 14)] == [[], []]
    assert story.tick(15, SILENT) == ["escalated"]
    assert story.tick(30, SILENT) == ["reminded"]


def test_a_clock_that_ran_ahead_prolongs_no_acknowledgement() -> None:
    """Acknowledged in a future that was none: it lapses four hours after the first right tick."""
    story = opened()
    story.acknowledge(9000)

    assert [story.tick(at, SILENT) for at in (5, 244)] == [[], []]
    assert "ack_lapsed" in story.tick(245, SILENT)


def test_a_clock_that_ran_ahead_prolongs_no_snooze() -> None:
    """No snooze is longer than until 08:00 of the next day."""
    story = opened()
    story.snooze(5, until=100_000)
    story.tick(10, SILENT)
    longest = 10 + 25 * 60

    assert story.tick(longest - 1, SILENT) == []
    assert story.tick(longest, SILENT)[0] == "snooze_ended"


def test_a_clock_that_ran_ahead_keeps_no_incident_open() -> None:
    """The first clean read of a future that was none counts from the first right tick."""
    story = opened(Verdict.BLIND)
    story.tick(9000)

    assert story.tick(5) == []
    assert story.tick(9) == ["recovered"]


def test_a_doubled_tick_changes_nothing() -> None:
    """The same tick after its first result was stored: no event, no changed row."""
    story = Story()
    for at, verdicts in ((0, [STALLED]), (15, [STALLED]), (30, [SILENT]), (60, [SILENT]), (65, [])):
        tick = Tick(judgement(verdicts), memory(100 + at, 100), Rhythm(), minute(at))
        story.run(tick)
        stored = dict(story.incidents)

        assert story.run(tick) == []
        assert story.incidents == stored


def test_no_reminder_states_an_age_while_times_mean_nothing() -> None:
    """A silent server whose tenant then has sync switched off: the other incident speaks."""
    story = opened(rhythm=Rhythm(escalate_after=timedelta(days=9)))

    assert story.tick(60, OFF) == ["opened"]
    assert story.tick(65, SILENT, OFF) == []
    assert story.tick(70, SILENT) == ["reminded"]


def test_a_clock_that_ran_ahead_does_not_silence_an_incident() -> None:
    """Times of a wrong clock are cut to what they could be by the clock of now."""
    story = opened(rhythm=Rhythm(escalate_after=timedelta(days=9)))
    name, ahead = next(iter(story.incidents)), minute(60 * 24)
    story.incidents[name] = replace(story.incidents[name], announced_at=ahead, remind_at=ahead)

    assert story.tick(5, SILENT) == []
    assert story.tick(36, SILENT) == ["reminded"]
