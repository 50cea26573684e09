"""Whatever the sources say, nothing of it works in a card, a page, a log line or a terminal.

Each run has the same hostile text in every field of every source, through the real clients, and a
story in which alerts, a standby and a silent server are told.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from shared import check
from shared.acting import Desk
from shared.delivery import named
from shared.domain.pair.reading_plan import OPTIONAL
from shared.pages.incident import incident_page
from shared.ports import MAX_DOCUMENT, MAX_WRITES
from simulator.stories import A, B
from simulator.story import BY_DAY
from tests.support.card_lint import problems, schema_errors
from tests.support.hostile_answers import TEXTS, say_everywhere
from tests.support.hostile_pair import HostilePair, hostile_pair
from tests.support.page_cases import CASES, html_of

if TYPE_CHECKING:
    from pathlib import Path

CARD_BYTES = 16_384
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
OURS = re.compile("[\u2066\u2068\u2069]")
"""We put foreign names into isolates ourselves, opened and closed in pairs."""


async def a_bad_day(pair: HostilePair, text: str) -> None:
    """Alerts, an outage at Microsoft, a silent server and a second exporter, in hostile words."""
    say_everywhere(pair, text, pair.clock.now())
    await pair.tick()
    pair.tenant.change(lambda model: model.server_dies(A))
    await pair.tick(70)
    pair.tenant.change(lambda model: model.promote(B))
    await pair.tick(70)


@pytest.mark.parametrize("name", TEXTS)
async def test_every_card_of_a_bad_day_keeps_every_rule(tmp_path: Path, name: str) -> None:
    """Inert, complete, posted and small, whoever wrote the names; every tick succeeds."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        await a_bad_day(pair, TEXTS[name])

        assert all(tick["committed"] and not tick["problem"] for tick in pair.ticks)
        assert {word for tick in pair.ticks for word in tick["sources"].values()} == {"ok"}
        assert {"HEALTH_ALERT", "SERVER_SILENT"} <= {card.verdict for card in pair.cards}
        assert pair.tenant.rejected_cards == []
        for message in pair.messages:
            assert problems(message, CARD_BYTES) == []
            assert schema_errors(message) == []

        pages = [
            await page_of(pair, key) for key in pair.rows() if key.startswith("live|incident|")
        ]
        assert pages
        for page in pages:
            assert foreign(page) == []
            assert not HIDDEN.search(OURS.sub("", page.replace("\n", " ")))

        assert all(line.isascii() and line.isprintable() for line in pair.lines)
        assert max(map(units, pair.rows().values())) <= MAX_DOCUMENT


@pytest.mark.parametrize("name", TEXTS)
async def test_what_a_terminal_shows_is_one_line_each_and_moves_no_cursor(
    tmp_path: Path, name: str
) -> None:
    """`check` prints every source's words: no control character, no lost line, no error."""
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        say_everywhere(pair, TEXTS[name], pair.clock.now())
        pair.tenant.change(lambda model: model.server_dies(A))
        pair.after(70)
        found = await check.check(pair.watch.plan, pair.watch.outside, pair.now())
        lines = list(check.as_text(found))
        document = check.as_json(found)

        assert found.needs_a_person
        assert [line for line in lines if HIDDEN.search(OURS.sub("", line))] == []
        assert "\n".join(lines).encode().decode().splitlines() == lines
        assert json.loads(document)["verdict"] == "SERVER_SILENT"
        assert document.isascii()


async def test_no_commit_of_a_bad_day_is_larger_than_the_store_takes(tmp_path: Path) -> None:
    """All texts in turn on one store: rows and transactions stay bounded as they pile up."""
    sizes: list[int] = []
    async with hostile_pair(tmp_path, starts=BY_DAY) as pair:
        store, commit = pair.watch.outside.store, pair.watch.outside.store.commit

        async def counted(partition: str, writes: Any, write_id: str) -> Any:
            sizes.append(len(writes))
            return await commit(partition, writes, write_id)

        vars(store)["commit"] = counted
        for text in TEXTS.values():
            say_everywhere(pair, text, pair.clock.now())
            await pair.tick(61)

        assert all(tick["committed"] for tick in pair.ticks)
        assert max(sizes) <= MAX_WRITES
        assert max(map(units, pair.rows().values())) <= MAX_DOCUMENT


async def test_two_hostile_servers_stay_two_servers(tmp_path: Path) -> None:
    """Names that only differ in what is taken out of them must not become one server."""
    async with hostile_pair(
        tmp_path, {"WATCHDOG_ACTIVE_SERVER": "", "WATCHDOG_STANDBY_SERVERS": ""}
    ) as pair:
        names = iter(["SYNC\u202e-A", "SYNC\u202d-A\u200b"] * 100)

        def renamed(answer: Any) -> Any:
            for item in answer["value"]:
                item["machineName"] = next(names)
            return answer

        pair.tenant.forge["servicemembers"] = renamed
        tick = await pair.tick()

        assert tick["committed"]
        assert set(tick["sources"]) == {"graph", *OPTIONAL}
        assert tick["advice"] != "fail_over"


# -- looking at pages -----------------------------------------------------------------------------


async def page_of(pair: HostilePair, key: str) -> str:
    """The page of a stored incident."""
    plan, store = pair.watch.plan, pair.watch.outside.store
    looked = await Desk(plan.tenant_id, store, lambda: "w1").look(key.rpartition("|")[2])
    assert looked.dossier is not None
    memory = looked.snap.state.memory if looked.snap.state else None
    shown = named(plan.presentation, memory)
    return incident_page(looked.dossier.incident, pair.now(), shown)


class _Parts(HTMLParser):
    """Every element and attribute of a page, and the values of those that lead somewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.add(tag)
        for name, value in attrs:
            leads = name in {"href", "src", "action", "style"}
            self.parts.add(f"{tag} {name}" + (f"={value}" if leads else ""))


@cache
def own() -> frozenset[str]:
    """What all our pages consist of."""
    return frozenset().union(*(_Parts(html_of(name)).parts for name in CASES))


def foreign(page: str) -> list[str]:
    """What of a page no page of ours has."""
    return sorted(_Parts(page).parts - own())


def units(text: str) -> int:
    """UTF-16 units, in which the store counts."""
    return len(text.encode("utf-16-le")) // 2


def test_looking_at_pages_can_fail() -> None:
    """The control: an element, an attribute and a link that are not ours are noticed."""
    page = html_of(next(iter(CASES)))
    for bad in ("<img src=x>", "<p onclick=alert(1)>x</p>", "<a href='javascript:1'>x</a>"):
        assert foreign(page + bad)
    assert foreign(page) == []


def test_the_hostile_texts_are_hostile() -> None:
    """The control: shown as they are, they would do something."""
    for name, text in TEXTS.items():
        loud = HIDDEN.search(text) or foreign(text) or re.search(r"[*_<>\[\]`{}/@\\\"&]", text)
        assert loud or len(text) > 1_000 or name in {"emoji", "empty"}
