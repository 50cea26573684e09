"""What a Bicep file consists of, after parsing: its statements, and the nodes inside them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.bicep.nodes import (
    Array,
    Binary,
    Boolean,
    Call,
    Decorator,
    For,
    If,
    Index,
    Integer,
    Lambda,
    Member,
    Name,
    Nested,
    Node,
    NotNull,
    Null,
    Object,
    Property,
    Spread,
    String,
    Ternary,
    TypeArray,
    TypeLiteral,
    TypeMember,
    TypeName,
    TypeNullable,
    TypeObject,
    TypeProperty,
    TypeTuple,
    TypeUnion,
    Unary,
)

__all__ = [
    "Array",
    "Binary",
    "Boolean",
    "Call",
    "Declaration",
    "Decorator",
    "Extension",
    "File",
    "For",
    "Function",
    "If",
    "Import",
    "Imported",
    "Index",
    "Integer",
    "Lambda",
    "Member",
    "Module",
    "Name",
    "Nested",
    "Node",
    "NotNull",
    "Null",
    "Object",
    "Other",
    "Output",
    "Parameter",
    "Property",
    "Resource",
    "Spread",
    "String",
    "Ternary",
    "TypeArray",
    "TypeDeclaration",
    "TypeLiteral",
    "TypeMember",
    "TypeName",
    "TypeNullable",
    "TypeObject",
    "TypeProperty",
    "TypeTuple",
    "TypeUnion",
    "Unary",
    "Using",
    "Variable",
]


@dataclass(frozen=True, slots=True)
class Declaration(Node):
    """A statement that may carry a name and decorators."""

    name: str
    decorators: tuple[Decorator, ...]

    def decorator(self, name: str) -> Decorator | None:
        """The decorator of this name, or None."""
        return next((each for each in self.decorators if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Parameter(Declaration):
    """`param name type = default`; without a type in a parameter file."""

    type: Node | None
    default: Node | None


@dataclass(frozen=True, slots=True)
class Variable(Declaration):
    """`var name = value`."""

    type: Node | None
    value: Node


@dataclass(frozen=True, slots=True)
class Output(Declaration):
    """`output name type = value`."""

    type: Node
    value: Node


@dataclass(frozen=True, slots=True)
class TypeDeclaration(Declaration):
    """`type name = type`."""

    type: Node


@dataclass(frozen=True, slots=True)
class Function(Declaration):
    """`func name(parameters) returns => body`."""

    parameters: tuple[Parameter, ...]
    returns: Node
    body: Node


@dataclass(frozen=True, slots=True)
class Resource(Declaration):
    """`resource name 'type@version' = value`."""

    reference: str
    existing: bool
    value: Node


@dataclass(frozen=True, slots=True)
class Module(Declaration):
    """`module name 'path' = value`."""

    reference: str
    value: Node


@dataclass(frozen=True, slots=True)
class Extension(Declaration):
    """`extension name`."""


@dataclass(frozen=True, slots=True)
class Import(Declaration):
    """`import {name as alias} from 'path'`; `* as alias` has the name `*`."""

    names: tuple[tuple[str, str], ...]
    reference: str


@dataclass(frozen=True, slots=True)
class Imported(Declaration):
    """One symbol of an `import`; `name` is what it is called here."""

    original: str
    reference: str


@dataclass(frozen=True, slots=True)
class Using(Declaration):
    """`using 'path'` of a parameter file; the path stands in `name`."""


@dataclass(frozen=True, slots=True)
class Other(Declaration):
    """`targetScope`, `metadata` and `assert`."""

    keyword: str
    value: Node


@dataclass(frozen=True, slots=True)
class File:
    """A parsed file."""

    declarations: tuple[Declaration, ...]
    problems: tuple[tuple[int, str], ...]
