"""Announcing and ending maintenance windows in the store.

What others call (windows of the setting are not in the store; `Plan.windows` has them):

- `announced(store, tenant_id) -> list[Window]`: what is stored, ended ones for a day, too.
- `announce(store, tenant_id, window, at) -> Change`: ANNOUNCED, ALREADY (the same form was sent
  before), FULL (`MAX_WINDOWS` stand) or OVER (it would never be on). The window comes from
  `recurrence.new_window`, which raises `WrongWindowError` for the person who typed it.
- `holding(windows, snap, at) -> Maintenance | None`: what holds cards now.
- `end(store, tenant_id, window_id, at, by=…, via=…) -> Change`: ENDED, ALREADY (somebody did) or
  UNKNOWN (no such window is stored; one of the setting is ended there). Ending a repeated window
  ends all its repetitions; cards that waited go with the next tick.

All raise `StoreUnavailableError`. Announcing and ending are log events (`watchdog.maintenance`)
and stand in the row: who, when, from where.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared import ledger, recurrence
from shared.domain.incidents.incident import State
from shared.domain.maintenance.window import MAX_WINDOWS, Window
from shared.domain.verdicts import Why
from shared.events import emit
from shared.ports import Delete, Insert, Outcome, Replace, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.incidents.incident import Incident
    from shared.domain.maintenance.window import Maintenance
    from shared.ledger import Snapshot
    from shared.ports import Store, Write

_TRIES: Final = 3
_KEPT_FOR: Final = timedelta(days=1)
"""So long is a window that is over kept: a form that is sent again must find it."""

_START, _END = "live|window|", "live|window}"


class Announced(StrEnum):
    """What became of an announcement, or of ending one."""

    ANNOUNCED = "announced"
    ALREADY = "already"
    FULL = "full"
    OVER = "over"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of it, and the window as it is now; None where there is none."""

    outcome: Announced
    window: Window | None = None


def holding(windows: Iterable[Window], snap: Snapshot, at: datetime) -> Maintenance | None:
    """The maintenance that holds cards; none does while our clock is known to be wrong.

    By a clock that runs a day ahead, a window of tomorrow would silence an outage of today.

    Args:
        windows: Those of the setting; the stored ones are in `snap`.
        snap: The tenant's live rows.
        at: Now, by our clock.
    """
    if any(_clock_is_wrong(incident) for incident in snap.incidents.values()):
        return None
    return recurrence.maintenance_at((*windows, *snap.windows.values()), at)


def _clock_is_wrong(incident: Incident) -> bool:
    over = incident.state is State.RESOLVED or incident.recovering
    return incident.evidence.why is Why.CLOCKS_DIFFER and not over


async def announced(store: Store, tenant_id: str) -> list[Window]:
    """The stored windows, the earliest first.

    Raises:
        StoreUnavailableError: The store could not be read.
    """
    snap = await _load(store, tenant_id)
    return sorted(snap.windows.values(), key=lambda window: (window.first, window.id))


async def announce(store: Store, tenant_id: str, window: Window, at: datetime) -> Change:
    """Store a window, once per form; windows that are long over are tidied away.

    Raises:
        StoreUnavailableError: Nothing is stored, or it cannot be known yet.
    """
    if recurrence.over(window, at):
        return Change(Announced.OVER, window)
    for attempt in range(_TRIES):
        snap = await _load(store, tenant_id)
        same = _same(snap, window)
        if same is not None:
            ours = same.id == window.id and attempt > 0  # the answer was lost, not the write
            if ours:
                _tell(tenant_id, "announced", window, window.by, window.via)
            return Change(Announced.ANNOUNCED if ours else Announced.ALREADY, same)
        past = [each for each in snap.windows.values() if recurrence.over(each, at)]
        if len(snap.windows) - len(past) >= MAX_WINDOWS:
            return Change(Announced.FULL)
        writes: list[Write] = [Insert(ledger.window_key(window), ledger.encode(window))]
        writes += _tidied(snap, past, at)
        write_id = f"window-{window.id}-{attempt}"
        if await store.commit(tenant_id, writes, write_id) is Outcome.APPLIED:
            _tell(tenant_id, "announced", window, window.by, window.via)
            return Change(Announced.ANNOUNCED, window)
    raise StoreUnavailableError(_NOT_KNOWN)


async def end(  # noqa: PLR0913 - who, when, from where
    store: Store, tenant_id: str, window_id: str, at: datetime, *, by: str, via: str
) -> Change:
    """End a window now, with all its repetitions.

    Raises:
        StoreUnavailableError: Nothing is stored, or it cannot be known yet.
    """
    for attempt in range(_TRIES):
        snap = await _load(store, tenant_id)
        window = snap.windows.get(window_id)
        if window is None:
            return Change(Announced.UNKNOWN)
        if window.ended_at is not None:
            ours = attempt > 0 and (window.ended_at, window.ended_by) == (at, by)
            return Change(Announced.ENDED if ours else Announced.ALREADY, window)
        ended = replace(window, ended_at=at, ended_by=by)
        key = ledger.window_key(window)
        writes = [Replace(key, ledger.encode(ended), snap.etags[key])]
        write_id = f"window-{window.id}-end-{int(at.timestamp())}-{attempt}"
        if await store.commit(tenant_id, writes, write_id) is Outcome.APPLIED:
            _tell(tenant_id, "ended", ended, by, via)
            return Change(Announced.ENDED, ended)
    raise StoreUnavailableError(_NOT_KNOWN)


_NOT_KNOWN: Final = (
    "The store did not say whether the change is stored. Look at the list of windows in a minute, "
    "then try again if it is not there."
)


async def _load(store: Store, tenant_id: str) -> Snapshot:
    return ledger.snapshot(await store.read(tenant_id, _START, _END))


def _same(snap: Snapshot, window: Window) -> Window | None:
    """The window that this form announced already, or this very one."""
    for each in snap.windows.values():
        if each.id == window.id or (window.form and each.form == window.form):
            return each
    return None


def _tidied(snap: Snapshot, past: list[Window], at: datetime) -> list[Delete]:
    """Windows that were over a day ago; the oldest of those that are over, if they are many."""
    long_ago = [each for each in past if recurrence.over(each, at - _KEPT_FOR)]
    recent = [each for each in past if each not in long_ago]
    recent.sort(key=lambda each: (each.ended_at or each.first, each.id))
    surplus = recent[: max(0, len(recent) - MAX_WINDOWS)]
    keys = [ledger.window_key(each) for each in (*long_ago, *surplus)]
    return [Delete(key, snap.etags[key]) for key in keys]


def _tell(tenant_id: str, what: str, window: Window, by: str, via: str) -> None:
    emit(
        "watchdog.maintenance",
        tenant=tenant_id,
        what=what,
        window=window.id,
        title=window.title,
        first=window.first.isoformat(),
        minutes=window.lasts.total_seconds() // 60,
        rule=window.rule,
        zone=window.zone,
        by=by,
        via=via,
    )
