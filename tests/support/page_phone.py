"""A phone at 3 a.m.: a real browser, opened by the card's button, in front of the running app.

async with on_call(folder) as night:
    page = await night.phone()
    await page.get_by_role("button", name="Acknowledge").tap()
"""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, async_playwright

from shared.domain.cards.links import LinkKey
from tests.support.components import chromium
from tests.support.page_browser import PHONE_WIDTH
from tests.support.pages_server import PagesServer, pages_server
from tests.support.watchdog_app import WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from playwright.async_api import BrowserContext, Page


KEY: Final = LinkKey("k1", b"1" * 32)
BY_LINK: Final = {
    "WATCHDOG_SIGNING_KEYS": f"{KEY.id}:{base64.b64encode(KEY.key).decode()}",
    # else the name's cookie is for https only
    "WATCHDOG_PUBLIC_URL": "http://localhost:7071",
}
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass
class Night:
    """An incident that is open, its card, and whoever looks at it.

    Attributes:
        app: The app and its world.
        server: The app's routes on loopback.
        browser: Chromium.
        incident: The incident's id.
        complaints: What the consoles of the pages said: whatever their policy refused.
        asked: Every address that the pages asked for.
    """

    app: WatchdogApp
    server: PagesServer
    browser: Browser
    incident: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the button of the newest card leads, on this machine."""
        link = next(url for url in self.app.links() if "/api/incidents/" in url)
        parts = urlsplit(link)
        return f"{self.server.url}{parts.path}?{parts.query}"

    async def context(self, **options: Any) -> BrowserContext:
        """A fresh phone: nothing remembered."""
        usual: dict[str, Any] = {"viewport": {"width": PHONE_WIDTH, "height": 640}}
        found = await self.browser.new_context(**{**usual, "has_touch": True, **options})
        found.set_default_timeout(10_000)
        found.on("console", lambda message: self.complaints.append(message.text))
        found.on("request", lambda request: self.asked.append(request.url))
        return found

    async def phone(self, **options: Any) -> Page:
        """A fresh phone that has just tapped the card's button."""
        page = await (await self.context(**options)).new_page()
        await page.goto(self.address)
        return page

    async def ticks(self, count: int, minutes: float = 5) -> None:
        """Let so many ticks pass."""
        for _ in range(count):
            self.app.after(minutes)
            await self.app.tick()


@asynccontextmanager
async def on_call(folder: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Night]:
    """The active server has died, and its card was posted.

    Args:
        folder: Where the store goes.
        settings: Changes to the settings; signed links open pages unless they say otherwise.
    """
    found = chromium()
    async with (
        watchdog_app(folder, {**BY_LINK, **(settings or {})}) as app,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        try:
            async with pages_server(app.host) as server:
                yield Night(app, server, browser, await app.died())
        finally:
            await browser.close()
