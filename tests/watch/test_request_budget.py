"""How many HTTP requests a tick sends, counted by whoever receives them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from shared.domain.pair.reading_plan import EVERY, OPTIONAL
from simulator.stories import A
from tests.support.hostile_answers import audit_entries
from tests.support.hostile_pair import PING, TICK, hostile_pair

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from shared.domain.pair.readings import Source
    from tests.support.hostile_pair import HostilePair

HOUR = 12
"""Ticks of one hour."""
PER_TICK = 6
"""Requests of a healthy tick of a pair, on average over an hour."""


def sent(ticks: list[dict[str, Any]]) -> int:
    """Requests that these ticks say they sent."""
    return sum(int(tick["http_requests"]) for tick in ticks)


def read_times(pair: HostilePair, source: Source) -> list[datetime]:
    """When a source was read, by the ticks that say so."""
    first = pair.clock.now() - timedelta(minutes=TICK) * (len(pair.ticks) - 1)
    return [
        first + n * timedelta(minutes=TICK)
        for n, tick in enumerate(pair.ticks)
        if source in tick["sources"]
    ]


async def test_a_healthy_hour_of_a_pair_keeps_within_the_budget(tmp_path: Path) -> None:
    """Six requests per tick on average, with the tick that reads everything first and without."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick(0)
        hour = await pair.some_ticks(HOUR)

        assert {tick["verdict"] for tick in pair.ticks} == {"HEALTHY"}
        assert sent(hour) <= PER_TICK * len(hour)
        assert sent(pair.ticks) <= PER_TICK * len(pair.ticks)
        assert sent(pair.ticks) == len(pair.tenant.requests)


async def test_any_hour_of_a_healthy_night_keeps_within_the_budget(tmp_path: Path) -> None:
    """Intervals that drift together must not make one hour dearer than another."""
    async with hostile_pair(tmp_path) as pair:
        await pair.some_ticks(3 * HOUR)

        hours = [pair.ticks[n : n + HOUR] for n in range(2 * HOUR)]
        assert {tick["verdict"] for tick in pair.ticks} == {"HEALTHY"}
        assert max(sent(hour) for hour in hours) <= PER_TICK * HOUR


async def test_the_ping_of_the_dead_man_fits_into_the_budget(tmp_path: Path) -> None:
    """One request more in every tick, which the tick's own count leaves out."""
    async with hostile_pair(tmp_path, pings=True) as pair:
        await pair.tick(0)
        before = len(pair.tenant.requests)
        await pair.some_ticks(HOUR)

        received = pair.tenant.requests[before:]
        assert sum(each.path == PING for each in received) == HOUR
        assert len(received) <= PER_TICK * HOUR


async def test_a_busy_tenant_with_cloud_sync_fits_into_the_budget(tmp_path: Path) -> None:
    """More audit entries than a page holds, and Cloud Sync's jobs: both cost a request more."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.change(lambda model: model.cloud_sync_starts())
        path = f"{pair.tenant.graph_url}/v1.0/auditLogs/directoryAudits"
        pair.tenant.forge["directoryAudits"] = lambda answer: {
            **answer,
            "value": audit_entries(500, pair.clock.now()),
            "@odata.nextLink": f"{path}?$skiptoken=1",
        }
        await pair.tick(0)
        hour = await pair.some_ticks(HOUR)

        assert {tick["verdict"] for tick in pair.ticks} == {"HEALTHY"}
        assert sent(hour) <= PER_TICK * HOUR


async def test_every_source_is_read_at_its_interval_while_all_is_well(tmp_path: Path) -> None:
    """Never later than its interval, and never twice within it: that is what the budget buys."""
    async with hostile_pair(tmp_path) as pair:
        await pair.some_ticks(2 * HOUR + 1)

        for source in OPTIONAL:
            times = read_times(pair, source)
            gaps = {later - earlier for earlier, later in pairwise(times)}
            assert gaps == {EVERY[source]}, source


async def test_the_tick_that_sees_the_silence_reads_every_source(tmp_path: Path) -> None:
    """A person is about to decide: nothing on the card may be older than the card."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        while (tick := await pair.tick())["verdict"] == "HEALTHY":
            assert len(pair.ticks) < 2 * HOUR
        later = await pair.some_ticks(3 * HOUR // 2)

        assert any(each["verdict"] == "SERVER_SILENT" for each in later)
        for unhealthy in [tick, *later]:
            assert set(unhealthy["sources"]) == {"graph", *OPTIONAL}


async def test_an_alert_makes_every_source_due_in_the_tick_that_reads_it(tmp_path: Path) -> None:
    """Also where the trouble comes from an optional source itself, which was read for its turn."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.raise_alert(A, "Disk is nearly full"))
        while (tick := await pair.tick())["verdict"] == "HEALTHY":
            assert len(pair.ticks) < HOUR

        assert tick["verdict"] == "HEALTH_ALERT"
        assert set(tick["sources"]) == {"graph", *OPTIONAL}


async def test_a_silent_pair_asks_each_address_once_per_tick(tmp_path: Path) -> None:
    """Reading everything is one read of everything: no source is asked twice in a tick."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        await pair.tick(100)
        before = len(pair.tenant.requests)
        await pair.tick()

        asked = Counter((each.path, each.query) for each in pair.tenant.requests[before:])
        # both sources of Connect Health discover services and servers: their lives are separate
        shared = {path for path, _ in asked if path.endswith(("/services", "/servicemembers"))}
        assert {path for (path, _), count in asked.items() if count > 1} <= shared
        assert max(asked.values()) <= 2
