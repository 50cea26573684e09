"""A naive model of what incidents must do: one flat record per kind and subject.

It computes each tick's events in the order of the promises, and shares no code with the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from shared.domain.incidents.advance import Rhythm, Tick
from shared.domain.pair.readings import AlertLevel
from shared.domain.pair.report import Advice
from shared.domain.verdicts import (
    KIND_OF,
    Finding,
    Judgement,
    Kind,
    PasswordSync,
    Verdict,
    severity,
)
from tests.support.incidents import LAST_SIGN_OF_LIFE, START, found

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RHYTHM = Rhythm()
BEATS = {Kind.SYNC, Kind.PASSWORD_SYNC}
NONSENSE = {Kind.CLOCK, Kind.DISABLED, Kind.NEVER}
UNTIL_FIXED = {Kind.STANDBY, Kind.DEADLINE}
SPOKE = {"worsened", "reminded", "ack_lapsed", "snooze_ended", "escalated"}
ABOUT_PAIR = {*UNTIL_FIXED, Kind.HEALTH_ALERT, Kind.EXPORT, Kind.DUAL_ACTIVE, Kind.NO_ACTIVE}
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
        advice=draw(st.none() | st.sampled_from(Advice)) if kind is Kind.SYNC else None,
    )


def key(finding: Finding) -> Key:
    """What the finding is about."""
    return finding.kind, finding.subject


matters = st.tuples(st.sampled_from([Kind.STANDBY, Kind.DEADLINE]), st.sampled_from("ab"))
ends_now = st.dictionaries(
    matters, st.sampled_from(["unjudged", "obsolete", "unprovable"]), max_size=2
)
found_now = st.lists(findings(), max_size=2, unique_by=key)


def advised_by(finding: Finding) -> str:
    """What the card of this finding advises; "" where it says nothing of a failover."""
    pair = finding.evidence.pair
    return str(pair.recommendation.advice) if pair and finding.kind is Kind.SYNC else ""


def end_of(name: Key, judged: Judgement) -> str:
    """What became of a matter that is absent, where it is not simply over."""
    if name in judged.obsolete:
        return "obsolete"
    if name in judged.unjudged_subjects:
        return "no"
    return "never shown" if name in judged.unprovable else ""


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
    switched: bool = False
    advised: str = ""
    advised_at: datetime | None = None
    other_since: datetime | None = None

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
                one.advised = advised_by(finding)
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
        one.advised = one.advised or advised_by(one.finding)
        events = self._switch(one, tick)
        end = end_of(name, judged)
        if name in now:
            one.gone, one.clean, one.beats = False, None, beats.get(kind, 0)
            events += self._worse_or_better(one, now[name], tick.at)
            events += self._switch(one, tick)
        elif judged.readable and end != "obsolete" and (kind in judged.unjudged or end == "no"):
            one.gone, one.clean = False, one.clean if is_quiet(one.finding) else None
        elif judged.readable:
            by_beats = kind is Kind.PASSWORD_SYNC or (kind is Kind.SYNC and judged.beats_count)
            one.beats = min(one.beats, beats.get(kind, 0)) if by_beats else one.beats
            if nonsense:
                one.gone, one.clean = False, None
            elif self._closes(
                one, tick.at, beats[kind] if by_beats else None, half=half, soon=end == "obsolete"
            ):
                del self.live[name]
                return [*events, "obsolete" if end else "recovered"]
        if one.gone:
            return events
        dumb = nonsense or (kind in ABOUT_PAIR and name not in now)
        events += self._speak(one, tick.at, unsent=name in unsent, nonsense=dumb)
        if name in now:
            spoke = bool(SPOKE & set(events))
            events += self._advice(one, tick.at, spoke=spoke, unsent=name in unsent)
        return events

    def _advice(self, one: Naive, at: datetime, *, spoke: bool, unsent: bool) -> list[str]:
        now = advised_by(one.finding)
        if not now:
            return []
        done = one.switched and now != "fail_over"
        if done or not one.advised or [now, one.advised].count("fail_over") != 1:
            one.advised, one.other_since = now, None
            return []
        one.other_since = one.other_since or at
        paused = one.advised_at is not None and at - one.advised_at < 15 * MINUTE
        if unsent and paused:
            one.advised, one.other_since = now, None
            return []
        holds = now == "do_not_fail_over" or at - one.other_since >= 4 * MINUTE
        wanted = one.state == "open" or now != "fail_over"
        if not (spoke or unsent or (holds and wanted and not paused)):
            return []
        one.advised, one.advised_at, one.other_since = now, at, None
        one.remind = at + one.pause(at)
        return ["advised"]

    def _switch(self, one: Naive, tick: Tick) -> list[str]:
        about_sync = KIND_OF[one.verdict] is Kind.SYNC
        if tick.switch is None or one.switched or not about_sync:
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
            one.advised, one.other_since = advised_by(finding) or one.advised, None
            return ["worsened"]
        return ["improved"] if change < 0 and not half else []

    def _closes(
        self, one: Naive, at: datetime, beats: int | None, *, half: bool, soon: bool
    ) -> bool:
        if beats is None:
            one.gone, one.clean = True, one.clean or at
            long = is_quiet(one.finding) and not soon
            return at - one.clean >= timedelta(minutes=360 if long else 4)
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
