r"""The store contract's own rules, checked before anything is sent: one code for every store.

A broken rule is a defect of the caller, so each function raises `ValueError` and names the rule.
The limits are Azure Tables'; the embedded store keeps them too, so a defect shows on a laptop:
at most 100 operations and 4 MiB per transaction
(https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions),
32 Ki UTF-16 units per string property and no ``/ \\ # ?`` or control character in a key
(https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from shared.ports import MAX_DOCUMENT, MAX_WRITES, Delete, Insert, Replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.ports import Write

MAX_TRANSACTION: Final = 4 * 1024 * 1024
"""Bytes of one transaction on the wire."""

_OVERHEAD: Final = 2048
"""Bytes that one operation takes beside its document: MIME parts, headers, two keys; a bound."""

_KEY: Final = re.compile(r"[ !\"$&-.0->@-\[\]-~]{1,200}")
"""Printable ASCII without ``/ \\ # ? %``."""

_BOUND: Final = re.compile(r"[ -~]{0,201}")
"""Where a range starts or ends need not be a key: it may be empty or hold any printable ASCII."""

_TEXT: Final = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]*")
"""JSON text: no raw control character but tab and line ends (RFC 8259, 7), no lone surrogate."""


def units(text: str) -> int:
    """The length of a text in UTF-16 units, which is what Azure Tables counts (an emoji is two)."""
    return len(text) + sum(character > "\uffff" for character in text)


def check_range(partition: str, start: str, end: str) -> None:
    """Refuse a read that no store could answer.

    Raises:
        ValueError: The partition is no key, or a bound holds more than printable ASCII.
    """
    _check_key("partition", partition)
    for bound in (start, end):
        if not _BOUND.fullmatch(bound):
            raise ValueError(
                f"{bound!r} cannot bound a range: use at most 201 printable ASCII characters"
            )


def check_commit(partition: str, writes: Sequence[Write], write_id: str) -> Insert | Replace:
    """Refuse a commit that breaks the contract; otherwise choose the row that proves it.

    Returns:
        The first row that the commit puts. It carries `write_id` if the commit was applied.

    Raises:
        ValueError: A key, an etag, a document, the number or the size of the writes breaks a rule,
            a row is written twice, or no row is put (a commit of deletions alone leaves nothing
            that could show whether it was applied).
    """
    _check_key("partition", partition)
    _check_key("write_id", write_id)
    if len(writes) > MAX_WRITES:
        raise ValueError(f"{len(writes)} writes in one commit: at most {MAX_WRITES}")
    seen: set[str] = set()
    size = 0
    for write in writes:
        if write.key in seen:
            raise ValueError(f"row {write.key!r} is written twice in one commit: write it once")
        seen.add(write.key)
        size += _OVERHEAD + _check_write(write)
    if size > MAX_TRANSACTION:
        raise ValueError(f"{size} bytes in one commit: at most {MAX_TRANSACTION}, so split it")
    for write in writes:
        if not isinstance(write, Delete):
            return write
    raise ValueError("a commit must put at least one row: only a put row can prove it")


def _check_write(write: Write) -> int:
    """Check one write.

    Returns:
        The bytes of its document on the wire, where every character beyond ASCII is escaped.
    """
    _check_key("key", write.key)
    if not isinstance(write, Insert) and (
        not re.fullmatch(r"[!-~]{1,200}", write.etag) or write.etag == "*"
    ):
        raise ValueError(
            f"row {write.key!r} has no usable etag: take it from Row.etag ('*' means any version)"
        )
    if isinstance(write, Delete):
        return 0
    if units(write.document) > MAX_DOCUMENT:
        raise ValueError(
            f"the document of row {write.key!r} has {units(write.document)} UTF-16 units: "
            f"at most {MAX_DOCUMENT}"
        )
    if not _TEXT.fullmatch(write.document):
        raise ValueError(f"the document of row {write.key!r} holds characters that JSON forbids")
    return len(json.dumps(write.document))


def _check_key(what: str, text: str) -> None:
    if not _KEY.fullmatch(text):
        raise ValueError(
            f"{text!r} is no {what}: use 1 to 200 printable ASCII characters without / \\ # ? %"
        )
