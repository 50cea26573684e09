"""Headers of every page: nothing is cached, framed, or told to another site.

Our style blocks are allowed by their hashes, and a script only as a file of ours: text that
somehow got into a page as markup could neither run nor dress itself up.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Final

from shared.pages import rendering
from shared.pages.rendering import style

SCRIPT: Final = "page.js"
"""The only script: it remembers ticks and copies commands. Nothing needs it."""


_STYLES: Final = ("style.css", "status.css")
"""Every page has the first block; the status page has both."""


@cache
def _style_hashes() -> str:
    found = (style(name).encode() for name in _STYLES if style(name))
    digests = (base64.b64encode(hashlib.sha256(each).digest()).decode() for each in found)
    return " ".join(f"'sha256-{each}'" for each in digests)


def script() -> str:
    """The text of the script."""
    return rendering.script(SCRIPT)


@cache
def page_headers() -> dict[str, str]:
    """The headers of a page."""
    sources = (
        "default-src 'none'",
        f"style-src {_style_hashes()}",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {**plain_headers(), "Content-Security-Policy": "; ".join(sources)}


def plain_headers() -> dict[str, str]:
    """The headers of an answer that is no page: data, a picture, a redirection."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
