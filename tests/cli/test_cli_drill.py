"""`drill start`, `stop` and `status`: exit codes, what is printed, what is stored."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared import cli, drilling, ledger, wiring
from shared.domain.maintenance.window import Window
from shared.ports import Insert
from tests.support.command_line import printed, tenant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from shared.ledger import Snapshot


@contextmanager
def watched(folder: Path) -> Iterator[dict[str, str]]:
    """A tenant on whose store a watchdog ticked just now."""
    with tenant(folder) as (_, environ):
        tick(environ)
        yield {**environ, "USER": "oncall"}


def tick(environ: Mapping[str, str]) -> None:
    """One tick of the deployed app."""

    async def once() -> None:
        watch = wiring.build(environ)
        try:
            await watch.tick()
        finally:
            await watch.aclose()

    asyncio.run(once())


def stored(environ: Mapping[str, str]) -> Snapshot:
    """The live rows."""

    async def load() -> Snapshot:
        watch = wiring.build(environ)
        try:
            return await drilling.load(watch.outside.store, watch.plan.tenant_id)
        finally:
            await watch.aclose()

    return asyncio.run(load())


def test_a_drill_is_started_looked_at_and_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0 each; the row holds who, from where and why, as foreign text."""
    with watched(tmp_path) as environ:
        started = cli.main(["drill", "start", "--note", "SYNC-A *burnt*"], environ)
        drill = stored(environ).drill
        assert drill is not None
        first, _ = printed(capsys)
        looked = cli.main(["drill", "status"], environ)
        second, _ = printed(capsys)
        stopped = cli.main(["drill", "stop", "--by", "Duty manager"], environ)
        third, _ = printed(capsys)
        after = stored(environ)

    assert (started, looked, stopped) == (0, 0, 0)
    assert (drill.by, drill.via, drill.note) == ("oncall", "command line", "SYNC-A *burnt*")
    assert f"Drill {drill.id} started" in first
    assert "Real monitoring goes on" in first
    assert "started by oncall" in second
    assert "the stopwatch runs: under 1 min" in second
    assert "ended: stopped" in third
    assert after.drill is None
    assert sorted(after.bulletins) == [
        f"live|bulletin|drill-over-{drill.id}",
        f"live|bulletin|drill-started-{drill.id}",
    ]


def test_a_second_drill_is_refused_and_the_first_one_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1: somebody must look who practises."""
    with watched(tmp_path) as environ:
        cli.main(["drill", "start", "--by", "First team"], environ)
        printed(capsys)
        code = cli.main(["drill", "start", "--by", "Second team"], environ)
    out, _ = printed(capsys)

    assert code == 1
    assert "A drill runs already" in out
    assert "started by First team" in out


def test_stopping_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, with the command that starts one."""
    with watched(tmp_path) as environ:
        code = cli.main(["drill", "stop"], environ)
    out, _ = printed(capsys)

    assert (code, out) == (1, "No drill runs. Start one with `drill start`.\n")


def test_the_status_says_that_a_drill_is_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 when none went through in 90 days; one that was only stopped does not count."""
    with watched(tmp_path) as environ:
        never = cli.main(["drill", "status"], environ)
        first, _ = printed(capsys)
        cli.main(["drill", "start"], environ)
        cli.main(["drill", "stop"], environ)
        printed(capsys)
        only_stopped = cli.main(["drill", "status"], environ)
        second, _ = printed(capsys)

    assert (never, only_stopped) == (1, 1)
    assert "none is recorded" in first
    assert "No drill runs. The last one:" in second
    assert "ended: stopped" in second
    assert "due every 90 days" in second


@pytest.mark.parametrize(("days", "code"), [(89, 0), (91, 1)])
def test_the_limit_is_ninety_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days: int, code: int
) -> None:
    """By the newest drill that ended with a recovery."""
    with watched(tmp_path) as environ:

        async def practised() -> None:
            watch = wiring.build(environ)
            store, partition = watch.outside.store, watch.plan.tenant_id
            snap = await drilling.load(store, partition)
            assert snap.state is not None
            snap.state = replace(snap.state, drill_at=wiring.utc_now() - timedelta(days=days))
            await store.commit(
                partition, [ledger.put(snap, ledger.STATE_KEY, snap.state)], "planted"
            )
            await watch.aclose()

        asyncio.run(practised())
        found = cli.main(["drill", "status"], environ)
    printed(capsys)

    assert found == code


def test_a_drill_in_a_maintenance_window_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It starts, but cards wait for the window's end: whoever practises must know."""
    with watched(tmp_path) as environ:

        async def announced() -> None:
            watch = wiring.build(environ)
            window = Window("w1", wiring.utc_now() - timedelta(minutes=5), timedelta(hours=2))
            row = Insert(ledger.window_key(window), ledger.encode(window))
            await watch.outside.store.commit(watch.plan.tenant_id, [row], "planted")
            await watch.aclose()

        asyncio.run(announced())
        code = cli.main(["drill", "start"], environ)
    _, err = printed(capsys)

    assert code == 0
    assert "maintenance is on until" in err
    assert "something is wrong already" not in err


def test_a_drill_in_an_outage_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the runbook says never to do is said to whoever does it, with what is wrong."""
    with tenant(tmp_path, silent=True) as (_, environ):
        for _ in range(2):
            tick(environ)
        open_now = stored(environ).incidents
        cli.main(["drill", "start"], environ)
    _, err = printed(capsys)

    assert open_now
    assert "Beware: something is wrong already" in err
    assert next(iter(open_now.values())).verdict in err


@pytest.mark.parametrize("command", ["start", "status"])
def test_a_store_without_a_watchdog_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Exit 2: a stopwatch that nobody reads would pass for a drill."""
    with tenant(tmp_path) as (_, environ):
        code = cli.main(["drill", command], environ)
        drill = stored(environ).drill
    _, err = printed(capsys)

    assert code == 2
    assert drill is None
    assert "WATCHDOG_STORE" in err


def test_a_store_that_cannot_be_read_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store's own sentence, and that nothing was changed."""
    with tenant(tmp_path) as (_, environ):
        missing = tmp_path / "there" / "is" / "no" / "folder.db"
        code = cli.main(["drill", "start"], {**environ, "WATCHDOG_STORE": f"sqlite:///{missing}"})
    _, err = printed(capsys)

    assert code == 2
    assert "Nothing was changed" in err
