from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from shared.ports import Delete, Insert, Outcome, Replace, StoreUnavailableError
from shared.stores.tables import Pace, TablesStore
from tests.support.azurite import connection_string
from tests.support.lossy_proxy import Fate, LossyProxy
from tests.support.store_contract import P
from tests.support.store_rows import documents, everything

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from shared.ports import Write

QUICK = Pace(pauses=(0.0, 0.0))
ANSWER_LOST = [Fate.APPLY_THEN_503, Fate.APPLY_THEN_DROP, Fate.ANSWER_NONSENSE]
REQUEST_LOST = [Fate.LOSE_WITH_503, Fate.LOSE_WITH_DROP, Fate.LOSE_WITH_NO_RESULTS]
SHAPES = ["create", "replace", "delete", "everything"]


@pytest.fixture
def proxy(azurite: int) -> Iterator[LossyProxy]:
    """A proxy before Azurite that loses what it is told to lose."""
    with LossyProxy(azurite).running() as proxy:
        yield proxy


@pytest.fixture
def table() -> str:
    """A table that nobody else uses."""
    return "t" + uuid.uuid4().hex


@pytest.fixture
async def straight(azurite: int, table: str) -> AsyncIterator[TablesStore]:
    """A store without the proxy, over the same table, which holds the rows ``old`` and ``gone``."""
    store = TablesStore.from_connection_string(connection_string(azurite), table=table)
    await store.commit(P, [Insert("gone", "0"), Insert("old", "0")], "before")
    yield store
    await store.aclose()


@pytest.fixture
async def store(proxy: LossyProxy, table: str, straight: TablesStore) -> AsyncIterator[TablesStore]:
    """The store under test, behind the proxy."""
    assert straight.calls
    secret = connection_string(proxy.port)
    store = TablesStore.from_connection_string(secret, table=table, pace=QUICK)
    yield store
    await store.aclose()


async def writes_of(shape: str, straight: TablesStore) -> list[Write]:
    """A commit of one shape, fit for the rows that are there."""
    gone, old = await everything(straight)
    delete, replace, insert = Delete("gone", gone.etag), Replace("old", "1", old.etag), "1"
    shapes: dict[str, list[Write]] = {
        "create": [Insert("new", insert)],
        "replace": [replace],
        "delete": [delete, Insert("new", insert)],
        "everything": [delete, replace, Insert("new", insert), Insert("newer", insert)],
    }
    return shapes[shape]


AFTER: dict[str, dict[str, str | None]] = {
    "create": {"gone": "0", "new": "1", "old": "0"},
    "replace": {"gone": "0", "old": "1"},
    "delete": {"new": "1", "old": "0"},
    "everything": {"new": "1", "newer": "1", "old": "1"},
}
BEFORE: dict[str, str | None] = {"gone": "0", "old": "0"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fate", ANSWER_LOST)
async def test_a_lost_answer_to_an_applied_commit_is_applied_once(
    fate: Fate, shape: str, proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """503, a dropped connection or a foreign page instead of the answer: the row proves it."""
    proxy.transactions.append(fate)

    outcome = await store.commit(P, await writes_of(shape, straight), "ours")

    assert outcome is Outcome.APPLIED
    assert await documents(straight) == AFTER[shape]
    assert proxy.count("POST $batch") == 1


@pytest.mark.parametrize("shape", ["replace", "delete", "everything"])
@pytest.mark.parametrize("fate", REQUEST_LOST)
async def test_a_lost_request_that_holds_an_etag_is_sent_again(
    fate: Fate, shape: str, proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """The etag makes a second copy harmless, so a passing fault costs nothing."""
    proxy.transactions.append(fate)

    outcome = await store.commit(P, await writes_of(shape, straight), "ours")

    assert outcome is Outcome.APPLIED
    assert await documents(straight) == AFTER[shape]
    assert proxy.count("POST $batch") == 2


@pytest.mark.parametrize("fate", REQUEST_LOST)
async def test_a_lost_request_that_only_inserts_is_unknown_and_not_sent_again(
    fate: Fate, proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """Nothing would stop a second copy from bringing back what another writer deleted."""
    proxy.transactions.append(fate)

    outcome = await store.commit(P, await writes_of("create", straight), "ours")

    assert outcome is Outcome.UNKNOWN
    assert await documents(straight) == BEFORE
    assert proxy.count("POST $batch") == 1


@pytest.mark.parametrize("second", ANSWER_LOST)
@pytest.mark.parametrize("first", REQUEST_LOST)
async def test_a_second_copy_whose_answer_is_lost_is_applied_once(
    first: Fate, second: Fate, proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """Two faults in a row are settled like one."""
    proxy.transactions += [first, second]

    outcome = await store.commit(P, await writes_of("everything", straight), "ours")

    assert outcome is Outcome.APPLIED
    assert await documents(straight) == AFTER["everything"]


@pytest.mark.parametrize("fate", REQUEST_LOST)
async def test_requests_that_are_always_lost_end_unknown(
    fate: Fate, proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """Three copies at most; the last may still be under way, so it is not called a conflict."""
    proxy.otherwise = fate

    outcome = await store.commit(P, await writes_of("everything", straight), "ours")

    assert outcome is Outcome.UNKNOWN
    assert await documents(straight) == BEFORE
    assert proxy.count("POST $batch") == 3


@pytest.mark.parametrize("read_back", REQUEST_LOST)
@pytest.mark.parametrize("fate", [*ANSWER_LOST, *REQUEST_LOST])
async def test_a_commit_that_cannot_be_read_back_is_unknown(
    fate: Fate,
    read_back: Fate,
    proxy: LossyProxy,
    store: TablesStore,
    straight: TablesStore,
) -> None:
    """Nobody can tell, so nobody pretends, and nothing is sent a second time."""
    proxy.transactions.append(fate)
    proxy.otherwise_reads = read_back

    outcome = await store.commit(P, await writes_of("everything", straight), "ours")

    assert outcome is Outcome.UNKNOWN
    applied = fate not in REQUEST_LOST
    assert await documents(straight) == (AFTER["everything"] if applied else BEFORE)
    assert proxy.count("POST $batch") == 1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fate", REQUEST_LOST)
async def test_a_lost_request_that_another_writer_overtook_is_a_conflict(
    fate: Fate, shape: str, proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """The row read back carries another id: our condition can never hold again."""
    writes = await writes_of(shape, straight)
    await straight.commit(P, writes, "theirs")
    proxy.transactions.append(fate)

    assert await store.commit(P, writes, "ours") is Outcome.CONFLICT
    assert await documents(straight) == AFTER[shape]
    assert proxy.count("POST $batch") == 1


async def test_a_reading_fault_is_read_again(proxy: LossyProxy, store: TablesStore) -> None:
    """Two passing faults are survived by one read, and every attempt is counted."""
    assert await everything(store)
    before = store.calls
    proxy.reads += [Fate.LOSE_WITH_503, Fate.APPLY_THEN_DROP]

    assert len(await everything(store)) == 2
    assert store.calls == before + 3


@pytest.mark.parametrize(
    ("fate", "text"),
    [
        (Fate.LOSE_WITH_503, "answered 503.*next tick"),
        (Fate.LOSE_WITH_DROP, "dropped the connection.*next tick"),
        (Fate.REFUSE_403, "answered 403.*Storage Table Data Contributor"),
        (Fate.ANSWER_NONSENSE, "WATCHDOG_STORE|next tick"),
        (Fate.REDIRECT, "answered 307.*WATCHDOG_STORE"),
        (Fate.BUSY_FOR_AN_HOUR, "answered 503"),
    ],
)
async def test_a_read_that_fails_says_what_and_what_next(
    fate: Fate, text: str, proxy: LossyProxy, store: TablesStore
) -> None:
    """The message names the host, what happened and the next step, and has no hidden cause."""
    proxy.otherwise_reads = fate

    with pytest.raises(StoreUnavailableError, match=text) as error:
        await everything(store)
    assert f"127.0.0.1:{proxy.port}" in str(error.value)
    assert (error.value.__cause__, error.value.__context__) == (None, None)


async def test_a_refused_commit_is_unavailable_and_nothing_is_stored(
    proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """A 403 is neither a conflict nor doubt: it needs a person."""
    proxy.otherwise = Fate.REFUSE_403

    with pytest.raises(StoreUnavailableError, match="403"):
        await store.commit(P, await writes_of("everything", straight), "ours")
    assert await documents(straight) == BEFORE
    assert proxy.seen == ["POST $batch"]


async def test_a_refusal_after_a_lost_answer_is_unknown(
    proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """The refusal speaks for the second copy only; the first may still arrive."""
    proxy.transactions += [Fate.LOSE_WITH_DROP, Fate.REFUSE_403]

    outcome = await store.commit(P, await writes_of("everything", straight), "ours")

    assert outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "case",
    [(Fate.BUSY_FOR_AN_HOUR, []), (Fate.BUSY_FOR_TWO_SECONDS, [2.0]), (Fate.LOSE_WITH_503, [0.0])],
)
async def test_a_short_retry_after_is_obeyed_and_a_long_one_ends_the_call(
    case: tuple[Fate, list[float]],
    proxy: LossyProxy,
    store: TablesStore,
    straight: TablesStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Commits and reads wait as asked, but never for an hour: the next tick comes sooner."""
    (fate, waited), waits = case, list[float]()

    async def note(seconds: float) -> None:
        waits.append(seconds)

    writes = await writes_of("everything", straight)
    monkeypatch.setattr("shared.stores.tables.asyncio.sleep", note)

    proxy.transactions.append(fate)
    outcome = await store.commit(P, writes, "ours")
    assert (waits, outcome) == (waited, Outcome.APPLIED if waited else Outcome.UNKNOWN)

    waits.clear()
    proxy.reads.append(fate)
    if waited:
        await everything(store)
    else:
        with pytest.raises(StoreUnavailableError, match="503"):
            await everything(store)
    assert waits == waited


async def test_a_redirect_is_not_followed(
    proxy: LossyProxy, store: TablesStore, straight: TablesStore
) -> None:
    """It would carry the credential to whatever host it names."""
    proxy.otherwise = Fate.REDIRECT

    with pytest.raises(StoreUnavailableError, match="307"):
        await store.commit(P, await writes_of("everything", straight), "ours")
    assert proxy.seen == ["POST $batch"]


async def test_a_silent_store_is_given_up_by_the_deadline(
    proxy: LossyProxy, table: str, straight: TablesStore
) -> None:
    """A store that never answers ends a read as unavailable and a commit as unknown."""
    proxy.otherwise = proxy.otherwise_reads = Fate.APPLY_THEN_HANG
    secret = connection_string(proxy.port)
    pace = Pace(deadline=0.2, pauses=())
    store = TablesStore.from_connection_string(secret, table=table, pace=pace)
    writes = await writes_of("replace", straight)

    with pytest.raises(StoreUnavailableError, match=r"did not answer within 0\.2 s"):
        await everything(store)
    assert await store.commit(P, writes, "ours") is Outcome.UNKNOWN
    proxy.closing.set()
    await store.aclose()


async def test_a_timeout_of_an_applied_commit_is_settled_by_reading_back(
    proxy: LossyProxy, table: str, straight: TablesStore
) -> None:
    """A peer that falls silent after it applied the commit is one more lost answer."""
    proxy.transactions.append(Fate.APPLY_THEN_HANG)
    secret = connection_string(proxy.port)
    pace = Pace(read=1.0, pauses=(0.0,) * 9)
    store = TablesStore.from_connection_string(secret, table=table, pace=pace)

    outcome = await store.commit(P, await writes_of("everything", straight), "ours")

    assert outcome is Outcome.APPLIED
    assert await documents(straight) == AFTER["everything"]
    await store.aclose()
