"""Everything that conclusions about the pair are drawn from, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.pair.exports import PairMemory
from shared.domain.pair.readings import HealthMember, PairReadings, Source
from shared.domain.pair.report import Role, Statement
from shared.domain.standby.versions import VersionFacts

EVIDENCE_LASTS: Final = timedelta(minutes=45)
"""A precondition of a failover must be shown by evidence at most this old."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What the team set (`WATCHDOG_ACTIVE_SERVER`, `WATCHDOG_STANDBY_SERVERS`).

    Attributes:
        active: The intended active server; "" when not set.
        standbys: The intended standbys.
    """

    active: str = ""
    standbys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairView:
    """The pair in one tick.

    Attributes:
        at: The tick's time: our clock, or Graph's where ours is wrong.
        readings: What is known from each optional source.
        memory: Who exported, *after* `exports.remember` took these readings in.
        intent: What the team means the servers to be.
        facts: What is known about builds.
        object_sync_at: The tenant's last object sync, where known.
        password_sync: Whether password hash sync is in use, where known.
        cadence: The sync interval.
        silent_after: `WATCHDOG_SILENT_AFTER`.
        blind_after: `WATCHDOG_BLIND_AFTER`.
        watched_since: When watching this tenant began (our clock), where known.
        health_required: Whether Connect Health is required (`WATCHDOG_CONNECT_HEALTH=on`): then
            its loss is `BLIND`.
        drill_at: When the newest drill that ended by recovery was started, where one is known.
    """

    at: datetime
    readings: PairReadings
    memory: PairMemory
    intent: Intent
    facts: VersionFacts
    object_sync_at: datetime | None = None
    password_sync: bool | None = None
    cadence: timedelta = timedelta(minutes=30)
    silent_after: timedelta = timedelta(minutes=60)
    blind_after: timedelta = timedelta(minutes=30)
    watched_since: datetime | None = None
    health_required: bool = False
    drill_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's word on one server's role.

    Attributes:
        role: What it says; never `UNKNOWN`.
        source: Who says it.
        at: As of when; None for settings.
        measured: Whether it saw an export, which only an active server does; flags and settings
            are claims about a configuration.
    """

    role: Role
    source: Source
    at: datetime | None = None
    measured: bool = False


@dataclass(frozen=True, slots=True)
class ServerRole:
    """One server with its fused role.

    Attributes:
        name: As the best source spells it.
        role: The fused role.
        basis: The source that the role rests on; None when it is unknown.
        claims: Everything that was said about it, newest first.
        member: Its Connect Health entry, the newest of that name; None when it has none.
        seen_at: The newest proof of life by any source that names it.
        seen_source: Which.
        intended: What the team means it to be; `UNKNOWN` when it is not named in the settings.
    """

    name: str
    role: Role
    basis: Source | None = None
    claims: tuple[Claim, ...] = ()
    member: HealthMember | None = None
    seen_at: datetime | None = None
    seen_source: Source | None = None
    intended: Role = Role.UNKNOWN


@dataclass(frozen=True, slots=True)
class TwoActive:
    """Two servers export.

    Attributes:
        servers: Who exports, the one that exported last first.
        to_staging: Which one to put into staging mode; "" when it cannot be told.
        returned: Whether the former active server came back after a failover.
        since: The first export that should not have been.
        statements: The evidence.
    """

    servers: tuple[str, ...]
    to_staging: str
    returned: bool
    since: datetime
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which server does what, from all evidence.

    Attributes:
        servers: The servers that any source or setting names, the active one first; at most
            `MAX_SERVERS`.
        active: The server that is taken as the active one. Its role may be `UNKNOWN`: then only
            the settings name it. None when nothing names one.
        disagreements: Contradictions that no lag explains, most important first, at most four.
        two_active: Set when two servers export.
        none_active: The evidence that no server is active; empty when there is none.
        left_out: Servers beyond `MAX_SERVERS`, which are only counted.
    """

    servers: tuple[ServerRole, ...] = ()
    active: ServerRole | None = None
    disagreements: tuple[Statement, ...] = ()
    two_active: TwoActive | None = None
    none_active: tuple[Statement, ...] = ()
    left_out: int = 0

    @property
    def standbys(self) -> tuple[ServerRole, ...]:
        """Every server but the active one."""
        return tuple(each for each in self.servers if each is not self.active)
