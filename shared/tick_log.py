"""What a tick says in the log: one line each, see `shared.events`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shared.delivery import Delivered
from shared.domain.incidents.incident import Event, State
from shared.domain.pair.judging import advice_of
from shared.domain.pair.reading_plan import known
from shared.domain.pair.report import Advice
from shared.domain.readings import Unavailable
from shared.domain.tenant.heartbeats import reference_time
from shared.events import emit
from shared.ports import valid_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.bookkeeping import Look
    from shared.domain.pair.readings import PairReadings, Source, SourceReading
    from shared.ledger import Snapshot


@dataclass(slots=True)
class TickResult:
    """What one tick saw and did; the fields of the `watchdog.tick` event."""

    tick_id: str
    at: datetime
    verdict: str = ""
    committed: bool = False
    findings: list[str] = field(default_factory=list)
    advice: str = Advice.NONE
    incidents: list[str] = field(default_factory=list)
    object_sync_age_seconds: int | None = None
    password_sync_age_seconds: int | None = None
    maintenance: bool = False
    sources: dict[str, str] = field(default_factory=dict)
    cards: list[Delivered] = field(default_factory=list)
    heartbeat: bool = False
    problem: str = ""
    escalated: set[str] = field(default_factory=set)
    http_requests: int = 0
    store_calls: int = 0
    duration_ms: int = 0

    def judged(self, view: Look) -> None:
        """Keep what the tick found out: verdict, advice, open incidents, how old the syncs are.

        An age is in whole seconds by the same clock as on the card, and None where no time is
        known. It grows while the source cannot be read.
        """
        judgement, now = view.judgement, reference_time(view.observation)
        evidence = judgement.evidence
        self.verdict = judgement.verdict
        self.findings = [finding.verdict for finding in judgement.findings]
        self.advice = advice_of(judgement).advice
        self.incidents = [
            step.incident.id for step in view.steps if step.incident.state is not State.RESOLVED
        ]
        self.object_sync_age_seconds = _age(evidence.object_sync_at, now)
        self.password_sync_age_seconds = _age(evidence.password_sync_at, now)
        self.maintenance = view.maintenance is not None


def _age(stamp: datetime | None, now: datetime) -> int | None:
    return None if stamp is None else int((now - stamp).total_seconds())


class TickLog:
    """The log of one tenant's ticks, within one process."""

    def __init__(self, tenant: str, build: str = "") -> None:
        """Make the log of a tenant.

        Args:
            tenant: The watched tenant.
            build: The build that runs.
        """
        self._tenant, self._build = tenant, build
        self._told: set[str] = set()

    def tick(self, result: TickResult) -> None:
        """The event of a tick that ended, however it ended."""
        emit(
            "watchdog.tick",
            level=logging.WARNING if result.problem else logging.INFO,
            tenant=self._tenant,
            verdict=result.verdict,
            findings=result.findings,
            advice=result.advice,
            incidents=result.incidents,
            object_sync_age_seconds=result.object_sync_age_seconds,
            password_sync_age_seconds=result.password_sync_age_seconds,
            maintenance=result.maintenance,
            sources=result.sources,
            http_requests=result.http_requests,
            store_calls=result.store_calls,
            duration_ms=result.duration_ms,
            tick_id=result.tick_id,
            committed=result.committed,
            problem=result.problem,
            build=self._build,
        )

    def escalations(self, result: TickResult, view: Look) -> None:
        """Log escalations *before* they are stored: a crash in between repeats them, not loses.

        It is the one event that finds a card which got lost behind Teams' 202.
        """
        for step in view.steps:
            events = {change.event for change in step.transitions}
            if Event.ESCALATED in events and step.incident.id not in result.escalated:
                result.escalated.add(step.incident.id)
                emit(
                    "watchdog.escalate",
                    level=logging.WARNING,
                    tenant=self._tenant,
                    incident=step.incident.id,
                    verdict=step.incident.verdict,
                    since=step.incident.since.isoformat(),
                )

    def sources(
        self, before: PairReadings, answers: Mapping[Source, SourceReading | Unavailable]
    ) -> None:
        """An optional source that became unavailable, for another reason than last time."""
        for source, answer in answers.items():
            if not isinstance(answer, Unavailable):
                continue
            problem = known(before, source).problem
            if problem is None or problem.reason is not answer.reason:
                emit(
                    "watchdog.source_unavailable",
                    level=logging.WARNING,
                    tenant=self._tenant,
                    source=source,
                    reason=answer.reason,
                    detail=answer.detail,
                )

    def rows(self, snap: Snapshot) -> None:
        """Damaged rows that the tick set aside, or may not touch."""
        for item in snap.moved:
            emit(
                "watchdog.row_set_aside",
                level=logging.ERROR,
                tenant=self._tenant,
                key=item.row.key,
                problem=item.problem,
                next_step="The row is kept under set-aside|…; look at who edited it.",
            )
        for item in snap.damaged:
            if not valid_key(item.row.key) and item.row.key not in self._told:
                self._told.add(item.row.key)
                emit(
                    "watchdog.row_unreadable",
                    level=logging.ERROR,
                    tenant=self._tenant,
                    key=item.row.key,
                    problem=item.problem,
                    next_step="The watchdog may not write such a key: delete the row by hand.",
                )


def word(answer: object) -> str:
    """A source's word in the log: `ok`, or the reason."""
    return answer.reason if isinstance(answer, Unavailable) else "ok"
