"""A state machine of ticks and people against a naive model of what incidents must do.

The model keeps one flat record per kind and subject and computes each tick's events in the order
of the promises (`tests.support.incident_model`). The invariants do not use it: they look at the
log of transitions alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.incidents.actions import acknowledge, snooze
from shared.domain.incidents.advance import Switch, Tick
from shared.domain.incidents.incident import (
    Event,
    ImpossibleTransitionError,
    State,
)
from shared.domain.verdicts import Finding, Kind, PasswordSync, Verdict
from tests.support.incident_model import (
    BEATS,
    DAY,
    MINUTE,
    RHYTHM,
    SPOKE,
    UNTIL_FIXED,
    WITH_SUBJECT,
    Key,
    Model,
    ends_now,
    found_now,
    gaps,
    key,
)
from tests.support.incidents import LAST_SIGN_OF_LIFE, START, Story, found, judgement, memory


class IncidentMachine(RuleBasedStateMachine):
    """Ticks that find, miss and fail to read; people who take and put off; doubled ticks."""

    def __init__(self) -> None:
        super().__init__()
        self.story, self.model = Story(), Model()
        self.now = START
        self.beats = {Kind.SYNC: 10, Kind.PASSWORD_SYNC: 10}
        self.last: Tick | None = None
        self.found_at_beats: dict[str, int] = {}
        self.switch: Switch | None = None

    @rule(
        gap=gaps,
        now=found_now,
        objects=st.booleans(),
        passwords=st.booleans(),
        half=st.sampled_from([False, False, True]),
        unsent=st.sampled_from([False, False, True]),
        unjudged=st.sets(st.sampled_from(Kind), max_size=2),
        cloud=st.sampled_from([False, False, True]),
        ends=ends_now,
    )
    def a_tick_reads(  # one argument per thing that differs between ticks
        self,
        *,
        gap: int,
        now: list[Finding],
        objects: bool,
        passwords: bool,
        half: bool,
        unsent: bool,
        unjudged: set[Kind],
        cloud: bool,
        ends: dict[Key, str],
    ) -> None:
        """The tenant was read, with these findings; not every source of the pair was."""
        self.beats[Kind.SYNC] += objects
        self.beats[Kind.PASSWORD_SYNC] += passwords
        live = {i.id: (i.kind, i.subject) for kind in Kind for i in self.story.live(kind)}
        gone = {name for name, end in ends.items() if end == "obsolete"} - set(map(key, now))
        held = {name for name, end in ends.items() if end == "unjudged"}
        standing = {
            incident: name
            for incident, name in live.items()
            if name in held or (name[0] in unjudged and name not in gone)
        }
        self._tick(gap, now, half=half, unsent=unsent, unjudged=unjudged, cloud=cloud, ends=ends)
        for name in standing:
            assert self.story.incidents[name].state is not State.RESOLVED
            assert not self.story.incidents[name].recovering

    @rule(gap=gaps)
    def a_quiet_tick_after_two_beats(self, gap: int) -> None:
        """Everything beats and nothing is found: the road to recovery."""
        for _ in range(2):
            self.beats = {kind: count + 1 for kind, count in self.beats.items()}
            self._tick(gap, [])

    @rule(gap=gaps, now=found_now, blind=st.booleans(), unsent=st.booleans())
    def a_tick_reads_nothing(
        self, *, gap: int, now: list[Finding], blind: bool, unsent: bool
    ) -> None:
        """The tenant could not be read: a finding of its own; of the pair something may be."""
        seen = [found(Verdict.BLIND)] if blind else []
        seen += [finding for finding in now if finding.kind in WITH_SUBJECT]
        before = {i.id: (i.state, i.gone_at, i.clean_at) for i in self.story.incidents.values()}
        self._tick(gap, seen, readable=False, half=True, unsent=unsent)
        for incident in self.story.incidents.values():
            if incident.id in before and (incident.kind, incident.subject) not in map(key, seen):
                assert (incident.state is State.RESOLVED) == (
                    before[incident.id][0] is State.RESOLVED
                )
                assert (incident.gone_at, incident.clean_at) == before[incident.id][1:]

    @rule(before_the_silence=st.booleans())
    def another_server_takes_over(self, *, before_the_silence: bool) -> None:
        """Some source shows it at the next tick, and at all that follow."""
        at = LAST_SIGN_OF_LIFE if before_the_silence else max(self.now, START)
        self.switch = Switch("SYNC-A", "SYNC-B", at)

    @rule()
    def the_memory_is_lost(self) -> None:
        """A damaged state row was set aside: beats count from zero."""
        self.beats = dict.fromkeys(self.beats, 0)

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_tick_fires_twice(self) -> None:
        """The same tick again, after its first result was stored, changes nothing."""
        assert self.last is not None
        before = dict(self.story.incidents)
        assert self.story.run(self.last) == []
        assert self.story.incidents == before

    @precondition(lambda self: self.model.live)
    @rule(data=st.data())
    def somebody_acknowledges(self, data: st.DataObject) -> None:
        """A person takes an incident."""
        name = data.draw(st.sampled_from(sorted(self.model.live)))
        self.story.store(acknowledge(self.story.about(*name), "on-call", self.now))
        one = self.model.live[name]
        one.state, one.taken_at, one.put_off_until = "acknowledged", self.now, None
        one.first_taken_at = one.first_taken_at or self.now
        self.last = None

    @precondition(lambda self: self.model.live)
    @rule(data=st.data(), minutes=st.sampled_from([1, 30, 60, 500]))
    def somebody_snoozes(self, data: st.DataObject, minutes: int) -> None:
        """A person puts an incident off."""
        name = data.draw(st.sampled_from(sorted(self.model.live)))
        until = self.now + minutes * MINUTE
        self.story.store(snooze(self.story.about(*name), until, "on-call", self.now))
        one = self.model.live[name]
        one.state, one.taken_at, one.put_off_until = "snoozed", None, until
        self.last = None

    @rule()
    def somebody_presses_the_button_of_a_resolved_incident(self) -> None:
        """It is refused, and nothing changes."""
        before = dict(self.story.incidents)
        for incident in before.values():
            if incident.state is State.RESOLVED:
                with pytest.raises(ImpossibleTransitionError):
                    acknowledge(incident, "on-call", self.now)
                with pytest.raises(ImpossibleTransitionError):
                    snooze(incident, self.now + MINUTE, "on-call", self.now)
        assert self.story.incidents == before

    def _tick(
        self,
        gap: int,
        now: list[Finding],
        *,
        readable: bool = True,
        half: bool = False,
        unsent: bool = False,
        unjudged: set[Kind] | None = None,
        cloud: bool = False,
        ends: dict[Key, str] | None = None,
    ) -> None:
        self.now += gap * MINUTE
        waiting = {name for name in self.model.live if unsent}
        password_sync = PasswordSync.UNREAD if half else PasswordSync.USED
        of_the_tenant = [
            replace(f, evidence=replace(f.evidence, password_sync=password_sync))
            for f in now
            if f.kind not in WITH_SUBJECT
        ]
        of_the_pair = [f for f in now if f.kind in WITH_SUBJECT]
        kinds = {finding.kind for finding in now}
        tick = Tick(
            judgement(
                [*of_the_tenant, *of_the_pair],
                readable=readable,
                password_sync=password_sync,
                unjudged=unjudged or set(),
                beats_count=not cloud,
                ends=ends,
            ),
            memory(self.beats[Kind.SYNC], self.beats[Kind.PASSWORD_SYNC]),
            RHYTHM,
            self.now,
            frozenset(self.story.about(*name).id for name in waiting),
            self.switch,
        )
        expected = self.model.tick(tick, waiting, self.beats)
        already = len(self.story.log)

        self.story.run(tick)

        happened = self.story.log[already:]
        name_of = {i.id: (i.kind, i.subject) for i in self.story.incidents.values()}
        assert [(name_of[c.incident], str(c.event)) for c in happened] == expected
        for incident in self.story.incidents.values():
            beats = self.beats.get(incident.kind, 0)
            if incident.kind in kinds and incident.state is not State.RESOLVED:
                self.found_at_beats[incident.id] = beats
            seen = min(self.found_at_beats.get(incident.id, 0), beats)
            self.found_at_beats[incident.id] = seen
            closed = (incident.id, Event.RECOVERED) in {(c.incident, c.event) for c in happened}
            about_beats = incident.kind in BEATS and not cloud
            assert not closed or not about_beats or beats >= seen + 2
        self.last = tick

    @invariant()
    def rows_are_the_fold_of_their_transitions(self) -> None:
        """Promise R4: state and verdict follow from the log; one live incident per subject."""
        self.story.check()
        live = [i for k in Kind for i in self.story.live(k)]
        assert {(i.kind, i.subject) for i in live} == set(self.model.live)
        for name, one in self.model.live.items():
            incident = self.story.about(*name)
            assert (incident.state, incident.verdict) == (one.state, one.verdict)
            assert incident.recovering == one.gone
            assert incident.acknowledged_at == one.taken_at
            assert incident.first_acknowledged_at == one.first_taken_at
            assert incident.snoozed_until == one.put_off_until
            assert (incident.switched_to == "SYNC-B") == one.switched
            assert (incident.advised, incident.advised_at) == (one.advised, one.advised_at)

    @invariant()
    def a_change_of_advice_is_told_at_most_every_quarter_of_an_hour(self) -> None:
        """However the evidence flaps; a card that was due anyway is no further one."""
        for incident in self.story.incidents.values():
            history = self.story.history(incident)
            advised = [c.at for c in history if c.event is Event.ADVISED]
            anyway = {c.at for c in history if c.event in SPOKE}
            for before, after in pairwise(advised):
                assert after in anyway or after - before >= 15 * MINUTE
            assert not advised or incident.kind is Kind.SYNC

    @invariant()
    def only_quiet_cards_wait_and_only_for_office_hours(self) -> None:
        """Monday to Friday from eight to five; a loud one is due at once."""
        for step in self.story.steps:
            at, incident = self.now, step.incident
            assert not (step.not_before and incident.kind not in WITH_SUBJECT)
            office = at.weekday() < 5 and 8 <= at.hour < 17
            if self.last is None or self.last.at != at:
                continue
            assert (step.not_before is not None) == (incident.quiet and not office)
            if step.not_before is not None:
                assert step.not_before > at
                assert (step.not_before.hour, step.not_before.minute) == (8, 0)
                assert step.not_before.weekday() < 5
                assert step.not_before - at <= timedelta(hours=63)

    @invariant()
    def nobody_is_nagged(self) -> None:
        """Per announcement: reminders far enough apart, as many as promised, all unowned."""
        for incident in self.story.incidents.values():
            daily = incident.kind in UNTIL_FIXED
            reminders = escalations = 0
            spoke = announced = incident.opened_at
            owned = False
            for change in self.story.history(incident):
                if change.event in {Event.OPENED, Event.WORSENED}:
                    reminders = escalations = 0
                    spoke = announced = change.at
                if change.event in {Event.ACK_LAPSED, Event.SNOOZE_ENDED}:
                    assert owned
                    reminders, spoke = 1, change.at
                if change.event is Event.REMINDED:
                    reminders += 1
                    assert not owned
                    assert change.at - spoke >= (DAY if daily else RHYTHM.remind_every)
                    spoke = change.at
                if change.event is Event.ESCALATED:
                    escalations += 1
                    assert not owned
                    assert not daily
                    assert change.at - announced >= RHYTHM.escalate_after
                owned = change.target in {State.ACKNOWLEDGED, State.SNOOZED}
                assert reminders <= 3 or daily
                assert escalations <= 1


TestIncidentMachine = IncidentMachine.TestCase
TestIncidentMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
