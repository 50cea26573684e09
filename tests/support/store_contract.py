"""What every store promises, as one abstract test class: a store passes by subclassing it.

A subclass provides the fixture `open_store`: each call opens one more store on the same data, which
is empty when the test starts; and `plant`, which puts a row there as a person would by hand.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from shared.ports import MAX_DOCUMENT, MAX_WRITES, Delete, Insert, Outcome, Replace
from tests.support.store_rows import OpenStore, Plant, documents, everything, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.ports import Store, Write

P = "tenant"
APPLIED, CONFLICT = Outcome.APPLIED, Outcome.CONFLICT


class StoreContract:
    """The tests. Their names are the contract."""

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Store:
        """A store with nothing in it."""
        return open_store()

    # -- reading ----------------------------------------------------------------------------------

    async def test_nothing_is_read_before_anything_is_written(self, store: Store) -> None:
        """A first read, even of a table that does not exist yet, is empty, not an error."""
        assert await everything(store) == []

    async def test_a_row_is_read_as_it_was_written(self, store: Store) -> None:
        """Key and document come back unchanged, with an etag and nothing extra."""
        row = await put(store, "a", '{"name": "SYNC-A", "emoji": "\U0001f600 é \\u0000"}')

        assert row.document == '{"name": "SYNC-A", "emoji": "\U0001f600 é \\u0000"}'
        assert (row.key, bool(row.etag), dict(row.extra)) == ("a", True, {})

    async def test_rows_come_in_key_order(self, store: Store) -> None:
        """Code point order, whatever the order of writing: capitals before small letters."""
        await store.commit(P, [Insert(key, "{}") for key in ("b", "B", "a|2", "a|10", "a")], "w")

        assert list(await documents(store)) == ["B", "a", "a|10", "a|2", "b"]

    async def test_a_range_holds_its_start_and_not_its_end(self, store: Store) -> None:
        """``start <= key < end``."""
        await store.commit(P, [Insert(key, "{}") for key in "abcd"], "w")

        assert [row.key for row in await store.read(P, "b", "d")] == ["b", "c"]

    async def test_an_upside_down_range_is_empty(self, store: Store) -> None:
        """A start behind its end selects nothing."""
        await put(store, "c")

        assert await store.read(P, "d", "b") == []

    async def test_partitions_do_not_see_each_other(self, store: Store) -> None:
        """The same key lives in two partitions independently."""
        await put(store, "a", "1", partition="one")
        await put(store, "a", "2", partition="two")

        assert await documents(store, "one") == {"a": "1"}

    async def test_more_than_a_thousand_rows_are_read_whole(self, store: Store) -> None:
        """Azure pages at 1,000 rows; a read does not stop there, and its calls say so."""
        keys = [f"{number:05}" for number in range(1_050)]
        for start in range(0, len(keys), MAX_WRITES):
            chunk = [Insert(key, "{}") for key in keys[start : start + MAX_WRITES]]
            assert await store.commit(P, chunk, f"w{start}") is APPLIED

        assert [row.key for row in await everything(store)] == keys

    async def test_a_damaged_row_does_not_hide_the_others(self, store: Store, plant: Plant) -> None:
        """A row whose document is no text is read as None, with what was found set aside."""
        await put(store, "a", "1")
        plant(P, "b")

        good, bad = await everything(store)

        assert (good.document, bad.document) == ("1", None)
        assert "document" in bad.extra

    async def test_a_damaged_row_can_be_replaced_and_deleted(
        self, store: Store, plant: Plant
    ) -> None:
        """It has an etag like every row, and a replacement leaves nothing of it."""
        await put(store, "a")
        plant(P, "b")
        etag = (await everything(store))[1].etag

        assert await store.commit(P, [Replace("b", "2", etag)], "w") is APPLIED
        row = (await everything(store))[1]
        assert (row.document, dict(row.extra)) == ("2", {})

    # -- conditions -------------------------------------------------------------------------------

    async def test_an_insert_does_not_overwrite(self, store: Store) -> None:
        """The first insert wins."""
        await put(store, "a", "1")

        assert await store.commit(P, [Insert("a", "2")], "w") is CONFLICT
        assert await documents(store) == {"a": "1"}

    async def test_a_replace_needs_the_current_etag(self, store: Store) -> None:
        """The second of two replacements of one version loses."""
        row = await put(store, "a", "1")

        assert await store.commit(P, [Replace("a", "2", row.etag)], "w2") is APPLIED
        assert await store.commit(P, [Replace("a", "3", row.etag)], "w3") is CONFLICT
        assert await documents(store) == {"a": "2"}

    async def test_a_delete_needs_the_current_etag(self, store: Store) -> None:
        """A row that changed meanwhile is not deleted."""
        row = await put(store, "a", "1")
        await store.commit(P, [Replace("a", "2", row.etag)], "w2")

        assert await store.commit(P, [Insert("b", "1"), Delete("a", row.etag)], "w3") is CONFLICT
        assert await documents(store) == {"a": "2"}

    async def test_a_row_that_is_gone_cannot_be_replaced(self, store: Store) -> None:
        """A replacement never creates."""
        row = await put(store, "a")
        await store.commit(P, [Delete("a", row.etag), Insert("b", "{}")], "w")

        assert await store.commit(P, [Replace("a", "2", row.etag)], "w2") is CONFLICT
        assert list(await documents(store)) == ["b"]

    async def test_a_row_that_is_gone_cannot_be_deleted_again(self, store: Store) -> None:
        """A deletion is conditional on the row, not only on its version."""
        row = await put(store, "a")
        await store.commit(P, [Delete("a", row.etag), Insert("b", "{}")], "w")

        assert await store.commit(P, [Delete("a", row.etag), Insert("c", "{}")], "w2") is CONFLICT
        assert list(await documents(store)) == ["b"]

    async def test_an_etag_is_not_revived_by_delete_and_insert(self, store: Store) -> None:
        """A row deleted and inserted again is another version, even with the same document."""
        old = await put(store, "a", "1")
        await store.commit(P, [Delete("a", old.etag), Insert("b", "{}")], "w")
        new = await put(store, "a", "1")

        assert new.etag != old.etag
        assert await store.commit(P, [Replace("a", "2", old.etag)], "w2") is CONFLICT

    async def test_every_write_changes_the_etag(self, store: Store) -> None:
        """Even one that stores the same document."""
        row = await put(store, "a", "1")
        await store.commit(P, [Replace("a", "1", row.etag)], "w")

        assert (await everything(store))[0].etag != row.etag

    # -- transactions -----------------------------------------------------------------------------

    async def test_one_commit_inserts_replaces_and_deletes(self, store: Store) -> None:
        """All kinds of writes go together."""
        one, two = await put(store, "1", "old"), await put(store, "2", "old")
        writes: list[Write] = [
            Delete("1", one.etag),
            Replace("2", "new", two.etag),
            Insert("3", "new"),
        ]

        assert await store.commit(P, writes, "w") is APPLIED
        assert await documents(store) == {"2": "new", "3": "new"}

    @pytest.mark.parametrize("broken", range(3))
    async def test_one_failed_condition_undoes_all(self, store: Store, broken: int) -> None:
        """Nothing of a commit is stored when any of its conditions fails, at whatever place."""
        one, two = await put(store, "1", "old"), await put(store, "2", "old")
        await put(store, "taken", "old")
        good: list[Write] = [
            Insert("3", "new"),
            Replace("1", "new", one.etag),
            Delete("2", two.etag),
        ]
        good[broken] = Insert("taken", "new")
        before = await everything(store)

        assert await store.commit(P, good, "w") is CONFLICT
        assert await everything(store) == before

    async def test_a_hundred_writes_are_one_commit(self, store: Store) -> None:
        """The limit itself is allowed."""
        writes = [Insert(f"{number:03}", "{}") for number in range(MAX_WRITES)]

        assert await store.commit(P, writes, "w") is APPLIED
        assert len(await everything(store)) == MAX_WRITES

    async def test_the_longest_document_is_stored_whole(self, store: Store) -> None:
        """The limit itself is allowed, in characters that take six bytes each on the wire."""
        row = await put(store, "a", "é" * MAX_DOCUMENT)

        assert row.document == "é" * MAX_DOCUMENT

    async def test_a_commit_repeated_with_its_write_id_is_applied_once(self, store: Store) -> None:
        """The row that carries our id proves that it was ours, so a repetition is no conflict."""
        row = await put(store, "a", "1")
        writes: list[Write] = [Replace("a", "2", row.etag), Insert("b", "2")]
        assert await store.commit(P, writes, "same") is APPLIED
        before = await everything(store)

        assert await store.commit(P, writes, "same") is APPLIED
        assert await everything(store) == before

    # -- races ------------------------------------------------------------------------------------

    async def test_of_many_who_replace_one_version_one_wins(self, open_store: OpenStore) -> None:
        """Two stores on the same data, eight writers, ten rounds: one APPLIED in each round."""
        stores = [open_store(), open_store()]
        row = await put(stores[0], "a", "0")
        for round_ in range(10):
            commits = [
                stores[n % 2].commit(P, [Replace("a", f"{round_}-{n}", row.etag)], f"{round_}-{n}")
                for n in range(8)
            ]
            outcomes = await asyncio.gather(*commits)
            winner = outcomes.index(APPLIED)
            (row,) = await everything(stores[0])

            assert sorted(outcomes) == [APPLIED, *[CONFLICT] * 7]
            assert row.document == f"{round_}-{winner}"

    async def test_of_many_who_insert_one_row_one_wins(self, open_store: OpenStore) -> None:
        """Also on the very first use, when the table has to be made by one of them."""
        stores = [open_store(), open_store()]
        outcomes = await asyncio.gather(
            *(stores[n % 2].commit(P, [Insert("a", f"{n}")], f"w{n}") for n in range(8))
        )

        assert sorted(outcomes) == [APPLIED, *[CONFLICT] * 7]
        assert await documents(stores[1]) == {"a": f"{outcomes.index(APPLIED)}"}

    async def test_what_one_store_wrote_another_reads(self, open_store: OpenStore) -> None:
        """Nothing is cached in a store."""
        one, two = open_store(), open_store()
        assert await everything(two) == []
        await put(one, "a", "1")

        assert await documents(two) == {"a": "1"}

    # -- the caller's defects ---------------------------------------------------------------------

    @pytest.mark.parametrize(
        "writes",
        [
            pytest.param([], id="no write at all"),
            pytest.param([Delete("a", "e")], id="only deletions"),
            pytest.param([Insert("a", "{}"), Insert("a", "{}")], id="a row inserted twice"),
            pytest.param([Insert("a", "{}"), Delete("a", "e")], id="a row put and deleted"),
            pytest.param([Insert(f"{n}", "{}") for n in range(101)], id="101 writes"),
            pytest.param([Insert("a", "x" * (MAX_DOCUMENT + 1))], id="a document too long"),
            pytest.param([Insert("a", "\U0001f600" * 15_001)], id="too long in UTF-16"),
            pytest.param([Insert("a", "\x00")], id="a control character in a document"),
            pytest.param([Insert("a", "\ud800")], id="half a surrogate pair"),
            pytest.param([Insert(f"{n}", "é" * 25_000) for n in range(30)], id="over 4 MiB"),
            pytest.param([Insert("", "{}")], id="an empty key"),
            pytest.param([Insert("k" * 201, "{}")], id="a key too long"),
            pytest.param([Replace("a", "{}", "")], id="no etag"),
            pytest.param([Replace("a", "{}", "*")], id="the etag that means any"),
            pytest.param([Replace("a", "{}", "e\r\nX: y")], id="an etag with a line break"),
        ],
    )
    async def test_a_commit_that_breaks_the_contract_is_never_sent(
        self, store: Store, writes: Sequence[Write]
    ) -> None:
        """It is a ValueError before any call, the same for every store."""
        with pytest.raises(ValueError, match=r".{20}"):
            await store.commit(P, writes, "w")

        assert store.calls == 0

    @pytest.mark.parametrize("character", [*"/\\#?%", "\t", "\n", "\x7f", "é", "\U0001f600"])
    async def test_a_forbidden_character_is_refused_in_every_key(
        self, store: Store, character: str
    ) -> None:
        """In keys, partitions and write ids, at the front, inside and at the end."""
        for text in (f"{character}k", f"k{character}k", f"k{character}"):
            with pytest.raises(ValueError, match="is no key"):
                await store.commit(P, [Insert(text, "{}")], "w")
            with pytest.raises(ValueError, match="is no partition"):
                await store.commit(text, [Insert("k", "{}")], "w")
            with pytest.raises(ValueError, match="is no write_id"):
                await store.commit(P, [Insert("k", "{}")], text)
            with pytest.raises(ValueError, match="is no partition"):
                await store.read(text, "", "~")

        assert store.calls == 0

    async def test_a_bound_beyond_ascii_is_refused(self, store: Store) -> None:
        """Stores would order it differently."""
        with pytest.raises(ValueError, match="cannot bound a range"):
            await store.read(P, "", "\uffff")

    @pytest.mark.parametrize("key", ["it's", "'", "a b", "a ", '"<&>"', "a|b;c=(d),e~", "W/"[:1]])
    async def test_every_other_printable_character_is_a_key(self, store: Store, key: str) -> None:
        """Quotes, spaces and brackets survive filters, URLs and transactions."""
        row = await put(store, key, "1", partition=key)
        await store.commit(key, [Replace(key, "2", row.etag)], "w2")
        (row,) = await store.read(key, key, key + "!")

        assert (row.key, row.document) == (key, "2")
        assert await store.commit(key, [Delete(key, row.etag), Insert("z", "{}")], "w3") is APPLIED
        assert await documents(store, key) == {"z": "{}"}

    # -- bookkeeping ------------------------------------------------------------------------------

    async def test_calls_are_counted(self, store: Store) -> None:
        """One per read and one per commit once the store is warm."""
        row = await put(store, "a")
        before = store.calls
        await everything(store)
        await store.commit(P, [Replace("a", "2", row.etag)], "w")

        assert store.calls == before + 2

    async def test_a_store_can_be_closed_twice_and_unused(self, open_store: OpenStore) -> None:
        """Closing is always safe."""
        store = open_store()
        await store.aclose()
        await store.aclose()
