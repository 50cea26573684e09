"""The alert rules, the availability test and the action group, as Azure gets them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from shared.wiring import Application
from tests.support.components import ROOT
from tests.support.kusto import INSIGHTS, analysed
from tests.support.monitoring import (
    ACTION_GROUP,
    APP,
    HEALTH,
    MODULES,
    WORKSPACE,
    action_group,
    alert_resources,
    availability,
    rules,
)

SEVERITIES = {"silent": 0, "escalated": 1, "undelivered": 1, "disabled": 1}
WINDOWS = {5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880}
"""Minutes. Source: learn.microsoft.com, REST reference of scheduledQueryRules, windowSize."""


def every_description() -> dict[str, str]:
    """The text of each rule that a person gets."""
    found = {name: body["properties"]["description"] for name, body in alert_resources().items()}
    return found | {"unhealthy": availability()["unhealthy"]["properties"]["description"]}


# -- log search rules -----------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", SEVERITIES)
def test_a_rule_asks_the_workspace_and_tells_the_action_group(symbol: str) -> None:
    """On, with the right severity, and with somebody to tell."""
    body = alert_resources()[symbol]
    properties = body["properties"]

    assert properties["enabled"] is True
    assert properties["severity"] == SEVERITIES[symbol]
    assert properties["scopes"] == [WORKSPACE]
    assert properties["actions"]["actionGroups"] == [ACTION_GROUP]
    assert properties["actions"]["customProperties"] == {
        "functionApp": APP,
        "applicationInsights": INSIGHTS,
    }
    assert (body["kind"], body["location"]) == ("LogAlert", "westeurope")


def test_there_are_no_other_rules() -> None:
    """Whoever adds one adds it to these tests, too."""
    assert set(rules()) == set(SEVERITIES)
    assert set(alert_resources()) == set(SEVERITIES)


@pytest.mark.parametrize("symbol", SEVERITIES)
def test_a_rule_rings_for_one_row_and_then_waits_until_it_is_resolved(symbol: str) -> None:
    """Stateful, so that a window longer than the frequency does not ring again and again.

    muteActionsDuration excludes statefulness, and would mute the next incident.
    """
    rule = rules()[symbol]
    (condition,) = rule.properties["criteria"]["allOf"]

    assert rule.stateful is True
    assert "muteActionsDuration" not in rule.properties
    assert "overrideQueryTimeRange" not in rule.properties
    assert (condition["timeAggregation"], condition["operator"]) == ("Count", "GreaterThan")
    assert condition["threshold"] == 0
    assert condition["failingPeriods"] == {
        "numberOfEvaluationPeriods": 1,
        "minFailingPeriodsToAlert": 1,
    }


@pytest.mark.parametrize("symbol", SEVERITIES)
def test_a_rule_is_evaluated_every_five_minutes_over_a_window_that_azure_knows(symbol: str) -> None:
    """A window that is not on the list is refused by the deployment."""
    rule = rules()[symbol]

    assert rule.every.total_seconds() == 300
    assert rule.window.total_seconds() / 60 in WINDOWS


def test_the_first_deployment_does_not_fail_for_want_of_a_table() -> None:
    """No trace was ever logged then, so a validated query would be refused."""
    assert all(rule.properties["skipQueryValidation"] is True for rule in rules().values())


def test_dimensions_are_text_columns_of_the_answer_with_all_their_values() -> None:
    """Azure takes text and numbers only; `*` includes values that do not exist yet."""
    found = analysed({symbol: rule.query for symbol, rule in rules().items()})

    for symbol, rule in rules().items():
        (condition,) = rule.properties["criteria"]["allOf"]
        assert set(rule.dimensions) <= {
            name for name, kind in found[symbol].columns if kind == "string"
        }
        for each in condition.get("dimensions", ()):
            assert (each["operator"], each["values"]) == ("Include", ["*"])


def test_an_escalation_names_its_incident_and_its_verdict() -> None:
    """Each incident is an alert of its own, and the mail's subject names both."""
    rule = rules()["escalated"]
    subject = rule.properties["actions"]["actionProperties"]["Email.Subject"]

    assert rule.dimensions == ("Incident", "Verdict")
    assert re.findall(r"dimensions\[(\d)\]\.value", subject) == ["0", "1"]
    assert subject.count("${data.") == 3


@pytest.mark.parametrize("symbol", [*SEVERITIES, "unhealthy"])
def test_a_description_says_what_happened_what_it_means_and_what_to_do(symbol: str) -> None:
    """In this order, with what "resolved" means and where more stands; within Azure's limits.

    Limits: 4,096 characters for log search alerts, 2,048 for others (Azure Monitor service limits).
    """
    text = every_description()[symbol]

    assert re.fullmatch(
        r"WHAT: .+ MEANS: .+ NEXT: .+ RESOLVED .+ More: docs/operate\.md, \"[^\"]+\"\.", text
    )
    assert len(text) <= 2048


@pytest.mark.parametrize("symbol", [*SEVERITIES, "unhealthy"])
def test_a_description_points_to_a_chapter_that_exists(symbol: str) -> None:
    """Who is called at night looks for the words that the alert used."""
    (chapter,) = re.findall(r'docs/operate\.md, "([^"]+)"', every_description()[symbol])

    assert f"### {chapter}\n" in (ROOT / "docs" / "operate.md").read_text()


def test_titles_fit_into_an_sms_and_say_what_happened() -> None:
    """160 characters hold the short name (12), the service's own words, and the title."""
    titles = [rule.properties["displayName"] for rule in rules().values()]

    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 60 for title in titles)
    assert all("Watchdog" in title or "Entra Connect" in title for title in titles)


def test_a_rules_name_is_one_that_azure_takes() -> None:
    """The characters of `scheduledQueryRules` names, and its length with the longest prefix."""
    names = [body["name"] for body in alert_resources().values()]

    assert all(re.fullmatch(r"[^#<>%&:\\?/{}*]{1,180}", name) for name in names)


def test_everything_of_one_rule_is_within_azures_limit() -> None:
    """All properties together: 64 KB."""
    assert all(len(json.dumps(body)) < 64_000 for body in alert_resources().values())


@pytest.mark.parametrize("text", [*every_description().values()])
def test_what_is_sent_out_holds_no_secret(text: str) -> None:
    """Mails and SMS leave the house: no key, no signature, no address with one in it."""
    assert not re.search(r"(?i)https?://|sig=|code=|key=|password=|AccountKey", text)


# -- from outside ---------------------------------------------------------------------------------


def test_the_health_page_is_asked_from_three_places_every_five_minutes() -> None:
    """A standard test, which is the kind that still exists (URL ping tests ended in 2026)."""
    test = availability()["test"]
    properties = test["properties"]

    assert (test["kind"], properties["Kind"]) == ("standard", "standard")
    assert (properties["Enabled"], properties["Frequency"]) == (True, 300)
    assert properties["RetryEnabled"] is True
    assert properties["Request"]["RequestUrl"] == HEALTH
    assert properties["Request"]["HttpVerb"] == "GET"
    assert properties["SyntheticMonitorId"] == test["name"]


@pytest.mark.parametrize("cloud", ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"])
def test_each_cloud_has_locations_of_its_own_and_one_may_fail(cloud: str) -> None:
    """One location's bad network must not ring; two that fail must."""
    resources = availability(cloud)
    locations = [each["Id"] for each in resources["test"]["properties"]["Locations"]]
    needed = resources["unhealthy"]["properties"]["criteria"]["failedLocationCount"]

    assert needed == 2
    assert len(set(locations)) == len(locations) > needed
    prefix = {"AzureUSGovernment": "usgov-", "AzureChinaCloud": "mc-"}.get(cloud, "")
    assert all(each.startswith(prefix) for each in locations)


def test_a_sign_in_page_does_not_pass_as_health() -> None:
    """It answers 200, too: redirects are failures, and the answer must be the health page's own."""
    properties = availability()["test"]["properties"]
    rules_ = properties["ValidationRules"]

    assert properties["Request"]["FollowRedirects"] is False
    assert (rules_["ExpectedHttpStatusCode"], rules_["IgnoreHttpStatusCode"]) == (200, False)
    assert rules_["SSLCheck"] is True
    assert rules_["ContentValidation"]["PassIfTextFound"] is True


async def test_the_health_page_says_what_the_test_looks_for() -> None:
    """Whatever it answers, the text is in it: only the status tells well from ill."""
    wanted = availability()["test"]["properties"]["ValidationRules"]["ContentValidation"]

    answer = await Application({}).health()

    assert wanted["ContentMatch"] in json.dumps(answer.body)
    assert answer.status != 200


def test_test_and_alert_are_linked_to_the_component() -> None:
    """Without the hidden links the portal shows neither, and the alert finds no result."""
    resources = availability()
    link = f"hidden-link:{INSIGHTS}"

    assert resources["test"]["tags"][link] == "Resource"
    assert resources["unhealthy"]["tags"][link] == "Resource"
    assert resources["unhealthy"]["tags"]["hidden-link:/id-of/test"] == "Resource"
    assert all(each["tags"]["team"] == "identity" for each in resources.values())


def test_the_availability_alert_has_every_property_that_its_type_requires() -> None:
    """By hand: its type is not among the type data.

    Source: learn.microsoft.com, Bicep reference of `Microsoft.Insights/metricAlerts@2018-03-01`.
    """
    alert = availability()["unhealthy"]
    properties: dict[str, Any] = alert["properties"]

    assert alert["type"] == "Microsoft.Insights/metricAlerts@2018-03-01"
    assert set(alert) == {"name", "location", "tags", "properties", "type"}
    assert alert["location"] == "global"
    assert set(properties) == {
        "description",
        "severity",
        "enabled",
        "scopes",
        "evaluationFrequency",
        "windowSize",
        "autoMitigate",
        "criteria",
        "actions",
    }
    assert (properties["severity"], properties["enabled"]) == (0, True)
    assert properties["scopes"] == ["/id-of/test", INSIGHTS]
    assert properties["criteria"] == {
        "odata.type": "Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria",
        "webTestId": "/id-of/test",
        "componentId": INSIGHTS,
        "failedLocationCount": 2,
    }
    assert properties["actions"] == [{"actionGroupId": ACTION_GROUP}]


# -- who is told ----------------------------------------------------------------------------------

PHONE = {"countryCode": "41", "phoneNumber": "790000000"}


def test_an_action_group_tells_every_way_that_was_asked_for() -> None:
    """Mail, SMS, voice, app push and a pager; each receiver with a name of its own."""
    properties = action_group(
        email=["a@contoso.com", "b@contoso.com"],
        sms=[PHONE, PHONE],
        voice=[PHONE],
        azureAppPush=["a@contoso.com"],
        webhookUrl="https://pager.contoso.com/in",
    )["properties"]
    receivers = [each for kind in properties.values() if isinstance(kind, list) for each in kind]

    assert len(receivers) == 7
    assert len({each["name"] for each in receivers}) == 7
    assert properties["emailReceivers"][1]["emailAddress"] == "b@contoso.com"
    assert properties["smsReceivers"][0].items() >= PHONE.items()
    assert properties["voiceReceivers"][0].items() >= PHONE.items()
    assert properties["webhookReceivers"][0]["serviceUri"] == "https://pager.contoso.com/in"
    assert properties["enabled"] is True


def test_mails_and_pager_get_the_common_alert_schema() -> None:
    """One shape for all rules; SMS, voice and push have no choice."""
    properties = action_group(webhookUrl="https://pager.contoso.com/in")["properties"]

    for each in (*properties["emailReceivers"], *properties["webhookReceivers"]):
        assert each["useCommonAlertSchema"] is True


def test_an_action_group_is_global_and_has_no_pager_unless_one_is_named() -> None:
    """A regional group hears no Service Health alert, and dies with its region."""
    group = action_group()

    assert group["location"] == "global"
    assert group["properties"]["webhookReceivers"] == []


def test_the_pagers_address_is_a_secure_parameter_and_in_no_output() -> None:
    """Such an address often carries its key."""
    text = (MODULES / "action-group.bicep").read_text()

    assert "@secure()\nparam webhookUrl string" in text
    assert re.findall(r"(?m)^output .*", text) == ["output id string = group.id"]
    assert "@maxLength(12)\nparam shortName string" in text
    assert "@minLength(1)\n@maxLength(100)\nparam email string[]" in text
