"""What a bulletin tells, before it is words: tenants in brief, and the drill it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.bulletins.week import Week
from shared.domain.bulletins.weekly import WeeklyMoment
from shared.domain.drills.drill import Drill
from shared.domain.incidents.incident import Incident
from shared.domain.verdicts import Evidence, Verdict, severity

if TYPE_CHECKING:
    from shared.domain.pair.report import PairReport


@dataclass(frozen=True, slots=True)
class TenantSummary:
    """One tenant, as the tick saw it that sends the card.

    Attributes:
        name: What it is called; foreign text.
        verdict: The headline.
        evidence: What the headline rests on, the pair as judged included.
        week: The last days in brief.
        watched_since: When watching began.
        unreadable: Why the tenant could not be read in this tick, one sentence; "" when it was.
        standing: Incidents that are not resolved, most severe first.
        drill_at: When the newest drill with a recovery was started; None when none is recorded.
        drilling_since: When the drill was started that runs; None when none does.
    """

    name: str
    verdict: Verdict
    evidence: Evidence
    week: Week
    watched_since: datetime
    unreadable: str = ""
    standing: tuple[Incident, ...] = ()
    drill_at: datetime | None = None
    drilling_since: datetime | None = None

    @property
    def pair(self) -> PairReport | None:
        """The pair as it was judged; None when nothing was known of it."""
        return self.evidence.pair

    @property
    def blind(self) -> bool:
        """Whether nothing is known of the tenant's sync as of now."""
        return self.verdict is Verdict.BLIND or bool(self.unreadable)

    @property
    def trouble(self) -> tuple[bool, bool, int]:
        """How much it needs somebody; the highest comes first."""
        return bool(self.standing), self.blind, severity(self.verdict)


@dataclass(frozen=True, slots=True)
class BulletinFacts:
    """What the cards of bulletins tell.

    Attributes:
        tenants: Every tenant that is watched from here; at least one.
        digest: When the digest is due each week; None for never.
        drill: The drill that a bulletin is about; None when it is about none, or that is gone.
        drill_is_due: Whether the last drill is too old.
    """

    tenants: tuple[TenantSummary, ...]
    digest: WeeklyMoment | None = None
    drill: Drill | None = None
    drill_is_due: bool = False
