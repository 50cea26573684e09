"""The store contract as a state machine: random commits against a naive model.

The model is a dict and shares nothing with the stores: it judges each write by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import string
import uuid
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.ports import Delete, Insert, Outcome, Replace

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar

    from shared.ports import Store, Write

    T = TypeVar("T")

KEYS = ["a", "aa", "a|1", "b'", "B", "c d", "~"]
"""Few, so that writes meet; with a quote, a space and a prefix of another."""

PRINTABLE = string.ascii_letters + string.digits + " \"'{}[]:,\t\n"
DOCUMENTS = st.text(st.sampled_from(PRINTABLE + "éß\u4e2d\U0001f600\u0085\u2028"), max_size=40)


class StoreMachine(RuleBasedStateMachine):
    """Subclasses say how to open a store; each example uses a partition of its own."""

    def open(self) -> Store:
        """One more store on the same data."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stores = [self.open(), self.open()]
        self.partition = uuid.uuid4().hex
        self.numbers = itertools.count()
        self.model: dict[str, str] = {}
        self.etags: dict[str, str] = {}
        self.dead: dict[str, list[str]] = {key: [] for key in KEYS}
        self.last: tuple[list[Write], str] | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Close both stores."""
        for store in self.stores:
            self.run(store.aclose())
        self.runner.close()

    @rule(
        plan=st.dictionaries(
            st.sampled_from(KEYS),
            st.tuples(st.sampled_from(["insert", "replace", "delete", "stale"]), DOCUMENTS),
            min_size=1,
        ),
        fitting=st.booleans(),
        which=st.integers(0, 1),
    )
    def commit(self, plan: dict[str, tuple[str, str]], *, fitting: bool, which: int) -> None:
        """Commit a mixture; `fitting` bends it so that every condition holds."""
        writes = [self._write(key, kind, text, fitting) for key, (kind, text) in plan.items()]
        if all(isinstance(write, Delete) for write in writes):
            return
        number = f"w{next(self.numbers)}"
        holds = all(self._holds(write) for write in writes)

        outcome = self.run(self.stores[which].commit(self.partition, writes, number))

        assert outcome is (Outcome.APPLIED if holds else Outcome.CONFLICT)
        if holds:
            self._apply(writes)
            self.last = writes, number

    @rule(which=st.integers(0, 1))
    def repeat(self, which: int) -> None:
        """The last applied commit once more: it is recognised, and changes nothing."""
        if self.last is not None:
            outcome = self.run(self.stores[which].commit(self.partition, *self.last))
            assert outcome is Outcome.APPLIED

    @rule(bounds=st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), which=st.integers(0, 1))
    def look(self, bounds: tuple[str, str], which: int) -> None:
        """Read a range."""
        rows = self.run(self.stores[which].read(self.partition, *bounds))
        expected = sorted(key for key in self.model if bounds[0] <= key < bounds[1])

        assert [row.key for row in rows] == expected

    @invariant()
    def agrees(self) -> None:
        """Every row is as the model has it, with the version that the model knows."""
        rows = self.run(self.stores[0].read(self.partition, "", "~~"))

        assert {row.key: row.document for row in rows} == self.model
        assert {row.key: row.etag for row in rows if row.key in self.etags} == self.etags
        for row in rows:
            assert row.etag not in self.dead[row.key]
            self.etags[row.key] = row.etag

    def _write(self, key: str, kind: str, text: str, fitting: bool) -> Write:  # noqa: FBT001  internal
        if fitting:
            kind = "insert" if key not in self.model else {"insert": "replace"}.get(kind, kind)
            kind = "replace" if kind == "stale" else kind
        old = self.dead[key][-1] if self.dead[key] else None
        etag = old if kind == "stale" else self.etags.get(key, old)
        if kind == "insert" or etag is None:
            return Insert(key, text)
        return Delete(key, etag) if kind == "delete" else Replace(key, text, etag)

    def _holds(self, write: Write) -> bool:
        if isinstance(write, Insert):
            return write.key not in self.model
        return write.key in self.model and self.etags[write.key] == write.etag

    def _apply(self, writes: list[Write]) -> None:
        for write in writes:
            if write.key in self.etags:
                self.dead[write.key].append(self.etags.pop(write.key))
            if isinstance(write, Delete):
                del self.model[write.key]
            else:
                self.model[write.key] = write.document
