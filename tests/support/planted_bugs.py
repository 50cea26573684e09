"""Watchdogs with one known bug each. The simulation must find every one of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest

from shared import bookkeeping, ledger
from shared.delivery import Outbox
from shared.domain.incidents import notifications
from shared.domain.incidents.notifications import Message
from shared.domain.tenant.detector import judge
from shared.domain.verdicts import Judgement, Verdict
from shared.ports import Outcome
from shared.watch import Watch
from tests.support.virtual_store import VirtualStore
from tests.support.virtual_world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shared.delivery import Delivered
    from shared.domain.incidents.incident import Step
    from shared.domain.incidents.notifications import Due, Notification
    from shared.domain.readings import Observation
    from shared.domain.tenant.detector import Policy
    from shared.domain.tenant.heartbeats import Memory
    from shared.ledger import Snapshot
    from shared.ports import PostsCards, Receipt, Write


class _MarksFirst(Outbox):
    """Stores a card as sent, then sends it."""

    async def _send(
        self, channel: PostsCards, due: Due, claimed: Notification, snap: Snapshot, name: str
    ) -> Delivered:
        snap = await self._load()
        now = notifications.record_sent(claimed, self._now())
        await self._commit(snap, [now], f"{name}-mark")
        return await super()._send(channel, due, claimed, snap, name)

    async def _record(self, due: Due, claimed: Notification, receipt: Receipt, name: str) -> bool:
        return bool((due, claimed, receipt, name))


class _NoLease(Outbox):
    """Sends without a claim."""

    async def _commit(
        self, snap: Snapshot, changed: Iterable[Notification], write_id: str
    ) -> Outcome:
        if write_id.endswith("-claim"):
            return Outcome.APPLIED
        return await super()._commit(snap, changed, write_id)


class _ClaimsOneRow(Outbox):
    """Claims a card without touching the older ones that it makes unnecessary."""

    async def _commit(
        self, snap: Snapshot, changed: Iterable[Notification], write_id: str
    ) -> Outcome:
        rows = list(changed)
        rows = rows[:1] if write_id.endswith("-claim") else rows
        return await super()._commit(snap, rows, write_id)


class _Forgets(Outbox):
    """Forgets a recovery while an earlier card is still to be sent."""

    def fall_due(self, steps: Iterable[Step], stored: Sequence[Notification]) -> list[Notification]:
        waiting = {n.incident for n in stored if n.unsent}
        return [
            n
            for n in super().fall_due(steps, stored)
            if n.message is not Message.RECOVERY or n.incident not in waiting
        ]


class _NeverRereads(VirtualStore):
    """Takes a conflict at its word: there is no last_write_id."""

    async def _prove(self, partition: str, key: str, write_id: str) -> Outcome:  # noqa: ARG002 - ignoring them is the bug
        return Outcome.CONFLICT


def _blind_is_healthy(memory: Memory, observation: Observation, policy: Policy) -> Judgement:
    found = judge(memory, observation, policy)
    if found.verdict is not Verdict.BLIND:
        return found
    return replace(found, verdict=Verdict.HEALTHY, findings=())


class _OutboxLater(VirtualStore):
    """Stores the cards that are due in a second transaction, after the incident."""

    async def commit(self, partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        due = [w for w in writes if w.key.startswith("live|notification|")]
        rest = [w for w in writes if w not in due]
        if not due or not any(w.key == ledger.STATE_KEY for w in rest):
            return await super().commit(partition, writes, write_id)
        outcome = await super().commit(partition, rest, write_id)
        if outcome is Outcome.APPLIED:
            await super().commit(partition, due, f"{write_id}-2")
        return outcome


def _with_outbox(kind: type[Outbox]) -> type[World]:
    class Buggy(Watch):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
            old = self._outbox
            self._outbox = kind(
                old._tenant_id, old._store, old._channel, old._presentation, old._now
            )

    return type("BuggyWorld", (World,), {"watch_type": Buggy})


def _with_store(kind: type[VirtualStore]) -> type[World]:
    return type("BuggyWorld", (World,), {"store_type": kind})


@dataclass(frozen=True)
class Bug:
    """A bug, the promise that it must be seen to break, and the situation that it is about."""

    promise: str
    situation: str
    make: Callable[[], type[World]]


BUGS: Final = {
    "mark before send": Bug("R1", "first card", lambda: _with_outbox(_MarksFirst)),
    "no lease": Bug("R2", "first card", lambda: _with_outbox(_NoLease)),
    "a claim of one row": Bug("R2", "seen by one", lambda: _with_outbox(_ClaimsOneRow)),
    "no last_write_id": Bug("R5", "undelivered", lambda: _with_store(_NeverRereads)),
    "blind is healthy": Bug("R3", "blind", lambda: World),
    "outbox in a second transaction": Bug("R1", "first card", lambda: _with_store(_OutboxLater)),
    "recovery forgotten": Bug("R1", "seen by one", lambda: _with_outbox(_Forgets)),
}


@contextmanager
def planted(bug: str) -> Iterator[type[World]]:
    """A world whose watchdog has this bug."""
    with pytest.MonkeyPatch.context() as patch:
        if bug == "blind is healthy":
            patch.setattr(bookkeeping, "judge", _blind_is_healthy)
        yield BUGS[bug].make()
