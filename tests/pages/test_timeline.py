"""The timeline of an incident: sentences that a person reads, never more than the page holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.incidents.incident import Event, State
from shared.pages.headers import script
from shared.pages.incident import MAX_BYTES, incident_page
from shared.pages.timeline import Line, sentence, timeline
from tests.support.card_cases import MINUTE, NOW
from tests.support.page_cases import EVERY, PAGES, SHOWN_TO, happened, html_of, sent

AT = NOW + 300 * MINUTE
NOTE = happened(2)[1]
INCIDENT, _ = PAGES["act-open"]


@pytest.mark.parametrize(
    ("event", "note", "words"),
    [
        (Event.ACKNOWLEDGED, "", "Oncall has it now."),
        (Event.SNOOZED, "until 2026-11-21T08:00Z", "Oncall snoozed it until 08:00 UTC."),
        (Event.SNOOZED, "for a while", "Oncall snoozed it for a while."),
        (Event.SWITCHING, "", "Oncall: “I am switching over now.”"),
        (Event.CALLED_OFF, "", "Oncall: “I am not switching any more.”"),
        (Event.HANDED_OVER, "to Second", "Oncall handed it over to Second."),
        (Event.NOTED, "It is off.", "Oncall wrote: “It is off.”"),
        (Event.STEPPED, "done: a; not done: b", "Oncall ticked “Stop it” and unticked “b”."),
        (Event.ACK_LAPSED, "", "The acknowledgement ran out: reminders go on."),
        (Event.WORSENED, "", "It became worse: SERVER_SILENT."),
    ],
)
def test_what_happened_is_a_sentence(event: Event, note: str, words: str) -> None:
    """Who, what, to whom or until when; a step by its words, where this release has it."""
    change = replace(NOTE, event=event, note=note)

    assert sentence(change, AT, steps={"a": "Stop it. Then wait."}) == words


@pytest.mark.parametrize("event", Event)
def test_every_event_has_a_sentence(event: Event) -> None:
    """No event of the table is left without words, and none is shown as a name of the code."""
    said = sentence(replace(NOTE, event=event), AT)

    assert said.rstrip("”").endswith(".")
    assert "_" not in said.replace("SERVER_SILENT", "")


def test_a_second_acknowledgement_says_who_kept_it() -> None:
    """Whoever was second does not hold it."""
    taken = replace(NOTE, event=Event.ACKNOWLEDGED, target=State.ACKNOWLEDGED)
    again = replace(taken, number=2, source=State.ACKNOWLEDGED, by="Second", at=AT)
    found = timeline(INCIDENT, (taken, again), (), AT, {}, 4_000)

    assert found.newest[0].text == "Second acknowledged it too; Oncall kept it."


def test_it_shows_the_newest_and_counts_the_rest() -> None:
    """Nothing disappears silently: what has no room is counted."""
    found = timeline(INCIDENT, happened(200), sent(20), AT, {}, 2_000)
    shown = (*found.newest, *found.older)

    assert shown[0].text == "Card 20 was sent: reminder."
    assert len(shown) + found.more == 220
    assert 5 < len(shown) < 40
    assert sum(line.size for line in shown) <= 2_000


def test_the_newest_line_is_shown_even_without_room() -> None:
    """A page that is full still says what happened last."""
    found = timeline(INCIDENT, happened(3), (), AT, {}, -1)

    assert (len(found.newest), found.more) == (1, 2)


def test_the_size_of_a_line_is_not_too_small() -> None:
    """What is escaped needs more room than it has letters."""
    line = Line("01:00 UTC", "'" * 100 + "&" * 100)

    assert line.size >= 9 + 100 * len("&#39;") + 100 * len("&amp;")


@pytest.mark.parametrize("name", EVERY)
def test_no_past_makes_the_page_too_large(name: str) -> None:
    """200 things that people wrote at length: the page and its script stay below 30 KB."""
    assert len(html_of(name).encode()) + len(script().encode()) < MAX_BYTES


def test_long_notes_do_not_make_the_page_too_large() -> None:
    """Each note is cut, and their number follows from what the page leaves."""
    incident, around = PAGES["act-open"]
    wordy = tuple(replace(each, note="<'&\">" * 200) for each in happened(200))
    page = incident_page(incident, AT, SHOWN_TO, replace(around, transitions=wordy))

    assert len(page.encode()) + len(script().encode()) < MAX_BYTES
    assert "more before that" in page
