"""azure.yaml: `azd up` ships what `make package` built, and says what is left to do."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator, ValidationError, validate

from tests.support.components import ROOT
from tests.support.fake_tools import FakeTools
from tests.support.workflows import loaded

if TYPE_CHECKING:
    from pathlib import Path

AZURE_YAML = ROOT / "azure.yaml"
_HOOK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["shell", "run"],
    "properties": {
        "shell": {"enum": ["sh", "pwsh"]},
        "run": {"type": "string", "minLength": 1},
        "continueOnError": {"type": "boolean"},
        "interactive": {"type": "boolean"},
    },
}
# The part of azd's own schema that we use, with every key in it closed. azd itself lets unknown
# keys pass without a word, so a misspelt one would only be noticed when the wrong thing ships.
# Facts from: Azure/azure-dev, schemas/v1.0/azure.yaml.json, azd 1.31.2 (2026-08).
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "requiredVersions", "infra", "services"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]+[a-z0-9]$"},
        "requiredVersions": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"azd": {"type": "string", "pattern": r"^>= \d+\.\d+\.\d+$"}},
        },
        "infra": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "provider": {"enum": ["bicep", "terraform"]},
                "path": {"type": "string"},
                "module": {"type": "string"},
            },
        },
        "hooks": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(
                (
                    f"{when}{what}"
                    for when in ("pre", "post")
                    for what in ("provision", "package", "deploy", "up", "down")
                ),
                _HOOK,
            ),
        },
        "services": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["host", "language", "project", "dist", "remoteBuild"],
                "properties": {
                    "host": {"enum": ["function"]},
                    "language": {"enum": ["py", "python"]},
                    "project": {"type": "string"},
                    "dist": {"type": "string"},
                    "remoteBuild": {"type": "boolean"},
                    "resourceGroup": {"type": "string"},
                    "resourceName": {"type": "string"},
                    "hooks": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": dict.fromkeys(
                            (
                                f"{when}{what}"
                                for when in ("pre", "post")
                                for what in ("restore", "build", "package", "publish", "deploy")
                            ),
                            _HOOK,
                        ),
                    },
                },
            },
        },
    },
}


def service() -> dict[str, Any]:
    """The one service."""
    found: dict[str, Any] = loaded(AZURE_YAML)["services"]["watchdog"]
    return found


def test_azd_understands_every_key() -> None:
    """Each is in azd's schema, with a value that it takes."""
    Draft7Validator.check_schema(SCHEMA)

    validate(loaded(AZURE_YAML), SCHEMA, Draft7Validator)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"remoteBuild"', '"remotebuild"'),
        ('"dist"', '"distPath"'),
        ('"host": "function"', '"host": "functionapp"'),
        ('"postdeploy"', '"postDeploy"'),
        ('"continueOnError"', '"continueonerror"'),
        ('"module"', '"modul"'),
    ],
)
def test_a_misspelt_key_is_found(right: str, wrong: str) -> None:
    """The check above can fail."""
    text = json.dumps(loaded(AZURE_YAML))
    assert right in text

    with pytest.raises(ValidationError):
        validate(json.loads(text.replace(right, wrong, 1)), SCHEMA, Draft7Validator)


def test_azd_is_new_enough_to_ship_the_package_as_it_is() -> None:
    """`remoteBuild` came with 1.23.5; an older azd would build again in Azure, without a word."""
    wanted = loaded(AZURE_YAML)["requiredVersions"]["azd"]

    assert tuple(map(int, wanted.removeprefix(">= ").split("."))) >= (1, 23, 13)
    assert service()["remoteBuild"] is False


def test_the_template_that_azd_deploys_exists_with_its_parameters() -> None:
    """`infra/azd.bicep`, which makes the resource group, and `infra/azd.bicepparam`."""
    infra = loaded(AZURE_YAML)["infra"]
    template = ROOT / infra["path"] / f"{infra['module']}.bicep"

    assert re.search(r"(?m)^targetScope = 'subscription'", template.read_text("utf-8"))
    parameters = template.with_suffix(".bicepparam").read_text("utf-8")
    assert re.search(rf"(?m)^using '(\./)?{infra['module']}\.bicep'", parameters)


def test_azd_finds_the_app_and_its_group() -> None:
    """The app by its tag with the service's name, the group by an output or by its tag."""
    (name,) = loaded(AZURE_YAML)["services"]
    app = (ROOT / "infra/modules/app.bicep").read_text("utf-8")
    group = (ROOT / "infra/azd.bicep").read_text("utf-8")

    assert f"'azd-service-name': '{name}'" in app
    assert "'azd-env-name'" in group
    assert service()["resourceGroup"] == "${resourceGroupName}"


def test_every_output_that_azd_hands_to_our_commands_is_in_its_template() -> None:
    """The names are case-sensitive in the environment of a hook."""
    texts = [AZURE_YAML.read_text("utf-8"), (ROOT / "deploy/next-steps.sh").read_text("utf-8")]
    named = {each for text in texts for each in re.findall(r"\$\{?([a-z]+[A-Z]\w+)", text)}
    template = (ROOT / "infra/azd.bicep").read_text("utf-8")

    assert {"functionAppName", "functionAppUrl", "resourceGroupName", "keyVaultName"} <= named
    assert [each for each in named if not re.search(rf"(?m)^output {each} ", template)] == []


def test_what_azd_zips_is_what_make_package_left() -> None:
    """The hook before the zip builds it, and azd takes that folder."""
    assert (service()["project"], service()["dist"]) == (".", "build/package")
    assert service()["hooks"]["prepackage"]["run"] == "deploy/azd-package.sh"
    script = (ROOT / "deploy/azd-package.sh").read_text("utf-8")
    assert re.search(r"(?m)^make package\b", script)


def bring_scripts(checkout: Path) -> None:
    """What the hook needs, in a checkout that has nothing else."""
    for name in ("deploy/azd-package.sh", "deploy/common.sh", "infra/scripts/common.sh"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)


def test_a_file_keeps_azd_from_leaving_out_the_compiled_code(tmp_path: Path) -> None:
    """Azd drops every `__pycache__` of a Python app unless the folder has an ignore file."""
    checkout = tmp_path / "checkout"
    (checkout / "build/package").mkdir(parents=True)
    (checkout / "build/package/host.json").write_text("{}")
    bring_scripts(checkout)
    folder = tmp_path / "tools"
    folder.mkdir()
    tools = FakeTools(folder)
    tools.answer("make package")

    done = tools.run(str(checkout / "deploy/azd-package.sh"))

    assert done.returncode == 0, done.stderr
    lines = (checkout / "build/package/.funcignore").read_text().splitlines()
    assert lines
    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize("code", [0, 2])
def test_azd_stops_when_there_is_no_package(code: int, tmp_path: Path) -> None:
    """Whether make failed, or ended well and left nothing."""
    checkout, folder = tmp_path / "checkout", tmp_path / "tools"
    folder.mkdir()
    bring_scripts(checkout)
    tools = FakeTools(folder)
    tools.answer("make package", {"code": code})

    done = tools.run(str(checkout / "deploy/azd-package.sh"))

    assert done.returncode == 2
    assert "What to do:" in done.stderr


def test_after_the_infrastructure_azd_says_what_is_left_and_after_the_package_it_tests() -> None:
    """The smoke test may fail the first time: the vault is empty, and only then says so."""
    hooks = loaded(AZURE_YAML)["hooks"]
    after = service()["hooks"]["postdeploy"]

    assert hooks["postprovision"]["run"] == "deploy/next-steps.sh"
    assert after["run"].startswith("deploy/smoke-test.sh ")
    assert after["continueOnError"] is True
    assert not hooks["postprovision"].get("continueOnError")
