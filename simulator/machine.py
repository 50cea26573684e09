"""One Entra Connect server: its two schedulers, objects and passwords, as a pure state machine.

Facts used, from Microsoft's documentation of Entra Connect (scheduler, staging server, password
hash synchronisation): a cycle every 30 minutes unless customised; a staging server runs cycles
but exports nothing and sends no passwords; the password scheduler polls every 2 minutes and
sends a heartbeat every 30 minutes when idle; a full cycle may take hours, and passwords go on.

The certificate of the sync application (authenticate-application-id) is renewed by the scheduler
once at most 150 days are left, so not while it is suspended; with an expired one nothing syncs.

Assumed, because no public source settles it: Entra stamps the object time at the end of a cycle;
a slot that finds a cycle running is skipped; the wizard's first cycle starts at once; a new
certificate lasts a year, which fits the renewals seen every 6 to 9 months; a server whose import
from Active Directory fails still exports to Entra.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

PASSWORD_POLL: Final = timedelta(minutes=2)
PASSWORD_IDLE: Final = timedelta(minutes=30)
PASSWORD_CHANGES_PER_HOUR: Final = 10
"""In work hours: the medium tenant of 20,000 users (assumed)."""
RENEWED_WHEN_LEFT: Final = timedelta(days=150)
CERTIFICATE_LASTS: Final = timedelta(days=365)
_WORK_HOURS: Final = range(7, 17)
_SATURDAY: Final = 5


class Role(StrEnum):
    """What a server is configured to be. Two servers may both believe to be active."""

    ACTIVE = "active"
    STAGING = "staging"


class Kind(StrEnum):
    """What a beat carries."""

    OBJECTS = "objects"
    PASSWORDS = "passwords"


@dataclass(frozen=True, slots=True)
class Beat:
    """The end of one object cycle, or one password request.

    Attributes:
        at: When it happened, aware UTC.
        server: Which server did it.
        kind: Objects or passwords.
        exported: False for a staging server's cycle, which reaches Entra not at all.
    """

    at: datetime
    server: str
    kind: Kind
    exported: bool


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """How a server is set up.

    Attributes:
        name: The machine name.
        role: Its role at the start.
        cadence: Time between the starts of two cycles.
        phase: Time from the start of the model to the start of its first cycle.
        quickest: The shortest delta cycle.
        slowest: The longest delta cycle.
        version: The Entra Connect build.
        certificate_left: How long its application's certificate is valid at the start of the
            model; None for a server that signs in with an account and has none.
        registered: Whether a Connect Health agent was ever registered.
        agent_version: The Connect Health agent's version.
        agent_phase: Time from the start of the model to the agent's first upload.
    """

    name: str
    role: Role
    cadence: timedelta = timedelta(minutes=30)
    phase: timedelta = timedelta(minutes=7)
    quickest: timedelta = timedelta(minutes=2)
    slowest: timedelta = timedelta(minutes=6)
    version: str = "2.6.92.0"
    certificate_left: timedelta | None = timedelta(days=300)
    registered: bool = True
    agent_version: str = "4.5.2520.0"
    agent_phase: timedelta = timedelta(minutes=3)

    @property
    def identity(self) -> str:
        """What the directory's audit log calls it: its application, or its account."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:12]
        if self.certificate_left is None:
            return f"Sync_{self.name}_{digest}@contoso.onmicrosoft.com"
        return f"ConnectSyncProvisioning_{self.name}_{digest}"


class Server:
    """A server in time. `due` says when something happens next; `step` lets it happen.

    Args:
        plan: How it is set up.
        start: When the model starts; cycles start at `start + phase + n * cadence`.
        seed: Names the stream of random numbers; equal seeds give equal lives.
        passwords: Whether password hash sync is switched on.

    Attributes:
        service_runs: Whether the Windows service of Entra Connect runs.
        agent_runs: Whether the Connect Health agent runs.
        imports_fail: Whether import from Active Directory fails.
        deletes_stopped: Whether its last export was stopped for too many deletes.
        version: The build that is installed.
        certificate_ends: When its certificate expires; None without one.
        last_cycle_at: The end of its last cycle.
        last_export_at: The end of its last cycle that exported.
    """

    def __init__(self, plan: ServerPlan, start: datetime, seed: int, *, passwords: bool) -> None:
        self.plan = plan
        self.role = plan.role
        self.alive = True
        self.suspended = False
        self.service_runs = True
        self.agent_runs = plan.registered
        self.imports_fail = False
        self.deletes_stopped = False
        self.version = plan.version
        self.certificate_ends = (
            None if plan.certificate_left is None else start + plan.certificate_left
        )
        self.last_cycle_at: datetime | None = None
        self.last_export_at: datetime | None = None
        self.passwords = passwords
        self.cycle_ends: datetime | None = None
        self._anchor = start + plan.phase
        self._seed = seed
        self._drawn = {Kind.OBJECTS: 0, Kind.PASSWORDS: 0}
        self._slot = self._anchor
        self._heartbeat: datetime | None = None
        self._arm_passwords(start)

    @property
    def due(self) -> datetime | None:
        """When `step` must be called next; None while the server is dead."""
        if not self.alive:
            return None
        waits = [self._slot, self.cycle_ends, self._heartbeat]
        return min(moment for moment in waits if moment is not None)

    def step(self, at: datetime) -> list[Beat]:
        """Do everything that is due at `at`, and say which beats it gave."""
        beats: list[Beat] = []
        active = self.role is Role.ACTIVE and not self._expired(at)
        if self.cycle_ends == at:
            self.cycle_ends, self.last_cycle_at = None, at
            beats.append(Beat(at, self.plan.name, Kind.OBJECTS, active))
        if self._heartbeat == at:
            beats.append(Beat(at, self.plan.name, Kind.PASSWORDS, active))
            self._heartbeat = at + self._password_gap(at)
        if self._slot == at:
            if self.cycle_ends is None and self.service_runs and not self.suspended:
                self.cycle_ends = at + self._delta_duration()
                self._renew(at)
            self._slot = at + self.plan.cadence
        return beats

    def die(self) -> None:
        """Power off: a running cycle is lost."""
        self.alive = False
        self.cycle_ends = None
        self._heartbeat = None

    def come_back(self, at: datetime) -> None:
        """Power on, in the role it had. The next cycle starts at its next slot."""
        if self.alive:
            return
        self.alive = True
        missed = (at - self._anchor) // self.plan.cadence
        self._slot = self._anchor + (missed + 1) * self.plan.cadence
        self._arm_passwords(at)

    def take_role(self, role: Role, at: datetime) -> None:
        """The wizard changes the role; when it ends, a cycle starts at once."""
        self.role = role
        if self.alive and self.service_runs and not self.suspended:
            self.cycle_ends = at + self._delta_duration()
        self._arm_passwords(at)

    def start_long_cycle(self, at: datetime, duration: timedelta) -> None:
        """A full synchronisation begins: objects reach Entra only at its end."""
        if self.alive and self.service_runs:
            self.cycle_ends = at + duration

    def stop_service(self) -> None:
        """The Windows service stops: no cycle, no passwords; the agent goes on reporting."""
        self.service_runs = False
        self.cycle_ends = None
        self._heartbeat = None

    def start_service(self, at: datetime) -> None:
        """The Windows service runs again; the next cycle starts at its slot."""
        self.service_runs = True
        self._arm_passwords(at)

    def switch_passwords(self, at: datetime, *, on: bool) -> None:
        """Password hash sync starts or stops; objects do not care."""
        self.passwords = on
        self._arm_passwords(at)

    def _arm_passwords(self, at: datetime) -> None:
        sends = self.alive and self.service_runs and self.passwords and self.role is Role.ACTIVE
        self._heartbeat = at + PASSWORD_POLL if sends else None

    def _expired(self, at: datetime) -> bool:
        return self.certificate_ends is not None and self.certificate_ends <= at

    def _renew(self, at: datetime) -> None:
        ends = self.certificate_ends
        if ends is not None and at < ends <= at + RENEWED_WHEN_LEFT:
            self.certificate_ends = at + CERTIFICATE_LASTS

    def _delta_duration(self) -> timedelta:
        spread = self.plan.slowest - self.plan.quickest
        fraction = self._draw(Kind.OBJECTS).random()
        return self.plan.quickest + timedelta(seconds=round(spread.total_seconds() * fraction))

    def _password_gap(self, at: datetime) -> timedelta:
        if at.weekday() >= _SATURDAY or at.hour not in _WORK_HOURS:
            return PASSWORD_IDLE
        wait = timedelta(
            hours=self._draw(Kind.PASSWORDS).expovariate(PASSWORD_CHANGES_PER_HOUR),
        )
        polls = wait // PASSWORD_POLL + 1
        return min(PASSWORD_IDLE, polls * PASSWORD_POLL)

    def _draw(self, kind: Kind) -> random.Random:
        """A fresh generator per draw, so that no draw depends on how many others came before."""
        self._drawn[kind] += 1
        name = f"{self._seed}/{self.plan.name}/{kind}/{self._drawn[kind]}"
        return random.Random(name)  # noqa: S311  # repeatable on purpose; nothing secret
