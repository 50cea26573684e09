"""What the optional sources said about the pair: one reading per source, with its age.

Each source is read on its own, under its own deadline, and may be unavailable for a reason of its
own; what it said last stays known, with the time of that read. Names are foreign text: clipped by
the source, escaped by whoever shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, TypeVar

from shared.domain.readings import Unavailable

MAX_SERVERS: Final = 20
"""Servers that a reading holds; a tenant has at most 20 sync accounts (Entra Connect, accounts)."""

MAX_ALERTS: Final = 20
"""Alerts that a reading holds; the others are counted."""

MAX_NAME: Final = 128
"""Characters of a name that a source keeps; the longest host name has 63, an alert's title more."""


class Source(StrEnum):
    """A system that is read, or the settings (`intended`). The word is the same in the log."""

    GRAPH = "graph"
    CONNECT_HEALTH = "connect_health"
    HEALTH_DETAILS = "health_details"
    SYNC_CONFIGURATION = "sync_configuration"
    AUDITS = "audits"
    CERTIFICATES = "certificates"
    SERVICE_HEALTH = "service_health"
    CLOUD_SYNC = "cloud_sync"
    INTENDED = "intended"


# -- Connect Health (Azure Resource Manager, Microsoft.ADHybridHealthService) ---------------------


@dataclass(frozen=True, slots=True)
class HealthMember:
    """One registered server: a service member of a service of type `AadSyncService`.

    Attributes:
        id: `serviceMemberId`; a rebuilt server has a second member with the same name.
        name: `machineName`.
        staging: `StagingMode`; None when the answer has none. It may lag by 4 hours, and may be
            wrong after a manual switch.
        disabled: Whether Connect Health ignores the server.
        updated_at: `lastUpdated` of the member.
        uploaded_at: The newest upload of any data type (`datafreshness`): the server lives.
        ran_at: The newest upload of run profile results (every 30 min): a cycle ran.
        configured_at: The newest upload of its configuration (every 4 h): how old `staging` is.
        exported_at: The end of its newest export (`exportstatus`); None when it has none.
        unread: Why `datafreshness` of this member could not be read, if it could not.
    """

    id: str
    name: str
    staging: bool | None = None
    disabled: bool = False
    updated_at: datetime | None = None
    uploaded_at: datetime | None = None
    ran_at: datetime | None = None
    configured_at: datetime | None = None
    exported_at: datetime | None = None
    unread: Unavailable | None = None


class AlertLevel(StrEnum):
    """How serious Connect Health calls an alert; an unknown word counts as an error."""

    ERROR = "error"
    WARNING = "warning"
    PRE_WARNING = "pre_warning"


@dataclass(frozen=True, slots=True)
class HealthAlert:
    """One alert, as plain text: HTML is stripped by the source.

    Attributes:
        id: `alertId`; the same from active to resolved.
        name: `displayName`, or `shortName` where that is empty.
        short_name: `shortName`; its values are not published.
        level: How serious.
        active: Whether its state is `Active`.
        member_id: `serviceMemberId`; "" for an alert about the whole service.
        server: The member's name, where it is known; else "".
        created_at: When it was raised.
        updated_at: When it changed last.
        resolved_at: When it was resolved.
        remediation: What Connect Health advises, one line of plain text, clipped; may be "".
    """

    id: str
    name: str
    short_name: str = ""
    level: AlertLevel = AlertLevel.ERROR
    active: bool = True
    member_id: str = ""
    server: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None
    remediation: str = ""


@dataclass(frozen=True, slots=True)
class HealthReading:
    """Connect Health: who is there, when each was seen, and what is wrong now.

    Attributes:
        members: At most `MAX_SERVERS`, each id once.
        alerts: The active alerts, errors first, then the oldest; at most `MAX_ALERTS`. Or why
            they could not be read.
        members_left_out: Members beyond `MAX_SERVERS`.
        alerts_left_out: Active alerts beyond `MAX_ALERTS`.
        exports_unread: Why `exportstatus` could not be read, if it could not.
    """

    members: tuple[HealthMember, ...] = ()
    alerts: tuple[HealthAlert, ...] | Unavailable = ()
    members_left_out: int = 0
    alerts_left_out: int = 0
    exports_unread: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class ServerDetails:
    """Slow facts about one member.

    Attributes:
        member_id: `serviceMemberId`.
        name: `machineName`.
        version: The Entra Connect version (`serviceconfiguration.version`), as text.
        agent_version: The Connect Health agent's version, where an answer has one.
        unread: Why they could not be read, if they could not.
    """

    member_id: str
    name: str
    version: str | None = None
    agent_version: str | None = None
    unread: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class HealthDetails:
    """Connect Health, read hourly: versions, export errors, alerts that were resolved.

    Attributes:
        servers: At most `MAX_SERVERS`.
        export_errors: Objects that could not be exported (bucket `All`, else the sum); None when
            not read.
        resolved: The newest resolved alerts, at most `MAX_ALERTS`.
        resolved_unread: Why the resolved alerts could not be read, if they could not.
    """

    servers: tuple[ServerDetails, ...] = ()
    export_errors: int | None = None
    resolved: tuple[HealthAlert, ...] = ()
    resolved_unread: Unavailable | None = None


# -- Microsoft Graph ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SyncConfiguration:
    """Beta `directory/onPremisesSynchronization`: what the tenant knows of its sync client.

    Attributes:
        exporter: `currentExportData.clientMachineName`: who ran the last export.
        client_version: `synchronizationClientVersion`.
        interval: The longer of `synchronizationInterval` and
            `customerRequestedSynchronizationInterval`; None when absent or impossible.
        deletion_threshold: `alertThreshold`, a count; None unless the prevention type is
            `enabledForCount`.
        pending_deletions: `pendingObjectsDeletion` of the last export.
        password_sync: `features.passwordSyncEnabled`; None when absent.
    """

    exporter: str | None = None
    client_version: str | None = None
    interval: timedelta | None = None
    deletion_threshold: int | None = None
    pending_deletions: int | None = None
    password_sync: bool | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """A run of directory audit entries that one server's sync identity initiated.

    Attributes:
        server: From `ConnectSyncProvisioning_<SERVER>_<hash>` or `Sync_<SERVER>_<hash>@`.
        first_at: The oldest entry of the run.
        last_at: The newest entry of the run, before another server's.
    """

    server: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Directory audits: who changed objects, which only an exporting server does.

    Attributes:
        runs: Neighbouring entries of one server as one run, oldest first, at most `MAX_SERVERS`
            of the newest.
        complete: Whether all entries of the asked window were read.
    """

    runs: tuple[Acted, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate by which a server's sync application signs in.

    Attributes:
        server: From `ConnectSyncProvisioning_<SERVER>_<hash>`.
        expires_at: The latest `keyCredentials.endDateTime` of the server's applications.
    """

    server: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Certificates:
    """Applications of sync servers; a server that signs in with an account has none.

    Attributes:
        servers: One per server, at most `MAX_SERVERS`.
    """

    servers: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceIssue:
    """An open issue on Microsoft's side that may explain a silence.

    Attributes:
        id: Microsoft's id, such as `MO123456`.
        title: In Microsoft's words.
        began_at: When it began.
    """

    id: str
    title: str
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """Open incidents of Microsoft Entra by the tenant's service health; advisories are left out.

    Attributes:
        issues: At most `MAX_ALERTS`, newest first.
    """

    issues: tuple[ServiceIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class CloudSync:
    """Entra Cloud Sync in the same tenant: it moves the tenant's sync times, too.

    Attributes:
        jobs: How many provisioning jobs from Active Directory there are.
        running: How many of them are switched on and not paused.
        last_success_at: The newest successful run of any.
    """

    jobs: int = 0
    running: int = 0
    last_success_at: datetime | None = None


SourceReading = (
    HealthReading
    | HealthDetails
    | SyncConfiguration
    | AuditTrail
    | Certificates
    | ServiceHealth
    | CloudSync
)

R = TypeVar("R", bound=SourceReading)


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """What is known from one source.

    Attributes:
        reading: The newest good reading; None before the first.
        read_at: When that was (our clock).
        tried_at: The newest attempt (our clock); None before the first.
        problem: Why the newest attempt failed; None after a good one.
    """

    reading: R | None = None
    read_at: datetime | None = None
    tried_at: datetime | None = None
    problem: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class PairReadings:
    """What is known from every optional source; the fields are named as in `Source`."""

    connect_health: Known[HealthReading] = Known()
    health_details: Known[HealthDetails] = Known()
    sync_configuration: Known[SyncConfiguration] = Known()
    audits: Known[AuditTrail] = Known()
    certificates: Known[Certificates] = Known()
    service_health: Known[ServiceHealth] = Known()
    cloud_sync: Known[CloudSync] = Known()


def server_key(name: str) -> str:
    """By what two sources' names of one server are the same: its first label, without case."""
    return name.strip().split(".")[0].casefold()
