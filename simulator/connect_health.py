"""What Connect Health knows: uploads of each server's agent, and the alerts made from them.

Facts used, from Microsoft's documentation (data freshness, alert catalogue) and from the agent's
monitoring policies: run results go up every 30 minutes and configuration, `StagingMode` among it,
every 240; the alert about missing data is evaluated every 2 hours, raised when nothing came for
2 hours and resolved at an evaluation after data came again.

Assumed: run results are uploaded only if a cycle has ended since; the other alerts are raised and
resolved with the next upload; a server's uploads keep their slots over a reboot.
"""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from simulator.machine import Role
from simulator.results import Upload

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.machine import Server

RESULTS_EVERY: Final = timedelta(minutes=30)
CONFIGURATION_EVERY: Final = timedelta(minutes=240)
EVALUATED_EVERY: Final = timedelta(hours=2)
MISSING_AFTER: Final = timedelta(hours=2)
_FIRST_EVALUATION: Final = timedelta(minutes=2)
_NAMESPACE: Final = uuid.UUID("5f0c1f6e-7c0c-4f3a-9d57-0c0ffee0c0de")

MISSING_DATA: Final = "Health service data isn't up to date"
SERVICE_STOPPED: Final = "Microsoft Entra Connect Sync Service isn't running"
IMPORT_FAILED: Final = "Import from Active Directory failed"
DELETES_STOPPED: Final = (
    "Export to Microsoft Entra ID was Stopped. Accidental delete threshold was reached"
)


class DataType(StrEnum):
    """What an agent uploads (how-to-connect-health-data-freshness, required data types)."""

    RULES = "AadSyncService-SynchronizationRules"
    CONNECTORS = "AadSyncService-Connectors"
    GLOBAL = "AadSyncService-GlobalConfigurations"
    RUN_RESULTS = "AadSyncService-RunProfileResults"
    CONFIGURATION = "AadSyncService-ServiceConfigurations"
    STATUS = "AadSyncService-ServiceStatus"
    PERFORMANCE = "PerfCounter"


_CONFIGURATION: Final = (
    DataType.RULES,
    DataType.CONNECTORS,
    DataType.GLOBAL,
    DataType.CONFIGURATION,
)


def identifier(*words: str) -> str:
    """A UUID that is the same in every run."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(words)))


@dataclass(slots=True)
class Member:
    """One registered server as Connect Health knows it: a copy, as old as its uploads.

    Attributes:
        id: `serviceMemberId`.
        name: The machine name.
        registered_at: When its agent was registered.
        agent_version: Of the agent.
        staging: As of the last upload of configuration.
        version: As above.
        uploads: When each data type came last.
        exported_at: The end of its last export, as of the last upload of run results.
    """

    id: str
    name: str
    registered_at: datetime
    agent_version: str
    staging: bool
    version: str
    uploads: dict[DataType, datetime] = field(default_factory=dict)
    exported_at: datetime | None = None

    @property
    def uploaded_at(self) -> datetime:
        """The newest upload of any type."""
        return max(self.uploads.values(), default=self.registered_at)


@dataclass(frozen=True, slots=True)
class HealthAlert:
    """One alert.

    Attributes:
        id: The same from active to resolved.
        name: `displayName`.
        level: `Error`, `Warning` or `PreWarning`.
        member: `serviceMemberId`; empty for an alert about the whole service.
        created_at: When it was raised.
        updated_at: When it changed last.
        resolved_at: None while it is active.
    """

    id: str
    name: str
    level: str
    member: str
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None


class ConnectHealth:
    """Connect Health in time. `due` says when something happens next; `step` lets it happen.

    Args:
        servers: The servers; those without an agent are no members.
        began: When the model starts: every registered agent uploaded everything just then.
        remembered: How many uploads `log` keeps; None keeps all.
    """

    def __init__(
        self, servers: Iterable[Server], began: datetime, remembered: int | None = None
    ) -> None:
        self._servers = {s.plan.name: s for s in servers if s.plan.registered}
        self.members = {name: _member(s, began) for name, s in self._servers.items()}
        self.alerts: list[HealthAlert] = []
        self.export_errors = 0
        self.log: deque[Upload] = deque(maxlen=remembered)
        self._uploads_at = {n: began + s.plan.agent_phase for n, s in self._servers.items()}
        self._full_at = dict(self._uploads_at)
        self._evaluation = began + _FIRST_EVALUATION

    @property
    def due(self) -> datetime:
        """When `step` must be called next."""
        return min([self._evaluation, *self._uploads_at.values()])

    def step(self, at: datetime) -> None:
        """Do everything that is due at `at`: uploads first, then the evaluation."""
        for name, moment in self._uploads_at.items():
            if moment == at:
                self._upload(self._servers[name], self.members[name], at)
                self._uploads_at[name] = at + RESULTS_EVERY
        if self._evaluation == at:
            for member in self.members.values():
                missing = at - member.uploaded_at >= MISSING_AFTER
                self._set(MISSING_DATA, member.id, at, on=missing)
            self._evaluation = at + EVALUATED_EVERY

    def raise_alert(self, name: str, title: str, level: str, at: datetime) -> None:
        """Raise an alert by hand; an empty `name` makes it one about the whole service.

        Raises:
            ValueError: No server of that name is registered.
        """
        self._set(title, self._id(name), at, on=True, level=level)

    def resolve_alert(self, title: str, at: datetime) -> None:
        """Every active alert of that title is over.

        Raises:
            ValueError: None is active.
        """
        members = [each.member for each in self.active() if each.name == title]
        if not members:
            raise ValueError(f"no active alert is called {title!r}")
        for member in members:
            self._set(title, member, at, on=False)

    def active(self) -> list[HealthAlert]:
        """The active alerts, oldest first."""
        return [each for each in self.alerts if each.resolved_at is None]

    def exported(self) -> Sequence[Member]:
        """The members that have an export."""
        return [each for each in self.members.values() if each.exported_at is not None]

    def _id(self, name: str) -> str:
        if not name:
            return ""
        if name not in self.members:
            known = ", ".join(self.members) or "none"
            raise ValueError(f"no server {name} is registered in Connect Health: {known} are")
        return self.members[name].id

    def _upload(self, server: Server, member: Member, at: datetime) -> None:
        full, self._full_at[server.plan.name] = _slot(self._full_at[server.plan.name], at)
        if not (server.alive and server.agent_runs):
            return
        self.log.append(Upload(at, server.plan.name, full))
        member.uploads[DataType.STATUS] = member.uploads[DataType.PERFORMANCE] = at
        results = member.uploads.get(DataType.RUN_RESULTS)
        if server.last_cycle_at is not None and (results is None or server.last_cycle_at > results):
            member.uploads[DataType.RUN_RESULTS] = at
            member.exported_at = server.last_export_at
        if full:
            member.uploads.update(dict.fromkeys(_CONFIGURATION, at))
            member.staging = server.role is Role.STAGING
            member.version = server.version
        self._set(SERVICE_STOPPED, member.id, at, on=not server.service_runs)
        self._set(IMPORT_FAILED, member.id, at, on=server.imports_fail)
        self._set(DELETES_STOPPED, member.id, at, on=server.deletes_stopped)

    def _set(
        self, title: str, member: str, at: datetime, *, on: bool, level: str = "Error"
    ) -> None:
        """Raise the alert if it holds and is not active, resolve it if it is and does not."""
        for n, alert in enumerate(self.alerts):
            if (alert.name, alert.member, alert.resolved_at) == (title, member, None):
                if not on:
                    self.alerts[n] = replace(alert, updated_at=at, resolved_at=at)
                return
        if on:
            name = identifier("alert", title, member, at.isoformat())
            self.alerts.append(HealthAlert(name, title, level, member, at, at))


def _member(server: Server, began: datetime) -> Member:
    plan = server.plan
    return Member(
        id=identifier("member", plan.name),
        name=plan.name,
        registered_at=began - timedelta(days=200),
        agent_version=plan.agent_version,
        staging=plan.role is Role.STAGING,
        version=plan.version,
        uploads=dict.fromkeys(DataType, began),
    )


def _slot(full_at: datetime, at: datetime) -> tuple[bool, datetime]:
    """Whether this upload carries the configuration, and when the next such one is due."""
    return (True, at + CONFIGURATION_EVERY) if full_at == at else (False, full_at)
