"""Bulletins in a tick: what falls due, and delivering it: claim with a lease, send, record.

As with the cards of incidents (`shared.delivery`), a crash between sending and recording leaves a
lease that runs out, and a later tick sends again. The card is written when it is sent, from what
that very tick judged, so it is never older than the tick.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared import drilling, ledger, past
from shared.delivery import Delivered, named
from shared.domain.bulletins import falling, sending
from shared.domain.bulletins.falling import Fallen, Remembered, Scene
from shared.domain.bulletins.summary import BulletinFacts, TenantSummary
from shared.domain.bulletins.week import Records, week
from shared.domain.bulletins.weekly import WEEK
from shared.domain.cards.bulletins import bulletin_message, has_subject
from shared.domain.drills.drill import DRILL_EVERY, LONGEST_DRILL
from shared.domain.incidents import notifications
from shared.domain.incidents.incident import State
from shared.domain.verdicts import Kind, severity
from shared.ports import (
    MAX_WRITES,
    Delivery,
    Outcome,
    Receipt,
    Replace,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.bookkeeping import Look, Plan
    from shared.domain.bulletins.bulletin import Bulletin
    from shared.domain.bulletins.sending import DueBulletin
    from shared.domain.drills.drill import Drill
    from shared.domain.incidents.incident import Incident
    from shared.domain.incidents.notifications import Notification
    from shared.ledger import Snapshot
    from shared.past import PastRows
    from shared.ports import PostsCards, Store, Write

_RECORD_TRIES: Final = 3
_DAY: Final = timedelta(days=1)


def fall_due(plan: Plan, snap: Snapshot, view: Look) -> Fallen:
    """The bulletins that fall due in a tick, to be stored with what it judged. Pure.

    Args:
        plan: What the team configured.
        snap: What the tick read from the ledger.
        view: What it decided.
    """
    incidents = snap.incidents | {step.incident.id: step.incident for step in view.steps}
    urgent = any(i.state is not State.RESOLVED and not i.quiet for i in incidents.values())
    scene = Scene(
        digest=plan.digest,
        office=plan.rhythm.office,
        watched_since=view.memory.started_at,
        stored=frozenset(bulletin.id for bulletin in snap.bulletins.values()),
        clock_suspect=view.judgement.finding(Kind.CLOCK) is not None,
        busy=urgent or (snap.drill is not None and snap.drill.running),
    )
    return falling.fall_due(scene, _remembered(snap), view.observation.at)


def anything_to_send(snap: Snapshot, view: Look) -> bool:
    """Whether a bulletin fell due in this tick, or is still unsent. Pure.

    Args:
        snap: What the tick read from the ledger.
        view: What it decided.
    """
    if view.fallen.bulletins or any(each.card.unsent for each in snap.bulletins.values()):
        return True
    drill = drilling.after_tick(snap, view)
    return drill is not None and not drill.running  # it has just ended, which is told


def every_card(snap: Snapshot) -> list[Notification]:
    """Every card of the outbox, bulletins included: what must not be overdue."""
    return [*snap.notifications.values(), *(each.card for each in snap.bulletins.values())]


def _remembered(snap: Snapshot) -> Remembered:
    state = snap.state
    if state is None:
        return Remembered()
    return Remembered(state.digest_slot, state.drill_at, state.drill_due_at)


class BulletinBoard:
    """The bulletins of one tenant, and the channel that takes them."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        channel: PostsCards | None,
        now: Callable[[], datetime],
    ) -> None:
        """Make a board; without a channel nothing is claimed and every bulletin gets overdue."""
        self._plan, self._store, self._channel, self._now = plan, store, channel, now

    async def deliver(self, tick_id: str, view: Look, until: float) -> list[Delivered]:
        """Claim, send and record each bulletin that is due.

        Args:
            tick_id: Who holds the leases.
            view: What this tick judged: what a digest tells.
            until: The event loop's time after which no further bulletin is claimed.

        Raises:
            StoreUnavailableError: The outbox or the past could not be read.
        """
        if self._channel is None or asyncio.get_running_loop().time() > until:
            return []
        snap, at = await self._load(), self._now()
        due = sending.to_send(snap.bulletins.values(), at)
        if not due:
            return []
        known = await self._read_past(due, at)
        delivered = []
        for item in due:
            if asyncio.get_running_loop().time() > until:
                break
            facts = self._facts(item.bulletin, snap, known, view)
            name = f"{tick_id}-{item.bulletin.id}"
            if not has_subject(item.bulletin, facts):
                gone = [_superseded(each, self._now()) for each in (item.bulletin, *item.older)]
                await self._commit(snap, gone, f"{name}-pointless")
                continue
            claimed = sending.claim(item.bulletin, tick_id, self._now())
            held = [claimed, *item.older]  # unchanged: a tick that saw less must lose
            if await self._commit(snap, held, f"{name}-claim") is Outcome.APPLIED:
                delivered.append(await self._send(self._channel, item, facts, snap, name))
        return delivered

    # -- what it tells ----------------------------------------------------------------------------

    async def _read_past(self, due: Iterable[DueBulletin], at: datetime) -> PastRows:
        """The past as far back as any of them tells of: one storage call."""
        drills = [i.bulletin.card.due_at - LONGEST_DRILL - _DAY for i in due if i.bulletin.about]
        start, end = past.since(min([at - WEEK - _DAY, *drills]))
        return past.read(await self._store.read(self._plan.tenant_id, start, end))

    def _facts(
        self, bulletin: Bulletin, snap: Snapshot, known: PastRows, view: Look
    ) -> BulletinFacts:
        at, remembered = self._now(), _remembered(snap)
        last = falling.last_drill(remembered, view.memory.started_at, at)
        running = snap.drill is not None and snap.drill.running
        return BulletinFacts(
            tenants=(self._tenant(snap, known, view, at),),
            digest=self._plan.digest,
            drill=_drill(bulletin, snap, known),
            drill_is_due=not running and at - last >= DRILL_EVERY,
        )

    def _tenant(self, snap: Snapshot, known: PastRows, view: Look, at: datetime) -> TenantSummary:
        memory, judgement = view.memory, view.judgement
        standing = [i for i in snap.incidents.values() if i.state is not State.RESOLVED]
        records = Records(
            days=[*known.days, *([snap.today] if snap.today else [])],
            closed=known.incidents,
            live=list(snap.incidents.values()),
            read_at=memory.read_at,
            watched_since=memory.started_at,
            synced_at=memory.objects.newest_at,
            unreadable=known.unreadable,
        )
        problem, drill = memory.unavailable, snap.drill
        return TenantSummary(
            name=named(self._plan.presentation, memory).tenant,
            verdict=judgement.verdict,
            evidence=judgement.evidence,
            week=week(records, at - WEEK, at),
            watched_since=memory.started_at,
            unreadable=f"{problem.reason}: {problem.detail}" if problem else "",
            standing=tuple(sorted(standing, key=_severity, reverse=True)),
            drill_at=snap.state.drill_at if snap.state else None,
            drilling_since=drill.started_at if drill and drill.running else None,
        )

    # -- sending ----------------------------------------------------------------------------------

    async def _send(
        self,
        channel: PostsCards,
        item: DueBulletin,
        facts: BulletinFacts,
        snap: Snapshot,
        name: str,
    ) -> Delivered:
        memory = snap.state.memory if snap.state else None
        presentation = named(self._plan.presentation, memory)
        message = bulletin_message(item.bulletin, facts, self._now(), presentation)
        receipt = await channel.post(message)
        recorded = await self._record(item, receipt, name)
        done = Delivered(
            incident=item.bulletin.id,
            verdict="",
            message=item.bulletin.occasion,
            number=1,
            delivery=receipt.delivery,
            detail=receipt.detail,
        )
        done.tell(self._plan.tenant_id, recorded=recorded)
        return done

    async def _record(self, item: DueBulletin, receipt: Receipt, name: str) -> bool:
        """Store what became of it; False when a later tick may have to send it again."""
        key = ledger.bulletin_key(item.bulletin)
        for attempt in range(_RECORD_TRIES):
            try:
                snap = await self._load()
                stored = snap.bulletins.get(key)
                if stored is None or not stored.card.unsent:
                    return True
                changed = self._after(stored, item, receipt, snap)
                write_id = f"{name}-record{attempt}"
                if await self._commit(snap, changed, write_id) is Outcome.APPLIED:
                    return True
            except StoreUnavailableError:
                continue
        return False

    def _after(
        self, stored: Bulletin, item: DueBulletin, receipt: Receipt, snap: Snapshot
    ) -> list[Bulletin]:
        at = self._now()
        if receipt.delivery is not Delivery.ACCEPTED:
            refused = receipt.delivery is Delivery.REFUSED
            card = notifications.record_failure(stored.card, receipt.detail, at, refused=refused)
            return [replace(stored, card=card)]
        older = [
            _superseded(found, at)
            for each in item.older
            if (found := snap.bulletins.get(ledger.bulletin_key(each))) and found.card.unsent
        ]
        return [replace(stored, card=notifications.record_sent(stored.card, at)), *older]

    async def _load(self) -> Snapshot:
        start, end = ledger.live_range()
        return ledger.snapshot(await self._store.read(self._plan.tenant_id, start, end))

    async def _commit(self, snap: Snapshot, changed: Iterable[Bulletin], write_id: str) -> Outcome:
        writes: list[Write] = [
            Replace(key, ledger.encode(item), snap.etags[key])
            for item in changed
            if (key := ledger.bulletin_key(item)) in snap.etags
        ]
        return await self._store.commit(self._plan.tenant_id, writes[:MAX_WRITES], write_id)


def _drill(bulletin: Bulletin, snap: Snapshot, known: PastRows) -> Drill | None:
    """The drill that a bulletin is about: the one that runs, or a past one."""
    drills = [*([snap.drill] if snap.drill else []), *known.drills]
    return next((drill for drill in drills if drill.id == bulletin.about), None)


def _superseded(bulletin: Bulletin, at: datetime) -> Bulletin:
    return replace(bulletin, card=notifications.supersede(bulletin.card, at))


def _severity(incident: Incident) -> int:
    return severity(incident.verdict)
