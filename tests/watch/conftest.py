"""Fixtures of the use-case tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.scheduler import VirtualLoop
from tests.support.virtual_world import PLAN, START, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.domain.maintenance.window import Window


@pytest.fixture
def world() -> Iterator[World]:
    """A healthy tenant, an empty disk, a channel that works."""
    loop = VirtualLoop()
    yield World(loop)
    loop.close()


@pytest.fixture
def world_of() -> Iterator[Callable[..., World]]:
    """Makes a tenant whose server dies at once, and whose setting names these windows."""
    loop = VirtualLoop()

    def make(*windows: Window) -> World:
        world = World(loop, plan=replace(PLAN, windows=windows))
        world.truth.dies(START)
        return world

    yield make
    loop.close()
