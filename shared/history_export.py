"""The use case of exporting the history: closed incidents, what happened, drills.

Incidents and drills come from the past in brief: a storage call for each thousand. What happened
stands in the history, which is read in steps of a few incidents, so that nobody's request reads
years at once: a page's export ends at `MOST` rows and says how much it left out; the command line
has no such limit.

A cell of a CSV that a spreadsheet would take for a formula is made text by an apostrophe before it
(OWASP, "CSV Injection"): names of servers and notes are foreign text.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from shared import ledger, past
from shared.domain.drills.drill import Drill
from shared.domain.history.documents import (
    drill_document,
    iso,
    past_document,
    transition_document,
)
from shared.domain.history.past import Past
from shared.domain.incidents.incident import Event, State, Transition
from shared.domain.verdicts import Kind, Verdict
from shared.standing import closed_incidents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.ports import Row, Store

SCHEMA: Final = 1
MOST: Final = 5_000
"""Rows of an export that a page asks for."""

_STEP: Final = 40
"""Incidents whose history is read at once."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class What(StrEnum):
    """What a CSV holds, one row each."""

    INCIDENTS = "incidents"
    TRANSITIONS = "transitions"
    DRILLS = "drills"


class ExportError(Exception):
    """What was asked for is not an export; the text says what would be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported.

    Attributes:
        what: The rows of a CSV; JSON holds all of it.
        since: Nothing that began before this time.
        until: Nothing that began at this time or later.
    """

    what: What = What.INCIDENTS
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, began: datetime) -> bool:
        """Whether what began then is asked for."""
        early = self.since is not None and began < self.since
        return not early and (self.until is None or began < self.until)


@dataclass(slots=True)
class Exported:
    """What was found, each newest first.

    Attributes:
        asked: What was asked for.
        incidents: Closed incidents.
        transitions: What happened, by incident and in order; of open incidents as well.
        drills: Drills that ended.
        left_out: Incidents and drills that are not in it, because the export was full.
        unreadable: Stored rows that could not be read.
    """

    asked: Asked
    incidents: list[Past] = field(default_factory=list)
    transitions: dict[str, list[Transition]] = field(default_factory=dict)
    drills: list[Drill] = field(default_factory=list)
    left_out: int = 0
    unreadable: int = 0


def asked_of(query: Mapping[str, str]) -> Asked:
    """What a query asks for: `what`, `since` and `until` (days, UTC; until is included).

    Raises:
        ExportError: It is none of that.
    """
    what = query.get("what", "") or What.INCIDENTS
    if what not in set(What):
        raise ExportError(f"`what` is one of {', '.join(What)}.")
    until = _day("until", query.get("until", ""))
    return Asked(
        what=What(what),
        since=_day("since", query.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )


def _day(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if not 2000 <= day.year < 3000:  # noqa: PLR2004 - whatever is beyond is a typing error
            raise ValueError(text)  # noqa: TRY301 - told like every other
    except ValueError:
        raise ExportError(f"`{name}` is a day such as 2026-03-14.") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


async def export(
    tenant_id: str, store: Store, asked: Asked, *, happened: bool, most: int | None = MOST
) -> Exported:
    """Read what is asked for.

    Args:
        tenant_id: The partition.
        store: The store.
        asked: What is exported.
        happened: Whether transitions are wanted.
        most: Rows that are read of each kind; None for all.

    Raises:
        StoreUnavailableError: The store could not be read.
    """
    start, end = ledger.live_range()
    snap = ledger.snapshot(await store.read(tenant_id, start, end))
    start, end = past.whole()
    known = past.read(await store.read(tenant_id, start, end))
    found = Exported(asked, unreadable=known.unreadable)
    found.incidents = [i for i in closed_incidents(snap, known) if asked.holds(i.opened_at)]
    found.incidents.sort(key=lambda each: (each.opened_at, each.id), reverse=True)
    found.drills = [drill for drill in known.drills if asked.holds(drill.started_at)]
    if happened:
        open_ones = [
            (i.opened_at, i.id) for i in snap.incidents.values() if i.state is not State.RESOLVED
        ]
        told = [(i.opened_at, i.id) for i in found.incidents]
        told += [each for each in open_ones if asked.holds(each[0])]
        await _read_history(tenant_id, store, sorted(told, reverse=True), found, most)
    if most is not None:
        found.left_out += max(0, len(found.incidents) - most) + max(0, len(found.drills) - most)
        found.incidents, found.drills = found.incidents[:most], found.drills[:most]
    return found


async def _read_history(
    tenant_id: str,
    store: Store,
    told: list[tuple[datetime, str]],
    found: Exported,
    most: int | None,
) -> None:
    """Read the transitions of these incidents, the newest first, some incidents at a time."""
    ids = [identifier for _, identifier in told if _is_id(identifier)]
    for place in range(0, len(ids), _STEP):
        if most is not None and sum(map(len, found.transitions.values())) >= most:
            found.left_out += len(ids) - place
            return
        step = ids[place : place + _STEP]
        first, last = (ledger.inverse(ledger.opened_at(each)) for each in (step[0], step[-1]))
        wanted = set(step)
        for row in await store.read(tenant_id, f"h|{first}|", f"h|{last}}}"):
            change = _transition(row, found)
            if change is not None and change.incident in wanted:
                found.transitions.setdefault(change.incident, []).append(change)
    for changes in found.transitions.values():
        changes.sort(key=lambda change: (change.number, change.at))


def _transition(row: Row, found: Exported) -> Transition | None:
    if row.key.split("|")[3:4] != ["transition"]:
        return None
    try:
        return ledger.decode(row.document or "", Transition)
    except ValueError:
        found.unreadable += 1
        return None


def _is_id(identifier: str) -> bool:
    try:
        ledger.opened_at(identifier)
    except ValueError:
        return False
    return True


# -- texts ----------------------------------------------------------------------------------------


def as_json(found: Exported, at: datetime) -> str:
    """Everything as one JSON document; the transitions of an incident stand in it.

    Args:
        found: What was read.
        at: When it was exported.
    """
    closed = {each.id for each in found.incidents}
    document = {
        "schema": SCHEMA,
        "exported_at": iso(at),
        "since": iso(found.asked.since),
        "until": iso(found.asked.until),
        "left_out": found.left_out,
        "unreadable_records": found.unreadable,
        "incidents": [
            {
                **past_document(each),
                "transitions": _documents(found.transitions.get(each.id, ())),
            }
            for each in found.incidents
        ],
        "open_incidents": [
            {"id": identifier, "transitions": _documents(changes)}
            for identifier, changes in found.transitions.items()
            if identifier not in closed
        ],
        "drills": [drill_document(drill) for drill in found.drills],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _documents(changes: Iterable[Transition]) -> list[dict[str, Any]]:
    return [transition_document(change) for change in changes]


def as_csv(found: Exported) -> str:
    """What was asked for as CSV (RFC 4180): a header, then one row each, lines end with CR LF."""
    rows: list[dict[str, Any]]
    if found.asked.what is What.INCIDENTS:
        rows = [past_document(each) for each in found.incidents]
        columns = list(past_document(_SAMPLE_PAST))
    elif found.asked.what is What.DRILLS:
        rows = [drill_document(each) for each in found.drills]
        columns = list(drill_document(_SAMPLE_DRILL))
    else:
        rows = [doc for changes in found.transitions.values() for doc in _documents(changes)]
        columns = list(transition_document(_SAMPLE_CHANGE))
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row[name]) for name in columns] for row in rows)
    return "".join(lines.written)


def cell(value: object) -> str:
    """A value as the text of a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Lines:
    """What `csv.writer` writes to."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> int:
        self.written.append(text)
        return len(text)


_THEN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLE_PAST: Final = Past(
    "", Kind.SYNC, Verdict.SERVER_SILENT, Verdict.SERVER_SILENT, _THEN, _THEN
)
_SAMPLE_DRILL: Final = Drill("", _THEN)
_SAMPLE_CHANGE: Final = Transition(
    "", 0, next(iter(Event)), None, State.OPEN, _THEN, Verdict.SERVER_SILENT, ""
)
