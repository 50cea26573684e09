"""Fixtures of the store tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.data.tables import TableClient

from tests.support.azurite import azurite, connection_string  # noqa: F401  a fixture for all

if TYPE_CHECKING:
    from tests.support.store_rows import Plant


@pytest.fixture
def plant(azurite: int, table: str) -> Plant:  # noqa: F811  pytest fills it with the fixture
    """A person adds a row to the module's `table` in a storage browser."""

    def plant_one(partition: str, key: str) -> None:
        with TableClient.from_connection_string(connection_string(azurite), table) as client:
            odd = {"document": 5, "note": "by hand"}
            client.create_entity({"PartitionKey": partition, "RowKey": key, **odd})

    return plant_one
