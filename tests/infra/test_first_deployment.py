"""What Azure, or its compiler, would refuse at the first deployment, or do in silence."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bicep import syntax as s
from tests.support.bicep.parse import parse
from tests.support.bicep.template import Template
from tests.support.bicep.values import Deployment, DeploymentFailedError
from tests.support.bicep.walk import body_of, walk
from tests.support.components import ROOT
from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

INFRA = ROOT / "infra"
PARAMETER_FILES = sorted(INFRA.glob("*.bicepparam"))

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
NAMES = {
    ("identity", "name"): re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"),
    ("storage", "hostName"): re.compile(r"[a-z0-9]{3,24}"),
    ("storage", "stateName"): re.compile(r"[a-z0-9]{3,24}"),
    ("vault", "name"): re.compile(r"(?!.*--)(?=.{3,24}$)[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])"),
    ("monitoring", "workspaceName"): re.compile(rf"(?=.{{4,63}}$){_WORD}"),
    ("monitoring", "insightsName"): re.compile(rf"(?=.{{1,260}}$){_WORD}"),
    ("network", "name"): re.compile(r"(?=.{2,64}$)[A-Za-z0-9][A-Za-z0-9_.-]*[A-Za-z0-9_]"),
    ("app", "name"): re.compile(rf"(?=.{{2,60}}$){_WORD}"),
    ("app", "planName"): re.compile(rf"(?=.{{1,60}}$){_WORD}"),
}
"""What Azure takes as a name, by module of main.bicep and its parameter."""


def named(name: str) -> dict[tuple[str, str], str]:
    """The names of the resources of a watchdog that is called `name`."""
    path = INFRA / "main.bicep"
    main = Deployment.at(path, {"name": name})
    found = {}
    for each in parse(path.read_text("utf-8")).declarations:
        body = body_of(each.value) if isinstance(each, s.Module) else None
        params = body.get("params") if isinstance(body, s.Object) else None
        for key in NAMES:
            node = params.get(key[1]) if isinstance(params, s.Object) else None
            if key[0] == each.name and node is not None:
                found[key] = main.value(node)
    return found


# -- names ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.text(string.ascii_letters + string.digits + "-", min_size=3, max_size=12).filter(
        lambda name: name.strip("-") != ""
    )
)
def test_whatever_the_watchdog_is_called_azure_takes_the_names_of_its_resources(name: str) -> None:
    """Hyphens at the ends, capitals, digits in front: no vault or storage account minds."""
    found = named(name)

    assert set(found) == set(NAMES)
    assert {key: each for key, each in found.items() if not NAMES[key].fullmatch(each)} == {}


@pytest.mark.parametrize("name", ["---", "my_dog", "dog.1", "hünd", "a b c"])
def test_a_name_that_azure_would_refuse_is_refused_with_the_reason(name: str) -> None:
    """At once and in words, not by one of nine resources after half of them are made."""
    with pytest.raises(DeploymentFailedError, match="letters, digits and hyphens"):
        named(name)


def test_addresses_are_in_lower_case() -> None:
    """A browser says the host so, and Entra compares a return address to the letter."""
    (app,) = [each for each in Template.load(INFRA / "main.bicep").modules if each.symbol == "app"]
    host = app.target.unit.outputs["hostName"].value

    assert isinstance(host, s.Call)
    assert host.name == "toLower"


# -- parameter files ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PARAMETER_FILES, ids=lambda path: path.name)
def test_no_list_that_may_be_empty_is_indexed(path: Path) -> None:
    """The compiler knows what a variable holds: the second part of `''` is an error (BCP311).

    any() hides the value from it. Without it, `azd up` without telephone numbers did not compile.
    """
    indexed = [
        each.base.arguments[0]
        for declared in parse(path.read_text("utf-8"), parameter_file=True).declarations
        if isinstance(declared, s.Parameter) and declared.default is not None
        for each in walk(declared.default)
        if isinstance(each, s.Index) and isinstance(each.base, s.Call) and each.base.name == "split"
    ]

    assert all(isinstance(each, s.Call) and each.name == "any" for each in indexed)
    assert bool(indexed) == (path.name == "azd.bicepparam")


def test_the_example_for_production_keeps_no_instances_for_their_zone() -> None:
    """They would be billed all month; the state has its zones, which cost cents."""
    # https://learn.microsoft.com/azure/reliability/reliability-functions
    text = (INFRA / "main.prod.bicepparam").read_text("utf-8")

    assert "\nparam zoneRedundantStorage = true\n" in text
    assert "\nparam zoneRedundant =" not in text


@pytest.mark.parametrize("file", ["main.prod.bicepparam", "azd.bicepparam"])
def test_a_pager_stays_where_the_environment_names_it(file: str) -> None:
    """Every deployment says the whole group: one that cannot name the pager takes it out."""
    text = (INFRA / file).read_text("utf-8")

    assert "\nparam alertWebhookUrl = readEnvironmentVariable('ALERT_WEBHOOK_URL', '')\n" in text


# -- sign-in --------------------------------------------------------------------------------------


async def test_no_page_lies_below_a_path_that_asks_for_no_sign_in(tmp_path: Path) -> None:
    """Whether App Service reads an excluded path as a beginning is nowhere said for sure."""
    given_ = {"appName": "func", "clientId": "", "issuer": "https://issuer"}
    template = Deployment.at(INFRA / "modules" / "authentication.bicep", given_)
    validation = template.resources()["authentication"]["properties"]["globalValidation"]
    open_paths = validation["excludedPaths"]
    async with watchdog_app(tmp_path) as app:
        routes = {
            f"/api/{binding['route']}"
            for function in app.host.functions.values()
            for binding in function.bindings
            if "route" in binding
        }

    assert set(open_paths) <= routes
    below = {each for each in routes for path in open_paths if each.startswith(path)}
    assert below == set(open_paths)
