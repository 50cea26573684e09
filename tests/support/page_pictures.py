"""Writes a picture of every page to build/pictures: `python -m tests.support.page_pictures`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shared.pages.headers import page_headers
from tests.support.components import ROOT
from tests.support.page_browser import DESKTOP_WIDTH, PHONE_WIDTH, page_browser
from tests.support.page_cases import EVERY, html_of
from tests.support.status_cases import STANDINGS, status_html

if TYPE_CHECKING:
    from tests.support.page_browser import Theme

FOLDER = ROOT / "build" / "pictures"
THEMES: tuple[Theme, ...] = ("light", "dark")


def main(names: list[str]) -> None:
    """Render the named pages, or all; on a phone also with twice the text size."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with page_browser() as browser:
        headers = page_headers()
        for name in names or (*EVERY, *STANDINGS):
            html = status_html(name) if name in STANDINGS else html_of(name)
            for width, theme in ((w, t) for w in (PHONE_WIDTH, DESKTOP_WIDTH) for t in THEMES):
                picture = FOLDER / f"page-{name}-{width}-{theme}.png"
                browser.show(html, headers, width=width, theme=theme, picture=picture)
            large = FOLDER / f"page-{name}-large.png"
            browser.show(html, headers, text_size=200, picture=large)


if __name__ == "__main__":
    main(sys.argv[1:])
