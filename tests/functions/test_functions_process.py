"""A host is a fresh worker, and gives the process back as it found it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.support.functions_config import HostError
from tests.support.functions_host import RUNTIME, FunctionsHost
from tests.support.functions_samples import GATE, MEDDLER, SETTINGS, TICK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def start(folder: Path) -> None:
    """Start and stop an app."""
    async with FunctionsHost(folder, SETTINGS):
        pass


APP_NAMES = (RUNTIME, "function_app", "helper")


@pytest.fixture(autouse=True)
def a_process_with_a_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules and levels that an app under test could replace."""
    for name in APP_NAMES:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for name, level in (("", 31), ("azure", 32)):
        monkeypatch.setattr(logging.getLogger(name), "level", level)


def process_state() -> list[object]:
    """What a host must give back."""
    loggers = [logging.getLogger(), logging.getLogger("azure"), logging.getLogger("app")]
    return [
        dict(os.environ),
        list(sys.path),
        {name: id(module) for name, module in sys.modules.items() if name.startswith(APP_NAMES)},
        [(each.level, list(each.handlers), list(each.filters)) for each in loggers],
        logging.root.manager.disable,
    ]


async def test_the_process_is_as_before_when_the_host_leaves(
    write_app: Callable[..., Path],
) -> None:
    """Environment, import path, modules and logging are given back, whatever the app did."""
    folder = write_app(MEDDLER)
    (folder / "helper.py").write_text("NAME = 'mine'\n", encoding="utf-8")
    before = process_state()

    async with FunctionsHost(folder, SETTINGS) as host:
        during = process_state()
        assert host.module.helper.NAME == "mine"
        await host.http("env", "GET", "/api/env")

    assert before == process_state()
    assert all(was != now for was, now in zip(before, during, strict=True))


async def test_the_process_is_as_before_when_the_app_does_not_start(
    write_app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed start gives everything back too, and the next host can start."""
    monkeypatch.delitem(sys.modules, "helper")
    folder = write_app(MEDDLER)  # without helper.py
    before = process_state()

    with pytest.raises(HostError, match="helper"):
        await start(folder)

    assert before == process_state()
    await start(write_app(TICK, name="next"))


async def test_an_app_does_not_see_the_developers_variables(
    write_app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real webhook or credential in the shell must not reach an app under test."""
    monkeypatch.setenv("WATCHDOG_TEAMS_URL", "https://contoso.example/canary")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "canary")
    folder = write_app(MEDDLER)
    (folder / "helper.py").write_text("NAME = 'mine'\n", encoding="utf-8")

    async with FunctionsHost(folder, {**SETTINGS, "OWN": "1"}) as host:
        names, _ = (await host.http("env", "GET", "/api/env")).json()

    assert not {"WATCHDOG_TEAMS_URL", "AZURE_CLIENT_SECRET"} & set(names)
    assert {"OWN", "SCHEDULE", "PATH"} <= set(names)


async def test_a_second_host_knows_nothing_of_the_first(write_app: Callable[..., Path]) -> None:
    """Same script and module names, other code: every host is a fresh worker."""
    answers = []
    for name in ("first", "second"):
        folder = write_app(MEDDLER, TICK if name == "first" else "", name=name)
        (folder / "helper.py").write_text(f"NAME = '{name}'\n", encoding="utf-8")
        async with FunctionsHost(folder, SETTINGS) as host:
            seen = (await host.http("env", "GET", "/api/env")).json()[1]
            answers.append((seen, set(host.functions)))

    assert answers == [("first", {"env", "tick"}), ("second", {"env"})]


async def test_two_hosts_at_once_are_refused(write_app: Callable[..., Path]) -> None:
    """They would share the environment and the runtime's globals."""
    folder = write_app(TICK)

    async with FunctionsHost(folder, SETTINGS) as host:
        with pytest.raises(HostError, match="another FunctionsHost"):
            await start(folder)
        await host.timer("tick")


async def test_an_invocation_that_is_left_running_is_an_error(
    write_app: Callable[..., Path],
) -> None:
    """A test that forgets to await an invocation would test nothing."""
    host = FunctionsHost(write_app(GATE), SETTINGS)
    await host.__aenter__()
    forgotten = asyncio.create_task(host.timer("gate"))
    await asyncio.sleep(0)

    with pytest.raises(HostError, match="1 invocations still run"):
        await host.__aexit__(None, None, None)

    forgotten.cancel()
    await asyncio.gather(forgotten, return_exceptions=True)
