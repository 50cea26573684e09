"""A small language for incidents: a story of ticks, told in minutes after `START`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.actions import acknowledge, snooze
from shared.domain.incidents.advance import Rhythm, Switch, Tick, advance
from shared.domain.incidents.incident import (
    Incident,
    State,
    Step,
    Transition,
    fold,
)
from shared.domain.pair.readings import AlertLevel, HealthAlert
from shared.domain.pair.report import Advice, AdviceReason, PairReport, Recommendation
from shared.domain.tenant.heartbeats import Heartbeat, Memory
from shared.domain.verdicts import (
    KIND_OF,
    Evidence,
    Finding,
    Judgement,
    Kind,
    PasswordSync,
    Verdict,
    Why,
    severity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

START: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
LAST_SIGN_OF_LIFE: Final = START - timedelta(hours=1)


SILENT, STALLED = Verdict.SERVER_SILENT, Verdict.SYNC_STALLED
PASSWORD, BLIND, SUSPECT = Verdict.PASSWORD_SYNC_STALLED, Verdict.BLIND, Verdict.CLOCK_SUSPECT
NEVER, OFF = Verdict.NEVER_SYNCED, Verdict.SYNC_DISABLED
UNREAD = PasswordSync.UNREAD
UNFIT, MISSING = Verdict.STANDBY_UNFIT, Verdict.STANDBY_MISSING
DEADLINE, ALERT = Verdict.DEADLINE_NEAR, Verdict.HEALTH_ALERT


def found(
    verdict: Verdict,
    subject: str = "",
    *,
    level: AlertLevel | None = None,
    deadline: datetime | None = None,
    advice: Advice | None = None,
) -> Finding:
    """A finding about one server or alert; without an advice nothing is known of the pair."""
    alert = HealthAlert(subject, "An alert", level=level) if level else None
    said = Recommendation(advice, AdviceReason.NOTHING_WRONG) if advice else None
    pair = PairReport(recommendation=said) if said else None
    evidence = Evidence(
        Why.FRESH,
        LAST_SIGN_OF_LIFE,
        password_sync=PasswordSync.USED,
        alert=alert,
        deadline=deadline,
        pair=pair,
    )
    return Finding(verdict, LAST_SIGN_OF_LIFE, evidence, subject)


def minute(number: float) -> datetime:
    """So many minutes after `START`."""
    return START + timedelta(minutes=number)


def judgement(
    verdicts: Iterable[Verdict | Finding] = (),
    *,
    readable: bool = True,
    password_sync: PasswordSync = PasswordSync.USED,
    since: datetime = LAST_SIGN_OF_LIFE,
    unjudged: Iterable[Kind] = (),
    beats_count: bool = True,
    ends: Mapping[tuple[Kind, str], str] | None = None,
) -> Judgement:
    """A judgement with these findings; `HEALTHY` without any.

    `ends` says what became of absent matters: "unjudged", "obsolete" or "unprovable".
    """
    evidence = Evidence(Why.FRESH, since, password_sync=password_sync)
    findings = [
        item if isinstance(item, Finding) else Finding(item, since, evidence) for item in verdicts
    ]
    findings.sort(key=lambda finding: severity(finding.verdict), reverse=True)
    headline = findings[0].verdict if findings else Verdict.HEALTHY

    def those(end: str) -> frozenset[tuple[Kind, str]]:
        there = {(finding.kind, finding.subject) for finding in findings}
        return frozenset(m for m, each in (ends or {}).items() if each == end and m not in there)

    return Judgement(
        headline,
        evidence,
        tuple(findings),
        readable,
        unjudged=frozenset(unjudged),
        unjudged_subjects=those("unjudged"),
        obsolete=those("obsolete"),
        unprovable=those("unprovable"),
        beats_count=beats_count,
    )


def memory(
    objects: int = 0, passwords: int = 0, beat_at: datetime | None = LAST_SIGN_OF_LIFE
) -> Memory:
    """A memory that counted so many beats, the last of them at `beat_at`."""
    return Memory(
        started_at=LAST_SIGN_OF_LIFE,
        objects=Heartbeat(beat_at, beat_at, objects),
        passwords=Heartbeat(beat_at, beat_at, passwords),
    )


@dataclass
class Story:
    """Incidents over time, as a store would keep them."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[Transition] = field(default_factory=list)
    histories: dict[str, list[Transition]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    made: int = 0

    def tick(
        self,
        at: float,
        *verdicts: Verdict | Finding,
        beats: int = 100,
        password_beats: int = 100,
        readable: bool = True,
        password_sync: PasswordSync = PasswordSync.USED,
        unsent: bool = False,
        since: datetime = LAST_SIGN_OF_LIFE,
        beat_at: datetime | None = LAST_SIGN_OF_LIFE,
        unjudged: Iterable[Kind] = (),
        beats_count: bool = True,
        switch: Switch | None = None,
        ends: Mapping[tuple[Kind, str], str] | None = None,
    ) -> list[str]:
        """One tick with these findings; the events that it caused, in order."""
        return self.run(
            self.ticked(
                at,
                *verdicts,
                beats=beats,
                password_beats=password_beats,
                readable=readable,
                password_sync=password_sync,
                unsent=unsent,
                since=since,
                beat_at=beat_at,
                unjudged=unjudged,
                beats_count=beats_count,
                switch=switch,
                ends=ends,
            )
        )

    def ticked(
        self,
        at: float,
        *verdicts: Verdict | Finding,
        beats: int = 100,
        password_beats: int = 100,
        readable: bool = True,
        password_sync: PasswordSync = PasswordSync.USED,
        unsent: bool = False,
        since: datetime = LAST_SIGN_OF_LIFE,
        beat_at: datetime | None = LAST_SIGN_OF_LIFE,
        unjudged: Iterable[Kind] = (),
        beats_count: bool = True,
        switch: Switch | None = None,
        ends: Mapping[tuple[Kind, str], str] | None = None,
    ) -> Tick:
        """What such a tick knows, before it is run."""
        return Tick(
            judgement(
                verdicts,
                readable=readable,
                password_sync=password_sync,
                since=since,
                unjudged=unjudged,
                beats_count=beats_count,
                ends=ends,
            ),
            memory(beats, password_beats, beat_at),
            self.rhythm,
            minute(at),
            frozenset(self.incidents) if unsent else frozenset(),
            switch,
        )

    def run(self, tick: Tick) -> list[str]:
        """Advance by this tick and store the result."""
        self.steps = advance(self.incidents.values(), tick, self._new_id)
        return [event for step in self.steps for event in self.store(step)]

    def store(self, step: Step) -> list[str]:
        """Keep what a step changed, as one transaction would."""
        self.incidents[step.incident.id] = step.incident
        self.log += step.transitions
        self.histories.setdefault(step.incident.id, []).extend(step.transitions)
        return [str(change.event) for change in step.transitions]

    def acknowledge(self, at: float, by: str = "on call") -> None:
        """Somebody takes the newest incident."""
        self.store(acknowledge(self.newest(), by, minute(at)))

    def snooze(self, at: float, until: float) -> None:
        """Somebody puts the newest incident off."""
        self.store(snooze(self.newest(), minute(until), "on call", minute(at)))

    def newest(self) -> Incident:
        """The incident that was opened last."""
        return list(self.incidents.values())[-1]

    def about(self, kind: Kind, subject: str) -> Incident:
        """The one live incident of this kind and subject."""
        (incident,) = (each for each in self.live(kind) if each.subject == subject)
        return incident

    def live(self, kind: Kind) -> list[Incident]:
        """The unresolved incidents of this kind."""
        return [
            incident
            for incident in self.incidents.values()
            if incident.kind is kind and incident.state is not State.RESOLVED
        ]

    def history(self, incident: Incident) -> list[Transition]:
        """The stored transitions of one incident, in order."""
        return self.histories[incident.id]

    def check(self) -> None:
        """Rows are the fold of their transitions, numbered without a gap (promise R4)."""
        for incident in self.incidents.values():
            changes = self.history(incident)
            assert fold(changes) == (incident.state, incident.verdict)
            assert [change.number for change in changes] == list(range(incident.transitions))
            for before, after in zip([None, *changes], changes, strict=False):
                assert after.source == (before.target if before else None)
            assert KIND_OF[incident.verdict] is incident.kind
            assert severity(incident.worst) >= severity(incident.verdict)
        for kind in Kind:
            subjects = [incident.subject for incident in self.live(kind)]
            assert len(subjects) == len(set(subjects))

    def _new_id(self, kind: Kind) -> str:
        self.made += 1
        return f"{kind}-{self.made - 1}"


def opened(verdict: Verdict | Finding = SILENT, rhythm: Rhythm | None = None) -> Story:
    """A story whose first tick opened one incident."""
    story = Story(rhythm or Rhythm())
    assert story.tick(0, verdict) == ["opened"]
    return story
