"""What the watchdog remembers of the two heartbeats, and how one observation changes it.

A *beat* is a timestamp advancing. A failed read changes nothing but the remembered reason, so
that the last known timestamps stay and their ages grow. Gaps between beats are learned only when
they are benign (no sync incident was open) and were watched closely (no beat can have been
missed between two reads); learning can only widen a limit, never narrow it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from shared.domain.readings import Observation, Reason, TenantReading, Unavailable

CLOCK_TOLERANCE: Final = timedelta(minutes=2)
"""A timestamp this far in the future is still "now": clocks and whole seconds differ a little."""

SKEW_TOLERANCE: Final = timedelta(minutes=5)
"""Graph's clock and ours may differ this much before ages are measured by Graph's."""

NOT_IN_USE_AFTER: Final = timedelta(days=7)
"""A password time this old when first seen is a leftover, not a heartbeat."""

WATCHED_CLOSELY: Final = timedelta(minutes=20)
"""Reads at most this far apart cannot have missed a beat of a 30-minute cycle."""

WINDOW: Final = timedelta(days=90)
"""How long the largest benign gap of a day counts."""

RECENT_GAPS: Final = 48
"""How many of the newest gaps the learned cadence is the median of: about one day."""


@dataclass(frozen=True, slots=True)
class WidestGap:
    """The largest benign gap that ended on one day (UTC), in whole seconds."""

    day: date
    seconds: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One timestamp of the tenant over time.

    Attributes:
        newest_at: The newest timestamp ever read; beats are counted against it.
        current_at: The timestamp of the last good read; older than `newest_at` after a step back.
        beats: How many times `newest_at` advanced while we watched.
        backward_since: Since when (our clock) reads have been older than `newest_at`.
        gaps: How many benign gaps were learned in all.
        recent_gaps: The newest of them in whole seconds, oldest first.
        widest_gaps: The largest per day within `WINDOW`, oldest first.
    """

    newest_at: datetime | None = None
    current_at: datetime | None = None
    beats: int = 0
    backward_since: datetime | None = None
    gaps: int = 0
    recent_gaps: tuple[int, ...] = ()
    widest_gaps: tuple[WidestGap, ...] = ()

    def widest(self) -> timedelta:
        """The largest benign gap within the window; zero before the first."""
        return timedelta(seconds=max((gap.seconds for gap in self.widest_gaps), default=0))


@dataclass(frozen=True, slots=True)
class Memory:
    """All that judging needs to know about a tenant's past.

    Attributes:
        started_at: When watching began (our clock).
        read_at: The last good read (our clock); None before the first.
        display_name: The organization's name at that read.
        objects: The heartbeat of object sync.
        passwords: The heartbeat of password hash sync.
        password_in_use: Whether `passwords` is a heartbeat; None until it was read once.
        off_at_beats: The password beats counted when Graph first said that password sync is
            switched off (`passwordSyncEnabled` false); None while it does not say so. A later
            beat proves it wrong.
        unavailable: Why the newest read failed; None after a good one.
    """

    started_at: datetime
    read_at: datetime | None = None
    display_name: str = ""
    objects: Heartbeat = Heartbeat()
    passwords: Heartbeat = Heartbeat()
    password_in_use: bool | None = None
    unavailable: Unavailable | None = None
    off_at_beats: int | None = None

    @property
    def password_switched_off(self) -> bool:
        """Whether Graph says that password sync is off, and no beat has come since."""
        return self.off_at_beats is not None and self.passwords.beats <= self.off_at_beats


def reference_time(observation: Observation) -> datetime:
    """The time that ages are measured against.

    Our clock, or Graph's where the two differ so much that one of them must be wrong: the sync
    timestamps are written by the cloud's clock, so ages by that clock are right either way.
    """
    tenant = observation.tenant
    ahead = tenant.clock_ahead if isinstance(tenant, TenantReading) else None
    if ahead is not None and abs(ahead) > SKEW_TOLERANCE:
        return observation.at + ahead
    return observation.at


def newest_believable(observation: Observation) -> datetime:
    """The latest time that a sync timestamp can honestly have; anything later is a wrong clock.

    It counts from the later of the two clocks: while a small difference is tolerated, a sync of
    this very minute, stamped by the cloud, may lie ahead of ours.
    """
    tenant = observation.tenant
    ahead = tenant.clock_ahead if isinstance(tenant, TenantReading) else None
    by_graph = observation.at + (ahead or timedelta(0))
    return max(reference_time(observation), by_graph) + CLOCK_TOLERANCE


def usable(memory: Memory, observation: Observation) -> TenantReading | Unavailable:
    """The reading, unless it contradicts what was read before.

    A tenant that had a last sync cannot have none while sync is enabled: null is not "never".
    """
    tenant = observation.tenant
    if isinstance(tenant, Unavailable):
        return tenant
    vanished = tenant.object_sync_at is None and memory.objects.newest_at is not None
    if vanished and tenant.sync_enabled:
        return Unavailable(
            Reason.MALFORMED,
            "Graph returned no last sync time, although it returned one before.",
        )
    return tenant


def remember(memory: Memory, observation: Observation, *, learn: bool) -> Memory:
    """The memory after one observation.

    Args:
        memory: What was known before.
        observation: What this tick read.
        learn: False while a sync incident is open: the gap that ends it is not benign.
    """
    at = observation.at
    unwatched = None if memory.read_at is None else at - memory.read_at
    memory = _not_ahead(memory, at)
    tenant = usable(memory, observation)
    if isinstance(tenant, Unavailable):
        return replace(memory, unavailable=tenant)
    closely = unwatched is not None and timedelta(0) <= unwatched <= WATCHED_CLOSELY
    now = reference_time(observation)
    update = _Update(
        at=at,
        now=now,
        newest_allowed=newest_believable(observation),
        # days of a wrong clock would end the window, and Cloud Sync's rhythm is not Connect's
        learn=learn and closely and now == at and not observation.cloud_sync,
    )
    passwords, in_use = memory.passwords, memory.password_in_use
    if not isinstance(tenant.password_sync_at, Unavailable):
        passwords = _beat(memory.passwords, tenant.password_sync_at, update)
        in_use = _in_use(memory, passwords, tenant.password_sync_at, update)
    after = replace(
        memory,
        read_at=at,
        display_name=tenant.display_name,
        objects=_beat(memory.objects, tenant.object_sync_at, update),
        passwords=passwords,
        password_in_use=in_use,
        unavailable=None,
        off_at_beats=_off_at_beats(memory, passwords, said=observation.password_sync),
    )
    return replace(after, password_in_use=False) if after.password_switched_off else after


def _off_at_beats(memory: Memory, passwords: Heartbeat, *, said: bool | None) -> int | None:
    """The beat count at the first "off"; an unreadable switch is as it was last read."""
    if said is None or (said is False and memory.off_at_beats is not None):
        return memory.off_at_beats
    return None if said else passwords.beats


def _not_ahead(memory: Memory, at: datetime) -> Memory:
    """The memory without times that our clock wrote while it ran ahead.

    A last read that lies in the future would never become old, and so never `BLIND`.
    """
    read_at = min(memory.read_at, at) if memory.read_at is not None else None
    return replace(memory, started_at=min(memory.started_at, at), read_at=read_at)


@dataclass(frozen=True, slots=True)
class _Update:
    at: datetime
    now: datetime
    newest_allowed: datetime
    learn: bool


def _beat(heartbeat: Heartbeat, stamp: datetime | None, update: _Update) -> Heartbeat:
    if stamp is None:
        return replace(heartbeat, current_at=None, backward_since=None)
    if stamp > update.newest_allowed:
        return heartbeat  # judged as CLOCK_SUSPECT; taking it in would hide every later beat
    newest = heartbeat.newest_at
    if newest is None:
        return replace(heartbeat, newest_at=stamp, current_at=stamp)
    if stamp < newest:
        since = heartbeat.backward_since or update.at
        return replace(heartbeat, current_at=stamp, backward_since=since)
    current = replace(heartbeat, newest_at=stamp, current_at=stamp, backward_since=None)
    if stamp == newest:
        return current
    current = replace(current, beats=heartbeat.beats + 1)
    return _learn(current, stamp - newest, update.at) if update.learn else current


def _learn(heartbeat: Heartbeat, gap: timedelta, at: datetime) -> Heartbeat:
    seconds, today = int(gap.total_seconds()), at.date()
    oldest = (at - WINDOW).date()
    kept = tuple(g for g in heartbeat.widest_gaps if oldest <= g.day != today)
    widest_today = max(
        (g.seconds for g in heartbeat.widest_gaps if g.day == today), default=seconds
    )
    return replace(
        heartbeat,
        gaps=heartbeat.gaps + 1,
        recent_gaps=(*heartbeat.recent_gaps, seconds)[-RECENT_GAPS:],
        widest_gaps=(*kept, WidestGap(today, max(seconds, widest_today))),
    )


def _in_use(
    memory: Memory, passwords: Heartbeat, stamp: datetime | None, update: _Update
) -> bool | None:
    if stamp is None:
        return False
    if passwords.beats > memory.passwords.beats:
        return True
    first_seen = memory.passwords.newest_at is None
    if first_seen or memory.password_in_use is None:
        return update.now - stamp <= NOT_IN_USE_AFTER
    return memory.password_in_use
