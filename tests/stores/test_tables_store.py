from __future__ import annotations

import base64
import re
import uuid
from functools import partial
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.data.tables import EdmType, EntityProperty, TableClient

from shared.ports import Insert, Outcome, Replace, StoreUnavailableError
from shared.stores.tables import Pace, TablesStore
from tests.support.azurite import ACCOUNT_KEY, connection_string
from tests.support.canary import assert_leaks_no_secret
from tests.support.store_contract import P, StoreContract
from tests.support.store_rows import documents, everything, put

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from azure.core.credentials import AccessToken

    from tests.support.store_rows import OpenStore

QUICK = Pace(pauses=(0.0, 0.0))
WRONG_KEY = "Y2FuYXJ5LWtleS10aGF0LW11c3QtbmV2ZXItYXBwZWFy"
WRONG_KEY_BYTES = base64.b64decode(WRONG_KEY).decode()


@pytest.fixture
def table() -> str:
    """A table that nobody else uses and that does not exist yet."""
    return "t" + uuid.uuid4().hex


@pytest.fixture
async def open_store(azurite: int, table: str) -> AsyncIterator[OpenStore]:
    """Stores on one table."""
    opened: list[TablesStore] = []

    def open_one() -> TablesStore:
        secret = connection_string(azurite)
        opened.append(TablesStore.from_connection_string(secret, table=table, pace=QUICK))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.aclose()


class TestTablesStore(StoreContract):
    """Azure Tables keeps the contract, as far as Azurite is Azure Tables."""


async def test_a_missing_table_is_made_once(open_store: OpenStore) -> None:
    """First use costs three calls: not found, created, asked again; then one each."""
    store = open_store()
    await everything(store)
    assert store.calls == 3

    await everything(store)
    assert store.calls == 4


async def test_a_first_commit_makes_the_table(open_store: OpenStore) -> None:
    """Not found, read back, created, read back, sent again."""
    store = open_store()

    assert await store.commit(P, [Insert("a", "1")], "w") is Outcome.APPLIED
    assert store.calls == 5
    assert await documents(store) == {"a": "1"}


async def test_each_page_is_a_call(open_store: OpenStore) -> None:
    """A thousand rows fit one page; one more takes a second."""
    store = open_store()
    for start in range(0, 1_100, 100):
        await store.commit(P, [Insert(f"{start + n:04}", "{}") for n in range(100)], f"w{start}")
        before = store.calls
        rows = await everything(store)

        assert store.calls - before == -(-len(rows) // 1_000)


async def test_every_type_of_property_is_set_aside_as_text(
    open_store: OpenStore, azurite: int, table: str
) -> None:
    """What a hand edit can leave behind is kept, readable, beside the document."""
    store = open_store()
    await everything(store)
    odd = {
        "document": "{}",
        "last_write_id": 7,
        "flag": True,
        "half": 0.5,
        "raw": b"\x00\xff",
        "big": EntityProperty(2**40, EdmType.INT64),
        "when": EntityProperty("2026-01-02T03:04:05Z", EdmType.DATETIME),
        "which": uuid.UUID(int=1),
    }
    with TableClient.from_connection_string(connection_string(azurite), table) as client:
        client.create_entity({"PartitionKey": P, "RowKey": "a", **odd})

    (row,) = await everything(store)

    assert row.document == "{}"
    assert dict(row.extra) == {
        "last_write_id": "7",
        "flag": "true",
        "half": "0.5",
        "raw": "AP8=",
        "big": str(2**40),
        "when": "2026-01-02 03:04:05+00:00",
        "which": str(uuid.UUID(int=1)),
    }


async def test_a_conflict_costs_one_read_back(open_store: OpenStore) -> None:
    """Two calls: the transaction, and the look at the row that would prove it ours."""
    store = open_store()
    row = await put(store, "a")
    await store.commit(P, [Replace("a", "2", row.etag)], "w2")
    before = store.calls

    assert await store.commit(P, [Replace("a", "3", row.etag)], "w3") is Outcome.CONFLICT
    assert store.calls == before + 2


async def test_an_unreachable_store_is_unavailable_for_reads_and_commits() -> None:
    """No connection means that nothing is stored; the message names host and next step."""
    store = TablesStore.from_connection_string(connection_string(1), pace=QUICK)

    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:1 .*reached.* check"):
        await everything(store)
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:1 .*reached.* check"):
        await store.commit(P, [Insert("a", "1")], "w")
    assert store.calls == 6
    await store.aclose()


@pytest.mark.filterwarnings(
    "ignore:Testing an element's truth value:DeprecationWarning"
)  # the SDK's
async def test_a_refused_key_is_unavailable_and_stays_secret(azurite: int, table: str) -> None:
    """A 403 is no conflict; no message, log at DEBUG or hidden cause shows the key."""
    secret = connection_string(azurite, WRONG_KEY)
    store = TablesStore.from_connection_string(secret, table=table, pace=QUICK)
    for attempt in (partial(everything, store), partial(store.commit, P, [Insert("a", "1")], "w")):
        error = await assert_leaks_no_secret(
            attempt, [WRONG_KEY, WRONG_KEY_BYTES], also=lambda: repr(store) + str(vars(store))
        )

        assert isinstance(error, StoreUnavailableError)
        assert re.search("answered 403 .*Storage Table Data Contributor", str(error))
        assert (error.__cause__, error.__context__) == (None, None)
    await store.aclose()


async def test_a_working_key_is_in_no_log(open_store: OpenStore) -> None:
    """Not at DEBUG of any logger, through creation, conflict and reading."""

    async def work() -> None:
        store = open_store()
        await put(store, "a")
        assert await store.commit(P, [Insert("a", "1")], "w") is Outcome.CONFLICT

    assert await assert_leaks_no_secret(work, [ACCOUNT_KEY]) is None


@pytest.mark.parametrize(
    "secret",
    [
        f"AccountKey={WRONG_KEY}",
        f"AccountName=a;AccountKey={WRONG_KEY};AccountName=b",
        WRONG_KEY,
        f"TableEndpoint=https://;AccountName=a;AccountKey={WRONG_KEY}",
    ],
)
def test_a_broken_connection_string_is_a_value_error_without_it(secret: str) -> None:
    """The message says what is expected and quotes nothing."""
    with pytest.raises(ValueError, match="cannot be used as configured") as error:
        TablesStore.from_connection_string(secret)

    assert error.value.__context__ is None
    assert WRONG_KEY not in str(error.value)


class _Credential:
    """A token credential that only fails."""

    def get_token(self, *_: str, **__: object) -> AccessToken:
        raise ClientAuthenticationError(message=f"IMDS said {WRONG_KEY}")


def test_a_token_is_never_sent_without_tls() -> None:
    """An http endpoint with a token credential is refused at once."""
    with pytest.raises(ValueError, match="https Table endpoint"):
        TablesStore.from_endpoint("http://127.0.0.1:1/x", _Credential())


async def test_a_missing_identity_is_unavailable_with_the_next_step() -> None:
    """No token means that nothing was sent; the credential's own text stays out."""
    store = TablesStore.from_endpoint("https://contoso.table.core.windows.net", _Credential())

    for attempt in (everything(store), store.commit(P, [Insert("a", "1")], "w")):
        with pytest.raises(StoreUnavailableError, match=r"contoso.*managed identity") as error:
            await attempt
        assert WRONG_KEY not in str(error.value)
    assert store.calls == 0
    await store.aclose()
