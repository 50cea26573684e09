"""An incident whose matter another finding tells: neither over, nor worth another card."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.incidents.advance import advance
from shared.domain.incidents.incident import Incident, State, Step
from shared.domain.incidents.rhythm import Rhythm
from shared.domain.incidents.tick import Tick
from shared.domain.verdicts import Kind, Verdict
from tests.support.incidents import ALERT, SILENT, found, judgement, memory, minute

DUAL = Verdict.DUAL_ACTIVE

MATTER = (Kind.HEALTH_ALERT, "stale")


def tick(at: float, *, there: bool = False, elsewhere: bool = False) -> Tick:
    """One tick that sees the alert, or a silence that tells of it, or neither."""
    seen = judgement([found(ALERT, "stale")] if there else [SILENT] if elsewhere else [])
    told = frozenset({MATTER}) if elsewhere else frozenset()
    return Tick(replace(seen, told_elsewhere=told), memory(), Rhythm(), minute(at))


def step(live: Incident | None, now: Tick) -> Step:
    """The alert's incident after a tick."""
    steps = advance([live] if live else [], now, lambda kind: f"20260314-0300-{kind}")
    return next(each for each in steps if each.incident.kind is Kind.HEALTH_ALERT)


def test_it_stays_open_and_silent_while_another_card_tells_of_it() -> None:
    """No recovery that did not happen, no reminder beside the reminder, no escalation."""
    incident = step(None, tick(0, there=True)).incident
    for minutes in range(5, 180, 5):
        after = step(incident, tick(minutes, elsewhere=True))
        assert after.transitions == ()
        incident = after.incident
    assert (incident.state, incident.recovering) == (State.OPEN, False)


def test_it_recovers_by_clean_reads_of_its_own_afterwards() -> None:
    """What counted as clean before does not count: two reads without it, four minutes apart."""
    incident = step(None, tick(0, there=True)).incident
    incident = step(incident, tick(5)).incident
    assert incident.recovering
    incident = step(incident, tick(10, elsewhere=True)).incident
    assert not incident.recovering
    incident = step(incident, tick(15)).incident
    assert incident.state is State.OPEN
    assert step(incident, tick(20)).incident.state is State.RESOLVED


def test_it_speaks_again_when_nothing_else_tells_of_it() -> None:
    """The silence ended and the alert is still there: reminders go on."""
    incident = step(None, tick(0, there=True)).incident
    incident = step(incident, tick(60, elsewhere=True)).incident
    after = step(incident, tick(65, there=True))
    assert [change.event for change in after.transitions] == ["escalated", "reminded"]


def test_nobody_is_reminded_of_a_pair_as_it_was() -> None:
    """What this tick did not find, because a source was not read, is no order to give again."""
    seen = judgement([found(DUAL)])
    (opened,) = advance([], Tick(seen, memory(), Rhythm(), minute(0)), lambda _: "20260314-0300-x")
    unread = judgement([], unjudged={Kind.DUAL_ACTIVE})
    incident = opened.incident
    for at in range(5, 120, 5):
        (step,) = advance([incident], Tick(unread, memory(), Rhythm(), minute(at)), lambda _: "x")
        assert "reminded" not in [change.event for change in step.transitions]
        incident = step.incident
