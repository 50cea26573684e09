"""Renders cards with Microsoft's own renderer in headless Chromium, as a phone or desktop would.

One browser and one page serve all cards. The renderer approximates Teams, it is not the client:
phones scroll a row of buttons sideways, which it does not, and it accepts any `version`; both are
therefore lint rules. Mentions are Teams' own feature, so the page marks them.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tests.support.components import ROOT, chromium, node_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

PHONE_WIDTH = 344
DESKTOP_WIDTH = 600
SCREEN_HEIGHT = 640
"""What a small phone shows of a channel at once, in CSS pixels."""

_DATA = ROOT / "tests" / "data" / "teams"
_PAGE = ROOT / "tests" / "support" / "card_page.html"
_MARGIN = 8

_RENDER = """
([card, config, width, theme]) => {
  document.body.className = theme;
  const frame = document.getElementById('frame');
  frame.style.width = width + 'px';
  frame.replaceChildren();
  const markdown = window.markdownit({ html: false, linkify: true });
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdown.render(text).replace(
      /&lt;at&gt;(.*?)&lt;\\/at&gt;/g, '<span class="mention">$1</span>');
    result.didProcess = true;
  };
  const adaptive = new AdaptiveCards.AdaptiveCard();
  adaptive.hostConfig = new AdaptiveCards.HostConfig(config);
  adaptive.parse(card);
  frame.appendChild(adaptive.render());
  const all = [...frame.querySelectorAll('*')];
  const box = frame.getBoundingClientRect();
  const clipped = all.filter((el) => {
    const r = el.getBoundingClientRect(), s = getComputedStyle(el);
    return el.scrollWidth > el.clientWidth + 1 && s.display !== 'inline'
      || r.right > box.right + 0.5 || r.left < box.left - 0.5
      || ['hidden', 'clip'].includes(s.overflowY) && el.scrollHeight > el.clientHeight + 1;
  });
  const buttons = all.filter((el) => el.matches('button'));
  return {
    clipped: clipped.map((el) => el.className + ': ' + el.textContent.slice(0, 60)),
    blocks: all.filter((el) => el.matches('.ac-textBlock')).map((el) => el.innerText),
    facts: all.filter((el) => el.matches('.ac-factset tr')).map((el) => el.innerText),
    buttons: buttons.map((el) => el.innerText),
    links: all.filter((el) => el.matches('a')).length,
    mentions: all.filter((el) => el.matches('.mention')).map((el) => el.innerText),
    tags: [...new Set(all.map((el) => el.localName))],
    primaryBottom: buttons.length ? buttons[0].getBoundingClientRect().bottom - box.top : 0,
    height: box.height,
  };
}
"""


@dataclass(frozen=True)
class Rendered:
    """What the browser shows of one card.

    Attributes:
        clipped: Elements whose content does not fit, or lies outside the card.
        blocks: The visible text of each text block, those of facts included.
        facts: The visible text of each row of facts.
        buttons: The visible text of each button.
        links: How many links the text became.
        mentions: The names that Teams would highlight.
        tags: All element names.
        primary_bottom: Pixels from the card's top to the first button's bottom; 0 without one.
        height: The card's height in pixels.
    """

    clipped: list[str]
    blocks: list[str]
    facts: list[str]
    buttons: list[str]
    links: int
    mentions: list[str]
    tags: list[str]
    primary_bottom: float
    height: float


class CardBrowser:
    """One page that shows one card at a time."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._configs = {
            (width, theme): json.loads((_DATA / f"{name}-{theme}.json").read_text("utf-8"))
            for width, name in (
                (PHONE_WIDTH, "microsoft-teams-mobile"),
                (DESKTOP_WIDTH, "microsoft-teams"),
            )
            for theme in ("light", "dark")
        }

    def show(self, envelope: dict[str, Any], width: int, theme: str) -> Rendered:
        """Render the card of a message.

        Args:
            envelope: The whole message.
            width: `PHONE_WIDTH` or `DESKTOP_WIDTH`.
            theme: "light" or "dark".
        """
        card = envelope["attachments"][0]["content"]
        config = self._configs[width, theme]
        seen = self._page.evaluate(_RENDER, [card, config, width, theme])
        seen["primary_bottom"] = seen.pop("primaryBottom")
        return Rendered(**seen)

    def picture(self, path: Path, width: int) -> None:
        """Save what is shown as a PNG."""
        frame = "document.getElementById('frame').getBoundingClientRect()"
        height = self._page.evaluate(f"{frame}.height") + 2 * _MARGIN
        clip = {"x": 0, "y": 0, "width": width + 2 * _MARGIN, "height": height}
        self._page.screenshot(path=path, clip=clip, full_page=True)  # type: ignore[arg-type]  # a TypedDict


@contextmanager
def card_browser() -> Iterator[CardBrowser]:
    """Start Chromium with the renderer loaded; skips or fails where a component is missing."""
    scripts = [
        node_script("adaptivecards/dist/adaptivecards.min.js"),
        node_script("markdown-it/dist/markdown-it.min.js"),
    ]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            page = browser.new_page(
                viewport={"width": DESKTOP_WIDTH + 2 * _MARGIN, "height": 900},
                device_scale_factor=1,
                timezone_id="Europe/Berlin",
                locale="en-GB",
            )
            page.goto(_PAGE.as_uri())
            for script in scripts:
                page.add_script_tag(path=script)
            yield CardBrowser(page)
        finally:
            browser.close()
