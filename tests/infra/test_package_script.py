"""deploy/package.sh: where package and token go, and when it is said to be in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.fake_tools import FakeTools

TOKEN = "canary-token-for-azure"
SCM = "contoso-watchdog.scm.westeurope-01.azurewebsites.net"
DONE = {"out": "200", "body": '{"id": "1", "status": 4, "complete": true}'}


@pytest.fixture
def package(tmp_path: Path) -> str:
    """A built package."""
    path = tmp_path / "watchdog.zip"
    path.write_bytes(b"PK")
    return str(path)


def send(
    tools: FakeTools, package: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Send a package to an app that is there."""
    tools.answer("az functionapp show", {"out": f"{SCM}\n"})
    tools.answer("az account get-access-token", {"out": f"{TOKEN}\n"})
    return tools.run(
        "deploy/package.sh",
        *("--resource-group", "rg-watchdog", "--app", "contoso-watchdog", "--zip", package),
        *options,
        **environment,
    )


def test_the_package_goes_to_the_app_as_it_is(tools: FakeTools, package: str) -> None:
    """One Deploy without remote build, at the host that Azure names; then it is there."""
    tools.answer("/api/publish", {"out": "202"})
    tools.answer("/api/deployments/latest", {"out": "202", "body": '{"status": 2}'}, DONE)

    done = send(tools, package)

    assert done.returncode == 0, done.stderr
    sent, *asked = tools.calls("curl")
    assert sent.argv[-1] == f"https://{SCM}/api/publish?RemoteBuild=false"
    assert f"@{package}" in sent.argv
    assert len(asked) == 2
    assert "has the package" in done.stdout


def test_the_host_is_found_in_either_form_of_the_answer(tools: FakeTools, package: str) -> None:
    """Of Flex Consumption the Azure CLI prints `properties`; without it the name is empty."""
    tools.answer("/api/", DONE)
    send(tools, package)

    (call,) = (each for each in tools.calls("az") if each.argv[:2] == ("functionapp", "show"))
    query = call.argv[call.argv.index("--query") + 1]
    assert (
        query == "(properties.hostNameSslStates || hostNameSslStates)[?hostType=='Repository'].name"
    )


@pytest.mark.parametrize("host", ["", "evil.example", "x.scm.azurewebsites.net.evil.example"])
def test_the_token_goes_to_no_other_host(host: str, tools: FakeTools, package: str) -> None:
    """A name that is not App Service's gets nothing."""
    tools.answer("az functionapp show", {"out": f"{host}\n"})

    done = send(tools, package)

    assert done.returncode == 2
    assert "What to do:" in done.stderr
    assert not tools.calls("curl")


def test_the_token_is_in_no_command_line_and_masked_in_a_pipelines_log(
    tools: FakeTools, package: str
) -> None:
    """Other users of a machine can read command lines."""
    tools.answer("/api/", DONE)

    done = send(tools, package)
    masked = send(tools, package, GITHUB_ACTIONS="true")

    assert TOKEN not in done.stdout + done.stderr
    assert not [call for call in tools.calls() if TOKEN in call.text]
    assert all(f"Bearer {TOKEN}" in call.stdin for call in tools.calls("curl"))
    assert f"::add-mask::{TOKEN}" in masked.stdout


@pytest.mark.parametrize(
    ("answer", "why"),
    [("401", "from you"), ("403", "from you"), ("409", "under way"), ("500", "not taken")],
)
def test_a_package_that_is_not_taken_fails_with_what_to_do(
    answer: str, why: str, tools: FakeTools, package: str
) -> None:
    """And with what the other side said."""
    tools.answer("/api/publish", {"out": answer, "body": "the reason"})

    done = send(tools, package)

    assert done.returncode == 2
    assert "the reason" in done.stderr
    assert why in done.stderr
    assert "What to do:" in done.stderr
    assert len(tools.calls("curl")) == 1


@pytest.mark.parametrize("status", [3, 5, 6, -1])
def test_a_deployment_that_ends_badly_is_not_called_done(
    status: int, tools: FakeTools, package: str
) -> None:
    """Failed, overtaken, half done, cancelled."""
    tools.answer("/api/publish", {"out": "202"})
    tools.answer("/api/deployments/latest", {"out": "200", "body": f'{{"status": {status}}}'})

    done = send(tools, package)

    assert done.returncode == 2
    assert "has the package" not in done.stdout
    assert len(tools.calls("curl")) == 2, "it does not wait for what cannot come"


def test_a_deployment_that_never_ends_is_not_called_done(tools: FakeTools, package: str) -> None:
    """It stops asking, and says so."""
    tools.answer("/api/publish", {"out": "202"})
    tools.answer("/api/deployments/latest", {"out": "202", "body": '{"status": 1}'})

    done = send(tools, package, "--attempts", "3", "--pause", "0")

    assert done.returncode == 2
    assert len(tools.calls("curl")) == 4
    assert "3 questions" in done.stderr


def test_without_a_package_nothing_is_asked(tools: FakeTools, tmp_path: Path) -> None:
    """The command that builds it is said."""
    done = send(tools, str(tmp_path / "none.zip"))

    assert done.returncode == 2
    assert "make package" in done.stderr
    assert not tools.calls()
