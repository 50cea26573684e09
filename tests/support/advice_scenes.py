"""Findings, standbys and servers that the examples of the decision table share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.pair.readings import Source
from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    CheckName,
    Fitness,
    Outcome,
    Role,
)
from shared.domain.pair.view import Claim, ServerRole
from shared.domain.verdicts import Verdict, Why
from tests.support.advising import (
    AD_IMPORT,
    A,
    B,
    advising,
    alert,
    at,
    found,
    standby,
)
from tests.support.pairs import member

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase

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

HIDDEN = found(Verdict.SERVER_SILENT, Why.CLOUD_SYNC_HIDES)
NOTED = standby(fitness=Fitness.FIT)
NOTED = replace(
    NOTED,
    checks=tuple(
        replace(each, outcome=Outcome.NOTE) if each.name is CheckName.NOT_OLDER else each
        for each in NOTED.checks
    ),
)


def uploading(uploaded: str, *, exported: str) -> ServerRole:
    """SYNC-A, whose exports only Connect Health shows."""
    source = Source.CONNECT_HEALTH
    claim = Claim(Role.ACTIVE, source, at(exported), measured=True)
    own = member(A, staging=False, seen=uploaded)
    return ServerRole(A, Role.ACTIVE, source, (claim,), own, at(uploaded), source)


SEEN_EXPORTING = ServerRole(
    A,
    Role.ACTIVE,
    Source.SYNC_CONFIGURATION,
    (Claim(Role.ACTIVE, Source.SYNC_CONFIGURATION, at("66m"), measured=True),),
)


def ad_errors(*servers: str) -> AdviceCase:
    """Imports from Active Directory fail on these servers."""
    return advising(alerts=tuple(alert(AD_IMPORT, name) for name in servers))


BOTH = (alert(AD_IMPORT, A), alert(AD_IMPORT, B))
BROKEN = (standby(fails=[CheckName.ALERTS]),)
