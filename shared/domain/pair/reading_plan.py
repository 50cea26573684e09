"""Which optional sources are due in a tick, and what one answer changes in what is known.

A healthy tick reads only what is due: most facts about a pair change in hours, and Microsoft's
limits are shared with everything else that reads the tenant. As soon as anything is wrong, a
person may be about to decide, and every source is due in every tick.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import Known, PairReadings, Source, SourceReading
from shared.domain.readings import Reason, Unavailable
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONAL: Final = tuple(Source(field.name) for field in fields(PairReadings))
"""Every optional source, in the order of the log."""

EVERY: Final[Mapping[Source, timedelta]] = {
    Source.CONNECT_HEALTH: timedelta(minutes=15),
    Source.SYNC_CONFIGURATION: timedelta(minutes=10),
    Source.AUDITS: timedelta(minutes=10),
    Source.HEALTH_DETAILS: timedelta(hours=1),
    Source.CERTIFICATES: timedelta(hours=1),
    Source.SERVICE_HEALTH: timedelta(hours=1),
    Source.CLOUD_SYNC: timedelta(hours=1),
}
"""How often a source is read while all is well. Servers upload run results to Connect Health every
30 minutes and two active servers take turns within a cycle of 30, so half of that sees both."""

RETRY_AFTER_FAILURE: Final = timedelta(minutes=10)
"""A failure that may pass by itself is tried again after so long, where `EVERY` is longer."""

LONGEST_PAUSE: Final = timedelta(hours=2)
"""A `Retry-After` further ahead than this was written by a wrong clock, or is not meant for us."""

_JITTER: Final = timedelta(minutes=1)
_NEEDS_A_PERSON: Final = frozenset({Reason.FORBIDDEN, Reason.NOT_CONFIGURED})


def due(readings: PairReadings, at: datetime, *, urgent: bool) -> tuple[Source, ...]:
    """The optional sources to read in this tick.

    Args:
        readings: What is known.
        at: The tick's time.
        urgent: Whether anything is wrong: a verdict other than `HEALTHY`, or a live incident.
    """
    return tuple(s for s in OPTIONAL if _due(s, known(readings, s), at, urgent=urgent))


def _due(source: Source, what: Known[Any], at: datetime, *, urgent: bool) -> bool:
    asked = what.problem.retry_at if what.problem else None
    if asked is not None and at < asked <= at + LONGEST_PAUSE:
        return False
    if urgent or what.tried_at is None or what.tried_at > at + CLOCK_TOLERANCE:
        return True
    pause = EVERY[source]
    if what.problem is not None and what.problem.reason not in _NEEDS_A_PERSON:
        pause = min(pause, RETRY_AFTER_FAILURE)
    return at >= what.tried_at + pause - _JITTER


def known(readings: PairReadings, source: Source) -> Known[Any]:
    """What is known from one source."""
    found: Known[Any] = getattr(readings, source)
    return found


def not_ahead(readings: PairReadings, at: datetime) -> PairReadings:
    """What is known, without times that our clock wrote while it ran ahead.

    A read that lies in the future would never become old, and so pass for fresh evidence. How old
    it is cannot be known: it may have been written just before our clock was set right, or hours
    before. So it has no age at all, and is no recent evidence, until the source is read again.
    """
    changed: dict[str, Known[Any]] = {}
    for source in OPTIONAL:
        what = known(readings, source)
        if max(what.read_at or at, what.tried_at or at) > at:
            tried_at = min(what.tried_at, at) if what.tried_at else None
            changed[source] = replace(what, read_at=_not_after(what.read_at, at), tried_at=tried_at)
    return replace(readings, **changed)


def _not_after(read_at: datetime | None, at: datetime) -> datetime | None:
    """A time of ours as it counts now: overlapping ticks differ a little, clocks by more."""
    if read_at is None or read_at > at + CLOCK_TOLERANCE:
        return None
    return min(read_at, at)


def take(
    readings: PairReadings, answers: Mapping[Source, SourceReading | Unavailable], at: datetime
) -> PairReadings:
    """What is known after these answers: a failed read keeps the last good one, and its age.

    Args:
        readings: What was known before.
        answers: What the sources said in this tick.
        at: The tick's time.
    """
    changed: dict[str, Known[Any]] = {}
    for source, answer in answers.items():
        before = known(readings, source)
        if isinstance(answer, Unavailable):
            changed[source] = replace(before, tried_at=at, problem=answer)
        else:
            changed[source] = Known(answer, read_at=at, tried_at=at)
    return replace(readings, **changed)
