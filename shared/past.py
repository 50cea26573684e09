"""The past in brief: closed incidents, drills and days, one small row each.

They lie in a group of their own, ``past|<inverse minute>|…``, newest first, so that the status page
reads years of it in a few storage calls, and the last two weeks in one. Ticks do not read it, but
for the first one of each day, which prunes what has outlived its retention.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared import ledger
from shared.domain.drills.drill import Drill
from shared.domain.history.past import Past
from shared.domain.incidents.days import Day
from shared.ports import Insert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from shared.ports import Row

_PREFIX: Final = "past|"
_END: Final = "past}"


@dataclass(slots=True)
class PastRows:
    """What a range read of the past returned, decoded, each kind newest first.

    Attributes:
        incidents: Closed incidents.
        drills: Drills that ended.
        days: Finished days.
        unreadable: How many rows could not be read.
    """

    incidents: list[Past] = field(default_factory=list)
    drills: list[Drill] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    unreadable: int = 0


def whole() -> tuple[str, str]:
    """All of the past."""
    return _PREFIX, _END


def since(earliest: datetime) -> tuple[str, str]:
    """The past from this time until now."""
    return _PREFIX, f"{_PREFIX}{ledger.inverse(earliest)}}}"


def expired(at: datetime, retention: timedelta) -> tuple[str, str]:
    """What has outlived its retention."""
    return f"{_PREFIX}{ledger.inverse(at - retention)}|", _END


def put_day(day: Day, suffix: str = "") -> Insert:
    """The row of a finished day; `suffix` as in `ledger.put_transition`."""
    return Insert(f"{_PREFIX}{ledger.inverse(day.midnight)}|day{suffix}", ledger.encode(day))


def put_incident(past: Past, suffix: str = "") -> Insert:
    """The row of a closed incident."""
    place = ledger.inverse(ledger.opened_at(past.id))
    return Insert(f"{_PREFIX}{place}|incident|{past.id}{suffix}", ledger.encode(past))


def put_drill(drill: Drill, suffix: str = "") -> Insert:
    """The row of a drill that ended."""
    place = ledger.inverse(drill.started_at)
    return Insert(f"{_PREFIX}{place}|drill|{drill.id}{suffix}", ledger.encode(drill))


def read(rows: Iterable[Row]) -> PastRows:
    """Decode what a range read returned. Total: what cannot be read is counted."""
    found = PastRows()
    for row in rows:
        kind = row.key.split("|")[2:3]
        try:
            if row.document is None:
                raise ValueError("it has no document")  # noqa: TRY301 - counted like every other
            if kind == ["incident"]:
                found.incidents.append(ledger.decode(row.document, Past))
            elif kind == ["drill"]:
                found.drills.append(ledger.decode(row.document, Drill))
            elif kind and kind[0].startswith("day"):
                found.days.append(ledger.decode(row.document, Day))
        except ValueError:
            found.unreadable += 1
    return found
