"""Azure Table Storage as a store: `azure-data-tables`, its retries off and ours in their place.

Theory of operation. A commit is one entity-group transaction: applied as a whole or not at all.
What is hard is a lost answer. After a 5xx, a timeout or a dropped connection the transaction may
have been applied, and the SDK's own retry then reports 409 or 412 for our own write; it also obeys
any ``Retry-After``, for hours (azure-core 1.41.0, ``policies/_retry.py``; seen with
azure-data-tables 12.7.0). So the SDK never retries here, and every answer but success is settled by
reading back one row that the commit puts (`TablesCommit.judge`):

====================  ===========================================  ===============================
answer                row read back                                then
====================  ===========================================  ===============================
any                   carries our `write_id`                       APPLIED
409, 412              not ours                                     CONFLICT
404, holds an etag    not ours                                     CONFLICT: the row is gone
404, only inserts     (the table is missing; it is created)        send again
uncertain             exists (insert), has another etag (replace)  CONFLICT
uncertain             as before, and the commit holds an etag      send again; at last UNKNOWN
uncertain             as before, and the commit only inserts       UNKNOWN
any                   cannot be read                               UNKNOWN
refused or unreached  (not read, unless an answer was lost before) `StoreUnavailableError`
====================  ===========================================  ===============================

Sending again is safe because an etag never comes back: of two copies of one conditional transaction
at most one applies. A commit that only inserts has no such guard (another writer may already have
deleted what it inserted), so it is not sent again once an answer was lost.

What no store of this kind can tell: a lost answer to our applied write whose row another writer has
replaced since. It shows as CONFLICT. The caller does the right thing for both: read, judge again.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from azure.data.tables import TableClient

from shared.ports import Outcome, StoreUnavailableError
from shared.stores.contract import check_commit, check_range
from shared.stores.tables_answers import Fault, Kind, fault_of, row_of
from shared.stores.tables_commit import Found, TablesCommit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from azure.core.credentials import TokenCredential

    from shared.ports import Row, Write

_T = TypeVar("_T")
_LONGEST_WAIT: Final = 5.0
_RANGE: Final = "PartitionKey eq @partition and RowKey ge @start and RowKey lt @end"
_POINT: Final = "PartitionKey eq @partition and RowKey eq @key"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the store may take. All in seconds.

    Attributes:
        deadline: For one `read` or `commit` as a whole, name resolution and slow bodies included.
        connect: For one connection.
        read: For one silence of the peer.
        pauses: Before each further attempt; their number is the number of further attempts.
    """

    deadline: float = 20.0
    connect: float = 5.0
    read: float = 10.0
    pauses: tuple[float, ...] = (0.2, 1.0)


_DEFAULT: Final = Pace()


class TablesStore:
    """Rows in one Azure table, which is created on first use if it is missing.

    Attributes:
        calls: HTTP requests sent to the store so far: every attempt, page, read-back and creation.
    """

    def __init__(self, connect: Callable[..., TableClient], pace: Pace = _DEFAULT) -> None:
        """Build the client; nothing is sent yet.

        Args:
            connect: Called once with the transport options that this store relies on.
            pace: The time limits.

        Raises:
            ValueError: The client refuses its arguments. The text never quotes them.
        """
        self.calls = 0
        self._counting = threading.Lock()
        self._pace = pace
        try:
            client = connect(
                retry_total=0,
                permit_redirects=False,  # a redirect would carry the credential to another host
                connection_timeout=pace.connect,
                read_timeout=pace.read,
                raw_request_hook=self._count,
            )
        except (ValueError, TypeError):
            client = None  # the SDK's text may quote the connection string
        if client is None:
            raise ValueError(
                "the store cannot be used as configured: give an https Table endpoint, or a "
                "storage connection string with AccountName, AccountKey and an endpoint or suffix"
            )
        self._client = client
        self._name = f"the store at {urlsplit(client.url).netloc} (table {client.table_name})"

    @classmethod
    def from_endpoint(
        cls,
        endpoint: str,
        credential: TokenCredential,
        *,
        table: str = "watchdog",
        pace: Pace = _DEFAULT,
        **options: Any,
    ) -> TablesStore:
        """The store behind a Table endpoint, such as ``https://account.table.core.windows.net``.

        Args:
            endpoint: The https URL.
            credential: A synchronous token credential. It is not closed by this store.
            table: The table's name: 3 to 63 letters and digits.
            pace: The time limits.
            options: Further options of `TableClient`: `audience`, `connection_verify`.
        """
        return cls(
            lambda **ours: TableClient(
                endpoint, table_name=table, credential=credential, **ours, **options
            ),
            pace,
        )

    @classmethod
    def from_connection_string(
        cls, secret: str, *, table: str = "watchdog", pace: Pace = _DEFAULT
    ) -> TablesStore:
        """The store that a storage connection string names.

        Args:
            secret: The revealed connection string. It is not kept here.
            table: The table's name: 3 to 63 letters and digits.
            pace: The time limits.
        """
        return cls(lambda **ours: TableClient.from_connection_string(secret, table, **ours), pace)

    async def read(self, partition: str, start: str, end: str) -> list[Row]:
        """Rows with ``start <= key < end`` in key order.

        Raises:
            StoreUnavailableError: Nothing could be read.
            ValueError: The partition or a bound breaks the contract.
        """
        check_range(partition, start, end)
        try:
            async with asyncio.timeout(self._pace.deadline):
                rows = await self._read(partition, start, end)
        except TimeoutError:
            rows = Fault(Kind.UNCERTAIN, f"did not answer within {self._pace.deadline:g} s")
        if isinstance(rows, Fault):
            raise self._unavailable(rows)
        return rows  # sorted by the service (learn.microsoft.com: Query Entities)

    async def commit(self, partition: str, writes: Sequence[Write], write_id: str) -> Outcome:
        """Apply all writes in one entity-group transaction, or none.

        Raises:
            StoreUnavailableError: Nothing is stored: the store refused, or could not be reached.
            ValueError: The writes break the contract.
        """
        proof = check_commit(partition, writes, write_id)
        try:
            async with asyncio.timeout(self._pace.deadline):
                result = await self._commit(TablesCommit(partition, writes, write_id, proof))
        except TimeoutError:
            return Outcome.UNKNOWN
        if isinstance(result, Fault):
            raise self._unavailable(result)
        return result

    async def aclose(self) -> None:
        """Release connections. The store is not usable afterwards."""
        await asyncio.to_thread(self._client.close)

    # -- the two protocols ------------------------------------------------------------------------

    async def _read(self, partition: str, start: str, end: str) -> list[Row] | Fault:
        """Page after page; a page that fails is asked again, the others are kept."""
        bounds = {"partition": partition, "start": start, "end": end}
        rows: list[Row] = []
        token: str | None = None
        while True:
            page = await self._ask(partial(self._page, bounds, token))
            if isinstance(page, Fault):
                return page
            found, token = page
            rows += found
            if token is None:
                return rows

    async def _commit(self, commit: TablesCommit) -> Outcome | Fault:
        """Send, and settle every answer but success as the table above says.

        1. Success: applied. Refused or unreached, with no answer lost before: nothing is stored.
        2. Otherwise read the proof row back, and judge.
        3. Send again only where the judgement allows it and an attempt is left.
        """
        lost = False
        pauses = iter(self._pace.pauses)
        while True:
            fault = await self._try(partial(self._send, commit))
            if fault is None:
                return Outcome.APPLIED
            lost = lost or fault.kind is Kind.UNCERTAIN
            if lost or fault.kind in {Kind.CONFLICT, Kind.MISSING}:
                found = await self._ask(partial(self._find, commit))
                outcome = (
                    Outcome.UNKNOWN if isinstance(found, Fault) else commit.judge(fault, found)
                )
                if outcome is not None:
                    return outcome
            elif fault.kind is Kind.REFUSED:
                return fault
            pause = next(pauses, None)
            if pause is None or fault.wait > _LONGEST_WAIT:
                return Outcome.UNKNOWN if lost else fault
            await asyncio.sleep(max(pause, fault.wait))

    async def _ask(self, call: Callable[[], _T]) -> _T | Fault:
        """Make a call that changes nothing: again after a failure, the table made if missing."""
        made = False
        pauses = iter(self._pace.pauses)
        while True:
            answer = await self._try(call)
            if not isinstance(answer, Fault):
                return answer
            if answer.kind is Kind.MISSING and not made:
                made = True
                refusal = await self._try(self._make_table)
                if refusal is not None and refusal.kind is Kind.REFUSED:
                    return refusal
                continue  # whether it is there now, the repeated call tells
            pause = next(pauses, None)
            again = answer.kind in {Kind.UNCERTAIN, Kind.UNSENT} and answer.wait <= _LONGEST_WAIT
            if pause is None or not again:
                return answer
            await asyncio.sleep(max(pause, answer.wait))

    async def _try(self, call: Callable[[], _T]) -> _T | Fault:
        def guarded() -> _T | Fault:
            try:
                return call()
            except Exception as error:  # noqa: BLE001  a mangled answer surfaces as ValueError, KeyError, ...
                return fault_of(error)

        return await asyncio.to_thread(guarded)

    # -- single requests, in a worker thread ------------------------------------------------------

    def _page(self, bounds: dict[str, str], after: str | None) -> tuple[list[Row], str | None]:
        pages = self._client.query_entities(_RANGE, parameters=bounds).by_page(after)
        rows = [row_of(entity) for entity in next(pages, ())]
        token: str | None = getattr(pages, "continuation_token", None)
        return rows, token

    def _find(self, commit: TablesCommit) -> Found | None:
        """The proof row, by a point query: unlike a point get it tells no row from no table."""
        values = {"partition": commit.partition, "key": commit.proof.key}
        for entity in self._client.query_entities(_POINT, parameters=values):
            return Found(entity.metadata["etag"] or "", entity.get("last_write_id"))
        return None

    def _send(self, commit: TablesCommit) -> None:
        parts = self._client.submit_transaction(commit.operations())
        if len(parts) != len(commit.writes):
            raise ValueError("an answer that does not list every write proves nothing")

    def _make_table(self) -> None:
        self._client.create_table()

    def _count(self, _request: object) -> None:
        with self._counting:
            self.calls += 1

    def _unavailable(self, fault: Fault) -> StoreUnavailableError:
        return StoreUnavailableError(f"{self._name} {fault.text}")
