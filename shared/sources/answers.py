"""What the answers of Graph's optional sources are made of: pages, names, counts, times.

Everything in them is foreign: of any type, of any length, or missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from shared.domain.pair_readings import MAX_NAME
from shared.domain.readings import Unavailable
from shared.sources.failures import Ended, unusable
from shared.sources.organization import parse_time

if TYPE_CHECKING:
    from datetime import datetime

_MAX_COUNT: Final = 2**53 - 1  # beyond, not every JSON reader keeps an integer
_YEARS: Final = range(1970, 9000)
"""Times of other years are zero of some clock or its end; the latter cannot be calculated with."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a collection.

    Attributes:
        items: Its entities.
        next_link: Where the next page is, as Graph wrote it; None on the last page.
    """

    items: list[dict[str, Any]]
    next_link: str | None = None


def page_of(body: bytes, what: str, *, or_entity: bool = False) -> Page:
    """Decode one page.

    Args:
        body: The body of a 200, as it came.
        what: What was asked for, such as `the service health`.
        or_entity: Whether a single entity instead of a collection will do.

    Raises:
        Ended: It is none.
    """
    try:
        # strict UTF-8 (json.loads(bytes) would guess UTF-16 too); a byte order mark fails as text
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "something that is not valid JSON"
        raise Ended(unusable(what, f"it is {kind}")) from None
    if not isinstance(document, dict):
        raise Ended(unusable(what, "it is not a JSON object"))
    if or_entity and "value" not in document:
        return Page([document])
    items, link = document.get("value"), document.get("@odata.nextLink")
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise Ended(unusable(what, "its value is not a list of objects"))
    if not isinstance(link, str | None):
        raise Ended(unusable(what, "the address of its next page is not a text"))
    return Page(items, link)


def _refuse_constant(_name: str) -> NoReturn:
    """NaN and Infinity are Python's extension, not JSON.

    Raises:
        ValueError: Always.
    """
    raise ValueError("not a JSON number")


def part(entity: dict[str, Any], name: str) -> dict[str, Any]:
    """A nested object; an empty one where there is none."""
    value = entity.get(name)
    return value if isinstance(value, dict) else {}


def name_of(value: object, limit: int = MAX_NAME) -> str:
    """A name as one line of at most `limit` characters; "" for what is no text.

    What could make a card say something else, or could not be stored, becomes a space: control
    and formatting characters (bidirectional ones too), line breaks, lone surrogates.
    """
    if not isinstance(value, str):
        return ""
    head = value[: 4 * limit]  # bounded work
    kept = "".join(char if char.isprintable() else " " for char in head)
    return " ".join(kept.split())[:limit].rstrip()


def word_of(value: object) -> str:
    """An enumeration's member without case, because Graph's samples differ in it."""
    return value.casefold() if isinstance(value, str) else ""


def count_of(value: object) -> int | None:
    """A count; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MAX_COUNT else None


def time_of(value: object) -> datetime | None:
    """A time, aware UTC; None for null, for "never" in all its spellings, and for no time."""
    time = parse_time(value)
    if time is None or isinstance(time, Unavailable):
        return None
    return time if time.year in _YEARS else None
