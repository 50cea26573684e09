"""Examples of the decision table: each differs from a right failover by one thing.

So a row that does not apply lets its example end in *fail over*, or in a later row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.pair_readings import Source
from shared.domain.pair_report import Advice, AdviceReason, CheckName, Role
from shared.domain.pair_view import Claim, ServerRole
from shared.domain.verdicts import Kind, Verdict, Why
from tests.support.advising import (
    AD_IMPORT,
    ALIVE,
    DELETES,
    SERVICE,
    A,
    B,
    C,
    advising,
    alert,
    at,
    found,
    standby,
)

if TYPE_CHECKING:
    from shared.domain.advice_case import AdviceCase

R = AdviceReason
DO_NOT = Advice.DO_NOT_FAIL_OVER
CHECK = Advice.CHECK_FIRST

STALLED = found(Verdict.SYNC_STALLED, Why.OBJECTS_STALLED, objects="200m", passwords="5m")
PASSWORDS = found(Verdict.PASSWORD_SYNC_STALLED, Why.PASSWORDS_STALLED, objects="5m")
ALERT = found(Verdict.HEALTH_ALERT, Why.ALERT_ACTIVE, subject="alert-1")
UNFIT = found(Verdict.STANDBY_UNFIT, Why.CHECKS_FAILED, subject="sync-b")
DEADLINE = found(Verdict.DEADLINE_NEAR, Why.CERTIFICATE_ENDS, subject="sync-b")
LATE = standby(seen="70m", unknown=[CheckName.SEEN])
BELOW = standby(fails=[CheckName.VERSION], reason="below_floor")

SEEN_EXPORTING = ServerRole(
    A,
    Role.ACTIVE,
    Source.SYNC_CONFIGURATION,
    (Claim(Role.ACTIVE, Source.SYNC_CONFIGURATION, at("66m"), measured=True),),
)


def _ad_errors(*servers: str) -> AdviceCase:
    return advising(alerts=tuple(alert(AD_IMPORT, name) for name in servers))


ROWS: list[tuple[str, AdviceReason, Advice, AdviceCase]] = [
    ("nothing found", R.NOTHING_WRONG, Advice.NONE, advising(sync=None)),
    (
        "sync is switched off in the tenant",
        R.SWITCHED_OFF,
        DO_NOT,
        advising(found(Verdict.SYNC_DISABLED, Why.SWITCHED_OFF)),
    ),
    ("two servers export", R.TWO_ACTIVE, DO_NOT, advising(two_active=True)),
    (
        "two servers export, by a finding",
        R.TWO_ACTIVE,
        DO_NOT,
        advising(found(Verdict.DUAL_ACTIVE, Why.BOTH_EXPORT)),
    ),
    (
        "deletes wait, by a finding",
        R.EXPORT_BLOCKED,
        DO_NOT,
        advising(found(Verdict.EXPORT_BLOCKED, Why.DELETE_THRESHOLD)),
    ),
    ("deletes wait, by an alert", R.EXPORT_BLOCKED, DO_NOT, advising(alerts=(alert(DELETES, A),))),
    ("deletes wait, by numbers", R.EXPORT_BLOCKED, DO_NOT, advising(deletes=(501, 500))),
    (
        "a clock is wrong",
        R.CLOCK,
        CHECK,
        advising(found(Verdict.CLOCK_SUSPECT, Why.CLOCKS_DIFFER, detail="9 min behind.")),
    ),
    ("the watchdog is blind", R.BLIND, CHECK, advising(found(Verdict.BLIND, Why.UNREADABLE))),
    (
        "the tenant cannot be read",
        R.BLIND,
        CHECK,
        advising(found(Verdict.BLIND, Why.UNREADABLE), sync=None, readable=False),
    ),
    (
        "there never was a sync",
        R.NEVER_SYNCED,
        CHECK,
        advising(found(Verdict.NEVER_SYNCED, Why.NO_SYNC_YET)),
    ),
    ("all are in staging mode", R.NO_ACTIVE, CHECK, advising(none_active=True)),
    (
        "all are in staging mode, by a finding",
        R.NO_ACTIVE,
        CHECK,
        advising(found(Verdict.NO_ACTIVE, Why.ALL_STAGING)),
    ),
    ("an alert while sync works", R.ACTIVE_WORKS, DO_NOT, advising(ALERT, sync=None)),
    ("an unfit standby while sync works", R.ACTIVE_WORKS, DO_NOT, advising(UNFIT, sync=None)),
    ("a deadline while sync works", R.ACTIVE_WORKS, DO_NOT, advising(DEADLINE, sync=None)),
    (
        "an alert while Cloud Sync runs and the server was seen",
        R.ACTIVE_WORKS,
        DO_NOT,
        advising(ALERT, sync=None, cloud_sync=True, active_seen="60m"),
    ),
    ("Microsoft has an outage", R.ENTRA_OUTAGE, DO_NOT, advising(issues=("MO1",))),
    (
        "the standby is silent, too",
        R.BOTH_SILENT,
        DO_NOT,
        advising(standbys=(standby(seen="3h", fails=[CheckName.SEEN]),)),
    ),
    (
        "the standby's newest upload is as old as the active server's",
        R.BOTH_SILENT,
        DO_NOT,
        advising(standbys=(LATE,)),
    ),
    (
        "nobody knows which is active, and both are silent",
        R.BOTH_SILENT,
        DO_NOT,
        advising(active=None, standbys=(LATE, replace(LATE, name=A))),
    ),
    ("imports from AD fail on both", R.AD_IMPORT_ERRORS, DO_NOT, _ad_errors(A, B)),
    ("only object sync stands still", R.LONG_CYCLE, DO_NOT, advising(sync=STALLED)),
    (
        "only object sync stands still, whatever an alert says of the service",
        R.LONG_CYCLE,
        DO_NOT,
        advising(sync=STALLED, alerts=(alert(SERVICE, A),)),
    ),
    ("only password sync stands still", R.PASSWORDS_ONLY, DO_NOT, advising(PASSWORDS, sync=None)),
    (
        "the standby's build cannot sync",
        R.STANDBY_BELOW_FLOOR,
        DO_NOT,
        advising(standbys=(BELOW,)),
    ),
    (
        "the standby fails another check",
        R.STANDBY_UNFIT,
        DO_NOT,
        advising(standbys=(standby(fails=[CheckName.CERTIFICATE]),)),
    ),
    (
        "the standby's build was recalled",
        R.STANDBY_UNFIT,
        DO_NOT,
        advising(standbys=(standby(fails=[CheckName.VERSION], reason="recalled"),)),
    ),
    ("there is no standby", R.NO_STANDBY, DO_NOT, advising(standbys=())),
    ("nothing names an active server", R.ACTIVE_UNKNOWN, CHECK, advising(active=None)),
    (
        "an export was seen, and the role is unknown all the same",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(active=replace(SEEN_EXPORTING, role=Role.UNKNOWN)),
    ),
    ("nobody saw the active server export", R.ACTIVE_UNKNOWN, CHECK, advising(measured=False)),
    ("evidence disagrees", R.EVIDENCE_DISAGREES, CHECK, advising(disagrees=True)),
    ("both syncs stopped, server alive", R.ACTIVE_ALIVE, CHECK, advising(sync=ALIVE)),
    (
        "an alert of long ago does not show that the service is stopped",
        R.ACTIVE_ALIVE,
        CHECK,
        advising(sync=ALIVE, active_seen="5m", alerts=(alert(SERVICE, A),), health="3h"),
    ),
    ("the silent server was seen", R.ACTIVE_ALIVE, CHECK, advising(active_seen="60m")),
    (
        "a required check of the standby is unknown",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(standby(unknown=[CheckName.CERTIFICATE]),)),
    ),
    (
        "the standby is not shown to be in staging mode",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(standby(role=Role.UNKNOWN),)),
    ),
    (
        "a standby called fit without any check",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(replace(standby(), checks=()),)),
    ),
    (
        "the intended standby is not registered",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(), intended=(B,)),
    ),
    (
        "no standby is known, and Connect Health was not read",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(), health="failed 10m"),
    ),
    (
        "no standby is known, and the active server is not registered either",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(), members=()),
    ),
    ("the active is silent, the standby fit", R.STANDBY_FIT, Advice.FAIL_OVER, advising()),
    (
        "everything is exactly 45 minutes old",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(
            health="45m",
            details="45m",
            certificates="45m",
            service="45m",
            standbys=(standby(seen="45m"),),
        ),
    ),
    (
        "the service is shown to be stopped on a server that lives",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(sync=ALIVE, active_seen="5m", alerts=(alert(SERVICE, A),)),
    ),
    (
        "Cloud Sync hides a silent server",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(sync=found(Verdict.SERVER_SILENT, Why.CLOUD_SYNC_HIDES), cloud_sync=True),
    ),
    (
        "passwords are not used, and the server is silent",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(sync=found(Verdict.SERVER_SILENT, Why.OBJECTS_SILENT, passwords=None)),
    ),
    ("Connect Health is too old", R.EVIDENCE_OLD, CHECK, advising(health="45m1s")),
    ("details are too old", R.EVIDENCE_OLD, CHECK, advising(details="45m1s")),
    ("certificates are too old", R.EVIDENCE_OLD, CHECK, advising(certificates="45m1s")),
    ("service health is too old", R.EVIDENCE_OLD, CHECK, advising(service="45m1s")),
    ("service health was refused", R.EVIDENCE_OLD, CHECK, advising(service=None)),
    (
        "an outage of long ago is no outage",
        R.EVIDENCE_OLD,
        CHECK,
        advising(service="3h", issues=("MO1",)),
    ),
    ("certificates lie in the future", R.EVIDENCE_OLD, CHECK, advising(certificates="-10m")),
    ("alerts could not be read", R.EVIDENCE_OLD, CHECK, advising(alerts=None)),
    ("alerts were left out", R.EVIDENCE_OLD, CHECK, advising(alerts_left_out=1)),
    ("servers were left out", R.EVIDENCE_OLD, CHECK, advising(members_left_out=1)),
    (
        "the standby was seen too long ago",
        R.EVIDENCE_OLD,
        CHECK,
        advising(standbys=(standby(seen="45m1s"),)),
    ),
    ("Graph was not read now", R.EVIDENCE_OLD, CHECK, advising(readable=False)),
    (
        "an alert while Graph was not read",
        R.EVIDENCE_OLD,
        CHECK,
        advising(ALERT, sync=None, readable=False),
    ),
    (
        "an alert while sync could not be judged",
        R.EVIDENCE_OLD,
        CHECK,
        advising(ALERT, sync=None, unjudged=frozenset({Kind.SYNC})),
    ),
    (
        "an alert while Cloud Sync keeps the tenant fresh",
        R.EVIDENCE_OLD,
        CHECK,
        advising(ALERT, sync=None, cloud_sync=True),
    ),
    (
        "password sync could not be read",
        R.EVIDENCE_OLD,
        CHECK,
        advising(sync=found(Verdict.SYNC_STALLED, Why.OBJECTS_STALLED_PASSWORD_UNREAD)),
    ),
    (
        "a silence by a rule that this table does not know",
        R.EVIDENCE_OLD,
        CHECK,
        advising(sync=found(Verdict.SERVER_SILENT, Why.FRESH)),
    ),
]
NEAR_MISSES: list[tuple[str, AdviceCase]] = [
    ("an export by the role's own source", advising(active=SEEN_EXPORTING)),
    ("imports from AD fail on the active server only", _ad_errors(A)),
    ("imports from AD fail somewhere", advising(alerts=(alert(AD_IMPORT),))),
    ("deletes wait up to the threshold", advising(deletes=(500, 500))),
    ("a second standby is silent", advising(standbys=(standby(), replace(LATE, name=C)))),
    ("an alert beside the silence", advising(ALERT)),
    ("late passwords beside the silence", advising(PASSWORDS)),
]

BOTH = (alert(AD_IMPORT, A), alert(AD_IMPORT, B))
BROKEN = (standby(fails=[CheckName.ALERTS]),)
ORDER: list[tuple[AdviceReason, AdviceCase]] = [
    (R.ACTIVE_WORKS, advising(ALERT, sync=None, issues=("MO1",))),
    (R.ENTRA_OUTAGE, advising(issues=("MO1",), standbys=(LATE,))),
    (R.BOTH_SILENT, advising(standbys=(LATE,), alerts=BOTH)),
    (R.AD_IMPORT_ERRORS, advising(sync=STALLED, alerts=BOTH)),
    (R.LONG_CYCLE, advising(sync=STALLED, standbys=BROKEN)),
    (R.PASSWORDS_ONLY, advising(PASSWORDS, sync=None, standbys=BROKEN)),
    (R.STANDBY_UNFIT, advising(standbys=BROKEN, measured=False)),
    (R.NO_STANDBY, advising(standbys=(), measured=False)),
    (R.ACTIVE_UNKNOWN, advising(measured=False, disagrees=True)),
    (R.EVIDENCE_DISAGREES, advising(disagrees=True, sync=ALIVE)),
    (R.ACTIVE_ALIVE, advising(sync=ALIVE, standbys=(LATE,))),
    (R.ACTIVE_ALIVE, advising(active_seen="5m", standbys=(LATE,))),
    (R.STANDBY_UNKNOWN, advising(standbys=(replace(LATE, seen_at=None),), service=None)),
]
