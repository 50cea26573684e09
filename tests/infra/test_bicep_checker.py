from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.bicep.check import check
from tests.support.bicep.parse import parse
from tests.support.bicep.samples import BASE, FILES, PARAMETERS, VALID, WRONG, WRONG_PARAMETERS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the modules that the samples use."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("text", [VALID, BASE], ids=["much of the language", "the base"])
def test_a_right_template_has_no_problem(folder: Path, text: str) -> None:
    """What the compiler accepts is accepted: no false alarm."""
    path = folder / "main.bicep"
    path.write_text(text)

    assert check(path) == []


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_template_is_refused(folder: Path, what: str) -> None:
    """What the compiler or its linter would complain about is said, with the file and the line."""
    added, message = WRONG[what]
    path = folder / "main.bicep"
    path.write_text(f"{BASE}{added}\n")

    problems = check(path)

    assert any(message in problem for problem in problems), problems
    first = BASE.count("\n") + 1
    last = first + added.count("\n")
    lines = {int(problem.removeprefix(f"{path}:").partition(":")[0]) for problem in problems}
    assert all(first <= line <= last or "twice" in message for line in lines), problems


def test_parameters_that_fit_have_no_problem(folder: Path) -> None:
    """A parameter file is checked against its template."""
    (folder / "main.bicep").write_text(BASE)
    path = folder / "main.bicepparam"
    path.write_text(PARAMETERS + "param flag = bool(readEnvironmentVariable('FLAG', 'true'))\n")

    assert check(path) == []


@pytest.mark.parametrize("text", WRONG_PARAMETERS)
def test_parameters_that_do_not_fit_are_refused(folder: Path, text: str) -> None:
    """Unknown, missing, of another type, or not a parameter file at all."""
    (folder / "main.bicep").write_text(BASE)
    path = folder / "main.bicepparam"
    path.write_text(text)

    assert any(WRONG_PARAMETERS[text] in problem for problem in check(path))


def test_a_problem_of_a_module_is_found_from_outside(folder: Path) -> None:
    """Checking a template checks what it uses."""
    (folder / "child.bicep").write_text(FILES["child.bicep"] + "param unused string = ''\n")
    path = folder / "main.bicep"
    path.write_text(BASE)

    assert [problem.partition(": ")[2] for problem in check(path)] == [
        "param 'unused' is declared but never used"
    ]


def test_the_other_grammar_has_a_say() -> None:
    """What only one of the two grammars understands is a problem, too."""
    both = parse("param x string\n")
    only_ours = parse("type own = { a: int }\nvar x own = { a: 1 }\n")

    assert both.problems == ()
    assert "tree-sitter" in only_ours.problems[0][1]


def test_an_error_does_not_hide_the_next_one() -> None:
    """After a syntax error, reading goes on at the next declaration."""
    found = parse("var a = [\nparam b string\nvar c = )\noutput d string = b\n")

    assert [found.declarations[0].name, found.declarations[-1].name] == ["b", "d"]
    assert len(found.problems) == 2


@pytest.mark.parametrize(("text", "code"), [(BASE, 0), (BASE + "var x = 1\n", 1)])
def test_it_can_be_run_by_hand(folder: Path, text: str, code: int) -> None:
    """`python -m tests.support.bicep FILE...` prints `path:line: message` and ends with a code."""
    path = folder / "main.bicep"
    path.write_text(text)

    done = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-m", "tests.support.bicep", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    line = f"{path}:{BASE.count(chr(10)) + 1}: var 'x' is declared but never used"
    assert done.stdout.strip() == (line if code else "no problems")
