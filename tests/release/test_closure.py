"""The rule about what ships of the packages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from release.closure import LAZY_FROM, Closure
from tests.support.fake_wheels import wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from release.wheels import Wheel


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Wheel]:
    """Writes wheels."""
    return partial(wheel, tmp_path)


def closure(source: str, *wheels: Wheel) -> Closure:
    """The closure of an app of one file."""
    return Closure({"function_app.py": source.encode()}, wheels)


def reached(source: str, *wheels: Wheel) -> set[str]:
    """The modules that ship with an app of one file."""
    return set(closure(source, *wheels).reached)


def test_what_is_reached_ships_and_the_rest_does_not(make: Callable[..., Wheel]) -> None:
    """Through other distributions, functions and parents; the unused module stays behind."""
    one = make(
        "one",
        {
            "one/__init__.py": "",
            "one/used.py": "def f():\n    from two.deep import thing",
            "one/unused.py": "import three",
        },
    )
    two = make(
        "two",
        {"two/__init__.py": "from . import base", "two/base.py": "", "two/deep.py": "import json"},
    )
    three = make("three", {"three.py": ""})

    found = closure("from one import used", one, two, three)

    assert set(found.reached) == {"one", "one.used", "two", "two.base", "two.deep"}
    assert [each.name for each in found.kept] == ["one", "two"]
    assert "json" in found.missing


def test_data_ships_with_its_distribution_but_not_what_only_compilers_read(
    make: Callable[..., Wheel],
) -> None:
    """Certificates and templates are opened by name; stubs and C sources never are."""
    one = make(
        "one",
        {
            "one/__init__.py": "",
            "one/x.py": "",
            "one/ca.pem": "",
            "one/py.typed": "",
            "one/a.pyi": "",
        },
    )

    assert closure("import one", one).files(one) == ["one/__init__.py", "one/ca.pem"]


def test_a_distribution_of_data_ships_whole_although_nobody_imports_it(
    make: Callable[..., Wheel],
) -> None:
    """Time zones are asked for by name, by the standard library."""
    zones = make("zones", {"zones/__init__.py": "", "zones/Berlin": "", "zones/Paris": ""})

    assert reached("", zones) == {"zones"}


@pytest.mark.parametrize(
    "files",
    [
        {"one/__init__.py": "from importlib import import_module\nimport_module(NAME)"},
        {"one/__init__.py": "", "one/fast.cpython-313-x86_64-linux-gnu.so": "", "one/a.py": ""},
    ],
    ids=["a computed import", "an extension module"],
)
def test_what_cannot_be_read_ships_whole_with_all_it_requires(
    make: Callable[..., Wheel], files: dict[str, str]
) -> None:
    """An extension module's imports are nowhere to be seen; extras are not requirements."""
    one = make(
        "one",
        {**files, "one/other.py": ""},
        requires=("Two.Three>=1; python_version > '3'", "four; extra == 'x'"),
    )
    needed = make("two-three", {"two/__init__.py": "", "two/deep.py": ""})
    extra = make("four", {"four.py": ""})

    found = closure("import one", one, needed, extra)

    assert {"one.other", "two", "two.deep"} <= set(found.reached)
    assert "four" not in found.reached
    assert set(found.whole) == {"one", "two-three"}


def test_what_a_distribution_announces_is_loaded_by_name(make: Callable[..., Wheel]) -> None:
    """Entry points are followed, commands are not."""
    one = make(
        "one",
        {
            "one/__init__.py": "",
            "one/plugin.py": "import one.deep",
            "one/deep.py": "",
            "one/main.py": "",
        },
        entry_points="[console_scripts]\none = one.main:run\n\n[a.group]\nx = one.plugin:Thing\n",
    )

    assert reached("import one", one) == {"one", "one.plugin", "one.deep"}


def lazy(make: Callable[..., Wheel]) -> Wheel:
    """A client like msgraph-sdk: one property per resource, each loading its own code."""
    parts = {f"sdk/filler{number}.py": "" for number in range(LAZY_FROM)}
    client = """
from sdk import base
class Client:
    @property
    def users(self):
        from sdk.users import Users
    @property
    def groups(self):
        from sdk.groups import Groups
"""
    users = """
from sdk import query
class Users:
    def get(self):
        from sdk.model import User
"""
    return make(
        "sdk",
        {
            "sdk/__init__.py": client,
            "sdk/base.py": "",
            "sdk/users.py": users,
            "sdk/query.py": "",
            "sdk/groups.py": "",
            "sdk/model.py": "",
            "sdk/notes.json": "",
            **parts,
        },
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import sdk", {"sdk", "sdk.base"}),
        ("import sdk\nsdk.Client().users", {"sdk", "sdk.base", "sdk.users", "sdk.query"}),
        ("import sdk\ngetattr(sdk.Client(), 'groups')", {"sdk", "sdk.base", "sdk.groups"}),
        (
            "import sdk\nsdk.Client().users.get()",
            {"sdk", "sdk.base", "sdk.users", "sdk.query", "sdk.model"},
        ),
    ],
)
def test_of_a_lazy_distribution_ships_what_the_app_calls(
    make: Callable[..., Wheel], source: str, found: set[str]
) -> None:
    """Each property that is mentioned brings its code, and that alone."""
    sdk = lazy(make)

    assert reached(source, sdk) == found
    assert "sdk/notes.json" not in closure(source, sdk).files(sdk)


def test_only_a_module_that_uses_the_lazy_distribution_mentions_its_parts(
    make: Callable[..., Wheel],
) -> None:
    """`users` means something else where the client is not at hand."""
    app = {"function_app.py": b"import sdk", "shared/other.py": b"users = groups = 1"}

    assert set(Closure(app, [lazy(make)]).reached) == {"sdk", "sdk.base"}


def test_the_apps_own_modules_are_never_looked_for_in_packages(
    make: Callable[..., Wheel],
) -> None:
    """A distribution that has a module of the same name does not take its place."""
    rival = make("shared", {"shared/__init__.py": "", "shared/watch.py": ""})
    app = {
        "function_app.py": b"from shared import watch",
        "shared/__init__.py": b"",
        "shared/watch.py": b"",
    }

    assert Closure(app, [rival]).reached == {}
