"""The badge: one word about the tenant's sync, as a picture to embed in a wiki.

Colours have a contrast of at least 4.5 to the white text (WCAG 2.2, 1.4.3); the word says the
same without them.
"""

from __future__ import annotations

from typing import Final

from shared.domain.history.standing import WORDS
from shared.domain.verdicts import KIND_OF, Kind, Verdict
from shared.pages.rendering import environment

LABEL: Final = "Entra Connect"

_RED: Final = "#a4262c"
_AMBER: Final = "#8a5100"
_GREEN: Final = "#0b6a0b"
_GREY: Final = "#605e5c"
_BLUE: Final = "#0b5cad"

_BESIDE: Final = frozenset({Kind.STANDBY, Kind.HEALTH_ALERT, Kind.DEADLINE})
_LETTER: Final = 7


def badge(word: str) -> str:
    """The badge as SVG.

    Args:
        word: `Standing.word`.
    """
    split = len(LABEL) * _LETTER + 12
    return (
        environment()
        .get_template("badge.svg.j2")
        .render(
            label=LABEL,
            word=word,
            colour=COLOURS.get(word, _GREY),
            split=split,
            width=split + len(word) * _LETTER + 12,
        )
    )


def _colour(verdict: Verdict) -> str:
    if verdict is Verdict.HEALTHY:
        return _GREEN
    kind = KIND_OF.get(verdict)
    return _AMBER if kind is None or kind in _BESIDE else _RED


COLOURS: Final = {
    **{word: _colour(verdict) for verdict, word in WORDS.items()},
    "recovering": _AMBER,
    "drill": _BLUE,
    "maintenance": _BLUE,
    "stale": _GREY,
    "unknown": _GREY,
}
"""The colour of each word."""
