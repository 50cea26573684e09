"""The import rule of the house: arrows point one way, and only `wiring` and `cli` look outside."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = [*sorted((ROOT / "shared").rglob("*.py")), ROOT / "function_app.py"]

NOT_SHIPPED = ("bench", "release", "simulator", "tests")
EDGES = ("sources", "stores", "channels", "pages")
MAY_IMPORT = {
    "secret": set[str](),
    "domain": set[str](),
    "ports": {"domain"},
    **{each: {"domain", "ports", "secret"} for each in EDGES},
    "settings": {"domain", "secret"},
    "use cases": {"domain", "ports", "secret"},
    "site": {"domain", "ports", "secret", "use cases", "pages"},
    "doctor": {"domain", "ports", "secret", "settings", "sources", "channels", "use cases"},
    "function_app": {"wiring"},
}
"""Which layers each layer may import besides itself; `wiring` and `cli` may import all."""

PURE = ("secret", "domain", "ports", "use cases")  # the standard library only, with one exception:
THIRD_PARTY = {
    "shared/ledger.py": {"msgspec"},
    "shared/recurring_days.py": {"dateutil.rrule"},
    "function_app.py": {"azure.functions"},
}
EFFECTS = frozenset(
    {
        "asyncio",
        "http",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "secrets",
        "shutil",
        "socket",
        "sqlite3",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
    }
)
CLOCK_AND_ENVIRONMENT = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
        "os.environ",
        "os.getenv",
    }
)


def layer(module: str) -> str:
    """The layer of a module below `shared`: its package, or what a single file is for."""
    name = module.split(".")[1] if "." in module else module
    known = {*MAY_IMPORT, "wiring", "cli"}
    return name if name in known else "use cases"


def imports(tree: ast.AST) -> set[str]:
    """Every module that is imported anywhere in it; names taken from `shared` count as modules."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in ("shared", "azure"):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
    return found


def wrong_imports(path: str, source: str) -> list[str]:
    """The imports of a shipped file that the rule forbids."""
    own = layer(path.removesuffix(".py").replace("/", "."))
    if own in ("wiring", "cli"):
        # cli's `demo` and `bench` may start what does not ship, but only when they are asked for
        body = ast.parse(source).body if own == "cli" else [ast.parse(source)]
        top = [
            node for node in body if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        found = set[str]().union(*(imports(node) for node in top))
        return sorted(each for each in found if each.partition(".")[0] in NOT_SHIPPED)
    allowed_layers = MAY_IMPORT[own] | {own}
    allowed_others = THIRD_PARTY.get(path, set())
    wrong = []
    for module in imports(ast.parse(source)):
        first = module.partition(".")[0]
        if first == "shared":
            fine = layer(module) in allowed_layers
        elif first in sys.stdlib_module_names:
            fine = own != "domain" or module not in EFFECTS
        elif module == "azure.functions" or own in (*PURE, "function_app"):
            fine = module in allowed_others
        else:
            fine = first not in (*NOT_SHIPPED, "")  # "" is a relative import
        if not fine:
            wrong.append(module)
    return sorted(wrong)


def looks_outside(source: str) -> list[str]:
    """The uses of the clock and the environment, however they are imported."""
    tree, names = ast.parse(source), dict[str, str]()
    used = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
            used += [f"{node.module}.{alias.name}" for alias in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else ""
            owner = names.get(node.value.id, "") if isinstance(node.value, ast.Name) else owner
            used.append(f"{owner}.{node.attr}")
    return sorted(CLOCK_AND_ENVIRONMENT.intersection(used))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    """Each shipped file imports only what its layer may import."""
    wrong = wrong_imports(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))

    assert wrong == [], f"{path.name} is '{layer(path.stem)}' and may not import these"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_wiring_and_cli_read_the_clock_and_the_environment(path: Path) -> None:
    """Everywhere else `now` and the settings are arguments."""
    if layer(".".join(path.relative_to(ROOT).with_suffix("").parts)) not in ("wiring", "cli"):
        assert looks_outside(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("shared/domain/x.py", "import msgspec"),
        ("shared/domain/x.py", "import time"),
        ("shared/domain/x.py", "from shared import ports"),
        ("shared/domain/x.py", "from shared.ports import Row"),
        ("shared/domain/x.py", "def f():\n    from shared import watch"),
        ("shared/sources/x.py", "from shared.stores import tables"),
        ("shared/sources/x.py", "from shared.settings import Settings"),
        ("shared/pages/x.py", "from shared import watch"),
        ("shared/doctor/x.py", "from shared.wiring import clients"),
        ("shared/doctor/x.py", "from shared.stores import tables"),
        ("shared/watch.py", "from shared.doctor import report"),
        ("shared/stores/x.py", "from ..domain import readings"),
        ("shared/channels/x.py", "import azure.functions as func"),
        ("shared/channels/x.py", "from azure import functions"),
        ("shared/watch.py", "import msgspec"),
        ("shared/watch.py", "import importlib\nimportlib.import_module('requests')"),
        ("shared/watch.py", "from shared.wiring import Application"),
        ("shared/new_use_case.py", "from shared.channels import teams"),
        ("shared/ledger.py", "import requests"),
        ("shared/settings/urls.py", "from shared import watch"),
        ("shared/sources/x.py", "import simulator.graph"),
        ("shared/wiring/clients.py", "def f():\n    import simulator"),
        ("shared/cli/__init__.py", "import simulator"),
        ("function_app.py", "from shared import watch"),
        ("function_app.py", "import requests"),
    ],
)
def test_a_wrong_import_is_found(path: str, source: str) -> None:
    """The rule can fail: one example of each way to break it."""
    assert len(wrong_imports(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("shared/domain/x.py", "import math\nfrom shared.domain import readings"),
        ("shared/ledger.py", "import msgspec\nfrom shared import ports"),
        ("shared/doctor/x.py", "import msgspec\nfrom shared.sources import permissions"),
        ("shared/wiring/__init__.py", "import requests\nfrom shared import stores, watch"),
        ("shared/cli/__init__.py", "def demo():\n    from simulator import runner"),
        ("function_app.py", "import azure.functions as func\nfrom shared import wiring"),
    ],
)
def test_a_right_import_is_not_found(path: str, source: str) -> None:
    """The rule lets the house be built as it is planned."""
    assert wrong_imports(path, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime as d\nd.datetime.now(d.UTC)",
        "from datetime import date\ndate.today()",
        "import time as t\nt.time()",
        "from time import time",
        "import os\nos.environ['X']",
        "from os import getenv as g",
    ],
)
def test_a_look_outside_is_found(source: str) -> None:
    """The rule knows each spelling."""
    assert len(looks_outside(source)) == 1
