"""The workbook: one page of the portal, as Azure gets it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.components import ROOT
from tests.support.kusto import INSIGHTS, analysed
from tests.support.monitoring import WORKSPACE, workbook

if TYPE_CHECKING:
    from tests.support.kusto import Analysis

TEXT, QUERY, PARAMETERS = 1, 3, 9


def items() -> list[dict[str, Any]]:
    """The items of the page, as they are stored in Azure."""
    found: list[dict[str, Any]] = json.loads(workbook()["properties"]["serializedData"])["items"]
    return found


def queried() -> dict[str, dict[str, Any]]:
    """The content of each item that asks the log, by name."""
    return {item["name"]: item["content"] for item in items() if item["type"] == QUERY}


NAMES = sorted(queried())


@pytest.fixture(scope="module")
def answers() -> dict[str, Analysis]:
    """What Microsoft's analyser says of the queries inside the workbook."""
    return analysed({name: content["query"] for name, content in queried().items()})


def test_the_resource_has_what_its_type_requires() -> None:
    """By hand: its type is not among the type data.

    Source: learn.microsoft.com, Bicep reference of `Microsoft.Insights/workbooks@2023-06-01`.
    """
    book = workbook()

    assert book["type"] == "Microsoft.Insights/workbooks@2023-06-01"
    assert set(book) == {"name", "location", "tags", "kind", "properties", "type"}
    assert book["name"].startswith("guid of ")
    assert book["kind"] == "shared"
    assert set(book["properties"]) == {
        "displayName",
        "category",
        "sourceId",
        "version",
        "serializedData",
    }
    assert book["properties"]["sourceId"] == INSIGHTS
    assert book["tags"]["hidden-title"] == book["properties"]["displayName"]


def test_the_page_is_a_notebook_that_falls_back_to_the_workspace() -> None:
    """What the portal reads first; the version stands twice."""
    book = workbook()["properties"]
    page = json.loads(book["serializedData"])

    assert page["version"] == book["version"] == "Notebook/1.0"
    assert page["fallbackResourceIds"] == [WORKSPACE]
    assert page["$schema"].endswith("/workbook.json")


def test_every_item_has_a_name_of_its_own() -> None:
    """The name ties an item to its query."""
    names = [item["name"] for item in items()]

    assert len(set(names)) == len(names)
    assert {item["type"] for item in items()} == {TEXT, QUERY, PARAMETERS}


@pytest.mark.parametrize("name", NAMES)
def test_a_query_is_valid_as_it_arrives_in_azure(name: str, answers: dict[str, Analysis]) -> None:
    """Filled in, quoted as JSON and read back, it still means the same."""
    assert answers[name].problems == ()
    assert "__" not in queried()[name]["query"]


@pytest.mark.parametrize("name", NAMES)
def test_a_query_asks_the_workspace_over_the_range_that_was_chosen(name: str) -> None:
    """One choice of time for the whole page."""
    content = queried()[name]

    assert content["crossComponentResources"] == [WORKSPACE]
    assert content["resourceType"] == "microsoft.operationalinsights/workspaces"
    assert content["timeContextFromParameter"] == "Range"
    assert (content["version"], content["queryType"]) == ("KqlItem/1.0", 0)


@pytest.mark.parametrize("name", NAMES)
def test_an_item_has_a_title_and_says_what_an_empty_answer_means(name: str) -> None:
    """No data is good news for warnings and bad news for ticks."""
    content = queried()[name]

    assert content["title"]
    assert content["noDataMessage"].endswith(".")
    assert content["noDataMessageStyle"] in {3, 4}  # success, warning


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_shows_columns_that_its_query_has(name: str, answers: dict[str, Analysis]) -> None:
    """A renamed column would leave an empty chart, and nobody would be told."""
    chart = queried()[name].get("chartSettings", {})
    kinds = dict(answers[name].columns)
    named = [chart["xAxis"], *chart["yAxis"]] if chart else []
    named += [chart["group"]] if "group" in chart else []
    named += [each["seriesName"] for each in chart.get("seriesLabelSettings", ())]

    assert set(named) <= kinds.keys()
    assert all(kinds[each] in {"long", "real"} for each in chart.get("yAxis", ()))
    assert (queried()[name]["visualization"] != "table") == bool(chart)


def test_the_range_is_a_day_unless_another_is_chosen() -> None:
    """From four hours to thirty days, which is how long the log is kept by default."""
    (bar,) = (item["content"] for item in items() if item["type"] == PARAMETERS)
    (chosen,) = bar["parameters"]

    assert (chosen["name"], chosen["type"], chosen["isRequired"]) == ("Range", 4, True)
    offered = {each["durationMs"] for each in chosen["typeSettings"]["selectableValues"]}
    assert chosen["value"]["durationMs"] == 24 * 3_600_000
    assert {chosen["value"]["durationMs"], 4 * 3_600_000, 30 * 24 * 3_600_000} <= offered


def test_the_page_begins_with_a_title_and_explains_each_part() -> None:
    """Sync age, verdicts, incidents, delivery, the watchdog itself, cost."""
    texts = [item["content"]["json"] for item in items() if item["type"] == TEXT]
    headings = re.findall(r"(?m)^#+ (.+)$", "\n".join(texts))

    assert items()[0]["content"]["json"].startswith("# ")
    assert headings == [
        "Entra Connect Watchdog",
        "Is Entra Connect syncing?",
        "Incidents",
        "Did the cards arrive?",
        "Is the watchdog itself well?",
        "What does it cost?",
    ]
    assert all(len(text) > 80 for text in texts)


def test_the_source_holds_no_query_and_no_id() -> None:
    """Queries stand in files of their own, ids come from the template."""
    source = (ROOT / "infra" / "workbook.json").read_text()

    assert "/subscriptions/" not in source
    assert '"query"' not in source
