"""What the store contract needs: how stores are opened, and how rows are put and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shared.ports import Insert, Outcome

if TYPE_CHECKING:
    from shared.ports import Row, Store

P = "tenant"
APPLIED, CONFLICT = Outcome.APPLIED, Outcome.CONFLICT


class OpenStore(Protocol):
    """Opens one more store on the test's data; the fixture closes it."""

    def __call__(self) -> Store:
        """Open it."""


class Plant(Protocol):
    """Puts a row whose document is no text, as a hand edit would."""

    def __call__(self, partition: str, key: str) -> None:
        """Put it."""


async def everything(store: Store, partition: str = P) -> list[Row]:
    """All rows of a partition."""
    return await store.read(partition, "", "~~~")


async def documents(store: Store, partition: str = P) -> dict[str, str | None]:
    """All documents of a partition by key, in the order in which they were read."""
    return {row.key: row.document for row in await everything(store, partition)}


async def put(store: Store, key: str, document: str = "{}", partition: str = P) -> Row:
    """Insert one row and read it back."""
    assert await store.commit(partition, [Insert(key, document)], f"put-{key}") is APPLIED
    (row,) = [row for row in await everything(store, partition) if row.key == key]
    return row
