"""A small language for readiness: SYNC-B is a fit standby of SYNC-A, but for what a test changes.

`Scene(b=member(B, seen="46m"))` is that pair with one thing changed; `scene.check(CheckName.SEEN)`
is what one check says of SYNC-B then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest

from shared.domain.pair.exports import Handover, PairMemory
from shared.domain.pair.readings import (
    AlertLevel,
    Certificate,
    Certificates,
    HealthAlert,
    HealthDetails,
    HealthMember,
    HealthReading,
    Known,
    PairReadings,
    ServerDetails,
    Source,
    SyncConfiguration,
)
from shared.domain.pair.report import CheckName, Outcome, Role
from shared.domain.pair.view import Claim, Intent, PairView, Roles, ServerRole, TwoActive
from shared.domain.readings import Unavailable
from shared.domain.standby.readiness import report
from shared.domain.standby.versions import VersionFacts
from tests.support.judging import NOW
from tests.support.pairs import A, B, acted, member
from tests.support.pairs import known as read

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.report import Check, ServerReport

FACTS: Final = VersionFacts(
    checked_on=date(2026, 3, 1),
    floor=(2, 5, 79, 0),
    agent_floor=(4, 5, 2466, 0),
    recalled=frozenset({(2, 6, 79, 0)}),
    support_ends={
        (2, 5, 79, 0): date(2026, 3, 14),  # NOW is noon of this day
        (2, 5, 190, 0): date(2026, 3, 15),
        (2, 6, 1, 0): date(2026, 4, 13),  # the last day within 30 days
        (2, 6, 3, 0): date(2026, 4, 14),
        (2, 6, 84, 0): date(2027, 3, 1),
    },
    latest=(2, 6, 92, 0),
    floor_since=date(2026, 1, 1),
    notes={(2, 6, 79, 0): "it was withdrawn", (2, 6, 84, 0): "a wizard page may fail"},
)
"""Facts around `NOW`, one build for each way in which support may end."""

FINE: Final = "2.6.92.0"


def alert(
    name: str = "Export to Active Directory failed",
    *,
    level: AlertLevel = AlertLevel.ERROR,
    on: str = f"id-{B}",
    server: str = "",
    active: bool = True,
) -> HealthAlert:
    """An alert on the member with the id `on`."""
    return HealthAlert(
        f"alert-{name}", name, level=level, member_id=on, server=server, active=active
    )


def details(
    versions: Mapping[str, str | None], agents: Mapping[str, str | None], read_ago: str = "0m"
) -> Known[HealthDetails]:
    """Connect Health's slow answers."""
    servers = tuple(
        ServerDetails(f"id-{name}", name, version, agents.get(name))
        for name, version in versions.items()
    )
    return read(HealthDetails(servers), read_ago)


def certificates(ends: Mapping[str, datetime], read_ago: str = "0m") -> Known[Certificates]:
    """The certificates of servers, by their ends."""
    return read(Certificates(tuple(Certificate(s, end) for s, end in ends.items())), read_ago)


def staging_claim(**changes: object) -> Claim:
    """Connect Health's word that a server is in staging mode, an hour old."""
    values: dict[str, object] = {
        "role": Role.STAGING,
        "source": Source.CONNECT_HEALTH,
        "at": acted(B, "1h").last_at,
    }
    return Claim(**{**values, **changes})  # type: ignore[arg-type]  # a test names the fields


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A pair in which SYNC-B is asked whether it may take over."""

    b: HealthMember | None = field(default_factory=lambda: member(B))
    a: HealthMember | None = field(default_factory=lambda: member(A, staging=False))
    more_members: tuple[HealthMember, ...] = ()
    alerts: tuple[HealthAlert, ...] | Unavailable = ()
    alerts_left_out: int = 0
    members_left_out: int = 0
    health_read: str = "0m"
    health: Known[HealthReading] | None = None
    versions: Mapping[str, str | None] = field(default_factory=lambda: {A: FINE, B: FINE})
    agents: Mapping[str, str | None] = field(default_factory=lambda: dict.fromkeys((A, B), "4.6"))
    details_read: str = "0m"
    details: Known[HealthDetails] | None = None
    ends: Mapping[str, str] = field(default_factory=lambda: {A: "-200d", B: "-200d"})
    certificates_read: str = "0m"
    certificates: Known[Certificates] | None = None
    settings: Known[SyncConfiguration] = field(default_factory=Known)
    role: Role = Role.STAGING
    basis: Source | None = Source.CONNECT_HEALTH
    claims: tuple[Claim, ...] = field(default_factory=lambda: (staging_claim(),))
    seen: str = "5m"
    seen_source: Source = Source.CONNECT_HEALTH
    active: ServerRole | None = field(
        default_factory=lambda: ServerRole(A, Role.ACTIVE, Source.AUDITS)
    )
    more_servers: tuple[ServerRole, ...] = ()
    two_active: TwoActive | None = None
    handovers: tuple[Handover, ...] = ()
    intent: Intent = field(default_factory=lambda: Intent(A, (B,)))
    password_sync: bool | None = True
    facts: VersionFacts = FACTS

    @property
    def readings(self) -> PairReadings:
        """What every source said."""
        members = tuple(m for m in (self.a, self.b, *self.more_members) if m is not None)
        reading = HealthReading(members, self.alerts, self.members_left_out, self.alerts_left_out)
        ends = {name: acted(name, ago).last_at for name, ago in self.ends.items()}
        return PairReadings(
            connect_health=self.health or read(reading, self.health_read),
            health_details=self.details or details(self.versions, self.agents, self.details_read),
            certificates=self.certificates or certificates(ends, self.certificates_read),
            sync_configuration=self.settings,
        )

    @property
    def view(self) -> PairView:
        """The pair at `NOW`."""
        return PairView(
            at=NOW,
            readings=self.readings,
            memory=PairMemory(handovers=self.handovers),
            intent=self.intent,
            facts=self.facts,
            password_sync=self.password_sync,
        )

    @property
    def server(self) -> ServerRole:
        """SYNC-B."""
        seen_at = acted(B, self.seen).last_at
        return ServerRole(B, self.role, self.basis, self.claims, self.b, seen_at, self.seen_source)

    @property
    def roles(self) -> Roles:
        """SYNC-A before SYNC-B."""
        first = () if self.active is None else (self.active,)
        return Roles(
            (*first, self.server, *self.more_servers), self.active, two_active=self.two_active
        )

    @property
    def report(self) -> ServerReport:
        """What is said of SYNC-B."""
        return report(self.view, self.server, self.roles)

    def check(self, name: CheckName) -> Check:
        """What one check says of SYNC-B."""
        return next(check for check in self.report.checks if check.name is name)


# -- tables ----------------------------------------------------------------------------------------


Rule = tuple[str, Outcome, str, dict[str, Any]]


def row(rule: str, outcome: Outcome, reason: str, **changes: Any) -> Rule:
    """One rule: the outcome and the reason, when these things are changed about a fit standby."""
    return rule, outcome, reason, changes


def table(name: CheckName, *rows: Rule) -> Callable[[Any], Any]:
    """The rules of one check."""
    rules = [
        pytest.param(changes, (name, outcome, reason), id=rule)
        for rule, outcome, reason, changes in rows
    ]
    return pytest.mark.parametrize(("changes", "expected"), rules)


def told(changes: dict[str, Any], name: CheckName) -> tuple[CheckName, Outcome, str]:
    """What a check says of a fit standby about which these things are changed."""
    check = Scene(**changes).check(name)
    return name, check.outcome, check.reason
