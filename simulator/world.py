"""The model with its clock behind one lock: what request handlers look at."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from simulator.clock import VirtualClock
    from simulator.model import Tenant, TenantPlan

T = TypeVar("T")


class World:
    """One tenant and one clock; every access moves the tenant to the clock's time first."""

    def __init__(self, tenant: Tenant, clock: VirtualClock) -> None:
        self._tenant = tenant
        self._clock = clock
        self._lock = threading.RLock()

    @property
    def plan(self) -> TenantPlan:
        """How the tenant is set up."""
        return self._tenant.plan

    def now(self) -> datetime:
        """The present virtual moment."""
        return self._clock.now()

    def advance_to(self, moment: datetime) -> None:
        """Bring the clock and the model to `moment`."""
        with self._lock:
            self._clock.advance_to(moment)
            self._tenant.advance(moment)

    def look(self, view: Callable[[Tenant], T]) -> T:
        """Show the tenant as it is now, or let something happen to it."""
        with self._lock:
            self._tenant.advance(self._clock.now())
            return view(self._tenant)
