"""A week in brief: the longest gap between two syncs, and the outages.

It says what was seen, not what was. Gaps are measured between syncs that the watchdog saw: across
a day without a record none is measured, and how long the watchdog was blind is told beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from shared.domain.history.past import Past
from shared.domain.incidents.days import Day
from shared.domain.incidents.incident import Incident
from shared.domain.verdicts import Kind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Week:
    """What was seen in a span of time, such as a week.

    Attributes:
        start: When it begins.
        end: When it ends.
        gap: The longest time without a new object sync, as far as it lies in the span; None where
            none was measured.
        gap_from: The sync before that gap.
        gap_open: Whether the gap lasts to the newest read.
        blind: How long the verdict was `BLIND`.
        missing: Days of which there is no record, though the tenant was watched.
        incidents: How many incidents were open in the span.
        outage: How long sync was out: the time covered by incidents of that kind.
        unreadable: Records that could not be read.
    """

    start: datetime
    end: datetime
    gap: timedelta | None = None
    gap_from: datetime | None = None
    gap_open: bool = False
    blind: timedelta = timedelta(0)
    missing: int = 0
    incidents: int = 0
    outage: timedelta = timedelta(0)
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Records:
    """What a week is told from.

    Attributes:
        days: The days' records, today's included; in any order.
        closed: Closed incidents in brief.
        live: Incidents that are not archived.
        read_at: The newest good read of the tenant; None before the first.
        watched_since: When watching began.
        synced_at: The newest object sync that was ever read; None before the first.
        unreadable: Records that could not be read.
    """

    days: Sequence[Day]
    closed: Sequence[Past]
    live: Sequence[Incident]
    read_at: datetime | None
    watched_since: datetime
    synced_at: datetime | None = None
    unreadable: int = 0


def week(records: Records, start: datetime, end: datetime) -> Week:
    """The span in brief.

    Args:
        records: What it is told from.
        start: When it begins; when watching began later, it begins then.
        end: When it ends: now.
    """
    start = min(max(start, records.watched_since), end)
    days = {day.day: day for day in records.days}
    gap, gap_from, still = _longest_gap(records, days, start, end)
    spans = [*_spans(records, end)]
    told = {identifier for identifier, _, a, b in spans if _overlap((a, b), start, end)}
    down = [(a, b) for _, kind, a, b in spans if kind is Kind.SYNC]
    return Week(
        start=start,
        end=end,
        gap=gap,
        gap_from=gap_from,
        gap_open=still,
        blind=_covered(_blind(days, end), start, end),
        missing=sum(1 for each in _dates(start, end) if each not in days),
        incidents=len(told),
        outage=_covered(down, start, end),
        unreadable=records.unreadable,
    )


_Span = tuple[datetime, datetime]


def _longest_gap(
    records: Records, days: dict[date, Day], start: datetime, end: datetime
) -> tuple[timedelta | None, datetime | None, bool]:
    """The longest gap, the sync before it, and whether it lasts."""
    seen = {at for day in days.values() for minute in day.objects if (at := _moment(day, minute))}
    if records.synced_at is not None:
        seen.add(records.synced_at.replace(second=0, microsecond=0))  # as the days keep them
    beats, read_at = sorted(beat for beat in seen if beat <= end), records.read_at
    gaps = [(a, b, False) for a, b in pairwise(beats)]
    if beats and read_at is not None and read_at > beats[-1]:
        gaps.append((beats[-1], min(read_at, end), True))
    best: tuple[timedelta, datetime, bool] | None = None
    for first, last, lasts in gaps:
        if last <= start or any(each not in days for each in _dates(max(first, start), last)):
            continue  # too long ago, or nobody knows whether there was a sync in between
        if best is None or last - first > best[0]:
            best = last - first, first, lasts
    return best or (None, None, False)


def _spans(records: Records, end: datetime) -> Iterator[tuple[str, Kind, datetime, datetime]]:
    """Id, kind, beginning and end of each incident; one that is not over lasts until `end`."""
    told: list[Past | Incident] = [*records.closed, *records.live]
    for incident in told:
        if not incident.obsolete:
            over = incident.gone_at or incident.resolved_at
            yield incident.id, incident.kind, incident.since, over or end


def _blind(days: dict[date, Day], end: datetime) -> Iterator[_Span]:
    """The stretches in which the verdict was `BLIND`; each ends with its day at the latest."""
    for day in days.values():
        changes = [(at, c.verdict) for c in day.verdicts if (at := _moment(day, c.minute))]
        ends = [at for at, _ in changes[1:]] + [min(day.midnight + _DAY, end)]
        for (at, verdict), until in zip(changes, ends, strict=False):
            if verdict is Verdict.BLIND:
                yield at, until


def _moment(day: Day, minute: int) -> datetime | None:
    """A minute of a day; None where it is so far off that no tick can have written it."""
    return day.midnight + minute * _MINUTE if abs(minute) <= 2 * _DAY // _MINUTE else None


def _covered(spans: Iterable[_Span], start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` the spans cover; overlaps count once."""
    total, reached = timedelta(0), start
    for span in sorted(spans):
        first, last = max(span[0], reached), min(span[1], end)
        if last > first:
            total += last - first
            reached = last
    return total


def _overlap(span: _Span, start: datetime, end: datetime) -> bool:
    return span[0] <= end and span[1] >= start


def _dates(start: datetime, end: datetime) -> Iterator[date]:
    """Each day, UTC, from one time to another."""
    day = start.astimezone(UTC).date()
    while day <= end.astimezone(UTC).date():
        yield day
        day += _DAY
