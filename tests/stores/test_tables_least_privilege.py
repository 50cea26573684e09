"""The store needs one role on one table: nothing else of the account, and not to make the table."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableClient, TableServiceClient

from shared.ports import Delete, Insert, Outcome, Replace, StoreUnavailableError
from shared.stores.tables import Pace, TablesStore
from tests.support.azurite import connection_string
from tests.support.hostile_pair import hostile_pair
from tests.support.store_contract import P, StoreContract
from tests.support.store_rows import documents, everything
from tests.support.table_gate import TableGate, actions_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.support.store_rows import OpenStore

QUICK = Pace(pauses=(0.0, 0.0))
ENTITIES = {
    "entities/read",
    "entities/add/action",
    "entities/update/action",
    "entities/delete",
}


@pytest.fixture
def table(azurite: int) -> str:
    """A table that nobody else uses, made by somebody else, as by the template."""
    name = "t" + uuid.uuid4().hex
    with TableClient.from_connection_string(connection_string(azurite), name) as client:
        client.create_table()
    return name


@pytest.fixture
def gate(azurite: int, table: str) -> Iterator[TableGate]:
    """The role on that table, before a real Azurite."""
    with TableGate(azurite, table).running() as running:
        yield running


@pytest.fixture
async def open_store(gate: TableGate) -> AsyncIterator[OpenStore]:
    """Stores behind the gate."""
    opened: list[TablesStore] = []

    def open_one() -> TablesStore:
        secret = connection_string(gate.port)
        opened.append(TablesStore.from_connection_string(secret, table=gate.table, pace=QUICK))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.aclose()


class TestStoreWithOneRoleOnOneTable(StoreContract):
    """The whole contract holds with Storage Table Data Contributor on the table alone."""

    @pytest.fixture(autouse=True)
    def _nothing_is_refused(self, gate: TableGate) -> Iterator[None]:
        """No test of the contract asks for more than the role gives."""
        yield
        assert gate.refused == []
        assert set(gate.seen) <= ENTITIES


async def test_every_data_action_of_the_role_is_used(
    open_store: OpenStore, gate: TableGate
) -> None:
    """Read, add, update, delete: a role with less would not do."""
    store = open_store()
    await store.commit(P, [Insert("a", "1"), Insert("b", "1")], "w")
    etags = {row.key: row.etag for row in await everything(store)}
    await store.commit(P, [Replace("a", "2", etags["a"]), Delete("b", etags["b"])], "w2")

    assert await documents(store) == {"a": "2"}
    assert set(gate.seen) == ENTITIES


async def test_a_table_that_is_missing_and_may_not_be_made_is_told_and_not_asked_for_again(
    open_store: OpenStore, gate: TableGate, azurite: int
) -> None:
    """A read ends with what to grant, a write with "unknown", each after one refusal."""
    with TableClient.from_connection_string(connection_string(azurite), gate.table) as client:
        client.delete_table()
    store = open_store()

    with pytest.raises(StoreUnavailableError, match=r"403.*Storage Table Data Contributor") as read:
        await everything(store)
    assert gate.seen == ["entities/read", "POST Tables"]
    assert gate.table in str(read.value)
    gate.seen.clear()
    assert await store.commit(P, [Insert("a", "1")], "w") is Outcome.UNKNOWN
    assert gate.seen == ["entities/add/action", "entities/read", "POST Tables"]


async def test_a_watchdog_whose_table_may_not_be_made_says_so_and_does_not_loop(
    tmp_path: Path, azurite: int
) -> None:
    """A tick costs a few calls, tells the store's problem and commits nothing."""
    with TableServiceClient.from_connection_string(connection_string(azurite)) as service:
        service.delete_table("watchdog")
    with TableGate(azurite, "watchdog").running() as gate:
        settings = {"WATCHDOG_STORE": connection_string(gate.port)}
        async with hostile_pair(tmp_path, settings) as pair:
            await pair.watch.tick()
            told = pair.events("watchdog.tick")[-1]

            assert not told["committed"]
            assert "Storage Table Data Contributor" in told["problem"]
            assert gate.seen == ["entities/read", "POST Tables"]
            assert pair.events("watchdog.heartbeat") == []


async def test_ticks_and_cards_need_entities_of_one_table_only(
    tmp_path: Path, azurite: int
) -> None:
    """An outage from its first late tick to its card, on the table that the template made."""
    with TableServiceClient.from_connection_string(connection_string(azurite)) as service:
        service.create_table_if_not_exists("watchdog")
    with TableGate(azurite, "watchdog").running() as gate:
        settings = {"WATCHDOG_STORE": connection_string(gate.port)}
        async with hostile_pair(tmp_path, settings) as pair:
            await pair.tick()
            pair.tenant.change(lambda model: model.server_dies("SYNC-A"))
            await pair.tick(120)
            last = await pair.tick()

            assert last["committed"]
            assert [card.verdict for card in pair.cards] == ["SERVER_SILENT"]
    assert gate.refused == []
    assert set(gate.seen) <= ENTITIES
    with TableServiceClient.from_connection_string(connection_string(azurite)) as service:
        service.delete_table("watchdog")


def test_the_gate_refuses_what_is_not_the_tables(azurite: int, gate: TableGate) -> None:
    """Another table, the list of tables, the service's properties: the checks above can fail."""
    secret = connection_string(gate.port)
    with TableServiceClient.from_connection_string(secret, retry_total=0) as service:
        for ask in (
            lambda: list(service.list_tables()),
            service.get_service_properties,
            lambda: service.create_table("another"),
            lambda: list(service.get_table_client("another").list_entities()),
            lambda: service.get_table_client("another").submit_transaction(
                [("create", {"PartitionKey": "p", "RowKey": "r"})]
            ),
        ):
            with pytest.raises(HttpResponseError, match="not authorized") as refused:
                ask()
            assert refused.value.status_code == 403

    assert len(gate.refused) == 5
    assert gate.upstream == azurite


@pytest.mark.parametrize(
    ("method", "path", "body", "actions"),
    [
        ("GET", "watchdog", b"", [("entities/read", "watchdog")]),
        ("POST", "watchdog", b"", [("entities/add/action", "watchdog")]),
        ("DELETE", "watchdog(PartitionKey='p',RowKey='r')", b"", [("entities/delete", "watchdog")]),
        ("POST", "Tables", b"", [("POST Tables", "")]),
        ("DELETE", "Tables('watchdog')", b"", [("DELETE Tables('watchdog')", "")]),
        ("POST", "$batch", b"nothing that could be read", [("", "")]),
        (
            "POST",
            "$batch",
            b"\n".join(
                (
                    b"POST http://127.0.0.1:1/account/watchdog HTTP/1.1\r",
                    b"\r",
                    b"PUT http://127.0.0.1:1/account/other(PartitionKey='p') HTTP/1.1\r",
                )
            ),
            [("entities/add/action", "watchdog"), ("entities/update/action", "other")],
        ),
    ],
)
def test_the_gate_reads_requests_as_azure_does(
    method: str, path: str, body: bytes, actions: list[tuple[str, str]]
) -> None:
    """Each with its action and its table; what cannot be read is nobody's right."""
    assert actions_of(method, path, body) == actions
