from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from shared.ports import Insert, Outcome, Replace, StoreUnavailableError
from shared.stores.sqlite import SqliteStore
from tests.support.components import ROOT
from tests.support.store_contract import P, StoreContract
from tests.support.store_rows import documents, everything, put

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.store_rows import OpenStore, Plant


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "watchdog.db"


@pytest.fixture
async def open_store(path: Path) -> AsyncIterator[OpenStore]:
    """Stores on one file."""
    opened: list[SqliteStore] = []

    def open_one() -> SqliteStore:
        opened.append(SqliteStore(path))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.aclose()


@pytest.fixture
def plant(path: Path) -> Plant:
    """Another program writes into the file."""

    def plant_one(partition: str, key: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "INSERT INTO rows VALUES (?, ?, ?, 'by-hand', '')", (partition, key, b"\xff{")
            )

    return plant_one


def _write(path: Path, content: bytes | None) -> None:
    """Write a whole file, or remove it."""
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


class TestSqliteStore(StoreContract):
    """The embedded store keeps the contract."""


async def test_a_store_in_memory_works_from_every_thread() -> None:
    """One connection serves all worker threads, and closing it forgets everything."""
    store = SqliteStore(":memory:")
    await asyncio.gather(*(put(store, f"{n}") for n in range(20)))
    assert len(await everything(store)) == 20

    await store.aclose()
    assert await everything(store) == []
    await store.aclose()


async def test_rows_outlive_the_store(path: Path) -> None:
    """A file opened again holds what was committed."""
    store = SqliteStore(path)
    await put(store, "a", "1")
    await store.aclose()

    again = SqliteStore(path)
    assert await documents(again) == {"a": "1"}
    await again.aclose()


async def test_an_etag_is_not_revived_by_opening_the_file_again(path: Path) -> None:
    """The counter behind the etags lives in the file."""
    seen = []
    for _ in range(3):
        store = SqliteStore(path)
        row = await put(store, "a")
        seen.append(row.etag)
        (row,) = await everything(store)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM rows")
        await store.aclose()

    assert len(set(seen)) == 3


async def test_only_the_owner_may_read_the_file(path: Path) -> None:
    """The file and its companions are created with mode 0600, whatever the umask allows."""
    store = SqliteStore(path)
    await put(store, "a")
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    await store.aclose()

    assert modes["watchdog.db"] == 0o600
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        pytest.param(b"this is a text file, long enough " * 99, "name another file", id="text"),
        pytest.param(b"SQLite format 3\x00" + b"\x00" * 4080, "cannot be used", id="damaged"),
    ],
)
async def test_a_file_that_is_no_store_is_reported_and_left_alone(
    path: Path, content: bytes, advice: str
) -> None:
    """The message names the file and the next step; the file keeps its bytes."""
    _write(path, content)
    store = SqliteStore(path)

    with pytest.raises(StoreUnavailableError, match=advice) as read:
        await everything(store)
    with pytest.raises(StoreUnavailableError, match=advice):
        await store.commit(P, [Insert("a", "{}")], "w")
    assert str(path) in str(read.value)
    assert _bytes(path) == content


async def test_another_programs_database_is_left_alone(path: Path) -> None:
    """It is refused, not added to."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = _bytes(path)
    store = SqliteStore(path)

    with pytest.raises(StoreUnavailableError, match="another program's database"):
        await everything(store)
    assert _bytes(path) == before


async def test_a_store_recovers_when_the_file_is_repaired(path: Path) -> None:
    """The next call opens the file anew."""
    _write(path, b"garbage" * 999)
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailableError):
        await everything(store)
    _write(path, None)

    await put(store, "a", "1")
    assert await documents(store) == {"a": "1"}
    await store.aclose()


@pytest.mark.parametrize("name", ["missing/watchdog.db", "", "file/watchdog.db"])
async def test_a_place_that_holds_no_file_is_reported(tmp_path: Path, name: str) -> None:
    """A missing folder, a folder instead of a file, a file instead of a folder."""
    (tmp_path / "file").touch()
    store = SqliteStore(tmp_path / name)

    with pytest.raises(StoreUnavailableError, match="check that"):
        await store.commit(P, [Insert("a", "{}")], "w")


async def test_a_locked_file_is_reported_and_nothing_is_stored(path: Path) -> None:
    """Another program that keeps the lock makes the store unavailable, not wrong."""
    store = SqliteStore(path, patience=0)
    await put(store, "a", "1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailableError, match="locked: close that program"):
            await store.commit(P, [Insert("b", "{}")], "w")
        other.execute("ROLLBACK")

    assert await documents(store) == {"a": "1"}
    await store.aclose()


async def test_a_full_disk_is_reported_and_nothing_is_stored(path: Path) -> None:
    """A commit that runs out of space is undone as a whole, and reading still works."""
    store = SqliteStore(path)
    await put(store, "a", "1")
    assert store._connection is not None
    store._connection.execute("PRAGMA max_page_count = 8")

    much = [Insert(f"{n}", "x" * 9_000) for n in range(9)]
    with pytest.raises(StoreUnavailableError, match="the disk is full"):
        await store.commit(P, much, "w")
    assert await documents(store) == {"a": "1"}

    # The limit was the broken connection's; the store works on with a new one.
    assert await store.commit(P, much, "w2") is Outcome.APPLIED
    await store.aclose()


async def test_text_that_is_not_utf_8_is_read_with_marks(path: Path) -> None:
    """A hand edit in the wrong encoding damages its own row only."""
    store = SqliteStore(path)
    await put(store, "a", "1")
    with closing(sqlite3.connect(path)) as connection, connection:
        edit = "INSERT INTO rows VALUES (?, 'b', CAST(x'ff' AS TEXT), 'by-hand', '')"
        connection.execute(edit, (P,))

    assert await documents(store) == {"a": "1", "b": "\ufffd"}
    await store.aclose()


async def test_opening_a_file_drops_no_lock_that_this_process_holds(path: Path) -> None:
    """A POSIX lock ends when its process closes any descriptor of the file, so none is closed."""
    await _warm(path)
    intrude = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailableError, match="locked"):
            await everything(SqliteStore(path, patience=0))
        intruder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", intrude, path, stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await intruder.communicate()

    assert b"database is locked" in complaint


class _Lying(sqlite3.Connection):
    """Makes a commit last, or not, and says that it failed; then it may go blind."""

    commits = True
    blind = False
    lied = False

    def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
        if self.lied and self.blind:
            raise sqlite3.OperationalError("disk I/O error")
        if sql == "COMMIT":
            type(self).lied = True
            super().execute("COMMIT" if self.commits else "ROLLBACK")
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *rest)  # type: ignore[arg-type]  # passed on as it came


async def test_a_commit_that_failed_after_it_was_applied_is_applied(path: Path) -> None:
    """The file is asked, not the error."""
    await _warm(path)
    store = _lying(path, commits=True, blind=False)

    assert await store.commit(P, [Insert("a", "1")], "w") is Outcome.APPLIED
    assert await documents(store) == {"a": "1"}
    await store.aclose()


async def test_a_commit_that_failed_and_was_not_applied_is_unavailable(path: Path) -> None:
    """SQLite has no late writes: what is not there after a failed commit never will be."""
    await _warm(path)
    store = _lying(path, commits=False, blind=False)

    with pytest.raises(StoreUnavailableError):
        await store.commit(P, [Insert("a", "1")], "w")
    assert await documents(store) == {}
    await store.aclose()


async def test_a_failed_commit_that_cannot_be_checked_is_unknown(path: Path) -> None:
    """When the file cannot be read either, nobody can tell."""
    await _warm(path)
    store = _lying(path, commits=True, blind=True)

    assert await store.commit(P, [Insert("a", "1")], "w") is Outcome.UNKNOWN
    await store.aclose()


async def _warm(path: Path) -> None:
    store = SqliteStore(path)
    await everything(store)
    await store.aclose()


def _lying(path: Path, *, commits: bool, blind: bool) -> SqliteStore:
    store = SqliteStore(path)
    store._factory = type("Liar", (_Lying,), {"commits": commits, "blind": blind})
    return store


_COUNT_UP = f"""
import asyncio, json, sys
from shared.ports import Insert, Outcome, Replace
from shared.stores.sqlite import SqliteStore

async def main(path, name, times):
    store = SqliteStore(path, patience=60)
    for n in range(times):
        outcome = None
        while outcome is not Outcome.APPLIED:
            rows = await store.read({P!r}, "", "~")
            if rows:
                write = Replace("n", str(int(rows[0].document) + 1), rows[0].etag)
            else:
                write = Insert("n", "1")
            outcome = await store.commit({P!r}, [write], f"{{name}}-{{n}}")
    await store.aclose()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_two_processes_on_one_file_lose_no_update(path: Path) -> None:
    """Two processes count to forty together, each by conditional replacement."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _COUNT_UP, path, name, "20", cwd=ROOT
        )
        for name in ("one", "two")
    ]

    assert [await process.wait() for process in processes] == [0, 0]
    store = SqliteStore(path)
    assert await documents(store) == {"n": "40"}
    await store.aclose()


async def test_a_replacement_of_an_etag_from_elsewhere_is_a_conflict(path: Path) -> None:
    """An etag is opaque: one that this store never gave matches nothing."""
    store = SqliteStore(path)
    await put(store, "a", "1")

    outcome = await store.commit(P, [Replace("a", "2", "W/\"datetime'2026'\"")], "w")
    assert outcome is Outcome.CONFLICT
    await store.aclose()
