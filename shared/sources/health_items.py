"""The small values of Connect Health's answers, with their quirks. Pure and total.

Every value may be null, missing or of another type; what cannot be read is None. Sources for the
quirks: Gerenios/AADInternals `HybridHealthServices.ps1` (null lists, values as texts, 0001-01-01
without a zone) and Azure/azure-rest-api-specs `Microsoft.ADHybridHealthService/stable/2014-01-01`
(seven-digit fractions; `installedQfes` as an object where the schema has a list).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from shared.domain.readings import Unavailable
from shared.sources.organization import parse_time
from shared.sources.plain_text import from_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_PAIRS: Final = 200
"""Pairs of one list that are looked at; a member has a few dozen."""


def objects(items: Sequence[object]) -> list[dict[str, Any]]:
    """The items that are objects."""
    return [each for each in items if isinstance(each, dict)]


def time(value: object) -> datetime | None:
    """Aware UTC; None for null, 0001-01-01 and what is no time."""
    at = parse_time(value)
    return None if isinstance(at, Unavailable) else at


def boolean(value: object) -> bool | None:
    """True or False, also as a text in any case."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def count(value: object) -> int | None:
    """A number from 0 on, also as a text."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        return int(value)
    fine = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if fine and isinstance(value, int) else None


def text(value: object, longest: int) -> str:
    """One line of plain text without HTML; "" for what is no text.

    Args:
        value: Any JSON value.
        longest: As in `plain_text.one_line`.
    """
    return from_html(value, longest) if isinstance(value, str) else ""


def identity(value: object) -> str | None:
    """An id that may stand in a path and in a key; None for anything else.

    Connect Health's are GUIDs, and its samples' are words such as `SampleServiceMemberId`.
    """
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def stand_in(*parts: object) -> str:
    """An id for what has none: the same for the same parts."""
    raw = "\n".join(repr(each)[:1_000] for each in parts)
    return "x" + hashlib.sha256(raw.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def pairs(value: object) -> Iterator[tuple[str, object]]:
    """Key and value of each item of a list of pairs, of a single pair, or of a plain object."""
    if isinstance(value, dict):
        value = [value] if "key" in value else [{"key": k, "value": v} for k, v in value.items()]
    for each in objects(value[:_PAIRS]) if isinstance(value, list) else ():
        if isinstance(each.get("key"), str):
            yield each["key"], each.get("value")


def named(item: Mapping[str, Any], fields: Sequence[str], part: str) -> Iterator[object]:
    """The values of all pairs whose key contains `part`, whatever its case and separators.

    Args:
        item: A service member.
        fields: Which of its lists of pairs to search, in this order.
        part: In lower case.
    """
    for field in fields:
        for key, value in pairs(item.get(field)):
            if part in re.sub(r"[\W_]", "", key[:200]).lower():
                yield value
