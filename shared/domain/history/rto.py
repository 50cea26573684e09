"""How fast failovers were: detect, decide, switch; of each outage and drill, and the trend.

The switch itself takes minutes. What takes longer is to notice and to decide, and practice makes
both shorter: so each phase is told on its own, and the newest five beside the five before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from shared.domain.drills.drill import Drill
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.domain.history.past import Past

COMPARED: Final = 5
"""So many of the newest are compared with as many before."""


@dataclass(frozen=True, slots=True)
class Rto:
    """How long each phase took; None where its end, or what it counts from, was not seen.

    Attributes:
        detect: From the last sign of life, or the start of the drill, to the incident.
        decide: From there to the first acknowledgement or "I am switching over now". None also
            where that came after the switch: then it was not what the switch waited for.
        switch: From the last mark before it to the first export of the server that took over.
        total: From the beginning to the first sync after it was over; for a drill only where it
            recovered.
    """

    detect: timedelta | None = None
    decide: timedelta | None = None
    switch: timedelta | None = None
    total: timedelta | None = None

    @property
    def slowest(self) -> str:
        """The phase that took longest: "detect", "decide", "switch"; "" where none is known."""
        phases = {"detect": self.detect, "decide": self.decide, "switch": self.switch}
        known = {name: span for name, span in phases.items() if span is not None}
        return max(known, key=lambda name: known[name], default="")


@dataclass(frozen=True, slots=True)
class Timed:
    """One outage or drill in the trend.

    Attributes:
        id: The incident's or the drill's.
        began_at: The last sign of life before it, or when the drill was started.
        drill: Whether it was practice.
        switched_to: Who took over; "" where no switch was seen. Foreign text.
        rto: How long its phases took.
    """

    id: str
    began_at: datetime
    drill: bool
    switched_to: str
    rto: Rto


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend.

    Attributes:
        items: Each outage of sync and each drill that was detected or switched, newest first.
        now: The medians of the newest `COMPARED`.
        before: The medians of as many before; all None where there are none.
    """

    items: tuple[Timed, ...] = ()
    now: Rto = Rto()
    before: Rto = Rto()


def of(item: Past | Drill) -> Rto:
    """How long the phases of one outage or drill took."""
    if isinstance(item, Drill):
        decided, detected, over = item.decided_at, item.detected_at, item.recovered_at
        began = item.started_at
    else:
        taken = (item.first_acknowledged_at, item.switching_at)
        decided = min((time for time in taken if time is not None), default=None)
        detected, over = item.opened_at, item.gone_at or item.resolved_at
        began = item.since
    switched = item.switched_at
    if switched is not None:
        # what came after the switch did not lead to it: the team was faster than the watchdog
        detected = detected if detected is not None and detected <= switched else None
        decided = decided if decided is not None and decided <= switched else None
    first, second = detected or began, decided or detected or began
    return Rto(
        detect=_span(began, detected),
        decide=_span(first, decided),
        switch=_span(second, switched),
        total=_span(began, over),
    )


def trend(items: Iterable[Past | Drill]) -> Trend:
    """The trend of outages of sync and drills.

    Incidents that belong to a drill in `items` are told by it. What neither was detected nor
    switched, or ended without having recovered, says nothing.

    Args:
        items: Closed incidents and drills that ended, in any order.
    """
    every = list(items)
    drills = {item.id for item in every if isinstance(item, Drill)}
    timed = [_timed(item) for item in every if _counts(item, drills)]
    timed.sort(key=lambda each: (each.began_at, each.id), reverse=True)
    return Trend(
        items=tuple(timed),
        now=_medians(timed[:COMPARED]),
        before=_medians(timed[COMPARED : 2 * COMPARED]),
    )


def _counts(item: Past | Drill, drills: set[str]) -> bool:
    if isinstance(item, Drill):
        return item.detected_at is not None or item.switched_at is not None
    return item.kind is Kind.SYNC and not item.obsolete and item.drill not in drills


def _timed(item: Past | Drill) -> Timed:
    practice = isinstance(item, Drill)
    began = item.started_at if isinstance(item, Drill) else item.since
    return Timed(item.id, began, practice, item.switched_to, of(item))


def _span(start: datetime, end: datetime | None) -> timedelta | None:
    return None if end is None or end < start else end - start


def _medians(timed: list[Timed]) -> Rto:
    def middle(phase: Callable[[Rto], timedelta | None]) -> timedelta | None:
        known = [span.total_seconds() for each in timed if (span := phase(each.rto)) is not None]
        return timedelta(seconds=median(known)) if known else None

    return Rto(
        detect=middle(lambda rto: rto.detect),
        decide=middle(lambda rto: rto.decide),
        switch=middle(lambda rto: rto.switch),
        total=middle(lambda rto: rto.total),
    )
