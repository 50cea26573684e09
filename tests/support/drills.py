"""A drill on a pair with real clients: who starts and stops it, and what became of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from shared import drilling, ledger, past, wiring
from shared.domain.incidents import actions
from shared.domain.incidents.actions import Actor
from shared.ports import Row
from simulator.stories import A
from tests.support.card_lint import card_of
from tests.support.hostile_pair import HostilePair, hostile_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from shared.domain.drills.drill import Drill
    from shared.drilling import Result
    from shared.ledger import Snapshot
    from simulator.results import CardRecord

ACTOR = Actor("Identity on-call", "command line", "form-1")
STARTED, OVER = "drill_started", "drill_over"


async def start(pair: HostilePair, form: str = "form-1", note: str = "") -> Result:
    """A person starts a drill now."""
    actor, fresh = Actor(ACTOR.by, ACTOR.via, form), wiring.new_id()
    drill = drilling.new(actor, pair.now(), fresh, note)
    return await drilling.start(pair.watch.outside.store, pair.watch.plan.tenant_id, drill)


async def stop(pair: HostilePair, form: str = "form-2", drill_id: str = "") -> Result:
    """A person stops the drill now."""
    store, actor = pair.watch.outside.store, Actor("Duty manager", "page", form)
    tenant, write_id = pair.watch.plan.tenant_id, f"write-{form}-{len(pair.ticks)}"
    return await drilling.stop(store, tenant, actor, pair.now(), write_id, drill_id=drill_id)


def rows(pair: HostilePair) -> list[Row]:
    """Every stored row."""
    return [Row(key, text, "etag", {}) for key, text in pair.rows().items()]


def live(pair: HostilePair) -> Snapshot:
    """The live rows; each must be whole."""
    snap = ledger.snapshot(row for row in rows(pair) if row.key.startswith("live|"))
    assert snap.damaged == []
    return snap


def ended(pair: HostilePair) -> list[Drill]:
    """The drills of the past."""
    return past.read(row for row in rows(pair) if row.key.startswith("past|")).drills


async def until(pair: HostilePair, what: Callable[[], Any], *, within: int = 30) -> None:
    """Tick until something is so, which it must be within so many ticks."""
    for _ in range(within):
        if what():
            return
        await pair.tick()
    raise AssertionError("it never became so")


def title(card: CardRecord) -> str:
    """A card's title."""
    text: str = card_of(card.message)["body"][0]["items"][0]["text"]
    return text


def told(pair: HostilePair, reason: str) -> list[CardRecord]:
    """The cards of one reason, oldest first."""
    return [card for card in pair.cards if card.reason == reason]


def marked(card: CardRecord) -> bool:
    """Whether a card says DRILL: in the title, first in the summary, and in the footer."""
    said = (
        " DRILL " in title(card),
        str(card.message["summary"]).startswith("DRILL "),
        "DRILL · " in card_of(card.message)["body"][-1]["text"],
    )
    assert len(set(said)) == 1, said
    return said[0]


def plays(
    folder: Path, story: Callable[[HostilePair], Coroutine[Any, Any, None]], **settings: str
) -> None:
    """Play a story on a pair that has been watched for half an hour."""

    async def play() -> None:
        async with hostile_pair(folder, settings) as pair:
            await pair.some_ticks(7)
            await story(pair)

    asyncio.run(play())


async def outage(pair: HostilePair) -> CardRecord:
    """The active server dies, and ticks go on until a card tells it."""
    pair.tenant.change(lambda model: model.server_dies(A))
    before = len(pair.cards)
    await until(pair, lambda: any(card.verdict == "SERVER_SILENT" for card in pair.cards[before:]))
    return next(card for card in pair.cards[before:] if card.verdict == "SERVER_SILENT")


async def acknowledge(pair: HostilePair, incident_id: str) -> None:
    """A person takes an incident."""
    store, tenant = pair.watch.outside.store, pair.watch.plan.tenant_id
    snap = await drilling.load(store, tenant)
    step = actions.acknowledge(snap.incidents[incident_id], "Identity on-call", pair.now())
    writes = [ledger.put(snap, ledger.incident_key(incident_id), step.incident)]
    await store.commit(tenant, writes, f"ack-{incident_id}")
