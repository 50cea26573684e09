"""What a person learns on the way of a failover that changes what to do next."""

from __future__ import annotations

import pytest

from shared.domain.runbooks.books import DRILL, Runbook, runbook
from shared.domain.runbooks.do_not import REPAIR
from shared.domain.runbooks.failover import CHECK_THEN_FAIL_OVER, FAIL_OVER
from shared.domain.verdicts import Verdict

each_switch = pytest.mark.parametrize(
    "book",
    [runbook(Verdict.SERVER_SILENT), FAIL_OVER, CHECK_THEN_FAIL_OVER],
    ids=lambda book: book.id,
)


@each_switch
def test_a_server_that_is_alive_is_given_a_chance_before_the_switch(book: Runbook) -> None:
    """Whoever finds it alive is told so, tries one cycle, and does not fail over if it syncs."""
    said = {each.id: each for each in book.steps}

    assert "Status Running: alive" in said["running"].verify
    assert "do not fail over" in said["running"].verify
    places = [list(said).index(each) for each in ("running", "stuck", "start-cycle", "stop-old")]
    assert places == sorted(places)


@each_switch
def test_an_old_server_whose_wizard_fails_is_powered_off(book: Runbook) -> None:
    """A server without a way to the cloud has no wizard that can sign in to Entra."""
    step = next(each for each in book.steps if each.id == "stop-old")

    assert "If that cannot be done, power it off and disconnect its network" in step.do


def test_a_drill_keeps_the_cards_coming_and_says_which_are_its_own() -> None:
    """In a window that the watchdog knows its cards would wait, and the way back is no drill."""
    said = {step.id: step for step in DRILL.steps}

    assert "Do not announce it to the watchdog" in said["drill-window"].do
    assert "the way back does not say DRILL" in DRILL.intro


def test_a_new_server_does_not_stay_in_staging_mode() -> None:
    """Else nobody is active for good; and it waits until the lost one cannot come back."""
    step = next(each for each in REPAIR.steps if each.id == "new-server")

    assert "{active} is off and without network, make it active" in step.do
