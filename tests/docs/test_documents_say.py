"""The documents say what the code and the templates say: names, alerts, events, verdicts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shared.domain.verdicts import Verdict
from shared.settings.table import SETTINGS
from shared.sources.permissions import AZURE_ROLES, GRAPH_ROLES, Scope
from tests.support.documents import ROOT, anchors, documents, read

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = ROOT / "infra" / "modules"
OPERATE = "docs/operate.md"
DEPLOY = "docs/deploy.md"
CODE = {str(path): path.read_text("utf-8") for path in (ROOT / "shared").rglob("*.py")}


def alerts() -> Iterator[tuple[str, str, str]]:
    """Every alert rule of the templates: the end of its name, its title, its section."""
    for path in (MODULES / "alerts.bicep", MODULES / "availability.bicep"):
        text = path.read_text(encoding="utf-8")
        for rule in re.split(r"\nresource ", text)[1:]:
            if not re.match(r"\w+ 'Microsoft\.Insights/(scheduledQueryRules|metricAlerts)@", rule):
                continue
            name = re.search(r"name: '\$\{name\}(-[a-z-]+)'", rule)
            title = re.search(r"displayName: '([^']+)'", rule)
            section = re.search(r'More: docs/operate\.md, "([^"]+)"', rule)
            assert name
            assert section, f"{name[1]} names no section of the documents"
            yield name[1], title[1] if title else "", section[1]


ALERTS = list(alerts())


def section(path: str, heading: str) -> str:
    """What stands below a heading, up to the next one of the same or a higher level."""
    found = re.search(rf"^(##+) {re.escape(heading)}$\n(.*)", read(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no heading {heading!r}"
    level = len(found[1])
    return re.split(rf"^#{{2,{level}}} ", found[2], maxsplit=1, flags=re.MULTILINE)[0]


# -- the README -----------------------------------------------------------------------------------


def test_the_readme_can_be_read_in_one_sitting() -> None:
    """Two hundred lines, and the three readers are sent on within the first screen."""
    lines = read("README.md").splitlines()
    first_screen = "\n".join(lines[:25])

    assert len(lines) <= 200
    for anchor in ("#try-it-in-five-minutes", "#deploy-it-in-thirty", "#on-call-at-3-am"):
        assert anchor in first_screen


def test_every_verdict_is_in_the_readme_and_none_that_does_not_exist() -> None:
    """The table of what it says, and when."""
    table = section("README.md", "What it says, and when")
    named = re.findall(r"`([A-Z_]+)`", table.split("\nA card")[0])

    assert set(named) == {str(verdict) for verdict in Verdict}
    assert len(named) == len(set(named))


def test_every_permission_is_in_the_readme() -> None:
    """The optional ones too, because each is a decision."""
    table = section("README.md", "Which server, and is failing over right?")

    assert set(re.findall(r"`(\w+\.Read\.All)`", table)) == {role.value for role in GRAPH_ROLES}
    assert any(role.scope is Scope.CONNECT_HEALTH and role.name in table for role in AZURE_ROLES)


def test_every_route_is_in_the_readme() -> None:
    """Whoever scans the app from outside must find nothing that is not told."""
    routes = re.findall(r'route="([\w./{}]+)"', (ROOT / "function_app.py").read_text("utf-8"))
    table = section("README.md", "What else it has")

    for route in routes:
        if route != "assets/{id}":
            assert f"/api/{route}".removesuffix(".json").removesuffix(".svg") in table, route


# -- alerts and events ----------------------------------------------------------------------------


def test_there_are_alerts_to_tell_of() -> None:
    """Silence, nobody, no delivery, broken, unhealthy: else the tests below find nothing."""
    assert len(ALERTS) == 5


@pytest.mark.parametrize(("name", "title", "heading"), ALERTS)
def test_every_alert_has_its_section_with_what_to_do(name: str, title: str, heading: str) -> None:
    """The alert's own text leads there; the table has its title and the end of its name."""
    table = section(OPERATE, "Alerts").split("### ")[0]
    anchor = heading.lower().replace(" ", "-")

    assert len(section(OPERATE, heading)) > 200
    assert anchor in anchors(OPERATE)
    row = rf"^\| \[{re.escape(title or heading)}\]\(#{anchor}\)[^|]* \|[^|]+\| `{name}` \|"
    assert re.search(row, table, re.MULTILINE)


def test_no_alert_is_told_of_that_does_not_exist() -> None:
    """A row for each rule, and no more."""
    table = section(OPERATE, "Alerts").split("### ")[0]

    assert re.findall(r"\| `(-[a-z-]+)` \|", table) != []
    assert set(re.findall(r"\| `(-[a-z-]+)` \|", table)) == {name for name, _, _ in ALERTS}


@pytest.mark.parametrize(("name", "title", "heading"), ALERTS)
def test_every_alert_is_made_to_ring_once(name: str, title: str, heading: str) -> None:
    """The list of what to try after a deployment names each of them."""
    assert name or title
    assert f"| *{heading}* |" in section(DEPLOY, "Prove that every alarm rings")


def test_severities_are_those_of_the_templates() -> None:
    """0 wakes somebody, 1 does too where the action group says so."""
    table = section(OPERATE, "Alerts").split("### ")[0]
    for path in (MODULES / "alerts.bicep", MODULES / "availability.bicep"):
        for name, severity in re.findall(
            r"name: '\$\{name\}(-[a-z-]+)'.*?severity: (\d)",
            path.read_text(encoding="utf-8"),
            re.DOTALL,
        ):
            assert re.search(rf"\| `{name}` \| {severity} \|", table), name


def test_every_log_event_is_told_of_and_none_that_is_never_logged() -> None:
    """The events are the contract with whoever reads the log."""
    logged = {
        event for text in CODE.values() for event in re.findall(r"\"(watchdog\.[a-z_]+)[\" ]", text)
    }
    logged -= {"watchdog.db"}
    told = set(re.findall(r"^\| `(watchdog\.[a-z_]+)` \|", read(OPERATE), re.MULTILINE))

    assert told == logged


@pytest.mark.parametrize("path", documents())
def test_every_setting_and_every_event_that_a_document_names_exists(path: str) -> None:
    """Also in history: a renamed one is searched for in vain."""
    text = read(path)
    settings = {setting.name for setting in SETTINGS}
    told = set(re.findall(r"`(watchdog\.[a-z_]+)`", read(OPERATE)))

    assert set(re.findall(r"WATCHDOG_[A-Z]+(?:_[A-Z]+)*(?!\w|…)", text)) - settings == set()
    if path != OPERATE:
        assert set(re.findall(r"`(watchdog\.[a-z_]+)`", text)) <= told


def test_every_state_of_the_health_page_is_told_of() -> None:
    """What a person reads there at night is in the table of that alert."""
    watch = next(text for path, text in CODE.items() if path.endswith("shared/watch.py"))
    wired = next(text for path, text in CODE.items() if path.endswith("shared/wiring/__init__.py"))
    states = set(re.findall(r"Health\(\"(\w+)\"", watch)) - {"ok"}
    states |= set(re.findall(r"Answer\(503, \{\"status\": \"(\w+)\"", wired))

    assert states == set(re.findall(r"\| 503 `(\w+)` \|", section(OPERATE, "Watchdog unhealthy")))


# -- the templates --------------------------------------------------------------------------------


def test_every_output_of_the_template_is_explained() -> None:
    """And none that it has not."""
    main = (ROOT / "infra" / "main.bicep").read_text(encoding="utf-8")
    rows = section(DEPLOY, "What the outputs are for").splitlines()
    named = {name for row in rows if row.startswith("| `") for name in _code(row.split("|")[1])}

    assert named == set(re.findall(r"^output (\w+) ", main, re.MULTILINE))


def _code(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def test_parameters_that_documents_name_exist() -> None:
    """Those written as `name=value`, and those in the table of decisions."""
    main = (ROOT / "infra" / "main.bicep").read_text(encoding="utf-8")
    parameters = set(re.findall(r"^param (\w+) ", main, re.MULTILINE))
    table = section(DEPLOY, "Decide before you begin")
    named = {
        name
        for row in table.splitlines()
        if row.count("|") == 4 and "---" not in row
        for name in re.findall(r"`([a-z]\w+)`", row.split("|")[2])
    }
    for path in (DEPLOY, OPERATE, "SECURITY.md", "docs/teams-workflow.md"):
        named |= set(re.findall(r"`([a-z]\w+)=(?:true|false|create|existing|off)`", read(path)))

    assert named != set()
    assert named - parameters == set()


def test_sections_that_code_and_templates_point_to_exist() -> None:
    """`docs/x.md` in a message leads somewhere; so does `docs/x.md, "Heading"`."""
    places = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "infra").rglob("*.bicep")]
    places += [*(ROOT / "deploy").glob("*.sh"), *(ROOT / "infra" / "scripts").glob("*.sh")]
    missing = []
    for place in places:
        text = place.read_text(encoding="utf-8")
        for document, heading in re.findall(r'(docs/[a-z-]+\.md)(?:, "([^"]+)")?', text):
            if not (ROOT / document).is_file():
                missing.append(f"{place.name}: {document}")
            elif heading and f"# {heading}\n" not in read(document):
                missing.append(f"{place.name}: {document}, {heading}")

    assert missing == []
