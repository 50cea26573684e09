"""Examples of the decision table: each differs from a right failover by one thing.

So a row that does not apply lets its example end in *fail over*, or in a later row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.pair.readings import AlertLevel
from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    CheckName,
    Role,
)
from shared.domain.verdicts import Kind, Verdict, Why
from tests.support.advice_rows_do_not import DO_NOT_ROWS
from tests.support.advice_scenes import (
    ALERT,
    BOTH,
    BROKEN,
    CHECK,
    HIDDEN,
    LATE,
    NOTED,
    PASSWORDS,
    SEEN_EXPORTING,
    STALLED,
    R,
    ad_errors,
    uploading,
)
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
    found,
    standby,
)

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase

ROWS: list[tuple[str, AdviceReason, Advice, AdviceCase]] = [
    *DO_NOT_ROWS,
    ("nothing names an active server", R.ACTIVE_UNKNOWN, CHECK, advising(active=None)),
    (
        "an export was seen, and the role is unknown all the same",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(active=replace(SEEN_EXPORTING, role=Role.UNKNOWN)),
    ),
    ("nobody saw the active server export", R.ACTIVE_UNKNOWN, CHECK, advising(measured=False)),
    (
        "the tenant synced long after the active server was seen exporting",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(exported="6d"),
    ),
    (
        "a second more than a cycle and a quarter of an hour before the last sync",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(exported="111m1s"),
    ),
    (
        "with Cloud Sync, only a flag says that it is active",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(sync=HIDDEN, cloud_sync=True, measured=False),
    ),
    (
        "with Cloud Sync, another server is named as the last exporter",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(sync=HIDDEN, cloud_sync=True, exporter=B),
    ),
    (
        "with Cloud Sync, the last exporter was read too long ago",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(sync=HIDDEN, cloud_sync=True, deletes_read="45m1s"),
    ),
    (
        "with Cloud Sync, the newest export is much older than the newest upload",
        R.ACTIVE_UNKNOWN,
        CHECK,
        advising(
            sync=HIDDEN, cloud_sync=True, exporter=B, active=uploading("66m", exported="141m1s")
        ),
    ),
    ("evidence disagrees", R.EVIDENCE_DISAGREES, CHECK, advising(disagrees=True)),
    ("both syncs stopped, server alive", R.ACTIVE_ALIVE, CHECK, advising(sync=ALIVE)),
    *(
        (
            f"an alert on a stopped service that does not hold: {rule}",
            R.ACTIVE_ALIVE,
            CHECK,
            advising(sync=ALIVE, active_seen="5m", active_ran=ran, alerts=(one,)),
        )
        for rule, ran, one in (
            ("a run came after it", "19m", alert(SERVICE, A)),
            ("a sync came after it", None, alert(SERVICE, A, created="20h")),
            ("only a warning", "66m", alert(SERVICE, A, level=AlertLevel.WARNING)),
            ("without a date", "66m", alert(SERVICE, A, created=None)),
        )
    ),
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
        "an export by a cycle and a quarter of an hour before the last sync",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(exported="111m"),
    ),
    (
        "with Cloud Sync, it exported until its newest upload",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(
            sync=HIDDEN, cloud_sync=True, exporter=B, active=uploading("66m", exported="141m")
        ),
    ),
    (
        "an export by Connect Health, which learns of it with the next upload",
        R.STANDBY_FIT,
        Advice.FAIL_OVER,
        advising(active=uploading("66m", exported="141m")),
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
    (
        "deletes waited by an alert, as last read an hour ago",
        R.EVIDENCE_OLD,
        CHECK,
        advising(alerts=(alert(DELETES, A),), health="1h"),
    ),
    (
        "deletes waited by numbers, as last read 46 minutes ago",
        R.EVIDENCE_OLD,
        CHECK,
        advising(deletes=(501, 500), deletes_read="46m"),
    ),
    (
        "deletes waited while sync works, as last read a day ago",
        R.EVIDENCE_OLD,
        CHECK,
        advising(ALERT, sync=None, deletes=(501, 500), deletes_read="1d"),
    ),
    *(
        (
            f"an alert while the tenant is {verdict}",
            R.EVIDENCE_OLD,
            CHECK,
            advising(ALERT, sync=None, tenant=verdict),
        )
        for verdict in (Verdict.LATE, None)
    ),
    (
        "the standby's build is only noted, not compared",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(NOTED,)),
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
    ("imports from AD fail on the active server only", ad_errors(A)),
    ("imports from AD fail somewhere", advising(alerts=(alert(AD_IMPORT),))),
    (
        "deletes waited more than a day ago",
        advising(deletes=(501, 500), deletes_read="1d1s"),
    ),
    ("deletes wait up to the threshold", advising(deletes=(500, 500))),
    ("a second standby is silent", advising(standbys=(standby(), replace(LATE, name=C)))),
    ("an alert beside the silence", advising(ALERT)),
    ("late passwords beside the silence", advising(PASSWORDS)),
]

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
