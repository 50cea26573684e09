"""The cards of a drill, and those of what is opened while one runs."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.cards import drill_cards
from shared.domain.cards.messages import Presentation, incident_message
from shared.domain.drills.drill import Drill, DrillEnd
from shared.domain.incidents.notifications import Message
from tests.support.card_browser import PHONE_WIDTH, SCREEN_HEIGHT, card_browser
from tests.support.card_cases import MINUTE, NOW, PRESENTATION, Case, all_cases
from tests.support.card_drill_cases import (
    RECOVERED,
    RUNNING,
    STARTED,
    DrillCase,
    about_drills,
    golden_cases,
    in_a_drill,
)
from tests.support.card_lint import (
    card_of,
    links_of,
    mentions_of,
    problems,
    schema_errors,
    texts_of,
)
from tests.support.card_strategies import incidents, moments, names, presentations
from tests.support.components import ROOT

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.incidents.incident import Incident

FOLDER = ROOT / "tests" / "data" / "cards_drills"
HOW = "UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/cards/test_drill_cards.py"
NORMAL_BYTES, MAX_BYTES = 4_200, 16_384
"""The word and its sentence come on top of the 4 096 bytes of a normal card."""

about_a_drill = pytest.mark.parametrize("case", list(about_drills()), ids=lambda case: case.name)
in_drill = pytest.mark.parametrize("case", in_a_drill(), ids=lambda case: case.name)


def said(envelope: dict[str, Any]) -> str:
    """Everything that is written on a card, without emphasis."""
    return "\n".join(texts_of(envelope)).replace("**", "")


def title(envelope: dict[str, Any]) -> str:
    """The card's title."""
    text: str = card_of(envelope)["body"][0]["items"][0]["text"]
    return text


@pytest.mark.parametrize("case", golden_cases(), ids=lambda case: case.name)
def test_every_card_of_a_drill_is_the_one_that_was_reviewed(case: DrillCase | Case) -> None:
    """Each card equals its golden file; after an intended change run `HOW` and read the diff."""
    path = FOLDER / f"{case.name}.json"
    text = json.dumps(case.envelope(), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        assert not os.environ.get("CI"), "golden files are never rewritten in CI"
        path.write_text(text, "utf-8")
    assert path.exists(), f"no golden file for {case.name}: {HOW}"
    assert text == path.read_text("utf-8"), f"the card changed; if that was intended: {HOW}"


def test_no_golden_file_of_a_drill_is_left_over() -> None:
    """Each file belongs to a card that still exists."""
    known = {f"{case.name}.json" for case in golden_cases()}
    assert {path.name for path in FOLDER.iterdir()} <= known


# -- cards of incidents ---------------------------------------------------------------------------


@in_drill
def test_a_card_in_a_drill_keeps_every_rule(case: Case) -> None:
    """Each verdict with each message, on two lines of title, within the size."""
    assert problems(case.envelope(), NORMAL_BYTES) == []
    assert schema_errors(case.envelope()) == []


@in_drill
def test_a_card_in_a_drill_says_so_first(case: Case) -> None:
    """In the title behind the colour's emoji, first in the preview, in the text and the footer."""
    envelope = case.envelope()

    assert title(envelope).split(" ")[1] == "DRILL"
    assert envelope["summary"].startswith("DRILL ")
    assert "Opened during a drill" in card_of(envelope)["body"][0]["items"][1]["text"]
    footer = card_of(envelope)["body"][-1]["text"]
    assert re.match(r"(Tenant .* · )?DRILL · ", footer), footer


@in_drill
def test_a_card_in_a_drill_calls_advises_and_links_like_any_other(case: Case) -> None:
    """Real monitoring goes on: people, steps, buttons and facts are those of the same card."""
    assert case.incident is not None
    alone = replace(case, incident=replace(case.incident, drill="")).envelope()
    in_drill = case.envelope()

    assert mentions_of(in_drill) == mentions_of(alone)
    assert links_of(in_drill) == links_of(alone)
    assert card_of(in_drill)["body"][1:-1] == card_of(alone)["body"][1:-1]
    assert in_drill["watchdog"] == alone["watchdog"]
    assert card_of(in_drill)["body"][0]["style"] == card_of(alone)["body"][0]["style"]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_no_other_card_says_the_word(case: Case) -> None:
    """An incident that no drill was running for is real."""
    assert "drill" not in title(case.envelope()).lower()
    assert not case.envelope()["summary"].startswith("DRILL")


@settings(deadline=None)
@given(incidents(), st.sampled_from(Message), st.integers(1, 999), moments, presentations)
def test_hostile_text_breaks_no_rule_in_a_drill_either(
    stands: Incident, message: Message, number: int, at: datetime, shown: Presentation
) -> None:
    """Whatever names, ids and times hold, the title has its word and its length."""
    envelope = incident_message(replace(stands, drill="d"), message, number, at, shown)

    assert problems(envelope, MAX_BYTES) == []
    assert title(envelope).split(" ")[1] == "DRILL"


# -- cards of the drill itself --------------------------------------------------------------------


@about_a_drill
def test_a_card_about_a_drill_keeps_every_rule(case: DrillCase) -> None:
    """Structure, size and wording, as for the card of an incident."""
    assert problems(case.envelope(), NORMAL_BYTES) == []
    assert schema_errors(case.envelope()) == []


@about_a_drill
def test_a_card_about_a_drill_is_called_one(case: DrillCase) -> None:
    """Nobody takes it for an alarm."""
    envelope = case.envelope()

    assert title(envelope).split(" ")[1] == "DRILL"
    assert envelope["summary"].startswith("DRILL ")
    assert f"-{case.drill.id}" in card_of(envelope)["body"][-1]["text"]


@about_a_drill
def test_only_what_outlives_a_drill_calls_anybody(case: DrillCase) -> None:
    """Its end is no alarm, unless something is still wrong that was called a drill."""
    called = [each["mentioned"]["id"] for each in mentions_of(case.envelope())]
    expected = [person.upn for person in PRESENTATION.on_call] if case.drill.unresolved else []

    assert called == expected
    assert ("no drill any more" in said(case.envelope())) == bool(case.drill.unresolved)


def test_the_result_has_every_mark_with_its_phase() -> None:
    """Detect, decide, switch, and the whole."""
    (facts,) = [n["facts"] for n in card_of(told(RECOVERED))["body"] if "facts" in n]

    assert [(fact["title"], fact["value"]) for fact in facts] == [
        ("Detected", "01:26 UTC, 62 min"),
        ("Decided", "01:30 UTC, 4 min"),
        ("Switched", "01:43 UTC to SYNC-B, 13 min"),
        ("Back", "01:44 UTC, 80 min in all"),
    ]


@pytest.mark.parametrize(("total", "longer"), [(29, False), (30, False), (31, True)], ids=str)
def test_the_result_is_compared_with_what_is_usual(total: int, longer: bool) -> None:  # noqa: FBT001 - a table's column
    """The theory is under 5 minutes, 15 to 30 are usual."""
    drill = replace(RECOVERED, recovered_at=STARTED + total * MINUTE)

    assert "15 to 30 min is usual" in said(told(drill))
    assert ("this took longer" in said(told(drill))) == longer


@pytest.mark.parametrize(
    ("changes", "slow"),
    [
        ({}, "Slowest: to notice"),
        ({"detected_at": STARTED + 4 * MINUTE}, "Slowest: to decide"),
        (
            {"detected_at": STARTED + 4 * MINUTE, "decided_at": STARTED + 6 * MINUTE},
            "Slowest: the switch",
        ),
    ],
)
def test_the_result_says_what_was_slow(changes: dict[str, Any], slow: str) -> None:
    """One sentence about the longest phase."""
    text = said(told(replace(RECOVERED, **changes)))

    assert re.findall(r"Slowest: [^.]*", text) == [slow]


def test_the_result_never_states_a_switch_that_was_not_seen() -> None:
    """A recovery without a change of the active server is told as one."""
    text = said(told(replace(RECOVERED, switched_at=None, switched_to="")))

    assert "no change of the active server was seen" in text
    assert "SYNC-B" not in text


def test_an_unfinished_drill_is_not_called_recovered() -> None:
    """Stopped and run out say how far it came."""
    stopped = replace(RECOVERED, recovered_at=None, end=DrillEnd.STOPPED)

    assert "recovered" not in title(told(stopped))
    assert "A switch was seen, but not two syncs after it." in said(told(stopped))


def told(drill: Drill) -> dict[str, Any]:
    """The card of its result."""
    return drill_cards.over(drill, NOW, PRESENTATION)


@settings(deadline=None)
@given(
    st.builds(
        lambda by, note, server, minutes, end, left: replace(
            RUNNING if end is None else RECOVERED,
            by=by,
            note=note,
            active_before=server,
            switched_to=server,
            ended_by=by,
            recovered_at=None if minutes is None else STARTED + timedelta(minutes=minutes),
            end=end,
            unresolved=left,
        ),
        names,
        names,
        names,
        st.none() | st.integers(0, 500),
        st.none() | st.sampled_from(DrillEnd),
        st.integers(0, 3),
    ),
    presentations,
)
def test_hostile_names_break_no_rule_of_a_drills_card(drill: Drill, shown: Presentation) -> None:
    """Who started it, the note and the servers are foreign text."""
    write = drill_cards.started if drill.running else drill_cards.over
    envelope = write(drill, NOW, shown)

    assert problems(envelope, MAX_BYTES) == []
    assert schema_errors(envelope) == []


def test_every_card_of_a_drill_is_whole_on_a_phone_in_both_themes() -> None:
    """Nothing is clipped, and the first button is on the first screen."""
    with card_browser() as browser:
        for theme in ("light", "dark"):
            for case in golden_cases():
                seen = browser.show(case.envelope(), PHONE_WIDTH, theme)
                assert not seen.clipped, case.name
                assert seen.buttons == [name for name, _ in links_of(case.envelope())], case.name
                assert seen.primary_bottom <= SCREEN_HEIGHT, case.name
