"""A small language for the pair: who is registered, who exported, in ages counted back from `NOW`.

`view(member("SYNC-A", staging=False), member("SYNC-B"), exporter="SYNC-A")` is a pair in one tick;
a duration such as "3h" is an age, "-200d" lies ahead, and None is "the source has none". What a
test does not mention is unremarkable: fresh, healthy, and about nobody. Without a `memory`, the
view remembers what its own readings show, and nothing before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

from shared.domain.pair.exports import Handover, PairMemory, remember
from shared.domain.pair.readings import (
    Acted,
    AuditTrail,
    Certificate,
    Certificates,
    CloudSync,
    HealthAlert,
    HealthDetails,
    HealthMember,
    HealthReading,
    Known,
    PairReadings,
    ServerDetails,
    ServiceHealth,
    Source,
    SourceReading,
    SyncConfiguration,
)
from shared.domain.pair.view import Intent, PairView
from shared.domain.readings import Reason, Unavailable
from shared.domain.standby.versions import VersionFacts
from tests.support.judging import NOW, at, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

A: Final = "SYNC-A"
B: Final = "SYNC-B"
C: Final = "SYNC-C"
REFUSED: Final = Unavailable(Reason.FORBIDDEN, "The role was taken away.")
FACTS: Final = VersionFacts(
    checked_on=date(2026, 3, 1),
    floor=(2, 5, 79, 0),
    agent_floor=(4, 5, 2466, 0),
    recalled=frozenset({(2, 6, 79, 0)}),
    support_ends={(2, 5, 79, 0): date(2026, 9, 30)},
    latest=(2, 6, 84, 0),
)

R = TypeVar("R", bound=SourceReading)


@dataclass(frozen=True)
class Tick:
    """One tick `ago`, with what every source said and the tenant's last object sync."""

    ago: str
    said: PairReadings
    objects: str | None = None
    silent: bool = False


def when(ago: str | None) -> datetime | None:
    """A moment by its age, or None."""
    return None if ago is None else at(ago)


def member(
    name: str,
    *,
    staging: bool | None = True,
    seen: str | None = "5m",
    ran: str | None = "=",
    configured: str | None = "1h",
    exported: str | None = None,
    updated: str | None = "=",
    disabled: bool = False,
    key: str = "",
    unread: Unavailable | None = None,
) -> HealthMember:
    """A server in Connect Health; "=" is the age of `seen`, `key` its id (made of the name)."""
    return HealthMember(
        id=key or f"id-{name}",
        name=name,
        staging=staging,
        disabled=disabled,
        updated_at=when(seen if updated == "=" else updated),
        uploaded_at=when(seen),
        ran_at=when(seen if ran == "=" else ran),
        configured_at=when(configured),
        exported_at=when(exported),
        unread=unread,
    )


def known(reading: R, read: str = "0m", problem: Unavailable | None = None) -> Known[R]:
    """A source's newest good reading, `read` ago; with a `problem`, the attempt now failed."""
    tried = NOW if problem else at(read)
    return Known(reading=reading, read_at=at(read), tried_at=tried, problem=problem)


def failed(problem: Unavailable = REFUSED) -> Known[R]:
    """A source that was never read, and failed now."""
    return Known(tried_at=NOW, problem=problem)


def acted(server: str, first: str, last: str | None = None) -> Acted:
    """A run of exports by one server, from `first` to `last` ago."""
    return Acted(server, at(first), at(first if last is None else last))


def named(server: str | None, read: str = "0m") -> Known[SyncConfiguration]:
    """`sync_configuration` as read `read` ago, naming the last exporter."""
    return known(SyncConfiguration(exporter=server), read)


def recall(*ticks: Tick, memory: PairMemory | None = None) -> PairMemory:
    """What is remembered after these ticks, oldest first."""
    memory = PairMemory() if memory is None else memory
    for tick in ticks:
        memory = remember(
            memory,
            tick.said,
            at=at(tick.ago),
            object_sync_at=when(tick.objects),
            silent=tick.silent,
        )
    return memory


def handover(
    before: str,
    after: str,
    ago: str,
    *,
    failover: bool = False,
    settled: str | None = None,
    source: Source = Source.SYNC_CONFIGURATION,
) -> Handover:
    """The role went over `ago`, and was noticed at once."""
    return Handover(source, before, after, at(ago), at(ago), failover, when(settled))


def health(
    *members: HealthMember,
    alerts: tuple[HealthAlert, ...] | Unavailable = (),
    read: str = "0m",
    problem: Unavailable | None = None,
    left_out: int = 0,
) -> Known[HealthReading]:
    """What Connect Health said."""
    return known(HealthReading(members, alerts, members_left_out=left_out), read, problem)


def readings(
    *members: HealthMember,
    exporter: str | SyncConfiguration | Known[SyncConfiguration] | None = None,
    audits: Iterable[Acted] | Known[AuditTrail] | None = None,
    alerts: tuple[HealthAlert, ...] | Unavailable = (),
    connect_health: Known[HealthReading] | None = None,
    versions: Mapping[str, str | None] | None = None,
    agents: Mapping[str, str | None] | None = None,
    export_errors: int | None = None,
    health_details: Known[HealthDetails] | None = None,
    certificates: Mapping[str, str] | Known[Certificates] | None = None,
    service_health: ServiceHealth | Known[ServiceHealth] | None = None,
    cloud_sync: CloudSync | Known[CloudSync] | None = None,
) -> PairReadings:
    """What every source said, each read now unless given as `known(..., read=...)`.

    Args:
        members: Connect Health's servers; it is not configured when there is none and no alert.
        exporter: Who ran the last export.
        audits: Runs, oldest first.
        alerts: Active alerts, or why they were not read.
        connect_health: Instead of `members` and `alerts`.
        versions: Entra Connect's version by server.
        agents: The Connect Health agent's version by server.
        export_errors: Objects that could not be exported.
        health_details: Instead of `versions`, `agents` and `export_errors`.
        certificates: Server to the age of its end: "-200d" ends in 200 days.
        service_health: Microsoft's open issues.
        cloud_sync: Cloud Sync's jobs.
    """
    if connect_health is None:
        shown = members or alerts
        connect_health = health(*members, alerts=alerts) if shown else Known()
    if health_details is None:
        health_details = _details(versions, agents, export_errors)
    if isinstance(exporter, str):
        exporter = SyncConfiguration(exporter=exporter)
    if audits is not None and not isinstance(audits, Known):
        audits = known(AuditTrail(tuple(audits)))
    if certificates is not None and not isinstance(certificates, Known):
        ends = certificates.items()
        certificates = known(Certificates(tuple(Certificate(s, at(ago)) for s, ago in ends)))
    return PairReadings(
        connect_health=connect_health,
        health_details=health_details,
        sync_configuration=_known(exporter),
        audits=audits or Known(),
        certificates=certificates or Known(),
        service_health=_known(service_health),
        cloud_sync=_known(cloud_sync),
    )


def view(  # noqa: D417 - what `readings` describes is not described twice
    *members: HealthMember,
    exporter: str | SyncConfiguration | Known[SyncConfiguration] | None = None,
    audits: Iterable[Acted] | Known[AuditTrail] | None = None,
    alerts: tuple[HealthAlert, ...] | Unavailable = (),
    connect_health: Known[HealthReading] | None = None,
    versions: Mapping[str, str | None] | None = None,
    agents: Mapping[str, str | None] | None = None,
    export_errors: int | None = None,
    health_details: Known[HealthDetails] | None = None,
    certificates: Mapping[str, str] | Known[Certificates] | None = None,
    service_health: ServiceHealth | Known[ServiceHealth] | None = None,
    cloud_sync: CloudSync | Known[CloudSync] | None = None,
    active: str = "",
    standbys: tuple[str, ...] = (),
    objects: str | None = "5m",
    password_sync: bool | None = True,
    cadence: str = "30m",
    silent_after: str = "60m",
    facts: VersionFacts = FACTS,
    handovers: tuple[Handover, ...] = (),
    memory: PairMemory | None = None,
) -> PairView:
    """The pair at `NOW`: the arguments of `readings`, and what else a conclusion needs.

    Args:
        members: As in `readings`, like every argument that is not named here.
        active: The server that the settings name as the active one.
        standbys: The servers that they name as standbys.
        objects: The tenant's last object sync.
        password_sync: Whether password hash sync is in use.
        cadence: The sync interval.
        silent_after: `WATCHDOG_SILENT_AFTER`.
        facts: What is known about builds.
        handovers: Added to what the readings show.
        memory: What is remembered, instead of what these readings show.
    """
    said = readings(
        *members,
        exporter=exporter,
        audits=audits,
        alerts=alerts,
        connect_health=connect_health,
        versions=versions,
        agents=agents,
        export_errors=export_errors,
        health_details=health_details,
        certificates=certificates,
        service_health=service_health,
        cloud_sync=cloud_sync,
    )
    if memory is None:
        before = PairMemory(handovers=handovers)
        memory = remember(before, said, at=NOW, object_sync_at=when(objects), silent=False)
    return PairView(
        at=NOW,
        readings=said,
        memory=memory,
        intent=Intent(active, standbys),
        facts=facts,
        object_sync_at=when(objects),
        password_sync=password_sync,
        cadence=span(cadence),
        silent_after=span(silent_after),
    )


def _known(said: R | Known[R] | None) -> Known[R]:
    """A reading as one that was read now."""
    if said is None:
        return Known()
    return said if isinstance(said, Known) else known(said)


def _details(
    versions: Mapping[str, str | None] | None,
    agents: Mapping[str, str | None] | None,
    export_errors: int | None,
) -> Known[HealthDetails]:
    """What Connect Health's slow answers said; never read when nothing is given."""
    if versions is None and agents is None and export_errors is None:
        return Known()
    versions, agents = versions or {}, agents or {}
    servers = tuple(
        ServerDetails(f"id-{name}", name, versions.get(name), agents.get(name))
        for name in dict.fromkeys([*versions, *agents])
    )
    return known(HealthDetails(servers, export_errors))
