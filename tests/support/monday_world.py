"""A virtual world on the Monday morning of a weekly digest, and looks at its bulletins."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared import ledger
from shared.domain.bulletins.weekly import WeeklyMoment
from tests.support.scheduler import VirtualLoop
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import PERIOD, PLAN, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.bookkeeping import Plan
    from tests.support.scheduler import Fault, Step
    from tests.support.virtual_world import Ended

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
"""When the digest is due."""

STARTS = MONDAY - 40 * MINUTE
DIGEST = replace(PLAN, digest=WeeklyMoment())


@contextmanager
def monday_world(plan: Plan = DIGEST) -> Iterator[World]:
    """A tenant that is well, watched since 07:20, now 07:35; the digest is due at 08:00."""
    loop = VirtualLoop()
    world = World(loop, start=STARTS, plan=plan)
    to(world, STARTS + 15 * MINUTE)
    yield world
    loop.close()


def to(world: World, moment: datetime, every: timedelta = PERIOD) -> list[Ended]:
    """Clean ticks up to and with this moment."""
    ran: list[Ended] = []
    while (at := world.now().replace(second=0, microsecond=0)) < moment:
        ran += world.tick_at(at + every)
    return ran


def digests(world: World) -> list[tuple[str, datetime]]:
    """The digests that appeared, each with when, to the minute."""
    return [
        (card.incident, card.at.replace(second=0, microsecond=0))
        for card in world.channel.cards
        if card.reason == "digest"
    ]


def bulletins(world: World) -> dict[str, dict[str, Any]]:
    """The bulletins' rows."""
    rows = world.data.partition(TENANT)
    return {r.key: json.loads(r.document or "") for r in rows if "|bulletin|" in r.key}


def state(world: World) -> ledger.TenantState:
    """The tenant's state."""
    (row,) = [r for r in world.data.partition(TENANT) if r.key == ledger.STATE_KEY]
    return ledger.decode(row.document or "", ledger.TenantState)


def plant_state(world: World, **changes: Any) -> None:
    """Change the tenant's state as an older release, or a person, left it."""
    world.data.plant(TENANT, ledger.STATE_KEY, ledger.encode(replace(state(world), **changes)))


def strike(world: World, operation: str, fault: Fault, nth: int = 1) -> None:
    """The nth operation of this kind from now on meets this fault."""
    seen = 0

    def fault_of(step: Step) -> Fault | None:
        nonlocal seen
        seen += step.operation == operation
        return fault if step.operation == operation and seen == nth else None

    world.io.faults = fault_of
