from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from shared.stores.sqlite import SqliteStore
from shared.stores.tables import TablesStore
from tests.support.azurite import connection_string
from tests.support.store_machine import StoreMachine

if TYPE_CHECKING:
    from pathlib import Path

    from shared.ports import Store

SLOW = [HealthCheck.too_slow]


def test_sqlite_agrees_with_a_dict(tmp_path: Path) -> None:
    """Random commits and reads, through two stores on one file, match the naive model."""

    class Machine(StoreMachine):
        def open(self) -> Store:
            return SqliteStore(tmp_path / "machine.db")

    limits = settings(
        max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=SLOW
    )
    run_state_machine_as_test(Machine, settings=limits)


def test_tables_agree_with_a_dict(azurite: int) -> None:
    """Random commits and reads, through two clients of a real Azurite, match the naive model."""

    class Machine(StoreMachine):
        def open(self) -> Store:
            return TablesStore.from_connection_string(connection_string(azurite), table="machine")

    limits = settings(
        max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=SLOW
    )
    run_state_machine_as_test(Machine, settings=limits)
