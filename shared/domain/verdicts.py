"""The words of a judgement: verdicts, their kinds and order, and the evidence behind a finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.domain.pair.readings import HealthAlert
from shared.domain.pair.report import PairReport, Statement


class Verdict(StrEnum):
    """What one tick concludes. The word is the same in code, log, card and runbook."""

    HEALTHY = "HEALTHY"
    LATE = "LATE"
    DEADLINE_NEAR = "DEADLINE_NEAR"
    HEALTH_ALERT = "HEALTH_ALERT"
    STANDBY_UNFIT = "STANDBY_UNFIT"
    STANDBY_MISSING = "STANDBY_MISSING"
    BLIND = "BLIND"
    CLOCK_SUSPECT = "CLOCK_SUSPECT"
    NEVER_SYNCED = "NEVER_SYNCED"
    SYNC_DISABLED = "SYNC_DISABLED"
    PASSWORD_SYNC_STALLED = "PASSWORD_SYNC_STALLED"  # noqa: S105 - a verdict, not a password
    EXPORT_BLOCKED = "EXPORT_BLOCKED"
    SYNC_STALLED = "SYNC_STALLED"
    NO_ACTIVE = "NO_ACTIVE"
    SERVER_SILENT = "SERVER_SILENT"
    DUAL_ACTIVE = "DUAL_ACTIVE"


class Kind(StrEnum):
    """What an incident is about. At most one per tenant, kind and subject is open."""

    SYNC = "sync"
    PASSWORD_SYNC = "password-sync"  # noqa: S105 - a kind, not a password
    DISABLED = "disabled"
    NEVER = "never-synced"
    CLOCK = "clock"
    BLIND = "blind"
    EXPORT = "export"
    DUAL_ACTIVE = "dual-active"
    NO_ACTIVE = "no-active"
    STANDBY = "standby"
    HEALTH_ALERT = "health-alert"
    DEADLINE = "deadline"


class Why(StrEnum):
    """The named reason of a verdict: the rule that produced it."""

    FRESH = "fresh"
    READ_FAILED = "read_failed"
    PASSWORD_UNREAD = "password_unread"  # noqa: S105 - a reason, not a password
    OBJECTS_LATE = "objects_late"
    PASSWORDS_LATE = "passwords_late"
    BOTH_LATE = "both_late"
    WENT_BACKWARD = "went_backward"
    BOTH_SILENT = "both_silent"
    OBJECTS_SILENT = "objects_silent"
    STOPPED_SERVER_ALIVE = "stopped_server_alive"
    OBJECTS_STALLED = "objects_stalled"
    OBJECTS_STALLED_PASSWORD_UNREAD = "objects_stalled_password_unread"  # noqa: S105 - a reason
    PASSWORDS_STALLED = "passwords_stalled"
    SWITCHED_OFF = "switched_off"
    NO_SYNC_YET = "no_sync_yet"
    IN_THE_FUTURE = "in_the_future"
    CLOCKS_DIFFER = "clocks_differ"
    UNREADABLE = "unreadable"
    CLOUD_SYNC_HIDES = "cloud_sync_hides"
    CLOUD_SYNC_UNPROVEN = "cloud_sync_unproven"
    MAYBE_ALIVE = "maybe_alive"
    DELETE_THRESHOLD = "delete_threshold"
    BOTH_EXPORT = "both_export"
    RETURNED = "returned"
    ALL_STAGING = "all_staging"
    CHECKS_FAILED = "checks_failed"
    NOT_REGISTERED = "not_registered"
    ALERT_ACTIVE = "alert_active"
    MORE_ALERTS = "more_alerts"
    CERTIFICATE_ENDS = "certificate_ends"
    SUPPORT_ENDS = "support_ends"


_ORDER: Final = {verdict: rank for rank, verdict in enumerate(Verdict)}

KIND_OF: Final = {
    Verdict.SERVER_SILENT: Kind.SYNC,
    Verdict.SYNC_STALLED: Kind.SYNC,
    Verdict.PASSWORD_SYNC_STALLED: Kind.PASSWORD_SYNC,
    Verdict.SYNC_DISABLED: Kind.DISABLED,
    Verdict.NEVER_SYNCED: Kind.NEVER,
    Verdict.CLOCK_SUSPECT: Kind.CLOCK,
    Verdict.BLIND: Kind.BLIND,
    Verdict.EXPORT_BLOCKED: Kind.EXPORT,
    Verdict.DUAL_ACTIVE: Kind.DUAL_ACTIVE,
    Verdict.NO_ACTIVE: Kind.NO_ACTIVE,
    Verdict.STANDBY_UNFIT: Kind.STANDBY,
    Verdict.STANDBY_MISSING: Kind.STANDBY,
    Verdict.HEALTH_ALERT: Kind.HEALTH_ALERT,
    Verdict.DEADLINE_NEAR: Kind.DEADLINE,
}
"""Every verdict that needs a person, and the kind of its incident."""


def severity(verdict: Verdict) -> int:
    """The verdict's place in the one total order; the highest of a tick is its headline."""
    return _ORDER[verdict]


class PasswordSync(StrEnum):
    """What is known of password hash sync as a second heartbeat."""

    USED = "used"
    NOT_USED = "not_used"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on. Ages are computed from it when it is shown.

    Attributes:
        why: The rule that produced the verdict.
        read_at: When Graph was last read successfully, by our clock; None before the first time.
        object_sync_at: The last object sync that Graph reported, or None.
        password_sync_at: The last password sync that Graph reported, or None.
        password_sync: Whether password sync counts as a heartbeat here.
        limit: The age above which the verdict applies; None when it is not about age.
        cadence: The sync interval that the limit was computed with.
        detail: One plain sentence where the numbers do not say it all, such as why Graph could
            not be read.
        measured_at: The time that ages count from (Graph's clock where ours is wrong); None in
            evidence of an older release, where it is `read_at`.
        alive_at: The newest proof of life of the active server from another source.
        statements: What a verdict about the pair rests on, most important first, at most 5.
        deadline: When something ends, for `DEADLINE_NEAR`.
        alert: The alert, for `HEALTH_ALERT`.
        alerts: How many alerts it stands for, where it is more than the one.
        pair: The pair as it was judged in the same tick; None when nothing was known of it.
    """

    why: Why
    read_at: datetime | None
    object_sync_at: datetime | None = None
    password_sync_at: datetime | None = None
    password_sync: PasswordSync = PasswordSync.NOT_USED
    limit: timedelta | None = None
    cadence: timedelta = timedelta(minutes=30)
    detail: str = ""
    measured_at: datetime | None = None
    alive_at: datetime | None = None
    statements: tuple[Statement, ...] = ()
    deadline: datetime | None = None
    alert: HealthAlert | None = None
    alerts: int = 1
    pair: PairReport | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict that needs a person, with its evidence.

    Attributes:
        verdict: One of `KIND_OF`.
        since: When the problem began as far as is known: the last sign of life before it.
        evidence: What it rests on.
        subject: What it is about where a kind can be open more than once: the server's
            `server_key`, an alert's id; "" for the tenant.
    """

    verdict: Verdict
    since: datetime
    evidence: Evidence
    subject: str = ""

    @property
    def kind(self) -> Kind:
        """The kind of incident this finding opens or continues."""
        return KIND_OF[self.verdict]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of judging one observation.

    Attributes:
        verdict: The headline: the most severe verdict of the tick.
        evidence: What the headline rests on, also for HEALTHY and LATE.
        findings: One per kind that needs a person, most severe first.
        readable: Whether the tenant was read in this tick; without that, nothing is closed.
        unjudged: Kinds about which this tick can say nothing, because a source that they rest on
            was not read: their incidents are not closed.
        unjudged_subjects: The same for single subjects: what was read says neither that the matter
            is still there nor that it is over.
        obsolete: Kind and subject of incidents whose matter ended without having recovered: the
            standby is the active server now, or no server of that name is left.
        unprovable: Kind and subject of what no reachable source can show to be over, while none
            shows that it lasts: its incident ends as quietly as an obsolete one, but takes as long
            as one that recovers.
        told_elsewhere: Kind and subject of what is still there, but is told by another finding of
            this tick: its incident, if it has one, stays as it is and is silent.
        beats_count: Whether the tenant's sync times are beats of Entra Connect; False where Cloud
            Sync moves them, so that a silent server's incident closes after clean reads instead.
        tenant: The verdict on the tenant alone, before anything about the pair was added to
            `findings`; None when nobody told it.
    """

    verdict: Verdict
    evidence: Evidence
    findings: tuple[Finding, ...]
    readable: bool
    unjudged: frozenset[Kind] = frozenset()
    unjudged_subjects: frozenset[tuple[Kind, str]] = frozenset()
    obsolete: frozenset[tuple[Kind, str]] = frozenset()
    unprovable: frozenset[tuple[Kind, str]] = frozenset()
    told_elsewhere: frozenset[tuple[Kind, str]] = frozenset()
    beats_count: bool = True
    tenant: Verdict | None = None

    def finding(self, kind: Kind, subject: str = "") -> Finding | None:
        """The finding of this kind and subject, if the tick has one."""
        return next((f for f in self.findings if (f.kind, f.subject) == (kind, subject)), None)
