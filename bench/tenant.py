"""A healthy tenant on loopback until standard input ends; prints its two addresses."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from simulator.clock import VirtualClock
from simulator.machine import Role, ServerPlan
from simulator.model import Tenant, TenantPlan
from simulator.server import LoopbackTenant

SERVERS = (ServerPlan("SYNC-A", Role.ACTIVE), ServerPlan("SYNC-B", Role.STAGING))
PLAN = TenantPlan(servers=SERVERS, remembered=100)


def main() -> None:
    """Serve."""
    clock = VirtualClock(datetime.now(UTC))
    with LoopbackTenant(Tenant(PLAN, clock.now()), clock) as tenant:
        sys.stdout.write(f"{tenant.graph_url} {tenant.teams_url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
