"""Reading what a file imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from release.statements import read

ROOT = Path(__file__).resolve().parents[2]


def modules(source: str, name: str = "a.b.c", *, package: bool = False) -> set[str]:
    """The modules that a file of this name imports."""
    return {each.module for each in read(source.encode(), name, is_package=package).imports}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import x.y as z, w", {"x.y", "w"}),
        ("from x import y", {"x", "x.y"}),
        ("from . import y", {"a.b", "a.b.y"}),
        ("from .. import y", {"a", "a.y"}),
        ("from ..d.e import y", {"a.d.e", "a.d.e.y"}),
        ("try:\n import x\nexcept ImportError:\n import y", {"x", "y"}),
        ("import importlib\nimportlib.import_module('x.y')", {"importlib", "x.y"}),
        ("import_module('.y', __package__)", {"a.b.y"}),
        ("__import__('x')", {"x"}),
        ("class A:\n async def f(self):\n  import x", {"x"}),
        ("\ufeffimport x", {"x"}),
    ],
)
def test_every_way_to_import_is_read(source: str, found: set[str]) -> None:
    """Absolute and relative, at the top and deep inside, as a statement and by a call."""
    assert modules(source) == found


def test_a_relative_import_of_a_package_starts_at_itself() -> None:
    """`from . import x` in `a/__init__.py` is `a.x`."""
    assert modules("from . import x", "a", package=True) == {"a", "a.x"}


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING", "t.TYPE_CHECKING"])
def test_what_only_type_checkers_import_does_not_count(test: str) -> None:
    """The other branch does."""
    assert modules(f"if {test}:\n import x\nelse:\n import y") == {"y"}


def test_an_import_knows_the_functions_around_it() -> None:
    """Classes do not count: what is called is the method."""
    said = read(
        b"class A:\n def f(self):\n  def g():\n   import x\nimport y", "m", is_package=False
    )

    assert {(each.module, each.inside) for each in said.imports} == {("x", ("f", "g")), ("y", ())}


@pytest.mark.parametrize(
    ("source", "unreadable"),
    [
        ("import_module(name)", True),
        ("importlib.import_module(f'x.{y}')", True),
        ("__import__(name)", True),
        ("from importlib import import_module as load\nload(name)", True),
        ("x = [importlib.import_module(each) for each in y]", True),
        ("__import__('x')", False),
        ("import x", False),
    ],
)
def test_a_computed_import_makes_a_file_unreadable(source: str, *, unreadable: bool) -> None:
    """Nobody can say what it imports without running it."""
    for mentions in (True, False):
        said = read(source.encode(), "m", is_package=False, mentions=mentions)
        assert said.unreadable is unreadable


def test_names_attributes_and_texts_are_mentions() -> None:
    """Whatever could name a property that is used."""
    said = read(b"client.users\ngetattr(client, 'groups')\nme = 'not one'", "m", is_package=False)

    assert {"client", "users", "groups", "me"} <= said.mentioned
    assert "not one" not in said.mentioned


def test_reading_agrees_with_python_about_this_project() -> None:
    """On real files, against the simplest other way: every import statement that there is."""
    for path in sorted((ROOT / "shared").rglob("*.py")):
        text = path.read_bytes()
        nodes = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.ImportFrom)]
        names = {str(each.module) for each in nodes}
        said = {each.module for each in read(text, "shared.x", is_package=False).imports}
        guarded = {
            str(each.module)
            for block in ast.walk(ast.parse(text))
            if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
            for each in ast.walk(block)
            if isinstance(each, ast.ImportFrom)
        }
        assert names - guarded <= said, path
