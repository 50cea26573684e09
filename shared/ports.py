"""The few Protocols between the use cases (`watch`) and the outside.

Everything behind them may be slow, absent or lying. Each Protocol says what it promises and
which errors are its own; nothing else may escape from an implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.pair.readings import SourceReading
    from shared.domain.readings import TenantReading, Unavailable


# -- sources ------------------------------------------------------------------------------------


class ReadsTenant(Protocol):
    """Reads the tenant's sync state."""

    requests: int
    """HTTP requests sent so far, retries included."""

    async def read(self, now: datetime) -> TenantReading | Unavailable:
        """Read once, within the source's own deadline. Total: never raises but `CancelledError`."""

    async def aclose(self) -> None:
        """Release connections."""


class ReadsSource(Protocol):
    """Reads one optional source about the pair; which one, its place in the wiring says."""

    requests: int
    """HTTP requests sent so far, retries included."""

    async def read(self, now: datetime) -> SourceReading | Unavailable:
        """Read once, within the source's own deadline. Total: never raises but `CancelledError`.

        A read does bounded work and gives a bounded reading, however much the source has to say;
        what is left out is counted.
        """

    async def aclose(self) -> None:
        """Release connections."""


# -- the store ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One stored row as found, possibly written by an older release or edited by hand.

    Attributes:
        key: Unique within its partition; rows are ordered by it (code point order).
        document: The JSON text that was stored; None when the row has no such text property.
        etag: Opaque version for conditional writes.
        extra: Every other property found, as text, so that a damaged row can be set aside whole.
    """

    key: str
    document: str | None
    etag: str
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Insert:
    """Create a row that must not exist."""

    key: str
    document: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace a row that must still have this etag."""

    key: str
    document: str
    etag: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a row that must still have this etag."""

    key: str
    etag: str


Write = Insert | Replace | Delete

MAX_WRITES = 100
"""Operations in one entity-group transaction (Azure Tables)."""

MAX_DOCUMENT = 30_000
"""UTF-16 units in one document: a Tables string property holds 32 Ki of them."""

MAX_KEY = 200
_FORBIDDEN_IN_KEYS = frozenset("/\\#?%")


def valid_key(key: str) -> bool:
    r"""Whether both stores accept this key or partition (Tables forbids ``/ \ # ?``)."""
    printable = key.isascii() and key.isprintable()
    return printable and 0 < len(key) <= MAX_KEY and not _FORBIDDEN_IN_KEYS & set(key)


class Outcome(StrEnum):
    """What became of a commit."""

    APPLIED = "applied"
    """All writes are stored, once."""
    CONFLICT = "conflict"
    """Another writer was first. Re-read and judge again, never replay: after a lost answer it may
    also mean that the writes were applied and then replaced."""
    UNKNOWN = "unknown"
    """It may or may not be stored, and the store cannot be asked. Re-read later; never replay."""


class StoreUnavailableError(Exception):
    """Nothing was read or stored. The message names the store and the next step, no secret."""


class Store(Protocol):
    r"""Rows in partitions, with atomic conditional commits.

    One partition per commit, at most `MAX_WRITES` operations and 4 MiB on the wire, each row once,
    at least one row put; all or nothing; no read snapshot across calls. Documents are JSON text of
    at most `MAX_DOCUMENT` UTF-16 units. Keys, partitions and write ids are 1 to 200 printable
    ASCII characters without ``/ \ # ? %``.
    """

    calls: int
    """Storage calls sent so far."""

    async def read(self, partition: str, start: str, end: str) -> list[Row]:
        """Rows with ``start <= key < end`` in key order; one storage call per 1,000 rows.

        Raises:
            StoreUnavailableError: Nothing could be read.
        """

    async def commit(self, partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        """Apply all writes in one conditional transaction, or none.

        `write_id` is unique to this commit and stored as `last_write_id` in every row it puts.
        A store may report a conflict for our own applied write, so on conflict or a lost reply
        one written row is re-read: if it carries `write_id`, the commit was applied.

        Raises:
            StoreUnavailableError: Nothing is stored: the store refused, or could not be reached.
            ValueError: The writes break the contract above (a defect of the caller).
        """

    async def aclose(self) -> None:
        """Release connections."""


# -- channels -----------------------------------------------------------------------------------


class Delivery(StrEnum):
    """What the channel answered."""

    ACCEPTED = "accepted"
    """The workflow accepted the message. That is not proof that a card appeared."""
    RETRY = "retry"
    """It did not work now and may work later."""
    REFUSED = "refused"
    """It will not work until a person changes something; later ticks still try, hourly."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel's answer to one message.

    Attributes:
        delivery: The class of the answer.
        detail: One plain sentence for a person: what happened and what to do. Never a secret.
    """

    delivery: Delivery
    detail: str


class PostsCards(Protocol):
    """Posts one message to the team's channel."""

    requests: int
    """HTTP requests sent so far, retries included."""

    async def post(self, message: Mapping[str, object]) -> Receipt:
        """Post within the channel's own budget (20 s). Total: never raises but `CancelledError`."""

    async def aclose(self) -> None:
        """Release connections."""


class PingsOutside(Protocol):
    """Tells an outside monitor that a clean audit happened; silence is the alarm."""

    async def ping(self) -> bool:
        """True when the monitor accepted. Total: never raises but `CancelledError`."""

    async def aclose(self) -> None:
        """Release connections."""
