"""Foreign text becomes one bounded line of plain text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.sources.plain_text import from_html, one_line


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        (
            "<p>Restart the <b>sync</b> service.</p><p>Then wait.</p>",
            "Restart the sync service. Then wait.",
        ),
        ("one<br/>two<br>three", "one two three"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("a &amp; b &lt;c&gt; &#39;d&#39; &nbsp;e", "a & b <c> 'd' e"),
        ("<a href='https://contoso.com/x'>here</a>", "here"),
        ("before<script>alert(1)</script><style>p{}</style>after", "before after"),
        ("is 3 < 4 and 5 > 4?", "is 3 < 4 and 5 > 4?"),
        ("no markup", "no markup"),
        ("\r\n a \t b \u2028 c ", "a b c"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, plain: str) -> None:
    """Tags go, entities become characters, blocks stay apart."""
    assert from_html(html, 300) == plain


@pytest.mark.parametrize(
    "text", ["<![x[ rest", "a<![x[ rest", "<!", "<!--", "<a href='", "&#xD800;"]
)
def test_markup_that_the_parser_refuses_is_still_text(text: str) -> None:
    """Some declarations make Python's parser raise."""
    assert isinstance(from_html(text, 300), str)


def _units(text: str) -> int:
    """What it takes in a stored JSON string, in UTF-16 units."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return len(escaped.encode("utf-16-le")) // 2


@given(text=st.text(max_size=300) | st.from_regex(r"[<>!\[\]&#;/a-z \"-]{0,60}"))
@example(text='"' * 300)
@example(text="\U0001f4a9" * 300)
@example(text="\ud800\udc00x\x00")
def test_any_text_becomes_a_line_within_its_bound(text: str) -> None:
    """R8: whatever it is, it can be stored and shown."""
    for line in (one_line(text, 50), from_html(text, 50)):
        assert _units(line) <= 50
        assert line == " ".join(line.split())
        assert line.replace("\u200c", "").replace("\u200d", "").isprintable()
        assert one_line(line, 50) == line


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("SYNC\u202e-\u2066A\u00ad", "SYNC-A"),
        ("SYNC\x00\x1b\x85-A\u2029", "SYNC -A"),
        ("\ud800SYNC-A\udfff", "SYNC-A"),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("\ue000\U000e0001", ""),
        (7, ""),
        (None, ""),
        (["SYNC-A"], ""),
    ],
)
def test_only_what_can_be_seen_or_joins_letters_is_kept(text: object, plain: str) -> None:
    """Nothing may turn the text around it, and nothing invisible may make two names differ."""
    assert one_line(text, 50) == plain


def test_a_long_text_says_that_it_was_cut() -> None:
    """With an ellipsis."""
    assert one_line("abc def", 5) == "abc…"
    assert one_line("abcdef", 5) == "abcd…"
    assert one_line("abcde", 5) == "abcde"
    assert one_line("abc", 0) in ("", "…")
