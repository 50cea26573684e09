"""The badge: one word, readable without colours, a word of its own for each state."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from shared.domain.history.standing import WORDS
from shared.domain.verdicts import Verdict
from shared.pages.badge import COLOURS, badge


@pytest.mark.parametrize("word", sorted(COLOURS))
def test_a_badge_says_one_word_and_has_a_title(word: str) -> None:
    """Valid SVG, without a script or a link, readable without colours."""
    root = ET.fromstring(badge(word))  # noqa: S314 - it is ours
    texts = [each.text for each in root.iter() if each.text and each.text.strip()]

    assert texts == [f"Entra Connect: {word}", "Entra Connect", word]
    assert " " not in word
    assert COLOURS[word] in badge(word)
    assert _contrast(COLOURS[word]) >= 4.5


def test_every_verdict_has_a_word_of_its_own() -> None:
    """No two states look the same, and only one is called healthy."""
    assert set(WORDS) == set(Verdict)
    assert len(set(WORDS.values()) | {"recovering", "drill", "maintenance", "stale"}) == (
        len(Verdict) + 4
    )


def _contrast(colour: str) -> float:
    """Against white (WCAG 2.2, 1.4.3)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
