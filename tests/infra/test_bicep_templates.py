from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.bicep.check import check
from tests.support.bicep.compilers import BicepCompiler, Compiler, OwnChecker, compilers
from tests.support.bicep.data import TYPE_DATA, type_data
from tests.support.bicep.kinds import TypeData
from tests.support.bicep.prune import prune, used_types
from tests.support.bicep.workspace import Workspace

INFRA = Path(__file__).resolve().parents[2] / "infra"
FILES = sorted([*INFRA.rglob("*.bicep"), *INFRA.rglob("*.bicepparam")])
COMPILERS = compilers()


def name_of(path: Path) -> str:
    """A file as a test's name shows it."""
    return str(path.relative_to(INFRA))


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda each: each.name)
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_template_compiles_without_a_warning(path: Path, compiler: Compiler) -> None:
    """Each template and parameter file: by the checker here, and by `bicep` where it is on PATH."""
    assert compiler.problems(path) == []


def test_no_template_is_left_out() -> None:
    """The list of files is not empty, and holds the ones that people deploy, with their values."""
    names = {name_of(path) for path in FILES}

    assert {"main.bicep", "azd.bicep", "graph.bicep"} <= names
    assert {"main.dev.bicepparam", "main.prod.bicepparam", "azd.bicepparam"} <= names
    assert any(name.startswith("modules/") for name in names)


def test_every_module_is_used() -> None:
    """A module that nobody uses is checked, deployed by nobody, and wrong one day."""
    workspace = Workspace(TypeData({}))
    used = {
        (path.parent / each.reference).resolve()
        for path in INFRA.rglob("*.bicep")
        for each in workspace.open(path).file.declarations
        if hasattr(each, "reference") and each.reference.endswith(".bicep")
    }

    assert set((INFRA / "modules").rglob("*.bicep")) <= used


# -- the compiler ---------------------------------------------------------------------------------

SAYS = {
    "a warning": ("main.bicep(3,7) : Warning no-unused-params: Parameter is never used.", 0),
    "an error": ("main.bicep(3,7) : Error BCP057: The name does not exist.", 1),
    "nothing, but ends with an error": ("", 3),
}


def fake_bicep(folder: Path, line: str, code: int, verb: str = "*") -> dict[str, str]:
    """An environment in which `bicep` says one line on stderr and ends with a code."""
    program = folder / "bicep"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> "{folder}/calls"\n'
        f"case $1 in {verb}) echo '{line}' >&2; exit {code};; esac\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("verb", ["build", "lint", "build-params"])
@pytest.mark.parametrize("what", SAYS)
def test_what_the_compiler_says_fails_the_test(tmp_path: Path, what: str, verb: str) -> None:
    """Where `bicep` is on PATH, a warning of build, lint or build-params is as bad as an error."""
    line, code = SAYS[what]
    found = compilers(fake_bicep(tmp_path, line, code, verb))
    name = "main.dev.bicepparam" if verb == "build-params" else "main.bicep"

    problems = [each.problems(INFRA / name) for each in found if isinstance(each, BicepCompiler)]

    assert len(problems) == 1
    assert problems[0]


def test_a_compiler_that_is_content_is_content(tmp_path: Path) -> None:
    """A `bicep` that says nothing is asked to build and to lint, and finds nothing."""
    found = compilers(fake_bicep(tmp_path, "", 0, "nothing"))

    assert [each.problems(INFRA / "main.bicep") for each in found] == [[], []]
    assert [call.split()[0] for call in (tmp_path / "calls").read_text().splitlines()] == [
        "build",
        "lint",
    ]


def test_az_with_its_own_bicep_counts(tmp_path: Path) -> None:
    """`az bicep` is asked where az has its own copy; without one it would fetch it: not asked."""
    fake_bicep(tmp_path, SAYS["a warning"][0], 0, "bicep")
    (tmp_path / "bicep").rename(tmp_path / "az")
    environment = {**os.environ, "PATH": f"{tmp_path}", "AZURE_CONFIG_DIR": str(tmp_path)}
    without = compilers(environment)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bicep").touch()

    found = compilers(environment)

    assert [each.name for each in without] == ["own checker"]
    assert [each.name for each in found] == ["own checker", "az bicep"]
    assert found[1].problems(INFRA / "main.bicep")
    assert "bicep build --file" in (tmp_path / "calls").read_text()


def test_without_a_compiler_the_checker_here_still_runs(tmp_path: Path) -> None:
    """No `bicep` on PATH is no reason to check nothing; no test is skipped, none is invented."""
    found = compilers({"PATH": str(tmp_path), "AZURE_CONFIG_DIR": str(tmp_path)})

    assert [type(each) for each in found] == [OwnChecker]


# -- the type data --------------------------------------------------------------------------------


def test_the_type_data_holds_what_the_templates_use_and_nothing_else() -> None:
    """The data is small because it is pruned: `python -m tests.support.bicep.prune` makes it."""
    assert set(type_data().types) == used_types(INFRA)


def test_pruning_what_is_pruned_changes_nothing(tmp_path: Path) -> None:
    """The script finds in its own output everything that it looks for, and writes it again."""
    wanted = used_types(INFRA)
    handmade = TYPE_DATA / "handmade.bicep"
    (tmp_path / handmade.name).write_text(handmade.read_text())

    missing = prune([TYPE_DATA], tmp_path, wanted)

    assert missing == set()
    for path in TYPE_DATA.glob("*@*.json"):
        assert (tmp_path / path.name).read_text() == path.read_text()


def test_a_type_without_data_is_a_problem(tmp_path: Path) -> None:
    """A resource that nobody knows is reported, not passed over."""
    path = tmp_path / "new.bicep"
    path.write_text("resource x 'Microsoft.New/things@2026-01-01' = {\n  name: 'x'\n}\n")

    assert check(path) == [
        f"{path}:1: unknown resource type Microsoft.New/things@2026-01-01 (unknown type)"
    ]
