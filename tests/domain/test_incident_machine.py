"""A state machine of ticks and people against a naive model of what incidents must do.

The model keeps one flat record per kind and computes each tick's events in the order of the
promises. The invariants do not use it: they look at the log of transitions alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.advance import Rhythm, Tick
from shared.domain.incidents import Event, ImpossibleTransitionError, State, acknowledge, snooze
from shared.domain.verdicts import KIND_OF, Kind, PasswordSync, Verdict, severity
from tests.support.incidents import START, Story, judgement, memory

MINUTE = timedelta(minutes=1)
RHYTHM = Rhythm()
BEATS = {Kind.SYNC, Kind.PASSWORD_SYNC}
NONSENSE = {Kind.CLOCK, Kind.DISABLED, Kind.NEVER}

gaps = st.sampled_from([0, 1, 3, 4, 5, 5, 5, 10, 15, 30, 60, 240, 600])
verdicts = st.lists(st.sampled_from(sorted(KIND_OF)), max_size=2, unique_by=lambda v: KIND_OF[v])


@dataclass
class Naive:
    """What one live incident is, told simply."""

    verdict: Verdict
    announced: datetime
    remind: datetime
    beats: int
    state: str = "open"
    reminders: int = 0
    escalated: bool = False
    silent_until: datetime | None = None
    clean: datetime | None = None
    gone: bool = False


@dataclass
class Model:
    """The live incidents by kind."""

    live: dict[Kind, Naive] = field(default_factory=dict)

    def tick(self, tick: Tick, unsent: set[Kind], beats: dict[Kind, int]) -> list[tuple[Kind, str]]:
        """The events of one tick, in the order of the incidents' opening."""
        found = {finding.kind: finding.verdict for finding in tick.judgement.findings}
        events = []
        for kind, one in list(self.live.items()):
            events += [(kind, event) for event in self._one(kind, one, tick, unsent, beats)]
        for kind, verdict in found.items():
            if kind not in self.live:
                remind = tick.at + RHYTHM.remind_every
                self.live[kind] = Naive(verdict, tick.at, remind, beats.get(kind, 0))
                events.append((kind, "opened"))
        return events

    def _one(
        self, kind: Kind, one: Naive, tick: Tick, unsent: set[Kind], beats: dict[Kind, int]
    ) -> list[str]:
        found = {finding.kind: finding.verdict for finding in tick.judgement.findings}
        half = tick.judgement.evidence.password_sync is PasswordSync.UNREAD
        events = []
        if kind in found:
            one.gone, one.clean, one.beats = False, None, beats.get(kind, 0)
            events += self._worse_or_better(one, found[kind], tick.at, half=half)
        elif tick.judgement.readable and self._closes(
            kind, one, tick, set(found), beats, half=half
        ):
            del self.live[kind]
            return ["recovered"]
        if one.gone:
            return events
        nonsense = kind in BEATS and bool(set(found) & NONSENSE)
        return events + self._speak(one, tick.at, unsent=kind in unsent, nonsense=nonsense)

    def _worse_or_better(
        self, one: Naive, verdict: Verdict, at: datetime, *, half: bool
    ) -> list[str]:
        if severity(verdict) > severity(one.verdict):
            one.verdict, one.state, one.silent_until = verdict, "open", None
            one.announced, one.remind = at, at + RHYTHM.remind_every
            one.reminders, one.escalated = 0, False
            return ["worsened"]
        if severity(verdict) < severity(one.verdict) and not half:
            one.verdict = verdict
            return ["improved"]
        return []

    def _closes(
        self,
        kind: Kind,
        one: Naive,
        tick: Tick,
        found: set[Kind],
        beats: dict[Kind, int],
        *,
        half: bool,
    ) -> bool:
        if kind not in BEATS:
            one.gone, one.clean = True, one.clean or tick.at
            return tick.at - one.clean >= timedelta(minutes=4)
        one.beats = min(one.beats, beats[kind])
        if found & NONSENSE:
            one.gone, one.clean = False, None
            return False
        if beats[kind] > one.beats:
            one.clean = one.clean or tick.at
        if one.clean or not half:
            one.gone = True
        return beats[kind] >= one.beats + 2

    def _speak(self, one: Naive, at: datetime, *, unsent: bool, nonsense: bool) -> list[str]:
        events = []
        if one.silent_until is not None and at >= one.silent_until:
            events.append("ack_lapsed" if one.state == "acknowledged" else "snooze_ended")
            one.state, one.silent_until = "open", None
            one.reminders, one.remind = 1, at + RHYTHM.remind_every
        if one.state != "open":
            return events
        if not one.escalated and at >= one.announced + RHYTHM.escalate_after:
            one.escalated = True
            events.append("escalated")
        if unsent:
            one.remind = max(one.remind, at + RHYTHM.remind_every)
        elif at >= one.remind and one.reminders < 3 and not nonsense:
            one.reminders, one.remind = one.reminders + 1, at + RHYTHM.remind_every
            events.append("reminded")
        return events


class IncidentMachine(RuleBasedStateMachine):
    """Ticks that find, miss and fail to read; people who take and put off; doubled ticks."""

    def __init__(self) -> None:
        super().__init__()
        self.story, self.model = Story(), Model()
        self.now = START
        self.beats = {Kind.SYNC: 10, Kind.PASSWORD_SYNC: 10}
        self.last: Tick | None = None
        self.found_at_beats: dict[str, int] = {}

    @rule(
        gap=gaps,
        found=verdicts,
        objects=st.booleans(),
        passwords=st.booleans(),
        half=st.sampled_from([False, False, True]),
        unsent=st.sampled_from([False, False, True]),
    )
    def a_tick_reads(  # one argument per thing that differs between ticks
        self,
        *,
        gap: int,
        found: list[Verdict],
        objects: bool,
        passwords: bool,
        half: bool,
        unsent: bool,
    ) -> None:
        """The tenant was read, with these findings."""
        self.beats[Kind.SYNC] += objects
        self.beats[Kind.PASSWORD_SYNC] += passwords
        self._tick(gap, found, readable=True, half=half, unsent=unsent)

    @rule(gap=gaps)
    def a_quiet_tick_after_two_beats(self, gap: int) -> None:
        """Everything beats and nothing is found: the road to recovery."""
        for _ in range(2):
            self.beats = {kind: count + 1 for kind, count in self.beats.items()}
            self._tick(gap, [], readable=True, half=False, unsent=False)

    @rule(gap=gaps, blind=st.booleans(), unsent=st.booleans())
    def a_tick_reads_nothing(self, *, gap: int, blind: bool, unsent: bool) -> None:
        """The tenant could not be read; after a while that is a finding of its own."""
        found = [Verdict.BLIND] if blind else []
        before = {i.id: (i.state, i.gone_at, i.clean_at) for i in self.story.incidents.values()}
        self._tick(gap, found, readable=False, half=True, unsent=unsent)
        for incident in self.story.incidents.values():
            if incident.id in before and incident.kind is not Kind.BLIND:
                assert (incident.state is State.RESOLVED) == (
                    before[incident.id][0] is State.RESOLVED
                )
                assert (incident.gone_at, incident.clean_at) == before[incident.id][1:]

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
        kind = data.draw(st.sampled_from(sorted(self.model.live)))
        (incident,) = self.story.live(kind)
        self.story.store(acknowledge(incident, "on-call", self.now))
        one = self.model.live[kind]
        one.state, one.silent_until = "acknowledged", self.now + timedelta(hours=4)
        self.last = None

    @precondition(lambda self: self.model.live)
    @rule(data=st.data(), minutes=st.sampled_from([1, 30, 60, 500]))
    def somebody_snoozes(self, data: st.DataObject, minutes: int) -> None:
        """A person puts an incident off."""
        kind = data.draw(st.sampled_from(sorted(self.model.live)))
        (incident,) = self.story.live(kind)
        until = self.now + minutes * MINUTE
        self.story.store(snooze(incident, until, "on-call", self.now))
        one = self.model.live[kind]
        one.state, one.silent_until = "snoozed", until
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
        self, gap: int, found: list[Verdict], *, readable: bool, half: bool, unsent: bool
    ) -> None:
        self.now += gap * MINUTE
        waiting = {kind for kind in self.model.live if unsent}
        tick = Tick(
            judgement(
                found,
                readable=readable,
                password_sync=PasswordSync.UNREAD if half else PasswordSync.USED,
            ),
            memory(self.beats[Kind.SYNC], self.beats[Kind.PASSWORD_SYNC]),
            RHYTHM,
            self.now,
            frozenset(i.id for kind in waiting for i in self.story.live(kind)),
        )
        kinds = {KIND_OF[verdict] for verdict in found}
        expected = self.model.tick(tick, waiting, self.beats)
        already = len(self.story.log)

        self.story.run(tick)

        happened = self.story.log[already:]
        kind_of = {incident.id: incident.kind for incident in self.story.incidents.values()}
        assert [(kind_of[c.incident], str(c.event)) for c in happened] == expected
        for incident in self.story.incidents.values():
            beats = self.beats.get(incident.kind, 0)
            if incident.kind in kinds and incident.state is not State.RESOLVED:
                self.found_at_beats[incident.id] = beats
            seen = min(self.found_at_beats.get(incident.id, 0), beats)
            self.found_at_beats[incident.id] = seen
            closed = (incident.id, Event.RECOVERED) in {(c.incident, c.event) for c in happened}
            assert not closed or incident.kind not in BEATS or beats >= seen + 2
        self.last = tick

    @invariant()
    def rows_are_the_fold_of_their_transitions(self) -> None:
        """Promise R4: state and verdict follow from the log; one live incident per kind."""
        self.story.check()
        assert {i.kind for k in Kind for i in self.story.live(k)} == set(self.model.live)
        for kind, one in self.model.live.items():
            (incident,) = self.story.live(kind)
            assert (incident.state, incident.verdict) == (one.state, one.verdict)
            assert incident.recovering == one.gone
            assert (incident.acknowledged_at is None) == (one.state != "acknowledged")
            assert (incident.snoozed_until is None) == (one.state != "snoozed")

    @invariant()
    def nobody_is_nagged(self) -> None:
        """Per announcement: three reminders half an hour apart, one escalation, both unowned."""
        for incident in self.story.incidents.values():
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
                    assert change.at - spoke >= RHYTHM.remind_every
                    spoke = change.at
                if change.event is Event.ESCALATED:
                    escalations += 1
                    assert not owned
                    assert change.at - announced >= RHYTHM.escalate_after
                owned = change.target in {State.ACKNOWLEDGED, State.SNOOZED}
                assert reminders <= 3
                assert escalations <= 1


TestIncidentMachine = IncidentMachine.TestCase
TestIncidentMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
