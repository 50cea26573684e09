"""The allow-list, the templates, the scripts and the documents name the same rights."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest

from shared.domain.pair.readings import Source
from shared.sources import audits, certificates, cloud_sync, organization, service_health
from shared.sources import sync_configuration as configuration
from shared.sources.permissions import AZURE_ROLES, GRAPH_APP_ID, GRAPH_ROLES, Scope
from simulator.grants import DEFAULT_ROLES, DOORS
from simulator.tokens import GRAPH_AUDIENCES

if TYPE_CHECKING:
    from shared.sources.failures import Asked

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "permissions.md"
GENERATOR: Final[dict[str, Any]] = runpy.run_path(
    str(ROOT / "docs" / "generate_permissions.py"), run_name="generator"
)
FACTS: Final[dict[str, dict[str, str]]] = json.loads(
    (ROOT / "tests" / "data" / "permissions" / "ids.json").read_text(encoding="utf-8")
)
VALUES: Final = {role.value for role in GRAPH_ROLES}
OF_GRAPH: Final = frozenset(Source) - {
    Source.INTENDED,
    Source.CONNECT_HEALTH,
    Source.HEALTH_DETAILS,
}
PERMISSION: Final = re.compile(r"\b[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*\.(?:All|OwnedBy)\b")
OF_THE_DEPLOYER: Final = {"AppRoleAssignment.ReadWrite.All"}
"""What somebody else needs to grant the list; the app never has it."""
SAID_NOT_TO_BE_GRANTED: Final = {"docs/permissions.md": {"Directory.Read.All"}}
SENTENCES: Final[dict[Source, tuple[Asked, ...]]] = {
    Source.GRAPH: (organization.ASKED,),
    Source.SYNC_CONFIGURATION: (configuration.ASKED,),
    Source.AUDITS: (audits.ASKED,),
    Source.CERTIFICATES: (certificates.ASKED,),
    Source.SERVICE_HEALTH: (service_health.ASKED,),
    Source.CLOUD_SYNC: (cloud_sync.APPLICATIONS, cloud_sync.JOBS),
}
"""What each source of Graph tells a person to grant."""


def text(path: str) -> str:
    """A file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def one(name: str, pattern: str, found: str) -> list[str]:
    """The permissions inside the one place that a pattern finds."""
    places = re.findall(pattern, found, re.DOTALL | re.MULTILINE)
    assert len(places) == 1, f"{name} has {len(places)} places like {pattern}"
    return PERMISSION.findall(places[0])


def test_every_id_is_microsofts() -> None:
    """Against a table of ids that was not copied from the list."""
    roles = {role.value: role.id for role in GRAPH_ROLES}

    assert roles == FACTS["graph_application_permissions"]
    assert {role.name: role.id for role in AZURE_ROLES} == FACTS["azure_built_in_roles"]
    assert GRAPH_APP_ID in GRAPH_AUDIENCES
    ids = [*roles.values(), *(role.id for role in AZURE_ROLES)]
    assert [str(UUID(each)) for each in ids] == ids
    assert len(set(ids)) == len(ids)


def test_every_source_of_graph_has_its_role_and_every_role_a_source() -> None:
    """No right without a use, no source without a right; one of them is required."""
    assert {role.source for role in GRAPH_ROLES} | {
        source for role in GRAPH_ROLES for source in role.also
    } == OF_GRAPH
    assert [role.value for role in GRAPH_ROLES if role.required] == ["Organization.Read.All"]
    assert {role.scope for role in AZURE_ROLES} == set(Scope)


def test_no_role_can_change_anything_in_entra() -> None:
    """Read permissions only, and never the whole directory."""
    assert all(re.fullmatch(r"[A-Za-z]+\.Read\.All", value) for value in VALUES)
    assert "Directory.Read.All" not in VALUES


def test_each_role_is_the_least_one_that_opens_its_path() -> None:
    """Whatever else opens a path as well can write, or can read more than that."""
    for door in DOORS:
        mine = door.opened_by & VALUES
        assert len(mine) == 1
        assert all(
            "ReadWrite" in other or other.startswith("Directory.")
            for other in door.opened_by - mine
        )
    assert DEFAULT_ROLES == VALUES


@pytest.mark.parametrize("source", SENTENCES)
def test_a_source_tells_a_person_to_grant_its_roles_and_no_other(source: Source) -> None:
    """What a card and the log say is what the list says."""
    wanted = {role.value for role in GRAPH_ROLES if source in role.sources}
    named = {name for each in SENTENCES[source] for name in PERMISSION.findall(each.grant)}

    assert set(SENTENCES) == OF_GRAPH
    assert named == wanted


def test_the_graph_template_allows_and_grants_exactly_the_list() -> None:
    """By value, in the list's order; an id differs from cloud to cloud."""
    template = text("infra/graph.bicep")
    allowed = one("graph.bicep", r"^@allowed\(\[$(.*?)^\]\)$", template)
    default = one("graph.bicep", r"^param permissions array = \[$(.*?)^\]$", template)

    assert default == allowed == [role.value for role in GRAPH_ROLES]
    assert GRAPH_APP_ID in template
    assert not any(role.id in template for role in GRAPH_ROLES)


def test_the_script_for_graph_grants_exactly_the_list() -> None:
    """For teams whose pipeline may not."""
    script = text("infra/scripts/grant-graph-roles.sh")

    assert one("the script", r"^ALL=\($(.*?)^\)$", script) == [r.value for r in GRAPH_ROLES]
    assert GRAPH_APP_ID in script
    assert not any(role.id in script for role in GRAPH_ROLES)


def test_the_templates_assign_the_roles_of_azure_and_no_others() -> None:
    """The role ids of the template for the identity are the list's, Connect Health's left out."""
    ids = re.findall(
        r"'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'", text("infra/modules/roles.bicep")
    )
    by_template = {role.id for role in AZURE_ROLES if role.scope is not Scope.CONNECT_HEALTH}

    assert set(ids) == by_template


@pytest.mark.parametrize(
    "path",
    ["README.md", "SECURITY.md", *sorted(f"docs/{p.name}" for p in PAGE.parent.glob("*.md"))],
)
def test_no_document_names_another_permission(path: str) -> None:
    """Neither a former one nor one that somebody would like."""
    named = set(PERMISSION.findall(text(path)))

    assert named <= VALUES | OF_THE_DEPLOYER | SAID_NOT_TO_BE_GRANTED.get(path, set())


@pytest.mark.parametrize("path", ["README.md", "docs/permissions.md"])
def test_the_tables_for_people_name_every_permission(path: str) -> None:
    """Whoever decides what to grant sees all of it."""
    assert set(PERMISSION.findall(text(path))) >= VALUES


def test_the_committed_tables_are_the_generated_ones() -> None:
    """After a change: `python docs/generate_permissions.py`."""
    page = PAGE.read_text(encoding="utf-8")

    assert GENERATOR["with_tables"](page) == page
    assert set(GENERATOR["TELLS"]) == set(GENERATOR["MISSED"]) == OF_GRAPH
    assert set(GENERATOR["USES"]) == set(Scope)


def test_a_page_without_the_markers_is_refused() -> None:
    """The generator never writes a page without its tables."""
    with pytest.raises(ValueError, match="once"):
        GENERATOR["with_tables"]("# What the identity may do, and why\n")
