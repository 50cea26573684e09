"""Shows pages in headless Chromium as a phone or a desktop would: without script, off the network.

One browser serves all; each look is a fresh context with its own width, theme and text size.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from playwright.sync_api import sync_playwright

from tests.support.components import chromium, node_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

Theme = Literal["light", "dark"]
PHONE_WIDTH = 344
DESKTOP_WIDTH = 1200
_ADDRESS = "https://watchdog.contoso.com/api/incidents/1"

# Contrast as in WCAG 2.2, 1.4.3: relative luminance of the text's colour against the nearest
# background behind it that is not transparent.
_MEASURE = """
() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const own = (el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const all = [...document.body.querySelectorAll('*')];
  const texts = all.filter(own).map((el) => {
    const [a, b] = [luminance(rgb(getComputedStyle(el).color)), luminance(behind(el))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [el.localName + ': ' + el.textContent.trim().slice(0, 40), ratio];
  });
  const width = document.documentElement.clientWidth;
  const outside = all.filter((el) => {
    const r = el.getBoundingClientRect(), s = getComputedStyle(el);
    return r.right > width + 0.5 || r.left < -0.5
      || s.display !== 'inline' && el.scrollWidth > el.clientWidth + 1
      || ['hidden', 'clip'].includes(s.overflowY) && el.scrollHeight > el.clientHeight + 1;
  });
  return {
    texts: texts,
    outside: outside.map((el) => el.localName + ': ' + el.textContent.trim().slice(0, 40)),
    scrolls: document.documentElement.scrollWidth > width,
    small: all.filter(own).map((el) => parseFloat(getComputedStyle(el).fontSize)),
    split: [...document.querySelectorAll('pre span')]
      .filter((el) => el.offsetHeight > 2 * parseFloat(getComputedStyle(el).fontSize))
      .map((el) => el.textContent),
    tags: [...new Set(all.map((el) => el.localName))],
    text: document.body.innerText,
    top: [...document.querySelectorAll('ol > li')].map((el) => el.getBoundingClientRect().bottom),
    dark: luminance(behind(document.body)) < 0.2,
  };
}
"""

_CONTROLS = """
() => [...document.querySelectorAll('button, input, textarea, summary')]
  .filter((el) => el.checkVisibility() && el.type !== 'hidden')
  .map((el) => el.localName + ' ' + el.textContent)
"""
_LEAST_RULES = 15


@dataclass(frozen=True)
class Seen:
    """What the browser shows of one page.

    Attributes:
        texts: Each element with text of its own, and its contrast.
        outside: Elements that stick out of the window, or whose content does not fit.
        scrolls: Whether the page must be scrolled sideways.
        small: Font sizes in CSS pixels.
        split: Words of commands that stand on two lines.
        tags: All element names.
        text: All visible text.
        top: Where each step ends, in CSS pixels from the top.
        dark: Whether the background is dark.
        requests: Every address that was asked for besides the page itself.
        refused: What the page's own policy blocked.
    """

    texts: list[tuple[str, float]]
    outside: list[str]
    scrolls: bool
    small: list[float]
    split: list[str]
    tags: list[str]
    text: str
    top: list[float]
    dark: bool
    requests: list[str]
    refused: list[str]

    def faint(self, least: float = 4.5) -> list[str]:
        """Texts whose contrast is below `least`."""
        return [f"{name} ({ratio:.2f})" for name, ratio in self.texts if ratio < least]


class PageBrowser:
    """Shows one page at a time."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._looks: dict[tuple[object, ...], Seen] = {}

    def show(
        self,
        body: str,
        headers: dict[str, str],
        *,
        width: int = PHONE_WIDTH,
        theme: Theme = "light",
        text_size: int = 100,
        picture: Path | None = None,
    ) -> Seen:
        """Load a page over (intercepted) https, with its real headers and JavaScript disabled.

        The same look is taken once: several tests judge it.

        Args:
            body: The HTML.
            headers: Its headers.
            width: The window's width in CSS pixels.
            theme: What the phone prefers.
            text_size: Per cent of the browser's usual text size.
            picture: Where to save a PNG of the whole page.
        """
        look = (body, *sorted(headers.items()), width, theme, text_size)
        if picture is None and look in self._looks:
            return self._looks[look]
        context = self._browser.new_context(
            viewport={"width": width, "height": 640},
            color_scheme=theme,
            java_script_enabled=False,
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        requests: list[str] = []
        refused: list[str] = []

        def serve(route: Route) -> None:
            if route.request.url == _ADDRESS:
                route.fulfill(
                    body=body, headers={"Content-Type": "text/html; charset=utf-8"} | headers
                )
            else:
                requests.append(route.request.url)
                route.abort()

        try:
            page = context.new_page()
            page.on("console", lambda message: refused.append(message.text))
            page.route("**/*", serve)
            page.goto(_ADDRESS)
            _enlarge(page, text_size)
            seen: dict[str, Any] = page.evaluate(_MEASURE)
            if picture is not None:
                page.screenshot(path=picture, full_page=True)
        finally:
            context.close()
        self._looks[look] = Seen(**seen, requests=requests, refused=refused)
        return self._looks[look]

    def faults(self, body: str, headers: dict[str, str]) -> list[str]:
        """What axe-core calls a serious or critical fault, each with theme and element.

        Only colours differ between the themes: in the dark only they are looked at. The policy of
        the page does not apply to this look: the checker is a script that is put in.
        """
        context = self._browser.new_context(
            viewport={"width": PHONE_WIDTH, "height": 640}, color_scheme="light", bypass_csp=True
        )
        found: dict[Theme, dict[str, Any]] = {}
        try:
            page = context.new_page()
            page.route("**/*", lambda route: _serve(route, body, headers))
            page.goto(_ADDRESS)
            page.evaluate(node_script("axe-core/axe.min.js").read_text(encoding="utf-8"))
            found["light"] = page.evaluate("axe.run()")
            page.emulate_media(color_scheme="dark")
            found["dark"] = page.evaluate("axe.run({runOnly: ['color-contrast']})")
        finally:
            context.close()
        assert len(found["light"]["passes"]) > _LEAST_RULES  # else it did not look
        assert found["dark"]["passes"]
        return [
            f"{each['id']} ({each['impact']}, {theme}): {each['nodes'][0]['html'][:120]}"
            for theme, result in found.items()
            for each in result["violations"]
            if each["impact"] in {"serious", "critical"}
        ]

    def printed(self, body: str, headers: dict[str, str]) -> tuple[str, list[str]]:
        """What would stand on paper: the text, and the names of what can be pressed or filled."""
        context = self._browser.new_context(java_script_enabled=False, color_scheme="dark")
        try:
            page = context.new_page()
            page.route("**/*", lambda route: _serve(route, body, headers))
            page.goto(_ADDRESS)
            page.emulate_media(media="print", color_scheme="dark")
            shown: list[str] = page.evaluate(_CONTROLS)
            return page.inner_text("body"), shown
        finally:
            context.close()


def _serve(route: Route, body: str, headers: dict[str, str]) -> None:
    if route.request.url == _ADDRESS:
        route.fulfill(body=body, headers={"Content-Type": "text/html; charset=utf-8"} | headers)
    else:
        route.abort()


def _enlarge(page: Page, per_cent: int) -> None:
    """What a browser's text size setting does: `rem` and the initial font size grow."""
    session = page.context.new_cdp_session(page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * per_cent // 100}})


@contextmanager
def page_browser() -> Iterator[PageBrowser]:
    """Start Chromium; skips or fails where it is missing."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            yield PageBrowser(browser)
        finally:
            browser.close()
