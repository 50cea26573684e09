"""deploy/smoke-test.sh: the order of its steps, its bounds, and where the function key goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fake_tools import FakeTools

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

KEY = "canary-function-key"
URL = "https://contoso-watchdog.azurewebsites.net"
SMOKE = ("--resource-group", "rg-watchdog", "--app", "contoso-watchdog", "--url", URL)
MISCONFIGURED = '{"status": "misconfigured", "settings": ["WATCHDOG_TEAMS_URL"]}'


def working(tools: FakeTools) -> FakeTools:
    """A deployed app in which everything works."""
    tools.answer("az functionapp keys list", {"out": f"{KEY}\n"})
    tools.answer("/api/run", {"out": "200", "body": "{}"})
    tools.answer("/api/health", {"out": "200", "body": "{}"})
    tools.answer("doctor-python", {"out": "all pass\n"})
    return tools


def smoke(tools: FakeTools, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the smoke test on the usual app."""
    return tools.run(
        "deploy/smoke-test.sh", *SMOKE, *options, PYTHON="doctor-python", **environment
    )


def test_the_smoke_test_ticks_then_looks_then_sends_a_card(tools: FakeTools) -> None:
    """In this order: health is bad until the first tick is done."""
    done = smoke(working(tools))

    assert done.returncode == 0
    steps = [call.text for call in tools.calls() if call.tool in ("curl", "doctor-python")]
    assert [step.rpartition("/")[2] for step in steps[:2]] == ["run", "health"]
    assert steps[2:] == [f"doctor-python -m shared.cli doctor --app {URL} --send-card"]


def test_the_card_can_be_left_out(tools: FakeTools) -> None:
    """At three in the morning nobody needs a test card."""
    done = smoke(working(tools), "--no-card")

    assert done.returncode == 0
    assert "--send-card" not in tools.calls("doctor-python")[0].argv


def test_the_function_key_is_in_no_command_line_and_in_no_output(tools: FakeTools) -> None:
    """Other users of a machine can read command lines, and everybody the log."""
    done = smoke(working(tools))

    assert KEY not in done.stdout + done.stderr
    assert not [call for call in tools.calls() if KEY in call.text]


def test_the_function_key_reaches_the_app_and_the_doctor_only(tools: FakeTools) -> None:
    """As a header by curl's standard input, and as FUNCTION_KEY; health needs none."""
    smoke(working(tools))

    tick, health = tools.calls("curl")
    (doctor,) = tools.calls("doctor-python")
    assert f'header = "x-functions-key: {KEY}"' in tick.stdin
    assert 'request = "POST"' in tick.stdin
    assert health.stdin == ""
    assert doctor.key == KEY
    assert not [call for call in tools.calls() if call.tool != "doctor-python" and call.key]


def test_a_pipelines_log_masks_the_key_before_anything_else_has_it(tools: FakeTools) -> None:
    """The only line that holds it is the command that hides it."""
    for environment, command in (
        ({"GITHUB_ACTIONS": "true"}, f"::add-mask::{KEY}"),
        ({"TF_BUILD": "True"}, f"##vso[task.setsecret]{KEY}"),
    ):
        done = smoke(working(tools), **environment)

        lines = [line for line in (done.stdout + done.stderr).splitlines() if KEY in line]
        assert lines == [command]


@pytest.mark.parametrize(
    "url",
    [
        "http://contoso-watchdog.azurewebsites.net",
        "https://contoso.example/path",
        "https://user@contoso.example",
        "https://contoso.example:8443",
        "contoso.example",
    ],
)
def test_the_key_goes_to_no_odd_address(url: str, tools: FakeTools) -> None:
    """It is not even fetched."""
    done = tools.run("deploy/smoke-test.sh", "--resource-group", "rg", "--app", "a", "--url", url)

    assert done.returncode == 2
    assert not tools.calls()


def test_a_host_that_is_still_starting_is_waited_for(tools: FakeTools) -> None:
    """Keys, functions and health come one after the other."""
    tools.answer("az functionapp keys list", {"code": 1}, {"out": "\n"}, {"out": f"{KEY}\n"})
    tools.answer("/api/run", {"code": 7}, {"out": "404"}, {"out": "200"})
    tools.answer("/api/health", {"out": "503"}, {"out": "200"})
    tools.answer("doctor-python", {})

    done = smoke(tools, "--pause", "9")

    assert done.returncode == 0
    assert [call.argv for call in tools.calls("sleep")] == [("9",)] * 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("az functionapp keys list", "function key"),
        ("/api/run", "/api/run"),
        ("/api/health", "/api/health"),
    ],
)
def test_waiting_ends(words: str, said: str, tmp_path: Path) -> None:
    """After as many tries as allowed: no pipeline hangs."""
    tools = FakeTools(tmp_path)
    tools.answer("az account show", {})
    tools.answer("sleep", {})
    tools.answer(words, {"code": 7})
    working(tools)

    done = smoke(tools, "--attempts", "4", "--pause", "1")

    assert done.returncode == 2
    assert said in done.stderr
    assert len([call for call in tools.calls() if words in call.text]) == 4
    assert len(tools.calls("sleep")) == 3
    assert not tools.calls("doctor-python")


@pytest.mark.parametrize("options", [("--attempts", "0"), ("--attempts", "no"), ("--pause", "-1")])
def test_bounds_are_numbers(options: tuple[str, str], tools: FakeTools) -> None:
    """Without tries there would be no test."""
    assert smoke(working(tools), *options).returncode == 2
    assert not tools.calls("curl")


def test_each_request_has_an_end_of_its_own(tools: FakeTools) -> None:
    """A host that accepts and says nothing is not waited for without end."""
    smoke(working(tools))

    assert all("--max-time" in call.argv for call in tools.calls("curl"))
    assert not [call for call in tools.calls("curl") if {"-L", "--location"} & {*call.argv}]


@pytest.mark.parametrize(
    ("status", "body", "fix"),
    [
        ("503", MISCONFIGURED, "infra/scripts/set-secrets.sh"),
        ("404", "", "remote build"),
        ("401", "", "/api/doctor"),
        ("500", "", "log tail"),
    ],
)
def test_an_answer_that_is_not_200_is_shown_with_what_to_do(
    status: str, body: str, fix: str, tools: FakeTools
) -> None:
    """The setting's name stands in the answer, so the answer is shown."""
    tools.answer("/api/health", {"out": status, "body": body})

    done = smoke(working(tools), "--attempts", "2")

    assert done.returncode == 2
    assert status in done.stderr
    assert body in done.stderr
    assert fix in done.stderr


@pytest.mark.parametrize("code", [1, 2])
def test_the_doctors_exit_code_is_the_smoke_tests(code: int, tmp_path: Path) -> None:
    """What the doctor calls a fault stops the pipeline."""
    tools = FakeTools(tmp_path)
    tools.answer("az account show", {})
    tools.answer("doctor-python", {"code": code, "out": "fail  webhook\n"})

    done = smoke(working(tools))

    assert done.returncode == code
    assert "fail  webhook" in done.stdout
    assert "works." not in done.stdout


def test_the_subscription_of_azd_is_the_one_that_is_asked(tools: FakeTools) -> None:
    """Azd and az keep a default each; the deployment went to azd's."""
    done = smoke(working(tools), AZURE_SUBSCRIPTION_ID="sub-of-azd")

    assert done.returncode == 0
    assert tools.calls("az")
    assert all(call.argv[-2:] == ("--subscription", "sub-of-azd") for call in tools.calls("az"))
