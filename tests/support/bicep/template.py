"""Ask a template what it deploys: resources, modules, parameters, outputs; for tests.

    main = Template.load(Path("infra/main.bicep"))
    for each in main.everything(type="Microsoft.Web/sites"):
        assert each.body["properties"]["httpsOnly"] is True

Values are plain where they are literals (str, int, bool, None, dict, list); anything else is an
`Expression` with its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.support.bicep import syntax as s
from tests.support.bicep.data import type_data
from tests.support.bicep.views import Expression, Resource
from tests.support.bicep.walk import body_of, condition_of
from tests.support.bicep.workspace import Unit, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bicep.workspace import Placed

__all__ = ["Expression", "Module", "Resource", "Template"]


@dataclass(frozen=True, eq=False, repr=False)
class Module:
    """A module that a template uses.

    Attributes:
        template: The template that uses it.
        declaration: Its declaration.
    """

    template: Template
    declaration: s.Module

    @property
    def symbol(self) -> str:
        """Its name in the file."""
        return self.declaration.name

    @property
    def condition(self) -> Expression | None:
        """Its condition, or None."""
        node = condition_of(self.declaration.value)
        return self.template.expression(node) if node else None

    @property
    def params(self) -> dict[str, Any]:
        """The values of its parameters."""
        params = self.node("params")
        plain = self.template.plain(params) if params else {}
        return plain if isinstance(plain, dict) else {}

    def node(self, name: str) -> s.Node | None:
        """The parsed value of one of its own properties (`params`, `scope`, `dependsOn`)."""
        body = body_of(self.declaration.value)
        return body.get(name) if body else None

    def param(self, name: str) -> s.Node | None:
        """The parsed value of a parameter that it is given."""
        params = self.node("params")
        return params.get(name) if isinstance(params, s.Object) else None

    @property
    def depends_on(self) -> frozenset[str]:
        """The symbols in its `dependsOn`."""
        node = self.node("dependsOn")
        return self.template.expression(node).names if node else frozenset()

    @cached_property
    def target(self) -> Template:
        """The template behind it.

        Raises:
            OSError: There is no such file.
        """
        path = self.template.path.parent / self.declaration.reference
        return Template(self.template.unit.workspace.open(path), self)


@dataclass(frozen=True, eq=False, repr=False)
class Template:
    """A file, as one deployment uses it.

    Attributes:
        unit: The parsed file.
        caller: The module that it is, or None.
    """

    unit: Unit
    caller: Module | None = None

    @classmethod
    def load(cls, path: Path) -> Template:
        """Read a template.

        Raises:
            OSError: It cannot be read.
        """
        return cls(Workspace(type_data()).open(path))

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.unit.path

    @property
    def params(self) -> dict[str, s.Parameter]:
        """Its parameters by name."""
        return self.unit.parameters

    @property
    def outputs(self) -> dict[str, Any]:
        """The values of its outputs."""
        return {name: self.plain(each.value) for name, each in self.unit.outputs.items()}

    @property
    def variables(self) -> dict[str, s.Variable]:
        """Its variables by name."""
        found = self.unit.declared(s.Variable)
        return {each.name: each for each in found if isinstance(each, s.Variable)}

    @property
    def resources(self) -> list[Resource]:
        """Its own resources, nested ones too."""
        return [Resource(self, each) for each in self.unit.resources]

    @cached_property
    def modules(self) -> list[Module]:
        """The modules that it uses."""
        found = self.unit.declared(s.Module)
        return [Module(self, each) for each in found if isinstance(each, s.Module)]

    def tree(self) -> Iterator[Template]:
        """Itself and, below, every template that it uses, once per use."""
        yield self
        for each in self.modules:
            yield from each.target.tree()

    def everything(self, type: str | None = None) -> list[Resource]:  # noqa: A002  Bicep's own word
        """The resources that are made, in it and in its modules; of one type if given."""
        return [
            each
            for template in self.tree()
            for each in template.resources
            if not each.existing and (type is None or each.type.lower() == type.lower())
        ]

    def expression(self, node: s.Node) -> Expression:
        """A node as an expression."""
        return Expression(self.unit.source(node), node)

    def plain(self, node: s.Node) -> Any:
        """A node as a plain value, or an `Expression`."""
        if isinstance(node, s.String) and node.literal is not None:
            return node.literal
        if isinstance(node, s.Integer | s.Boolean):
            return node.value
        if isinstance(node, s.Null):
            return None
        if isinstance(node, s.Array):
            return [self.plain(each) for each in node.items]
        if isinstance(node, s.Object):
            return {
                self.unit.source(each.key) if each.name is None else each.name: self.plain(
                    each.value
                )
                for each in node.items
                if isinstance(each, s.Property)
            }
        return self.expression(node)

    # -- tracing ----------------------------------------------------------------------------------

    def follow(self, node: s.Node) -> tuple[Template, s.Node]:
        """Where a value comes from: through variables, parameters and outputs of modules.

        Returns:
            The template and the expression that nothing simpler stands for.
        """
        if isinstance(node, s.NotNull):
            return self.follow(node.base)
        if isinstance(node, s.Name):
            variable = self.variables.get(node.name)
            if variable is not None:
                return self.follow(variable.value)
            given = self.caller.param(node.name) if self.caller else None
            if self.caller is not None and given is not None:
                return self.caller.template.follow(given)
            default = self.params[node.name].default if node.name in self.params else None
            return self.follow(default) if default is not None else (self, node)
        module = self._module_of(node)
        if module is not None and isinstance(node, s.Member):
            output = module.target.unit.outputs.get(node.name)
            if output is not None:
                return module.target.follow(output.value)
        return self, node

    def _module_of(self, node: s.Node) -> Module | None:
        """The module in `module.outputs.x`."""
        base = node.base if isinstance(node, s.Member) else None
        if not isinstance(base, s.Member) or base.name != "outputs":
            return None
        name = base.base.base if isinstance(base.base, s.NotNull) else base.base
        named = name.name if isinstance(name, s.Name) else None
        return next((each for each in self.modules if each.symbol == named), None)

    def resource_of(self, node: s.Node) -> Resource | None:
        """The resource that an expression names: a symbol, `a::b`, or `x.id` and the like.

        It is followed to the place where it is made, as long as names lead there.
        """
        home, found = self.follow(node)
        while isinstance(found, s.Member):
            found = found.base
        placed = home.symbol_of(found)
        if placed is None:
            return None
        own = Resource(home, placed)
        name = own.node("name")
        if not own.existing or name is None:
            return own
        if isinstance(name, s.String):
            return home.child_of(own)
        return home.resource_of(name) or own

    def child_of(self, resource: Resource) -> Resource:
        """An existing nested resource with a plain name, where its parent's maker makes it."""
        parent = resource.parent
        maker = parent.template.made(parent) if parent and parent.existing else parent
        for each in maker.template.resources if maker else ():
            if each.type == resource.type and each.get("name") == resource.get("name"):
                return each
        return resource

    def made(self, resource: Resource) -> Resource:
        """Where an existing resource is made; itself when that is unknown."""
        name = resource.node("name")
        return (self.resource_of(name) if name else None) or resource

    def symbol_of(self, node: s.Node) -> Placed | None:
        """The resource that `name` or `a::b` stands for in this file."""
        if isinstance(node, s.NotNull | s.Index):
            return self.symbol_of(node.base)
        if isinstance(node, s.Nested):
            parent = self.symbol_of(node.base)
            inner = self.unit.children(parent) if parent else ()
            return next((each for each in inner if each.resource.name == node.name), None)
        if not isinstance(node, s.Name):
            return None
        found = self.unit.symbols.get(node.name)
        return self.unit.placed(found) if isinstance(found, s.Resource) else None
