"""Foreign text as one line of plain text: bounded, printable, without markup. Pure and total."""

from __future__ import annotations

import unicodedata
from html import unescape
from html.parser import HTMLParser
from typing import Final

from shared.domain.pair.readings import MAX_NAME

_LONGEST: Final = 4_000
"""Characters of a text that are looked at; what is kept is far shorter."""
_HIDDEN: Final = frozenset({"script", "style"})
_INLINE: Final = frozenset({"a", "b", "em", "font", "i", "span", "strong", "u"})
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian words and emoji of several people need them


def one_line(text: object, longest: int = MAX_NAME) -> str:
    """A text in one line, without what could make a card say something else; "" for no text.

    Controls and line breaks become spaces. Formatting characters (bidirectional ones too) go, and
    so do lone surrogates (JSON can spell them): no store or channel could encode them.

    Args:
        text: Any JSON value.
        longest: What the result may weigh: characters, where quotes, backslashes and those beyond
            the Basic Multilingual Plane count twice, because they take two units in stored JSON.
    """
    if not isinstance(text, str):
        return ""
    kept = "".join(_plain(char) for char in text[: max(_LONGEST, longest)])
    return _clip(" ".join(kept.split()), longest)


def from_html(text: object, longest: int) -> str:
    """A text with HTML in it, as one line without tags and entities; "" for no text.

    Args:
        text: Any JSON value; Connect Health's descriptions and remediations hold HTML.
        longest: As in `one_line`.
    """
    if not isinstance(text, str):
        return ""
    reader = _Reader()
    try:
        reader.feed(text[:_LONGEST])
        reader.close()
    except AssertionError:  # html.parser's way to refuse a declaration such as `<![x[`
        reader.found.append(unescape(text[:_LONGEST]) if not reader.found else "")
    return one_line("".join(reader.found), longest)


class _Reader(HTMLParser):
    """Collects the text between the tags; a tag that ends a line or a cell becomes a space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin something."""
        del attrs
        self._hidden += tag in _HIDDEN
        self._space(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Something empty, such as a line break."""
        del attrs
        self._space(tag)

    def handle_endtag(self, tag: str) -> None:
        """End something."""
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        self._space(tag)

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        if not self._hidden:
            self.found.append(data)

    def _space(self, tag: str) -> None:
        if tag not in _INLINE:
            self.found.append(" ")


def _plain(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    return "" if unicodedata.category(char) in {"Cf", "Cs"} else " "


def _clip(text: str, longest: int) -> str:
    if _weight(text) <= longest:
        return text
    kept, left = [], longest - 1  # the ellipsis
    for char in text:
        left -= _weight(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def _weight(text: str) -> int:
    return sum(2 if char in '"\\' or char > "\uffff" else 1 for char in text)
