"""A tick ends, whatever hangs, and what could be read counts (promise R10).

Deadlines are cut to parts of a second, so that nobody waits; no test measures time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import watch
from shared.domain.pair.reading_plan import OPTIONAL
from simulator.stories import A
from tests.support.hostile_pair import HostilePair, hostile_pair

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SOON = 0.15
"""Real seconds that a hanging source is waited for; those that answer take less than a tenth."""
NEVER = 3000.0
"""Longer than any test runs: who waits for it is stopped by something else."""


def all_wait(pair: HostilePair, seconds: float) -> None:
    """Every optional source waits for so long."""
    pair.patience(**dict.fromkeys(map(str, OPTIONAL), seconds))


async def test_a_tick_in_which_every_optional_source_hangs_is_a_whole_tick(tmp_path: Path) -> None:
    """The tenant was read: there is a verdict, a commit, a heartbeat, and it is said who hung."""
    async with hostile_pair(tmp_path) as pair:
        pair.optional_sources_hang()
        all_wait(pair, SOON)
        tick = await pair.tick()

        assert tick["verdict"] == "HEALTHY"
        assert tick["committed"] is True
        assert tick["problem"] == ""
        assert tick["sources"] == {"graph": "ok"} | dict.fromkeys(map(str, OPTIONAL), "timeout")
        assert len(pair.events("watchdog.heartbeat")) == 1


async def test_a_tick_ends_although_no_source_keeps_its_own_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line of defence: the tick itself stops waiting, also for the second round."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()  # loads the SDK, which takes longer than the patience below
        monkeypatch.setattr(watch, "READING_ENDS", SOON * 4)
        pair.optional_sources_hang()
        all_wait(pair, NEVER)
        pair.tenant.change(lambda model: model.server_dies(A))
        tick = await pair.tick(100)

        assert tick["verdict"] == "SERVER_SILENT"
        assert tick["committed"] is True
        assert tick["sources"] == {"graph": "ok"} | dict.fromkeys(map(str, OPTIONAL), "timeout")
        assert [card.verdict for card in pair.cards] == ["SERVER_SILENT"]
        assert len(pair.events("watchdog.heartbeat")) == 2


async def test_a_silence_that_no_other_source_can_explain_is_no_failover(tmp_path: Path) -> None:
    """What was read an hour ago does not show that the standby is fit now."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.optional_sources_hang()
        all_wait(pair, SOON)
        pair.tenant.change(lambda model: model.server_dies(A))
        tick = await pair.tick(100)

        assert tick["verdict"] == "SERVER_SILENT"
        assert tick["advice"] == "check_first"


async def test_a_tick_that_cannot_read_the_tenant_either_still_ends_and_commits(
    tmp_path: Path,
) -> None:
    """Everything hangs: nothing was seen, which is stored, and the heartbeat tells of a try."""
    async with hostile_pair(tmp_path) as pair:
        await pair.tick()
        pair.tenant.graph_fails("timeout")
        pair.tenant.arm_fails("timeout")
        all_wait(pair, SOON)
        pair.patience(graph=SOON)
        tick = await pair.tick()
        blind = await pair.tick(40)

        assert tick["sources"] == {"graph": "timeout"} | dict.fromkeys(
            map(str, OPTIONAL), "timeout"
        )
        assert (tick["verdict"], tick["committed"]) == ("LATE", True)
        assert (blind["verdict"], blind["advice"]) == ("BLIND", "check_first")
        assert len(pair.events("watchdog.heartbeat")) == 3


async def test_one_source_that_hangs_costs_only_itself(tmp_path: Path) -> None:
    """Sources are read side by side: the others have answered when it is given up."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_fails("timeout")
        pair.patience(connect_health=SOON, health_details=SOON)
        tick = await pair.tick()

        late = {name for name, word in tick["sources"].items() if word != "ok"}
        assert late == {"connect_health", "health_details"}


async def test_a_hanging_source_is_told_once_and_its_return_reads_it_again(tmp_path: Path) -> None:
    """`watchdog.source_unavailable` is for changes; the tick's own words are for the rest."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.arm_fails("timeout")
        pair.patience(connect_health=SOON, health_details=SOON)
        await pair.some_ticks(5)
        pair.tenant.arm_works()
        pair.patience(connect_health=NEVER, health_details=NEVER)
        back = await pair.some_ticks(3)

        told = [event["source"] for event in pair.events("watchdog.source_unavailable")]
        assert sorted(told) == ["connect_health", "health_details"]
        assert any(tick["sources"].get("connect_health") == "ok" for tick in back)
