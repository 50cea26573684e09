"""How a tenant stands: what the status page, its JSON twin and the badge are made of.

It is what the newest tick stored, never a measurement of now: `as_of` is its time. Whoever shows
it says how old it is, and says nothing of the present when it is `stale`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.drills.drill import Drill
from shared.domain.history.fortnight import Fortnight
from shared.domain.history.past import Past
from shared.domain.history.rto import Trend
from shared.domain.incidents.incident import Incident
from shared.domain.maintenance.window import Maintenance, Occurrence, Window
from shared.domain.pair.report import ServerReport, Statement
from shared.domain.verdicts import Evidence, Verdict, severity

if TYPE_CHECKING:
    from collections.abc import Mapping

STALE_SCHEDULES: Final = 3
"""After so many schedules without a tick, what is stored says nothing about now."""


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers, as the newest tick judged them.

    Attributes:
        all: The active one first; standbys the fittest first, each with its checks.
        left_out: Further servers that were only counted.
        disagreements: Evidence that contradicts the roles.
        facts_from: The date of the version facts, when they are old.
        cloud_sync: Whether Cloud Sync moves the tenant's times.
        export_errors: Objects that could not be exported; None when that was never read.
    """

    all: tuple[ServerReport, ...] = ()
    left_out: int = 0
    disagreements: tuple[Statement, ...] = ()
    facts_from: date | None = None
    cloud_sync: bool = False
    export_errors: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One tenant, as the newest tick left it, with its past.

    Attributes:
        at: When this is shown.
        period: The longest time between two ticks.
        as_of: When the newest tick ran; None before the first.
        verdict: Its headline.
        evidence: What the headline rested on, without the pair.
        problem: Why the tenant could not be read in it; "" when it was.
        servers: The servers as judged then.
        incidents: Those that are not over, most severe first.
        closed: Closed incidents in brief, newest first.
        drill: The drill that runs.
        drills: Those that ended, newest first.
        drill_at: When the newest drill that ended by recovery was started.
        maintenance: What is on.
        upcoming: The next windows, what is on included.
        windows: The announced windows that stand, by the store's own order; those of the setting
            are not among them.
        chart: The last 14 days.
        trend: How fast outages and drills were.
        unreadable: Stored rows that could not be read.
    """

    at: datetime
    period: timedelta
    chart: Fortnight
    as_of: datetime | None = None
    verdict: Verdict | None = None
    evidence: Evidence | None = None
    problem: str = ""
    servers: Servers = field(default_factory=Servers)
    incidents: tuple[Incident, ...] = ()
    closed: tuple[Past, ...] = ()
    drill: Drill | None = None
    drills: tuple[Drill, ...] = ()
    drill_at: datetime | None = None
    maintenance: Maintenance | None = None
    upcoming: tuple[Occurrence, ...] = ()
    windows: tuple[Window, ...] = ()
    trend: Trend = field(default_factory=Trend)
    unreadable: int = 0

    @property
    def age(self) -> timedelta | None:
        """How long ago the newest tick ran; None before the first."""
        return None if self.as_of is None else max(timedelta(0), self.at - self.as_of)

    @property
    def stale(self) -> bool:
        """Whether what is stored says nothing about now: too old, or written by a wrong clock."""
        if self.as_of is None:
            return False
        old = self.at - self.as_of
        return abs(old) > STALE_SCHEDULES * self.period

    @property
    def worst(self) -> Verdict | None:
        """The most severe of the newest verdict and the incidents that are not recovering."""
        found = [each.verdict for each in self.incidents if not each.recovering]
        if self.verdict is not None:
            found.append(self.verdict)
        return max(found, key=severity, default=None)

    @property
    def word(self) -> str:
        """The state in one word, as on the badge.

        Trouble is never hidden behind maintenance or a drill: those are said when all is well.
        """
        if self.as_of is None:
            return "unknown"
        if self.stale:
            return "stale"
        assert self.worst is not None  # noqa: S101 - there was a tick, so there is a verdict
        if self.worst is not Verdict.HEALTHY:
            return WORDS[self.worst]
        if self.incidents:
            return "recovering"
        if self.drill is not None:
            return "drill"
        return "maintenance" if self.maintenance is not None else "healthy"


WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.HEALTHY: "healthy",
    Verdict.LATE: "late",
    Verdict.DEADLINE_NEAR: "deadline",
    Verdict.HEALTH_ALERT: "alert",
    Verdict.STANDBY_UNFIT: "standby-unfit",
    Verdict.STANDBY_MISSING: "standby-missing",
    Verdict.BLIND: "blind",
    Verdict.CLOCK_SUSPECT: "clock-suspect",
    Verdict.NEVER_SYNCED: "never-synced",
    Verdict.SYNC_DISABLED: "disabled",
    Verdict.PASSWORD_SYNC_STALLED: "passwords-stalled",
    Verdict.EXPORT_BLOCKED: "export-blocked",
    Verdict.SYNC_STALLED: "stalled",
    Verdict.NO_ACTIVE: "no-active",
    Verdict.SERVER_SILENT: "silent",
    Verdict.DUAL_ACTIVE: "dual-active",
}
"""Each verdict as one word."""
