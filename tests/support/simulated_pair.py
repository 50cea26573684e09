"""A simulated pair for tests of the model and of its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator.clock import minutes
from simulator.machine import Role, ServerPlan
from simulator.model import Tenant, TenantPlan

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 11, 10, 0, 30, tzinfo=UTC)
A, B = "SYNC-A", "SYNC-B"
PLAN = TenantPlan(
    (
        ServerPlan(A, Role.ACTIVE, phase=minutes(7)),
        ServerPlan(B, Role.STAGING, phase=minutes(22), agent_phase=minutes(18)),
    )
)


def tenant(plan: TenantPlan = PLAN, **changes: Any) -> Tenant:
    """A tenant that stands at START."""
    return Tenant(replace(plan, **changes), START)


def after(model: Tenant, minute: float) -> Tenant:
    """The same tenant, that many minutes after START."""
    model.advance(START + minutes(minute))
    return model


def lived(*script: tuple[float, Callable[[Tenant], None]], until: float) -> Tenant:
    """A tenant to which things happened."""
    model = tenant()
    for minute, happening in script:
        happening(after(model, minute))
    return after(model, until)
