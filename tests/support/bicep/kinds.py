"""The types of Bicep values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

REQUIRED, READ_ONLY, WRITE_ONLY, DEPLOY_TIME, IDENTIFIER = 1, 2, 4, 8, 16
"""Flags of a property in the type data."""

TENANT, MANAGEMENT_GROUP, SUBSCRIPTION, RESOURCE_GROUP, EXTENSION = 1, 2, 4, 8, 16
"""Bits of the scopes at which a resource may be deployed."""


@dataclass(frozen=True, slots=True)
class Type:
    """Any value: nothing is known."""


@dataclass(frozen=True, slots=True)
class NullType(Type):
    """`null`."""


@dataclass(frozen=True, slots=True)
class BoolType(Type):
    """A truth value; `value` when it is known."""

    value: bool | None = None


@dataclass(frozen=True, slots=True)
class IntType(Type):
    """A whole number; `value` when it is known."""

    value: int | None = None
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class StringType(Type):
    """A string; `value` when it is known; lengths in characters."""

    value: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an object.

    Attributes:
        load: Gives its type; types may be recursive.
        flags: REQUIRED, READ_ONLY, ...
    """

    load: Callable[[], Type]
    flags: int = 0

    @property
    def type(self) -> Type:
        """Its type."""
        return self.load()


def known(type_: Type, flags: int = 0) -> Field:
    """A property whose type is at hand."""
    return Field(lambda: type_, flags)


@dataclass(frozen=True, slots=True)
class ArrayType(Type):
    """An array; lengths in items."""

    item: Field
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectType(Type):
    """An object.

    Attributes:
        name: For messages.
        fields: Its properties.
        other: The type of every other property; None when there is no other one.
        maybe: Whether it may be missing when the deployment starts (a condition).
    """

    name: str
    fields: Mapping[str, Field]
    other: Field | None = None
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class UnionType(Type):
    """One of several types."""

    options: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class ChoiceType(Type):
    """An object whose shape depends on one property, the discriminator."""

    name: str
    discriminator: str
    base: Mapping[str, Field]
    shapes: Mapping[str, Field]

    def shape(self, value: str) -> ObjectType | None:
        """The object that this value of the discriminator asks for."""
        found = self.shapes.get(value)
        chosen = found.type if found else None
        if not isinstance(chosen, ObjectType):
            return None
        return replace(chosen, fields={**self.base, **chosen.fields})


ANY: Final = Type()
NULL: Final = NullType()
STRING: Final = StringType()
INT: Final = IntType()
BOOL: Final = BoolType()
OBJECT: Final = ObjectType("object", {}, known(ANY))
ARRAY: Final = ArrayType(known(ANY))


def union(*types: Type) -> Type:
    """The union of types, flat; a single one stays itself."""
    flat = list[Type]()
    for each in types:
        flat += each.options if isinstance(each, UnionType) else [each]
    if ANY in flat:
        return ANY
    unique = [each for at, each in enumerate(flat) if each not in flat[:at]]
    return unique[0] if len(unique) == 1 else UnionType(tuple(unique))


def without_null(type_: Type) -> Type:
    """The same, but not null."""
    if not isinstance(type_, UnionType):
        return type_
    return union(*(each for each in type_.options if not isinstance(each, NullType)))


def show(type_: Type) -> str:
    """A type as a message says it."""
    if isinstance(type_, UnionType):
        return " | ".join(sorted({show(each) for each in type_.options}))
    if isinstance(type_, StringType):
        return "string" if type_.value is None else repr(type_.value)
    if isinstance(type_, IntType):
        return "int" if type_.value is None else str(type_.value)
    names = {NullType: "null", BoolType: "bool", ArrayType: "array"}
    if isinstance(type_, ObjectType | ChoiceType):
        return "object"
    return names.get(type(type_), "any")


def fits_pattern(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern of the type data; unknown dialects match all."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


# -- resources -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource in one API version.

    Attributes:
        name: As Azure spells it, without the version.
        version: The API version.
        body: What it consists of.
        scopes: Bits of the scopes at which it may be deployed; 0 when the data does not say.
        functions: Names of its functions (`listKeys`).
    """

    name: str
    version: str
    body: Type
    scopes: int
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class TypeData:
    """All types of resources that the data knows, by lower-case `type@version`."""

    types: Mapping[str, ResourceType]

    def get(self, reference: str) -> ResourceType | None:
        """The type `Provider/type@version`, in any case, or None."""
        return self.types.get(reference.lower())

    def versions(self, name: str) -> list[str]:
        """The known API versions of a type, oldest first."""
        return sorted(
            each.version for each in self.types.values() if each.name.lower() == name.lower()
        )
