"""The templates that watch the watchdog, computed with made-up parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tests.support.bicep.values import Deployment
from tests.support.components import ROOT
from tests.support.kusto import INSIGHTS

MODULES: Final = ROOT / "infra" / "modules"
WORKSPACE: Final = INSIGHTS.replace(
    "Insights/components/appi", "OperationalInsights/workspaces/log"
)
ACTION_GROUP: Final = INSIGHTS.replace("components/appi", "actionGroups/ag")
APP: Final = INSIGHTS.replace("Microsoft.Insights/components/appi", "Microsoft.Web/sites/func")
HEALTH: Final = "https://func-watchdog.azurewebsites.net/api/health"

_COMMON: Final = {"name": "watchdog", "location": "westeurope", "tags": {"team": "identity"}}
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """A log search alert rule, as Azure gets it.

    Attributes:
        query: The query, with its parameters filled in.
        every: How often it is evaluated.
        window: How far back each evaluation looks, by `TimeGenerated`.
        dimensions: The columns that make an alert of its own.
        stateful: Whether it rings once and then waits until it was resolved.
        properties: All of them.
    """

    query: str
    every: timedelta
    window: timedelta
    dimensions: tuple[str, ...]
    stateful: bool
    properties: Mapping[str, Any]


def alert_resources(silence: str = "PT20M") -> dict[str, Any]:
    """The resources of `alerts.bicep` by symbol."""
    given = {
        **_COMMON,
        "workspaceId": WORKSPACE,
        "insightsId": INSIGHTS,
        "appId": APP,
        "actionGroupId": ACTION_GROUP,
        "heartbeatSilence": silence,
    }
    return Deployment.at(MODULES / "alerts.bicep", given).resources()


def rules(silence: str = "PT20M") -> dict[str, Rule]:
    """The log search alert rules by symbol."""
    return {
        symbol: _rule(body["properties"])
        for symbol, body in alert_resources(silence).items()
        if "scheduledQueryRules" in body["type"]
    }


def _rule(properties: Mapping[str, Any]) -> Rule:
    (condition,) = properties["criteria"]["allOf"]
    return Rule(
        query=condition["query"],
        every=duration(properties["evaluationFrequency"]),
        window=duration(properties["windowSize"]),
        dimensions=tuple(each["name"] for each in condition.get("dimensions", ())),
        stateful=properties["autoMitigate"],
        properties=properties,
    )


def availability(cloud: str = "AzureCloud") -> dict[str, Any]:
    """The resources of `availability.bicep` by symbol."""
    given = {
        **_COMMON,
        "insightsId": INSIGHTS,
        "healthUrl": HEALTH,
        "actionGroupId": ACTION_GROUP,
    }
    return Deployment.at(MODULES / "availability.bicep", given, cloud).resources()


def action_group(**given: object) -> dict[str, Any]:
    """The properties of the action group, with these parameters."""
    some = {"shortName": "ec-watchdog", "email": ["oncall@contoso.com"], **_COMMON}
    path = MODULES / "action-group.bicep"
    group: dict[str, Any] = Deployment.at(path, {**some, **given}).resources()["group"]
    return group


def workbook() -> dict[str, Any]:
    """The workbook resource."""
    given = {
        **_COMMON,
        "workspaceId": WORKSPACE,
        "insightsId": INSIGHTS,
        "displayName": "Entra Connect Watchdog (contoso)",
    }
    book: dict[str, Any] = Deployment.at(MODULES / "workbook.bicep", given).resources()["workbook"]
    return book


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours and minutes.

    Raises:
        ValueError: It is not one.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is not a duration")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)
