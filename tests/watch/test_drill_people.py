"""People and ticks at one drill at once, and what the rest of the watchdog makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.drills.drill import LONGEST_DRILL, DrillEnd
from shared.drilling import Done, Result
from simulator.stories import A, B
from tests.support.drills import (
    OVER,
    STARTED,
    ended,
    live,
    outage,
    plays,
    start,
    stop,
    told,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hostile_pair import HostilePair


def test_a_form_that_is_sent_twice_starts_one_drill(tmp_path: Path) -> None:
    """The second time says so, also after the drill was stopped."""

    async def story(pair: HostilePair) -> None:
        first = await start(pair)
        again = await start(pair)
        await stop(pair)
        later = await start(pair)

        assert first.done is Done.STARTED
        assert (again.done, again.same_form) == (Done.ALREADY, True)
        assert (later.done, later.same_form) == (Done.ALREADY, True)
        assert live(pair).drill is None

    plays(tmp_path, story)


def test_one_drill_runs_at_a_time(tmp_path: Path) -> None:
    """Another form is told which one runs."""

    async def story(pair: HostilePair) -> None:
        first = await start(pair)
        pair.after(1)
        other = await start(pair, "form-9")

        assert (other.done, other.same_form, other.drill) == (Done.ALREADY, False, first.drill)

    plays(tmp_path, story)


def test_stopping_ends_once_and_says_how_far_it_came(tmp_path: Path) -> None:
    """The same form again is told what it did; another one that nothing runs."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        await pair.tick()
        first, again, other = await stop(pair), await stop(pair), await stop(pair, "form-3")
        await pair.tick()
        (drill,) = ended(pair)

        assert (first.done, first.same_form) == (Done.STOPPED, False)
        assert (again.done, again.same_form) == (Done.STOPPED, True)
        assert other.done is Done.NONE_RUNNING
        assert (drill.end, drill.ended_by) == (DrillEnd.STOPPED, "Duty manager")
        assert "Nothing was detected and no switch was seen" in told(pair, OVER)[0].text

    plays(tmp_path, story)


def test_a_page_of_an_older_drill_does_not_stop_the_one_that_runs(tmp_path: Path) -> None:
    """Who stops names the drill that is seen."""

    async def story(pair: HostilePair) -> None:
        await start(pair)

        found = await stop(pair, drill_id="20260101-0000-another000")

        assert found.done is Done.NONE_RUNNING
        assert live(pair).drill is not None

    plays(tmp_path, story)


@pytest.mark.parametrize("what", ["start", "stop"])
def test_a_tick_that_did_not_know_judges_again(tmp_path: Path, what: str) -> None:
    """Between its read and its commit a person starts or stops: nothing of either is lost."""

    async def story(pair: HostilePair) -> None:
        if what == "stop":
            await start(pair)
            await pair.tick()
        store, act = pair.watch.outside.store, start if what == "start" else stop
        commit, done = store.commit, list[Result]()

        async def later(partition: str, writes: Any, write_id: str) -> Any:
            if not done and not write_id.startswith("write-") and "-start-" not in write_id:
                vars(store).pop("commit")
                done.append(await act(pair))
            return await commit(partition, writes, write_id)

        vars(store)["commit"] = later
        result = await pair.tick()
        await pair.tick()

        assert result["committed"]
        assert done[0].done is (Done.STARTED if what == "start" else Done.STOPPED)
        assert (live(pair).drill is not None) == (what == "start")
        assert len(ended(pair)) == (what == "stop")
        assert len(told(pair, STARTED)) == 1

    plays(tmp_path, story)


def test_while_a_drill_runs_every_source_is_read_in_every_tick(tmp_path: Path) -> None:
    """A planned switch is seen within a tick of its first sync, not at the next quarter hour."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        await pair.tick()
        ticks = await pair.some_ticks(2)

        assert all(len(tick["sources"]) == 8 for tick in ticks), json.dumps(ticks)

    plays(tmp_path, story)


def test_a_clock_that_ran_ahead_does_not_keep_a_drill_alive(tmp_path: Path) -> None:
    """A start that lies in the future counts from the first tick after it."""

    async def story(pair: HostilePair) -> None:
        pair.clock_ahead(600)
        await start(pair)
        pair.clock_ahead(0)
        await pair.tick()
        drill = live(pair).drill
        assert drill is not None
        assert drill.started_at <= pair.now()
        await pair.tick(LONGEST_DRILL.total_seconds() / 60)

        assert [each.end for each in ended(pair)] == [DrillEnd.EXPIRED]

    plays(tmp_path, story)


def test_the_readiness_list_says_when_a_drill_went_through(tmp_path: Path) -> None:
    """What the state remembers of the last drill is a note on every standby."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        day = pair.now().date().isoformat()
        card = await outage(pair)
        pair.tenant.change(lambda model: model.promote(B))
        await until(pair, lambda: ended(pair))
        pair.tenant.change(lambda model: model.server_returns(A))
        pair.tenant.change(lambda model: model.demote(A))
        pair.after(120)
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(B))
        await until(pair, lambda: pair.cards[-1].incident != card.incident and live(pair).incidents)
        known = [i.evidence.pair for i in live(pair).incidents.values() if i.evidence.pair]
        texts = [
            check.statement.text
            for found in known
            for standby in found.standbys
            for check in standby.checks
            if check.name == "drill"
        ]

        assert texts
        assert all(text.endswith(f"on {day}") for text in texts), texts

    plays(tmp_path, story)
