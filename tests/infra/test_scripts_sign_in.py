"""infra/scripts/register-sign-in.sh: a registration without a secret, for whom it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fake_azure import GRAPH_SERVICE, IDENTITY, TENANT, USER, Azure

if TYPE_CHECKING:
    from pathlib import Path

CALLBACK = "https://func-watchdog-x1.azurewebsites.net/.auth/login/aad/callback"
SIGN_IN = (
    "register-sign-in.sh", "--app", "func-watchdog-x1", "--redirect-uri", CALLBACK,
    "--principal-id", IDENTITY,
)  # fmt: skip


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    """A tenant with Graph and the app's identity, which may do nothing yet."""
    return Azure.make(tmp_path)


def test_the_registration_trusts_the_identity_and_holds_no_secret(azure: Azure) -> None:
    """One credential, by issuer and subject; one place to return to; this tenant only."""
    done = azure.run(*SIGN_IN, "--user", USER)

    assert done.returncode == 0, done.stderr
    [registration] = azure.state["applications"]
    [credential] = azure.state[f"applications/{registration['id']}/federatedIdentityCredentials"]
    assert registration["signInAudience"] == "AzureADMyOrg"
    assert registration["web"]["redirectUris"] == [CALLBACK]
    assert "passwordCredentials" not in registration
    assert credential["subject"] == IDENTITY
    assert credential["issuer"] == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert credential["audiences"] == ["api://AzureADTokenExchange"]
    assert "addPassword" not in azure.arguments()


def test_only_the_client_id_is_on_stdout(azure: Azure) -> None:
    """A pipeline can take it as it is."""
    done = azure.run(*SIGN_IN)

    assert done.stdout == f"{azure.state['applications'][0]['appId']}\n"


def test_only_who_is_assigned_gets_in(azure: Azure) -> None:
    """Assignment is required, consent is given for the tenant, and the user is assigned."""
    azure.run(*SIGN_IN, "--user", USER)

    state = azure.state
    service = state["servicePrincipals"][-1]
    [consent] = state["oauth2PermissionGrants"]
    assert service["appRoleAssignmentRequired"] is True
    assert (consent["clientId"], consent["resourceId"]) == (service["id"], GRAPH_SERVICE)
    assert (consent["consentType"], consent["scope"]) == ("AllPrincipals", "openid profile email")
    assert state["assignments"] == [
        {
            "principalId": USER,
            "resourceId": service["id"],
            "appRoleId": "00000000-0000-0000-0000-000000000000",
        }
    ]


def test_registering_twice_makes_one_registration(azure: Azure) -> None:
    """The second run finds everything, and prints the same client id."""
    first = azure.run(*SIGN_IN, "--user", USER)
    state = azure.state

    second = azure.run(*SIGN_IN, "--user", USER)

    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert azure.state == state


def test_a_registration_that_lost_its_requirement_gets_it_back(azure: Azure) -> None:
    """Somebody switched it off in the portal: the whole tenant could sign in."""
    azure.run(*SIGN_IN)
    state = azure.state
    state["servicePrincipals"][-1]["appRoleAssignmentRequired"] = False
    azure.write(state)

    azure.run(*SIGN_IN)

    assert azure.state["servicePrincipals"][-1]["appRoleAssignmentRequired"] is True


def test_a_new_identity_replaces_the_old_one_as_credential(azure: Azure) -> None:
    """After the identity was made anew, the old one opens nothing."""
    azure.run(*SIGN_IN)

    azure.run(*(USER if each == IDENTITY else each for each in SIGN_IN))

    name = f"applications/{azure.state['applications'][0]['id']}/federatedIdentityCredentials"
    assert [each["subject"] for each in azure.state[name]] == [USER]


@pytest.mark.parametrize(
    ("cloud", "issuer", "audience"),
    [
        ("AzureUSGovernment", "https://login.microsoftonline.us/", "USGov"),
        ("AzureChinaCloud", "https://login.partner.microsoftonline.cn/", "China"),
    ],
)
def test_a_sovereign_cloud_has_its_own_issuer_and_audience(
    cloud: str, issuer: str, audience: str, azure: Azure
) -> None:
    """A wrong one is stored without a word and fails at the first sign-in."""
    azure.change(cloud=cloud)

    azure.run(*SIGN_IN)

    name = f"applications/{azure.state['applications'][0]['id']}/federatedIdentityCredentials"
    [credential] = azure.state[name]
    assert credential["issuer"].startswith(issuer)
    assert credential["audiences"] == [f"api://AzureADTokenExchange{audience}"]


@pytest.mark.parametrize(
    "wrong", ["http://contoso.example/.auth/login/aad/callback", "https://contoso.example/"]
)
def test_a_sign_in_returns_to_app_service_only(wrong: str, azure: Azure) -> None:
    """Any other address would hand the sign-in to somebody else."""
    done = azure.run(*(wrong if each == CALLBACK else each for each in SIGN_IN))

    assert done.returncode == 2
    assert not azure.calls()


def test_without_anybody_assigned_the_script_says_that_nobody_gets_in(azure: Azure) -> None:
    """It works, and is useless until somebody is assigned."""
    done = azure.run(*SIGN_IN)

    assert "nobody can sign in" in done.stderr
