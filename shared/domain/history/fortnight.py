"""The last two weeks for the chart: how long sync paused on each day, and what was wrong when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from shared.domain.bulletins.week import Records, week
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.drills.drill import Drill
    from shared.domain.history.past import Past
    from shared.domain.incidents.incident import Incident

DAYS: Final = 14

REACHES_BACK: Final = timedelta(days=DAYS + 2)
"""Records older than this say nothing about the fortnight; a day more for time zones."""

_BESIDE: Final = frozenset({Kind.STANDBY, Kind.HEALTH_ALERT, Kind.DEADLINE, Kind.BLIND})


class Track(StrEnum):
    """What a span of the chart is about."""

    SYNC = "sync"
    """Synchronisation or the roles: what a failover is about."""
    OTHER = "other"
    """Everything else that needed a person."""
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Bar:
    """One day.

    Attributes:
        day: The day by the clock of the office.
        start, end: When it begins and ends, in UTC.
        gap: The longest pause of object sync that reached into the day, as long as it was by the
            day's end; None where none was measured.
        lasts: Whether the pause goes on.
        blind: How long the watchdog could not see.
        recorded: Whether there is a record of all of the day that was watched.
        watched: Whether any of it was watched.
        incidents: How many incidents were open on it.
    """

    day: date
    start: datetime
    end: datetime
    gap: timedelta | None = None
    lasts: bool = False
    blind: timedelta = timedelta(0)
    recorded: bool = True
    watched: bool = True
    incidents: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time on one track; `end` is None while it lasts."""

    track: Track
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Fortnight:
    """The last 14 days, today included.

    Attributes:
        bars: One per day, oldest first.
        spans: What was wrong, by track and beginning; those that touch are one.
        limit: The age of the last sync at which it needs a person.
        at: Now.
        zone: By whose clock the days begin.
    """

    bars: tuple[Bar, ...]
    spans: tuple[Span, ...]
    limit: timedelta
    at: datetime
    zone: tzinfo


def fortnight(
    records: Records, drills: Iterable[Drill], limit: timedelta, at: datetime, zone: tzinfo
) -> Fortnight:
    """The last 14 days.

    Args:
        records: Days, incidents and the newest read.
        drills: Those that ended, and the one that runs.
        limit: The age of the last sync at which it needs a person.
        at: Now.
        zone: By whose clock the days begin.
    """
    records = replace(records, days=[d for d in records.days if at - d.midnight < REACHES_BACK])
    edges = _midnights(at, zone)
    known = {each.day for each in records.days}
    bars = tuple(_bar(records, known, start, end, at, zone) for start, end in pairwise(edges))
    spans = [span for span in _spans(records, drills) if (span.end or at) > edges[0]]
    return Fortnight(bars, tuple(_joined(spans)), limit, at, zone)


def _midnights(at: datetime, zone: tzinfo) -> list[datetime]:
    """When the days begin, and when the last one ends; a day may have 23 or 25 hours."""
    today = at.astimezone(zone).date()
    days = [today + timedelta(days=back) for back in range(1 - DAYS, 2)]
    return [datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in days]


def _bar(  # noqa: PLR0913, PLR0917 - one day of everything
    records: Records,
    known: set[date],
    start: datetime,
    end: datetime,
    at: datetime,
    zone: tzinfo,
) -> Bar:
    day = start.astimezone(zone).date()
    first = max(start, records.watched_since)
    last = min(end, at)
    if first >= last:
        return Bar(day, start, end, watched=False)
    # the last moment of a day is not yet the next one's midnight
    seen = week(records, first, last - timedelta(microseconds=1))
    touched = {first.astimezone(UTC).date(), (last - timedelta(microseconds=1)).date()}
    return Bar(
        day=day,
        start=start,
        end=end,
        gap=seen.gap,
        lasts=seen.gap_open and last == at,
        blind=seen.blind,
        recorded=touched <= known,
        incidents=seen.incidents,
    )


def _spans(records: Records, drills: Iterable[Drill]) -> Iterable[Span]:
    told: list[Past | Incident] = [*records.closed, *records.live]
    for incident in told:
        if not incident.obsolete:
            track = Track.OTHER if incident.kind in _BESIDE else Track.SYNC
            yield Span(track, incident.since, incident.gone_at or incident.resolved_at)
    for drill in drills:
        yield Span(Track.DRILL, drill.started_at, drill.recovered_at or drill.ended_at)


def _joined(spans: Iterable[Span]) -> Iterable[Span]:
    """Spans of one track that touch or overlap, as one."""
    now: Span | None = None
    for span in sorted(spans, key=lambda each: (each.track, each.start)):
        if now is None or now.track is not span.track or (now.end and now.end < span.start):
            if now is not None:
                yield now
            now = span
        elif now.end is not None:
            now = replace(now, end=None if span.end is None else max(now.end, span.end))
    if now is not None:
        yield now
