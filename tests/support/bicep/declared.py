"""Declared types: what a parameter, an output or `type` says, with its decorators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s

if TYPE_CHECKING:
    from tests.support.bicep.workspace import Unit

PRIMITIVES: Final[dict[str, t.Type]] = {
    "string": t.STRING,
    "int": t.INT,
    "bool": t.BOOL,
    "object": t.OBJECT,
    "array": t.ARRAY,
    "any": t.ANY,
}
_DERIVED: Final = frozenset({"resourceInput", "resourceOutput"})


def declared_type(unit: Unit, node: s.Node | None, decorators: tuple[s.Decorator, ...]) -> t.Type:
    """The type that a declaration states."""
    base = _type(unit, node, ()) if node is not None else t.ANY
    return _decorated(base, decorators)


def of_parameter(unit: Unit, parameter: s.Parameter) -> t.Type:
    """The type of a parameter."""
    return declared_type(unit, parameter.type, parameter.decorators)


def is_required(unit: Unit, parameter: s.Parameter) -> bool:
    """Whether a parameter must be given."""
    type_ = of_parameter(unit, parameter)
    nullable = isinstance(type_, t.UnionType) and t.NULL in type_.options
    return parameter.default is None and not nullable


def _integer(decorator: s.Decorator) -> int | None:
    first = decorator.arguments[0] if decorator.arguments else None
    return first.value if isinstance(first, s.Integer) else None


def literal(node: s.Node) -> t.Type | None:
    """The type of a literal that has just one value, or None."""
    if isinstance(node, s.String) and node.literal is not None:
        return t.StringType(node.literal)
    if isinstance(node, s.Integer):
        return t.IntType(node.value)
    if isinstance(node, s.Boolean):
        return t.BoolType(node.value)
    return t.NULL if isinstance(node, s.Null) else None


def _decorated(base: t.Type, decorators: tuple[s.Decorator, ...]) -> t.Type:
    nullable = isinstance(base, t.UnionType) and t.NULL in base.options
    type_ = t.without_null(base)
    for each in decorators:
        type_ = _with(type_, each)
    return t.union(type_, t.NULL) if nullable else type_


def _with(type_: t.Type, decorator: s.Decorator) -> t.Type:
    number = _integer(decorator)
    name = decorator.name
    if name == "secure" and isinstance(type_, t.StringType):
        return replace(type_, secure=True)
    if name == "allowed" and decorator.arguments:
        return _allowed(type_, decorator.arguments[0])
    if isinstance(type_, t.StringType | t.ArrayType | t.IntType):
        if name in {"minLength", "minValue"}:
            return replace(type_, minimum=number)
        if name in {"maxLength", "maxValue"}:
            return replace(type_, maximum=number)
    return type_


def _allowed(type_: t.Type, values: s.Node) -> t.Type:
    if not isinstance(values, s.Array):
        return type_
    options = [literal(item) for item in values.items]
    if not options or None in options:
        return type_
    choice = t.union(*(each for each in options if each is not None))
    return replace(type_, item=t.known(choice)) if isinstance(type_, t.ArrayType) else choice


def _type(unit: Unit, node: s.Node, seen: tuple[str, ...]) -> t.Type:
    type_: t.Type = t.ARRAY if isinstance(node, s.TypeTuple) else t.ANY
    if isinstance(node, s.TypeName):
        type_ = _named(unit, node, seen)
    elif isinstance(node, s.TypeLiteral):
        type_ = _of_literal(node)
    elif isinstance(node, s.TypeArray):
        type_ = t.ArrayType(t.Field(lambda: _type(unit, node.item, seen)))
    elif isinstance(node, s.TypeNullable):
        type_ = t.union(_type(unit, node.base, seen), t.NULL)
    elif isinstance(node, s.TypeUnion):
        type_ = t.union(*(_type(unit, each, seen) for each in node.options))
    elif isinstance(node, s.TypeObject):
        type_ = _object(unit, node, seen)
    return type_


def _of_literal(node: s.TypeLiteral) -> t.Type:
    value = node.value
    if isinstance(value, bool):
        return t.BoolType(value)
    if isinstance(value, int):
        return t.IntType(value)
    return t.NULL if value is None else t.StringType(value)


def _named(unit: Unit, node: s.TypeName, seen: tuple[str, ...]) -> t.Type:
    if node.name in PRIMITIVES:
        return PRIMITIVES[node.name]
    if node.name in _DERIVED:
        return t.ANY
    found = unit.resolve(node.name)
    home, declaration = found or (unit, None)
    if node.name in seen or not isinstance(declaration, s.TypeDeclaration):
        return t.ANY
    inner = _type(home, declaration.type, (*seen, node.name))
    return _decorated(inner, declaration.decorators)


def _object(unit: Unit, node: s.TypeObject, seen: tuple[str, ...]) -> t.Type:
    fields, other = dict[str, t.Field](), None
    for each in node.properties:
        type_ = _decorated(_type(unit, each.type, seen), each.decorators)
        if each.name == "*":
            other = t.known(type_)
            continue
        nullable = isinstance(type_, t.UnionType) and t.NULL in type_.options
        fields[each.name] = t.known(type_, 0 if nullable else t.REQUIRED)
    return t.ObjectType("object", fields, other)
