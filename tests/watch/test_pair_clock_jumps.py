"""A clock of ours that jumps, during an incident that rests on what many sources said (R6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.verdicts import Verdict
from simulator.stories import A
from simulator.story import BY_DAY
from tests.support.hostile_pair import HostilePair, hostile_pair

if TYPE_CHECKING:
    from pathlib import Path

JUMP = 180
ONLY_OURS = {Verdict.SERVER_SILENT, Verdict.CLOCK_SUSPECT}
"""What is true of a pair whose active server is dead, seen by a wrong clock."""


async def silent(pair: HostilePair) -> None:
    """The active server dies; a failover is advised."""
    await pair.tick()
    pair.tenant.change(lambda model: model.server_dies(A))
    await pair.tick(50)
    tick = await pair.tick(50)
    assert (tick["verdict"], tick["advice"]) == ("SERVER_SILENT", "fail_over")


@pytest.mark.parametrize("jump", [JUMP, -JUMP])
async def test_while_the_clock_is_wrong_nobody_is_told_to_fail_over(
    tmp_path: Path, jump: float
) -> None:
    """Every age is wrong then, so none proves that the standby is fit or the active one silent."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        await silent(pair)
        pair.clock_ahead(jump)
        during = await pair.some_ticks(3)

        assert {tick["advice"] for tick in during} == {"check_first"}


@pytest.mark.parametrize("jump", [JUMP, -JUMP])
async def test_a_jump_and_back_opens_and_closes_nothing_about_the_pair(
    tmp_path: Path, jump: float
) -> None:
    """No standby becomes unfit, no deadline comes near, and the silence stays one incident."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        await silent(pair)
        pair.clock_ahead(jump)
        await pair.some_ticks(3)
        pair.clock_ahead(0)
        back = await pair.some_ticks(3)

        assert {each for tick in pair.ticks for each in tick["findings"]} <= ONLY_OURS
        assert all(tick["committed"] and not tick["problem"] for tick in pair.ticks)
        assert [(tick["verdict"], tick["advice"]) for tick in back[1:]] == [
            ("SERVER_SILENT", "fail_over")
        ] * 2
        silences = {card.incident for card in pair.cards if card.verdict == "SERVER_SILENT"}
        recovered = [card.verdict for card in pair.cards if card.reason == "recovery"]
        assert len(silences) == 1
        assert recovered == ["CLOCK_SUSPECT"]


@pytest.mark.parametrize("jump", [JUMP, -JUMP])
async def test_a_standby_that_is_unfit_stays_one_incident_over_a_jump(
    tmp_path: Path, jump: float
) -> None:
    """A wrong clock neither closes what is open nor says it a second time."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        pair.tenant.forge["serviceconfiguration"] = lambda answer: {**answer, "version": "2.5.3.0"}
        await pair.some_ticks(2)
        pair.clock_ahead(jump)
        await pair.some_ticks(3)
        pair.clock_ahead(0)
        await pair.some_ticks(3)

        told = [(card.verdict, card.reason) for card in pair.cards]
        assert [each for each in told if each[0] == "STANDBY_UNFIT"] == [("STANDBY_UNFIT", "first")]
        assert "STANDBY_UNFIT" in pair.ticks[-1]["findings"]


@pytest.mark.parametrize("jump", [JUMP, -JUMP])
async def test_a_reading_of_a_wrong_clock_is_no_recent_evidence(
    tmp_path: Path, jump: float
) -> None:
    """Nobody knows how old it is: two hours here, although it carries a time just ahead of us."""
    async with hostile_pair(tmp_path) as pair:
        pair.clock_ahead(jump)
        await pair.tick()
        pair.tenant.denies("issues", 500)
        pair.clock_ahead(0)
        pair.tenant.change(lambda model: model.server_dies(A))
        tick = await pair.tick(110)

        assert tick["verdict"] == "SERVER_SILENT"
        assert tick["sources"]["service_health"] == "unreachable"
        assert tick["advice"] == "check_first"


async def test_the_sources_are_read_again_as_soon_as_the_clock_is_right(tmp_path: Path) -> None:
    """An attempt that lies hours ahead postpones nothing until then."""
    async with hostile_pair(tmp_path) as pair:
        pair.clock_ahead(JUMP)
        await pair.some_ticks(2)
        pair.clock_ahead(0)
        after = await pair.some_ticks(13)

        assert len(after[0]["sources"]) == len(pair.ticks[0]["sources"])
        assert sum("connect_health" in tick["sources"] for tick in after) >= 4
