"""Whatever the watchdog can be told, the templates can tell it, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shared.settings.table import SETTINGS
from shared.settings.types import Cloud, ConnectHealth, PageAccess
from tests.support.components import ROOT

if TYPE_CHECKING:
    from pathlib import Path

INFRA = ROOT / "infra"
APP_SETTINGS = (INFRA / "modules" / "app-settings.bicep").read_text("utf-8")
TYPES = (INFRA / "modules" / "types.bicep").read_text("utf-8")
AZD = (INFRA / "azd.bicepparam").read_text("utf-8")

KNOWN = {each.name for each in SETTINGS if each.name.startswith("WATCHDOG_")}
SIMULATOR_ONLY = {"WATCHDOG_GRAPH_URL", "WATCHDOG_ARM_URL"}
TOLD = dict(re.findall(r"(WATCHDOG_\w+): settings\.\?(\w+) \?\? ''", APP_SETTINGS))
SET = set(re.findall(r"(WATCHDOG_\w+):", APP_SETTINGS)) - set(TOLD)


def test_every_setting_can_be_set_by_the_template() -> None:
    """Only the two addresses of the simulator have no place in Azure."""
    assert set(TOLD) | SET == KNOWN - SIMULATOR_ONLY


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_parameter_has_the_name_of_its_setting(name: str) -> None:
    """WATCHDOG_ON_CALL is onCall: nobody has to look it up, and no two are mixed up."""
    first, *others = name.removeprefix("WATCHDOG_").lower().split("_")
    camel = first + "".join(each.capitalize() for each in others)

    assert TOLD[name] == camel
    assert re.search(rf"^  {camel}: ", TYPES, re.MULTILINE)


def test_the_type_has_no_property_that_reaches_no_setting() -> None:
    """A property that is read nowhere would be obeyed by nobody."""
    declared = re.findall(r"(?m)^  (\w+): .*\?$", TYPES)

    assert sorted(declared) == sorted(TOLD.values())


def test_azd_passes_every_setting_under_its_own_name() -> None:
    """`azd env set WATCHDOG_ON_CALL …` does what it says."""
    passed = dict(re.findall(r"(?m)^  (\w+): readEnvironmentVariable\('(\w+)', ''\)$", AZD))

    assert {variable: name for name, variable in passed.items()} == TOLD


@pytest.mark.parametrize(
    ("name", "values"), [("pageAccess", PageAccess), ("connectHealth", ConnectHealth)]
)
def test_a_choice_offers_what_the_watchdog_takes(
    name: str, values: type[PageAccess | ConnectHealth]
) -> None:
    """The template refuses at once what the app would refuse after the deployment."""
    line = re.search(rf"(?m)^  {name}: (.*)$", TYPES)

    assert line
    assert set(re.findall(r"'(\w*)'", line[1])) == {"", *(str(each.value) for each in values)}


def test_the_clouds_are_those_of_the_watchdog() -> None:
    """No cloud is missing, and none is offered that would not start."""
    main = (INFRA / "main.bicep").read_text("utf-8")
    block = re.search(r"@allowed\(\[([^\]]*)\]\)\nparam cloud string", main)

    assert block
    assert re.findall(r"'(\w+)'", block[1]) == [each.value for each in Cloud]


@pytest.mark.parametrize("path", sorted(INFRA.glob("*.bicepparam")), ids=lambda path: path.name)
def test_no_parameter_file_holds_a_secret(path: Path) -> None:
    """The pager's address is the one secret parameter: the environment of who deploys has it."""
    from_outside = "param alertWebhookUrl = readEnvironmentVariable('ALERT_WEBHOOK_URL', '')\n"
    text = path.read_text("utf-8").replace(from_outside, "")

    assert not re.search(r"(?i)webhookurl|[?&]sig=|accountkey|sharedaccess", text)
