"""What type an expression has, as far as it can be told; notes wrong reads of properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.declared import declared_type, literal, of_parameter
from tests.support.bicep.functions import FUNCTIONS, NAMESPACES
from tests.support.bicep.walk import condition_of, loop_of

if TYPE_CHECKING:
    from tests.support.bicep.workspace import Placed, Unit

Locals = Mapping[str, t.Type]
_COMPARISONS: Final = frozenset({"==", "!=", "=~", "!~", "<", "<=", ">", ">=", "&&", "||"})
_ALWAYS_THERE: Final = frozenset({"id", "name", "type", "apiVersion"})
_KEEPS_ITEM: Final = frozenset({"filter", "sort", "skip", "take"})


class Inference:
    """Tells types in one file."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.known = dict[str, t.Type]()
        self.busy = set[str]()

    def type(self, node: s.Node, inner: Locals | None = None) -> t.Type:
        """The type of an expression; ANY when it cannot be told.

        Args:
            node: The expression.
            inner: The types of loop variables and lambda arguments around it.
        """
        inner = inner or {}
        found = literal(node)
        if found is None:
            if isinstance(node, s.String):
                found = self._interpolated(node, inner)
            elif isinstance(node, s.Name):
                found = inner[node.name] if node.name in inner else self.symbol(node.name)
            elif isinstance(node, s.Member | s.Index | s.NotNull | s.Nested):
                found = self._access(node, inner)
            elif isinstance(node, s.Call):
                found = self._call(node, inner)
            elif isinstance(node, s.Object | s.Array | s.For):
                found = self._structure(node, inner)
            else:
                found = self._operation(node, inner)
        return found

    # -- literals and operators -------------------------------------------------------------------

    def _interpolated(self, node: s.String, inner: Locals) -> t.Type:
        least, most = 0, 0
        bounded = True
        for part in node.parts:
            if isinstance(part, str):
                least, most = least + len(part), most + len(part)
                continue
            low, high = _lengths(self.type(part, inner))
            least += low
            bounded = bounded and high is not None
            most += high or 0
        return t.StringType(None, least, most if bounded else None)

    def _structure(self, node: s.Object | s.Array | s.For, inner: Locals) -> t.Type:
        if isinstance(node, s.For):
            within = self.loop(node, inner)
            return t.ArrayType(t.known(self.type(node.body, within)))
        if isinstance(node, s.Array):
            items = [
                self.type(each, inner) for each in node.items if not isinstance(each, s.Spread)
            ]
            spread = len(items) != len(node.items)
            item = t.ANY if spread or not items else t.union(*items)
            return t.ArrayType(t.known(item))
        fields, other = dict[str, t.Field](), None
        for each in node.items:
            if isinstance(each, s.Property) and each.name is not None:
                fields[each.name] = t.known(self.type(each.value, inner))
            elif not isinstance(each, s.Resource):
                other = t.known(t.ANY)
        return t.ObjectType("object", fields, other)

    def _operation(self, node: s.Node, inner: Locals) -> t.Type:
        if isinstance(node, s.Ternary):
            self.type(node.condition, inner)
            return t.union(self.type(node.yes, inner), self.type(node.no, inner))
        if isinstance(node, s.Binary):
            left, right = self.type(node.left, inner), self.type(node.right, inner)
            if node.operator == "??":
                return t.union(t.without_null(left), right)
            return t.BOOL if node.operator in _COMPARISONS else t.INT
        if isinstance(node, s.Unary):
            self.type(node.operand, inner)
            return t.BOOL if node.operator == "!" else t.INT
        return t.ANY

    def loop(self, node: s.For, inner: Locals) -> Locals:
        """The locals inside a loop."""
        source = t.without_null(self.type(node.source, inner))
        item = source.item.type if isinstance(source, t.ArrayType) else t.ANY
        return {**inner, node.item: item, **({node.index: t.INT} if node.index else {})}

    # -- symbols ----------------------------------------------------------------------------------

    def symbol(self, name: str) -> t.Type:
        """The type of a symbol of this file; ANY when it cannot be told."""
        if name not in self.known:
            if name in self.busy:
                return t.ANY
            self.busy.add(name)
            self.known[name] = self._declared(name)
            self.busy.discard(name)
        return self.known[name]

    def _declared(self, name: str) -> t.Type:
        resolved = self.unit.resolve(name)
        if resolved is not None and resolved[0] is not self.unit:
            return Inference(resolved[0]).symbol(resolved[1].name)
        found = resolved[1] if resolved else None
        type_: t.Type = t.ANY
        if isinstance(found, s.Parameter):
            type_ = of_parameter(self.unit, found)
        elif isinstance(found, s.Variable) and found.type is not None:
            type_ = declared_type(self.unit, found.type, found.decorators)
        elif isinstance(found, s.Variable):
            type_ = self.type(found.value)
        elif isinstance(found, s.Resource):
            type_ = self.resource(self.unit.placed(found))
        elif isinstance(found, s.Module):
            type_ = self._module(found)
        return type_

    def resource(self, placed: Placed) -> t.Type:
        """The type of a resource that is read: an array when it is a loop."""
        found = self.unit.workspace.data.get(placed.reference)
        if found is None or not isinstance(found.body, t.ObjectType | t.ChoiceType):
            return t.ANY
        body = found.body
        fields = dict(body.fields if isinstance(body, t.ObjectType) else body.base)
        for name in _ALWAYS_THERE:
            fields.setdefault(name, t.known(t.STRING))
        other = t.known(t.ANY) if isinstance(body, t.ChoiceType) else body.other
        shape = t.ObjectType(placed.resource.name, fields, other, placed.conditional)
        return t.ArrayType(t.known(shape)) if placed.loop else shape

    def _module(self, module: s.Module) -> t.Type:
        child = self.unit.module(module.reference)
        if child is None:
            return t.ANY
        outputs = {
            name: t.known(declared_type(child, each.type, each.decorators))
            for name, each in child.outputs.items()
        }
        shape = t.ObjectType(
            module.name,
            {
                "name": t.known(t.STRING),
                "outputs": t.known(t.ObjectType(f"{module.name}.outputs", outputs)),
            },
            maybe=condition_of(module.value) is not None,
        )
        return t.ArrayType(t.known(shape)) if loop_of(module.value) else shape

    # -- access -----------------------------------------------------------------------------------

    def _access(self, node: s.Member | s.Index | s.NotNull | s.Nested, inner: Locals) -> t.Type:
        base = self.type(node.base, inner) if not isinstance(node, s.Nested) else t.ANY
        if isinstance(node, s.NotNull):
            plain = t.without_null(base)
            if isinstance(plain, t.ObjectType) and plain.maybe:
                return t.ObjectType(plain.name, plain.fields, plain.other)
            return plain
        if isinstance(node, s.Nested):
            found = self._nested(node)
            return self.resource(found) if found else t.ANY
        if isinstance(node, s.Member):
            return self._member(node, node.name, base, safe=node.safe)
        index = self.type(node.index, inner)
        if isinstance(index, t.StringType) and index.value is not None:
            return self._member(node, index.value, base, safe=node.safe)
        plain = t.without_null(base)
        item = plain.item.type if isinstance(plain, t.ArrayType) else t.ANY
        return t.union(item, t.NULL) if node.safe else item

    def _nested(self, node: s.Nested) -> Placed | None:
        base = node.base.base if isinstance(node.base, s.NotNull) else node.base
        if isinstance(base, s.Nested):
            parent = self._nested(base)
        else:
            symbol = self.unit.symbols.get(base.name) if isinstance(base, s.Name) else None
            parent = self.unit.placed(symbol) if isinstance(symbol, s.Resource) else None
        if parent is None:
            return None
        for each in self.unit.children(parent):
            if each.resource.name == node.name:
                return each
        self.unit.bad(node, f"'{parent.resource.name}' has no nested resource '{node.name}'")
        return None

    def _member(self, node: s.Node, name: str, base: t.Type, *, safe: bool) -> t.Type:
        plain = t.without_null(base)
        if plain != base and not safe:
            self.unit.bad(node, f"'{self.unit.source(node)}': may be null here (use .? or !)")
        if not isinstance(plain, t.ObjectType):
            if isinstance(plain, t.StringType | t.IntType | t.BoolType | t.ArrayType):
                kind = t.show(plain)
                self.unit.bad(node, f"'{self.unit.source(node)}': {kind} has no properties")
            return t.ANY
        if plain.maybe and not safe and name not in _ALWAYS_THERE:
            self.unit.bad(
                node,
                f"'{self.unit.source(node)}': '{plain.name}' has a condition, so it may be null "
                "(BCP318: use .? or !)",
            )
        found = plain.fields.get(name) or plain.other
        if found is None:
            known = ", ".join(sorted(plain.fields)[:12])
            self.unit.bad(node, f"'{plain.name}' has no property '{name}' (it has {known})")
            return t.ANY
        return t.union(found.type, t.NULL) if safe else found.type

    # -- calls ------------------------------------------------------------------------------------

    def _call(self, node: s.Call, inner: Locals) -> t.Type:
        if node.base is not None and not (
            isinstance(node.base, s.Name) and node.base.name in NAMESPACES
        ):
            self.type(node.base, inner)
            for each in node.arguments:
                self.type(each, inner)
            return t.ANY
        own = self.unit.resolve(node.name)
        if own is not None and isinstance(own[1], s.Function):
            return declared_type(own[0], own[1].returns, ())
        return self._built_in(node, inner)

    def _built_in(self, node: s.Call, inner: Locals) -> t.Type:
        given = [
            self.type(each, inner) for each in node.arguments if not isinstance(each, s.Lambda)
        ]
        first = given[0] if given else t.ANY
        results = [
            self.type(each.body, {**inner, **_arguments(each, first)})
            for each in node.arguments
            if isinstance(each, s.Lambda)
        ]
        if node.name == "map" and results:
            return t.ArrayType(t.known(results[0]))
        if node.name == "first" and isinstance(first, t.ArrayType):
            return t.ANY
        if node.name == "readEnvironmentVariable":
            # the compiler reads it: what it sees in an empty environment is the default
            return given[1] if len(given) > 1 else t.ANY
        if node.name in _KEEPS_ITEM:
            return _kept(node, first)
        if node.name in {"toLower", "toUpper"} and isinstance(first, t.StringType):
            return t.StringType(None, *_lengths(first))
        return FUNCTIONS[node.name][2] if node.name in FUNCTIONS else t.ANY


def _arguments(node: s.Lambda, first: t.Type) -> Locals:
    item = first.item.type if isinstance(first, t.ArrayType) else t.ANY
    return dict.fromkeys(node.names, t.ANY) | ({node.names[0]: item} if node.names else {})


def _kept(node: s.Call, first: t.Type) -> t.Type:
    if isinstance(first, t.ArrayType):
        return t.ArrayType(first.item)
    count = node.arguments[1] if len(node.arguments) > 1 else None
    if node.name == "take" and isinstance(first, t.StringType) and isinstance(count, s.Integer):
        low, high = _lengths(first)
        most = count.value if high is None else min(high, count.value)
        return t.StringType(None, min(low, count.value), most)
    return t.ANY


def _lengths(type_: t.Type) -> tuple[int, int | None]:
    if isinstance(type_, t.StringType):
        if type_.value is not None:
            return len(type_.value), len(type_.value)
        return type_.minimum or 0, type_.maximum
    if isinstance(type_, t.UnionType):
        pairs = [_lengths(each) for each in type_.options]
        highs = [high for _, high in pairs if high is not None]
        return min(low for low, _ in pairs), max(highs) if len(highs) == len(pairs) else None
    return 0, None
