"""A state machine of ticks and people against a naive model of what incidents must do.

The model keeps one flat record per kind and subject and computes each tick's events in the order
of the promises. The invariants do not use it: they look at the log of transitions alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.advance import Rhythm, Switch, Tick
from shared.domain.incidents import Event, ImpossibleTransitionError, State, acknowledge, snooze
from shared.domain.pair_readings import AlertLevel
from shared.domain.verdicts import KIND_OF, Finding, Kind, PasswordSync, Verdict, severity
from tests.support.incidents import LAST_SIGN_OF_LIFE, START, Story, found, judgement, memory

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RHYTHM = Rhythm()
BEATS = {Kind.SYNC, Kind.PASSWORD_SYNC}
NONSENSE = {Kind.CLOCK, Kind.DISABLED, Kind.NEVER}
UNTIL_FIXED = {Kind.STANDBY, Kind.DEADLINE}
WITH_SUBJECT = {*UNTIL_FIXED, Kind.HEALTH_ALERT}
ENDS = START + 9 * DAY

Key = tuple[Kind, str]

gaps = st.sampled_from([0, 1, 3, 4, 5, 5, 5, 10, 15, 30, 60, 240, 600, 1440, 4000])
levels = st.sampled_from(AlertLevel)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Any verdict, about one of two servers or alerts where it is about one."""
    verdict = draw(st.sampled_from(sorted(KIND_OF)))
    kind = KIND_OF[verdict]
    return found(
        verdict,
        draw(st.sampled_from("ab")) if kind in WITH_SUBJECT else "",
        level=draw(levels) if kind is Kind.HEALTH_ALERT else None,
        deadline=ENDS if kind is Kind.DEADLINE else None,
    )


def key(finding: Finding) -> Key:
    """What the finding is about."""
    return finding.kind, finding.subject


found_now = st.lists(findings(), max_size=2, unique_by=key)


def is_quiet(finding: Finding) -> bool:
    """Whether it is for working time."""
    if finding.kind is Kind.HEALTH_ALERT:
        return finding.evidence.alert is not None and finding.evidence.alert.level != "error"
    return finding.kind in UNTIL_FIXED


@dataclass
class Naive:
    """What one live incident is, told simply."""

    finding: Finding
    verdict: Verdict
    announced: datetime
    remind: datetime
    beats: int
    state: str = "open"
    reminders: int = 0
    escalated: bool = False
    taken_at: datetime | None = None
    first_taken_at: datetime | None = None
    put_off_until: datetime | None = None
    clean: datetime | None = None
    gone: bool = False
    silent_once: bool = False
    switched: bool = False

    def pause(self, at: datetime) -> timedelta:
        """How long it says nothing after a card."""
        if not is_quiet(self.finding):
            return timedelta(minutes=30)
        far = self.finding.kind is Kind.DEADLINE and ENDS - at > 7 * DAY
        return 7 * DAY if far else DAY

    def silent_until(self, at: datetime) -> datetime | None:
        """When an acknowledgement or snooze runs out."""
        if self.taken_at is None:
            return self.put_off_until
        quiet = is_quiet(self.finding)
        return self.taken_at + max(timedelta(hours=4), self.pause(at) if quiet else 0 * DAY)


@dataclass
class Model:
    """The live incidents by kind and subject."""

    live: dict[Key, Naive] = field(default_factory=dict)

    def tick(self, tick: Tick, unsent: set[Key], beats: dict[Kind, int]) -> list[tuple[Key, str]]:
        """The events of one tick, in the order of the incidents' opening."""
        now = {key(finding): finding for finding in tick.judgement.findings}
        events = []
        for name, one in list(self.live.items()):
            events += [(name, event) for event in self._one(name, one, tick, unsent, beats)]
        for name, finding in sorted(
            now.items(), key=lambda item: (-severity(item[1].verdict), item[0][1])
        ):
            if name not in self.live:
                one = Naive(finding, finding.verdict, tick.at, tick.at, beats.get(name[0], 0))
                one.remind = tick.at + one.pause(tick.at)
                one.silent_once = finding.verdict is Verdict.SERVER_SILENT
                self.live[name] = one
                events.append((name, "opened"))
                events += [(name, event) for event in self._switch(one, tick)]
        return events

    def _one(
        self, name: Key, one: Naive, tick: Tick, unsent: set[Key], beats: dict[Kind, int]
    ) -> list[str]:
        kind, judged = name[0], tick.judgement
        now = {key(finding): finding for finding in judged.findings}
        kinds = {each for each, _ in now}
        half = judged.evidence.password_sync is PasswordSync.UNREAD
        nonsense = kind in BEATS and bool(kinds & NONSENSE)
        one.remind = min(one.remind, tick.at + one.pause(tick.at))
        events = self._switch(one, tick)
        if name in now:
            one.gone, one.clean, one.beats = False, None, beats.get(kind, 0)
            events += self._worse_or_better(one, now[name], tick.at)
            events += self._switch(one, tick)
        elif judged.readable and kind in judged.unjudged:
            one.gone, one.clean = False, None
        elif judged.readable:
            by_beats = kind is Kind.PASSWORD_SYNC or (kind is Kind.SYNC and judged.beats_count)
            one.beats = min(one.beats, beats.get(kind, 0)) if by_beats else one.beats
            if nonsense:
                one.gone, one.clean = False, None
            elif self._closes(one, tick.at, beats[kind] if by_beats else None, half=half):
                del self.live[name]
                return [*events, "recovered"]
        if one.gone:
            return events
        return events + self._speak(one, tick.at, unsent=name in unsent, nonsense=nonsense)

    def _switch(self, one: Naive, tick: Tick) -> list[str]:
        one.silent_once |= one.verdict is Verdict.SERVER_SILENT
        if tick.switch is None or one.switched or not one.silent_once:
            return []
        one.switched = tick.switch.at > LAST_SIGN_OF_LIFE
        return ["switched"] if one.switched else []

    def _worse_or_better(self, one: Naive, finding: Finding, at: datetime) -> list[str]:
        change = severity(finding.verdict) - severity(one.verdict)
        louder = is_quiet(one.finding) and not is_quiet(finding)
        half = finding.evidence.password_sync is PasswordSync.UNREAD
        if change >= 0 or not half:
            one.finding, one.verdict = finding, finding.verdict
        if change > 0 or louder:
            one.state, one.taken_at, one.put_off_until = "open", None, None
            one.announced, one.remind = at, at + one.pause(at)
            one.reminders, one.escalated = 0, False
            return ["worsened"]
        return ["improved"] if change < 0 and not half else []

    def _closes(self, one: Naive, at: datetime, beats: int | None, *, half: bool) -> bool:
        if beats is None:
            one.gone, one.clean = True, one.clean or at
            return at - one.clean >= timedelta(minutes=4)
        if beats > one.beats:
            one.clean = one.clean or at
        if one.clean or not half:
            one.gone = True
        return beats >= one.beats + 2

    def _speak(self, one: Naive, at: datetime, *, unsent: bool, nonsense: bool) -> list[str]:
        events = []
        until, quiet = one.silent_until(at), is_quiet(one.finding)
        if until is not None and at >= until:
            events.append("ack_lapsed" if one.state == "acknowledged" else "snooze_ended")
            one.state, one.taken_at, one.put_off_until = "open", None, None
            one.reminders, one.remind = 1, at + one.pause(at)
        if one.state != "open":
            return events
        if not quiet and not one.escalated and at >= one.announced + RHYTHM.escalate_after:
            one.escalated = True
            events.append("escalated")
        more = one.reminders < 3 or one.finding.kind in UNTIL_FIXED
        if unsent:
            one.remind = max(one.remind, at + one.pause(at))
        elif at >= one.remind and more and not nonsense:
            one.reminders, one.remind = one.reminders + 1, at + one.pause(at)
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
    ) -> None:
        """The tenant was read, with these findings; not every source of the pair was."""
        self.beats[Kind.SYNC] += objects
        self.beats[Kind.PASSWORD_SYNC] += passwords
        standing = {i.id: i for kind in unjudged for i in self.story.live(kind)}
        self._tick(gap, now, half=half, unsent=unsent, unjudged=unjudged, cloud=cloud)
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
    ) -> None:
        self.now += gap * MINUTE
        waiting = {name for name in self.model.live if unsent}
        password_sync = PasswordSync.UNREAD if half else PasswordSync.USED
        of_the_tenant = [f.verdict for f in now if f.kind not in WITH_SUBJECT]
        of_the_pair = [f for f in now if f.kind in WITH_SUBJECT]
        kinds = {finding.kind for finding in now}
        tick = Tick(
            judgement(
                [*of_the_tenant, *of_the_pair],
                readable=readable,
                password_sync=password_sync,
                unjudged=unjudged or set(),
                beats_count=not cloud,
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
