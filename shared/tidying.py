"""Tidying the ledger: what a commit takes along when there is room.

Damaged rows are set aside whole, cards that wait for nothing any more are freed, told incidents
archived, expired history pruned. All of it is groups of writes: a group goes as a whole, into this
transaction or into a later one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared import ledger, past
from shared.domain.history.past import past as in_brief
from shared.domain.incidents.incident import State
from shared.fitting import archived
from shared.ports import MAX_DOCUMENT, MAX_WRITES, Delete, Insert, Replace, valid_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.incidents.notifications import Notification
    from shared.domain.incidents.office_hours import OfficeHours
    from shared.ledger import Snapshot
    from shared.ports import Write

_ASIDE_LIMIT: Final = MAX_DOCUMENT - 2_000
_ARCHIVED_CARDS: Final = 60
_TRANSACTION: Final = 3 * 1024 * 1024  # of the 4 MiB that a transaction holds


def set_aside(snap: Snapshot, writes: list[Write], at: datetime, write_id: str) -> list[Write]:
    """Add the writes that move each damaged row under a new key, whole, as far as there is room.

    A damaged row that the commit replaces, such as the state, is not deleted; it comes first, so
    that it is never overwritten without having been kept. `snap.moved` says what was moved.
    """
    replaced = {write.key for write in writes}
    for number, item in enumerate(sorted(snap.damaged, key=lambda d: d.row.key not in replaced)):
        row = item.row
        if not valid_key(row.key):
            continue  # a key that no commit may name: it is reported and left where it is
        key = f"set-aside|{ledger.inverse(at)}|{write_id[:8]}{number}|{row.key}"
        whole = {"key": row.key, "document": row.document, "extra": dict(row.extra)}
        text = json.dumps({"problem": item.problem[:500], **whole})
        parts = [text[i : i + _ASIDE_LIMIT] for i in range(0, len(text), _ASIDE_LIMIT)]
        group: list[Write] = [Insert(f"{key[:190]}|{i}", part) for i, part in enumerate(parts)]
        if row.key not in replaced:
            group.append(Delete(row.key, row.etag))
        longer = fill(writes, [group])
        if longer is not writes:
            writes = longer
            snap.moved.append(item)
    return writes


def told_bulletins(snap: Snapshot) -> list[list[Write]]:
    """The writes that delete each bulletin that nobody has to send any more; one group each.

    What it was about is kept elsewhere; the tenant's state knows for which week one fell due.
    """
    told = (key for key, bulletin in snap.bulletins.items() if not bulletin.card.unsent)
    return [[Delete(key, snap.etags[key])] for key in told]


def freed(snap: Snapshot, office: OfficeHours, at: datetime) -> list[list[Write]]:
    """The writes that shorten the waiting of quiet cards when a window was ended early.

    They were to wait for office hours after its announced end, which may be a week away; now they
    wait for the next ones. To be asked only while no window is on.
    """
    opening = office.next_open(at)
    waiting = {
        key: card
        for key, card in snap.notifications.items()
        if card.unsent and card.window_until is not None and not card.maintenance
    }
    return [
        [Replace(key, ledger.encode(replace(card, not_before=opening)), snap.etags[key])]
        for key, card in waiting.items()
        if card.not_before is not None and card.not_before > opening
    ]


def archive(snap: Snapshot, suffix: str = "") -> list[list[Write]]:
    """The writes that move each resolved, fully told incident into the history; one group each.

    An incident with very many cards loses the oldest of them first, so that the rest fits into
    one row and one transaction; its transitions are history of their own.
    """
    groups: list[list[Write]] = []
    for incident in snap.incidents.values():
        own = {k: n for k, n in snap.notifications.items() if n.incident == incident.id}
        if incident.state is not State.RESOLVED or any(n.unsent for n in own.values()):
            continue
        oldest_first = sorted(own, key=lambda k: own[k].sequence)
        if len(oldest_first) > _ARCHIVED_CARDS:
            surplus = oldest_first[:-_ARCHIVED_CARDS]
            groups += [[Delete(k, snap.etags[k])] for k in surplus]
            continue
        key = ledger.incident_key(incident.id)
        archived_key = f"{ledger.history(incident.id)}|incident{suffix}"
        group: list[Write] = [
            Insert(archived_key, archived(incident, own.values())),
            past.put_incident(in_brief(incident, _sent(own.values())), suffix),
            Delete(key, snap.etags[key]),
        ]
        group += [Delete(k, snap.etags[k]) for k in own]
        groups.append(group)
    return groups


def _sent(told: Iterable[Notification]) -> int:
    return sum(1 for card in told if card.sent_at is not None)


def prune(snap: Snapshot) -> list[list[Write]]:
    """The writes that delete what has outlived its retention; one group per row.

    What belongs to an incident that is still live is kept, however old.
    """
    return [
        [Delete(row.key, row.etag)]
        for row in snap.expired
        if snap.incidents.keys().isdisjoint(row.key.split("|")[2:]) and valid_key(row.key)
    ]


def fill(writes: list[Write], groups: Iterable[list[Write]]) -> list[Write]:
    """Add as many whole groups as one transaction holds; the rest waits for the next tick."""
    size = None
    for group in groups:
        size = _size(writes) if size is None else size
        if len(writes) + len(group) <= MAX_WRITES and size + _size(group) <= _TRANSACTION:
            writes = [*writes, *group]
            size += _size(group)
    return writes


def _size(writes: Iterable[Write]) -> int:
    """Bytes on the wire, estimated from above: JSON within JSON, beside each row's own overhead."""
    return sum(
        2_048 + (0 if isinstance(write, Delete) else len(json.dumps(write.document)))
        for write in writes
    )
