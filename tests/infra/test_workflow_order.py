"""The pipelines: in which order they do what, and that all they name exists."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

from tests.support.components import ROOT
from tests.support.workflows import TWIN, WORKFLOWS, loaded, our_steps, steps, text_of, walk

FILES = sorted(WORKFLOWS.glob("*.yml"))


# -- order ----------------------------------------------------------------------------------------


def test_what_was_tested_is_built_once_and_goes_everywhere() -> None:
    """Test, build, dev, prod: one after the other, one artifact."""
    graph = {
        name: job.get("needs") for name, job in loaded(WORKFLOWS / "deploy.yml")["jobs"].items()
    }
    builds = [where for where, step in steps() if "make package" in step.get("run", "")]
    up = [step["with"] for _, step in steps() if "upload-artifact@" in step.get("uses", "")]
    down = [step["with"] for _, step in steps() if "download-artifact@" in step.get("uses", "")]

    assert graph == {"test": None, "build": "test", "dev": "build", "prod": "dev"}
    assert builds == ["deploy.yml: build"]
    assert [(each["name"], each["path"]) for each in up] == [("watchdog", "build/watchdog.zip")]
    assert [(each["name"], each["path"]) for each in down] == [("watchdog", "build")]
    assert up[0]["if-no-files-found"] == "error"


def test_prod_is_deployed_only_when_asked_for() -> None:
    """A run for dev ends with dev."""
    deploy = loaded(WORKFLOWS / "deploy.yml")
    asked = deploy["on"]["workflow_dispatch"]["inputs"]["environment"]

    assert (asked["type"], asked["options"], asked["default"]) == ("choice", ["dev", "prod"], "dev")
    assert deploy["jobs"]["prod"]["if"] == "inputs.environment == 'prod'"
    assert {each: deploy["jobs"][each]["with"] for each in asked["options"]} == {
        each: {"environment": each} for each in asked["options"]
    }


def test_two_deployments_to_one_environment_wait_for_each_other() -> None:
    """And none is cut off half-way."""
    named = loaded(WORKFLOWS / "deploy.yml")["jobs"]

    assert {each: named[each]["concurrency"] for each in ("dev", "prod")} == {
        each: {"group": f"deploy-{each}", "cancel-in-progress": False} for each in ("dev", "prod")
    }


def test_a_deployment_looks_first_and_proves_itself_last() -> None:
    """What-if in a job of its own; then infrastructure, package, smoke test."""
    found = loaded(WORKFLOWS / "deploy-environment.yml")["jobs"]

    assert found["deploy"]["needs"] == "what-if"
    assert list(our_steps(found["what-if"]["steps"])) == ["deploy/what-if.sh"]
    assert list(our_steps(found["deploy"]["steps"])) == [
        "deploy/infra.sh",
        "the package",
        "deploy/smoke-test.sh",
    ]


def test_the_package_ships_as_it_was_built() -> None:
    """No remote build: neither asked for, nor by a command that always asks for it."""
    (package,) = (step for _, step in steps() if "functions-action@" in step.get("uses", ""))
    (of_twin,) = (each for each in walk(loaded(TWIN)) if each.get("task") == "AzureFunctionApp@2")
    texts = [path.read_text("utf-8") for path in [*(ROOT / "deploy").glob("*.sh"), TWIN, *FILES]]
    commands = [line for text in texts for line in text.splitlines() if "#" not in line]

    assert package["with"]["package"] == "build/watchdog.zip"
    assert package["with"]["remote-build"] == "false"
    assert package["with"]["sku"] == "flexconsumption"
    assert of_twin["inputs"]["isFlexConsumption"] is True
    assert not [line for line in commands if "config-zip" in line]


def test_the_smoke_test_sends_a_card() -> None:
    """In both pipelines: only a card in the channel shows that cards arrive."""
    texts = [text_of("deploy-environment.yml"), TWIN.read_text("utf-8")]

    assert all("deploy/smoke-test.sh" in text and "--no-card" not in text for text in texts)


# -- the twin -------------------------------------------------------------------------------------


def stages_of_an_environment() -> list[dict[str, Any]]:
    """The stages that the twin has for each environment."""
    (found,) = (
        value for stage in loaded(TWIN)["stages"] for key, value in stage.items() if "each" in key
    )
    assert isinstance(found, list)
    return found


def test_approvers_of_the_twin_see_what_would_change_before_they_are_asked() -> None:
    """Azure DevOps asks before a stage that has an environment begins, not before its job."""
    looking, deploying = stages_of_an_environment()

    assert not [job for job in looking["jobs"] if "environment" in job]
    assert [job for job in deploying["jobs"] if "environment" in job] == deploying["jobs"]
    assert not {"dependsOn", "condition"} & {*looking, *deploying}, "each follows the one before"
    assert looking["variables"] == deploying["variables"]


def test_the_twin_runs_the_same_scripts_in_the_same_order() -> None:
    """What differs between the two is only how they sign in and hand over."""
    ours = loaded(WORKFLOWS / "deploy-environment.yml")["jobs"]
    (look,), (deploy,) = (stage["jobs"] for stage in stages_of_an_environment())

    for job, theirs in (
        (ours["what-if"], look["steps"]),
        (ours["deploy"], deploy["strategy"]["runOnce"]["deploy"]["steps"]),
    ):
        assert list(our_steps(theirs)) == list(our_steps(job["steps"]))


def test_the_twin_tests_and_builds_once_before() -> None:
    """In the first stage, with one artifact."""
    first = loaded(TWIN)["stages"][0]["jobs"][0]["steps"]
    scripts = [step["script"] for step in first if "script" in step]

    assert scripts[-2:] == [".ci/run", "make package"]
    assert [step["publish"] for step in first if "publish" in step] == ["build/watchdog.zip"]
    assert TWIN.read_text("utf-8").count("make package") == 1


def test_the_twin_deploys_in_an_environment_by_a_federated_connection() -> None:
    """Approvals hang on the environment; every task in Azure uses its own connection."""
    tasks = [each for each in walk(loaded(TWIN)) if str(each.get("task", "")).startswith("Azure")]
    (deployment,) = (each for each in walk(loaded(TWIN)) if "deployment" in each)

    assert len(tasks) == 4
    assert {each["inputs"]["azureSubscription"] for each in tasks} == {
        "watchdog-${{ environment }}"
    }
    assert deployment["environment"] == "watchdog-${{ environment }}"
    assert (loaded(TWIN)["trigger"], loaded(TWIN)["pr"]) == ("none", "none")


# -- what they name -------------------------------------------------------------------------------


SOURCED = {"infra/scripts/common.sh"}
"""Never run by itself."""


def pipeline_texts() -> dict[str, str]:
    """Every file that runs commands of this project in a pipeline, without its comments."""
    paths = [*FILES, TWIN, ROOT / "azure.yaml", *sorted((ROOT / "deploy").glob("*.sh"))]
    return {
        path.name: re.sub(r"(?m)(^|\s)#.*$", "", path.read_text(encoding="utf-8")) for path in paths
    }


def test_every_script_that_is_named_exists_and_may_be_run() -> None:
    """A renamed script is noticed here, not in a deployment."""
    pattern = re.compile(r"(?<![\w./{-])((?:deploy|infra/scripts|\.ci)/[\w.-]*\w)")
    named = {each for text in pipeline_texts().values() for each in pattern.findall(text)}

    assert {"deploy/smoke-test.sh", "infra/scripts/set-secrets.sh", ".ci/run"} <= named
    missing = [each for each in named if not (ROOT / each).exists()]
    assert missing == []
    scripts = [ROOT / each for each in named - SOURCED if (ROOT / each).is_file()]
    assert [path.name for path in scripts if not path.stat().st_mode & 0o100] == []


def test_every_target_of_make_that_is_named_exists() -> None:
    """Also those that azd calls."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    named = {
        each
        for text in pipeline_texts().values()
        for each in re.findall(r"(?m)(?:run: |script: |^\s*|&& )make ([a-z-]+)", text)
    }

    assert "package" in named
    assert named <= targets


def test_every_module_that_is_named_exists() -> None:
    """`python -m shared.cli doctor` is a command of this checkout."""
    named = {
        each
        for text in pipeline_texts().values()
        for each in re.findall(r"python\"? -m ([\w.]+)", text)
    }

    assert "shared.cli" in named
    for each in named - {"pip"}:
        path = ROOT / each.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), each


def test_the_doctor_knows_the_options_that_the_smoke_test_gives_it() -> None:
    """Asked of the command itself."""
    script = (ROOT / "deploy/smoke-test.sh").read_text("utf-8")
    (line,) = (line for line in script.splitlines() if "shared.cli doctor" in line)
    given = {*re.findall(r"--[\w-]+", line), *re.findall(r"card=\((--[\w-]+)\)", script)}

    done = subprocess.run(
        [sys.executable, "-m", "shared.cli", "doctor", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert given == {"--app", "--send-card"}
    assert [option for option in given if option not in done.stdout] == []
    assert "FUNCTION_KEY" in done.stdout


def test_every_environment_has_its_parameters() -> None:
    """`infra/main.<environment>.bicepparam`, of the template that the scripts deploy."""
    twin = loaded(TWIN)["parameters"][0]["default"]
    offered = loaded(WORKFLOWS / "deploy.yml")["on"]["workflow_dispatch"]["inputs"]["environment"]

    assert twin == offered["options"]
    for environment in twin:
        text = (ROOT / f"infra/main.{environment}.bicepparam").read_text("utf-8")
        assert re.search(r"(?m)^using '(\./)?main\.bicep'", text), environment


def test_every_parameter_and_output_that_the_scripts_use_is_in_the_template() -> None:
    """A renamed parameter is noticed here."""
    template = (ROOT / "infra/main.bicep").read_text("utf-8")
    common = (ROOT / "deploy/common.sh").read_text("utf-8")
    infra = (ROOT / "deploy/infra.sh").read_text("utf-8")
    given = set(
        re.findall(r"[( \"](\w+)=(?=[\w$])", "".join(re.findall(r"METERS\+?=\(.*\)", common)))
    )
    asked = re.findall(r"for output in ([\w ]+);", infra)[0].split()

    assert given == {"grantGraphRoles", "signIn", "signInClientId"}
    assert [each for each in given if not re.search(rf"(?m)^param {each} ", template)] == []
    assert [each for each in asked if not re.search(rf"(?m)^output {each} ", template)] == []


def test_the_rights_of_the_deploying_identity_are_the_roles_of_the_template() -> None:
    """The condition in the comment lets it assign what the template assigns, and nothing else."""
    id_pattern = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    said = set(re.findall(id_pattern, text_of("deploy.yml")))
    roles = (ROOT / "infra/modules/roles.bicep").read_text("utf-8")

    assert said == set(re.findall(rf"(?m)^var \w+ = '({id_pattern})'", roles))
