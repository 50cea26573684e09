"""Walk over nodes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from tests.support.bicep import syntax as s

if TYPE_CHECKING:
    from collections.abc import Iterator

_KNOWN: Final = dict[type[s.Node], tuple[str, ...]]()


def _names(node: s.Node) -> tuple[str, ...]:
    kind = type(node)
    if kind not in _KNOWN:
        _KNOWN[kind] = tuple(each.name for each in fields(kind) if each.name not in {"at", "end"})
    return _KNOWN[kind]


def children(node: s.Node) -> Iterator[s.Node]:
    """The nodes directly below a node, in the order of its fields."""
    for name in _names(node):
        value = getattr(node, name)
        if isinstance(value, s.Node):
            yield value
        elif isinstance(value, tuple):
            for each in value:
                if isinstance(each, s.Node):
                    yield each


def walk(node: s.Node) -> Iterator[s.Node]:
    """A node and all below it, parents first."""
    yield node
    for each in children(node):
        yield from walk(each)


def body_of(value: s.Node) -> s.Object | None:
    """The object of a resource or a module, inside its loop and its condition."""
    while isinstance(value, s.For | s.If):
        value = value.body
    return value if isinstance(value, s.Object) else None


def condition_of(value: s.Node) -> s.Node | None:
    """The condition of a resource or a module, or None."""
    while isinstance(value, s.For | s.If):
        if isinstance(value, s.If):
            return value.condition
        value = value.body
    return None


def loop_of(value: s.Node) -> s.For | None:
    """The loop of a resource or a module, or None."""
    return value if isinstance(value, s.For) else None
