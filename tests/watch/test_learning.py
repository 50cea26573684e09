"""What a tick learns of the tenant's rhythm, and while which incidents it learns nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared import ledger
from tests.support.virtual_outside import MINUTE, TENANT
from tests.support.virtual_world import START, go

if TYPE_CHECKING:
    from shared.domain.tenant.heartbeats import Heartbeat
    from tests.support.virtual_world import World


def objects(world: World) -> Heartbeat:
    """What is stored of the object heartbeat."""
    (row,) = [r for r in world.data.partition(TENANT) if r.key == ledger.STATE_KEY]
    return ledger.decode(row.document or "", ledger.TenantState).memory.objects


def test_each_gap_of_a_healthy_day_is_learned(world: World) -> None:
    """48 cycles of half an hour."""
    go(world, 24 * 60)

    assert objects(world).gaps >= 46
    assert objects(world).widest() == timedelta(minutes=30)


def test_the_gap_of_an_outage_is_not_learned(world: World) -> None:
    """It would widen the limits of the next outage."""
    world.truth.dies(START + MINUTE)
    go(world, 10 * 60)
    world.truth.returns(world.now())
    go(world, 12 * 60)

    assert objects(world).widest() <= timedelta(minutes=31)


def test_the_gap_of_a_sync_that_was_switched_off_is_not_learned(world: World) -> None:
    """Nobody synced, because somebody decided so: that is no rhythm."""
    go(world, 20)
    world.truth.enabled = False
    world.truth.dies(world.now())
    go(world, 10 * 60)
    world.truth.enabled = True
    world.truth.returns(world.now())
    go(world, 12 * 60)

    assert objects(world).widest() <= timedelta(minutes=31)
