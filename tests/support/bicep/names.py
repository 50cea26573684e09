"""Names: defined, used, not declared twice; functions and decorators that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.declared import PRIMITIVES, declared_type
from tests.support.bicep.functions import (
    DECORATORS,
    FUNCTIONS,
    LOADERS,
    NAMESPACES,
    ONLY_IN_DEFAULTS,
    ONLY_IN_PARAMETER_FILES,
)
from tests.support.bicep.walk import children, walk

if TYPE_CHECKING:
    from tests.support.bicep.workspace import Unit

_KINDS: Final = {
    s.Parameter: "param",
    s.Variable: "var",
    s.Output: "output",
    s.TypeDeclaration: "type",
    s.Resource: "resource",
    s.Module: "module",
    s.Function: "func",
    s.TypeProperty: "property",
    s.Imported: "import",
}


class Names:
    """Checks the names of one file."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.used = set[str]()
        self.in_default = False

    def check(self) -> None:
        """Note every name that is wrong, and every symbol that nobody uses."""
        outputs = set[str]()
        for each in self.unit.file.declarations:
            if isinstance(each, s.Output):
                if each.name in outputs:
                    self.unit.bad(each, f"output '{each.name}' is declared twice")
                outputs.add(each.name)
            if isinstance(each, s.Import):
                self._import(each)
            self._declaration(each)
        if self.unit.path.suffix == ".bicepparam":
            self._unused(s.Variable)
            return
        self._unused(s.Parameter, s.Variable, s.TypeDeclaration, s.Imported)
        for placed in self.unit.resources:
            name = placed.resource.name
            if (
                placed.resource.existing
                and name not in self.used
                and not self._inner_used(placed.resource)
            ):
                self.unit.bad(placed.resource, f"existing resource '{name}' is never used")

    def _import(self, node: s.Import) -> None:
        other = self.unit.module(node.reference)
        if other is None:
            self.unit.bad(node, f"import: file '{node.reference}' does not exist")
            return
        for name, alias in node.names:
            if name != "*" and self.unit.resolve(alias) is None:
                self.unit.bad(node, f"import: '{node.reference}' does not export '{name}'")

    def _inner_used(self, resource: s.Resource) -> bool:
        return any(isinstance(each, s.Resource) and each is not resource for each in walk(resource))

    def _unused(self, *kinds: type[s.Declaration]) -> None:
        for name, each in self.unit.symbols.items():
            exported = each.decorator("export") is not None
            if isinstance(each, kinds) and name not in self.used and not exported:
                self.unit.bad(each, f"{_KINDS[type(each)]} '{name}' is declared but never used")

    def _declaration(self, node: s.Declaration) -> None:
        self._decorators(node, node.decorators, _type_of(node))
        self.in_default = isinstance(node, s.Parameter)
        inner = frozenset[str]()
        if isinstance(node, s.Function):
            inner = frozenset(each.name for each in node.parameters)
        for each in children(node):
            if not isinstance(each, s.Decorator):
                self._visit(each, inner)
        self.in_default = False

    def _decorators(
        self, owner: s.Node, decorators: tuple[s.Decorator, ...], type_: s.Node | None
    ) -> None:
        kind = _KINDS.get(type(owner), "statement")
        names = [each.name for each in decorators]
        for each in decorators:
            for argument in each.arguments:
                self._visit(argument, frozenset())
            found = DECORATORS.get(each.name)
            if found is None:
                self.unit.bad(each, f"unknown decorator @{each.name}")
                continue
            least, most, owners, types = found
            if not least <= len(each.arguments) <= most:
                self.unit.bad(each, f"@{each.name} takes {least} argument(s)")
            if names.count(each.name) > 1:
                self.unit.bad(each, f"@{each.name} stands here twice")
            if kind not in owners:
                self.unit.bad(each, f"@{each.name} cannot stand on a {kind}")
            elif types and type_ is not None:
                self._fitting(each, type_, types)

    def _fitting(self, decorator: s.Decorator, type_: s.Node, types: frozenset[str]) -> None:
        plain = t.without_null(declared_type(self.unit, type_, ()))
        options = plain.options if isinstance(plain, t.UnionType) else (plain,)
        for each in options:
            name = "string" if isinstance(each, t.StringType) else t.show(each)
            name = "int" if isinstance(each, t.IntType) else name
            if name not in {*types, "any"}:
                self.unit.bad(
                    decorator, f"@{decorator.name} cannot stand on a value of type {name}"
                )
                return

    # -- expressions ------------------------------------------------------------------------------

    def _visit(self, node: s.Node, inner: frozenset[str]) -> None:
        if isinstance(node, s.Name):
            self._name(node, inner)
        elif isinstance(node, s.For):
            self._visit(node.source, inner)
            names = {node.item, *([node.index] if node.index else [])}
            self._visit(node.body, inner | names)
        elif isinstance(node, s.Lambda):
            self._visit(node.body, inner | set(node.names))
        elif isinstance(node, s.Property):
            if isinstance(node.key, s.String):
                self._visit(node.key, inner)
            self._visit(node.value, inner)
        elif isinstance(node, s.Object):
            nested = {each.name for each in node.items if isinstance(each, s.Resource)}
            for each in node.items:
                self._visit(each, inner | nested)
        elif isinstance(node, s.Call):
            self._call(node, inner)
        else:
            self._other(node, inner)

    def _other(self, node: s.Node, inner: frozenset[str]) -> None:
        if isinstance(node, s.TypeName):
            self.used.add(node.name)
            known = {*PRIMITIVES, "resourceInput", "resourceOutput"}
            if node.name not in known and node.name not in self.unit.symbols:
                self.unit.bad(node, f"type '{node.name}' is not defined")
            if node.name in {"resourceInput", "resourceOutput"}:
                return
        if isinstance(node, s.TypeProperty):
            self._decorators(node, node.decorators, node.type)
        if isinstance(node, s.Resource):
            self._decorators(node, node.decorators, None)
        if isinstance(node, s.Nested):
            self.used.add(node.name)
        for each in children(node):
            if not isinstance(each, s.Decorator):
                self._visit(each, inner)

    def _name(self, node: s.Name, inner: frozenset[str]) -> None:
        self.used.add(node.name)
        if node.name in inner or node.name in self.unit.symbols or node.name in NAMESPACES:
            return
        self.unit.bad(node, f"'{node.name}' is not defined")

    def _call(self, node: s.Call, inner: frozenset[str]) -> None:
        for each in node.arguments:
            self._visit(each, inner)
        if node.base is not None:
            self._visit(node.base, inner)
            if not (isinstance(node.base, s.Name) and node.base.name in NAMESPACES):
                self._method(node)
                return
        own = self.unit.resolve(node.name)
        if own is not None and isinstance(own[1], s.Function):
            self.used.add(node.name)
            count = len(own[1].parameters)
            if len(node.arguments) != count:
                self.unit.bad(node, f"{node.name}() takes {count} argument(s)")
            return
        self._built_in(node)

    def _built_in(self, node: s.Call) -> None:
        found = FUNCTIONS.get(node.name)
        if found is None:
            if not node.name.startswith("list"):
                self.unit.bad(node, f"unknown function {node.name}()")
            return
        least, most, _ = found
        if not least <= len(node.arguments) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            self.unit.bad(node, f"{node.name}() takes {count} argument(s)")
        if node.name in ONLY_IN_DEFAULTS and not self.in_default:
            self.unit.bad(node, f"{node.name}() may stand only in the default of a parameter")
        if node.name in ONLY_IN_PARAMETER_FILES and self.unit.path.suffix != ".bicepparam":
            self.unit.bad(node, f"{node.name}() may stand only in a parameter file")
        if node.name in LOADERS:
            self._loaded(node)

    def _loaded(self, node: s.Call) -> None:
        first = node.arguments[0] if node.arguments else None
        path = first.literal if isinstance(first, s.String) else None
        if path is None:
            self.unit.bad(node, f"{node.name}() needs a path that is a plain string")
        elif not (self.unit.path.parent / path).is_file():
            self.unit.bad(node, f"{node.name}(): there is no file '{path}' beside the template")

    def _method(self, node: s.Call) -> None:
        base = node.base.base if isinstance(node.base, s.NotNull) else node.base
        symbol = self.unit.symbols.get(base.name) if isinstance(base, s.Name) else None
        if not isinstance(symbol, s.Resource):
            return
        found = self.unit.workspace.data.get(self.unit.placed(symbol).reference)
        known = {"getSecret"} | (found.functions if found else frozenset())
        if found and node.name not in known and not node.name.startswith("list"):
            self.unit.bad(node, f"'{symbol.name}' has no function {node.name}()")


def _type_of(node: s.Declaration) -> s.Node | None:
    return node.type if isinstance(node, s.Parameter | s.Output | s.TypeDeclaration) else None
