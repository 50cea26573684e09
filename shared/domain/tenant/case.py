"""One readable observation with everything that the rules of judging ask of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.readings import Unavailable
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE, newest_believable, reference_time
from shared.domain.tenant.limits import (
    ALIVE_LASTS,
    CYCLE_SLACK,
    PASSWORD_PAUSE,
    cadence,
    single_limit,
    stalled_limit,
)
from shared.domain.verdicts import Evidence, PasswordSync, Why

if TYPE_CHECKING:
    from shared.domain.readings import Observation, TenantReading
    from shared.domain.tenant.heartbeats import Heartbeat, Memory
    from shared.domain.tenant.limits import Policy

BACKWARD_SUSPECT_AFTER: Final = timedelta(minutes=10)
"""A lagging replica answers with an older time for a moment; a wrong clock goes on doing it."""

OBJECTS: Final = "object sync"
_PASSWORDS: Final = "password sync"


def believable(alive_at: datetime | None, now: datetime) -> datetime | None:
    """A proof of life, unless it lies in the future: that proves a wrong clock, not a life."""
    return alive_at if alive_at is not None and alive_at <= now + CLOCK_TOLERANCE else None


class Case:
    """One readable observation with everything the rules ask of it."""

    def __init__(
        self, memory: Memory, observation: Observation, policy: Policy, tenant: TenantReading
    ) -> None:
        self.memory, self.policy, self.tenant = memory, policy, tenant
        self.at = observation.at
        self.now = reference_time(observation)
        self.interval = observation.sync_interval
        self.cadence = cadence(memory, policy, self.interval)
        self.cloud_sync = observation.cloud_sync
        self.alive_at = believable(observation.alive_at, self.now)
        self.future = [
            name
            for name, stamp in (
                (OBJECTS, tenant.object_sync_at),
                (_PASSWORDS, tenant.password_sync_at),
            )
            if isinstance(stamp, datetime) and stamp > newest_believable(observation)
        ]
        self.password_sync = self._password_sync()

    def _password_sync(self) -> PasswordSync:
        if self.memory.password_in_use is False:
            return PasswordSync.NOT_USED  # known to be unused: nothing to miss
        if isinstance(self.tenant.password_sync_at, Unavailable) or _PASSWORDS in self.future:
            return PasswordSync.UNREAD
        return PasswordSync.USED if self.memory.password_in_use else PasswordSync.NOT_USED

    def age(self, stamp: datetime | None) -> timedelta:
        """The age of a timestamp; a few seconds in the future are "now"."""
        return max(timedelta(0), self.now - stamp) if stamp else timedelta.max

    def believed(self, heartbeat: Heartbeat) -> datetime | None:
        """The time that ages count from: the newest one, unless reads stay older than it."""
        back = heartbeat.backward_since
        if back is not None and self.at - back < BACKWARD_SUSPECT_AFTER:
            return heartbeat.newest_at
        return heartbeat.current_at

    @property
    def object_age(self) -> timedelta:
        """The age of the last object sync."""
        return self.age(self.believed(self.memory.objects))

    @property
    def password_age(self) -> timedelta:
        """The age of the last password sync."""
        return self.age(self.believed(self.memory.passwords))

    @property
    def alive_age(self) -> timedelta:
        """The age of the newest proof of life from another source."""
        return self.age(self.alive_at)

    @property
    def alive_limit(self) -> timedelta:
        """The age at which the only proof of life there is has become too old."""
        return max(self.policy.silent_after, ALIVE_LASTS)

    @property
    def seen_dead(self) -> bool:
        """Whether another source shows the server, and that it has not been seen for too long."""
        return self.alive_at is not None and self.alive_age > self.alive_limit

    @property
    def applies(self) -> bool:
        """Whether sync is on and ran: else ages mean nothing."""
        return bool(self.tenant.sync_enabled) and self.tenant.object_sync_at is not None

    @property
    def newest_beat(self) -> datetime | None:
        """The last sign of life that the tenant's own times give."""
        stamps = [self.believed(self.memory.objects)]
        if self.password_sync is PasswordSync.USED:
            stamps.append(self.believed(self.memory.passwords))
        return max((stamp for stamp in stamps if stamp is not None), default=None)

    @property
    def stopped(self) -> bool:
        """Whether every heartbeat that could be read is too old for a living pair."""
        if self.password_sync is PasswordSync.USED:
            return not self.fresh(self.object_age) and not self.fresh(self.password_age)
        if self.password_sync is PasswordSync.NOT_USED:
            return self.object_age > single_limit(self.memory, self.policy, self.interval)
        return self.object_age > stalled_limit(self.memory, self.policy, self.interval)

    @property
    def hidden(self) -> bool:
        """Whether Cloud Sync moves the tenant's times, so that they prove nothing about Connect."""
        if not (self.cloud_sync and self.applies):
            return False
        unread = self.password_sync is PasswordSync.UNREAD
        return not self.stopped or (unread and self.seen_dead)

    @property
    def maybe_alive(self) -> bool:
        """Whether both syncs stopped, and what was seen since may be the last sign of a death."""
        return (
            self.applies
            and self.stopped
            and self.password_sync is not PasswordSync.UNREAD
            and self.fresh(self.alive_age)
            and not self.outlived
        )

    @property
    def outlived(self) -> bool:
        """Whether it was seen alive later than a living server's longest pause would explain."""
        beat = self.newest_beat
        used = self.password_sync is PasswordSync.USED
        pause = PASSWORD_PAUSE if used else self.cadence + CYCLE_SLACK
        return self.alive_at is not None and beat is not None and self.alive_at - beat > pause

    def fresh(self, age: timedelta) -> bool:
        """Whether something of this age proves life."""
        return age <= self.policy.silent_after

    def evidence(self, why: Why, limit: timedelta | None = None, detail: str = "") -> Evidence:
        """The evidence of a verdict, with everything that was measured."""
        return Evidence(
            why=why,
            read_at=self.at,
            object_sync_at=self.memory.objects.current_at,
            password_sync_at=self.memory.passwords.current_at,
            password_sync=self.password_sync,
            limit=limit,
            cadence=self.cadence,
            detail=detail,
            measured_at=self.now,
            alive_at=self.alive_at,
        )
