"""What ships is what is tested: the package alone, in Microsoft's runtime, in a bare process."""

from __future__ import annotations

import ast
import json
import re
import sysconfig
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pytest

from release import statements
from simulator.clock import VirtualClock
from simulator.model import Tenant
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, PAIR, STORIES, A
from tests.support import packaged
from tests.support.azurite import connection_string
from tests.support.components import ROOT
from tests.support.loopback_identity import identity_endpoint
from tests.support.page_forms import form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.assemble import Package
    from tests.support.packaged import PackagedApp

SOURCES: Final = 8
"""The tenant's two heartbeats in one, and seven about the pair."""
NOT_SHIPPED: Final = {"simulator", "bench"}


class Scene:
    """A packaged app and the tenant that it watches."""

    def __init__(self, app: PackagedApp, tenant: LoopbackTenant) -> None:
        self.app, self.tenant = app, tenant

    def tick(self) -> dict[str, Any]:
        """One tick; its `watchdog.tick` event."""
        (event,) = self.app.events("watchdog.tick")
        return event


@contextmanager
def scene(deployed: Path, folder: Path, **settings: str) -> Iterator[Scene]:
    """A tenant whose active server died 100 minutes ago, and an app that has not looked yet."""
    now = datetime.now(UTC)
    clock = VirtualClock(now - timedelta(hours=3))
    story = STORIES[DEFAULT]
    with ExitStack() as stack:
        tenant = stack.enter_context(LoopbackTenant(Tenant(PAIR, clock.now()), clock))
        tenant.advance_to(now - timedelta(minutes=100))
        tenant.change(lambda model: model.server_dies(A))
        tenant.advance_to(now)
        environ = {**settings_for(story, tenant, folder), **settings}
        app = stack.enter_context(packaged.running(deployed, environ, folder))
        yield Scene(app, tenant)


# -- what Azure finds and runs --------------------------------------------------------------------


def triggers() -> list[str]:
    """The functions of `function_app.py` that carry a trigger."""
    tree = ast.parse((ROOT / "function_app.py").read_text(encoding="utf-8"))
    return sorted(
        node.name
        for node in tree.body
        if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list
    )


def test_the_package_is_indexed_ticks_and_serves_its_pages(unpacked: Path, tmp_path: Path) -> None:
    """Every function is found; a tick reads all sources and sends the card; every page answers."""
    with scene(unpacked, tmp_path) as at:
        assert at.app.functions == triggers()
        tick = at.tick()
        assert tick["committed"]
        assert tick["verdict"] != "HEALTHY"
        assert tick["sources"] == dict.fromkeys(tick["sources"], "ok")
        assert len(tick["sources"]) == SOURCES
        (card,) = at.tenant.cards
        incident = re.findall(r"/api/incidents/([\w-]+)", json.dumps(card.message))[0]

        pages = {
            "health": "health",
            "incident": f"incidents/{incident}",
            "status": "status",
            "status_json": "status.json",
            "badge": "status.svg",
            "history_csv": "history.csv?what=transitions",
            "history_json": "history.json",
            "asset": "assets/page.js",
        }
        for name, path in pages.items():
            answer = at.app.http(name, "GET", f"/api/{path}")
            assert (name, answer["status"]) == (name, 200), answer["text"]
            assert answer["text"]
        page = at.app.http("incident", "GET", f"/api/{pages['incident']}")
        fields = form(page["text"], "acknowledge").filled(who="Oncall")
        acted = at.app.http(
            "act",
            "POST",
            f"/api/{pages['incident']}",
            body=urlencode(fields),
            content_type="application/x-www-form-urlencoded",
        )
        assert acted["status"] == 303
        assert at.app.http("run", "POST", "/api/run")["status"] == 200


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(403, "forbidden"), (429, "throttled"), (500, "unreachable"), ("html", "malformed")],
)
def test_a_failing_graph_is_told_as_such_by_the_package(
    unpacked: Path, tmp_path: Path, fault: Any, reason: str
) -> None:
    """The code of refusals, waits and broken answers is there, and no import fails on the way."""
    with scene(unpacked, tmp_path) as at:
        if fault == 429:
            at.tenant.throttle(3600)
            at.tenant.arm_throttles(3600)
        else:
            at.tenant.graph_fails(fault)
            at.tenant.arm_fails(fault)
        tick = at.tick()

    told = set(tick["sources"].values())
    assert "ok" not in told
    assert not any("Error" in each or "defect" in each for each in told), tick["sources"]
    assert any(reason in each for each in told), tick["sources"]


def test_the_package_keeps_its_state_in_azure_tables(
    unpacked: Path, tmp_path: Path, azurite: int
) -> None:
    """The store of production, with what the package has of azure-data-tables."""
    with scene(unpacked, tmp_path, WATCHDOG_STORE=connection_string(azurite)) as at:
        first, second = at.tick(), at.tick()

    assert (first["committed"], second["committed"]) == (True, True)
    assert first["store_calls"] > 0
    assert len(at.tenant.cards) == 1


def test_the_package_signs_in_with_a_managed_identity(unpacked: Path, tmp_path: Path) -> None:
    """As App Service offers it: the named identity gets a token; a refusal is told in words."""
    asking = """
from azure.identity import ManagedIdentityCredential
credential = ManagedIdentityCredential(client_id='11111111-2222-3333-4444-555555555555')
try:
    found = credential.get_token('https://graph.microsoft.com/.default').token
except Exception as error:
    found = type(error).__name__
"""
    with identity_endpoint() as identity:
        environ = {"IDENTITY_ENDPOINT": identity.url, "IDENTITY_HEADER": "secret"}
        with packaged.running(unpacked, {**environ}, tmp_path) as app:
            token = app.run(asking)
            identity.refuses()
            refused = app.run(asking)

    assert token == identity.token
    assert refused in ("ClientAuthenticationError", "CredentialUnavailableError")


def test_a_misconfigured_package_starts_and_says_so(unpacked: Path, tmp_path: Path) -> None:
    """Without any setting every function is there, and health is a 503."""
    with packaged.running(unpacked, {}, tmp_path) as app:
        assert app.functions == triggers()
        (event,) = app.events("watchdog.misconfigured")
        assert app.http("health", "GET", "/api/health")["status"] == 503

    assert any("WATCHDOG_TENANT_ID" in each for each in event["problems"])


def test_the_doctor_examines_the_package_and_names_its_build(
    package: Package, unpacked: Path, tmp_path: Path
) -> None:
    """Every check finds its code; the build is the package's, not "a checkout"."""
    with scene(unpacked, tmp_path) as at:
        answer = at.app.http("doctor", "POST", "/api/doctor")

    assert answer["status"] == 200, answer["text"]
    said = json.loads(answer["text"])
    assert package.commit in said["build"]
    assert len(said["rows"]) > 5
    assert "ModuleNotFoundError" not in answer["text"]
    assert "ImportError" not in answer["text"]


# -- nothing but the package ----------------------------------------------------------------------


def test_only_the_package_and_python_itself_are_used_and_nothing_is_compiled_again(
    unpacked: Path, tmp_path: Path
) -> None:
    """What runs comes out of the package, compiled; and the package is as it was."""
    before = sorted(unpacked.rglob("*"))
    with scene(unpacked, tmp_path) as at:
        at.tick()
        at.app.http("status", "GET", "/api/status")
        found = at.app.ask(modules=True)

    assert sorted(unpacked.rglob("*")) == before
    assert [path for path in found["compiled"] if str(unpacked) in path] == []
    stdlib = {Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib")}
    allowed = {unpacked, tmp_path / "worker", tmp_path / "harness", *stdlib}
    outside = {
        name: file
        for name, file, _ in found["modules"]
        if file and not allowed & {*Path(file).resolve().parents} and name != "__main__"
    }
    assert outside == {}
    ours = [file for _, file, _ in found["modules"] if file.startswith(str(unpacked))]
    assert len(ours) > 200
    stranger = [
        file
        for _, file, loader in found["modules"]
        if "site-packages" in file and loader not in ("SourcelessFileLoader", "ExtensionFileLoader")
    ]
    assert [each for each in stranger if str(unpacked) in each] == []


def import_lines() -> Iterator[tuple[str, str]]:
    """Each import of the app that can happen while it runs, and the file it is in."""
    paths = [ROOT / "function_app.py", *sorted((ROOT / "shared").rglob("*.py"))]
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        said = statements.read(path.read_bytes(), module, is_package=path.name == "__init__.py")
        for each in said.imports:
            yield name, each.module


def test_every_import_of_the_app_works_in_the_package(unpacked: Path, tmp_path: Path) -> None:
    """Also those inside functions that no test of this file happens to call."""
    wanted = sorted(set(import_lines()))
    code = f"""
import importlib
found = []
for path, module in {wanted!r}:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as missing:
        # `from a import b` was read as `a` and `a.b`: b may be a name in a
        parent, _, name = module.rpartition('.')
        if missing.name != module or not hasattr(importlib.import_module(parent), name):
            found.append([path, missing.name])
"""
    with packaged.running(unpacked, {}, tmp_path) as app:
        found = app.run(code)

    left = {(path, name.partition(".")[0]) for path, name in found}
    assert {name for _, name in left} <= NOT_SHIPPED
    assert all(path.startswith("shared/cli/") for path, _ in left)


# -- the tests above would notice -----------------------------------------------------------------


@pytest.mark.parametrize(
    "module",
    [
        "msgraph/generated/organization/organization_request_builder.pyc",
        "msgraph/graph_request_adapter.pyc",
        "kiota_http/middleware/retry_handler.pyc",
        "anyio/_backends/_asyncio.pyc",
        "shared/pages/templates/status.html.j2",
        "shared/sources/version_facts.toml",
        "msgspec/_core*.so",
    ],
)
def test_a_package_without_one_needed_file_fails(
    unpacked: Path, tmp_path: Path, module: str
) -> None:
    """So a rule that leaves out too much is caught: each of these is needed in its own way."""
    broken = packaged.without(unpacked, tmp_path, module)
    problems = []
    try:
        with scene(broken, tmp_path) as at:
            tick = at.tick()
            problems = [name for name, said in tick["sources"].items() if said != "ok"]
            page = at.app.http("status", "GET", "/api/status")
            problems += [] if page["status"] == 200 else ["status page"]
    except packaged.PackagedAppError as error:
        problems.append(str(error))

    assert problems
