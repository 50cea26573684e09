"""One SQLite file as a store: the same contract as Azure Tables, for laptops, tests and the demo.

One connection per store, used under a lock from worker threads; any number of processes may share
the file on a local disk (SQLite's locks do not hold on network file systems). A commit is one
``BEGIN IMMEDIATE`` transaction, so a lost answer is rare, but settled in the same way: by the
`write_id` in the rows that the commit puts. Etags come from a counter that only grows and lives in
the same file, so deleting a row and inserting it again never revives an old etag.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from shared.ports import Insert, Outcome, Replace, Row, StoreUnavailableError
from shared.stores.contract import check_commit, check_range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shared.ports import Write

_T = TypeVar("_T")

_APPLICATION: Final = 0x45435764
"""`PRAGMA application_id`: "ECWd", so that another program's database is never written to."""

_SCHEMA: Final = """
CREATE TABLE rows (
    partition TEXT NOT NULL, key TEXT NOT NULL, document TEXT,
    etag TEXT NOT NULL, last_write_id TEXT NOT NULL,
    PRIMARY KEY (partition, key)
) WITHOUT ROWID;
CREATE TABLE versions (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
INSERT INTO versions VALUES (1, 0);
"""

_OPENING: Final = threading.Lock()
"""Held while a file is made and opened, for the reason that `_create` gives."""

_NEXT_STEP: Final = (
    ("SQLITE_NOTADB", "it is no SQLite database: name another file"),
    (
        "SQLITE_CORRUPT",
        "it is damaged: move it away, and a new one is started (its history is lost)",
    ),
    ("SQLITE_BUSY", "another program holds it locked: close that program"),
    ("SQLITE_LOCKED", "another program holds it locked: close that program"),
    ("SQLITE_READONLY", "it is write-protected: check its owner and mode, and its folder's"),
    ("SQLITE_PERM", "access is denied: check its owner and mode, and its folder's"),
    ("SQLITE_CANTOPEN", "it cannot be opened: check that its folder exists and may be written"),
    ("SQLITE_FULL", "the disk is full: free some space"),
)


class SqliteStore:
    """Rows in one SQLite file, which is created (mode 0600) on first use if it is missing.

    Attributes:
        calls: Transactions begun so far: one per `read` and one per `commit`.
    """

    def __init__(self, path: str | Path, *, patience: float = 5.0) -> None:
        """Name the file; it is opened on first use.

        Args:
            path: The file, or ``:memory:`` for a store that lives as long as this object.
            patience: Seconds to wait for another process' lock.
        """
        self.calls = 0
        self._path = str(path)
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._factory: type[sqlite3.Connection] = sqlite3.Connection

    async def read(self, partition: str, start: str, end: str) -> list[Row]:
        """Rows with ``start <= key < end`` in key order, in one transaction.

        Raises:
            StoreUnavailableError: Nothing could be read.
            ValueError: The partition or a bound breaks the contract.
        """
        check_range(partition, start, end)
        return await asyncio.to_thread(
            self._guarded, lambda connection: _read(connection, partition, start, end)
        )

    async def commit(self, partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        """Apply all writes in one transaction, or none.

        Raises:
            StoreUnavailableError: Nothing is stored: the file cannot be used.
            ValueError: The writes break the contract.
        """
        proof = check_commit(partition, writes, write_id)

        def apply(connection: sqlite3.Connection) -> Outcome:
            # The connection rolls back by itself only in some errors, so it is always told to.
            connection.execute("BEGIN IMMEDIATE")
            try:
                applied = _apply(connection, partition, writes, write_id)
            except BaseException:
                _roll_back(connection)
                raise
            if applied:
                return _end(connection, partition, proof.key, write_id)
            _roll_back(connection)  # first: inside the transaction our own row would be seen
            ours = _is_ours(connection, partition, proof.key, write_id)
            return Outcome.APPLIED if ours else Outcome.CONFLICT

        return await asyncio.to_thread(self._guarded, apply)

    async def aclose(self) -> None:
        """Close the file. A later call opens it again; what was in ``:memory:`` is gone."""
        await asyncio.to_thread(self._close)

    # -- in a worker thread -----------------------------------------------------------------------

    def _guarded(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do one unit of work under the lock; whatever fails becomes one error with a next step."""
        with self._lock:
            self.calls += 1
            try:
                return work(self._open())
            except (sqlite3.Error, OSError) as error:
                problem = self._problem(error)
                if self._path != ":memory:":
                    self._forget()  # so that a repaired or replaced file is found by the next call
        raise StoreUnavailableError(problem)

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        with _OPENING:
            if self._path != ":memory:":
                _create(self._path)
            connection = sqlite3.connect(
                self._path,
                timeout=self._patience,
                isolation_level=None,
                check_same_thread=False,
                factory=self._factory,
            )
        try:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA synchronous = FULL")  # APPLIED outlives a power failure
            _prepare(connection)
            # Faster, not safer: a file that is busy now may get it when it is opened next time.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _close(self) -> None:
        with self._lock:
            self._forget()

    def _problem(self, error: Exception) -> str:
        name = str(getattr(error, "sqlite_errorname", ""))
        for prefix, advice in _NEXT_STEP:
            if name.startswith(prefix):
                return f"the store in the file {self._path} cannot be used, {advice} ({name})"
        detail = name or getattr(error, "strerror", None) or error
        return (
            f"the store in the file {self._path} cannot be used ({detail}): check that its folder "
            "exists, and that it is a file which this user may write"
        )


def _create(path: str) -> None:
    """Make an empty file that only its owner can read.

    An existing file is left alone: closing any descriptor of it would drop the locks that another
    store of this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables once, whichever of several processes comes first."""
    if _pragma(connection, "application_id") == _APPLICATION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _pragma(connection, "application_id") != _APPLICATION:
            _refuse_foreign(connection)
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    except BaseException:
        _roll_back(connection)
        raise
    connection.execute("COMMIT")


def _refuse_foreign(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
        raise sqlite3.DatabaseError("it is another program's database: name another file")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _read(connection: sqlite3.Connection, partition: str, start: str, end: str) -> list[Row]:
    found = connection.execute(
        "SELECT key, document, etag FROM rows "
        "WHERE partition = ? AND key >= ? AND key < ? ORDER BY key",
        (partition, start, end),
    )
    return [_row(*values) for values in found.fetchall()]


def _row(key: str, document: object, etag: object) -> Row:
    if document is None or isinstance(document, str):
        return Row(key=key, document=document, etag=str(etag), extra={})
    text = document.hex() if isinstance(document, bytes) else str(document)
    return Row(key=key, document=None, etag=str(etag), extra={"document": text})


def _apply(
    connection: sqlite3.Connection, partition: str, writes: Sequence[Write], write_id: str
) -> bool:
    """Apply each write inside the open transaction; False as soon as a condition fails."""
    connection.execute("UPDATE versions SET last = last + 1")
    (etag,) = connection.execute("SELECT CAST(max(last) AS TEXT) FROM versions").fetchone()
    return all(_apply_one(connection, partition, write, (etag, write_id)) for write in writes)


def _apply_one(
    connection: sqlite3.Connection, partition: str, write: Write, stamp: tuple[str, str]
) -> bool:
    if isinstance(write, Insert):
        cursor = connection.execute(
            "INSERT INTO rows (partition, key, document, etag, last_write_id) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (partition, write.key, write.document, *stamp),
        )
    elif isinstance(write, Replace):
        cursor = connection.execute(
            "UPDATE rows SET document = ?, etag = ?, last_write_id = ? "
            "WHERE partition = ? AND key = ? AND etag = ?",
            (write.document, *stamp, partition, write.key, write.etag),
        )
    else:
        cursor = connection.execute(
            "DELETE FROM rows WHERE partition = ? AND key = ? AND etag = ?",
            (partition, write.key, write.etag),
        )
    return cursor.rowcount == 1


def _end(connection: sqlite3.Connection, partition: str, key: str, write_id: str) -> Outcome:
    """Make it last. When that fails, look at what the file says now."""
    try:
        connection.execute("COMMIT")
    except sqlite3.Error:
        _roll_back(connection)
        try:
            ours = _is_ours(connection, partition, key, write_id)
        except sqlite3.Error:
            return Outcome.UNKNOWN
        if ours:
            return Outcome.APPLIED
        raise
    return Outcome.APPLIED


def _is_ours(connection: sqlite3.Connection, partition: str, key: str, write_id: str) -> bool:
    found = connection.execute(
        "SELECT last_write_id FROM rows WHERE partition = ? AND key = ?", (partition, key)
    ).fetchone()
    return found is not None and bool(found[0] == write_id)


def _roll_back(connection: sqlite3.Connection) -> None:
    """End the transaction, if one is still open."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")
