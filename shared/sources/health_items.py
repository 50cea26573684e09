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

from shared.sources.json_values import count_of, objects, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}
_PAIRS: Final = 200
"""Pairs of one list that are looked at; a member has a few dozen."""


def boolean(value: object) -> bool | None:
    """True or False, also as a text in any case."""
    return value if isinstance(value, bool) else _BOOLEANS.get(word_of(value))


def count(value: object) -> int | None:
    """A number from 0 on, also as a text."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        value = int(value)
    return count_of(value)


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


def has_part(key: str, *parts: str) -> bool:
    """Whether a key contains one of the parts (lower case), whatever its case and separators."""
    squeezed = re.sub(r"[\W_]", "", key[:200]).lower()
    return any(part in squeezed for part in parts)


def nothing_usable(items: Sequence[object], usable: object) -> bool:
    """Whether there were items and none of them could be used; null is no item."""
    return not usable and any(each is not None for each in items)


def named(item: Mapping[str, Any], fields: Sequence[str], part: str) -> Iterator[object]:
    """The values of all pairs whose key contains `part` (`has_part`).

    Args:
        item: A service member.
        fields: Which of its lists of pairs to search, in this order.
        part: In lower case.
    """
    for field in fields:
        for key, value in pairs(item.get(field)):
            if has_part(key, part):
                yield value
