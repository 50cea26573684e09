"""The scripts of deploy/: what they ask Azure for, what they never show, and what they say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.components import ROOT
from tests.support.fake_tools import FakeTools
from tests.support.workflows import tool_beside_python

URL = "https://contoso-watchdog.azurewebsites.net"
OUTPUTS = {
    "functionAppName": "contoso-watchdog",
    "functionAppUrl": URL,
    "resourceGroupName": "rg-watchdog",
    "keyVaultName": "kv-contoso",
    "identityPrincipalId": "8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11",
    "signInRedirectUri": f"{URL}/.auth/login/aad/callback",
}
SCRIPTS = sorted(path.name for path in (ROOT / "deploy").glob("*.sh") if path.name != "common.sh")
INFRA = ("--environment", "dev", "--resource-group", "rg-watchdog-dev")


# -- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_explains_itself(name: str, tools: FakeTools) -> None:
    """`--help` says what it is for and how to call it, and calls nothing."""
    done = tools.run(f"deploy/{name}", "--help")

    assert done.returncode == 0
    assert f"deploy/{name}" in done.stdout
    assert "Needs:" in done.stdout or "Reads" in done.stdout
    assert not tools.calls()


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_option_is_refused_before_anything_is_done(name: str, tools: FakeTools) -> None:
    """A misspelt option does not deploy something else."""
    done = tools.run(f"deploy/{name}", "--enviroment", "prod")

    assert done.returncode == 2
    assert "--enviroment" in done.stderr
    assert "What to do:" in done.stderr
    assert not tools.calls()


@pytest.mark.parametrize("name", ["what-if.sh", "infra.sh", "package.sh", "smoke-test.sh"])
def test_an_option_without_value_is_refused(name: str, tools: FakeTools) -> None:
    """An empty variable of a pipeline does not become another option's name."""
    for options in (("--resource-group",), ("--resource-group", ""), ()):
        done = tools.run(f"deploy/{name}", *options)

        assert done.returncode == 2
        assert "What to do:" in done.stderr
    assert not tools.calls()


@pytest.mark.parametrize(("name", "options"), [("what-if.sh", INFRA), ("infra.sh", INFRA)])
def test_who_is_not_signed_in_is_told_how(
    name: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    """Nothing else is asked of Azure then."""
    tools = FakeTools(tmp_path)
    tools.answer("az account show", {"code": 1, "err": "Please run 'az login'"})

    done = tools.run(f"deploy/{name}", *options)

    assert done.returncode == 2
    assert "az login" in done.stderr
    assert [call.argv[:2] for call in tools.calls("az")] == [("account", "show")]


# -- infrastructure -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["what-if.sh", "infra.sh"])
@pytest.mark.parametrize("environment", ["test", "../main.dev", "dev prod", "Dev"])
def test_only_an_environment_with_parameters_is_deployed(
    name: str, environment: str, tools: FakeTools
) -> None:
    """The file is named before Azure is asked."""
    done = tools.run(f"deploy/{name}", "--environment", environment, "--resource-group", "rg")

    assert done.returncode == 2
    assert environment in done.stderr
    assert not tools.calls()


@pytest.mark.parametrize("name", ["what-if.sh", "infra.sh"])
def test_a_group_that_cannot_be_read_is_said_with_the_command_that_makes_it(
    name: str, tmp_path: Path
) -> None:
    """The pipeline's identity cannot make it, so a person must."""
    tools = FakeTools(tmp_path)
    tools.answer("az account show", {})
    tools.answer("az group show", {"code": 3})

    done = tools.run(f"deploy/{name}", *INFRA)

    assert done.returncode == 2
    assert "az group create --name rg-watchdog-dev" in done.stderr
    assert not [call for call in tools.calls("az") if "deployment" in call.argv]


def test_what_if_asks_about_the_same_as_the_deployment_does(tools: FakeTools) -> None:
    """The reviewers saw what is deployed: only the verb differs."""
    tools.answer("az deployment group what-if", {"out": "no change\n"})
    tools.answer("az deployment group create", {})
    tools.answer("az deployment group show", {"out": "value\n"})

    looked = tools.run("deploy/what-if.sh", *INFRA)
    deployed = tools.run("deploy/infra.sh", *INFRA)

    assert (looked.returncode, deployed.returncode) == (0, 0)
    words = [call.argv for call in tools.calls("az") if "--parameters" in call.argv]
    looking, deploying = (
        [each for each in argv if each not in ("--output", "none")] for argv in words
    )
    looking[2] = "create"
    assert looking == deploying
    assert "infra/main.dev.bicepparam" in looking


@pytest.mark.parametrize(
    ("environment", "sign_in"),
    [
        ({}, ("signIn=off",)),
        ({"SIGN_IN_CLIENT_ID": ""}, ("signIn=off",)),
        ({"SIGN_IN_CLIENT_ID": "0b6c"}, ("signIn=existing", "signInClientId=0b6c")),
    ],
)
def test_a_pipeline_needs_no_right_in_graph(
    environment: dict[str, str], sign_in: tuple[str, ...], tools: FakeTools
) -> None:
    """Whatever the parameter file says: it grants nothing and registers nothing."""
    tools.answer("az deployment group", {"out": "value\n"})

    tools.run("deploy/infra.sh", *INFRA, **environment)

    (create,) = (call for call in tools.calls("az") if "create" in call.argv)
    said = create.argv[create.argv.index("infra/main.dev.bicepparam") + 1 :]
    assert said == ("--parameters", "grantGraphRoles=false", *sign_in)


def test_what_if_stands_on_the_page_of_the_run(tools: FakeTools, tmp_path: Path) -> None:
    """Reviewers read it there before they approve."""
    tools.answer("az deployment group what-if", {"out": "+ Microsoft.Web/sites\n"})
    page = tmp_path / "summary.md"

    done = tools.run("deploy/what-if.sh", *INFRA, GITHUB_STEP_SUMMARY=str(page))

    assert "+ Microsoft.Web/sites" in done.stdout
    assert "+ Microsoft.Web/sites" in page.read_text()


def test_what_if_is_uploaded_to_azure_devops(tools: FakeTools) -> None:
    """The file that its command names exists after the script has ended."""
    tools.answer("az deployment group what-if", {"out": "+ Microsoft.Web/sites\n"})

    done = tools.run("deploy/what-if.sh", *INFRA, TF_BUILD="True")

    found = re.search(r"^##vso\[task\.uploadsummary\](.+)$", done.stdout, re.MULTILINE)
    assert found
    assert "+ Microsoft.Web/sites" in Path(found[1]).read_text()


def test_a_failed_what_if_fails_and_says_that_nothing_was_changed(tools: FakeTools) -> None:
    """The reason that Azure gave is shown too."""
    tools.answer("az deployment group what-if", {"code": 1, "err": "AuthorizationFailed: no\n"})

    done = tools.run("deploy/what-if.sh", *INFRA)

    assert done.returncode == 2
    assert "AuthorizationFailed" in done.stderr
    assert "nothing was changed" in done.stderr


def test_the_next_steps_learn_the_apps_name_and_address(tools: FakeTools, tmp_path: Path) -> None:
    """From the outputs of the template, by the pipeline's own means."""
    tools.answer("az deployment group create", {})
    tools.answer("functionAppName", {"out": "contoso-watchdog\n"})
    tools.answer("functionAppUrl", {"out": f"{URL}\n"})
    file = tmp_path / "outputs"

    github = tools.run("deploy/infra.sh", *INFRA, GITHUB_OUTPUT=str(file))
    devops = tools.run("deploy/infra.sh", *INFRA, TF_BUILD="True")

    assert (github.returncode, devops.returncode) == (0, 0)
    assert file.read_text() == f"functionAppName=contoso-watchdog\nfunctionAppUrl={URL}\n"
    assert f"##vso[task.setvariable variable=functionAppUrl]{URL}" in devops.stdout


def test_a_failed_deployment_stops_the_pipeline(tools: FakeTools) -> None:
    """No output of an earlier deployment is handed on."""
    tools.answer("az deployment group create", {"code": 1, "err": "Conflict\n"})

    done = tools.run("deploy/infra.sh", *INFRA)

    assert done.returncode == 2
    assert "az deployment operation group list" in done.stderr
    assert not [
        call for call in tools.calls("az") if "show" in call.argv and "deployment" in call.argv
    ]


def test_a_template_without_the_output_is_said(tools: FakeTools) -> None:
    """Else the next step would deploy to an app without a name."""
    tools.answer("az deployment group create", {})
    tools.answer("az deployment group show", {"out": ""})

    done = tools.run("deploy/infra.sh", *INFRA)

    assert done.returncode == 2
    assert "functionAppName" in done.stderr


# -- azd ------------------------------------------------------------------------------------------


def test_the_next_steps_are_commands_that_exist_with_this_deployments_names(
    tools: FakeTools,
) -> None:
    """Each names a script of ours, with options that its --help explains."""
    done = tools.run("deploy/next-steps.sh", **OUTPUTS, signInReady="false")

    commands = [line.split() for line in done.stdout.splitlines() if line.startswith("     ")]
    assert done.returncode == 0
    assert [Path(words[0]).name for words in commands] == [
        "grant-graph-roles.sh",
        "grant-connect-health-reader.sh",
        "set-secrets.sh",  # with it ticks begin, and a token taken before a grant lasts for a day
        "smoke-test.sh",
        "register-sign-in.sh",
    ]
    for script, *words in commands:
        known = tools.run(script, "--help").stdout
        assert [word for word in words if word.startswith("--") and word not in known] == []
        assert {word for word in words if not word.startswith("--")} <= {*OUTPUTS.values()}


def test_who_can_sign_in_is_not_told_to_register(tools: FakeTools) -> None:
    """Only what is left is said."""
    done = tools.run("deploy/next-steps.sh", **OUTPUTS, signInReady="true")

    assert "register-sign-in" not in done.stdout


def test_next_steps_without_outputs_say_so(tools: FakeTools) -> None:
    """No command with a hole in it is printed."""
    done = tools.run("deploy/next-steps.sh", functionAppName="contoso-watchdog")

    assert done.returncode == 2
    assert "functionAppUrl" in done.stderr
    assert done.stdout == ""


# -- style ----------------------------------------------------------------------------------------


def shellcheck(*scripts: str) -> str:
    """What ShellCheck has against scripts; it reads what they source beside them, too."""
    options = ("--external-sources", "--source-path=SCRIPTDIR")
    done = subprocess.run(  # noqa: S603 - our own files
        [tool_beside_python("shellcheck"), *options, *scripts],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_no_shell_script_has_a_known_mistake() -> None:
    """ShellCheck reads every one of the project."""
    folders = ("deploy", "infra/scripts", ".ci")
    files = [path for each in folders for path in sorted((ROOT / each).glob("*")) if path.is_file()]
    scripts = [str(path) for path in files if "sh" in path.read_text("utf-8").partition("\n")[0]]

    found = shellcheck(*scripts)

    assert {"deploy/common.sh", ".ci/run"} <= {path.removeprefix(f"{ROOT}/") for path in scripts}
    assert found == ""


@pytest.mark.parametrize(
    "mistake", ['rm -rf "$nowhere"/x', "cat $1", "cd /tmp; ls", "if [ $a == ]; then :; fi"]
)
def test_shellcheck_finds_a_planted_mistake(mistake: str, tmp_path: Path) -> None:
    """The check above can fail."""
    script = tmp_path / "bad.sh"
    script.write_text(f"#!/usr/bin/env bash\n{mistake}\n")

    assert "SC" in shellcheck(str(script))
