"""A drill: what is kept of it, while it runs and afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

LONGEST_DRILL: Final = timedelta(hours=8)
"""A drill that nobody ended is over by then, so that no real card is called a drill for long."""

DRILL_EVERY: Final = timedelta(days=90)
"""The team is reminded when the last drill is older."""


class DrillEnd(StrEnum):
    """How a drill ended."""

    RECOVERED = "recovered"
    """Synchronisation goes on: after the standby took over, or without a switch that was seen."""
    STOPPED = "stopped"
    """A person ended it before that."""
    EXPIRED = "expired"
    """It ran for `LONGEST_DRILL` without a recovery."""


@dataclass(frozen=True, slots=True)
class Drill:
    """One practice of the failover. Real monitoring goes on meanwhile.

    Attributes:
        id: Unguessable, like an incident's.
        started_at: When the stopwatch began.
        by: Who started it; foreign text.
        via: From where, such as "command line".
        note: What the person wrote; foreign text.
        form: The form that started it.
        active_before: Who was active at the start; "" where it was not known.
        detected_at: When the first incident after the start was opened: detection.
        incident: That incident's id.
        decided_at: When somebody first acknowledged it or said "I am switching over now".
        switched_at: The first export of the server that took over first.
        switched_to: That server.
        recovered_at: The first sync after the switch that was followed by another; without a
            switch the recovery of the incident.
        ended_at: When it ended; None while it runs.
        end: How it ended.
        ended_by: Who ended it, where a person did.
        ended_form: The form that ended it.
        syncs: The tenant's syncs since the start that nothing speaks against, oldest first; none
            after the end.
        unresolved: How many of its incidents that call somebody were still open when it ended:
            they are real now.
    """

    id: str
    started_at: datetime
    by: str = ""
    via: str = ""
    note: str = ""
    form: str = ""
    active_before: str = ""
    detected_at: datetime | None = None
    incident: str = ""
    decided_at: datetime | None = None
    switched_at: datetime | None = None
    switched_to: str = ""
    recovered_at: datetime | None = None
    ended_at: datetime | None = None
    end: DrillEnd | None = None
    ended_by: str = ""
    ended_form: str = ""
    syncs: tuple[datetime, ...] = ()
    unresolved: int = 0

    @property
    def running(self) -> bool:
        """Whether the stopwatch still runs."""
        return self.ended_at is None
