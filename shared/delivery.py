"""Delivering what is due: claim with a lease, send, record.

A crash between claiming and recording leaves a lease that runs out; a later tick sends again.
That is the only way to see a card twice, and the card's message number shows it.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

from shared import ledger, maintaining
from shared.domain.cards.messages import Presentation, incident_message
from shared.domain.incidents import notifications
from shared.events import emit
from shared.ports import (
    MAX_WRITES,
    Delivery,
    Outcome,
    Receipt,
    Replace,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from shared.domain.incidents.incident import Step
    from shared.domain.incidents.notifications import Due, Notification
    from shared.domain.maintenance.window import Window
    from shared.domain.tenant.heartbeats import Memory
    from shared.ledger import Snapshot
    from shared.ports import PostsCards, Store, Write

_RECORD_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attempt to send a card."""

    incident: str
    verdict: str
    message: str
    number: int
    delivery: str
    detail: str

    def tell(self, tenant: str, *, recorded: bool) -> None:
        """Log `watchdog.card`; `recorded` says whether no later tick need send it again."""
        emit("watchdog.card", tenant=tenant, **asdict(self), recorded=recorded)


def named(presentation: Presentation, memory: Memory | None) -> Presentation:
    """The presentation with Graph's display name where the team set no name of its own."""
    if presentation.tenant_name or memory is None:
        return presentation
    return replace(presentation, tenant_name=memory.display_name)


class Outbox:
    """The notifications of one tenant, and the channel that takes them."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it sends, where to, and when
        self,
        tenant_id: str,
        store: Store,
        channel: PostsCards | None,
        presentation: Presentation,
        now: Callable[[], datetime],
        windows: tuple[Window, ...] = (),
    ) -> None:
        """Make an outbox; without a channel nothing is claimed and every card becomes overdue.

        Args:
            tenant_id: The tenant.
            store: Where the notifications are.
            channel: Takes the cards.
            presentation: What cards show and link to.
            now: The clock, aware UTC.
            windows: The maintenance windows of the setting; further ones are stored.
        """
        self._tenant_id, self._store, self._channel = tenant_id, store, channel
        self._presentation, self._now, self._windows = presentation, now, windows

    def fall_due(self, steps: Iterable[Step], stored: Sequence[Notification]) -> list[Notification]:
        """The notifications that these steps make due, to be stored with them."""
        escalation_card = bool(self._presentation.escalate_to)
        return notifications.fall_due(steps, stored, escalation_card=escalation_card)

    async def deliver(self, tick_id: str, until: float) -> list[Delivered]:
        """Claim, send and record each card that is due.

        Args:
            tick_id: Who holds the leases.
            until: The event loop's time after which no further card is claimed.

        Raises:
            StoreUnavailableError: The outbox could not be read.
        """
        if self._channel is None:
            return []
        snap = await self._load()
        due, pointless = notifications.to_send(
            snap.incidents.values(),
            snap.notifications.values(),
            self._now(),
            maintenance=self._in_maintenance(snap),
        )
        if pointless:
            at = self._now()
            changed = [notifications.supersede(item, at) for item in pointless]
            await self._commit(snap, changed, f"{tick_id}-pointless")
        delivered = []
        for item in due:
            if asyncio.get_running_loop().time() > until:
                break
            claimed = notifications.claim(item, tick_id, self._now())
            name = f"{tick_id}-{item.incident.id}"
            # The older ones are written unchanged: another tick that saw less, and is about to
            # claim one of them, must lose.
            held = [claimed, *item.older]
            if await self._commit(snap, held, f"{name}-claim") is Outcome.APPLIED:
                delivered.append(await self._send(self._channel, item, claimed, snap, name))
        return delivered

    async def _send(
        self, channel: PostsCards, due: Due, claimed: Notification, snap: Snapshot, name: str
    ) -> Delivered:
        presentation = named(self._presentation, snap.state.memory if snap.state else None)
        message = incident_message(due.incident, due.message, due.number, self._now(), presentation)
        receipt = await channel.post(message)
        recorded = await self._record(due, claimed, receipt, name)
        done = Delivered(
            incident=due.incident.id,
            verdict=due.incident.verdict,
            message=due.message,
            number=due.number,
            delivery=receipt.delivery,
            detail=receipt.detail,
        )
        done.tell(self._tenant_id, recorded=recorded)
        return done

    async def _record(self, due: Due, claimed: Notification, receipt: Receipt, name: str) -> bool:
        """Store what became of the card; False when a later tick may have to send it again."""
        key = ledger.notification_key(claimed)
        for attempt in range(_RECORD_TRIES):
            try:
                snap = await self._load()
                stored = snap.notifications.get(key)
                if stored is None or not stored.unsent:
                    return True
                changed = self._after(stored, due, receipt, snap)
                write_id = f"{name}-record{attempt}"
                if await self._commit(snap, changed, write_id) is Outcome.APPLIED:
                    return True
            except StoreUnavailableError:
                continue
        return False

    def _after(
        self, stored: Notification, due: Due, receipt: Receipt, snap: Snapshot
    ) -> list[Notification]:
        at = self._now()
        if receipt.delivery is not Delivery.ACCEPTED:
            refused = receipt.delivery is Delivery.REFUSED
            return [notifications.record_failure(stored, receipt.detail, at, refused=refused)]
        older = [
            notifications.supersede(found, at)
            for item in due.older
            if (found := snap.notifications.get(ledger.notification_key(item))) and found.unsent
        ]
        return [notifications.record_sent(stored, at), *older]

    def _in_maintenance(self, snap: Snapshot) -> bool:
        return maintaining.holding(self._windows, snap, self._now()) is not None

    async def _load(self) -> Snapshot:
        start, end = ledger.live_range()
        return ledger.snapshot(await self._store.read(self._tenant_id, start, end))

    async def _commit(
        self, snap: Snapshot, changed: Iterable[Notification], write_id: str
    ) -> Outcome:
        writes: list[Write] = [
            Replace(key, ledger.encode(item), snap.etags[key])
            for item in changed
            if (key := ledger.notification_key(item)) in snap.etags
        ]
        return await self._store.commit(self._tenant_id, writes[:MAX_WRITES], write_id)
