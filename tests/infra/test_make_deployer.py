"""deploy/make-deployer.sh: what the identity of a pipeline may do, and who may use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.components import ROOT

if TYPE_CHECKING:
    import subprocess

    from tests.support.fake_tools import Call, FakeTools

OPTIONS = (
    *("--environment", "dev", "--resource-group", "rg-watchdog-dev"),
    *("--location", "westeurope", "--repository", "contoso/watchdog"),
)
SUBJECT = "repo:contoso@123456/watchdog@456789"
GROUP_ID = "/subscriptions/0000/resourceGroups/rg-watchdog-dev"
ID_PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def made(tools: FakeTools, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it in a subscription where it may do everything."""
    tools.rules.clear()
    tools.answer("--query tenantId", {"out": "tenant-of-contoso\n"})
    tools.answer("account show --query id", {"out": "sub-of-contoso\n"})
    tools.answer("az account show", {})
    tools.answer("az group exists", {"out": "false\n"})
    tools.answer("az group show", {"out": f"{GROUP_ID}\n"})
    tools.answer("--query clientId", {"out": "client-of-deployer\n"})
    tools.answer("--query principalId", {"out": "principal-of-deployer\n"})
    tools.answer("az ", {})
    tools.answer("gh api", {"out": f"{SUBJECT}\n"})
    return tools.run("deploy/make-deployer.sh", *OPTIONS, *options)


def assignments(tools: FakeTools) -> dict[str, Call]:
    """The calls that assign a role, by the role's name."""
    calls = [
        call for call in tools.calls("az") if call.argv[:3] == ("role", "assignment", "create")
    ]
    return {after(call, "--role"): call for call in calls}


def after(call: Call, option: str) -> str:
    """The value of an option."""
    return call.argv[call.argv.index(option) + 1]


def test_it_has_two_roles_on_its_group_and_nowhere_else(tools: FakeTools) -> None:
    """To deploy, and to give the app's identity its roles."""
    done = made(tools)

    assert done.returncode == 0, done.stderr
    found = assignments(tools)
    assert set(found) == {"Contributor", "Role Based Access Control Administrator"}
    assert {after(call, "--scope") for call in found.values()} == {GROUP_ID}
    assert {after(call, "--assignee-object-id") for call in found.values()} == {
        "principal-of-deployer"
    }


def test_it_may_assign_only_the_templates_roles_and_only_to_identities(tools: FakeTools) -> None:
    """Neither Owner to itself, nor anything to a person."""
    made(tools)

    call = assignments(tools)["Role Based Access Control Administrator"]
    condition = after(call, "--condition")
    roles = (ROOT / "infra/modules/roles.bicep").read_text("utf-8")
    granting, removing = condition.split(" AND ((!")
    assert after(call, "--condition-version") == "2.0"
    for half in (granting, removing):
        assert set(re.findall(ID_PATTERN, half)) == set(
            re.findall(rf"(?m)^var \w+ = '({ID_PATTERN})'", roles)
        )
    assert "/write'}" in granting
    assert "{'ServicePrincipal'}" in granting
    assert "/delete'}" in removing
    assert condition.count("(") == condition.count(")")


def test_only_that_environment_of_that_repository_may_use_it(tools: FakeTools) -> None:
    """There is no secret; the subject is exact, as GitHub itself says it."""
    made(tools)

    (call,) = (call for call in tools.calls("az") if "federated-credential" in call.argv)
    assert after(call, "--subject") == f"{SUBJECT}:environment:dev"
    assert "repos/contoso/watchdog/actions/oidc/customization/sub" in tools.calls("gh")[0].argv
    assert after(call, "--issuer") == "https://token.actions.githubusercontent.com"
    assert not [each for each in tools.calls("az") if {"secret", "--password"} & {*each.argv}]


@pytest.mark.parametrize(
    ("options", "said", "subject"),
    [
        ((), "\n", "repo:contoso/watchdog"),
        (("--subject", "repo:contoso/watchdog"), "must not be asked", "repo:contoso/watchdog"),
        (("--subject", SUBJECT), "must not be asked", SUBJECT),
    ],
)
def test_the_subject_of_an_older_repository_has_no_ids(
    options: tuple[str, ...], said: str, subject: str, tools: FakeTools
) -> None:
    """GitHub then names no prefix; and who has no gh can say it."""
    made(tools)
    tools.rules[:] = [rule for rule in tools.rules if rule["words"] != "gh api"]
    tools.answer("gh api", {"out": said})
    (tools.folder / "calls.jsonl").unlink()

    done = tools.run("deploy/make-deployer.sh", *OPTIONS, *options)

    assert done.returncode == 0, done.stderr
    (call,) = (call for call in tools.calls("az") if "federated-credential" in call.argv)
    assert after(call, "--subject") == f"{subject}:environment:dev"
    assert len(tools.calls("gh")) == (not options)


@pytest.mark.parametrize(
    "answer", [{"code": 1, "err": "Not Found"}, {"out": "repo:contoso/*"}, {"out": "org:contoso"}]
)
def test_nothing_is_made_while_the_subject_is_unknown(
    answer: dict[str, object], tools: FakeTools
) -> None:
    """A wrong one would let nobody in, or somebody else."""
    tools.rules.clear()
    tools.answer("gh api", answer)

    done = tools.run("deploy/make-deployer.sh", *OPTIONS)

    assert done.returncode == 2
    assert "--subject" in done.stderr
    assert not tools.calls("az")


def test_what_the_template_uses_is_registered_with_the_subscription(tools: FakeTools) -> None:
    """The pipeline has rights on a group only, so it could not; who may not either goes on."""
    done = made(tools)

    registered = {
        after(call, "--namespace")
        for call in tools.calls("az")
        if call.argv[:2] == ("provider", "register")
    }
    modules = "".join(path.read_text("utf-8") for path in (ROOT / "infra/modules").glob("*.bicep"))
    used = set(re.findall(r"(?m)^ *resource \w+ '(Microsoft\.\w+)/", modules))
    assert registered == used - {"Microsoft.Graph"}
    assert {"Microsoft.Web", "Microsoft.Storage", "Microsoft.Insights"} <= registered
    tools.rules.insert(0, {"words": "provider register", "answers": [{"code": 1}]})
    refused = tools.run("deploy/make-deployer.sh", *OPTIONS)
    assert (done.returncode, refused.returncode) == (0, 0)
    assert "az provider register --namespace Microsoft.Web" in refused.stderr


def test_the_identity_does_not_live_where_it_deploys(tools: FakeTools) -> None:
    """A contributor to its own group could let in another repository."""
    made(tools)

    (call,) = (call for call in tools.calls("az") if call.argv[:2] == ("identity", "create"))
    assert after(call, "--resource-group") == "rg-watchdog-dev-deploy"
    refused = made(tools, "--identity-group", "RG-Watchdog-Dev")
    assert refused.returncode == 2
    assert "--identity-group" in refused.stderr


def test_it_says_the_variables_that_the_workflow_reads(tools: FakeTools) -> None:
    """Each `vars.` of the deployment, but for sign-in, which comes later."""
    done = made(tools)

    workflow = (ROOT / ".github/workflows/deploy-environment.yml").read_text("utf-8")
    read = set(re.findall(r"vars\.(\w+)", workflow)) - {"SIGN_IN_CLIENT_ID"}
    assert set(re.findall(r"(\w+)=", done.stdout)) == read
    assert "AZURE_CLIENT_ID=client-of-deployer" in done.stdout
    assert "AZURE_TENANT_ID=tenant-of-contoso" in done.stdout
    assert "AZURE_SUBSCRIPTION_ID=sub-of-contoso" in done.stdout


@pytest.mark.parametrize(
    "words", ["group create", "identity create", "federated-credential", "role assignment"]
)
def test_a_step_that_fails_ends_it_with_what_to_do(words: str, tools: FakeTools) -> None:
    """No variables are printed for an identity that is only half made."""
    tools.answer(words, {"code": 1, "err": "AuthorizationFailed\n"})
    first = tools.rules.pop()
    tools.rules.clear()
    made_rules = made(tools)
    assert made_rules.returncode == 0
    tools.rules.insert(0, first)

    done = tools.run("deploy/make-deployer.sh", *OPTIONS)

    assert done.returncode == 2
    assert "Owner" in done.stderr
    assert "AZURE_CLIENT_ID" not in done.stdout


@pytest.mark.parametrize("repository", ["contoso", "contoso/a/b", "contoso/*", "https://x/y"])
def test_an_odd_repository_is_refused(repository: str, tools: FakeTools) -> None:
    """The subject of the credential is made of it."""
    done = made(tools, "--repository", repository)

    assert done.returncode == 2
    assert not tools.calls()
