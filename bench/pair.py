"""What watching a pair costs: HTTP requests of a healthy hour, and CPU of reading everything."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import requests

from bench.figures import Figure, ratio
from bench.servers import environment
from bench.tenant import PLAN
from shared import wiring
from simulator.clock import VirtualClock
from simulator.model import Tenant
from simulator.server import LoopbackTenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.watch import Watch

START: Final = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
EVERY: Final = timedelta(minutes=5)
TICKS: Final = 12
MOST_REQUESTS: Final = 6
MOST_TIMES: Final = 4


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the parts share one shape
    """A healthy hour of a pair, then ticks that read every source against a script of GETs."""
    clock = VirtualClock(START)
    with TemporaryDirectory() as folder, LoopbackTenant(Tenant(PLAN, START), clock) as loopback:
        store = f"sqlite:///{Path(folder) / 'pair.db'}"
        settings = environment(loopback.graph_url, loopback.teams_url, store)
        settings["WATCHDOG_ARM_URL"] = loopback.arm_url
        watch = wiring.build(settings, now=clock.now)
        with asyncio.Runner() as runner:
            hour = _hour(runner, watch, loopback)
            ours, bare = _everything(runner, watch, loopback, rounds=5 if quick else 15)
            runner.run(watch.aclose())
    average = sum(hour) / TICKS
    return [
        Figure(
            "HTTP requests per tick of a pair, a healthy hour",
            f"{average:.2f} on average, {max(hour)} at most",
            f"at most {MOST_REQUESTS} on average",
            average <= MOST_REQUESTS,
        ),
        ratio("CPU of a tick that reads everything / the same GETs", ours, bare, MOST_TIMES),
    ]


def _hour(runner: asyncio.Runner, watch: Watch, loopback: LoopbackTenant) -> list[int]:
    """The requests of each tick of an hour, after the very first tick."""
    runner.run(watch.tick())
    spent = []
    for number in range(1, TICKS + 1):
        loopback.advance_to(START + number * EVERY)
        spent.append(runner.run(watch.tick()).http_requests)
    return spent


def _everything(
    runner: asyncio.Runner, watch: Watch, loopback: LoopbackTenant, rounds: int
) -> tuple[float, float]:
    """Milliseconds of CPU, the simulator's own included on both sides."""
    loopback.change(lambda tenant: tenant.server_dies("SYNC-A"))
    loopback.advance_to(START + timedelta(hours=3))
    runner.run(watch.tick())
    loopback.requests.clear()
    runner.run(watch.tick())
    asked = [(r.service, f"{r.path}?{r.query}") for r in loopback.requests if r.service != "teams"]
    origin = {"graph": loopback.graph_url, "arm": loopback.arm_url}
    urls = [origin[service] + path for service, path in asked]
    session = requests.Session()
    session.headers["Authorization"] = "Bearer loopback"

    def bare() -> None:
        for url in urls:
            session.get(url, timeout=10).json()

    ours = [_spent(lambda: runner.run(watch.tick())) for _ in range(rounds)]
    theirs = [_spent(bare) for _ in range(rounds)]
    session.close()
    return statistics.median(ours), statistics.median(theirs)


def _spent(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return (time.process_time() - started) * 1000
