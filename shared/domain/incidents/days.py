"""Heartbeat history: one small record per day (UTC), for charts and for looking back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from shared.domain.tenant.heartbeats import Heartbeat, Memory

MAX_CHANGES: Final = 200
"""Verdict changes kept per day: a flapping day stays readable and within one row."""


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """From this minute of the day on, the verdict was this."""

    minute: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Day:
    """What was seen on one day.

    Attributes:
        day: The day, UTC.
        objects: Object syncs, as minutes after the day's midnight; negative when a sync of the
            evening before was seen only after midnight.
        passwords: Password syncs, likewise.
        verdicts: When the verdict changed; the first entry is the first tick of the day.
    """

    day: date
    objects: tuple[int, ...] = ()
    passwords: tuple[int, ...] = ()
    verdicts: tuple[VerdictChange, ...] = ()

    @property
    def midnight(self) -> datetime:
        """When the day began."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)


def write_down(
    today: Day | None, before: Memory, after: Memory, verdict: Verdict, at: datetime
) -> tuple[Day, Day | None]:
    """The day's record after one tick, and yesterday's if this tick began a new day.

    Args:
        today: The record so far; None on the very first tick.
        before: The memory before the tick.
        after: The memory after it.
        verdict: The tick's headline.
        at: The tick's time.
    """
    day = at.astimezone(UTC).date()
    finished = today if today is not None and today.day < day else None
    if today is None or finished is not None:
        today = Day(day)
    midnight = today.midnight
    verdicts = today.verdicts
    if (not verdicts or verdicts[-1].verdict is not verdict) and len(verdicts) < MAX_CHANGES:
        verdicts = (*verdicts, VerdictChange(_minutes(at - midnight), verdict))
    current = replace(
        today,
        objects=today.objects + _beat(before.objects, after.objects, midnight),
        passwords=today.passwords + _beat(before.passwords, after.passwords, midnight),
        verdicts=verdicts,
    )
    return current, finished


def _beat(before: Heartbeat, after: Heartbeat, midnight: datetime) -> tuple[int, ...]:
    if after.beats == before.beats or after.newest_at is None:
        return ()
    return (_minutes(after.newest_at - midnight),)


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)
