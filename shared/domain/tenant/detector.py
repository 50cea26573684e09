"""Judging: what one observation and the memory of the heartbeats say about the tenant.

The rules, in the order in which they are asked:

1. Graph unreadable: `BLIND` once that lasted `blind_after`, else `LATE`. Nothing about sync.
2. Our clock, or a timestamp, cannot be right: `CLOCK_SUSPECT`, beside whatever else is known.
3. `NEVER_SYNCED` and `SYNC_DISABLED`: ages mean nothing then, so nothing else is judged.
4. Cloud Sync keeps the tenant fresh: only what another source saw of the server counts. Too old:
   `SERVER_SILENT`. Not there: `LATE`, and nothing is said about sync.
5. Every proof of life is too old: `SERVER_SILENT`.
6. Objects are too old while the server is alive, or cannot be told dead: `SYNC_STALLED`.
7. Passwords are too old while objects are fresh: `PASSWORD_SYNC_STALLED`.
8. Something is older than usual, or was not read: `LATE`. Else `HEALTHY`.

A proof of life from another source shows that syncs stopped *while the server lives* only if it is
newer than the newest beat by more than a living server ever pauses. Before that it may be the last
thing that a dying server sent: `MAYBE_ALIVE` (docs/adr/0007).

The limits stand in `limits`. "Older than" is strict, so that a limit itself is fresh.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from shared.domain.readings import Observation, TenantReading, Unavailable
from shared.domain.tenant.case import BACKWARD_SUSPECT_AFTER, OBJECTS, Case, believable
from shared.domain.tenant.heartbeats import SKEW_TOLERANCE, Memory, usable
from shared.domain.tenant.limits import (
    DEFAULT_CADENCE,
    Policy,
    cadence,
    single_limit,
    stalled_limit,
)
from shared.domain.verdicts import (
    Evidence,
    Finding,
    Judgement,
    Kind,
    PasswordSync,
    Verdict,
    Why,
    severity,
)

__all__ = ["DEFAULT_CADENCE", "Policy", "cadence", "judge", "single_limit", "stalled_limit"]

_LATE_SHARE: Final = 0.75  # LATE at 45 minutes for the default SILENT_AFTER of 60


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
    case = Case(memory, observation, policy, tenant)
    found = [finding for finding in (_clock(case), _sync(case)) if finding is not None]
    found.sort(key=lambda finding: severity(finding.verdict), reverse=True)
    headline = (found[0].verdict, found[0].evidence) if found else _calm(case)
    return Judgement(
        *headline,
        findings=tuple(found),
        readable=True,
        unjudged=_unjudged(case),
        beats_count=not case.hidden,
        tenant=headline[0],
    )


def _unjudged(case: Case) -> frozenset[Kind]:
    """The kinds about which this reading says nothing, be it good or bad."""
    if not case.hidden:
        return frozenset({Kind.SYNC}) if case.maybe_alive else frozenset()
    if case.fresh(case.alive_age):
        return frozenset()
    return frozenset({Kind.PASSWORD_SYNC} if case.seen_dead else {Kind.SYNC, Kind.PASSWORD_SYNC})


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
        cadence=cadence(memory, policy, observation.sync_interval),
        detail=f"{problem.reason}: {problem.detail}",
        measured_at=observation.at,
        alive_at=believable(observation.alive_at, observation.at),
    )
    findings = (Finding(Verdict.BLIND, last, evidence),) if blind else ()
    verdict = Verdict.BLIND if blind else Verdict.LATE
    return Judgement(verdict, evidence, findings, readable=False, tenant=verdict)


def _clock(case: Case) -> Finding | None:
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


def _sync(case: Case) -> Finding | None:
    tenant, object_at = case.tenant, case.believed(case.memory.objects)
    if tenant.sync_enabled is False:
        return Finding(Verdict.SYNC_DISABLED, case.at, case.evidence(Why.SWITCHED_OFF))
    if tenant.sync_enabled is None or tenant.object_sync_at is None:
        return Finding(Verdict.NEVER_SYNCED, case.at, case.evidence(Why.NO_SYNC_YET))
    if OBJECTS in case.future or object_at is None:
        return None  # a time that cannot be right proves neither life nor death
    if case.hidden:
        return _hidden(case)
    rule = {
        PasswordSync.USED: _two_heartbeats,
        PasswordSync.UNREAD: _second_unread,
        PasswordSync.NOT_USED: _one_heartbeat,
    }[case.password_sync]
    return rule(case, object_at)


def _hidden(case: Case) -> Finding | None:
    """Cloud Sync moves the tenant's times: the server counts as dead when nobody else sees it."""
    if not case.seen_dead or case.alive_at is None:
        return None
    evidence = case.evidence(Why.CLOUD_SYNC_HIDES, case.alive_limit)
    return Finding(Verdict.SERVER_SILENT, case.alive_at, evidence)


def _two_heartbeats(case: Case, object_at: datetime) -> Finding | None:
    password_at = case.believed(case.memory.passwords)
    if password_at is None:
        return None
    if case.stopped and not case.maybe_alive:
        since = max(object_at, password_at)
        return _silent(case, since, Why.BOTH_SILENT, case.policy.silent_after)
    limit = stalled_limit(case.memory, case.policy, case.interval)
    if case.object_age > limit:
        evidence = case.evidence(Why.OBJECTS_STALLED, limit)
        return Finding(Verdict.SYNC_STALLED, object_at, evidence)
    limit = case.policy.password_stalled_after
    if case.password_age > limit:
        evidence = case.evidence(Why.PASSWORDS_STALLED, limit)
        return Finding(Verdict.PASSWORD_SYNC_STALLED, password_at, evidence)
    return None


def _second_unread(case: Case, object_at: datetime) -> Finding | None:
    """Objects alone cannot tell a dead server from a long cycle, but a stall they can tell."""
    if not case.stopped:
        return None
    limit = stalled_limit(case.memory, case.policy, case.interval)
    evidence = case.evidence(Why.OBJECTS_STALLED_PASSWORD_UNREAD, limit)
    return Finding(Verdict.SYNC_STALLED, object_at, evidence)


def _one_heartbeat(case: Case, object_at: datetime) -> Finding | None:
    if not case.stopped or case.maybe_alive:
        return None
    limit = single_limit(case.memory, case.policy, case.interval)
    return _silent(case, object_at, Why.OBJECTS_SILENT, limit)


def _silent(case: Case, since: datetime, why: Why, limit: timedelta) -> Finding:
    if case.fresh(case.alive_age):
        evidence = case.evidence(Why.STOPPED_SERVER_ALIVE, limit)
        return Finding(Verdict.SYNC_STALLED, since, evidence)
    return Finding(Verdict.SERVER_SILENT, since, case.evidence(why, limit))


def _calm(case: Case) -> tuple[Verdict, Evidence]:
    """HEALTHY, or LATE with the reason: shown, never sent."""
    if _backward_since(case.memory) is not None:
        return Verdict.LATE, case.evidence(Why.WENT_BACKWARD)
    if case.hidden and not case.fresh(case.alive_age):
        return Verdict.LATE, case.evidence(Why.CLOUD_SYNC_UNPROVEN, case.policy.silent_after)
    if case.maybe_alive:
        return Verdict.LATE, case.evidence(Why.MAYBE_ALIVE, case.policy.silent_after)
    if case.password_sync is PasswordSync.UNREAD:
        return Verdict.LATE, case.evidence(Why.PASSWORD_UNREAD, None, _unread_detail(case.tenant))
    return (Verdict.HEALTHY, case.evidence(Why.FRESH)) if case.hidden else _by_age(case)


def _by_age(case: Case) -> tuple[Verdict, Evidence]:
    early = case.policy.silent_after * _LATE_SHARE
    used = case.password_sync is PasswordSync.USED
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
