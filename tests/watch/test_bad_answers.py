"""Optional sources that refuse, break or delay, end to end: what a tick makes of each."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from shared.domain.pair.readings import Source
from simulator.clock import minutes
from simulator.stories import A
from tests.support.hostile_pair import HostilePair, hostile_pair

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.server import ArmFault

ARM = ("connect_health", "health_details")
ARM_FAULTS: list[tuple[int | ArmFault, str]] = [
    (401, "forbidden"),
    (403, "forbidden"),
    (404, "not_configured"),
    (409, "malformed"),
    (429, "throttled"),
    (500, "unreachable"),
    (503, "unreachable"),
    ("html", "malformed"),
    ("truncated", "malformed"),
    ("reset", "unreachable"),
]
STATUSES = [(401, "forbidden"), (403, "forbidden"), (404, "malformed"), (500, "unreachable")]
RESOURCES = {
    "onPremisesSynchronization": Source.SYNC_CONFIGURATION,
    "directoryAudits": Source.AUDITS,
    "applications": Source.CERTIFICATES,
    "issues": Source.SERVICE_HEALTH,
    "servicePrincipals": Source.CLOUD_SYNC,
}
NEEDED = {Source.CERTIFICATES, Source.SERVICE_HEALTH}
"""Without these of Graph's resources nothing shows that a failover is right."""


async def until_silent(pair: HostilePair) -> dict[str, Any]:
    """The active server dies; the tick that says so, an hour and more later."""
    pair.tenant.change(lambda model: model.server_dies(A))
    await pair.tick()
    await pair.tick(25)
    return await pair.tick(45)


def unavailable(pair: HostilePair) -> list[tuple[str, str]]:
    """What `watchdog.source_unavailable` told: source and reason."""
    return sorted((e["source"], e["reason"]) for e in pair.events("watchdog.source_unavailable"))


# -- Connect Health -------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "word"), ARM_FAULTS, ids=[str(each[0]) for each in ARM_FAULTS])
async def test_connect_health_that_fails_leaves_the_tenants_verdict_and_advises_no_failover(
    tmp_path: Path, fault: int | ArmFault, word: str
) -> None:
    """Its word is in the tick's event, told once; a standby that is not seen is not fit."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_fails(fault)
        healthy = await pair.tick()
        silent = await until_silent(pair)

        assert (healthy["verdict"], silent["verdict"]) == ("HEALTHY", "SERVER_SILENT")
        assert {healthy["sources"][name] for name in ARM} == {word}
        assert {tick["advice"] for tick in pair.ticks} <= {"none", "check_first"}
        assert unavailable(pair) == [(name, word) for name in ARM]
        assert all(tick["committed"] and not tick["problem"] for tick in pair.ticks)
        assert len(pair.events("watchdog.heartbeat")) == len(pair.ticks)


async def test_pages_that_loop_are_read_once_and_are_as_good_as_one_page(tmp_path: Path) -> None:
    """A page whose next page is itself costs nothing and hides nothing."""
    async with hostile_pair(tmp_path) as pair:
        plain = await pair.tick()
        pair.tenant.arm_fails("loop")
        looped = await pair.tick(65)

        assert looped["http_requests"] == plain["http_requests"]
        assert set(looped["sources"].values()) == {"ok"}


async def test_a_reason_that_changes_is_told_again_and_the_same_one_is_not(tmp_path: Path) -> None:
    """Once per change, also over many ticks, and again after it had worked in between."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_fails(500)
        await pair.some_ticks(5)
        pair.tenant.arm_fails(403)
        await pair.some_ticks(5)
        pair.tenant.arm_works()
        await pair.some_ticks(13)
        pair.tenant.arm_fails(403)
        await pair.some_ticks(13)

        told = [e["reason"] for e in pair.events("watchdog.source_unavailable")]
        assert sorted(told) == ["forbidden"] * 4 + ["unreachable"] * 2


@pytest.mark.parametrize(
    ("part", "needed"),
    [
        ("alerts", True),
        ("datafreshness", True),
        ("serviceconfiguration", True),
        ("servicemembers", True),
        ("exportstatus", False),
        ("counts", False),
    ],
)
async def test_a_part_of_connect_health_that_fails_is_missed_where_it_matters(
    tmp_path: Path, part: str, *, needed: bool
) -> None:
    """A reading with a hole is no evidence for what would stand in the hole."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.forge[part] = lambda _: web.Response(status=500)
        silent = await until_silent(pair)

        assert silent["verdict"] == "SERVER_SILENT"
        assert silent["advice"] == ("check_first" if needed else "fail_over")


# -- Retry-After ----------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["seconds", "fraction", "date"])
@pytest.mark.parametrize("silent", [False, True], ids=["healthy", "silent"])
async def test_connect_health_is_left_alone_until_its_retry_after(
    tmp_path: Path, spelling: str, *, silent: bool
) -> None:
    """Over ticks, however it is written, and also while everything else is read in every tick."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        if silent:
            pair.tenant.change(lambda model: model.server_dies(A))
            await pair.tick(100)
        else:
            pair.after(60)
        until = pair.clock.now() + minutes(5 + 17)
        written: dict[str, str | float] = {
            "seconds": 1020,
            "fraction": "1019.5",
            "date": format_datetime(until),
        }
        pair.tenant.arm_throttles(written[spelling])
        throttled = await pair.tick()
        pair.tenant.arm_works()
        before = len(pair.asked("arm"))
        waiting = await pair.some_ticks(3)
        asked = len(pair.asked("arm")) - before
        after = await pair.tick()

        assert {throttled["sources"][name] for name in ARM} == {"throttled"}
        assert asked == 0
        assert all(name not in tick["sources"] for tick in waiting for name in ARM)
        assert {after["sources"][name] for name in ARM} == {"ok"}


@pytest.mark.parametrize("written", [None, "soon", "-5", "9" * 30])
async def test_a_retry_after_that_says_nothing_postpones_nothing_for_long(
    tmp_path: Path, written: str | None
) -> None:
    """Nonsense is no time to wait for; a source must not stay unread for days."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_throttles(written)
        throttled = await pair.tick()
        pair.tenant.arm_works()
        after = await pair.some_ticks(2)

        assert {throttled["sources"][name] for name in ARM} == {"throttled"}
        assert {after[-1]["sources"][name] for name in ARM} == {"ok"}


async def test_a_retry_after_of_days_is_cut(tmp_path: Path) -> None:
    """A wrong clock at the other end must not switch the evidence off."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_throttles(500_000)
        await pair.tick()
        pair.tenant.arm_works()
        after = await pair.some_ticks(13)

        assert any(tick["sources"].get("connect_health") == "ok" for tick in after)


async def test_throttled_optional_resources_of_graph_wait_and_the_tenant_is_read_on(
    tmp_path: Path,
) -> None:
    """Each resource's own limit: the tenant's times are read in every tick all the same."""
    async with hostile_pair(tmp_path) as pair:
        for name in RESOURCES:
            pair.tenant.forge[name] = lambda _: web.Response(
                status=429, headers={"Retry-After": "1020"}
            )
        throttled = await pair.tick()
        pair.tenant.forge.clear()
        waiting = await pair.some_ticks(3)
        after = await pair.tick()

        assert {throttled["sources"][source] for source in RESOURCES.values()} == {"throttled"}
        assert {tick["sources"]["graph"] for tick in pair.ticks} == {"ok"}
        assert all(s not in tick["sources"] for tick in waiting for s in RESOURCES.values())
        assert {after["sources"][source] for source in RESOURCES.values()} == {"ok"}
        assert {tick["verdict"] for tick in pair.ticks} == {"HEALTHY"}


# -- Graph ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(("status", "word"), STATUSES)
async def test_a_resource_of_graph_that_fails_leaves_the_tenants_verdict(
    tmp_path: Path, resource: str, status: int, word: str
) -> None:
    """Only its own word changes; a failover is advised only where nothing needed is missing."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.denies(resource, status)
        healthy = await pair.tick()
        silent = await until_silent(pair)

        source = RESOURCES[resource]
        wrong = {name: said for name, said in healthy["sources"].items() if said != "ok"}
        assert (healthy["verdict"], silent["verdict"]) == ("HEALTHY", "SERVER_SILENT")
        assert wrong == {source: word}
        assert silent["advice"] == ("check_first" if source in NEEDED else "fail_over")
        assert unavailable(pair) == [(source, word)]
        assert len(pair.events("watchdog.heartbeat")) == len(pair.ticks)


async def test_graph_that_refuses_every_optional_resource_is_the_tool_of_the_last_release(
    tmp_path: Path,
) -> None:
    """All new permissions missing, and no Connect Health: silence is still told, as check first."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_fails(403)
        for name in RESOURCES:
            pair.tenant.denies(name)
        silent = await until_silent(pair)

        assert (silent["verdict"], silent["advice"]) == ("SERVER_SILENT", "check_first")
        assert [(card.verdict, card.reason) for card in pair.cards] == [("SERVER_SILENT", "first")]
