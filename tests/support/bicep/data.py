"""Types of Azure's resources, from `tests/data/bicep-types` (see SOURCES.md there)."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.declared import declared_type
from tests.support.bicep.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TYPE_DATA: Final = Path(__file__).resolve().parents[2] / "data" / "bicep-types"


class _Table:
    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = entries
        self.made = dict[int, t.Type]()

    def at(self, reference: dict[str, str]) -> t.Type:
        index = int(reference["$ref"].rpartition("/")[2])
        if index not in self.made:
            self.made[index] = self._make(self.entries[index])
        return self.made[index]

    def _fields(self, properties: dict[str, Any]) -> dict[str, t.Field]:
        return {
            name: t.Field(partial(self.at, each["type"]), each["flags"])
            for name, each in properties.items()
        }

    def _make(self, entry: dict[str, Any]) -> t.Type:
        makers: dict[str, Callable[[dict[str, Any]], t.Type]] = {
            "StringType": self._string,
            "StringLiteralType": lambda one: t.StringType(one["value"]),
            "IntegerType": lambda one: t.IntType(None, one.get("minValue"), one.get("maxValue")),
            "BooleanType": lambda _: t.BOOL,
            "NullType": lambda _: t.NULL,
            "AnyType": lambda _: t.ANY,
            "UnionType": lambda one: t.union(*map(self.at, one["elements"])),
            "ArrayType": self._array,
            "ObjectType": self._object,
            "DiscriminatedObjectType": self._choice,
        }
        return makers[entry["$type"]](entry)

    def _string(self, entry: dict[str, Any]) -> t.Type:
        minimum, maximum = entry.get("minLength"), entry.get("maxLength")
        secure = bool(entry.get("sensitive"))
        return t.StringType(None, minimum, maximum, entry.get("pattern"), secure)

    def _array(self, entry: dict[str, Any]) -> t.Type:
        item = t.Field(lambda: self.at(entry["itemType"]))
        return t.ArrayType(item, entry.get("minLength"), entry.get("maxLength"))

    def _object(self, entry: dict[str, Any]) -> t.Type:
        other = entry.get("additionalProperties")
        rest = t.Field(lambda: self.at(other)) if other else None
        return t.ObjectType(entry["name"], self._fields(entry["properties"]), rest)

    def _choice(self, entry: dict[str, Any]) -> t.Type:
        shapes = {name: t.Field(partial(self.at, ref)) for name, ref in entry["elements"].items()}
        base = self._fields(entry["baseProperties"])
        return t.ChoiceType(entry["name"], entry["discriminator"], base, shapes)


@cache
def type_data(folder: Path = TYPE_DATA) -> t.TypeData:
    """Read the type data of a folder: the compiler's own in JSON, and types written by hand.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is not JSON.
    """
    found = dict[str, t.ResourceType]()
    for path in sorted(folder.glob("*.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(entries, list):
            found |= _compiled(entries)
    for path in sorted(folder.glob("*.bicep")):
        found |= {f"{each.name}@{each.version}".lower(): each for each in _handmade(path)}
    return t.TypeData(found)


def _compiled(entries: list[dict[str, Any]]) -> dict[str, t.ResourceType]:
    found, functions = dict[str, t.ResourceType](), dict[str, set[str]]()
    for each in entries:
        if each["$type"] == "ResourceFunctionType":
            key = f"{each['resourceType']}@{each['apiVersion']}".lower()
            functions.setdefault(key, set()).add(each["name"])
    table = _Table(entries)
    for each in entries:
        if each["$type"] == "ResourceType":
            key = each["name"].lower()
            name, _, version = each["name"].partition("@")
            own = frozenset(functions.get(key, ()))
            scopes = each.get("writableScopes", 0)
            found[key] = t.ResourceType(name, version, table.at(each["body"]), scopes, own)
    return found


def _handmade(path: Path) -> Iterator[t.ResourceType]:
    unit = Workspace(t.TypeData({})).open(path)
    for each in unit.declared(s.TypeDeclaration):
        note = each.decorator("metadata")
        facts = note.arguments[0] if note else None
        if not isinstance(each, s.TypeDeclaration) or not isinstance(facts, s.Object):
            continue
        reference, scopes = facts.get("resource"), facts.get("scopes")
        if isinstance(reference, s.String) and isinstance(scopes, s.Integer):
            name, _, version = (reference.literal or "").partition("@")
            body = declared_type(unit, each.type, ())
            yield t.ResourceType(name, version, body, scopes.value, frozenset())
