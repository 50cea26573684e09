"""Tenants of any size: requests, incidents and rows stay bounded, nothing is dropped unsaid."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from aiohttp import web

from shared.domain.alerts.findings import MAX_SINGLE
from shared.domain.pair.readings import MAX_ALERTS, MAX_SERVERS
from shared.ports import MAX_DOCUMENT, MAX_WRITES
from simulator.clock import minutes
from simulator.health_shapes import PREFIX, SERVICE
from simulator.machine import Role, ServerPlan
from simulator.model import TenantPlan
from simulator.stories import PAIR, A
from simulator.story import BY_DAY
from tests.support.card_lint import problems
from tests.support.hostile_answers import alerts, audit_entries, issue
from tests.support.hostile_pair import HostilePair, hostile_pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.ports import Outcome

CARD_BYTES: Final = 16_384
GRAPH_REQUESTS: Final = 1 + 1 + 2 + 3 + 3 + 2
"""Of one tick, at most: organization, configuration, audits, applications, issues, Cloud Sync."""
PER_SERVER: Final = 2
"""Requests about one server: its uploads, its configuration."""
ABOUT_ALL: Final = 8
"""Requests that do not depend on the number of servers: twice services and members, exports,
errors, active and resolved alerts."""


def large(count: int) -> TenantPlan:
    """One active server and so many standbys that there are `count` servers."""
    servers = [
        ServerPlan(f"SYNC-{n:02}", Role.STAGING, phase=minutes(n), agent_phase=minutes(n))
        for n in range(1, count)
    ]
    return TenantPlan((PAIR.servers[0], *servers))


def says(answer: Any) -> Callable[[Any], web.Response]:
    """An answer that was turned into bytes once, because it is large."""
    body = json.dumps(answer).encode()
    return lambda _: web.Response(body=body, content_type="application/json")


def goes_on(pair: HostilePair, path: str, values: list[Any], link: str) -> Callable[[Any], Any]:
    """Pages without end: each leads to another one that was never seen."""
    pages = iter(range(1, 1_000_000))

    def page(_: Any) -> dict[str, Any]:
        joint = "&" if "?" in path else "?"
        return {
            "value": values,
            link: f"{pair.tenant.graph_url}{path}{joint}$skiptoken={next(pages)}",
        }

    return page


def counted(pair: HostilePair) -> list[int]:
    """How many operations each commit from now on has."""
    sizes: list[int] = []
    store, commit = pair.watch.outside.store, pair.watch.outside.store.commit

    async def counts(partition: str, writes: Any, write_id: str) -> Outcome:
        sizes.append(len(writes))
        return await commit(partition, writes, write_id)

    vars(store)["commit"] = counts
    return sizes


def units(text: str) -> int:
    """UTF-16 units, in which the store counts."""
    return len(text.encode("utf-16-le")) // 2


def live(pair: HostilePair, kind: str) -> dict[str, Any]:
    """The live rows of one kind."""
    rows = pair.rows().items()
    return {key: json.loads(text) for key, text in rows if key.startswith(f"live|{kind}|")}


# -- alerts ---------------------------------------------------------------------------------------


async def test_ten_thousand_alerts_are_eleven_incidents_and_a_number(tmp_path: Path) -> None:
    """Ten alerts have a card each; the eleventh card says how many more there are."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        pair.tenant.forge["alerts"] = says({"value": alerts(10_000, pair.clock.now())})
        await pair.some_ticks(2)

        first = [card for card in pair.cards if card.reason == "first"]
        assert len(first) == len(live(pair, "incident")) == MAX_SINGLE + 1
        assert [card for card in first if f"{10_000 - MAX_SINGLE} more" in card.text]
        assert [each for m in pair.messages for each in problems(m, CARD_BYTES)] == []


async def test_many_alerts_for_thirty_ticks_grow_nothing(tmp_path: Path) -> None:
    """The same rows of the same size, no failed commit, no transaction beyond the store's limit."""
    async with hostile_pair(tmp_path, starts=BY_DAY, plan=large(5)) as pair:
        sizes = counted(pair)
        pair.tenant.forge["alerts"] = says({"value": alerts(300, pair.clock.now())})
        await pair.some_ticks(3)
        early = {key: units(text) for key, text in pair.rows().items() if key.startswith("live|")}
        early_requests = pair.ticks[-1]["http_requests"]
        await pair.some_ticks(27)
        late = {key: units(text) for key, text in pair.rows().items() if key.startswith("live|")}

        cards = {key for key in late if key.startswith("live|notification|")}
        assert set(late) - cards == set(early) - cards
        assert max(late.values()) <= MAX_DOCUMENT
        assert max(late[key] - early[key] for key in set(early) - cards) < 2_000
        assert max(sizes) <= MAX_WRITES
        assert all(tick["committed"] and not tick["problem"] for tick in pair.ticks)
        assert pair.ticks[-1]["http_requests"] <= early_requests
        assert len(live(pair, "incident")) <= MAX_SINGLE + 3


async def test_alerts_on_pages_without_end_are_bounded_and_never_called_complete(
    tmp_path: Path,
) -> None:
    """Twenty pages are read; that there are more speaks against a failover."""
    path = f"{PREFIX}/services/{SERVICE}/alerts?state=Active&api-version=2014-01-01"
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        values = alerts(50, pair.clock.now())
        pair.tenant.forge["alerts"] = goes_on(pair, path, values, "nextLink")
        pair.tenant.change(lambda model: model.server_dies(A))
        tick = await pair.tick(100)

        pages = [each for each in pair.asked("arm") if each.path.endswith("/alerts")]
        assert len(pages) == 2 * 20  # the active and the resolved ones
        assert tick["verdict"] == "SERVER_SILENT"
        assert tick["advice"] == "check_first"
        health = live(pair, "source")["live|source|connect_health"]["reading"]
        assert len(health["alerts"]) == MAX_ALERTS
        assert health["alerts_left_out"] >= 50 - MAX_ALERTS


async def test_an_answer_of_many_megabytes_is_malformed_and_costs_the_alerts_only(
    tmp_path: Path,
) -> None:
    """Nine megabytes are not read to their end, and what is not read is no evidence."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        pair.tenant.forge["alerts"] = says(
            {"value": alerts(50, pair.clock.now(), description="x" * 200_000)}
        )
        pair.tenant.change(lambda model: model.server_dies(A))
        tick = await pair.tick(100)

        reading = live(pair, "source")["live|source|connect_health"]["reading"]
        assert tick["sources"]["connect_health"] == "ok"
        assert reading["alerts"]["reason"] == "malformed"
        assert (tick["verdict"], tick["advice"]) == ("SERVER_SILENT", "check_first")


# -- servers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, MAX_SERVERS, 28])
async def test_the_requests_of_a_tick_grow_with_the_servers_up_to_twenty(
    tmp_path: Path, count: int
) -> None:
    """Two per server and eight about all of them, beside Graph's: 60 at most without pages."""
    async with hostile_pair(tmp_path, plan=large(count)) as pair:
        await pair.tick()

        asked = min(count, MAX_SERVERS)
        assert len(pair.asked("arm")) == ABOUT_ALL + PER_SERVER * asked
        assert len(pair.asked("graph")) <= GRAPH_REQUESTS


async def test_servers_beyond_the_twentieth_are_counted_and_no_failover_is_advised(
    tmp_path: Path,
) -> None:
    """Twenty-eight servers: among the eight that were not read may be one that is active."""
    async with hostile_pair(tmp_path, plan=large(28)) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        tick = await pair.tick(100)

        reading = live(pair, "source")["live|source|connect_health"]["reading"]
        assert len(reading["members"]) == MAX_SERVERS
        assert reading["members_left_out"] == 8
        assert tick["verdict"] == "SERVER_SILENT"
        assert tick["advice"] != "fail_over"


async def test_a_card_about_twenty_servers_shows_the_fittest_and_counts_the_others(
    tmp_path: Path,
) -> None:
    """Three standbys by name, sixteen as a number, within 16 KB."""
    async with hostile_pair(tmp_path, plan=large(MAX_SERVERS)) as pair:
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        await pair.tick(100)

        (card,) = pair.cards
        shown = set(re.findall(r"SYNC-\d\d", card.text))
        assert 1 <= len(shown) <= 3
        assert re.search(r"\b1\d (?:more|others?)\b", card.text)
        assert problems(card.message, CARD_BYTES) == []


async def test_twenty_unfit_standbys_and_many_alerts_are_all_told_in_the_end(
    tmp_path: Path,
) -> None:
    """What one transaction cannot hold waits for the next tick; nothing fails, nothing is lost."""
    async with hostile_pair(tmp_path, starts=BY_DAY, plan=large(MAX_SERVERS)) as pair:
        sizes = counted(pair)
        pair.tenant.forge["serviceconfiguration"] = says({"version": "2.5.3.0"})
        pair.tenant.forge["alerts"] = says({"value": alerts(100, pair.clock.now())})
        pair.tenant.change(lambda model: model.server_dies(A))
        await pair.tick(100)
        await pair.some_ticks(5)

        unfit = {card.incident for card in pair.cards if card.verdict == "STANDBY_UNFIT"}
        # the settings name SYNC-B, too: of 21 servers the last one is not looked at, but counted
        assert len(unfit) == MAX_SERVERS - 2
        assert any("19 more" in card.text for card in pair.cards if card.verdict == "SERVER_SILENT")
        assert sum(card.verdict == "SERVER_SILENT" for card in pair.cards[:3]) == 1
        assert max(sizes) <= MAX_WRITES
        assert all(tick["committed"] for tick in pair.ticks)
        assert "fail_over" not in {tick["advice"] for tick in pair.ticks}
        assert max(map(units, pair.rows().values())) <= MAX_DOCUMENT


# -- Graph ----------------------------------------------------------------------------------------


async def test_graph_pages_without_end_are_bounded_and_leave_the_verdict(tmp_path: Path) -> None:
    """A hundred thousand audit entries, and lists that never end, cost a dozen requests."""
    async with hostile_pair(tmp_path) as pair:
        at, link = pair.clock.now(), "@odata.nextLink"
        entries = audit_entries(500, at, "Sync_SYNC-A_0123456789ab@contoso.com")
        forged = {
            "directoryAudits": ("/v1.0/auditLogs/directoryAudits", entries),
            "applications": ("/v1.0/applications", [{"displayName": "x"}] * 100),
            "issues": ("/v1.0/admin/serviceAnnouncement/issues", [issue("x", at)] * 100),
            "servicePrincipals": ("/v1.0/servicePrincipals", [{"id": "x"}] * 100),
        }
        for name, (path, values) in forged.items():
            pair.tenant.forge[name] = goes_on(pair, path, values, link)
        tick = await pair.tick()

        assert tick["verdict"] == "HEALTHY"
        assert len(pair.asked("graph")) <= GRAPH_REQUESTS + MAX_SERVERS
        assert sum(each.path.endswith("directoryAudits") for each in pair.asked("graph")) <= 2
        assert tick["sources"]["audits"] == "ok"
        assert tick["sources"]["certificates"] == "malformed"


# -- damaged rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage", ["", "{", "null", '{"reading":7}', '{"reading":{"members":[{}]}}']
)
async def test_a_damaged_row_of_a_source_is_set_aside_and_read_again(
    tmp_path: Path, damage: str
) -> None:
    """Among thousands of alerts, too: what was known is lost, which is said, and nothing else."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        pair.tenant.forge["alerts"] = says({"value": alerts(1_000, pair.clock.now())})
        await pair.some_ticks(2)
        pair.plant({"live|source|connect_health": damage})
        tick = await pair.tick()

        assert tick["committed"]
        assert tick["sources"]["connect_health"] == "ok"
        assert [e["key"] for e in pair.events("watchdog.row_set_aside")] == [
            "live|source|connect_health"
        ]
        assert any(key.startswith("set-aside|") for key in pair.rows())
        assert len(live(pair, "incident")) == MAX_SINGLE + 1
        assert len(live(pair, "source")["live|source|connect_health"]["reading"]["alerts"]) == 20
