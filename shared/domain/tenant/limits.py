"""The ages at which something is too old: the team's limits, the cadence, what was learned.

All limits are ages, never tick counts. What the team set is a floor; learning only widens it.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.domain.tenant.heartbeats import Memory

DEFAULT_CADENCE: Final = timedelta(minutes=30)
"""Microsoft's default scheduler interval (how-to-connect-sync-feature-scheduler)."""

LONGEST_CADENCE: Final = timedelta(days=7)
"""A server must run at least one cycle in this time (same page)."""

GAPS_TO_LEARN: Final = 10
"""Benign gaps to know before a single heartbeat is judged by its own rhythm."""

PASSWORD_PAUSE: Final = timedelta(minutes=30)
"""The longest pause between two password beats of a living server: an idle password sync still
sends a heartbeat every 30 minutes (how-to-connect-password-hash-synchronization troubleshooting,
event 654)."""

CYCLE_SLACK: Final = timedelta(minutes=15)
"""How much longer than its interval a cycle may take before it is late."""

ALIVE_LASTS: Final = timedelta(minutes=75)
"""The age at which the only proof of life is too old: uploads to Connect Health come every 30
minutes, so that two were missed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The team's limits (`WATCHDOG_*` durations). Floors: learning only widens them.

    Attributes:
        silent_after: `WATCHDOG_SILENT_AFTER`.
        stalled_after: `WATCHDOG_STALLED_AFTER`.
        password_stalled_after: `WATCHDOG_PASSWORD_STALLED_AFTER`.
        blind_after: `WATCHDOG_BLIND_AFTER`.
        sync_interval: `WATCHDOG_SYNC_INTERVAL`; None means read it, else learn it, else 30
            minutes.
    """

    silent_after: timedelta = timedelta(minutes=60)
    stalled_after: timedelta = timedelta(hours=3)
    password_stalled_after: timedelta = timedelta(hours=2)
    blind_after: timedelta = timedelta(minutes=30)
    sync_interval: timedelta | None = None


def cadence(memory: Memory, policy: Policy, read: timedelta | None = None) -> timedelta:
    """The pair's sync interval: as set, else as read, else as learned, else 30 minutes.

    Args:
        memory: What was learned.
        policy: What the team set; taken as it is.
        read: What Graph knows (`Observation.sync_interval`); like what was learned never below
            30 minutes, and never above the 7 days that a server may go without a cycle.
    """
    if policy.sync_interval is not None:
        return policy.sync_interval
    if read is not None:
        return min(max(DEFAULT_CADENCE, read), LONGEST_CADENCE)
    if len(memory.objects.recent_gaps) < GAPS_TO_LEARN:
        return DEFAULT_CADENCE
    median = timedelta(seconds=statistics.median(memory.objects.recent_gaps))
    return max(DEFAULT_CADENCE, median)


def single_limit(memory: Memory, policy: Policy, read: timedelta | None = None) -> timedelta:
    """The age at which object sync alone means silence, when it is the only heartbeat.

    While nobody knows the interval (not set, not read, fewer than ten gaps learned), 3 hours.
    """
    limit = max(
        2 * cadence(memory, policy, read) + CYCLE_SLACK,
        timedelta(minutes=75),
        policy.silent_after,
    )
    told = policy.sync_interval is not None or read is not None
    known = told or memory.objects.gaps >= GAPS_TO_LEARN
    return limit if known else max(limit, timedelta(hours=3))


def stalled_limit(memory: Memory, policy: Policy, read: timedelta | None = None) -> timedelta:
    """The age at which object sync has stalled although the server is alive."""
    interval = cadence(memory, policy, read)
    limit = max(policy.stalled_after, 3 * interval, 1.5 * memory.objects.widest())
    ceiling = max(timedelta(hours=24), 2 * interval + timedelta(hours=1), policy.stalled_after)
    return min(limit, ceiling)
