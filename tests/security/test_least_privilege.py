"""The watchdog works with exactly what it may be granted, and misses by name what was not.

The simulated tenant refuses by a table of its own (`simulator.grants`), taken from Microsoft's
documentation: that it agrees with `shared.sources.permissions` is found out by asking.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.domain.pair.readings import Source
from shared.sources.permissions import GRAPH_ROLES
from simulator.stories import A
from tests.support.hostile_pair import hostile_pair
from tests.support.roles_credential import RolesCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.hostile_pair import HostilePair

OPTIONAL: Final = tuple(role for role in GRAPH_ROLES if not role.required)
REQUIRED: Final = tuple(role for role in GRAPH_ROLES if role.required)
FROM_HEALTH: Final = frozenset({Source.CONNECT_HEALTH, Source.HEALTH_DETAILS})
READ: Final = frozenset(Source) - {Source.INTENDED}
NOT_KNOWN: Final = frozenset({"LATE", "BLIND"})
"""All that may be said of a tenant that cannot be read: BLIND from half an hour on."""


@asynccontextmanager
async def granted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *roles: str, reader: bool = True
) -> AsyncIterator[HostilePair]:
    """A watchdog whose tokens carry these roles, beside a pair and a running Cloud Sync.

    Args:
        folder: Where its store goes.
        monkeypatch: Puts the credential into the wiring.
        roles: What is in its tokens for Graph.
        reader: Whether it may read Connect Health.
    """
    monkeypatch.setattr("shared.wiring.clients.credential_of", lambda _: RolesCredential(*roles))
    async with hostile_pair(folder) as pair:
        pair.tenant.change(lambda model: model.cloud_sync_starts())
        if not reader:
            pair.tenant.removes_reader()
        yield pair


def values(*missing: str) -> list[str]:
    """The allow-list without some."""
    return [role.value for role in GRAPH_ROLES if role.value not in missing]


def unread(tick: dict[str, Any]) -> dict[str, str]:
    """The sources that gave no reading, and why, in one word each."""
    return {name: word for name, word in tick["sources"].items() if word != "ok"}


def details(pair: HostilePair) -> dict[str, str]:
    """What the log says of each source that gave no reading."""
    return {each["source"]: each["detail"] for each in pair.events("watchdog.source_unavailable")}


async def test_the_allow_list_is_enough_for_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every source answers, in peace and while a server is silent, and nothing more is asked."""
    async with granted(tmp_path, monkeypatch, *values()) as pair:
        calm = await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        await pair.tick(200)
        alarmed = await pair.tick()

        assert set(calm["sources"]) == set(alarmed["sources"]) == READ
        assert (unread(calm), unread(alarmed)) == ({}, {})
        assert calm["verdict"] == "HEALTHY"
        assert alarmed["verdict"] != "HEALTHY"
        assert pair.tenant.strayed == []
        assert {each.status for each in pair.tenant.requests} <= {200, 202}


@pytest.mark.parametrize("role", OPTIONAL, ids=lambda role: role.value)
async def test_each_optional_role_is_missed_by_name_and_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Any
) -> None:
    """Exactly its sources say forbidden, the sentence names the role, the verdict is the same."""
    async with granted(tmp_path, monkeypatch, *values(role.value)) as pair:
        tick = await pair.tick()

        assert unread(tick) == dict.fromkeys(role.sources, "forbidden")
        assert set(tick["sources"]) == READ
        assert tick["verdict"] == "HEALTHY"
        assert tick["committed"]
        for source in role.sources:
            assert role.value in details(pair)[source]


@pytest.mark.parametrize("role", REQUIRED, ids=lambda role: role.value)
async def test_without_a_required_role_the_watchdog_is_blind_and_says_what_to_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Any
) -> None:
    """Never healthy, never "never synced"; every other source answers, and one card asks for it."""
    async with granted(tmp_path, monkeypatch, *values(role.value)) as pair:
        ticks = await pair.some_ticks(8)

        assert {tick["verdict"] for tick in ticks} <= NOT_KNOWN
        assert ticks[-1]["verdict"] == "BLIND"
        assert unread(ticks[0]) == {role.source: "forbidden"}
        assert [(card.verdict, card.reason) for card in pair.cards] == [("BLIND", "first")]
        assert role.value in pair.cards[0].text


async def test_without_reader_connect_health_is_missed_by_name_and_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both of its sources, and the role to assign."""
    async with granted(tmp_path, monkeypatch, *values(), reader=False) as pair:
        tick = await pair.tick()

        assert unread(tick) == dict.fromkeys(FROM_HEALTH, "forbidden")
        assert tick["verdict"] == "HEALTHY"
        for source in FROM_HEALTH:
            assert "assign Reader" in details(pair)[source]


@given(roles=st.sets(st.sampled_from([role.value for role in GRAPH_ROLES])), reader=st.booleans())
@example(roles=set(), reader=False)
@example(roles={each.value for each in GRAPH_ROLES} - {"AuditLog.Read.All"}, reader=False)
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_set_of_roles_costs_exactly_what_hangs_on_the_others(
    tmp_path_factory: pytest.TempPathFactory, roles: set[str], *, reader: bool
) -> None:
    """Down to none at all: forbidden is what wants a missing role, and healthy needs a proof.

    Where Cloud Sync is known to run, the tenant's times prove nothing about a server (ADR 0008):
    then Connect Health or the audits must have seen one.
    """
    missing = {source for each in GRAPH_ROLES if each.value not in roles for source in each.sources}
    missing |= frozenset() if reader else FROM_HEALTH
    proven = Source.CLOUD_SYNC in missing or not missing >= {Source.CONNECT_HEALTH, Source.AUDITS}
    folder = tmp_path_factory.mktemp("roles")
    with pytest.MonkeyPatch.context() as patch:
        async with granted(folder, patch, *roles, reader=reader) as pair:
            tick = await pair.tick()

            assert unread(tick) == dict.fromkeys(missing, "forbidden")
            healthy = proven and Source.GRAPH not in missing
            assert tick["verdict"] in ({"HEALTHY"} if healthy else NOT_KNOWN)
            assert pair.tenant.strayed == []


async def test_a_grant_that_comes_later_is_seen_with_the_next_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the process that holds the old one, which says so; a restart helps."""
    async with hostile_pair(tmp_path) as pair:
        pair.tenant.revokes("AuditLog.Read.All")
        monkeypatch.setattr(
            "shared.wiring.clients.credential_of", lambda _: RolesCredential.of(pair.tenant)
        )
        watch = pair.another()
        before = await watch.tick()
        pair.tenant.grants("AuditLog.Read.All")
        pair.after(60)
        after = await watch.tick()
        pair.after(60)
        restarted = await pair.another().tick()

        words = [str(tick.sources[Source.AUDITS]) for tick in (before, after, restarted)]
        assert words == ["forbidden", "forbidden", "ok"]
        assert "only with its next token" in details(pair)[Source.AUDITS]


async def test_a_right_that_nobody_needs_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More permissions than the allow-list are not used: the requests are the same ones."""
    asked = []
    for more in ((), ("Directory.Read.All", "User.Read.All", "Directory.ReadWrite.All")):
        (tmp_path / str(len(more))).mkdir()
        async with granted(tmp_path / str(len(more)), monkeypatch, *values(), *more) as pair:
            await pair.some_ticks(3)
            asked.append(sorted(f"{each.method} {each.path}" for each in pair.tenant.requests))

    assert asked[0] == asked[1]
