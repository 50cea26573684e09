"""A small language for advice: a pair whose failover is right, and what is different from it.

`advising()` is SYNC-A silent for 66 minutes with SYNC-B fit and everything read now: *fail over*.
Each argument changes one thing. Roles, reports and findings are written down here, not computed, so
that these tests know nothing of how they come about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from shared.domain.advice.case import AdviceCase
from shared.domain.pair.readings import (
    AlertLevel,
    Certificates,
    CloudSync,
    HealthAlert,
    HealthDetails,
    HealthReading,
    Known,
    ServiceHealth,
    ServiceIssue,
    Source,
    SourceReading,
    SyncConfiguration,
    server_key,
)
from shared.domain.pair.report import (
    Check,
    CheckName,
    Fitness,
    Outcome,
    Role,
    ServerReport,
    Statement,
)
from shared.domain.pair.view import Claim, Roles, ServerRole, TwoActive
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
from tests.support.judging import NOW, at
from tests.support.pairs import REFUSED, A, B, C, known, member, view, when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.pair.readings import HealthMember
    from shared.domain.pair.view import PairView
    from shared.domain.readings import Unavailable

__all__ = ["NOW", "A", "B", "C", "advising", "alert", "at", "found", "standby"]

SERVICE: Final = "Microsoft Entra Connect Sync Service isn't running"
AD_IMPORT: Final = "Import from Active Directory failed"
DELETES: Final = "Export to Microsoft Entra ID was Stopped. Accidental delete threshold was reached"
STALE: Final = "Health service data isn't up to date"

R = TypeVar("R", bound=SourceReading)


def alert(
    name: str,
    server: str = "",
    *,
    key: str = "",
    level: AlertLevel = AlertLevel.ERROR,
    created: str | None = "20m",
    active: bool = True,
    short: str = "",
    remediation: str = "",
) -> HealthAlert:
    """An alert on a server, or on the service when none is named."""
    return HealthAlert(
        id=key or f"alert-{server}-{name}",
        name=name,
        short_name=short,
        level=level,
        active=active,
        member_id=f"id-{server}" if server else "",
        server=server,
        created_at=when(created),
        remediation=remediation,
    )


def standby(
    name: str = B,
    *,
    fitness: Fitness | None = None,
    role: Role = Role.STAGING,
    seen: str | None = "9m",
    fails: Iterable[CheckName] = (),
    unknown: Iterable[CheckName] = (),
    reason: str = "",
) -> ServerReport:
    """A standby's report with every check; its fitness follows from them unless given."""
    outcomes = dict.fromkeys(CheckName, Outcome.PASS)
    outcomes |= dict.fromkeys(unknown, Outcome.UNKNOWN) | dict.fromkeys(fails, Outcome.FAIL)
    checks = tuple(
        Check(
            check,
            outcome,
            reason or f"{check}_{outcome}",
            Statement(f"{check} of {name}: {outcome}", Source.CONNECT_HEALTH, NOW),
            f"Look at {check} on {name}." if outcome is Outcome.UNKNOWN else "",
        )
        for check, outcome in outcomes.items()
    )
    if fitness is None:
        fitness = Fitness.UNKNOWN if Outcome.UNKNOWN in outcomes.values() else Fitness.FIT
        fitness = Fitness.UNFIT if Outcome.FAIL in outcomes.values() else fitness
    return ServerReport(
        name, role, Source.CONNECT_HEALTH, when(seen), Source.CONNECT_HEALTH, fitness, checks
    )


def found(
    verdict: Verdict,
    why: Why = Why.FRESH,
    *,
    subject: str = "",
    objects: str | None = "66m",
    passwords: str | None = "66m",
    detail: str = "",
) -> Finding:
    """A finding with the tenant's times."""
    evidence = Evidence(
        why=why,
        read_at=NOW,
        object_sync_at=when(objects),
        password_sync_at=when(passwords),
        password_sync=PasswordSync.USED if passwords else PasswordSync.NOT_USED,
        detail=detail,
        statements=(Statement(f"{verdict} was seen", Source.CONNECT_HEALTH, NOW),),
    )
    return Finding(verdict, at("66m"), evidence, subject)


SILENT: Final = found(Verdict.SERVER_SILENT, Why.BOTH_SILENT)
ALIVE: Final = found(Verdict.SYNC_STALLED, Why.STOPPED_SERVER_ALIVE)


def source(reading: R, read: str | None) -> Known[R]:
    """A source read so long ago; "failed 3h": also refused now; None: never."""
    if read is None:
        return Known(tried_at=NOW, problem=REFUSED)
    problem = REFUSED if read.startswith("failed ") else None
    return known(reading, read.removeprefix("failed "), problem)


def advising(
    *findings: Finding,
    sync: Finding | None = SILENT,
    readable: bool = True,
    unjudged: frozenset[Kind] = frozenset(),
    active: ServerRole | str | None = "",
    active_seen: str | None = "66m",
    active_ran: str | None = "66m",
    measured: bool = True,
    exported: str = "66m",
    exporter: str = A,
    tenant: Verdict | None = Verdict.HEALTHY,
    deletes_read: str = "0m",
    disagrees: bool = False,
    two_active: bool = False,
    none_active: bool = False,
    standbys: tuple[ServerReport, ...] | None = None,
    members: tuple[HealthMember, ...] | None = None,
    alerts: tuple[HealthAlert, ...] | None = (),
    alerts_left_out: int = 0,
    members_left_out: int = 0,
    health: str | None = "0m",
    details: str | None = "0m",
    certificates: str | None = "0m",
    service: str | None = "0m",
    issues: tuple[str, ...] = (),
    deletes: tuple[int, int] | None = None,
    cloud_sync: bool = False,
    intended: tuple[str, ...] = (),
) -> AdviceCase:
    """A pair whose failover is right, but for what is given.

    Args:
        findings: Further findings, beside `sync`.
        sync: The sync finding; None when sync is calm.
        readable: Whether Graph was read in this tick.
        unjudged: Kinds that nothing could be said about.
        active: The active server, instead of SYNC-A; None when nothing names one.
        active_seen: When SYNC-A was last seen.
        active_ran: The newest upload of SYNC-A's run results.
        measured: Whether SYNC-A was seen exporting; else a flag says that it is active.
        exported: When it was seen exporting; the tenant synced 66 minutes ago.
        exporter: Who ran the last export, as the tenant's settings name it.
        tenant: The verdict on the tenant alone, where there is no sync finding.
        deletes_read: When the tenant's settings were read.
        disagrees: Whether evidence contradicts the roles.
        two_active: Whether two servers export.
        none_active: Whether all are in staging mode.
        standbys: Their reports, the fittest first; SYNC-B when not given.
        members: What Connect Health lists; the servers above when not given.
        alerts: Active alerts; None when they could not be read.
        alerts_left_out: Alerts beyond those.
        members_left_out: Servers beyond `members`.
        health: When Connect Health was read, as in `source`; also for the three below.
        details: The slow facts.
        certificates: The applications.
        service: Microsoft's service health.
        issues: Its open issues.
        deletes: Pending deletes and their threshold.
        cloud_sync: Whether Cloud Sync runs.
        intended: The standbys that the settings name.
    """
    ranked = (standby(),) if standbys is None else standbys
    if members is None:
        listed = [member(A, staging=False, seen=active_seen, ran=active_ran)]
        listed += [member(each.name, seen=_ago(each)) for each in ranked]
        members = tuple(listed)
    first = _active(active_seen, exported, measured, members) if isinstance(active, str) else active
    others = tuple(
        ServerRole(each.name, each.role, member=_member(each.name, members)) for each in ranked
    )
    roles = Roles(
        servers=((first,) if first else ()) + others,
        active=first,
        disagreements=(_said("SYNC-B is active, too"),) if disagrees else (),
        two_active=_two_active() if two_active else None,
        none_active=(_said("SYNC-A is in staging mode"),) if none_active else (),
    )
    listed_findings = [f for f in (sync, *findings) if f is not None]
    listed_findings.sort(key=lambda each: severity(each.verdict), reverse=True)
    calm = found(Verdict.BLIND, objects="5m", passwords="5m")
    headline = listed_findings[0] if listed_findings else calm
    judgement = Judgement(
        headline.verdict if listed_findings else Verdict.HEALTHY,
        headline.evidence,
        tuple(listed_findings),
        readable=readable,
        unjudged=unjudged,
        tenant=sync.verdict if sync else tenant,
    )
    seen = _view(
        members=members,
        alerts=REFUSED if alerts is None else alerts,
        alerts_left_out=alerts_left_out,
        members_left_out=members_left_out,
        health=health,
        details=details,
        certificates=certificates,
        service=source(ServiceHealth(tuple(ServiceIssue(i, "Sign-in") for i in issues)), service),
        settings=known(_settings(exporter, deletes), deletes_read),
        cloud_sync=cloud_sync,
        intended=intended,
    )
    return AdviceCase(seen, judgement, roles, ranked)


def _said(text: str) -> Statement:
    return Statement(text, Source.CONNECT_HEALTH, NOW)


def _two_active() -> TwoActive:
    return TwoActive((B, A), B, returned=False, since=at("20m"), statements=(_said("Both"),))


def _ago(report: ServerReport) -> str | None:
    if report.seen_at is None:
        return None
    return f"{int((NOW - report.seen_at).total_seconds())}s"


def _member(name: str, members: Iterable[HealthMember]) -> HealthMember | None:
    return next((m for m in members if server_key(m.name) == server_key(name)), None)


def _settings(exporter: str, deletes: tuple[int, int] | None) -> SyncConfiguration:
    pending, threshold = deletes or (None, None)
    return SyncConfiguration(exporter, pending_deletions=pending, deletion_threshold=threshold)


def _active(
    seen: str | None,
    exported: str,
    measured: bool,  # noqa: FBT001 - passed on
    members: Iterable[HealthMember],
) -> ServerRole:
    basis = Source.SYNC_CONFIGURATION if measured else Source.CONNECT_HEALTH
    claim = Claim(Role.ACTIVE, basis, at(exported), measured=measured)
    where = Source.CONNECT_HEALTH if seen else None
    return ServerRole(A, Role.ACTIVE, basis, (claim,), _member(A, members), when(seen), where)


def _view(
    *,
    members: tuple[HealthMember, ...],
    alerts: tuple[HealthAlert, ...] | Unavailable,
    alerts_left_out: int,
    members_left_out: int,
    health: str | None,
    details: str | None,
    certificates: str | None,
    service: Known[ServiceHealth],
    settings: Known[SyncConfiguration],
    cloud_sync: bool,
    intended: tuple[str, ...],
) -> PairView:
    reading = HealthReading(
        members,
        alerts,
        members_left_out=members_left_out,
        alerts_left_out=alerts_left_out,
    )
    return view(
        connect_health=source(reading, health),
        health_details=source(HealthDetails(), details),
        certificates=source(Certificates(), certificates),
        service_health=service,
        exporter=settings,
        cloud_sync=CloudSync(jobs=1, running=1) if cloud_sync else None,
        standbys=intended,
        objects="66m",
    )
