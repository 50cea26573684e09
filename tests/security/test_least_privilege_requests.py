"""Nothing that the app does needs more than the allow-list: every request is held against it.

What counts is the simulator's own table of Microsoft's permissions, not the watchdog's list. The
named stories are held against it by `simulator.expectations`, each time they are played.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest
import requests

from shared import cli
from shared.sources import cloud_sync
from shared.sources.permissions import GRAPH_ROLES
from simulator.clock import minutes
from simulator.grants import DEFAULT_ROLES, door_of, permitted
from simulator.health_shapes import PREFIX
from simulator.machine import Role, ServerPlan
from simulator.model import TenantPlan
from simulator.runner import StoryFailedError, play
from simulator.stories import A
from simulator.story import Story
from tests.support import command_line
from tests.support.hostile_pair import hostile_pair
from tests.support.stub_watchdog import StubWatchdog
from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.server import LoopbackTenant
    from tests.support.hostile_pair import HostilePair

ALLOWED: Final = frozenset(role.value for role in GRAPH_ROLES)
SERVERS: Final = (
    ServerPlan("SYNC-A", Role.ACTIVE, phase=minutes(7)),
    ServerPlan("SYNC-B", Role.STAGING, phase=minutes(22)),
)


def held_against_the_list(tenant: LoopbackTenant) -> list[str]:
    """The requests that the allow-list does not permit; there must have been some that it does."""
    asked = [each for each in tenant.requests if each.service in {"graph", "arm"}]
    assert asked
    assert all(each.method == "GET" for each in asked)
    return tenant.strayed


WRONG: Final[dict[str, Callable[[HostilePair], None]]] = {
    "Graph answers 500": lambda pair: pair.tenant.graph_fails(500),
    "Graph throttles": lambda pair: pair.tenant.throttle(3600),
    "Graph answers HTML": lambda pair: pair.tenant.graph_fails("html"),
    "Graph breaks off": lambda pair: pair.tenant.graph_fails("truncated"),
    "Graph hides its fields": lambda pair: pair.tenant.graph_fails("denied_fields"),
    "Graph knows two tenants": lambda pair: pair.tenant.graph_fails("two_organizations"),
    "Connect Health answers 500": lambda pair: pair.tenant.arm_fails(500),
    "Connect Health goes round in circles": lambda pair: pair.tenant.arm_fails("loop"),
    "the organization is missing": lambda pair: pair.tenant.denies("organization", 404),
    "nothing is granted": lambda pair: pair.tenant.revokes(*pair.tenant.granted),
    "a server is silent": lambda pair: pair.tenant.change(lambda model: model.server_dies(A)),
    "Cloud Sync runs": lambda pair: pair.tenant.change(lambda model: model.cloud_sync_starts()),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_tick_in_which_something_is_wrong_asks_for_nothing_more(
    tmp_path: Path, what: str
) -> None:
    """Fallbacks, repetitions and further pages stay on the paths that the allow-list opens."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        WRONG[what](pair)
        await pair.some_ticks(2)
        await pair.tick(100)

        assert held_against_the_list(pair.tenant) == []


async def test_a_tick_in_which_everything_is_wrong_asks_for_nothing_more(tmp_path: Path) -> None:
    """One trouble after the other in one tenant, while Teams refuses every card."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.teams_fails(403)
        for happens in WRONG.values():
            pair.tenant.graph_works()
            pair.tenant.arm_works()
            happens(pair)
            await pair.tick(15)

        assert held_against_the_list(pair.tenant) == []


async def test_the_running_app_asks_for_nothing_more_than_its_list(tmp_path: Path) -> None:
    """The timer, the run on demand, the health check and the page of an incident."""
    async with watchdog_app(tmp_path) as app:
        incident = await app.died()
        await app.run()
        await app.health()
        await app.page(incident)

        assert held_against_the_list(app.tenant) == []


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_a_command_asks_for_nothing_more_than_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Whoever tries it out, or looks for a fault, grants no more than the app needs."""
    with command_line.tenant(tmp_path) as (loopback, environ):
        del environ["WATCHDOG_PUBLIC_URL"]  # the doctor would look at it from outside
        assert cli.main([command], environ) in {0, 1}
        capsys.readouterr()

        assert held_against_the_list(loopback) == []


# -- the tests above can fail ---------------------------------------------------------------------


async def test_a_source_that_widens_its_query_is_refused_and_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is expanded has permissions of its own."""
    monkeypatch.setattr(cloud_sync, "_QUERY", {**cloud_sync._QUERY, "$expand": "owners"})
    async with hostile_pair(tmp_path) as pair:
        tick = await pair.tick()

        assert tick["sources"]["cloud_sync"] == "forbidden"
        assert pair.tenant.strayed == ["GET /v1.0/servicePrincipals: 403"]


async def test_a_source_that_asks_for_users_is_refused_and_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is granted: the path is in no table."""
    monkeypatch.setattr("shared.sources.audits._PATH", "users")
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.grants("User.Read.All", "Directory.Read.All")
        tick = await pair.tick()

        assert tick["sources"]["audits"] == "malformed"
        assert pair.tenant.strayed == ["GET /v1.0/users: 404"]


async def test_a_story_fails_when_more_was_asked_than_the_permissions_allow() -> None:
    """A watchdog that also posts to Graph keeps its promise and fails all the same."""

    class Curious(StubWatchdog):
        async def tick(self) -> Any:
            url = self._environ["WATCHDOG_GRAPH_URL"] + "/v1.0/$batch"
            token = {"Authorization": "Bearer loopback"}
            await asyncio.to_thread(requests.post, url, json={}, headers=token, timeout=5)
            return await super().tick()

    story = Story("curious", "It asks.", tenant=TenantPlan(SERVERS), until=minutes(10))
    story.expect.quiet()
    honest = await play(story, StubWatchdog)
    result = await play(story, Curious)

    honest.check()
    with pytest.raises(StoryFailedError, match=r"more was asked .*: POST /v1.0/\$batch: 404"):
        result.check()


def test_the_simulated_permissions_are_those_of_the_allow_list() -> None:
    """What a story grants, what the app may be granted: the same, and no path needs another."""
    paths = ["/v1.0/organization", "/v1.0/applications", f"{PREFIX}/services"]

    assert ALLOWED == DEFAULT_ROLES
    assert all(permitted("GET", path, (), ALLOWED) for path in paths)
    assert not permitted("GET", "/v1.0/organization", (), ALLOWED - {"Organization.Read.All"})
    assert not any(permitted(verb, path, (), ALLOWED) for path in paths for verb in ("POST", "PUT"))
    assert (door_of("/v1.0/users"), door_of("/v2.0/organization")) == (None, None)
