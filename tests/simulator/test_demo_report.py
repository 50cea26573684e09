"""The report and the terminal show what happened, to a manager and offline."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from simulator import demo
from simulator.card_html import nodes_of
from simulator.chart import Layout, verdict_runs
from simulator.clock import minutes
from simulator.report import in_words, render, write_report
from simulator.results import Happening, Recording, TickRecord, Upload, What
from simulator.runner import StoryResult, run_story
from simulator.stories import PAIR, STORIES
from simulator.story import STARTS, Story
from simulator.teams import SIGNATURE
from simulator.terminal import print_timeline
from tests.support.components import chromium
from tests.support.stub_watchdog import StubWatchdog

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '<script>alert(1)</script> [x](javascript:alert) "><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def result() -> StoryResult:
    """The default story with a stub: one card too few, so that the report has all to show."""
    return run_story(STORIES["server-dies"], StubWatchdog)


def text_card(text: str, **more: Any) -> dict[str, Any]:
    """A card with one text."""
    return {"body": [{"type": "TextBlock", "text": text, **more}]}


def test_the_report_asks_nobody_for_anything(result: StoryResult) -> None:
    """No script, no link, no source, no import: it opens offline for ever."""
    html = render(result)

    assert "default-src 'none'" in html
    assert not re.findall(r"<script|<iframe|<img|@import|url\((?!#)", html)
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", html) == ["data:,"]


def test_the_report_says_what_happened_and_when(result: StoryResult) -> None:
    """The outcome, the figures, each card with its time, promise beside measurement."""
    html = render(result)

    for words in (
        result.story.sentence,
        result.sentence,
        "45 min",
        "from the death of SYNC-A to the card",
        "02:00 SYNC-A dies",
        "promised 02:24-03:05",
        "measured 02:45",
        "Open the runbook",
    ):
        assert words in html
    assert html.count('class="adaptive-card"') == len(result.recording.cards)


def test_the_report_holds_no_secret(result: StoryResult) -> None:
    """The webhook's signature stays where it is used."""
    assert SIGNATURE not in render(result)
    assert SIGNATURE not in result.explain()


def test_a_failed_story_shows_the_difference(result: StoryResult) -> None:
    """The stub is never LATE, which the story promised."""
    assert not result.passed
    assert "Failed" in render(result)
    assert "missing     verdict LATE" in render(result)


def test_text_from_outside_is_text() -> None:
    """Nothing in a card becomes markup; links keep to http."""
    (node,) = nodes_of(text_card(HOSTILE))

    assert "<script" not in node.text
    assert "<img" not in node.text
    assert 'href="javascript' not in node.text


@settings(deadline=None)
@given(text=st.text())
def test_any_text_can_be_drawn(text: str) -> None:
    """The renderer is total, and its tags are its own."""
    (node,) = nodes_of(text_card(text, size=text, spacing=text))

    assert set(re.findall(r"</?([a-z]+)", node.text)) <= {
        "p",
        "strong",
        "em",
        "ul",
        "ol",
        "li",
        "a",
        "br",
    }
    assert '"' not in node.classes


def test_a_mention_is_drawn_as_teams_draws_it_and_only_if_it_has_an_entity() -> None:
    """Without its entity Teams shows the tag literally."""
    card = text_card("<at>On-call</at> **now** <at>Nobody</at>")
    card["msteams"] = {"entities": [{"type": "mention", "text": "<at>On-call</at>"}]}
    (node,) = nodes_of(card)

    assert '<span class="mention">On-call</span> <strong>now</strong>' in node.text
    assert "&lt;at&gt;Nobody&lt;/at&gt;" in node.text


def test_a_local_time_is_drawn_and_an_unknown_element_is_named() -> None:
    """Nothing is dropped silently."""
    (time,) = nodes_of(text_card("your time {{TIME(2026-11-21T00:50:00Z)}}"))
    (unknown,) = nodes_of({"body": [{"type": "Carousel"}]})

    assert time.text == "<p>your time 00:50</p>\n"
    assert "Carousel" in unknown.text


def test_runs_of_verdicts_end_where_ticks_are_missing() -> None:
    """A gap is not painted as if somebody had looked."""
    ticks = [TickRecord(minutes(m), "HEALTHY", committed=True) for m in (0, 5, 40, 45)]

    assert verdict_runs(ticks, minutes(47)) == [
        ("HEALTHY", minutes(0), minutes(10)),
        ("HEALTHY", minutes(40), minutes(47)),
    ]


@settings(deadline=None)
@given(
    happenings=st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from(list(What)), st.text(max_size=20)),
        max_size=8,
    ),
    width=st.sampled_from([328, 1080]),
)
def test_everything_is_drawn_inside_the_chart(
    happenings: list[tuple[int, What, str]], width: int
) -> None:
    """No label and no bar leaves the picture, and no two labels of a row overlap."""
    told = tuple(
        Happening(minutes(at), what, text, "SYNC-A") for at, what, text in sorted(happenings)
    )
    recording = Recording(STARTS, (), (), happenings=told, servers=(("SYNC-A", "active"),))
    chart = Layout(recording, minutes(300), "phone", width).chart()

    for lane in chart.lanes:
        assert lane.y + lane.height <= chart.axis_y
        for span in lane.spans:
            assert chart.left <= span.x
            assert span.x + span.width <= chart.right + 1.5
    rows: dict[float, float] = {}
    for mark in chart.events:
        assert mark.text_x >= chart.left
        assert mark.text_x >= rows.get(mark.y, 0)
        rows[mark.y] = mark.text_x + len(mark.text) * 6
        assert rows[mark.y] <= chart.right


def test_uploads_and_advice_are_drawn_with_their_server_and_time() -> None:
    """Who was seen by Connect Health, and what the watchdog advised meanwhile."""
    words = ((0, "none"), (5, "check_first"), (10, "fail_over"), (15, "fail_over"), (40, ""))
    recording = Recording(
        STARTS,
        tuple(TickRecord(minutes(at), "LATE", committed=True, advice=word) for at, word in words),
        (),
        happenings=(Happening(minutes(30), What.ALL_DIE, "Every server dies"),),
        servers=(("SYNC-A", "active"), ("SYNC-B", "staging")),
        uploads=(
            Upload(STARTS + minutes(3), "SYNC-A", configuration=True),
            Upload(STARTS + minutes(18), "SYNC-B", configuration=False),
        ),
    )
    lanes = {lane.heading: lane for lane in Layout(recording, minutes(60), "x", 1080).chart().lanes}
    first, second, _, advice, _ = lanes.values()

    assert [mark.style for mark in first.marks] == ["upload full"]
    assert [mark.style for mark in second.marks] == ["upload"]
    assert [span.style for span in first.spans] == ["active", "dead"]
    assert [span.style for span in second.spans] == ["staging", "dead"]
    assert [span.style for span in advice.spans] == ["a-check", "a-go"]
    assert advice.spans[1].title == "fail over 00:40-00:50 UTC"


def test_durations_read_as_a_person_would_say_them() -> None:
    """Hours only where there are some."""
    assert [in_words(minutes(m)) for m in (5, 60, 134)] == ["5 min", "1 h", "2 h 14 min"]


@pytest.mark.parametrize("width", [344, 1200])
def test_the_report_fits_the_screen_and_requests_nothing(
    result: StoryResult, tmp_path: Path, width: int
) -> None:
    """On a phone and on a desktop nothing scrolls sideways; the browser loads one file."""
    executable = chromium()
    report = tmp_path / "report.html"
    write_report(result, report)
    loaded, overflow = open_page(executable, report.as_uri(), width)

    assert loaded == [report.as_uri()]
    assert overflow <= 0


def open_page(executable: str, url: str, width: int) -> tuple[list[str], int]:
    """Load a page in a real browser: what it asked for, and how far it scrolls sideways."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # heavy, and needed here only

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        page.goto(url)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        browser.close()
    return [url for url in loaded if not url.startswith("data:")], int(overflow)


def test_a_pipe_gets_plain_text(result: StoryResult) -> None:
    """No colour codes, no progress bar, one line per happening."""
    output = StringIO()
    print_timeline(result, Console(file=output, width=120))
    text = output.getvalue()

    assert "\x1b" not in text
    assert re.search(r"90 min +02:00 +event +SYNC-A dies", text)
    assert re.search(r"135 min +02:45 +card +SERVER_SILENT first", text)
    assert result.sentence in text


def test_the_demo_writes_the_report_and_says_where(tmp_path: Path) -> None:
    """Exit 0 only if everything went as promised."""
    output = StringIO()
    out = tmp_path / "deep" / "report.html"
    console = Console(file=output, width=200)

    assert demo.main("reboot", out, StubWatchdog, console) == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert f"Report: {out}" in output.getvalue()
    assert "As promised: nobody was disturbed." in output.getvalue()
    assert demo.main("", out, StubWatchdog, console) == 1


def test_an_unknown_story_lists_those_that_exist(tmp_path: Path) -> None:
    """With a guess at what was meant, and nothing written."""
    output = StringIO()
    out = tmp_path / "report.html"

    assert demo.main("rebot", out, StubWatchdog, Console(file=output, width=200)) == 2
    assert "Did you mean reboot?" in output.getvalue()
    assert all(name in output.getvalue() for name in STORIES)
    assert not out.exists()


def test_a_story_without_servers_events_or_cards_can_be_reported() -> None:
    """The emptiest story still gives a page."""
    story = Story("empty", "Nothing.", tenant=PAIR, until=minutes(5))
    story.expect.quiet()

    assert "nobody was disturbed" in render(run_story(story, StubWatchdog))
