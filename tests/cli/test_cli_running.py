"""Every command ends when its work is done, and when somebody stops it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from shared import cli
from shared.cli import running
from tests.support.components import ROOT


def test_a_thread_that_hangs_keeps_nobody_from_ending() -> None:
    """`asyncio.run` would wait five minutes for it, and a report would not be printed."""
    release = threading.Event()

    async def look() -> str:
        hanging = asyncio.ensure_future(asyncio.to_thread(release.wait))
        await asyncio.sleep(0)
        hanging.cancel()
        return "the report"

    try:
        assert running.run(look()) == "the report"
        threads = [each for each in threading.enumerate() if each.name == "watchdog-work"]
        assert threads
        assert all(each.daemon for each in threads)
    finally:
        release.set()


async def test_a_thread_brings_its_result_or_its_exception() -> None:
    """As asyncio's own executor does."""
    asyncio.get_running_loop().set_default_executor(running.LeftBehind())

    assert await asyncio.to_thread(int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await asyncio.to_thread(int, "seven")


def test_every_command_runs_so() -> None:
    """A new one must not bring back the wait."""
    users = {
        path.name
        for path in (ROOT / "shared" / "cli").glob("*.py")
        if "asyncio.run(" in path.read_text(encoding="utf-8")
    }

    assert users == {"running.py"}


def test_who_stops_a_command_gets_a_word_and_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is no defect; the exit code says that there was no answer."""

    def stopped(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_demo", stopped)

    assert cli.main(["demo"], {}) == cli.BLIND
    assert capsys.readouterr().err == "Stopped.\n"
