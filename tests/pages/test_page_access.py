"""The incident page for everybody: assistive technology, keyboards, paper."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from shared.domain.cards.seen import Seen
from shared.domain.runbooks.books import book_for
from shared.pages.headers import page_headers
from shared.pages.incident import message_page
from tests.support.page_browser import PageBrowser, page_browser
from tests.support.page_cases import EVERY, PAGES, SHOWN_TO, html_of

if TYPE_CHECKING:
    from collections.abc import Iterator


LOOKED_AT = (*PAGES, "BLIND", "DUAL_ACTIVE", "HEALTH_ALERT", "do-not-both_silent", "failover")
"""Every state that has parts of its own; the rest differ in words."""


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    """One browser for all looks of this file."""
    with page_browser() as found:
        yield found


@pytest.mark.parametrize("name", LOOKED_AT)
def test_axe_finds_no_serious_fault(browser: PageBrowser, name: str) -> None:
    """Contrast in both themes, labels, landmarks, headings, names: by the rules of axe-core."""
    assert browser.faults(html_of(name), page_headers()) == []


def test_axe_finds_none_on_a_message(browser: PageBrowser) -> None:
    """What is shown instead of a page is for everybody as well."""
    page = message_page("Nothing to show here", "There is no such incident.")

    assert browser.faults(page, page_headers()) == []


def test_axe_sees_the_colours_of_the_dark_theme(browser: PageBrowser) -> None:
    """The control: text that can be read by day only is noticed."""
    page = html_of("act-open")
    start, end = page.index("<style>") + len("<style>"), page.index("</style>")
    faint = "@media (prefers-color-scheme: dark) { body { background: #000; } * { color: #111; } }"
    page = f"{page[:start]}{page[start:end]}{faint}{page[end:]}"

    assert any(
        fault.startswith("color-contrast (serious, dark") for fault in browser.faults(page, {})
    )


def test_axe_can_find_a_fault(browser: PageBrowser) -> None:
    """The control: a field without a label is noticed."""
    page = html_of("act-open").replace("<label>Your name <input", "<label>Your name</label><input")
    page = page.replace('autocomplete="name" value=""></label>', 'autocomplete="name" value="">')

    assert any(fault.startswith("label ") for fault in browser.faults(page, {}))


@pytest.mark.parametrize("name", ["act-open", "act-longest", "act-after-failover"])
def test_paper_holds_the_whole_runbook_and_nothing_to_press(
    browser: PageBrowser, name: str
) -> None:
    """Sign-in may be what is broken: who prints it in time has every step with an empty box."""
    text, controls = browser.printed(html_of(name), page_headers())
    incident, _ = PAGES[name]
    flat = " ".join(text.split())

    assert [each for each in controls if not each.startswith("summary")] == []
    for step in book_for(Seen(incident, incident.opened_at, SHOWN_TO)).steps:
        assert step.do in flat
        assert step.verify in flat
    assert "Never make SYNC-B active" in flat or "Never let SYNC-A start" in flat


def test_the_headings_are_in_order() -> None:
    """One main heading, and no level is skipped: a screen reader jumps by them."""
    for name in EVERY:
        page = html_of(name)
        levels = [
            int(page[at + 2])
            for at in range(len(page))
            if page[at : at + 2] == "<h" and page[at + 2].isdigit()
        ]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), name
