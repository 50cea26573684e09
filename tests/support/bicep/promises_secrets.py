"""What a deployment promises about secrets: they never leave the vault through a template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.bicep import syntax as s
from tests.support.bicep.app_settings import app_settings
from tests.support.bicep.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bicep.template import Template

_TELLS: Final = re.compile(
    r"connectionstring|instrumentationkey|sharedkey|accountkey|primarykey|secondarykey|password$",
    re.IGNORECASE,
)
_MAKES: Final = re.compile(r"list\w*|getSecret|reference", re.ASCII)
_NO_SECRET: Final = frozenset({"APPLICATIONINSIGHTS_CONNECTION_STRING"})
"""App settings that read such a property: in the public cloud it writes nothing without a token."""
_ENCODED: Final = re.compile(
    r"hooks\.slack\.com|webhook\.office\.com|[?&]sig=|AccountKey=|SharedAccessSignature"
    r"|-----BEGIN|eyJ[A-Za-z0-9_-]{20,}"
)


def secrets_in(template: Template, node: s.Node, seen: frozenset[str] = frozenset()) -> set[str]:
    """What in an expression is secret: secure parameters, keys that are listed, telling properties.

    Variables, parameters and outputs of modules are followed.
    """
    found = set[str]()
    for each in walk(node):
        if isinstance(each, s.Call) and _MAKES.fullmatch(each.name):
            found.add(f"{each.name}()")
        elif isinstance(each, s.Member) and _TELLS.search(each.name):
            found.add(f".{each.name}")
        if isinstance(each, s.Name) and each.name not in seen:
            found |= _behind(template, each, seen | {each.name})
        elif isinstance(each, s.Member):
            home, value = template.follow(each)
            if home is not template:
                found |= secrets_in(home, value)
    return found


def _behind(template: Template, name: s.Name, seen: frozenset[str]) -> set[str]:
    parameter = template.params.get(name.name)
    if parameter is not None and parameter.decorator("secure") is not None:
        return {f"@secure {name.name}"}
    variable = template.variables.get(name.name)
    if variable is not None:
        return secrets_in(template, variable.value, seen)
    given = template.caller.param(name.name) if template.caller and parameter else None
    if given is not None and template.caller is not None:
        return secrets_in(template.caller.template, given)
    return set()


def no_output_has_a_secret(main: Template) -> Iterator[str]:
    """Whoever may read the deployments of a group may read its outputs."""
    for template in main.tree():
        for name, output in template.unit.outputs.items():
            for what in sorted(secrets_in(template, output.value)):
                yield f"{template.path.name}: output {name} has {what}"


def secrets_go_into_secure_parameters_only(main: Template) -> Iterator[str]:
    """A plain parameter of a module is kept, readable, in the history of deployments."""
    for template in main.tree():
        for module in template.modules:
            params = module.node("params")
            for item in params.items if isinstance(params, s.Object) else ():
                name = item.name if isinstance(item, s.Property) else None
                target = module.target.params.get(name or "")
                if not isinstance(item, s.Property) or target is None:
                    continue
                found = secrets_in(template, item.value)
                if found and target.decorator("secure") is None:
                    yield f"{module.symbol}: {name} gets {', '.join(sorted(found))}, not @secure"


def no_app_setting_has_a_secret(main: Template) -> Iterator[str]:
    """Everybody who may look at the app may look at its settings."""
    for each in app_settings(main):
        found = secrets_in(each.template, each.node)
        if found and each.name not in _NO_SECRET:
            yield f"app setting {each.name} has {', '.join(sorted(found))}"


def no_key_is_listed(main: Template) -> Iterator[str]:
    """Nothing lists keys or reads secrets, and no template makes a secret."""
    for template in main.tree():
        for declaration in template.unit.file.declarations:
            for each in walk(declaration):
                if isinstance(each, s.Call) and _MAKES.fullmatch(each.name):
                    line = template.unit.line(each.at)
                    yield f"{template.path.name}:{line}: {each.name}()"
    for resource in main.everything("Microsoft.KeyVault/vaults/secrets"):
        yield f"{resource.where}: a secret in a template"


def secure_parameters_have_no_value(main: Template) -> Iterator[str]:
    """A default of a secure parameter is a secret in a file; the empty one means `none`."""
    for template in main.tree():
        for name, parameter in template.params.items():
            default = parameter.default
            empty = isinstance(default, s.String) and default.literal == ""
            if parameter.decorator("secure") and default is not None and not empty:
                yield f"{template.path.name}: @secure {name} has a default"


def no_text_looks_like_a_secret(main: Template) -> Iterator[str]:
    """No string of any template is a webhook, a signature, a key or a token."""
    for template in main.tree():
        for declaration in template.unit.file.declarations:
            for each in walk(declaration):
                text = template.unit.source(each) if isinstance(each, s.String) else ""
                if _ENCODED.search(text):
                    line = template.unit.line(each.at)
                    yield f"{template.path.name}:{line}: looks like a secret"
