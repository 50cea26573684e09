"""Expressions and types of Bicep, after parsing: immutable nodes with their place in the text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of the text.

    Attributes:
        at: Offset of its first character.
        end: Offset behind its last character.
    """

    at: int
    end: int


# -- expressions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class String(Node):
    """A string; its parts are plain text and interpolated expressions, in order."""

    parts: tuple[str | Node, ...]

    @property
    def literal(self) -> str | None:
        """The text, or None when something is interpolated."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(part for part in self.parts if isinstance(part, str))
        return None


@dataclass(frozen=True, slots=True)
class Integer(Node):
    """A whole number."""

    value: int


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null(Node):
    """`null`."""


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A symbol that is read."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`base.name` or, when safe, `base.?name`."""

    base: Node
    name: str
    safe: bool


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`base[index]` or, when safe, `base[?index]`."""

    base: Node
    index: Node
    safe: bool


@dataclass(frozen=True, slots=True)
class NotNull(Node):
    """`base!`."""

    base: Node


@dataclass(frozen=True, slots=True)
class Nested(Node):
    """`base::name`: a resource declared inside another."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`name(arguments)` or `base.name(arguments)`."""

    name: str
    arguments: tuple[Node, ...]
    base: Node | None


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!x` or `-x`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`left operator right`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Ternary(Node):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    """`names => body`."""

    names: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Spread(Node):
    """`...value` in an object or an array."""

    value: Node


@dataclass(frozen=True, slots=True)
class Property(Node):
    """`key: value` in an object."""

    key: String | Name
    value: Node

    @property
    def name(self) -> str | None:
        """The key, or None when it is interpolated."""
        return self.key.name if isinstance(self.key, Name) else self.key.literal


@dataclass(frozen=True, slots=True)
class Object(Node):
    """`{...}`; nested resource declarations are among its items."""

    items: tuple[Node, ...]

    def get(self, name: str) -> Node | None:
        """The value of a property, or None."""
        for item in self.items:
            if isinstance(item, Property) and item.name == name:
                return item.value
        return None


@dataclass(frozen=True, slots=True)
class Array(Node):
    """`[...]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class For(Node):
    """`[for item in source: body]`."""

    item: str
    index: str | None
    source: Node
    body: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if (condition) {...}`: the body of a resource or a module."""

    condition: Node
    body: Node


# -- types ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type by its name, with arguments in angle brackets if it has some."""

    name: str
    arguments: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeMember(Node):
    """`base.name`, `base[*]` or `base.*` of a type."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class TypeLiteral(Node):
    """A literal as a type."""

    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class TypeArray(Node):
    """`item[]`."""

    item: Node


@dataclass(frozen=True, slots=True)
class TypeNullable(Node):
    """`base?`."""

    base: Node


@dataclass(frozen=True, slots=True)
class TypeUnion(Node):
    """`one | other`."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Decorator(Node):
    """`@name(arguments)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TypeProperty(Node):
    """`name: type` in the type of an object; the name `*` stands for every other one."""

    name: str
    type: Node
    decorators: tuple[Decorator, ...]


@dataclass(frozen=True, slots=True)
class TypeObject(Node):
    """`{...}` as a type."""

    properties: tuple[TypeProperty, ...]


@dataclass(frozen=True, slots=True)
class TypeTuple(Node):
    """`[...]` as a type."""

    items: tuple[Node, ...]
