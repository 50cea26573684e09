"""The ledger: what is stored per tenant, under which keys, and how rows become values and back.

Keys
----
One partition per tenant. Two groups of rows, laid out so that one range read serves a tick:

``h|<inverse minute>|…``
    History, newest first: transitions and archived incidents. The part that has outlived its
    retention is the *end* of this group, next to …
``live|…``
    The few rows that every tick needs: the tenant's state, today's record, what is known from each
    optional source, the incidents that are not archived and their notifications, bulletins,
    announced maintenance windows, the drill that runs.

So a tick reads from the retention's end to the end of ``live``: its rows and what is to be
pruned, however long the history is. ``past|…`` holds closed incidents in brief, drills and days
(`shared.past`); ``set-aside|…`` holds damaged rows, whole, for a person.

The state row is replaced, conditionally, by every commit that judges: it serialises the ticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

import msgspec

from shared.domain.bulletins.bulletin import Bulletin
from shared.domain.drills.drill import Drill
from shared.domain.incidents.days import Day
from shared.domain.incidents.incident import Incident, Transition
from shared.domain.incidents.notifications import Notification
from shared.domain.maintenance.window import Window
from shared.domain.pair.exports import PairMemory
from shared.domain.pair.readings import PairReadings
from shared.domain.tenant.heartbeats import Memory
from shared.domain.verdicts import Evidence, Verdict
from shared.ports import Insert, Replace, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

STATE_KEY: Final = "live|state"
TODAY_KEY: Final = "live|today"
_INCIDENT: Final = "live|incident|"
_NOTIFICATION: Final = "live|notification|"
_SOURCE: Final = "live|source|"
_BULLETIN: Final = "live|bulletin|"
_WINDOW: Final = "live|window|"
DRILL_KEY: Final = "live|drill"
_END: Final = "live}"  # the code point after '|'
_MINUTES: Final = 999_999_999  # inverse minutes have nine digits until the year 3871
_HISTORY: Final = re.compile(r"h\|\d{9}\|")
_YEARS: Final = 1, 9000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TenantState:
    """The row that every judging commit replaces.

    Attributes:
        memory: What is remembered of the heartbeats.
        tick_id: The tick that wrote it.
        ticked_at: When that tick ran.
        verdict: Its headline.
        evidence: What the headline rested on.
        succeeded_at: The last tick that completed a read attempt, stored it, and found no card
            overdue; the age of it is what `/api/health` reports.
        schema: The layout's version, for later releases.
        pair: What is remembered of who exported.
        digest_slot: The newest time of `WATCHDOG_DIGEST` for which a digest fell due; None before
            the first tick of a release that sends them.
        drill_at: When the newest drill that ended by recovery was started.
        drill_due_at: When the team was last reminded that a drill is due.
    """

    memory: Memory
    tick_id: str
    ticked_at: datetime
    verdict: Verdict
    evidence: Evidence
    succeeded_at: datetime | None = None
    schema: int = 1
    pair: PairMemory = field(default_factory=PairMemory)
    digest_slot: datetime | None = None
    drill_at: datetime | None = None
    drill_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Archived:
    """A resolved incident with its notifications, in one history row."""

    incident: Incident
    notifications: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that could not be read, and why; it is set aside, never overwritten."""

    row: Row
    problem: str


@dataclass(slots=True)
class Snapshot:
    """A tenant's live rows, decoded, each with the etag that a later write depends on."""

    state: TenantState | None = None
    today: Day | None = None
    incidents: dict[str, Incident] = field(default_factory=dict)
    notifications: dict[str, Notification] = field(default_factory=dict)
    readings: PairReadings = field(default_factory=PairReadings)
    bulletins: dict[str, Bulletin] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    drill: Drill | None = None
    etags: dict[str, str] = field(default_factory=dict)
    damaged: list[Damaged] = field(default_factory=list)
    expired: list[Row] = field(default_factory=list)
    moved: list[Damaged] = field(default_factory=list)

    @property
    def unsent(self) -> frozenset[str]:
        """Ids of the incidents that have a card to be sent."""
        return frozenset(n.incident for n in self.notifications.values() if n.unsent)


def tick_range(at: datetime, retention: timedelta) -> tuple[str, str]:
    """The one range that a tick reads: expired history, then the live rows."""
    return f"h|{inverse(at - retention)}|", _END


def live_range() -> tuple[str, str]:
    """The live rows alone."""
    return "live|", _END


def incident_range(incident_id: str) -> tuple[str, str]:
    """Everything in the history about one incident."""
    prefix = history(incident_id)
    return f"{prefix}|", f"{prefix}}}"


def inverse(at: datetime) -> str:
    """A minute as nine digits that sort newest first."""
    minutes = int(at.timestamp() // 60)
    return f"{max(0, min(_MINUTES, _MINUTES - minutes)):09d}"


def incident_id(at: datetime, random_part: str) -> str:
    """An incident's id: readable opening time, unguessable rest, and its place in the history.

    Args:
        at: When the incident is opened.
        random_part: At least 40 random bits as lower-case letters and digits.
    """
    return f"{at.astimezone(UTC):%Y%m%d-%H%M}-{random_part}"


def opened_at(identifier: str) -> datetime:
    """The opening minute in an incident's id.

    Raises:
        ValueError: It is not an incident's id.
    """
    stamp, _, random_part = identifier.rpartition("-")
    # strptime takes the digits of every script, a key of the store only those of ASCII
    if not (identifier.isascii() and random_part.isalnum()) or len(identifier) > 64:  # noqa: PLR2004 - far above any real id
        raise ValueError("not an incident id")
    return datetime.strptime(stamp, "%Y%m%d-%H%M").replace(tzinfo=UTC)


def incident_key(identifier: str) -> str:
    """The live row of an incident."""
    return f"{_INCIDENT}{identifier}"


def notification_key(notification: Notification) -> str:
    """The live row of a notification."""
    return f"{_NOTIFICATION}{notification.incident}|{notification.sequence:04d}"


def bulletin_key(bulletin: Bulletin) -> str:
    """The live row of a bulletin."""
    return f"{_BULLETIN}{bulletin.id}"


def window_key(window: Window) -> str:
    """The live row of an announced maintenance window."""
    return f"{_WINDOW}{window.id}"


def source_key(source: str) -> str:
    """The live row of what is known from an optional source."""
    return f"{_SOURCE}{source}"


def history(identifier: str) -> str:
    """What the keys of an incident's history begin with."""
    return f"h|{inverse(opened_at(identifier))}|{identifier}"


def encode(value: object) -> str:
    """A value as the JSON text of its row."""
    return msgspec.json.encode(value).decode()


def length(value: object) -> int:
    """The UTF-16 units of a value's document, which is what a store limits."""
    return len(encode(value).encode("utf-16-le")) // 2


def decode(text: str, kind: type[T]) -> T:
    """The value of a row's JSON text.

    Raises:
        ValueError: The text is not such a value, or holds a time without a zone.
    """
    try:
        value = msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError) as problem:
        raise ValueError(f"not a stored {kind.__name__}: {problem}") from problem
    if _unusable(value):
        raise ValueError(f"not a stored {kind.__name__}: a time has no zone or is impossible")
    return value


def _unusable(value: object) -> bool:
    """Whether a time in it has no zone, or is so far off that adding to it overflows."""
    if isinstance(value, datetime):
        return value.tzinfo is None or not _YEARS[0] < value.year < _YEARS[1]
    if isinstance(value, tuple):
        return any(_unusable(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return any(_unusable(getattr(value, name)) for name in _names(type(value)))
    return False


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def snapshot(rows: Iterable[Row]) -> Snapshot:
    """Decode what a range read returned. Total: a damaged row is listed, not raised."""
    snap = Snapshot()
    found: dict[str, Row] = {}
    for row in rows:
        if row.key < "live|":
            if _HISTORY.match(row.key):  # whatever else lies between is not ours to prune
                snap.expired.append(row)
            continue
        found[row.key] = row
        try:
            _take(snap, row)
        except ValueError as problem:
            snap.damaged.append(Damaged(row, str(problem)))
        else:
            snap.etags[row.key] = row.etag
    for key, notification in list(snap.notifications.items()):
        if notification.incident not in snap.incidents:
            del snap.notifications[key]
            del snap.etags[key]
            snap.damaged.append(Damaged(found[key], "its incident is not there"))
    return snap


def _take(snap: Snapshot, row: Row) -> None:
    """Decode one live row; rows of a later release have unknown keys and are left alone."""
    text = row.document
    if text is None:
        raise ValueError("it has no document")
    if row.key == STATE_KEY:
        snap.state = decode(text, TenantState)
    elif row.key == TODAY_KEY:
        snap.today = decode(text, Day)
    elif row.key.startswith(_INCIDENT):
        incident = decode(text, Incident)
        opened_at(incident.id)
        _same(incident_key(incident.id), row.key)
        snap.incidents[incident.id] = incident
    elif row.key.startswith(_NOTIFICATION):
        notification = decode(text, Notification)
        _same(notification_key(notification), row.key)
        snap.notifications[row.key] = notification
    elif row.key.startswith(_BULLETIN):
        bulletin = decode(text, Bulletin)
        _same(bulletin_key(bulletin), row.key)
        snap.bulletins[row.key] = bulletin
    elif row.key.startswith(_WINDOW):
        window = decode(text, Window)
        _same(window_key(window), row.key)
        snap.windows[window.id] = window
    elif row.key == DRILL_KEY:
        snap.drill = decode(text, Drill)
    elif (source := row.key.removeprefix(_SOURCE)) in _kinds_of_readings():
        known = decode(text, _kinds_of_readings()[source])
        snap.readings = replace(snap.readings, **{source: known})


@cache
def _kinds_of_readings() -> dict[str, Any]:
    return get_type_hints(PairReadings)


def _same(key: str, found: str) -> None:
    if key != found:
        raise ValueError("its document belongs under another key")


def put(snap: Snapshot, key: str, value: object) -> Insert | Replace:
    """Insert the row, or replace it if the snapshot saw it, damaged or not."""
    etag = snap.etags.get(key) or next(
        (item.row.etag for item in snap.damaged if item.row.key == key), None
    )
    text = encode(value)
    return Insert(key, text) if etag is None else Replace(key, text, etag)


def put_transition(transition: Transition, suffix: str = "") -> Insert:
    """The history row of a transition.

    Its key is deterministic. `suffix` is for a second try: a hand-edited counter must not make
    every later commit collide with a row that is already there.
    """
    key = f"{history(transition.incident)}|transition|{transition.number:04d}{suffix}"
    return Insert(key, encode(transition))
