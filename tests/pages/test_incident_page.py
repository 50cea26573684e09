"""The incident page as a phone shows it at 3 a.m.: readable, complete, without script or network.

Pictures of all cases: `python -m tests.support.page_pictures`.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from shared.pages.headers import page_headers, script
from shared.pages.incident import MAX_BYTES, message_page
from tests.support.page_browser import DESKTOP_WIDTH, PHONE_WIDTH, PageBrowser, page_browser
from tests.support.page_cases import CASES, EVERY, PAGES, html_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.page_browser import Theme

HEADERS = page_headers()
VOID = {"meta", "br", "hr", "img", "input", "link"}


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    """One browser for all looks of this file."""
    with page_browser() as found:
        yield found


@pytest.mark.parametrize(
    ("width", "theme"),
    [(PHONE_WIDTH, "light"), (PHONE_WIDTH, "dark"), (DESKTOP_WIDTH, "light")],
    ids=["phone", "phone in the dark", "desktop"],
)
@pytest.mark.parametrize("name", EVERY)
def test_everything_fits_and_can_be_read(
    browser: PageBrowser, name: str, width: int, theme: Theme
) -> None:
    """Nothing clipped, no command broken in a word, contrast 4.5, text of 14 px, its theme."""
    seen = browser.show(html_of(name), HEADERS, width=width, theme=theme)

    assert not seen.scrolls
    assert seen.outside == []
    assert seen.split == []
    assert seen.faint() == []
    assert min(seen.small) >= 14
    assert seen.dark is (theme == "dark")
    assert len(seen.texts) > 10


@pytest.mark.parametrize("name", [name for name in EVERY if name in PAGES or "-" in name])
def test_twice_the_text_size_loses_nothing(browser: PageBrowser, name: str) -> None:
    """Who needs large letters sees the same words, still without sideways scrolling."""
    usual = browser.show(html_of(name), HEADERS)
    large = browser.show(html_of(name), HEADERS, text_size=200)

    assert min(large.small) >= 2 * min(usual.small) - 1
    assert large.text.split() == usual.text.split()
    assert not large.scrolls
    assert large.outside == []


@pytest.mark.parametrize("name", EVERY)
def test_it_asks_nobody_for_anything(browser: PageBrowser, name: str) -> None:
    """No picture, no font: the page with its script is one small file, its policy unbroken."""
    page = html_of(name)
    seen = browser.show(page, HEADERS)

    assert seen.requests == []
    assert seen.refused == []
    assert len(page.encode()) + len(script().encode()) < MAX_BYTES
    assert not {"img", "iframe", "link", "object", "svg"} & set(seen.tags)
    assert ("form" in seen.tags) is (name in PAGES)
    assert "://" not in page


def test_the_measuring_can_fail(browser: PageBrowser) -> None:
    """The control: faint, wide, clipped, small, foreign and scripted things are all noticed."""
    bad = (
        "<body style='background:#fff'><p style='color:#999'>faint</p><script>1</script>"
        "<p style='width:600px'>wide</p><p style='font-size:9px'>small</p>"
        "<p style='height:3px;overflow:hidden'>clipped</p><img src='https://evil.example/x.png'>"
    )
    bare = browser.show(bad, {})
    strict = browser.show(bad, HEADERS)

    assert len(bare.faint()) == 1
    assert bare.scrolls
    assert len(bare.outside) == 2
    assert min(bare.small) == 9
    assert bare.requests == ["https://evil.example/x.png"]
    assert strict.requests == []
    assert strict.refused


@pytest.mark.parametrize("name", [name for name in CASES if "long" not in name])
def test_the_first_step_is_near_the_top(browser: PageBrowser, name: str) -> None:
    """Below the state and what must never be done: two and a half screens of a small phone."""
    seen = browser.show(html_of(name), HEADERS)

    assert seen.top[0] <= 2.5 * 640


@pytest.mark.parametrize("name", EVERY)
def test_the_html_is_well_formed(name: str) -> None:
    """Every element is closed where it should be, whatever stands in it."""
    unclosed = Nesting.of(html_of(name))

    assert unclosed == []


def test_a_message_is_a_page_like_the_others(browser: PageBrowser) -> None:
    """What is shown instead of an incident can be read as well."""
    page = message_page("Nothing to show here", "There is no such incident.")
    for theme in ("light", "dark"):
        seen = browser.show(page, HEADERS, theme="dark" if theme == "dark" else "light")
        assert (seen.faint(), seen.scrolls, seen.outside) == ([], False, [])


class Nesting(HTMLParser):
    """Notices elements that are not closed, or in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        """What is wrong with a page."""
        parser = cls()
        parser.feed(page)
        parser.close()
        return parser.wrong + parser.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the base class's shape
        """Remember what is open."""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Compare with what is open."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)
