"""The status page, its twin and the badge: true to what was stored, and to how old that is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.history.standing import WORDS, Standing
from shared.domain.incidents.incident import State
from shared.domain.maintenance.window import Maintenance
from shared.domain.verdicts import KIND_OF, Verdict
from shared.ledger import Snapshot
from shared.pages.headers import page_headers
from shared.pages.status import SHOWN_PAST, status_page
from shared.pages.status_json import status_document, status_json
from shared.past import PastRows
from shared.standing import standing
from tests.support.card_cases import NOW, PRESENTATION, incident
from tests.support.page_browser import DESKTOP_WIDTH, PHONE_WIDTH, page_browser
from tests.support.status_cases import (
    DRILLED,
    HOSTILE,
    PLAN,
    RUNNING,
    STANDINGS,
    WINDOW,
    past,
    stands,
    status_html,
    thousand,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.incidents.incident import Incident
    from tests.support.page_browser import PageBrowser, Theme

LARGEST = 60_000
NAMES = list(STANDINGS)


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    """One Chromium for all looks."""
    with page_browser() as found:
        yield found


def words(found: Standing) -> str:
    """The visible text of the page, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", status_page(found, PRESENTATION)))


# -- what it claims -------------------------------------------------------------------------------


def test_it_says_as_of_when_and_never_that_it_is_now() -> None:
    """The newest tick's time and age stand below the headline."""
    text = words(stands())

    assert "Synchronisation works" in text
    assert "As of 01:54 UTC, 2 min ago (newest tick)" in text


@pytest.mark.parametrize("late", [timedelta(minutes=16), timedelta(days=400), -timedelta(days=1)])
def test_an_old_tick_says_nothing_about_now(late: timedelta) -> None:
    """Older than three schedules, or from the future: the state is not known, whatever it was."""
    found = stands(at=NOW + late)

    assert found.word == "stale"
    assert "Not known: the watchdog does not run" in words(found)
    assert "Synchronisation works" not in words(found)
    assert ' class="good"' not in status_page(found, PRESENTATION)


def test_before_the_first_tick_nothing_is_claimed() -> None:
    """No tick, no verdict, no server, no sync: it says that nothing was measured."""
    found = standing(PLAN, Snapshot(), PastRows(), NOW)
    text = words(found)

    assert found.word == "unknown"
    for said in ("Not known yet", "Nothing was measured yet.", "Nothing was read yet."):
        assert said in text
    assert "Synchronisation works" not in text


@given(
    verdict=st.one_of(st.just(Verdict.HEALTHY), st.sampled_from(list(Verdict))),
    minutes=st.sampled_from([0, 2, 15, -15, 16, -16, 600]),
    recovering=st.booleans(),
    practice=st.booleans(),
    maintained=st.booleans(),
    opened=st.sampled_from([None, *KIND_OF]),
)
def test_the_word_is_healthy_only_when_all_is_well_and_fresh(
    verdict: Verdict,
    minutes: int,
    opened: Verdict | None,
    *,
    recovering: bool,
    practice: bool,
    maintained: bool,
) -> None:
    """Neither a drill nor maintenance hides trouble; nothing old or open is called healthy."""
    live: tuple[Incident, ...] = ()
    if opened is not None:
        live = (replace(incident(opened), gone_at=NOW if recovering else None),)
    found = replace(
        STANDINGS["status-healthy"],
        at=NOW + timedelta(minutes=minutes),
        verdict=verdict,
        incidents=live,
        drill=RUNNING if practice else None,
        maintenance=Maintenance(NOW + timedelta(days=1)) if maintained else None,
    )
    fresh = abs(minutes) <= 15
    trouble = verdict is not Verdict.HEALTHY or (opened is not None and not recovering)

    assert (found.word == "stale") == (not fresh)
    if fresh and trouble:
        assert found.word in set(WORDS.values()) - {"healthy"}
    elif fresh and opened:
        assert found.word == "recovering"
    elif fresh:
        expected = "drill" if practice else "maintenance" if maintained else "healthy"
        assert found.word == expected


def test_open_incidents_come_first_with_who_has_them() -> None:
    """The most severe one leads; each is a link to its page."""
    html = status_html("status-silent")
    text = words(STANDINGS["status-silent"])

    assert text.index("SERVER_SILENT") < text.index("STANDBY_UNFIT")
    assert "acknowledged by On-call Identity" in text
    assert html.count('href="incidents/2026') == 2 + 2 + 1


def test_every_server_is_there_with_role_and_fitness() -> None:
    """Twenty servers: three standbys in full, the others with what speaks against them."""
    text = words(STANDINGS["status-huge"])

    for number in range(18):
        assert f"SYNC-{number:02d}" in text
    assert "staging (by Connect Health), seen" in text
    assert "failed" in text
    assert "7 more servers are only counted." in text


def test_a_running_drill_shows_its_stopwatch() -> None:
    """Each mark with the time since the start; what is missing is not there yet."""
    text = words(STANDINGS["status-drill"])

    assert "A drill is running" in text
    assert "Stopwatch 82 min" in text
    assert "Detected 01:39 UTC, after 65 min" in text
    assert "Switched not yet" in text


def test_maintenance_that_is_on_stands_at_the_top() -> None:
    """With its end, and with what comes next below."""
    text = words(STANDINGS["status-maintenance"])

    assert "Maintenance is on until 03:54 UTC: cards wait." in text
    assert "Patch day: on now, until 03:54 UTC" in text
    assert text.count("Backup: ") >= 3


def test_a_closed_incident_tells_its_phases() -> None:
    """How long it lasted, and how long each phase of it took."""
    text = words(stands(known=PastRows([past(timedelta(days=6))], [DRILLED], [])))

    assert "detect 64 min · decide 9 min · switch" in text
    assert "switched over from SYNC-A to SYNC-B" in text
    assert "Recovered after 95 min" in text


def test_what_could_not_be_read_is_counted() -> None:
    """A damaged row is missing here, and the page says so."""
    assert "3 stored records could not be read" in words(stands(known=PastRows(unreadable=3)))


# -- size and safety ------------------------------------------------------------------------------


def test_a_thousand_incidents_and_twenty_servers_fit_into_60_kb() -> None:
    """The newest 25 are listed, the others counted with a link to the export."""
    html = status_html("status-huge")

    assert len(html.encode()) <= LARGEST
    assert f"{1_000 - SHOWN_PAST} more: " in html
    assert "what=incidents" in html


@pytest.mark.parametrize("name", NAMES)
def test_nothing_foreign_becomes_markup(name: str) -> None:
    """Tags balance, no script, no style or event attribute, no address that leads elsewhere."""
    parsed = _Parsed()
    parsed.feed(status_html(name))
    parsed.close()

    assert parsed.open == []
    assert parsed.wrong == []
    assert "script" not in parsed.tags


def test_hostile_names_are_shown_as_text() -> None:
    """They are cut and inert, in the page and in its title."""
    html = status_html("status-hostile")

    assert HOSTILE not in html
    assert "<script" not in html
    assert "\u202e" not in html


class _Parsed(HTMLParser):
    """Collects what must not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "input", "rect", "path", "circle"}:
            self.open.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append(name)
            if name in {"href", "action", "src"} and ":" in (value or ""):
                self.wrong.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()


# -- the twin -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_has_the_same_keys_whatever_is_known(name: str) -> None:
    """Every key is always there; null is what is not known; times end with Z."""
    document = json.loads(status_json(STANDINGS[name], "t", "contoso"))

    assert document.keys() == status_document(STANDINGS["status-healthy"], "t", "c").keys()
    assert document["schema"] == 1
    assert document["state"] == STANDINGS[name].word
    for key, value in _leaves(document):
        if key.endswith("_at") and value is not None:
            assert datetime.fromisoformat(str(value)).utcoffset() == timedelta(0)
        if key.endswith("_seconds") and value is not None:
            assert isinstance(value, int)


def test_the_twin_tells_what_the_page_tells() -> None:
    """The same counts, servers and incidents."""
    found = STANDINGS["status-huge"]
    document = status_document(found, "t", "contoso")

    assert document["closed_incidents_total"] == 1_000
    assert len(document["servers"]) == 20
    assert [each["id"] for each in document["open_incidents"]] == [i.id for i in found.incidents]
    assert len(document["chart"]["days"]) == 14


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)
    else:
        yield key, value


# -- in a browser ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_readable_on_a_phone(browser: PageBrowser, name: str, theme: Theme) -> None:
    """344 px: nothing sticks out, everything has contrast, nothing is asked from elsewhere."""
    seen = browser.show(status_html(name), page_headers(), width=PHONE_WIDTH, theme=theme)

    assert not seen.scrolls
    assert seen.outside == []
    assert seen.faint() == []
    assert (seen.requests, seen.refused) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_serious_fault(browser: PageBrowser, name: str) -> None:
    """Contrast in both themes, labels, landmarks, headings, names, with every fold open."""
    html = status_html(name).replace("<details>", "<details open>")

    assert browser.faults(html, page_headers()) == []


@pytest.mark.parametrize("name", ["status-huge", "status-hostile", "status-maintenance"])
def test_it_is_readable_in_large_text_and_on_a_desk(browser: PageBrowser, name: str) -> None:
    """Twice the text size on a phone, and the usual one on a wide screen."""
    for width, size in ((PHONE_WIDTH, 200), (DESKTOP_WIDTH, 100)):
        seen = browser.show(status_html(name), page_headers(), width=width, text_size=size)
        assert not seen.scrolls
        # Chromium gives the text of a picture that is scaled up a scroll width, but no width
        assert [each for each in seen.outside if not each.startswith("text: ")] == []


def test_an_incident_that_waits_for_its_last_card_is_closed_already() -> None:
    """It is over: so it stands among the closed ones, once."""
    resolved = replace(
        incident(Verdict.SERVER_SILENT),
        id="20261121-0100-ab",
        state=State.RESOLVED,
        resolved_at=NOW,
    )
    found = stands(resolved, known=PastRows())

    assert found.incidents == ()
    assert [each.id for each in found.closed] == [resolved.id]
    assert len(stands(known=thousand()).closed) == 1_000
    assert WINDOW.id not in {each.id for each in stands().windows}
