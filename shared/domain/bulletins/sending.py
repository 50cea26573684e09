"""Which bulletins to send now, which have become pointless, and the lease on the one that goes.

The rules are those of `incidents.notifications`: the newest unsent bulletin of a matter is sent and
makes the older ones unnecessary, one at a time; a lease guards the sending; nothing is ever
finally failed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from shared.domain.bulletins.bulletin import Bulletin, Occasion
from shared.domain.incidents.notifications import LEASE, leased, may_try

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ORDER: Final = {occasion: rank for rank, occasion in enumerate(Occasion)}


@dataclass(frozen=True, slots=True)
class DueBulletin:
    """A bulletin to claim and send now.

    Attributes:
        bulletin: The newest unsent one of its matter.
        older: The unsent ones that it makes unnecessary.
    """

    bulletin: Bulletin
    older: tuple[Bulletin, ...] = ()


def to_send(stored: Iterable[Bulletin], at: datetime) -> list[DueBulletin]:
    """Which bulletins to claim now: at most one of each matter, the longest due first.

    Args:
        stored: All bulletins of the ledger.
        at: Now, aware.
    """
    matters: dict[str, list[Bulletin]] = {}
    for bulletin in stored:
        if bulletin.card.unsent:
            matters.setdefault(_matter(bulletin), []).append(bulletin)
    found = []
    for unsent in matters.values():
        *older, newest = sorted(unsent, key=lambda b: (b.card.due_at, _ORDER[b.occasion], b.id))
        if not any(leased(b.card, at) for b in unsent) and may_try(newest.card, at):
            found.append(DueBulletin(newest, tuple(older)))
    return sorted(found, key=lambda item: (item.bulletin.card.due_at, item.bulletin.id))


def claim(bulletin: Bulletin, tick_id: str, at: datetime) -> Bulletin:
    """The bulletin with this tick's lease on it."""
    card = replace(
        bulletin.card,
        claimed_by=tick_id,
        claimed_until=at + LEASE,
        number=1,
        attempts=bulletin.card.attempts + 1,
    )
    return replace(bulletin, card=card)


def _matter(bulletin: Bulletin) -> str:
    """What it is about: of the bulletins about one matter, only the newest is of interest."""
    return f"drill {bulletin.about}" if bulletin.about else bulletin.occasion
