"""The scripts of infra/scripts: what all of them promise, and the rights that they grant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shared.sources.permissions import AZURE_ROLES, GRAPH_ROLES, Scope
from tests.support.components import ROOT
from tests.support.fake_azure import GRAPH_SERVICE, IDENTITY, USER, Azure, cloud_id

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "infra" / "scripts"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.sh") if path.name != "common.sh")
CALLBACK = "https://func-watchdog-x1.azurewebsites.net/.auth/login/aad/callback"
GRANT = ("grant-graph-roles.sh", "--principal-id", IDENTITY)
READER = ("grant-connect-health-reader.sh", "--principal-id", IDENTITY)
SECRETS = ("set-secrets.sh", "--vault", "kv-watchdog")
SIGN_IN = (
    "register-sign-in.sh", "--app", "func-watchdog-x1", "--redirect-uri", CALLBACK,
    "--principal-id", IDENTITY,
)  # fmt: skip


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    """A tenant with Graph and the app's identity, which may do nothing yet."""
    return Azure.make(tmp_path)


# -- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_says_what_it_does_and_what_right_it_needs(name: str, azure: Azure) -> None:
    """`--help` is for whoever is asked to run it, and it touches nothing."""
    done = azure.run(name, "--help")

    assert done.returncode == 0
    assert f"infra/scripts/{name}" in done.stdout
    assert "Needs:" in done.stdout
    assert not azure.calls()


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_option_stops_a_script_before_it_asks_anything(name: str, azure: Azure) -> None:
    """A typo is no reason to grant something."""
    done = azure.run(name, "--principle", IDENTITY)

    assert done.returncode == 2
    assert "What to do: " in done.stderr
    assert not azure.calls()


@pytest.mark.parametrize("call", [GRANT, READER, SECRETS, SIGN_IN], ids=lambda call: call[0])
def test_whoever_is_not_signed_in_hears_how(call: tuple[str, ...], azure: Azure) -> None:
    """Azure's own words stay, and what to do is added."""
    azure.fail("account show", "Please run 'az login' to setup account.")

    done = azure.run(*call, said="https://contoso.example/x")

    assert done.returncode == 2
    assert "Please run 'az login'" in done.stderr
    assert "What to do: az login" in done.stderr
    assert not azure.writes()


@pytest.mark.parametrize("call", [GRANT, READER, SIGN_IN], ids=lambda call: call[0])
def test_something_that_is_no_object_id_is_refused(call: tuple[str, ...], azure: Azure) -> None:
    """A name or a piece of JSON must not reach a request."""
    done = azure.run(*("watchdog" if each == IDENTITY else each for each in call))

    assert done.returncode == 2
    assert "is not an object id: watchdog" in done.stderr
    assert not azure.calls()


# -- Graph permissions ----------------------------------------------------------------------------


def granted(azure: Azure) -> list[str]:
    """The ids that the identity holds."""
    assignments = azure.state.get("assignments", [])
    assert all(
        (each["principalId"], each["resourceId"]) == (IDENTITY, GRAPH_SERVICE)
        for each in assignments
    )
    return [each["appRoleId"] for each in assignments]


def test_exactly_the_allowed_graph_permissions_are_granted_by_value(azure: Azure) -> None:
    """Ids differ from cloud to cloud, and a permission for users has the same name."""
    done = azure.run(*GRANT)

    assert done.returncode == 0, done.stderr
    assert sorted(granted(azure)) == sorted(cloud_id(role.value) for role in GRAPH_ROLES)


def test_granting_twice_changes_nothing_the_second_time(azure: Azure) -> None:
    """It says what was there already, so that it can be run to look."""
    azure.run(*GRANT)
    before = azure.writes()

    done = azure.run(*GRANT)

    assert done.returncode == 0, done.stderr
    assert azure.writes() == before
    assert done.stderr.count("there already") == len(GRAPH_ROLES)


def test_a_grant_that_stopped_half_way_is_finished_by_the_next_run(azure: Azure) -> None:
    """What was granted stays, and nothing is granted twice."""
    azure.fail(cloud_id("ServiceHealth.Read.All"), "Authorization_RequestDenied")
    first = azure.run(*GRANT)
    azure.fail("nothing at all", "")

    second = azure.run(*GRANT)

    assert (first.returncode, second.returncode) == (2, 0)
    assert len(granted(azure)) == len(set(granted(azure))) == len(GRAPH_ROLES)


def test_a_denied_grant_says_whose_right_is_missing(azure: Azure) -> None:
    """Graph's reason stays on the screen, with who may do it."""
    azure.fail("--method post", "Authorization_RequestDenied: Insufficient privileges")

    done = azure.run(*GRANT)

    assert done.returncode == 2
    assert "Insufficient privileges" in done.stderr
    assert "could not grant Organization.Read.All" in done.stderr
    assert "What to do: sign in as a Privileged Role Administrator" in done.stderr


def test_only_the_permissions_that_were_named_are_granted(azure: Azure) -> None:
    """A team may leave a source out."""
    azure.run(*GRANT, "--role", "Organization.Read.All")

    assert granted(azure) == [cloud_id("Organization.Read.All")]


def test_a_permission_outside_the_allow_list_is_refused(azure: Azure) -> None:
    """The script cannot be talked into making the identity mighty."""
    done = azure.run(*GRANT, "--role", "Directory.ReadWrite.All")

    assert done.returncode == 2
    assert not azure.calls()


def test_what_the_identity_holds_besides_is_named(azure: Azure) -> None:
    """Least privilege is also what nobody needs any more."""
    more = {
        "principalId": IDENTITY,
        "resourceId": GRAPH_SERVICE,
        "appRoleId": cloud_id("Directory.ReadWrite.All"),
    }
    azure.change(assignments=[more])

    done = azure.run(*GRANT)

    assert re.search(r"NOT NEEDED +Directory\.ReadWrite\.All", done.stderr)


def test_a_dry_run_only_looks(azure: Azure) -> None:
    """It says what would be granted."""
    done = azure.run(*GRANT, "--dry-run")

    assert done.stderr.count("would be granted") == len(GRAPH_ROLES)
    assert not azure.writes()


def test_an_identity_that_graph_does_not_know_yet_is_explained(azure: Azure) -> None:
    """The usual mistake is the client id in place of the object id."""
    done = azure.run("grant-graph-roles.sh", "--principal-id", USER)

    assert done.returncode == 2
    assert "not its client id" in done.stderr


# -- Connect Health -------------------------------------------------------------------------------


def test_the_identity_becomes_reader_of_connect_health_and_nothing_more(azure: Azure) -> None:
    """The role and the scope are those of the allow-list."""
    allowed = next(role for role in AZURE_ROLES if role.scope is Scope.CONNECT_HEALTH)

    done = azure.run(*READER)

    assert done.returncode == 0, done.stderr
    assert azure.state["roles"] == [
        {
            "scope": str(Scope.CONNECT_HEALTH.value),
            "roleDefinitionName": allowed.name,
            "principalId": IDENTITY,
        }
    ]
    assert any("--assignee-principal-type ServicePrincipal" in each for each in azure.writes())


def test_a_reader_stays_one(azure: Azure) -> None:
    """The second run changes nothing and says so."""
    azure.run(*READER)
    before = azure.writes()

    done = azure.run(*READER)

    assert azure.writes() == before
    assert "there already" in done.stderr


def test_somebody_elses_role_is_not_taken_for_the_identitys(azure: Azure) -> None:
    """Another principal's Reader helps nobody here."""
    scope = Scope.CONNECT_HEALTH.value
    other = {"scope": scope, "roleDefinitionName": "Reader", "principalId": USER}
    azure.change(roles=[other])

    azure.run(*READER)

    assert len(azure.state["roles"]) == 2


def test_a_missing_right_on_connect_health_leads_to_elevation_and_portal(azure: Azure) -> None:
    """Hardly anybody holds a right on that scope by default."""
    azure.fail("role assignment create", "AuthorizationFailed")

    done = azure.run(*READER)

    assert done.returncode == 2
    assert "AuthorizationFailed" in done.stderr
    assert "elevate access" in done.stderr
    assert "IAM" in done.stderr


def test_in_china_there_is_no_connect_health(azure: Azure) -> None:
    """The script says so before it asks for a right that does not exist."""
    azure.change(cloud="AzureChinaCloud")

    done = azure.run(*READER)

    assert done.returncode == 2
    assert not azure.writes()
