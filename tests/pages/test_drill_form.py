"""The form that starts a drill, on the status page."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.verdicts import Verdict
from shared.pages.status import status_page
from tests.support.card_cases import PRESENTATION, incident
from tests.support.status_cases import STANDINGS, around, stands


def test_the_form_of_a_drill_says_what_stands_against_it() -> None:
    """An outage is no time to practise, and in maintenance no card of the drill is seen."""
    outage, window = "Never practise in a real outage", "the cards of the drill wait"
    well = stands()
    warned = {
        found: (outage in text, window in text)
        for found, each in (
            ("well", well),
            ("outage", stands(incident(Verdict.SERVER_SILENT))),
            ("window", replace(well, maintenance=STANDINGS["status-maintenance"].maintenance)),
        )
        for text in [status_page(each, PRESENTATION, around(each))]
    }

    assert warned == {"well": (False, False), "outage": (True, False), "window": (False, True)}
