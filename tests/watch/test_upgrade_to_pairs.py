"""A ledger of the release that knew no servers goes on in this one (R9).

`tests/data/ledgers/main-path.json` is everything that release stored of its story: it watched from
00:30 on, the active server died at 00:40, the incident was opened at 01:35 and told three times.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared import ledger
from shared.domain.incidents.incident import State
from shared.domain.pair.reading_plan import OPTIONAL, known
from shared.dossier import dossier
from shared.ports import Row
from simulator.clock import minutes
from simulator.stories import A, B
from tests.support.hostile_pair import HostilePair, hostile_pair

if TYPE_CHECKING:
    from shared.domain.incidents.incident import Incident
    from shared.ledger import Snapshot

STARTS = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
DIES, LAST_TICK = 10, 145
INCIDENT = "20260310-0135-5f452b927f"
LEDGER = Path(__file__).parents[1] / "data" / "ledgers" / "main-path.json"


def old_rows() -> dict[str, str]:
    """What the release stored."""
    found: dict[str, Any] = json.loads(LEDGER.read_text(encoding="utf-8"))
    return {key: json.dumps(document) for key, document in found.items()}


async def upgraded(pair: HostilePair) -> None:
    """The world at the release's last tick, with its ledger in the store."""
    pair.after(DIES)
    pair.tenant.change(lambda model: model.server_dies(A))
    pair.after(LAST_TICK - DIES)
    await pair.watch.outside.store.read("nobody", "a", "b")  # makes the file
    pair.plant(old_rows())


def snapshot(pair: HostilePair) -> Snapshot:
    """What is stored, decoded; every row of it must be whole."""
    rows = (Row(key, text, "", {}) for key, text in pair.rows().items())
    snap = ledger.snapshot(row for row in rows if row.key.startswith("live|"))
    assert snap.damaged == []
    return snap


def archived(pair: HostilePair) -> Incident:
    """The incident of the release, from the history."""
    first, last = ledger.incident_range(INCIDENT)
    found = {key: text for key, text in pair.rows().items() if first <= key < last}
    rows = (Row(key, text, "", {}) for key, text in found.items())
    kept = dossier(ledger.Snapshot(), rows, INCIDENT)
    assert kept is not None
    return kept.incident


async def test_the_open_incident_goes_on_and_its_next_card_names_the_servers(
    tmp_path: Path,
) -> None:
    """No second incident and no second first card; message four says to whom to fail over."""
    async with hostile_pair(tmp_path, starts=STARTS) as pair:
        await upgraded(pair)
        ticks = await pair.some_ticks(20)

        assert {(tick["verdict"], tick["advice"]) for tick in ticks} == {
            ("SERVER_SILENT", "fail_over")
        }
        assert all(tick["committed"] and not tick["problem"] for tick in ticks)
        assert list(snapshot(pair).incidents) == [INCIDENT]
        assert [(card.incident, card.reason, card.number) for card in pair.cards] == [
            (INCIDENT, "reminder", 4)
        ]
        assert f"fail over to {B}" in pair.cards[0].text
        assert pair.events("watchdog.row_set_aside") == []


async def test_the_open_incident_is_resolved_and_keeps_its_beginning(tmp_path: Path) -> None:
    """Somebody fails over after the upgrade: the switch is noticed, the outage measured whole."""
    async with hostile_pair(tmp_path, starts=STARTS) as pair:
        await upgraded(pair)
        opened = json.loads(old_rows()[ledger.incident_key(INCIDENT)])
        await pair.some_ticks(3)
        pair.tenant.change(lambda model: model.promote(B))
        await pair.some_ticks(20)

        incident = archived(pair)
        assert (incident.state, incident.switched_to) == (State.RESOLVED, B)
        assert incident.since <= datetime.fromisoformat(opened["since"])
        assert incident.opened_at == datetime.fromisoformat(opened["opened_at"])
        assert [card.reason for card in pair.cards] == ["reminder", "advice", "recovery"]
        assert {card.incident for card in pair.cards} == {INCIDENT}
        assert pair.ticks[-1]["findings"] == ["STANDBY_UNFIT"]  # the dead one, in working time


async def test_the_first_tick_after_the_upgrade_reads_every_source(tmp_path: Path) -> None:
    """Nothing is known of the pair yet, and an incident is open."""
    async with hostile_pair(tmp_path, starts=STARTS) as pair:
        await upgraded(pair)
        tick = await pair.tick()

        assert tick["sources"] == dict.fromkeys(["graph", *OPTIONAL], "ok")
        readings = snapshot(pair).readings
        assert all(known(readings, source).read_at == pair.now() for source in OPTIONAL)


@pytest.mark.parametrize("status", [403, 500])
async def test_an_upgrade_without_the_new_permissions_keeps_watching_as_before(
    tmp_path: Path, status: int
) -> None:
    """The new sources are optional: the incident goes on, and the card says what to check."""
    async with hostile_pair(tmp_path, starts=STARTS) as pair:
        await upgraded(pair)
        pair.tenant.arm_fails(status)
        for name in ("onPremisesSynchronization", "directoryAudits", "applications", "issues"):
            pair.tenant.denies(name, status)
        ticks = await pair.some_ticks(4)

        assert {(tick["verdict"], tick["advice"]) for tick in ticks} == {
            ("SERVER_SILENT", "check_first")
        }
        assert [card.incident for card in pair.cards] == [INCIDENT]


async def test_a_healthy_pair_is_quiet_after_the_upgrade(tmp_path: Path) -> None:
    """The server came back while the release was replaced: one recovery, and then peace."""
    async with hostile_pair(tmp_path, starts=STARTS) as pair:
        await upgraded(pair)
        pair.tenant.change(lambda model: model.server_returns(A))
        ticks = await pair.some_ticks(20)

        assert {tick["verdict"] for tick in ticks[12:]} == {"HEALTHY"}
        assert [card.reason for card in pair.cards if card.reason != "reminder"] == ["recovery"]
        assert archived(pair).outage >= minutes(LAST_TICK - DIES) - timedelta(minutes=36)
