"""The probe row: written, read and deleted through the store that ticks use.

It has a partition of its own (`doctor|<tenant>`), which no tick reads. Each doctor has a row of its
own, so two at once do not disturb each other; a row that a doctor left because it died in the
middle is taken away by the next. A store commits no deletion alone (`ports.Store`), so the commit
that deletes the probe also notes, in one row, when a doctor last looked.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.doctor.facts import Probed, Step
from shared.ports import Delete, Insert, Outcome, Replace, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.ports import Row, Store

PREFIX: Final = "probe|"
LAST: Final = "last"
ABANDONED_AFTER: Final = timedelta(minutes=10)
"""Longer than any doctor runs: whoever wrote an older row is gone."""
_AT_ONCE: Final = 50
_TRIES: Final = 6
_END: Final = "~"  # after every key of the partition

_UNKNOWN: Final = "whether it was stored is not known, because the answer was lost"
_TAKEN: Final = "others write the same rows at the same time"


def partition(tenant_id: str) -> str:
    """Where probe rows live."""
    return f"doctor|{tenant_id}"


async def probe(store: Store, tenant_id: str, now: datetime, new_id: Callable[[], str]) -> Probed:
    """Write, read and delete one row.

    1. Read the partition: can it be read?
    2. Insert a row of our own.
    3. Read it back, and compare.
    4. Delete it, and what earlier doctors left; again if another doctor was first.

    Args:
        store: The store.
        tenant_id: The watched tenant.
        now: Our clock.
        new_id: A fresh random id.
    """
    place, own = partition(tenant_id), PREFIX + new_id()
    document = json.dumps({"at": now.isoformat(), "probe": own})
    step = Step.READ
    try:
        await store.read(place, "", _END)
        step = Step.WRITE
        outcome = await store.commit(place, [Insert(own, document)], new_id())
        if outcome is not Outcome.APPLIED:
            return Probed(step, _UNKNOWN if outcome is Outcome.UNKNOWN else _TAKEN)
        step = Step.READ_BACK
        rows = await store.read(place, "", _END)
        if document not in [row.document for row in rows if row.key == own]:
            return Probed(step, "what was read back is not what was written")
        step = Step.DELETE
        return await _delete(store, place, own, now, new_id)
    except StoreUnavailableError as refused:
        return Probed(step, str(refused))


async def _delete(
    store: Store, place: str, own: str, now: datetime, new_id: Callable[[], str]
) -> Probed:
    """Delete the own row and abandoned ones.

    Raises:
        StoreUnavailableError: The store refuses.
    """
    problem = _TAKEN
    note = json.dumps({"at": now.isoformat()})
    for _ in range(_TRIES):
        rows = await store.read(place, "", _END)
        mine = [row for row in rows if row.key == own]
        old = [row for row in rows if row.key != own and _abandoned(row, now)][:_AT_ONCE]
        if not mine:  # our own commit was applied, and its answer lost
            return Probed(Step.DONE)
        writes = [_noted(rows, note), *(Delete(row.key, row.etag) for row in (*mine, *old))]
        outcome = await store.commit(place, writes, new_id())
        if outcome is Outcome.APPLIED:
            return Probed(Step.DONE, cleaned=len(old))
        problem = _UNKNOWN if outcome is Outcome.UNKNOWN else _TAKEN
    return Probed(Step.DELETE, problem)


def _noted(rows: Sequence[Row], note: str) -> Insert | Replace:
    last = next((row for row in rows if row.key == LAST), None)
    return Insert(LAST, note) if last is None else Replace(LAST, note, last.etag)


def _abandoned(row: Row, now: datetime) -> bool:
    """Whether nobody can be at work on a probe row any more; one without a time counts as old."""
    if not row.key.startswith(PREFIX):
        return False
    try:
        at = datetime.fromisoformat(json.loads(row.document or "")["at"])
        return abs(now - at) > ABANDONED_AFTER
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return True
