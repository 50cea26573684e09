"""What a tick knew of the pair SYNC-A and SYNC-B, for the cards and pages about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from shared.domain.pair.readings import AlertLevel, HealthAlert, Source
from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    Check,
    CheckName,
    Fitness,
    Outcome,
    PairReport,
    Recommendation,
    Role,
    ServerReport,
    Statement,
    ToCheck,
)
from shared.domain.verdicts import Evidence, PasswordSync, Verdict, Why

NOW = datetime(2026, 11, 21, 1, 54, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEALTH = Source.CONNECT_HEALTH
GOOD, BAD, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def said(text: str, source: Source = HEALTH, minutes: int | None = 5) -> Statement:
    """A statement of some minutes ago; None for a source without age."""
    return Statement(text, source, None if minutes is None else NOW - minutes * MINUTE)


def check(
    name: CheckName, outcome: Outcome, text: str, source: Source = HEALTH, how: str = ""
) -> Check:
    """A check with its evidence of five minutes ago."""
    return Check(name, outcome, f"{name}_{outcome}", said(text, source), how)


DETAILS = Source.HEALTH_DETAILS
CHECKS = (
    check(CheckName.STAGING, GOOD, "SYNC-B is in staging mode"),
    check(CheckName.SEEN, GOOD, "SYNC-B was seen 9 min ago"),
    check(CheckName.SYNCED, GOOD, "SYNC-B ran a cycle 24 min ago"),
    check(CheckName.VERSION, GOOD, "SYNC-B has version 2.6.92.0, the floor is 2.5.79.0", DETAILS),
    check(CheckName.NOT_OLDER, GOOD, "SYNC-B has the same version as SYNC-A", DETAILS),
    check(CheckName.SUPPORTED, GOOD, "Version 2.6.92.0 is supported", DETAILS),
    check(
        CheckName.CERTIFICATE,
        GOOD,
        "SYNC-B's certificate is valid for 212 days",
        Source.CERTIFICATES,
    ),
    check(CheckName.ALERTS, GOOD, "No error alert is active for SYNC-B"),
    check(CheckName.AGENT, GOOD, "SYNC-B's Health agent reports", DETAILS),
    check(
        CheckName.PASSWORDS,
        Outcome.NOTE,
        "Password hashes will catch up after the switch",
        Source.GRAPH,
    ),
    check(CheckName.DRILL, Outcome.NOTE, "No drill is known", Source.INTENDED),
)
A = ServerReport("SYNC-A", Role.ACTIVE, Source.AUDITS, NOW - 66 * MINUTE, HEALTH)
B = ServerReport("SYNC-B", Role.STAGING, HEALTH, NOW - 9 * MINUTE, HEALTH, Fitness.FIT, CHECKS)
BROKEN = (
    check(CheckName.SYNCED, BAD, "SYNC-B synced last 9 days ago, more than the 7 days that count"),
    check(CheckName.VERSION, BAD, "SYNC-B has version 2.4.18.0, below the floor 2.5.79.0", DETAILS),
    check(
        CheckName.CERTIFICATE,
        BAD,
        "SYNC-B's certificate ends in 12 days, less than 30",
        Source.CERTIFICATES,
    ),
)
UNFIT = replace(B, fitness=Fitness.UNFIT, checks=(CHECKS[0], *BROKEN, *CHECKS[7:]))
OLD = replace(
    UNFIT,
    name="SYNC-OLD",
    checks=tuple(
        replace(
            each,
            statement=replace(
                each.statement, text=each.statement.text.replace("SYNC-B", "SYNC-OLD")
            ),
        )
        for each in UNFIT.checks
    ),
)
NOT_CHECKED = replace(
    B,
    seen_at=None,
    seen_source=None,
    role=Role.UNKNOWN,
    basis=None,
    fitness=Fitness.UNKNOWN,
    checks=(
        check(
            CheckName.SEEN,
            UNKNOWN,
            "Connect Health denied access",
            how="Sign in to SYNC-B and run Get-ADSyncScheduler.",
        ),
        check(CheckName.STAGING, UNKNOWN, "Nothing shows SYNC-B's mode", how="As above."),
        *CHECKS[8:],
    ),
)
WORKING = replace(A, seen_at=NOW - 9 * MINUTE)
LOOK_AT_B = ToCheck(
    "Is SYNC-B in staging mode, and does it sync?",
    "Run Get-ADSyncScheduler on SYNC-B: StagingModeEnabled True and SyncCycleEnabled True",
)
LOOK_AT_A = ToCheck(
    "Does the sync service of SYNC-A run?",
    "Run Get-Service ADSync on SYNC-A; if it is stopped, Start-Service ADSync",
)
REFUSALS = {
    AdviceReason.SWITCHED_OFF: said("Directory sync is switched off in the tenant", Source.GRAPH),
    AdviceReason.TWO_ACTIVE: said("SYNC-A and SYNC-B both exported", Source.AUDITS),
    AdviceReason.EXPORT_BLOCKED: said("731 deletes are pending, the threshold is 500"),
    AdviceReason.ENTRA_OUTAGE: said(
        "Microsoft reports MO123456: Users cannot sign in", Source.SERVICE_HEALTH
    ),
    AdviceReason.BOTH_SILENT: said("SYNC-B was last seen", minutes=70),
    AdviceReason.AD_IMPORT_ERRORS: said("SYNC-B fails to import from Active Directory"),
    AdviceReason.LONG_CYCLE: said("SYNC-A uploaded run results in a full sync", minutes=12),
    AdviceReason.PASSWORDS_ONLY: said("Object sync runs", Source.GRAPH, 20),
    AdviceReason.ACTIVE_WORKS: said("SYNC-A was last seen", minutes=9),
    AdviceReason.STANDBY_BELOW_FLOOR: BROKEN[1].statement,
    AdviceReason.STANDBY_UNFIT: BROKEN[0].statement,
    AdviceReason.NO_STANDBY: said("No source names a standby"),
}
"""What speaks against a failover, by the row of the decision table."""


def fail_over() -> PairReport:
    """SYNC-A silent, SYNC-B fit."""
    found = Recommendation(Advice.FAIL_OVER, AdviceReason.STANDBY_FIT, "SYNC-B")
    return PairReport(A, (B,), recommendation=found)


def service_stopped() -> PairReport:
    """As `fail_over`, because Connect Health reports that the service does not run."""
    stopped = said("Connect Health reports that the sync service of SYNC-A does not run")
    found = replace(fail_over().recommendation, because=(stopped,))
    return replace(fail_over(), recommendation=found)


def nothing_readable() -> PairReport:
    """Everything but the organization is forbidden; the servers are known by the settings alone."""
    absent = Statement("Nothing measured shows that SYNC-A is active", Source.INTENDED)
    found = Recommendation(
        Advice.CHECK_FIRST, AdviceReason.ACTIVE_UNKNOWN, "SYNC-A", (absent,), (LOOK_AT_A,)
    )
    return PairReport(ServerReport("SYNC-A", Role.UNKNOWN), (NOT_CHECKED,), recommendation=found)


def refused(reason: AdviceReason) -> PairReport:
    """A failover would not help, or harm."""
    unfit = reason in {AdviceReason.STANDBY_BELOW_FLOOR, AdviceReason.STANDBY_UNFIT}
    standbys = (UNFIT,) if unfit else () if reason is AdviceReason.NO_STANDBY else (B,)
    if reason is AdviceReason.BOTH_SILENT:
        standbys = (replace(B, seen_at=NOW - 70 * MINUTE, fitness=Fitness.UNFIT),)
    because = tuple(each.statement for each in BROKEN) if unfit else (REFUSALS[reason],)
    found = Recommendation(Advice.DO_NOT_FAIL_OVER, reason, "SYNC-B", because)
    return PairReport(A, standbys, recommendation=found)


def unsure(reason: AdviceReason, *checks: ToCheck) -> PairReport:
    """Something has to be found out first."""
    found = Recommendation(Advice.CHECK_FIRST, reason, "SYNC-B", (), checks)
    standby = NOT_CHECKED if reason is AdviceReason.STANDBY_UNKNOWN else B
    active = A
    if reason is AdviceReason.ACTIVE_UNKNOWN:
        active = replace(A, role=Role.UNKNOWN, basis=None)
    if reason is AdviceReason.ACTIVE_ALIVE:
        active = WORKING
    return PairReport(active, (standby,), recommendation=found)


def two_active(to_staging: str) -> PairReport:
    """Both export."""
    found = Recommendation(Advice.DO_NOT_FAIL_OVER, AdviceReason.TWO_ACTIVE, to_staging)
    other = replace(B, role=Role.ACTIVE, basis=Source.AUDITS, fitness=None, checks=())
    return PairReport(WORKING, (other,), recommendation=found)


def calm(standby: ServerReport = B) -> PairReport:
    """The active server works."""
    return PairReport(WORKING, (standby,))


DISAGREE = said("Intended active is SYNC-A, but SYNC-B exports", Source.AUDITS, 4)
ALERT = HealthAlert(
    "a1",
    "Health service data is not up to date",
    level=AlertLevel.ERROR,
    server="SYNC-A",
    created_at=NOW - 200 * MINUTE,
    remediation="Make sure that the Health agent services run, and that the server reaches the "
    "Connect Health endpoints.",
)


def known_end() -> Statement:
    """Until when the certificate is valid."""
    return said("SYNC-B's certificate is valid until 15 Dec 2026", Source.CERTIFICATES)


_EXPORTS = (
    said("SYNC-A exported", Source.AUDITS, 4),
    said("SYNC-B exported", HEALTH, 12),
)


def pair_evidence() -> dict[Verdict, Evidence]:
    """What a tick at `NOW` found about the pair, one for each verdict about it."""
    fresh = Evidence(
        Why.FRESH,
        NOW,
        NOW - 20 * MINUTE,
        NOW - 4 * MINUTE,
        PasswordSync.USED,
        measured_at=NOW,
        pair=calm(),
    )
    return {
        Verdict.DUAL_ACTIVE: replace(
            fresh, why=Why.BOTH_EXPORT, statements=_EXPORTS, pair=two_active("SYNC-B")
        ),
        Verdict.NO_ACTIVE: replace(
            fresh,
            why=Why.ALL_STAGING,
            statements=(said("SYNC-A is in staging mode"), said("SYNC-B is in staging mode")),
            pair=replace(
                unsure(AdviceReason.NO_ACTIVE, LOOK_AT_A),
                active=replace(A, role=Role.STAGING, basis=HEALTH),
            ),
        ),
        Verdict.EXPORT_BLOCKED: replace(
            fresh,
            why=Why.DELETE_THRESHOLD,
            statements=(REFUSALS[AdviceReason.EXPORT_BLOCKED],),
            pair=refused(AdviceReason.EXPORT_BLOCKED),
        ),
        Verdict.STANDBY_UNFIT: replace(
            fresh,
            why=Why.CHECKS_FAILED,
            statements=tuple(each.statement for each in BROKEN),
            pair=calm(UNFIT),
        ),
        Verdict.STANDBY_MISSING: replace(
            fresh,
            why=Why.NOT_REGISTERED,
            statements=(said("Connect Health lists no server but SYNC-A"),),
            pair=replace(calm(), standbys=()),
        ),
        Verdict.HEALTH_ALERT: replace(fresh, why=Why.ALERT_ACTIVE, alert=ALERT),
        Verdict.DEADLINE_NEAR: replace(
            fresh,
            why=Why.CERTIFICATE_ENDS,
            deadline=NOW + timedelta(days=24, hours=3),
            statements=(known_end(),),
        ),
    }


SUBJECTS = {
    Verdict.STANDBY_UNFIT: "sync-b",
    Verdict.STANDBY_MISSING: "sync-b",
    Verdict.HEALTH_ALERT: "a1",
    Verdict.DEADLINE_NEAR: "sync-b:certificate",
}
OLD_FACTS = date(2026, 5, 2)
