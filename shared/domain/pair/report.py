"""The words of a conclusion about the pair: roles, checks, advice, each with its evidence.

Nothing here decides. A report is stored with the incident it explains, so that a card or page says
what was known then, with the source and age of each statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.domain.pair.readings import Source


class Role(StrEnum):
    """What a server does, as far as the evidence goes."""

    ACTIVE = "active"
    STAGING = "staging"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Statement:
    """One measured fact or one contradiction, as a plain sentence, with its source and age.

    Attributes:
        text: A sentence without full stop. It holds foreign names: escape it as a whole.
        source: Who said so.
        at: As of when: the source's own time where it has one, else when it was read; None for
            settings, which have no age.
    """

    text: str
    source: Source
    at: datetime | None = None


class CheckName(StrEnum):
    """What is asked about a server before it may take over, in the order of asking."""

    STAGING = "staging"
    SEEN = "seen"
    SYNCED = "synced"
    VERSION = "version"
    NOT_OLDER = "not_older"
    SUPPORTED = "supported"
    CERTIFICATE = "certificate"
    ALERTS = "alerts"
    AGENT = "agent"
    PASSWORDS = "passwords"
    DRILL = "drill"


class Outcome(StrEnum):
    """What a check gave. `UNKNOWN` is never a pass; `NOTE` informs and decides nothing."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one server.

    Attributes:
        name: What was asked.
        outcome: What came of it.
        reason: The named reason, such as `below_floor`.
        statement: The evidence in a sentence, with its source and age.
        how: How to check by hand, one sentence; "" where nothing needs checking.
    """

    name: CheckName
    outcome: Outcome
    reason: str
    statement: Statement
    how: str = ""


class Fitness(StrEnum):
    """Whether a server may take over."""

    FIT = "fit"
    UNFIT = "unfit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServerReport:
    """One server as the report shows it.

    Attributes:
        name: As the source spells it.
        role: The fused role.
        basis: The source that the role rests on; None when it is unknown.
        seen_at: The newest proof of life; None when there is none.
        seen_source: Who gave it.
        fitness: Whether it may take over; None for the active server.
        checks: In the order of `CheckName`; none for a server that is not a standby.
        version: Its Entra Connect build, such as "2.6.92.0"; "" when it is not known.
    """

    name: str
    role: Role
    basis: Source | None = None
    seen_at: datetime | None = None
    seen_source: Source | None = None
    fitness: Fitness | None = None
    checks: tuple[Check, ...] = ()
    version: str = ""

    def failed(self) -> tuple[Check, ...]:
        """The checks that speak against it."""
        return tuple(check for check in self.checks if check.outcome is Outcome.FAIL)

    def unknown(self) -> tuple[Check, ...]:
        """The checks that lack evidence."""
        return tuple(check for check in self.checks if check.outcome is Outcome.UNKNOWN)


class Advice(StrEnum):
    """What to do, as one word. The word is the same in the log."""

    NONE = "none"
    FAIL_OVER = "fail_over"
    DO_NOT_FAIL_OVER = "do_not_fail_over"
    CHECK_FIRST = "check_first"


class AdviceReason(StrEnum):
    """The named reason of an advice: the row of the decision table that gave it."""

    NOTHING_WRONG = "nothing_wrong"
    # do not fail over
    SWITCHED_OFF = "switched_off"
    TWO_ACTIVE = "two_active"
    EXPORT_BLOCKED = "export_blocked"
    ENTRA_OUTAGE = "entra_outage"
    BOTH_SILENT = "both_silent"
    AD_IMPORT_ERRORS = "ad_import_errors"
    LONG_CYCLE = "long_cycle"
    PASSWORDS_ONLY = "passwords_only"
    ACTIVE_WORKS = "active_works"
    STANDBY_BELOW_FLOOR = "standby_below_floor"
    STANDBY_UNFIT = "standby_unfit"
    NO_STANDBY = "no_standby"
    # check first
    BLIND = "blind"
    CLOCK = "clock"
    NEVER_SYNCED = "never_synced"
    NO_ACTIVE = "no_active"
    ACTIVE_UNKNOWN = "active_unknown"
    ACTIVE_ALIVE = "active_alive"
    STANDBY_UNKNOWN = "standby_unknown"
    EVIDENCE_OLD = "evidence_old"
    EVIDENCE_DISAGREES = "evidence_disagrees"
    SYNC_DECIDES = "sync_decides"
    """On the card of another matter while a sync incident is open: the advice is on that one's."""
    # fail over
    STANDBY_FIT = "standby_fit"


@dataclass(frozen=True, slots=True)
class ToCheck:
    """Something to find out before deciding.

    Attributes:
        what: What to find out, as a sentence; holds foreign names: escape it.
        how: Where to look or what to run, as a sentence.
    """

    what: str
    how: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do, why, and what that rests on.

    Attributes:
        advice: The word.
        reason: The row of the decision table.
        server: Whom to fail over to; for `TWO_ACTIVE` whom to put into staging mode, "" when that
            cannot be told; else the server it is about.
        because: What it rests on, or what speaks against a failover; at most 5.
        checks: What to check first, and how; at most 5, most important first.
    """

    advice: Advice
    reason: AdviceReason
    server: str = ""
    because: tuple[Statement, ...] = ()
    checks: tuple[ToCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class PairReport:
    """The pair as it was judged in one tick.

    Attributes:
        active: The server that is taken as the active one; None when nothing names one.
        standbys: The others, the fittest first, at most three.
        more: Further servers that are not shown.
        recommendation: What to do.
        disagreements: Evidence that contradicts the roles above, at most four.
        facts_from: The date of the version facts, when they are old; else None.
        cloud_sync: Whether Cloud Sync runs in this tenant, so that tenant times prove nothing.
        export_errors: Objects that could not be exported, as last read from Connect Health; None
            when that was never read.
    """

    active: ServerReport | None = None
    standbys: tuple[ServerReport, ...] = ()
    more: int = 0
    recommendation: Recommendation = Recommendation(Advice.NONE, AdviceReason.NOTHING_WRONG)
    disagreements: tuple[Statement, ...] = ()
    facts_from: date | None = None
    cloud_sync: bool = False
    export_errors: int | None = None
