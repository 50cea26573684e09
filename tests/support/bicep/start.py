"""What must be known when a deployment starts: names, conditions and what loops run over.

The compiler refuses anything else there (BCP120, BCP178, BCP182): a property that only the service
knows, an output of a module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.walk import body_of, children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bicep.workspace import Unit

_KNOWN: Final = frozenset({"id", "name", "type", "apiVersion"})


def check_start(unit: Unit) -> None:
    """Note what is needed at the start and known later only."""
    found: list[s.Resource | s.Module] = [placed.resource for placed in unit.resources]
    found += [each for each in unit.file.declarations if isinstance(each, s.Module)]
    for each in found:
        for what, node in _needed(each):
            for late in _late(unit, node, frozenset({each.name})):
                unit.bad(
                    late,
                    f"{each.name}: its {what} needs '{unit.source(late)}', which is not known "
                    "when the deployment starts (BCP120)",
                )


def _needed(node: s.Resource | s.Module) -> Iterator[tuple[str, s.Node]]:
    value = node.value
    while isinstance(value, s.For | s.If):
        if isinstance(value, s.For):
            yield "loop", value.source
        else:
            yield "condition", value.condition
        value = value.body
    body = body_of(value)
    name = body.get("name") if body else None
    if name is not None:
        yield "name", name


def _late(unit: Unit, node: s.Node, seen: frozenset[str]) -> Iterator[s.Node]:
    """The parts of an expression that are known only later; variables are followed."""
    if isinstance(node, s.Member) and not _is_known(unit, node):
        yield node
        return
    if isinstance(node, s.Name) and node.name not in seen:
        symbol = unit.symbols.get(node.name)
        if isinstance(symbol, s.Variable) and any(
            True for _ in _late(unit, symbol.value, seen | {node.name})
        ):
            yield node
    for each in children(node):
        yield from _late(unit, each, seen)


def _is_known(unit: Unit, node: s.Member) -> bool:
    base = node.base
    while isinstance(base, s.NotNull | s.Index):
        base = base.base
    symbol = unit.symbols.get(base.name) if isinstance(base, s.Name) else None
    if isinstance(symbol, s.Module):
        return node.name != "outputs"
    if not isinstance(symbol, s.Resource) or node.name in _KNOWN:
        return True
    found = unit.workspace.data.get(unit.placed(symbol).reference)
    body = found.body if found else None
    field = body.fields.get(node.name) if isinstance(body, t.ObjectType) else None
    return field is None or bool(field.flags & t.DEPLOY_TIME)
