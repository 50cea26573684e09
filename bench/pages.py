"""What the pages cost: bytes, storage calls, and CPU as a multiple of reading the same rows."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from bench.figures import Figure
from bench.servers import environment
from bench.tenant import PLAN
from shared import ledger, past, wiring
from shared.domain.history.past import Past
from shared.domain.incidents.days import Day
from shared.domain.verdicts import Kind, Verdict
from shared.pages.headers import SCRIPT
from shared.ports import MAX_WRITES
from simulator.clock import VirtualClock
from simulator.model import Tenant
from simulator.server import LoopbackTenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.ports import Insert, Store

START: Final = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
PAST_INCIDENTS: Final = 1_000
PAST_DAYS: Final = 400
MOST_BYTES: Final = 30 * 1024
MOST_CALLS_INCIDENT: Final = 2
MOST_CALLS_STATUS: Final = 5


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the parts share one shape
    """The page of a failover, and the status page of a tenant with a long past."""
    clock = VirtualClock(START)
    with TemporaryDirectory() as folder, LoopbackTenant(Tenant(PLAN, START), clock) as loopback:
        store = f"sqlite:///{Path(folder) / 'pages.db'}"
        settings = environment(loopback.graph_url, loopback.teams_url, store)
        settings["WATCHDOG_ARM_URL"] = loopback.arm_url
        app = wiring.Application(settings, now=clock.now)
        with asyncio.Runner() as runner:
            runner.run(app.tick())
            loopback.change(lambda tenant: tenant.server_dies("SYNC-A"))
            loopback.advance_to(START + timedelta(minutes=100))
            runner.run(app.tick())
            figures = _measured(runner, app, rounds=5 if quick else 25)
            runner.run(app.aclose())
    return figures


def _measured(runner: asyncio.Runner, app: wiring.Application, rounds: int) -> list[Figure]:
    watch = app.ready()
    if watch is None:
        raise RuntimeError("the settings of the benchmark are wrong")
    store, tenant = watch.outside.store, watch.plan.tenant_id
    start, end = ledger.live_range()
    snap = ledger.snapshot(runner.run(store.read(tenant, start, end)))
    (incident,) = snap.incidents
    page, calls = _show(runner, app, store, wiring.Request("GET", incident))
    script, _ = _show(runner, app, store, wiring.Request("GET", SCRIPT), "asset")

    def shown() -> object:
        return runner.run(app.page("incident", wiring.Request("GET", incident)))

    def read() -> None:
        for first, last in (ledger.live_range(), ledger.incident_range(incident)):
            runner.run(store.read(tenant, first, last))

    ours, bare = _median(shown, rounds), _median(read, rounds)
    _fill_past(runner, store, tenant)
    status, status_calls = _show(runner, app, store, wiring.Request("GET"), "status")
    return [
        Figure(
            "incident page of a failover, with its script",
            f"{(page + script) / 1024:.1f} KB",
            f"below {MOST_BYTES // 1024} KB",
            page + script < MOST_BYTES,
        ),
        _calls("storage calls of the incident page", calls, MOST_CALLS_INCIDENT),
        Figure(
            "CPU of the incident page / reading its rows", f"{ours / bare:.0f}x ({ours:.1f} ms)"
        ),
        _calls(
            f"storage calls of the status page, {PAST_INCIDENTS:,} past incidents",
            status_calls,
            MOST_CALLS_STATUS,
        ),
        Figure("status page then", f"{status / 1024:.1f} KB"),
    ]


def _calls(what: str, calls: int, most: int) -> Figure:
    return Figure(what, str(calls), f"at most {most}", calls <= most)


def _show(
    runner: asyncio.Runner,
    app: wiring.Application,
    store: Store,
    request: wiring.Request,
    route: str = "incident",
) -> tuple[int, int]:
    """Bytes of the answer, and the storage calls that it took."""
    before = store.calls
    page = runner.run(app.page(route, request))
    if page.status != 200:  # noqa: PLR2004 - OK
        raise RuntimeError(f"{route} answered {page.status}")
    return len(page.body.encode()), store.calls - before


def _fill_past(runner: asyncio.Runner, store: Store, tenant: str) -> None:
    """Years of history: one incident in nine hours, and every day."""
    rows: list[Insert] = []
    for number in range(1, PAST_INCIDENTS + 1):
        opened = START - timedelta(hours=9 * number)
        ended = opened + timedelta(minutes=40)
        known = Past(
            id=ledger.incident_id(opened, f"{number:010d}"),
            kind=Kind.SYNC,
            verdict=Verdict.SERVER_SILENT,
            worst=Verdict.SERVER_SILENT,
            opened_at=opened,
            since=opened - timedelta(hours=1),
            gone_at=ended,
            resolved_at=ended,
            first_acknowledged_at=opened + timedelta(minutes=5),
        )
        rows.append(past.put_incident(known))
    for back in range(1, PAST_DAYS + 1):
        day = (START - timedelta(days=back)).date()
        rows.append(past.put_day(Day(day, objects=tuple(range(0, 1440, 30)))))
    for at in range(0, len(rows), MAX_WRITES):
        runner.run(store.commit(tenant, rows[at : at + MAX_WRITES], f"fill-{at}"))


def _median(action: Callable[[], object], rounds: int) -> float:
    """Milliseconds of CPU."""
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        action()
        spent.append((time.process_time() - started) * 1000)
    return statistics.median(spent)
