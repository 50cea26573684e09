"""A year of virtual time on SQLite: does anything grow?"""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from bench.figures import Figure
from bench.servers import environment
from bench.tenant import PLAN
from shared import wiring
from simulator.clock import VirtualClock
from simulator.model import Tenant
from simulator.server import LoopbackTenant

if TYPE_CHECKING:
    from shared.watch import Watch

TICKS: Final = 4_000
WINDOW: Final = 500
EVERY: Final = timedelta(days=365) / TICKS
NOISE: Final = 2048
"""KiB: what an allocator does on its own."""

START: Final = datetime(2026, 1, 1, tzinfo=UTC)


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the parts share one shape
    """Ticks spread over a year; cost and memory of the last of them against the first."""
    ticks = 2_000 if quick else TICKS
    clock = VirtualClock(START)
    tenant = Tenant(PLAN, START)
    with TemporaryDirectory() as folder, LoopbackTenant(tenant, clock) as loopback:
        settings = environment(loopback.graph_url, loopback.teams_url, f"sqlite:///{folder}/y.db")
        watch = wiring.build(settings, now=clock.now)
        with asyncio.Runner() as runner:
            figures = _year(runner, watch, loopback, ticks)
            runner.run(watch.aclose())
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1024
    return [*figures, Figure("the SQLite file after the year", f"{size:.0f} KiB")]


def _year(
    runner: asyncio.Runner,
    watch: Watch,
    loopback: LoopbackTenant,
    ticks: int,
) -> list[Figure]:
    costs: list[float] = []
    calls: list[int] = []
    memory: list[int] = []
    for number in range(ticks):
        loopback.advance_to(START + number * EVERY)
        if number % 100 == 0:
            loopback.requests.clear()  # the simulator's own notes are not what is measured
            loopback.cards.clear()
        if number % (ticks // 20) == 0:
            gc.collect()
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        started = time.process_time()
        calls.append(runner.run(watch.tick()).store_calls)
        costs.append((time.process_time() - started) * 1000)
    window = min(WINDOW, ticks // 4)
    first, last = costs[window : 2 * window], costs[-window:]
    early, late = statistics.median(first), statistics.median(last)
    change = (late / early - 1) * 100
    grown = memory[-1] - memory[len(memory) // 5]
    return [
        Figure(
            f"cost of a tick, end of the year / start ({ticks} ticks)",
            f"{change:+.1f} %  ({late:.2f} / {early:.2f} ms CPU)",
            "within 10 %",
            abs(change) <= 10,  # noqa: PLR2004 - the aim
        ),
        Figure("peak memory since a fifth of it", f"{grown:+d} KiB", "flat", grown <= NOISE),
        Figure("storage calls of the dearest tick", str(max(calls)), "", None),
    ]
