"""A resource of a template, as tests look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.bicep import syntax as s
from tests.support.bicep.walk import condition_of, loop_of, walk

if TYPE_CHECKING:
    from tests.support.bicep.template import Template  # noqa: TC004  it imports this module
    from tests.support.bicep.workspace import Placed  # noqa: TC004  only an annotation


@dataclass(frozen=True)
class Expression:
    """A value that is computed.

    Attributes:
        text: As it stands in the file.
        node: The parsed expression.
    """

    text: str
    node: s.Node = field(repr=False, compare=False)

    @property
    def names(self) -> frozenset[str]:
        """The symbols that it reads."""
        return frozenset(each.name for each in walk(self.node) if isinstance(each, s.Name))


@dataclass(frozen=True, eq=False, repr=False)
class Resource:
    """A resource of a template.

    Attributes:
        template: The template that declares it.
        placed: Where it stands there.
    """

    template: Template
    placed: Placed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and other.placed is self.placed

    def __hash__(self) -> int:
        return id(self.placed)

    def __repr__(self) -> str:
        return self.where

    @property
    def symbol(self) -> str:
        """Its name in the file."""
        return self.placed.resource.name

    @property
    def type(self) -> str:
        """Its full type, without the version."""
        return self.placed.reference.partition("@")[0]

    @property
    def version(self) -> str:
        """Its API version."""
        return self.placed.reference.partition("@")[2]

    @property
    def existing(self) -> bool:
        """Whether it is only referred to."""
        return self.placed.resource.existing

    @property
    def parent(self) -> Resource | None:
        """The resource around it, or the one that `parent:` names."""
        if self.placed.parent is not None:
            return Resource(self.template, self.placed.parent)
        node = self.node("parent")
        return self.template.resource_of(node) if node else None

    @property
    def body(self) -> dict[str, Any]:
        """Its properties."""
        plain = self.template.plain(self.placed.body) if self.placed.body else {}
        return plain if isinstance(plain, dict) else {}

    def node(self, *path: str) -> s.Node | None:
        """The parsed value of a property, by its path; None when it is not given."""
        found: s.Node | None = self.placed.body
        for name in path:
            found = found.get(name) if isinstance(found, s.Object) else None
        return found

    def get(self, *path: str) -> Any:
        """The value of a property, by its path; None when it is not given."""
        found = self.node(*path)
        return self.template.plain(found) if found else None

    @property
    def condition(self) -> Expression | None:
        """Its condition, or None."""
        node = condition_of(self.placed.resource.value)
        return self.template.expression(node) if node else None

    @property
    def loop(self) -> Expression | None:
        """What it loops over, or None."""
        node = loop_of(self.placed.resource.value)
        return self.template.expression(node.source) if node else None

    @property
    def scope(self) -> Expression | None:
        """Its `scope`, or None."""
        node = self.node("scope")
        return self.template.expression(node) if node else None

    @property
    def depends_on(self) -> frozenset[str]:
        """The symbols in its `dependsOn`."""
        node = self.node("dependsOn")
        return self.template.expression(node).names if node else frozenset()

    @property
    def where(self) -> str:
        """`path:line symbol`, for messages."""
        line = self.template.unit.line(self.placed.resource.at)
        return f"{self.template.path.name}:{line} {self.symbol}"
