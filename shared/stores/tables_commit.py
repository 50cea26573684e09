"""One commit as Azure Tables sees it: the transaction, and the judgement of a doubtful answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from azure.core import MatchConditions
from azure.data.tables import UpdateMode

from shared.ports import Delete, Insert, Outcome, Replace, Write
from shared.stores.tables_answers import Fault, Kind

if TYPE_CHECKING:
    from typing import Any

    Operation = tuple[str, dict[str, str], dict[str, Any]]


class Found(NamedTuple):
    """The proof row as it was read back."""

    etag: str
    write_id: object


@dataclass(frozen=True, slots=True)
class TablesCommit:
    """One transaction and the row that proves it."""

    partition: str
    writes: Sequence[Write]
    write_id: str
    proof: Insert | Replace

    def judge(self, fault: Fault, found: Found | None) -> Outcome | None:
        """What became of it, given the proof row as read back; None: it may be sent again."""
        if found is not None and found.write_id == self.write_id:
            return Outcome.APPLIED
        guarded = any(not isinstance(write, Insert) for write in self.writes)
        if fault.kind is Kind.MISSING:
            return Outcome.CONFLICT if guarded else None
        if fault.kind is Kind.CONFLICT or self._overtaken(found):
            return Outcome.CONFLICT
        return None if guarded and fault.kind is not Kind.REFUSED else Outcome.UNKNOWN

    def _overtaken(self, found: Found | None) -> bool:
        """True when the proof row's condition can never hold again."""
        if isinstance(self.proof, Replace):
            return found is None or found.etag != self.proof.etag
        return found is not None

    def operations(self) -> list[Operation]:
        """The transaction in the SDK's words."""
        return [self._operation(write) for write in self.writes]

    def _operation(self, write: Write) -> Operation:
        entity = {"PartitionKey": self.partition, "RowKey": write.key}
        if not isinstance(write, Delete):
            entity |= {"document": write.document, "last_write_id": self.write_id}
        if isinstance(write, Insert):
            return "create", entity, {}
        condition = {"etag": write.etag, "match_condition": MatchConditions.IfNotModified}
        if isinstance(write, Replace):
            return "update", entity, {"mode": UpdateMode.REPLACE, **condition}
        return "delete", entity, condition
