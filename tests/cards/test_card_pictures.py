"""Every card in Microsoft's own renderer, on a phone and a desktop, light and dark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.cards.messages import Person
from shared.domain.incidents.notifications import Message
from shared.domain.verdicts import Verdict
from tests.support.card_browser import (
    DESKTOP_WIDTH,
    PHONE_WIDTH,
    SCREEN_HEIGHT,
    CardBrowser,
    card_browser,
)
from tests.support.card_bulletin_cases import BulletinCase, bulletin_cases
from tests.support.card_cases import PRESENTATION, Case, all_cases, incident
from tests.support.card_lint import card_of, links_of, mentions_of, walk
from tests.support.card_strategies import NASTY

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = all_cases()


@pytest.fixture(scope="module")
def browser() -> Iterator[CardBrowser]:
    """One browser and one page for all cards."""
    with card_browser() as opened:
        yield opened


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_WIDTH, DESKTOP_WIDTH])
def test_every_card_is_whole_at_every_width_and_in_both_themes(
    browser: CardBrowser, width: int, theme: str
) -> None:
    """Nothing is clipped, nothing is dropped, and the primary button is on the first screen."""
    cases: list[Case | BulletinCase] = [*CASES, *bulletin_cases()]
    assert {
        case.name: found
        for case in cases
        if (found := faults(browser, case.envelope(), width, theme))
    } == {}


def faults(browser: CardBrowser, envelope: dict[str, Any], width: int, theme: str) -> list[str]:
    """What a person would miss of a card."""
    seen, card = browser.show(envelope, width, theme), card_of(envelope)
    nodes = [node for node in walk(card["body"]) if isinstance(node, dict)]
    facts = [fact for node in nodes for fact in node.get("facts", [])]
    blocks = [node for node in nodes if "text" in node]
    found = [f"clipped: {each}" for each in seen.clipped]
    if len(seen.facts) != len(facts) or len(seen.blocks) != len(blocks) + 2 * len(facts):
        found.append(f"{len(blocks)} blocks and {len(facts)} facts became {seen.blocks}")
    if seen.buttons != [title for title, _ in links_of(envelope)]:
        found.append(f"buttons became {seen.buttons}")
    if seen.mentions != [each["mentioned"]["name"] for each in mentions_of(envelope)]:
        found.append(f"mentions became {seen.mentions}")
    if any("**" in text or "{{" in text or not text.strip() for text in seen.blocks):
        found.append(f"markup shows, or a block is empty: {seen.blocks}")
    if seen.primary_bottom > SCREEN_HEIGHT:
        found.append(f"the primary button ends at {seen.primary_bottom} px")
    return found


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        ({"wrap": False}, "clipped"),
        ({"type": "Badge"}, "blocks"),
        ({"text": "x\n\n" * 60}, "the primary button ends"),
    ],
)
def test_a_spoilt_card_is_noticed(
    browser: CardBrowser, spoil: dict[str, Any], complaint: str
) -> None:
    """The check above sees a text that is cut, dropped or too long."""
    envelope = CASES[0].envelope()
    card_of(envelope)["body"][0]["items"][1].update(spoil)
    found = faults(browser, envelope, PHONE_WIDTH, "light")
    assert any(complaint in each for each in found), found


def test_seven_buttons_in_a_set_are_noticed(browser: CardBrowser) -> None:
    """The renderer drops a seventh button without a word; counting them shows it."""
    envelope = CASES[0].envelope()
    actions = next(n for n in card_of(envelope)["body"] if n["type"] == "ActionSet")["actions"]
    actions.extend(actions * 6)
    assert any("buttons" in each for each in faults(browser, envelope, PHONE_WIDTH, "light"))


def test_hostile_text_is_shown_as_text(browser: CardBrowser) -> None:
    """No name becomes emphasis, a link, a list, a heading, an element or somebody's mention."""
    stands = incident(Verdict.CLOCK_SUSPECT)
    plain = browser.show(Case("", stands, Message.FIRST).envelope(), PHONE_WIDTH, "light")
    for nasty in NASTY:
        name = f"{nasty}a {nasty}b{nasty} c{nasty}"
        shown = replace(
            PRESENTATION,
            tenant_name=name,
            active_server=name,
            standby_servers=(name,),
            on_call=(Person(name, "oncall@contoso.com"),),
        )
        odd = replace(stands, evidence=replace(stands.evidence, detail=name))
        envelope = Case("", odd, Message.FIRST, 1, shown).envelope()
        seen = browser.show(envelope, PHONE_WIDTH, "light")
        assert seen.links == 0, nasty
        assert set(seen.tags) == set(plain.tags), nasty
        assert faults(browser, envelope, PHONE_WIDTH, "light") == [], nasty
