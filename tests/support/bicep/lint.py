"""The rules of the compiler's linter that are on by default, and can be told from the text.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/linter
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.declared import of_parameter
from tests.support.bicep.walk import body_of, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.bicep.infer import Inference
    from tests.support.bicep.workspace import Unit

_WORD: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SECRET: Final = re.compile(r"password|pwd|secret|accountkey|acctkey", re.IGNORECASE)
_NO_SECRET: Final = re.compile(r"secret(permissions|version|ur[il]|name)", re.IGNORECASE)
_HOSTS: Final = (
    "azuredatalakeanalytics.net",
    "azuredatalakestore.net",
    "batch.core.windows.net",
    "core.windows.net",
    "database.windows.net",
    "datalake.azure.net",
    "gallery.azure.com",
    "graph.windows.net",
    "login.microsoftonline.com",
    "management.azure.com",
    "management.core.windows.net",
    "vault.azure.net",
)
Found = tuple[s.Node, str]


def lint(unit: Unit, inference: Inference) -> None:
    """Note what the linter would warn of."""
    for declaration in unit.file.declarations:
        for rule in _ON_DECLARATIONS:
            for node, message in rule(unit, declaration):
                unit.bad(node, message)
        for node in walk(declaration):
            for check in _ON_NODES:
                for where, message in check(unit, node, inference):
                    unit.bad(where, message)


# -- whole declarations ---------------------------------------------------------------------------


def _parameter(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    if not isinstance(node, s.Parameter):
        return
    secure = node.decorator("secure") is not None
    type_ = of_parameter(unit, node)
    may_hold = isinstance(type_, t.StringType | t.ObjectType)
    if may_hold and not secure and _SECRET.search(node.name) and not _NO_SECRET.search(node.name):
        yield node, f"secure-secrets-in-params: '{node.name}' sounds secret and is not @secure"
    default = node.default
    empty = isinstance(default, s.String) and default.literal == ""
    fresh = isinstance(default, s.Call) and default.name == "newGuid"
    nothing = isinstance(default, s.Object) and not default.items
    if secure and default is not None and not (empty or fresh or nothing):
        yield node, f"secure-parameter-default: @secure '{node.name}' has a default"


def _location_expression(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    if isinstance(node, s.Parameter):
        return
    for each in walk(node):
        if isinstance(each, s.Member) and each.name == "location" and _is_group(each.base):
            yield each, f"no-loc-expr-outside-params: {unit.source(each)}"


def _is_group(node: s.Node) -> bool:
    return isinstance(node, s.Call) and node.name in {"resourceGroup", "deployment"}


def _unnecessary(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    body = body_of(node.value) if isinstance(node, s.Resource | s.Module) else None
    waits = body.get("dependsOn") if body else None
    if body is None or not isinstance(waits, s.Array):
        return
    others = [each for each in body.items if not _is_named(each, "dependsOn")]
    read = {each.name for other in others for each in _reads(unit, other, frozenset())}
    for each in waits.items:
        if isinstance(each, s.Name) and each.name in read:
            yield each, f"no-unnecessary-dependson: '{each.name}' is read anyway"


def _is_named(node: s.Node, name: str) -> bool:
    return isinstance(node, s.Property) and node.name == name


def _reads(unit: Unit, node: s.Node, seen: frozenset[str]) -> Iterator[s.Name]:
    for each in walk(node):
        if not isinstance(each, s.Name) or each.name in seen:
            continue
        yield each
        symbol = unit.symbols.get(each.name)
        if isinstance(symbol, s.Variable):
            yield from _reads(unit, symbol.value, seen | {each.name})


def _location_of_module(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    child = unit.module(node.reference) if isinstance(node, s.Module) else None
    body = body_of(node.value) if isinstance(node, s.Module) else None
    params = body.get("params") if body else None
    for name, parameter in child.parameters.items() if child else ():
        default = parameter.default
        takes = isinstance(default, s.Member) and _is_group(default.base)
        if takes and not (isinstance(params, s.Object) and params.get(name)):
            yield node, f"explicit-values-for-loc-params: give '{name}' to '{node.name}'"


def _hardcoded_location(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    body = body_of(node.value) if isinstance(node, s.Resource) else None
    value = body.get("location") if body else None
    symbol = unit.symbols.get(value.name) if isinstance(value, s.Name) else None
    found = symbol.value if isinstance(symbol, s.Variable) else value
    text = found.literal if isinstance(found, s.String) else None
    if text is not None and text.lower() != "global":
        yield found or node, f"no-hardcoded-location: '{text}'"


def _unstable_name(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    body = body_of(node.value) if isinstance(node, s.Resource) else None
    value = body.get("name") if body else None
    for each in _reads(unit, value, frozenset()) if value else ():
        symbol = unit.symbols.get(each.name)
        default = symbol.default if isinstance(symbol, s.Parameter) else None
        calls = [x.name for x in walk(default) if isinstance(x, s.Call)] if default else []
        if {"newGuid", "utcNow"} & set(calls):
            yield each, f"use-stable-resource-identifiers: '{each.name}' changes each time"


def _parent_in_name(unit: Unit, node: s.Declaration) -> Iterator[Found]:
    body = body_of(node.value) if isinstance(node, s.Resource) else None
    value = body.get("name") if body else None
    first = value.parts[0] if isinstance(value, s.String) and value.parts else None
    base = first.base if isinstance(first, s.Member) and first.name == "name" else None
    owner = unit.symbols.get(base.name) if isinstance(base, s.Name) else None
    deep = isinstance(node, s.Resource) and node.reference.count("/") > 1
    if deep and isinstance(owner, s.Resource) and "/" in unit.source(value or node):
        yield node, f"use-parent-property: 'parent: {owner.name}' in place of its name"


# -- nodes anywhere -------------------------------------------------------------------------------


def _strings(unit: Unit, node: s.Node, inference: Inference) -> Iterator[Found]:
    if not isinstance(node, s.String):
        return
    is_key = unit.text[node.end : node.end + 1] == ":"
    if len(node.parts) == 1 and isinstance(node.parts[0], s.Node) and not is_key:
        inner = node.parts[0]
        if isinstance(inference.type(inner), t.StringType):
            yield node, f"simplify-interpolation: {unit.source(node)}"
    for part in node.parts:
        host = next((each for each in _HOSTS if isinstance(part, str) and each in part), None)
        if host and "schema.management.azure.com" not in str(part):
            yield node, f"no-hardcoded-env-urls: {host} (use environment())"


def _calls(unit: Unit, node: s.Node, inference: Inference) -> Iterator[Found]:
    if not isinstance(node, s.Call):
        return
    first = node.arguments[0] if node.arguments else None
    if node.name == "concat" and node.base is None and _has_string(node, inference):
        yield node, f"prefer-interpolation: {unit.source(node)}"
    if node.name == "json" and isinstance(first, s.String) and first.literal == "null":
        yield node, "simplify-json-null: json('null')"
    listing = node.base is None and (node.name.startswith("list") or node.name == "reference")
    base = first.base if isinstance(first, s.Member) and first.name == "id" else None
    if listing and isinstance(base, s.Name) and base.name in unit.symbols:
        yield node, f"use-resource-symbol-reference: {base.name}.{node.name}()"


def _has_string(node: s.Call, inference: Inference) -> bool:
    return any(isinstance(inference.type(each), t.StringType) for each in node.arguments)


def _keys(unit: Unit, node: s.Node, inference: Inference) -> Iterator[Found]:
    del inference
    if isinstance(node, s.Property) and isinstance(node.key, s.String):
        text = node.key.literal
    elif isinstance(node, s.Index) and isinstance(node.index, s.String):
        text = node.index.literal
    else:
        return
    if text is not None and _WORD.fullmatch(text):
        yield node, f"prefer-unquoted-property-names: '{text}' in {unit.source(node)[:40]!r}"


def _safe_access(unit: Unit, node: s.Node, inference: Inference) -> Iterator[Found]:
    del inference
    if not isinstance(node, s.Ternary) or not isinstance(node.condition, s.Call):
        return
    asked, taken = node.condition, node.yes
    two = asked.name == "contains" and isinstance(taken, s.Member | s.Index)
    if two and isinstance(taken, s.Member | s.Index):
        key = asked.arguments[-1]
        same_base = unit.source(asked.arguments[0]) == unit.source(taken.base)
        own = key.literal if isinstance(key, s.String) else None
        same_key = (
            own == taken.name
            if isinstance(taken, s.Member)
            else unit.source(key) == unit.source(taken.index)
        )
        if same_base and same_key:
            yield node, f"use-safe-access: {unit.source(taken.base)}.?... ?? ..."


_ON_DECLARATIONS: Final[list[Callable[[Unit, s.Declaration], Iterator[Found]]]] = [
    _parameter,
    _location_expression,
    _unnecessary,
    _location_of_module,
    _hardcoded_location,
    _unstable_name,
    _parent_in_name,
]
_ON_NODES: Final[list[Callable[[Unit, s.Node, Inference], Iterator[Found]]]] = [
    _strings,
    _calls,
    _keys,
    _safe_access,
]
