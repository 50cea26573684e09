"""Fixtures of the use-case tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.scheduler import VirtualLoop
from tests.support.virtual_world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> Iterator[World]:
    """A healthy tenant, an empty disk, a channel that works."""
    loop = VirtualLoop()
    yield World(loop)
    loop.close()
