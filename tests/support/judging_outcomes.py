"""The words of the judging table: what is expected, and one row of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.domain.tenant.detector import Policy
from shared.domain.verdicts import Kind, Verdict, Why
from tests.support.judging import Case, Seen, graph, span, watching

if TYPE_CHECKING:
    from shared.domain.readings import TenantReading, Unavailable

HEALTHY, LATE, BLIND = Verdict.HEALTHY, Verdict.LATE, Verdict.BLIND
SILENT, STALLED = Verdict.SERVER_SILENT, Verdict.SYNC_STALLED
PASSWORD, SUSPECT = Verdict.PASSWORD_SYNC_STALLED, Verdict.CLOCK_SUSPECT
NEVER, OFF = Verdict.NEVER_SYNCED, Verdict.SYNC_DISABLED

LEARNED = watching("100d", rhythm="30m")
DAILY = watching("100d", rhythm="24h")
THREE_HOURLY = Policy(sync_interval=span("3h"))
SLOW = watching("100d", rhythm="30m", widest="4h")
BULK = watching("100d", rhythm="30m", widest="30h")
READ_BEFORE = (Seen("5m", graph("35m", "35m")),)

Outcome = tuple[Verdict, Why, Kind | None]

FRESH = (HEALTHY, Why.FRESH, None)
READ_FAILED = (LATE, Why.READ_FAILED, None)
PASSWORD_UNREAD = (LATE, Why.PASSWORD_UNREAD, None)
OBJECTS_LATE = (LATE, Why.OBJECTS_LATE, None)
PASSWORDS_LATE = (LATE, Why.PASSWORDS_LATE, None)
BOTH_LATE = (LATE, Why.BOTH_LATE, None)
STEPPED_BACK = (LATE, Why.WENT_BACKWARD, None)
MAYBE_ALIVE = (LATE, Why.MAYBE_ALIVE, None)
CLOUD_SYNC_UNPROVEN = (LATE, Why.CLOUD_SYNC_UNPROVEN, None)
CLOUD_SYNC_HIDES = (SILENT, Why.CLOUD_SYNC_HIDES, Kind.SYNC)
UNREADABLE = (BLIND, Why.UNREADABLE, Kind.BLIND)
STAYED_BACK = (SUSPECT, Why.WENT_BACKWARD, Kind.CLOCK)
IN_THE_FUTURE = (SUSPECT, Why.IN_THE_FUTURE, Kind.CLOCK)
CLOCKS_DIFFER = (SUSPECT, Why.CLOCKS_DIFFER, Kind.CLOCK)
NO_SYNC_YET = (NEVER, Why.NO_SYNC_YET, Kind.NEVER)
SWITCHED_OFF = (OFF, Why.SWITCHED_OFF, Kind.DISABLED)
PASSWORDS_STALLED = (PASSWORD, Why.PASSWORDS_STALLED, Kind.PASSWORD_SYNC)
OBJECTS_STALLED = (STALLED, Why.OBJECTS_STALLED, Kind.SYNC)
OBJECTS_STALLED_PASSWORD_UNREAD = (STALLED, Why.OBJECTS_STALLED_PASSWORD_UNREAD, Kind.SYNC)
STOPPED_SERVER_ALIVE = (STALLED, Why.STOPPED_SERVER_ALIVE, Kind.SYNC)
BOTH_SILENT = (SILENT, Why.BOTH_SILENT, Kind.SYNC)
OBJECTS_SILENT = (SILENT, Why.OBJECTS_SILENT, Kind.SYNC)


def row(
    rule: str, sees: TenantReading | Unavailable, expected: Outcome, **rest: Any
) -> tuple[Case, Outcome]:
    """One rule: what is seen, and what it means; the rest is memory and policy."""
    return Case(rule, sees, **rest), expected
