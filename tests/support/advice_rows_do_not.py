"""Examples of the decision table: nothing to do, harm, unsure ground, and why not to switch.

Each differs from a right failover by one thing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    CheckName,
)
from shared.domain.verdicts import Verdict, Why
from tests.support.advice_scenes import (
    ALERT,
    BELOW,
    CHECK,
    DEADLINE,
    DO_NOT,
    LATE,
    PASSWORDS,
    STALLED,
    UNFIT,
    R,
    ad_errors,
)
from tests.support.advising import (
    DELETES,
    SERVICE,
    SILENT,
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
    from shared.domain.advice.case import AdviceCase

DO_NOT_ROWS: list[tuple[str, AdviceReason, Advice, AdviceCase]] = [
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
        advising(
            sync=replace(SILENT, since=at("3h")),
            active_seen="3h",
            standbys=(standby(seen="3h", fails=[CheckName.SEEN]),),
        ),
    ),
    (
        "the standby was seen last 45 minutes before the active server",
        R.BOTH_SILENT,
        DO_NOT,
        advising(standbys=(standby(seen="111m", unknown=[CheckName.SEEN]),)),
    ),
    (
        "the standby was gone a second longer than that before the active server",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(standby(seen="111m1s", unknown=[CheckName.SEEN]),)),
    ),
    (
        "the standby has been away for 30 hours",
        R.STANDBY_UNFIT,
        DO_NOT,
        advising(standbys=(standby(seen="30h", fails=[CheckName.SEEN]),)),
    ),
    (
        "one of two standbys has been away for 30 hours",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(LATE, standby(C, seen="30h", fails=[CheckName.SEEN]))),
    ),
    (
        "an upload of less than an hour before an old read is no silence",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(
            active_seen="75m",
            standbys=(standby(seen="68m", unknown=[CheckName.SEEN]),),
            health="10m",
        ),
    ),
    (
        "nor is one of the active server",
        R.STANDBY_UNKNOWN,
        CHECK,
        advising(standbys=(standby(seen="80m", unknown=[CheckName.SEEN]),), health="6m1s"),
    ),
    (
        "the standby was never seen",
        R.STANDBY_UNFIT,
        DO_NOT,
        advising(standbys=(standby(seen=None, fails=[CheckName.SEEN]),)),
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
    ("imports from AD fail on both", R.AD_IMPORT_ERRORS, DO_NOT, ad_errors(A, B)),
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
]
