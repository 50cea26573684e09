"""An in-memory store that keeps the contract of `shared.ports.Store`, and breaks on request.

Each operation stops at a scheduler's point and acts out the fault that it is given. A commit whose
answer was lost does what the real stores do: it re-reads one written row and looks for its id.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.ports import Delete, Insert, Outcome, Row, StoreUnavailableError
from shared.stores.contract import check_commit, check_range
from tests.support.scheduler import Fault, Io, Unscheduled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.ports import Write

PAGE: Final = 1_000
"""Rows that one storage call returns."""

_NO_ROWS: Final[Mapping[str, str]] = {}
_NO_ANSWER: Final = frozenset({Fault.ERROR, Fault.IN_DOUBT, Fault.UNKNOWN, Fault.LOST_REPLY})


@dataclass
class VirtualData:
    """What is on the disk: it outlives every store and every process.

    Attributes:
        rows: By partition and key, each with the write id that it carries.
        version: The last etag that was given out.
    """

    rows: dict[str, dict[str, tuple[Row, str]]] = field(default_factory=dict)
    version: int = 0

    def copy(self) -> VirtualData:
        """The same content, independent from now on."""
        return VirtualData({key: dict(rows) for key, rows in self.rows.items()}, self.version)

    def partition(self, partition: str) -> list[Row]:
        """All rows of one partition in key order."""
        rows = self.rows.get(partition, {})
        return [rows[key][0] for key in sorted(rows)]

    def plant(
        self,
        partition: str,
        key: str,
        document: str | None,
        extra: Mapping[str, str] = _NO_ROWS,
    ) -> None:
        """Write a row as a person would by hand: unconditionally, without a write id."""
        row = Row(key=key, document=document, etag=self._etag(), extra=extra)
        self.rows.setdefault(partition, {})[key] = (row, "")

    def carries(self, partition: str, key: str, write_id: str) -> bool:
        """Whether the row is there and was written by this commit."""
        found = self.rows.get(partition, {}).get(key)
        return found is not None and found[1] == write_id

    def apply(self, partition: str, writes: Sequence[Write], write_id: str) -> bool:
        """Apply all writes if each condition holds; otherwise nothing."""
        rows = self.rows.setdefault(partition, {})
        if not all(self._holds(rows, write) for write in writes):
            return False
        etag = self._etag()
        for write in writes:
            if isinstance(write, Delete):
                del rows[write.key]
            else:
                row = Row(key=write.key, document=write.document, etag=etag, extra={})
                rows[write.key] = (row, write_id)
        return True

    def _etag(self) -> str:
        self.version += 1
        return f"v{self.version}"

    @staticmethod
    def _holds(rows: Mapping[str, tuple[Row, str]], write: Write) -> bool:
        if isinstance(write, Insert):
            return write.key not in rows
        return write.key in rows and rows[write.key][0].etag == write.etag


class VirtualStore:
    """One process' client of the data."""

    def __init__(self, data: VirtualData, io: Io | None = None) -> None:
        self.data, self.io = data, io or Unscheduled()
        self.calls = 0
        self.commits: list[tuple[tuple[Write, ...], Outcome]] = []
        """What was asked for and what was answered, for tests that look."""

    async def read(self, partition: str, start: str, end: str) -> list[Row]:
        """Rows in the range.

        Raises:
            StoreUnavailableError: The scheduler says so.
        """
        check_range(partition, start, end)
        self.calls += 1
        fault = await self.io.point("read")
        if fault in _NO_ANSWER:
            raise StoreUnavailableError("the virtual store did not answer: try again")
        if fault is Fault.CRASH_AFTER:
            self.io.die()
        rows = self.data.rows.get(partition, {})
        keys = sorted(rows)
        found = keys[bisect.bisect_left(keys, start) : bisect.bisect_left(keys, end)]
        self.calls += max(0, len(found) - 1) // PAGE
        return [rows[key][0] for key in found]

    async def commit(self, partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        """Apply all writes or none.

        Raises:
            StoreUnavailableError: The scheduler says so; nothing is stored.
        """
        proof = check_commit(partition, writes, write_id)
        self.calls += 1
        fault = await self.io.point("commit")
        outcome = await self._act_out(fault, partition, writes, write_id)
        if outcome is None:
            outcome = await self._prove(partition, proof.key, write_id)
        self.commits.append((tuple(writes), outcome))
        return outcome

    async def _act_out(
        self, fault: Fault | None, partition: str, writes: Sequence[Write], write_id: str
    ) -> Outcome | None:
        """Apply, or not; None when the answer that came back was a conflict."""
        if fault is Fault.ERROR:
            raise StoreUnavailableError("the virtual store refused: nothing is stored")
        if fault is Fault.IN_DOUBT:
            return Outcome.UNKNOWN
        applied = self.data.apply(partition, writes, write_id)
        if fault is Fault.CRASH_AFTER:
            self.io.die()
        if fault is Fault.UNKNOWN:
            return Outcome.UNKNOWN
        return Outcome.APPLIED if applied and fault is not Fault.LOST_REPLY else None

    async def _prove(self, partition: str, key: str, write_id: str) -> Outcome:
        """Told of a conflict: it is none if the row carries our id."""
        self.calls += 1
        fault = await self.io.point("reread")
        if fault in _NO_ANSWER:
            return Outcome.UNKNOWN
        if fault is Fault.CRASH_AFTER:
            self.io.die()
        ours = self.data.carries(partition, key, write_id)
        return Outcome.APPLIED if ours else Outcome.CONFLICT

    async def aclose(self) -> None:
        """Nothing is open."""
