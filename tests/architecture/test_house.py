"""The house keeps its own rules: what ships, what is pinned, what is written down where."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.checkout import listed, python_files, read, sources
from tests.support.components import ROOT

LONGEST_FILE = 350
TRANSITIVE = re.compile(r"# Needed by the package.*")

# Character classes keep the patterns from finding themselves.
MACHINE_TRACES = {
    "a path of one machine": r"/wor[k]/|/roo[t]/|/Use[r]s/\w|/hom[e]/(?!site/)\w|/opt/py[p]i",
    "a package registry": r"py[p]i\.org|pythonhosted\.or[g]|registry\.npmj[s]|registry\.yarnp[k]g",
}


# -- what ships -----------------------------------------------------------------------------------


def test_only_the_app_ships() -> None:
    """`.funcignore` leaves the triggers, the package, host.json and the requirements."""
    shipped = sources() - listed("--ignored", "--exclude-from", str(ROOT / ".funcignore"))

    top = {path.partition("/")[0] for path in shipped}

    assert top == {"function_app.py", "host.json", "requirements.txt", "shared"}
    assert {path for path in sources() if path.startswith("shared/")} <= shipped


def pins(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """The direct and the transitive pins of a requirements file that apply to this Python.

    Returns:
        Two mappings of package to version.
    """
    direct, transitive = TRANSITIVE.split(read(name))
    return _versions(direct), _versions(transitive)


def _versions(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if re.match(r"\w", line)]
    found = dict[str, str]()
    for each in map(Requirement, lines):
        (pin,) = each.specifier
        assert pin.operator == "==", f"{each} is not pinned"
        if not each.marker or each.marker.evaluate():
            found[canonicalize_name(each.name)] = pin.version
    return found


def closure(names: set[str]) -> dict[str, str]:
    """The installed packages that these need on this Python, themselves included."""
    found, waiting = dict[str, str](), [Requirement(name) for name in names]
    seen = set[tuple[str, frozenset[str]]]()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        installed = importlib.metadata.distribution(wanted.name)
        found[key[0]] = installed.version
        for line in installed.requires or []:
            need = Requirement(line)
            extras = wanted.extras or {""}
            if not need.marker or any(need.marker.evaluate({"extra": each}) for each in extras):
                waiting.append(need)
    return found


def test_the_requirements_are_exactly_what_the_direct_packages_need() -> None:
    """Every shipped package is pinned to the tested version; none is missing, none is extra."""
    direct, transitive = pins("requirements.txt")

    assert direct | transitive == closure(set(direct))
    assert not direct.keys() & transitive.keys()


@pytest.mark.parametrize("name", ["demo", "dev", "runtime"])
def test_the_tools_are_pinned_too_and_installed_as_pinned(name: str) -> None:
    """Two checkouts of the same commit run the same tools."""
    direct, transitive = pins(f"requirements-{name}.txt")

    pinned = direct | transitive

    assert pinned == {each: importlib.metadata.version(each) for each in pinned}


def test_every_direct_requirement_has_a_reason() -> None:
    """A comment line above each direct package says what it is for."""
    for name in ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt"):
        direct = TRANSITIVE.split(read(name))[0].splitlines()
        above = dict(zip(direct[1:], direct, strict=False))
        bare = [
            line
            for line, before in above.items()
            if re.match(r"\w", line) and not before.startswith(("# ", line.partition("==")[0]))
        ]

        assert bare == [], name


def test_every_shipped_import_is_pinned_and_every_direct_package_is_imported() -> None:
    """The list of packages follows the code; `tzdata` is data and is imported by nobody."""
    direct, transitive = pins("requirements.txt")
    owners = importlib.metadata.packages_distributions()
    imported, needed = set[str](), set[str]()
    for path in python_files():
        if path.startswith("shared/") or path == "function_app.py":
            imported |= _modules(read(path))
    for module in imported:
        top = module.partition(".")[0]
        if top not in {*sys.stdlib_module_names, "shared", "simulator", "azure"}:
            needed |= {canonicalize_name(name) for name in owners[top]}

    azure = {name for name in direct if _azure_module(name) & imported}

    assert needed - direct.keys() - transitive.keys() - _demo_only() == set()
    assert direct.keys() - needed - azure - {"tzdata"} == set()


def _demo_only() -> set[str]:
    """What `cli` imports when it is asked for the demo."""
    return {name for part in pins("requirements-demo.txt") for name in part}


def _azure_module(distribution: str) -> set[str]:
    """`azure` is shared by many packages: azure-data-tables is azure.data.tables."""
    parts = distribution.split("-")
    return {".".join(parts[:3]), ".".join(parts[:2])} - {"azure"}


def _modules(source: str) -> set[str]:
    """Every absolute module that is imported, with its parents."""
    found = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
    parents = {each.rsplit(".", cut)[0] for each in found for cut in range(each.count(".") + 1)}
    return found | parents


# -- what is written ------------------------------------------------------------------------------


@pytest.mark.parametrize("what", MACHINE_TRACES)
def test_no_file_knows_the_machine_it_was_written_on(what: str) -> None:
    """Paths of one machine and registry hosts mean nothing on another."""
    pattern = re.compile(MACHINE_TRACES[what])

    found = {path: hit[0] for path in sources() if (hit := pattern.search(read(path)))}

    assert found == {}, f"these files name {what}"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a path of one machine", "see /wor" + "k/main"),
        ("a path of one machine", "/hom" + "e/me/x"),
        ("a package registry", "https://registry.npm" + "js.org/x"),
        ("a package registry", "https://py" + "pi.org/simple"),
    ],
)
def test_a_trace_of_a_machine_would_be_found(what: str, text: str) -> None:
    """The patterns above match what they are for."""
    assert re.search(MACHINE_TRACES[what], text)


def test_every_test_says_in_a_sentence_what_it_promises() -> None:
    """The list of tests reads as a specification."""
    silent = [
        f"{path}: {node.name}"
        for path in python_files()
        if path.startswith("tests/") and Path(path).name.startswith("test_")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").strip().endswith((".", "?"))
    ]

    assert silent == [], "each needs a docstring of one sentence, with its full stop"


def test_no_python_file_is_too_long_to_read() -> None:
    """A longer file holds two ideas: split it at the seam."""
    lengths = {path: read(path).count("\n") for path in python_files()}

    long = {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}

    assert long == {}, f"more than {LONGEST_FILE} lines"


def test_test_modules_have_unique_names() -> None:
    """The name of a test module alone says which one failed."""
    names = [Path(path).name for path in python_files() if Path(path).name.startswith("test_")]

    assert sorted(names) == sorted(set(names))
