"""Judging: what one observation and the memory of the heartbeats say about the tenant.

The rules, in the order in which they are asked:

1. Graph unreadable: `BLIND` once that lasted `blind_after`, else `LATE`. Nothing about sync.
2. Our clock, or a timestamp, cannot be right: `CLOCK_SUSPECT`, beside whatever else is known.
3. `NEVER_SYNCED` and `SYNC_DISABLED`: ages mean nothing then, so nothing else is judged.
4. Every proof of life is too old: `SERVER_SILENT`.
5. Objects are too old while the server is alive, or cannot be told dead: `SYNC_STALLED`.
6. Passwords are too old while objects are fresh: `PASSWORD_SYNC_STALLED`.
7. Something is older than usual, or was not read: `LATE`. Else `HEALTHY`.

All limits are ages, never tick counts. "Older than" is strict, so that a limit itself is fresh.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.heartbeats import (
    CLOCK_TOLERANCE,
    SKEW_TOLERANCE,
    Heartbeat,
    Memory,
    newest_believable,
    reference_time,
    usable,
)
from shared.domain.readings import Observation, TenantReading, Unavailable
from shared.domain.verdicts import (
    Evidence,
    Finding,
    Judgement,
    PasswordSync,
    Verdict,
    Why,
    severity,
)

DEFAULT_CADENCE: Final = timedelta(minutes=30)
"""Microsoft's default scheduler interval (how-to-connect-sync-feature-scheduler)."""

GAPS_TO_LEARN: Final = 10
"""Benign gaps to know before a single heartbeat is judged by its own rhythm."""

BACKWARD_SUSPECT_AFTER: Final = timedelta(minutes=10)
"""A lagging replica answers with an older time for a moment; a wrong clock goes on doing it."""

_OBJECTS: Final = "object sync"
_PASSWORDS: Final = "password sync"
_LATE_SHARE: Final = 0.75  # LATE at 45 minutes for the default SILENT_AFTER of 60


@dataclass(frozen=True, slots=True)
class Policy:
    """The team's limits (`WATCHDOG_*` durations). Floors: learning only widens them.

    Attributes:
        silent_after: `WATCHDOG_SILENT_AFTER`.
        stalled_after: `WATCHDOG_STALLED_AFTER`.
        password_stalled_after: `WATCHDOG_PASSWORD_STALLED_AFTER`.
        blind_after: `WATCHDOG_BLIND_AFTER`.
        sync_interval: `WATCHDOG_SYNC_INTERVAL`; None means learn it, else 30 minutes.
    """

    silent_after: timedelta = timedelta(minutes=60)
    stalled_after: timedelta = timedelta(hours=3)
    password_stalled_after: timedelta = timedelta(hours=2)
    blind_after: timedelta = timedelta(minutes=30)
    sync_interval: timedelta | None = None


def cadence(memory: Memory, policy: Policy) -> timedelta:
    """The pair's sync interval: as set, else as learned, else 30 minutes; never below that."""
    if policy.sync_interval is not None:
        return policy.sync_interval
    if len(memory.objects.recent_gaps) < GAPS_TO_LEARN:
        return DEFAULT_CADENCE
    median = timedelta(seconds=statistics.median(memory.objects.recent_gaps))
    return max(DEFAULT_CADENCE, median)


def single_limit(memory: Memory, policy: Policy) -> timedelta:
    """The age at which object sync alone means silence, when it is the only heartbeat."""
    limit = max(
        2 * cadence(memory, policy) + timedelta(minutes=15),
        timedelta(minutes=75),
        policy.silent_after,
    )
    return limit if memory.objects.gaps >= GAPS_TO_LEARN else max(limit, timedelta(hours=3))


def stalled_limit(memory: Memory, policy: Policy) -> timedelta:
    """The age at which object sync has stalled although the server is alive."""
    interval = cadence(memory, policy)
    limit = max(policy.stalled_after, 3 * interval, 1.5 * memory.objects.widest())
    ceiling = max(timedelta(hours=24), 2 * interval + timedelta(hours=1), policy.stalled_after)
    return min(limit, ceiling)


def judge(memory: Memory, observation: Observation, policy: Policy) -> Judgement:
    """Judge one observation.

    Args:
        memory: The memory *after* `heartbeats.remember` took this observation in.
        observation: What this tick read.
        policy: The team's limits.
    """
    tenant = usable(memory, observation)
    if isinstance(tenant, Unavailable):
        return _unreadable(memory, observation, policy, tenant)
    case = _Case(memory, observation, policy, tenant)
    found = [finding for finding in (_clock(case), _sync(case)) if finding is not None]
    found.sort(key=lambda finding: severity(finding.verdict), reverse=True)
    headline = (found[0].verdict, found[0].evidence) if found else _calm(case)
    return Judgement(*headline, findings=tuple(found), readable=True)


class _Case:
    """One readable observation with everything the rules ask of it."""

    def __init__(
        self, memory: Memory, observation: Observation, policy: Policy, tenant: TenantReading
    ) -> None:
        self.memory, self.policy, self.tenant = memory, policy, tenant
        self.at = observation.at
        self.now = reference_time(observation)
        self.alive_at = observation.alive_at
        self.cadence = cadence(memory, policy)
        self.future = [
            name
            for name, stamp in (
                (_OBJECTS, tenant.object_sync_at),
                (_PASSWORDS, tenant.password_sync_at),
            )
            if isinstance(stamp, datetime) and stamp > newest_believable(observation)
        ]
        self.password_sync = self._password_sync()

    def _password_sync(self) -> PasswordSync:
        if self.memory.password_in_use is False:
            return PasswordSync.NOT_USED  # known to be unused: nothing to miss
        if isinstance(self.tenant.password_sync_at, Unavailable) or _PASSWORDS in self.future:
            return PasswordSync.UNREAD
        return PasswordSync.USED if self.memory.password_in_use else PasswordSync.NOT_USED

    def age(self, stamp: datetime | None) -> timedelta:
        """The age of a timestamp; a few seconds in the future are "now"."""
        return max(timedelta(0), self.now - stamp) if stamp else timedelta.max

    def believed(self, heartbeat: Heartbeat) -> datetime | None:
        """The time that ages count from: the newest one, unless reads stay older than it."""
        back = heartbeat.backward_since
        if back is not None and self.at - back < BACKWARD_SUSPECT_AFTER:
            return heartbeat.newest_at
        return heartbeat.current_at

    @property
    def object_age(self) -> timedelta:
        return self.age(self.believed(self.memory.objects))

    @property
    def password_age(self) -> timedelta:
        return self.age(self.believed(self.memory.passwords))

    @property
    def seen_alive(self) -> bool:
        """Whether another source proves the server alive; a time in the future proves nothing."""
        if self.alive_at is None or self.alive_at > self.now + CLOCK_TOLERANCE:
            return False
        return self.fresh(self.age(self.alive_at))

    def fresh(self, age: timedelta) -> bool:
        return age <= self.policy.silent_after

    def evidence(self, why: Why, limit: timedelta | None = None, detail: str = "") -> Evidence:
        return Evidence(
            why=why,
            read_at=self.at,
            object_sync_at=self.memory.objects.current_at,
            password_sync_at=self.memory.passwords.current_at,
            password_sync=self.password_sync,
            limit=limit,
            cadence=self.cadence,
            detail=detail,
        )


def _unreadable(
    memory: Memory, observation: Observation, policy: Policy, problem: Unavailable
) -> Judgement:
    last = memory.read_at or memory.started_at
    blind = observation.at - last >= policy.blind_after
    evidence = Evidence(
        why=Why.UNREADABLE if blind else Why.READ_FAILED,
        read_at=memory.read_at,
        object_sync_at=memory.objects.current_at,
        password_sync_at=memory.passwords.current_at,
        password_sync=PasswordSync.UNREAD,
        limit=policy.blind_after,
        cadence=cadence(memory, policy),
        detail=f"{problem.reason}: {problem.detail}",
    )
    findings = (Finding(Verdict.BLIND, last, evidence),) if blind else ()
    verdict = Verdict.BLIND if blind else Verdict.LATE
    return Judgement(verdict, evidence, findings, readable=False)


def _clock(case: _Case) -> Finding | None:
    ahead = case.tenant.clock_ahead
    since, back = case.at, _backward_since(case.memory)
    if ahead is not None and abs(ahead) > SKEW_TOLERANCE:
        minutes = round(abs(ahead).total_seconds() / 60)
        side = "behind" if ahead > timedelta(0) else "ahead of"
        why, detail = Why.CLOCKS_DIFFER, f"The watchdog's clock is {minutes} min {side} Graph's."
    elif case.future:
        names = " and ".join(case.future)
        why, detail = Why.IN_THE_FUTURE, f"Graph's last {names} time lies in the future."
    elif back is not None and case.at - back >= BACKWARD_SUSPECT_AFTER:
        since, why = back, Why.WENT_BACKWARD
        detail = "Graph's last sync time went back and stays older than it was."
    else:
        return None
    return Finding(Verdict.CLOCK_SUSPECT, since, case.evidence(why, None, detail))


def _backward_since(memory: Memory) -> datetime | None:
    stamps = [h.backward_since for h in (memory.objects, memory.passwords) if h.backward_since]
    return min(stamps, default=None)


def _sync(case: _Case) -> Finding | None:
    tenant, object_at = case.tenant, case.believed(case.memory.objects)
    if tenant.sync_enabled is False:
        return Finding(Verdict.SYNC_DISABLED, case.at, case.evidence(Why.SWITCHED_OFF))
    if tenant.sync_enabled is None or tenant.object_sync_at is None:
        return Finding(Verdict.NEVER_SYNCED, case.at, case.evidence(Why.NO_SYNC_YET))
    if _OBJECTS in case.future or object_at is None:
        return None  # a time that cannot be right proves neither life nor death
    rule = {
        PasswordSync.USED: _two_heartbeats,
        PasswordSync.UNREAD: _second_unread,
        PasswordSync.NOT_USED: _one_heartbeat,
    }[case.password_sync]
    return rule(case, object_at)


def _two_heartbeats(case: _Case, object_at: datetime) -> Finding | None:
    password_at = case.believed(case.memory.passwords)
    if password_at is None:
        return None
    if not case.fresh(case.object_age) and not case.fresh(case.password_age):
        since = max(object_at, password_at)
        return _silent(case, since, Why.BOTH_SILENT, case.policy.silent_after)
    limit = stalled_limit(case.memory, case.policy)
    if case.object_age > limit:
        evidence = case.evidence(Why.OBJECTS_STALLED, limit)
        return Finding(Verdict.SYNC_STALLED, object_at, evidence)
    limit = case.policy.password_stalled_after
    if case.password_age > limit:
        evidence = case.evidence(Why.PASSWORDS_STALLED, limit)
        return Finding(Verdict.PASSWORD_SYNC_STALLED, password_at, evidence)
    return None


def _second_unread(case: _Case, object_at: datetime) -> Finding | None:
    """Objects alone cannot tell a dead server from a long cycle, but a stall they can tell."""
    limit = stalled_limit(case.memory, case.policy)
    if case.object_age <= limit:
        return None
    evidence = case.evidence(Why.OBJECTS_STALLED_PASSWORD_UNREAD, limit)
    return Finding(Verdict.SYNC_STALLED, object_at, evidence)


def _one_heartbeat(case: _Case, object_at: datetime) -> Finding | None:
    limit = single_limit(case.memory, case.policy)
    if case.object_age <= limit:
        return None
    return _silent(case, object_at, Why.OBJECTS_SILENT, limit)


def _silent(case: _Case, since: datetime, why: Why, limit: timedelta) -> Finding:
    if case.seen_alive:
        evidence = case.evidence(Why.STOPPED_SERVER_ALIVE, limit)
        return Finding(Verdict.SYNC_STALLED, since, evidence)
    return Finding(Verdict.SERVER_SILENT, since, case.evidence(why, limit))


def _calm(case: _Case) -> tuple[Verdict, Evidence]:
    """HEALTHY, or LATE with the reason: shown, never sent."""
    early = case.policy.silent_after * _LATE_SHARE
    used = case.password_sync is PasswordSync.USED
    if _backward_since(case.memory) is not None:
        return Verdict.LATE, case.evidence(Why.WENT_BACKWARD)
    if case.password_sync is PasswordSync.UNREAD:
        return Verdict.LATE, case.evidence(Why.PASSWORD_UNREAD, None, _unread_detail(case.tenant))
    if used and case.object_age > early and case.password_age > early:
        return Verdict.LATE, case.evidence(Why.BOTH_LATE, early)
    late = max(case.policy.silent_after, 2 * case.cadence)
    if case.object_age > late:
        return Verdict.LATE, case.evidence(Why.OBJECTS_LATE, late)
    if used and not case.fresh(case.password_age):
        return Verdict.LATE, case.evidence(Why.PASSWORDS_LATE, case.policy.silent_after)
    return Verdict.HEALTHY, case.evidence(Why.FRESH)


def _unread_detail(tenant: TenantReading) -> str:
    problem = tenant.password_sync_at
    return f"{problem.reason}: {problem.detail}" if isinstance(problem, Unavailable) else ""
