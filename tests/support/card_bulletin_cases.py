"""One realistic card of each bulletin in each situation: for lint, golden and render tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shared.domain.bulletins.bulletin import Bulletin, Occasion, due
from shared.domain.bulletins.summary import BulletinFacts, TenantSummary
from shared.domain.bulletins.week import Week
from shared.domain.bulletins.weekly import WeeklyMoment
from shared.domain.cards.bulletins import bulletin_message
from shared.domain.cards.presentation import Presentation
from shared.domain.pair.readings import Source
from shared.domain.pair.report import (
    Check,
    CheckName,
    Fitness,
    Outcome,
    PairReport,
    Role,
    ServerReport,
    Statement,
)
from shared.domain.verdicts import Evidence, PasswordSync, Verdict, Why
from tests.support.card_cases import BARE, PRESENTATION, incident

if TYPE_CHECKING:
    from collections.abc import Iterator

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""Monday 08:00 in Zurich, in winter."""

ZURICH = WeeklyMoment(0, time(8), ZoneInfo("Europe/Zurich"))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STARTED = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class BulletinCase:
    """One card.

    Attributes:
        name: For the golden file and the picture.
        occasion: What it is for.
        facts: What it tells.
        presentation: What it shows and links to.
        at: When it is sent.
    """

    name: str
    occasion: Occasion
    facts: BulletinFacts
    presentation: Presentation = PRESENTATION
    at: datetime = MONDAY

    @property
    def bulletin(self) -> Bulletin:
        """What is sent."""
        return due(self.occasion, f"{self.occasion.replace('_', '-')}-20261123-0700", self.at)

    def envelope(self) -> dict[str, Any]:
        """The message that is posted."""
        return bulletin_message(self.bulletin, self.facts, self.at, self.presentation)


def standby(name: str = "SYNC-B", fitness: Fitness = Fitness.FIT) -> ServerReport:
    """A standby; an unfit one with two failed checks, an unknown one with one unknown."""
    outcome = {Fitness.FIT: Outcome.PASS, Fitness.UNFIT: Outcome.FAIL}
    said = Statement(
        "its last import is 6 h old, more than 3 h", Source.CONNECT_HEALTH, MONDAY - 9 * MINUTE
    )
    check = Check(CheckName.SYNCED, outcome.get(fitness, Outcome.UNKNOWN), "old", said)
    checks = (check, check) if fitness is Fitness.UNFIT else (check,)
    return ServerReport(
        name,
        Role.STAGING,
        Source.CONNECT_HEALTH,
        MONDAY - 9 * MINUTE,
        fitness=fitness,
        checks=checks,
    )


def pair(*standbys: ServerReport) -> PairReport:
    """SYNC-A is active."""
    active = ServerReport("SYNC-A", Role.ACTIVE, Source.AUDITS, MONDAY - 19 * MINUTE)
    return PairReport(active=active, standbys=standbys)


def a_week(**changes: Any) -> Week:
    """Seven healthy days."""
    quiet = Week(
        start=MONDAY - 7 * DAY,
        end=MONDAY,
        gap=31 * MINUTE,
        gap_from=MONDAY - 4 * DAY - 289 * MINUTE,
    )
    return replace(quiet, **changes)


def tenant(name: str = "contoso", **changes: Any) -> TenantSummary:
    """A tenant that is well, with a fit standby and a drill two months ago."""
    found = Evidence(
        Why.FRESH,
        MONDAY,
        MONDAY - 19 * MINUTE,
        MONDAY - 4 * MINUTE,
        PasswordSync.USED,
        pair=pair(standby()),
    )
    well = TenantSummary(
        name=name,
        verdict=Verdict.HEALTHY,
        evidence=found,
        week=a_week(),
        watched_since=STARTED,
        drill_at=MONDAY - 61 * DAY,
    )
    return replace(well, **changes)


def facts(*tenants: TenantSummary, **changes: Any) -> BulletinFacts:
    """What a card tells of these tenants."""
    return replace(BulletinFacts(tenants or (tenant(),), ZURICH), **changes)


def in_trouble() -> TenantSummary:
    """Two incidents are open, and the standby is not fit."""
    silent = incident(Verdict.SERVER_SILENT, since=MONDAY - 104 * MINUTE)
    unfit = incident(Verdict.STANDBY_UNFIT, since=MONDAY - 2 * DAY)
    well = tenant()
    return tenant(
        verdict=Verdict.SERVER_SILENT,
        evidence=replace(
            well.evidence,
            why=Why.BOTH_SILENT,
            object_sync_at=MONDAY - 104 * MINUTE,
            pair=pair(standby(fitness=Fitness.UNFIT), standby("SYNC-C", Fitness.UNKNOWN)),
        ),
        week=a_week(
            gap=104 * MINUTE,
            gap_from=MONDAY - 104 * MINUTE,
            gap_open=True,
            incidents=3,
            outage=129 * MINUTE,
            blind=50 * MINUTE,
            missing=1,
        ),
        standing=(silent, unfit),
        drill_at=MONDAY - 101 * DAY,
    )


def unread() -> TenantSummary:
    """Graph refuses, since three quarters of an hour."""
    well = tenant()
    return tenant(
        verdict=Verdict.BLIND,
        evidence=replace(
            well.evidence,
            why=Why.UNREADABLE,
            read_at=MONDAY - 45 * MINUTE,
            object_sync_at=MONDAY - 64 * MINUTE,
            pair=None,
        ),
        unreadable="forbidden: Graph denied access (403): grant Organization.Read.All "
        "(application permission, with admin consent) to the watchdog's identity.",
        week=a_week(blind=15 * MINUTE),
        standing=(incident(Verdict.BLIND, since=MONDAY - 45 * MINUTE),),
        drill_at=None,
    )


def just_begun() -> TenantSummary:
    """Watched since two days, nothing but Graph can be read."""
    return tenant(
        evidence=replace(tenant().evidence, pair=None),
        week=a_week(start=MONDAY - 2 * DAY, gap=None, gap_from=None),
        watched_since=MONDAY - 2 * DAY,
        drill_at=None,
    )


def bulletin_cases() -> list[BulletinCase]:
    """Every bulletin in every situation."""
    return [*_digests(), *_drills_due()]


def _digests() -> Iterator[BulletinCase]:
    digest = Occasion.DIGEST
    yield BulletinCase("digest-well", digest, facts())
    yield BulletinCase("digest-in-trouble", digest, facts(in_trouble()))
    yield BulletinCase("digest-unread", digest, facts(unread()))
    yield BulletinCase("digest-just-begun", digest, facts(just_begun()))
    drilling = tenant(drilling_since=MONDAY - 20 * MINUTE)
    yield BulletinCase("digest-while-drilling", digest, facts(drilling))
    bare = replace(just_begun(), name=BARE.tenant)
    in_utc = facts(bare, digest=WeeklyMoment())
    yield BulletinCase("digest-nothing-set", digest, in_utc, BARE)
    one_open = replace(in_trouble(), standing=in_trouble().standing[:1], name="fabrikam")
    late = replace(tenant("tailspin"), verdict=Verdict.LATE)
    many = [tenant("contoso"), one_open, replace(unread(), name="woodgrove"), late]
    yield BulletinCase("digest-many-tenants", digest, facts(*many, *map(tenant, "abc")))
    yield BulletinCase("digest-two-tenants", digest, facts(tenant(), tenant("fabrikam")))


def _drills_due() -> Iterator[BulletinCase]:
    drill_due = Occasion.DRILL_DUE
    old = tenant(drill_at=MONDAY - 101 * DAY)
    yield BulletinCase("drill-due", drill_due, facts(old, drill_is_due=True))
    never = replace(just_begun(), watched_since=MONDAY - 114 * DAY, name=BARE.tenant)
    yield BulletinCase("drill-due-never", drill_due, facts(never, drill_is_due=True), BARE)
