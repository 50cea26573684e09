"""The pipelines: what they may do. Two linters, and rules of our own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.components import ROOT
from tests.support.workflows import (
    SHA,
    TWIN,
    WORKFLOWS,
    actionlint,
    all_workflows,
    expressions,
    jobs,
    loaded,
    steps,
    text_of,
    walk,
    zizmor,
)

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(WORKFLOWS.glob("*.yml"))
LOGIN = "Azure/login@"
GOOD = """\
on: push
permissions: {}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: make test
"""
PLANTED = {
    "an unknown key": GOOD.replace("run: make test", "run: make test\n        wiht: {}"),
    "a job that is not there": GOOD.replace("a:\n", "a:\n    needs: b\n"),
    "an unknown variable": GOOD.replace("make test", "echo ${{ nope.x }}"),
    "text of a stranger in a script": GOOD.replace("make", "echo ${{ github.head_ref }} make"),
    "broken YAML": GOOD.replace("run: make test", "run: a: b: c"),
}
RISKS = {
    "template-injection": GOOD.replace("make", "echo ${{ github.event.issue.title }} make"),
    "unpinned-uses": GOOD.replace("run: make test", "uses: actions/setup-python@v7"),
    "artipacked": GOOD.replace("run: make test", "uses: actions/checkout@v7"),
    "dangerous-triggers": GOOD.replace("on: push", "on: pull_request_target"),
    "excessive-permissions": GOOD.replace("permissions: {}\n", ""),
}


# -- linters --------------------------------------------------------------------------------------


def test_actionlint_finds_nothing() -> None:
    """Syntax, expressions, contexts, job graph."""
    assert actionlint(*FILES) == []


@pytest.mark.parametrize("mistake", PLANTED)
def test_actionlint_finds_a_planted_mistake(mistake: str, tmp_path: Path) -> None:
    """The check above can fail, also when the linter itself stumbles."""
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(GOOD)
    bad.write_text(PLANTED[mistake])

    found = actionlint(bad, good)

    assert found
    assert all(each.startswith("bad.yml") for each in found)


def test_zizmor_finds_nothing() -> None:
    """Rights, pins, injection, credentials left behind."""
    assert zizmor(*FILES, ROOT / ".github/dependabot.yml") == []


@pytest.mark.parametrize("risk", RISKS)
def test_zizmor_finds_a_planted_risk(risk: str, tmp_path: Path) -> None:
    """The check above can fail."""
    bad = tmp_path / "bad.yml"
    bad.write_text(RISKS[risk])

    assert f"bad.yml: {risk}" in zizmor(bad)


def test_zizmor_says_what_it_could_not_read(tmp_path: Path) -> None:
    """It ends well on broken YAML when another file is whole; that is no pass."""
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(GOOD)
    bad.write_text("a: b: c")

    assert zizmor(good, bad) != []


# -- rights ---------------------------------------------------------------------------------------


def test_every_action_is_pinned_to_a_commit_and_says_its_version() -> None:
    """A moved tag changes nothing here."""
    lines = [
        line.partition("uses:")[2].strip()
        for name in all_workflows()
        for line in text_of(name).splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]

    assert lines
    odd = [each for each in lines if not each.startswith("./") and not SHA.fullmatch(each)]
    assert odd == []


def test_one_action_has_one_version() -> None:
    """The same action is not pinned to two commits."""
    used = {step["uses"] for _, step in steps() if "uses" in step}

    names = [each.partition("@")[0] for each in used]

    assert sorted(names) == sorted(set(names))


def test_no_workflow_has_a_right_by_default() -> None:
    """Each job says what it needs."""
    assert [name for name, each in all_workflows().items() if each["permissions"] != {}] == []


def test_a_job_reads_and_at_most_signs_in() -> None:
    """Nobody writes to the repository, to issues, to packages."""
    for file, name, job in jobs():
        rights = job["permissions"]
        assert rights in ({"contents": "read"}, {"contents": "read", "id-token": "write"}), name
        calls = "uses" in job
        signs_in = any(step.get("uses", "").startswith(LOGIN) for step in job.get("steps", []))
        assert ("id-token" in rights) == (signs_in or (calls and name in {"dev", "prod"})), file


def test_there_is_no_stored_secret() -> None:
    """Not even one that nobody uses: sign-in is by federation, the webhook stays in the vault."""
    for name in all_workflows():
        assert not re.search(r"\$\{\{[^}]*\bsecrets\b", text_of(name))
    assert not [each for each in walk(all_workflows()) if "secrets" in each]
    twin = TWIN.read_text(encoding="utf-8")
    assert not re.search(r"password|secret\w*:|\bkey:", twin, re.IGNORECASE)


def test_signing_in_names_identity_tenant_and_subscription_by_variables() -> None:
    """With no client secret: that is what makes it federated."""
    logins = [step["with"] for _, step in steps() if step.get("uses", "").startswith(LOGIN)]

    assert len(logins) == 2
    assert {tuple(sorted(each.items())) for each in logins} == {
        (
            ("client-id", "${{ vars.AZURE_CLIENT_ID }}"),
            ("subscription-id", "${{ vars.AZURE_SUBSCRIPTION_ID }}"),
            ("tenant-id", "${{ vars.AZURE_TENANT_ID }}"),
        )
    }


def test_who_signs_in_does_it_in_an_environment() -> None:
    """The federated credential is bound to it, and so are the approvals."""
    for file, name, job in jobs():
        if any(step.get("uses", "").startswith(LOGIN) for step in job.get("steps", [])):
            where = job["environment"]
            named = where["name"] if isinstance(where, dict) else where
            assert named == "${{ inputs.environment }}", f"{file}: {name}"


def test_nothing_is_installed_after_signing_in() -> None:
    """What pip installs runs no code beside a token for Azure."""
    for file, name, job in jobs():
        texts = [step.get("uses", "") + step.get("run", "") for step in job.get("steps", [])]
        login = next((at for at, text in enumerate(texts) if text.startswith(LOGIN)), len(texts))
        late = [text for text in texts[login:] if re.search(r"\b(pip|npm|make|apt-get)\b", text)]
        assert late == [], f"{file}: {name}"


def test_no_checkout_leaves_its_credentials() -> None:
    """A later step cannot push with them."""
    checkouts = [
        step for _, step in steps() if step.get("uses", "").startswith("actions/checkout@")
    ]

    assert checkouts
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)
    of_twin = [each for each in walk(loaded(TWIN)) if "checkout" in each]
    assert of_twin
    assert all(each["persistCredentials"] is False for each in of_twin)


def test_no_expression_stands_in_a_script() -> None:
    """Values come by the environment, where they cannot become code."""
    assert [where for where, step in steps() if expressions(step.get("run", ""))] == []


def test_a_command_that_fails_before_a_pipe_fails_the_step() -> None:
    """GitHub sets pipefail only where the shell is named."""
    shells = {name: each.get("defaults") for name, each in all_workflows().items()}

    assert [name for name, each in shells.items() if each != {"run": {"shell": "bash"}}] == []
    assert [where for where, step in steps() if "shell" in step] == []


def test_no_step_leaves_a_file_of_its_own_in_the_checkout() -> None:
    """The package takes what lies there, so a log would ship."""
    scripts = [step["run"] for _, step in steps() if "run" in step]
    written = {each for text in scripts for each in re.findall(r"(?:>+|tee(?: -a)?) *(\S+)", text)}

    assert all(each.startswith(('"$RUNNER_TEMP/', '"$GITHUB_')) for each in written), written


def test_only_known_contexts_are_read() -> None:
    """No text that a stranger writes, such as a branch's name or a title."""
    known = r"(vars|inputs|steps)\.[\w.-]+|github\.(workflow|ref)"
    extra = {"github.event_name == 'pull_request'"}
    found = {each for name in all_workflows() for each in expressions(text_of(name))}

    assert {each for each in found if not re.fullmatch(known, each)} == extra


def test_strangers_start_tests_only() -> None:
    """A pull request cannot reach Azure, and nothing runs with the base's rights on its code."""
    starts = {name: set(each["on"]) for name, each in all_workflows().items()}

    assert starts == {
        "deploy-environment.yml": {"workflow_call"},
        "deploy.yml": {"workflow_dispatch"},
        "test.yml": {"pull_request", "push", "workflow_call"},
    }
    assert loaded(WORKFLOWS / "test.yml")["on"]["push"] == {"branches": ["main"]}


def test_every_job_ends_by_itself() -> None:
    """At most an hour; a job that calls a workflow has the limits of that one."""
    limits = {name: job.get("timeout-minutes") for _, name, job in jobs() if "uses" not in job}

    assert all(limit is not None and limit <= 60 for limit in limits.values()), limits
    of_twin = [each for each in walk(loaded(TWIN)) if "job" in each or "deployment" in each]
    assert all(each["timeoutInMinutes"] <= 60 for each in of_twin)
