from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.store_contract import StoreContract
from tests.support.store_machine import StoreMachine
from tests.support.virtual_store import VirtualData, VirtualStore

if TYPE_CHECKING:
    from shared.ports import Store
    from tests.support.store_rows import OpenStore, Plant


@pytest.fixture
def data() -> VirtualData:
    """The disk."""
    return VirtualData()


@pytest.fixture
def open_store(data: VirtualData) -> OpenStore:
    """Stores on one disk."""
    return lambda: VirtualStore(data)


@pytest.fixture
def plant(data: VirtualData) -> Plant:
    """A person edits the disk."""
    return lambda partition, key: data.plant(partition, key, None, {"document": "b'{'"})


class TestVirtualStore(StoreContract):
    """What the simulation stores in keeps the same contract as the real stores."""


def test_the_virtual_store_agrees_with_a_dict() -> None:
    """Random commits and reads, through two stores on one disk, match the naive model."""
    data = VirtualData()

    class Machine(StoreMachine):
        def open(self) -> Store:
            return VirtualStore(data)

    limits = settings(max_examples=40, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Machine, settings=limits)
