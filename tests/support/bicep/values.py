"""What a template comes to: its expressions, computed as Resource Manager would.

Only what the monitoring templates use. Anything else raises, so that no test believes a value that
was not computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.support.bicep import syntax as s
from tests.support.bicep.parse import parse
from tests.support.bicep.walk import body_of

Value = Any


@dataclass(slots=True)
class Deployment:
    """One template with values for its parameters.

    Attributes:
        folder: Where the files that it loads are found from.
        symbols: Its declarations by name.
        given: The parameters; those without a value here have their default.
        cloud: The name of Azure's environment.
    """

    folder: Path
    symbols: Mapping[str, s.Declaration]
    given: Mapping[str, Value]
    cloud: str
    _locals: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path, given: Mapping[str, Value], cloud: str = "AzureCloud") -> Deployment:
        """Read a template.

        Args:
            path: The file.
            given: Values of its parameters.
            cloud: The name of Azure's environment.
        """
        named = (s.Parameter, s.Variable, s.Resource)
        found = parse(path.read_text(encoding="utf-8")).declarations
        symbols = {each.name: each for each in found if isinstance(each, named)}
        return cls(path.parent, symbols, given, cloud)

    def resources(self) -> dict[str, Value]:
        """The body of each resource by its symbol, with its type as `type`."""
        return {
            name: {**self.value(body_of(each.value)), "type": each.reference}
            for name, each in self.symbols.items()
            if isinstance(each, s.Resource)
        }

    def value(self, node: s.Node | None) -> Value:
        """The value of an expression.

        Raises:
            NotImplementedError: It is of a kind that is not computed here.
        """
        if isinstance(node, s.Integer | s.Boolean):
            return node.value
        compute = getattr(self, f"_{type(node).__name__.lower()}", None)
        if compute is None:
            raise NotImplementedError(f"{type(node).__name__} is not computed here")
        return compute(node)

    # -- kinds of expressions ---------------------------------------------------------------------

    def _string(self, node: s.String) -> str:
        parts = (part if isinstance(part, str) else str(self.value(part)) for part in node.parts)
        return "".join(parts)

    def _name(self, node: s.Name) -> Value:
        if node.name in self._locals:
            return self._locals[node.name]
        declared = self.symbols[node.name]
        if isinstance(declared, s.Parameter):
            return (
                self.given[node.name] if node.name in self.given else self.value(declared.default)
            )
        if isinstance(declared, s.Variable):
            return self.value(declared.value)
        return {"id": f"/id-of/{node.name}", "name": node.name}

    def _member(self, node: s.Member) -> Value:
        return self.value(node.base)[node.name]

    def _index(self, node: s.Index) -> Value:
        return self.value(node.base)[self.value(node.index)]

    def _object(self, node: s.Object) -> Value:
        made = {}
        for item in node.items:
            if not isinstance(item, s.Property):
                raise NotImplementedError(f"{type(item).__name__} in an object")
            key = item.key.name if isinstance(item.key, s.Name) else self._string(item.key)
            made[key] = self.value(item.value)
        return made

    def _array(self, node: s.Array) -> Value:
        return [self.value(item) for item in node.items]

    def _for(self, node: s.For) -> Value:
        made = []
        for at, item in enumerate(self.value(node.source)):
            names = {node.item: item} | ({node.index: at} if node.index else {})
            made.append(self._within(names, node.body))
        return made

    def _ternary(self, node: s.Ternary) -> Value:
        return self.value(node.yes if self.value(node.condition) else node.no)

    def _null(self, _node: s.Null) -> None:
        return None

    def _unary(self, node: s.Unary) -> Value:
        return {"!": lambda value: not value}[node.operator](self.value(node.operand))

    def _binary(self, node: s.Binary) -> Value:
        if node.operator == "&&":
            return self.value(node.left) and self.value(node.right)
        left, right = self.value(node.left), self.value(node.right)
        return {"==": left == right, "!=": left != right}[node.operator]

    def _lambda(self, node: s.Lambda) -> Callable[[Value], Value]:
        (only,) = node.names
        return lambda item: self._within({only: item}, node.body)

    def _within(self, names: Mapping[str, Value], node: s.Node) -> Value:
        outer = self._locals
        self._locals = {**outer, **names}
        try:
            return self.value(node)
        finally:
            self._locals = outer

    def _call(self, node: s.Call) -> Value:
        if node.name in {"loadTextContent", "loadJsonContent"}:
            path = self.folder / str(self.value(node.arguments[0]))
            text = path.read_text(encoding="utf-8")
            return text if node.name == "loadTextContent" else json.loads(text)
        if node.name == "environment":
            return {"name": self.cloud}
        if node.name == "resourceGroup":
            return {"id": "/id-of/the-group"}
        return _FUNCTIONS[node.name](*(self.value(each) for each in node.arguments))


def _union(first: Value, *others: Value) -> Value:
    """Nested objects are merged, everything else is replaced (Bicep's documentation of union)."""
    made = dict(first)
    for other in others:
        for key, value in other.items():
            both = isinstance(value, dict) and isinstance(made.get(key), dict)
            made[key] = _union(made[key], value) if both else value
    return made


class DeploymentFailedError(Exception):
    """The template calls fail(): Resource Manager ends the deployment with this message."""


def _fail(message: str) -> Value:
    raise DeploymentFailedError(message)


_FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    "any": lambda value: value,
    "contains": lambda whole, part: part in whole,
    "empty": lambda value: not value,
    "fail": _fail,
    "filter": lambda items, function: [item for item in items if function(item)],
    "guid": lambda *parts: f"guid of {', '.join(parts)}",
    "length": len,
    "map": lambda items, function: [function(item) for item in items],
    "range": lambda start, count: list(range(start, start + count)),
    "replace": lambda text, old, new: text.replace(old, new),
    "string": lambda value: value if isinstance(value, str) else json.dumps(value),
    "substring": lambda text, start, length: text[start : start + length],
    "take": lambda whole, count: whole[:count],
    "toLower": str.lower,
    "union": _union,
    # thirteen letters and digits
    "uniqueString": lambda *parts: sha256("".join(parts).encode()).hexdigest()[:13],
}
