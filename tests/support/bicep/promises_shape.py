"""What templates promise about themselves: parameters, outputs, API versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.support.bicep import syntax as s
from tests.support.bicep.data import TYPE_DATA
from tests.support.bicep.declared import of_parameter
from tests.support.bicep.kinds import ArrayType, IntType, StringType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bicep.template import Template

OUTPUTS: Final = {
    "functionAppName": "string",
    "functionAppUrl": "string",
    "identityName": "string",
    "identityClientId": "string",
    "identityPrincipalId": "string",
    "keyVaultName": "string",
    "stateTableEndpoint": "string",
    "resourceGroupName": "string",
    "workspaceName": "string",
    "signInRedirectUri": "string",
    "signInReady": "bool",
}
"""What the next steps (scripts, pipelines, doctor, documents) take from a deployment."""

SETTLED: Final = "2025-08-20"
"""A year before the list of versions was made: younger ones are not yet in every Azure cloud."""

KEPT_VERSIONS: Final = {
    ("Microsoft.Storage/storageAccounts", "2025-06-01"): "its types are what is checked here; "
    "2025-08-01 brings nothing that is used",
    ("Microsoft.OperationalInsights/workspaces", "2025-02-01"): "as above, with 2025-07-01",
    ("Microsoft.Resources/resourceGroups", "2024-03-01"): "a resource group has not changed since",
    ("Microsoft.Network/virtualNetworks", "2024-05-01"): "all that is used has been there since; "
    "the network is optional, and sovereign clouds are slow with it",
    ("Microsoft.Network/privateEndpoints", "2024-05-01"): "as above",
}
"""Versions that are not the newest settled one, with the reason."""


def stable_versions() -> dict[str, list[str]]:
    """The stable API versions of top-level types, oldest first; see SOURCES.md."""
    text = (TYPE_DATA / "stable-versions.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)
    return found


def top_level(type_: str) -> str:
    """`Provider/type` of a type, however deep."""
    return "/".join(type_.split("/")[:2])


def versions_are_settled(main: Template) -> Iterator[str]:
    """The newest stable version that is a year old, or another one with a reason."""
    known = stable_versions()
    for template in main.tree():
        for each in template.resources:
            name = top_level(each.type)
            if name.startswith("Microsoft.Graph/"):
                if each.version != "v1.0":
                    yield f"{each.where}: {each.version} of Graph"
                continue
            if name not in known:
                yield f"{each.where}: {name} is not in stable-versions.json"
                continue
            newest = max((v for v in known[name] if v <= SETTLED), default="")
            if each.version != newest and (name, each.version) not in KEPT_VERSIONS:
                yield f"{each.where}: {each.version}, the newest settled one is {newest}"


def every_parameter_is_described(main: Template) -> Iterator[str]:
    """Everything that a template takes or gives says what it is."""
    for template in main.tree():
        for each in (*template.params.values(), *template.unit.outputs.values()):
            note = each.decorator("description")
            text = note.arguments[0] if note and note.arguments else None
            if not isinstance(text, s.String) or len(template.unit.source(text)) < len("'Name.'"):
                yield f"{template.path.name}: {each.name} has no description"


def people_cannot_mistype(main: Template) -> Iterator[str]:
    """What somebody types in is bounded, wherever the type allows it.

    The rule, for the parameters of a template that is deployed by itself: a string has @allowed, a
    length or @secure; a number has @allowed or both bounds; an array has a length or @allowed. For
    bool, object and types of our own there is nothing to bound.
    """
    for name, each in main.params.items():
        decorators = {decorator.name for decorator in each.decorators}
        type_ = of_parameter(main.unit, each)
        fits: object = True
        if isinstance(type_, StringType):
            fits = decorators & {"allowed", "minLength", "maxLength", "secure"}
        elif isinstance(type_, IntType):
            fits = decorators & {"allowed"} or {"minValue", "maxValue"} <= decorators
        elif isinstance(type_, ArrayType):
            fits = decorators & {"allowed", "minLength", "maxLength"}
        if not fits:
            yield f"{main.path.name}: param {name} has no bound"


def the_outputs_are_the_agreed_ones(main: Template) -> Iterator[str]:
    """Names and types of the outputs are what the next steps ask for."""
    found = {
        name: each.type.name if isinstance(each.type, s.TypeName) else "?"
        for name, each in main.unit.outputs.items()
    }
    for name in sorted(OUTPUTS.keys() | found.keys()):
        if OUTPUTS.get(name) != found.get(name):
            wanted = OUTPUTS.get(name, "none")
            yield f"{main.path.name}: output {name} is {found.get(name, 'missing')}, not {wanted}"
