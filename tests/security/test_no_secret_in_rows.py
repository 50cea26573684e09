"""The same search over sources, stores and a whole outage: logs, rows, cards, results."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared import wiring
from shared.domain.readings import TenantReading, Unavailable
from shared.ports import Insert, StoreUnavailableError
from shared.sources.graph import GraphSource
from shared.stores.sqlite import SqliteStore
from shared.stores.tables import TablesStore
from simulator.clock import VirtualClock, minutes
from simulator.model import Tenant
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, STORIES
from simulator.teams import SIGNATURE
from tests.support.azurite import connection_string
from tests.support.canary import assert_leaks_no_secret
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_reads import GOOD
from tests.support.graph_server import TENANT, serving
from tests.support.loopback_server import Reply, closed_port
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from pathlib import Path

ECHO = f'{{"error": {{"code": "{CANARY}", "message": "Bearer {CANARY}"}}}}'.encode()
GRAPH_FAULTS = {
    **{f"status {status}": Reply(status, ECHO) for status in (400, 401, 403, 404, 429, 500, 503)},
    "redirect": Reply(302, ECHO, {"Location": "https://evil.example/"}),
    "HTML": Reply(200, b"<html>" + CANARY.encode()),
    "not JSON": Reply(200, CANARY.encode()),
    "cut off": Reply(200, ECHO * 9, fault="cut"),
    "healthy": GOOD,
}
KEY = "Y2FuYXJ5LWFjY291bnQta2V5LTdmM2E5cXhtMDAwMA=="


@pytest.mark.parametrize("fault", GRAPH_FAULTS)
async def test_the_graph_token_stays_inside_whatever_graph_answers(fault: str) -> None:
    """Each fault of Graph; most answers echo the token that they got."""
    with serving() as server:
        server.beta(GRAPH_FAULTS[fault]).v1(GRAPH_FAULTS[fault])
        source = GraphSource(
            FakeCredential(),
            base_url=server.url,
            tenant_id=TENANT,
            scope="https://graph.contoso.test/.default",
            deadline=timedelta(seconds=20),
            allow_http_loopback=True,
        )
        answer = await assert_leaks_no_secret(
            lambda: source.read(NOW), [CANARY], also=lambda: repr(source)
        )

    assert isinstance(answer, (TenantReading, Unavailable)), answer
    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("action", ["read", "commit"])
async def test_the_account_key_stays_inside_when_the_store_is_away(action: str) -> None:
    """The connection string is a secret; nothing listens at its endpoint."""
    store = TablesStore.from_connection_string(connection_string(closed_port(), KEY))

    async def call() -> object:
        if action == "read":
            return await store.read("p", "a", "b")
        return await store.commit("p", [Insert("a", "{}")], "w")

    answer = await assert_leaks_no_secret(call, [KEY], also=lambda: repr(store))

    assert isinstance(answer, StoreUnavailableError), answer


async def test_no_secret_is_in_the_rows_or_cards_of_a_whole_outage(tmp_path: Path) -> None:
    """Graph and Teams refuse for two hours, then work: everything written is searched."""
    story = STORIES[DEFAULT]
    clock = VirtualClock(story.starts)
    with LoopbackTenant(Tenant(story.tenant, story.starts), clock) as world:
        settings = settings_for(story, world, tmp_path)
        watch = wiring.build(settings, now=clock.now)

        async def outage() -> list[object]:
            world.graph_fails(403)
            world.teams_fails(401)
            results: list[object] = [await tick_after(5) for _ in range(24)]
            world.graph_works()
            world.teams_works()
            return results + [await tick_after(15) for _ in range(8)]

        async def tick_after(count: float) -> object:
            world.advance_to(clock.now() + minutes(count))
            return await watch.tick()

        def written() -> str:
            cards = json.dumps([card.message for card in world.cards])
            files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
            return cards + files.decode(errors="replace")

        try:
            await assert_leaks_no_secret(outage, [SIGNATURE], also=written)
            rows = await _rows(tmp_path / "watchdog.db", watch.plan.tenant_id)
        finally:
            await watch.aclose()

    assert len(world.cards) == 1  # what was searched did happen: refused for hours, then told once
    assert any("refuse" in row or "sign" in row or "401" in row for row in rows)


async def _rows(path: Path, partition: str) -> list[str]:
    store = SqliteStore(path)
    try:
        return [row.document or "" for row in await store.read(partition, "", "~")]
    finally:
        await store.aclose()
