"""The values of a JSON answer: of any type, of any length, or missing. Pure and total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_COUNT: Final = 10**9  # no directory has more objects, and sums of it stay exact in JSON


def objects(items: Iterable[object]) -> list[dict[str, Any]]:
    """The items that are objects."""
    return [each for each in items if isinstance(each, dict)]


def part(entity: dict[str, Any], name: str) -> dict[str, Any]:
    """A nested object; an empty one where there is none."""
    value = entity.get(name)
    return value if isinstance(value, dict) else {}


def word_of(value: object) -> str:
    """An enumeration's member without case, because Microsoft's samples differ in it."""
    return value.strip().casefold() if isinstance(value, str) else ""


def count_of(value: object) -> int | None:
    """A count; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MAX_COUNT else None
