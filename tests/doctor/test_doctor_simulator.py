"""The doctor against the simulator: each fault is planted there and shows in its own row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from shared.doctor.report import EXIT_GOOD, Outcome
from shared.sources.permissions import GRAPH_ROLES
from simulator.teams import SIGNATURE
from simulator.tokens import APP_ID, OBJECT_ID
from tests.support.canary import assert_leaks_no_secret
from tests.support.credential import FakeCredential, jwt
from tests.support.doctor_scene import Scene, scene
from tests.support.settings_env import TENANT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASS, FAIL = Outcome.PASS, Outcome.FAIL
DENIED, OPEN = Outcome.NOT_PERMITTED, Outcome.NOT_VERIFIABLE

PAGES = {"sign-in on the pages"}
"""The scripted server answers 200 to everything: here that row always fails."""


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Outcome]:
    """The rows with another outcome than before."""
    return {
        name: after[name].outcome for name in after if after[name].outcome != before[name].outcome
    }


async def test_a_healthy_tenant_passes(tmp_path: Path) -> None:
    """Every row that the simulator can show, and a card that arrives."""
    with scene(tmp_path) as world:
        found = await world.look(send_card=True)
        cards = len(world.loopback.cards)
        strayed = world.loopback.strayed

    others = {name: row for name, row in found.items() if row.outcome is not PASS}
    assert {name for name, row in others.items() if row.is_fault} == PAGES
    assert {each.value for each in GRAPH_ROLES} <= {name.split()[-1] for name in found} - set(
        others
    )
    assert APP_ID in found["token for Graph"].detail
    assert "SYNC-A active, SYNC-B staging" in found["staging flags"].detail
    assert (cards, strayed) == (1, [])


async def test_a_look_changes_nothing_that_a_tick_reads(tmp_path: Path) -> None:
    """No card, no ping, no row of the tenant; without `--send-card` Microsoft sees only GETs."""
    with scene(tmp_path) as world:
        await world.look()
        methods = {request.method for request in world.loopback.requests}
        found = await world.look()

        assert methods == {"GET"}
        assert world.loopback.cards == []
        assert found["last success"].outcome is OPEN


@pytest.mark.parametrize("role", GRAPH_ROLES, ids=lambda role: role.value)
async def test_a_role_that_was_not_granted_is_named_with_the_command(
    tmp_path: Path, role: Any
) -> None:
    """Each one by itself, as Microsoft refuses it; the row names this identity."""
    with scene(tmp_path) as world:
        before = await world.look()
        world.loopback.revokes(role.value)
        after = await world.look()

    row = after[f"Graph role {role.value}"]
    assert row.outcome is DENIED
    assert f"--principal-id {OBJECT_ID} --role {role.value}" in row.fix
    assert row.is_fault == role.required
    roles = [name for name in changed(before, after) if name.startswith("Graph role ")]
    assert row.name in roles
    assert len(roles) <= 1 + len(role.also)


async def test_a_role_too_many_is_found(tmp_path: Path) -> None:
    """Least privilege, seen from the token."""
    with scene(tmp_path) as world:
        before = await world.look()
        world.loopback.grants("Directory.Read.All")
        after = await world.look()

    assert changed(before, after) == {"Graph roles beyond the list": FAIL}
    assert "Directory.Read.All" in after["Graph roles beyond the list"].detail


def _throttled(world: Scene) -> None:
    world.loopback.throttle(3600)


def _no_reader(world: Scene) -> None:
    world.loopback.removes_reader()


def _arm_down(world: Scene) -> None:
    world.loopback.arm_fails(500)


def _denied_anyway(world: Scene) -> None:
    world.loopback.denies("onPremisesSynchronization")


def _html(world: Scene) -> None:
    world.loopback.graph_fails("html")


def _other_tenant(world: Scene) -> None:
    world.credential = FakeCredential(jwt(tid="11111111-2222-3333-4444-555555555555"))


def _no_identity(world: Scene) -> None:
    world.credential = FakeCredential(OSError("no route"))


def _odd_credential(world: Scene) -> None:
    world.credential = FakeCredential(LookupError(f"sig={SIGNATURE}"))


def _wrong_tenant(world: Scene) -> None:
    world.environ["WATCHDOG_TENANT_ID"] = TENANT


def _no_folder(world: Scene) -> None:
    world.environ["WATCHDOG_STORE"] = "sqlite:////nowhere/at/all/x.db"


ROLES = {f"Graph role {each.value}" for each in GRAPH_ROLES}


@pytest.mark.parametrize(
    ("plant", "row", "outcome", "words"),
    [
        (_throttled, "tenant", FAIL, "asked to wait 3600 s"),
        (_throttled, "Graph role AuditLog.Read.All", OPEN, "429"),
        (_html, "tenant", FAIL, "HTML page"),
        (_no_reader, "Connect Health", DENIED, "no Reader"),
        (_no_reader, "staging flags", OPEN, "not read"),
        (_arm_down, "Connect Health", FAIL, "500"),
        (_denied_anyway, "Graph role OnPremDirectorySynchronization.Read.All", DENIED, "all the"),
        (_denied_anyway, "last exporter", OPEN, "not read"),
        (_other_tenant, "token for Graph", FAIL, "11111111-2222-3333-4444-555555555555"),
        (_other_tenant, "Graph role Organization.Read.All", OPEN, "no token"),
        (_no_identity, "token for Graph", FAIL, "identity endpoint could not be used"),
        (_odd_credential, "token for Graph", FAIL, "LookupError), which is a defect"),
        (_wrong_tenant, "token for Graph", FAIL, f"WATCHDOG_TENANT_ID says {TENANT}"),
        (_no_folder, "store writable", FAIL, "failed at 'read'"),
        (_no_folder, "last success", OPEN, "store could not be read"),
    ],
)
async def test_a_planted_fault_shows_in_its_row(
    tmp_path: Path, plant: Callable[[Scene], None], row: str, outcome: Outcome, words: str
) -> None:
    """With its words, and never with the signature of the webhook."""
    with scene(tmp_path) as world:
        plant(world)
        found = await world.look()

    assert found[row].outcome is outcome
    assert words in found[row].detail
    assert SIGNATURE not in str(found)


@pytest.mark.parametrize(("status", "words"), [(404, "404"), (401, "401"), (429, "429")])
async def test_a_workflow_that_refuses_is_a_fault(
    tmp_path: Path, status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the channel says stands in the row."""
    monkeypatch.setattr("shared.channels.teams.TRIES", 1)
    with scene(tmp_path) as world:
        world.loopback.teams_fails(status)
        found = await world.look(send_card=True)

    assert found["webhook"].outcome is FAIL
    assert words in found["webhook"].detail


async def test_two_looks_at_once_say_the_same(tmp_path: Path) -> None:
    """Two pipelines, one store: each has its own probe row."""
    with scene(tmp_path) as world:
        await world.look()
        first, second = await asyncio.gather(world.look(), world.look())

    assert {name: row.outcome for name, row in first.items()} == {
        name: row.outcome for name, row in second.items()
    }
    assert first["store writable"].outcome is PASS


async def test_no_secret_leaves_a_look(tmp_path: Path) -> None:
    """Tokens, the webhook's signature, keys and the monitor's address, whatever goes wrong."""
    token = "c4nary-T0ken-of-the-identity-9f1c2b7e44d0"
    monitor = "f10wc4nary0d6b4e7f9a1"
    with scene(tmp_path) as world:
        world.credential = FakeCredential(token)
        world.loopback.teams_fails(404)
        world.environ["WATCHDOG_DEAD_MAN_URL"] = f"http://127.0.0.1:1/{monitor}"
        key = world.environ["WATCHDOG_SIGNING_KEYS"].partition(":")[2].partition(";")[0]
        secrets = [token, monitor, SIGNATURE, key]
        await assert_leaks_no_secret(
            lambda: world.look(send_card=True), secrets, also=lambda: str(world.report)
        )

    assert world.report is not None
    assert world.report.exit_code != EXIT_GOOD
