"""The queries of the alert rules and the workbook: valid, and true to what the app really logs."""

from __future__ import annotations

import ast
import json
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.events import emit
from shared.ports import Delivery
from tests.support.components import ROOT
from tests.support.kusto import QUERIES, SILENCE, Workspace, analysed, queries
from tests.support.log_tables import TABLES
from tests.support.scheduler import VirtualLoop
from tests.support.virtual_world import START, World, _Ear, go

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.kusto import Analysis

NAMES = sorted(path.stem for path in QUERIES.glob("*.kql"))
ALERTS = [name for name in NAMES if name.startswith("alert_")]
MINUTE = timedelta(minutes=1)
NOW = START + 200 * MINUTE


WRONG = {
    "a column": ("AppTraces | where Mesage == 'x'", "Mesage"),
    "a table": ("AppTrace | take 1", "AppTrace"),
    "a function": ("AppTraces | extend A = indxof(Message, 'x')", "indxof"),
    "a type": ("AppTraces | where Message startswith 1", "startswith"),
    "a grouping": ("AppTraces | summarize count() by parse_json(Message).x", "dynamic"),
    "an operator": ("AppTraces | whre true", "operator"),
    "a quote": ("AppTraces | where Message == 'x", "KS"),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, Analysis]:
    """What Microsoft's analyser says of each query, and of each wrong one."""
    return analysed({**queries(), **{what: query for what, (query, _) in WRONG.items()}})


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A workspace without rows."""
    with Workspace() as made:
        yield made


# -- valid ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_microsofts_analyser_has_no_objection(name: str, answers: dict[str, Analysis]) -> None:
    """Syntax, tables, columns, functions and types are right, as the portal would check them."""
    assert answers[name].problems == ()
    assert answers[name].columns != ()


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_would_be_found(what: str, answers: dict[str, Analysis]) -> None:
    """The check above can fail: for a column, a table, a function, a type, and the syntax."""
    assert WRONG[what][1].lower() in " ".join(answers[what].problems).lower()


def test_the_tables_have_the_columns_that_microsoft_documents() -> None:
    """The columns whose type surprises: `_IsBillable` is text, `IsBillable` of Usage is not."""
    assert TABLES["AppTraces"]["_IsBillable"] == "string"
    assert TABLES["Usage"]["IsBillable"] == "bool"
    assert "Message" not in TABLES["AppRequests"]


@pytest.mark.parametrize("name", NAMES)
def test_a_query_begins_with_what_it_finds(name: str) -> None:
    """Who opens the query in the portal at night reads first what a row means."""
    first = (QUERIES / f"{name}.kql").read_text().splitlines()[0]

    assert re.fullmatch(r"// [A-Z].{20,}", first)


def test_every_query_is_used_by_a_template() -> None:
    """A file that nothing loads would be kept true for nobody."""
    loaded = {
        name
        for template in (ROOT / "infra" / "modules").glob("*.bicep")
        for name in re.findall(
            r"loadTextContent\('\.\./queries/(\w+)\.kql'\)", template.read_text()
        )
    }

    assert sorted(loaded) == NAMES


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_query_has_nothing_that_alert_rules_do_not_support(name: str) -> None:
    """`search`, `union` and others are refused or slow; `ago()` takes literals only.

    Source: learn.microsoft.com, "Create or edit a log search alert rule" and "Optimize log search
    alert queries".
    """
    text = re.sub(r"//.*", "", queries()[name])

    assert not re.search(r"\b(search|union|take|limit|ingestion_time|AggregatedValue)\b", text)
    assert not re.search(r"\b(bag_unpack|pivot|narrow|adx|arg)\(", text)
    assert re.findall(r"ago\(([^)]*)\)", text) in ([], [SILENCE])
    assert text.strip().startswith("AppTraces\n")


# -- true to the app ------------------------------------------------------------------------------


def story() -> list[str]:
    """The lines of a day with everything in it: an outage, an escalation, a broken webhook.

    Ticks, cards, escalations and heartbeats are logged by the app itself, in a simulated world.
    """
    loop = VirtualLoop()
    world = World(loop)
    go(world, 30)
    world.truth.dies(world.now())
    go(world, 130)
    world.channel.answers = Delivery.REFUSED
    go(world, 200)
    loop.close()
    return world.events


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The story's lines, told once."""
    return story()


def said(event: str, **fields: Any) -> str:
    """The line that `shared.events.emit` writes for this event."""
    log, lines = logging.getLogger("watchdog"), list[str]()
    ear, level, up = _Ear(lines), log.level, log.propagate
    log.addHandler(ear)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        emit(event, **fields)
    finally:
        log.removeHandler(ear)
        log.setLevel(level)
        log.propagate = up
    return lines[0]


def rows(lines: list[str], level: int = 1) -> list[dict[str, object]]:
    """These lines as rows of AppTraces, one a minute."""
    return [
        {"TimeGenerated": START + at * MINUTE, "Message": line, "SeverityLevel": level}
        for at, line in enumerate(lines)
    ]


@pytest.mark.parametrize("name", ["now", "sync_age", "verdicts", "incidents", "calls_per_tick"])
def test_a_query_about_ticks_finds_every_field_in_what_ticks_log(
    name: str, told: list[str], workspace: Workspace
) -> None:
    """A field that the app renamed would leave its column without any value."""
    workspace.add("AppTraces", rows(told))

    assert_every_column_has_a_value(workspace.run(queries()[name], NOW), but={"Build", "Problem"})


@pytest.mark.parametrize("name", ["cards", "sources", "what_happened", "alert_escalations"])
def test_a_query_about_what_was_told_finds_every_field(
    name: str, told: list[str], workspace: Workspace
) -> None:
    """Likewise for cards, escalations and sources."""
    workspace.add("AppTraces", rows(told))

    assert_every_column_has_a_value(workspace.run(queries()[name], NOW), but=set())


def test_a_tick_names_its_build_and_its_problem(told: list[str]) -> None:
    """The two columns that a simulated tick leaves empty are fields of what it logs."""
    ticks = [
        json.loads(line.split(" ", 1)[1]) for line in told if line.startswith("watchdog.tick ")
    ]

    assert all({"build", "problem"} <= tick.keys() for tick in ticks)


def test_a_refused_card_rings(told: list[str], workspace: Workspace) -> None:
    """The rule for failed cards reads the fields that `watchdog.card` has."""
    workspace.add("AppTraces", rows(told))

    found = workspace.run(queries()["alert_cards_not_delivered"], NOW)

    assert_every_column_has_a_value(found, but=set())
    assert [row["Delivery"] for row in found] == ["refused"]


def test_sync_age_is_in_minutes(workspace: Workspace) -> None:
    """The chart's axis says minutes; the log has seconds."""
    line = said("watchdog.tick", object_sync_age_seconds=1800, password_sync_age_seconds=None)
    workspace.add("AppTraces", rows([line]))

    (row,) = workspace.run(queries()["sync_age"], NOW)

    assert (row["Objects"], row["Passwords"]) == (30.0, None)


def test_what_warned_is_listed_by_kind(workspace: Workspace) -> None:
    """Each kind of warning once, with the newest text; what is no warning is left out."""
    warned = [said("watchdog.source_unavailable", source="audits", reason=each) for each in "ab"]
    workspace.add("AppTraces", rows(warned, level=2))
    workspace.add("AppTraces", rows([said("watchdog.heartbeat", tenant="t")], level=1))

    (row,) = workspace.run(queries()["complaints"], NOW)

    assert (row["Kind"], row["Times"]) == ("source_unavailable", 2)
    assert '"reason": "b"' in row["Text"]


def test_who_acted_is_listed_with_the_outcome(workspace: Workspace) -> None:
    """`watchdog.act` has an action and an outcome, and the list shows both."""
    line = said("watchdog.act", incident="i", action="acknowledge", outcome="done")
    workspace.add("AppTraces", rows([line]))

    (row,) = workspace.run(queries()["what_happened"], NOW)

    assert (row["What"], row["Outcome"]) == ("acknowledge", "done")


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("watchdog.act", {"incident", "action", "outcome"}),
        ("watchdog.misconfigured", {"problems"}),
        ("watchdog.failed", {"error", "trace"}),
    ],
)
def test_what_a_story_cannot_show_is_logged_with_the_fields_that_the_queries_read(
    event: str, fields: set[str]
) -> None:
    """Events of people and of broken settings: the calls that log them name these fields."""
    calls = [
        node
        for path in (ROOT / "shared").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "emit"
        if isinstance(node.args[0], ast.Constant) and node.args[0].value == event
    ]

    assert calls
    assert all(fields <= {keyword.arg for keyword in call.keywords} for call in calls)


def test_billed_seconds_are_at_least_one_for_each_execution(workspace: Workspace) -> None:
    """Flex Consumption bills a second at least, then tenths (learn.microsoft.com, pricing)."""
    ran = [{"TimeGenerated": START, "DurationMs": ms, "ItemCount": 1} for ms in (20.0, 1234.0)]
    workspace.add("AppRequests", ran)

    (row,) = workspace.run(queries()["executions"], NOW)

    assert (row["Executions"], row["BilledSeconds"]) == (2, pytest.approx(2.3))


def test_ingestion_is_what_is_billed_in_gigabytes(workspace: Workspace) -> None:
    """Usage is in millions of bytes, and some tables are free."""
    used = [(True, "AppTraces", 500.0), (True, "AppTraces", 250.0), (False, "Usage", 9.0)]
    workspace.add(
        "Usage",
        [
            {"TimeGenerated": START, "IsBillable": billed, "DataType": table, "Quantity": mega}
            for billed, table, mega in used
        ],
    )

    (row,) = workspace.run(queries()["ingestion"], NOW)

    assert (row["Table"], row["Gigabytes"]) == ("AppTraces", pytest.approx(0.75))


def test_the_health_page_is_counted_by_location(workspace: Workspace) -> None:
    """Where a test failed says whether it was the app or one location's network."""
    asked = [("West Europe", True), ("West Europe", False), ("East US", True)]
    workspace.add(
        "AppAvailabilityResults",
        [{"TimeGenerated": START, "Location": where, "Success": ok} for where, ok in asked],
    )

    found = workspace.run(queries()["health_page"], NOW)

    assert [(row["Location"], row["Tests"], row["Failed"]) for row in found] == [
        ("West Europe", 2, 1),
        ("East US", 1, 0),
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ingestion"])
def test_what_another_deployment_logs_into_the_same_workspace_is_not_counted(
    name: str, told: list[str], workspace: Workspace
) -> None:
    """A shared workspace: the other's heartbeat must not hide this one's silence."""
    nothing = workspace.run(queries()[name], NOW)
    strange = {"_ResourceId": "/subscriptions/other/components/appi-other"}
    workspace.add("AppTraces", [{**row, **strange} for row in rows(told, level=3)])
    other: dict[str, Any] = {"TimeGenerated": NOW, "DurationMs": 1.0, "ItemCount": 1, **strange}
    workspace.add("AppRequests", [other])
    workspace.add("AppAvailabilityResults", [{**other, "Success": False, "Location": "x"}])

    assert workspace.run(queries()[name], NOW) == nothing


@pytest.mark.parametrize("name", ALERTS)
def test_no_rule_rings_in_a_quiet_night(name: str, workspace: Workspace) -> None:
    """A healthy pair and a working watchdog ring nothing."""
    loop = VirtualLoop()
    world = World(loop)
    go(world, 60)
    loop.close()
    workspace.add("AppTraces", rows(world.events))

    assert workspace.run(queries()[name], START + len(world.events) * MINUTE) == []


def assert_every_column_has_a_value(found: list[dict[str, Any]], *, but: set[str]) -> None:
    """There are rows, and no column is empty in all of them."""
    assert found
    empty = {name for name in found[0] if all(row[name] in (None, "") for row in found)}
    assert empty <= but
