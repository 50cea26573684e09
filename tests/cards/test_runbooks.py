"""Runbooks: every verdict that needs a person has one that can be followed at 3 a.m."""

from __future__ import annotations

import re

import pytest

from shared.domain.advice import Advice, advise
from shared.domain.runbooks import fill, runbook
from shared.domain.verdicts import KIND_OF, Finding, Judgement, Verdict
from tests.support.card_cases import NOW, evidence

each_verdict = pytest.mark.parametrize("verdict", list(KIND_OF))


@each_verdict
def test_every_verdict_that_needs_a_person_has_a_runbook(verdict: Verdict) -> None:
    """It has a title, several steps in whole sentences, and a mistake to avoid."""
    book = runbook(verdict)
    assert book.title
    assert len(book.steps) >= 3
    assert book.never
    for step in book.steps:
        assert step.do[0].isupper() or step.do.startswith(("forbidden", "unreach", "malformed"))
        assert step.do[-1] in ".?"
    assert all(each[0].islower() and each[-1] == "." for each in book.never)


@each_verdict
def test_what_stands_on_the_card_is_short_and_free_of_markup(verdict: Verdict) -> None:
    """The first step and the first mistake fit on a phone and mean nothing to Markdown."""
    book = fill(runbook(verdict), "SYNC-A", ["SYNC-B"])
    first = book.steps[0]
    assert len(first.do) <= 200
    assert len(first.command) <= 45
    assert len(book.never[0]) <= 120
    assert not re.search(r"[*_`<>\[\]{}|]", first.do + first.command + book.never[0])


@each_verdict
def test_no_placeholder_is_left_with_or_without_names(verdict: Verdict) -> None:
    """Names that the team set appear; where none is set, plain words do."""
    for names in (("SYNC-A", ["SYNC-B", "SYNC-C"]), ("", [])):
        book = fill(runbook(verdict), *names)
        text = " ".join([book.title, *book.never, *(s.do + s.look_for for s in book.steps)])
        assert "{" not in text
        assert "  " not in text


def test_the_names_are_called_intended_because_nobody_measured_them() -> None:
    """The first mention of a server says that its role is the team's intention."""
    book = fill(runbook(Verdict.SERVER_SILENT), "SYNC-A", ["SYNC-B"])
    assert "SYNC-A (intended active)" in book.steps[0].do
    assert "SYNC-B (intended standby)" in " ".join(step.do for step in book.steps)
    assert book.steps[0].command == "Get-Service ADSync"


def test_a_server_named_like_a_placeholder_stays_as_it_is() -> None:
    """A name is put in once and never read as a template."""
    book = fill(runbook(Verdict.SERVER_SILENT), "{standby}", ["SYNC-B"])
    assert "{standby} (intended active)" in book.steps[0].do


@pytest.mark.parametrize("verdict", [Verdict.SERVER_SILENT, Verdict.SYNC_STALLED])
def test_the_worst_mistake_is_two_active_servers(verdict: Verdict) -> None:
    """The card of a stopped sync warns of it before anything else."""
    assert "two active servers" in runbook(verdict).never[0]


def test_the_old_server_is_made_safe_before_the_standby_is_promoted() -> None:
    """The order of a failover is Microsoft's: first the old server, last its return."""
    steps = [step.do for step in runbook(Verdict.SERVER_SILENT).steps]
    order = [
        next(n for n, step in enumerate(steps) if words in step)
        for words in (
            "cannot export",
            "is fit",
            "switch staging mode off",
            "Before {active} starts",
        )
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.LATE])
def test_a_verdict_that_needs_nobody_has_no_runbook(verdict: Verdict) -> None:
    """Asking for one is a programming error."""
    with pytest.raises(KeyError):
        runbook(verdict)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_advice_is_to_check_first_whenever_a_person_must_act(verdict: Verdict) -> None:
    """Nothing is advised while all is well, and a failover never."""
    if verdict in KIND_OF:
        found = evidence(verdict)
        judgement = Judgement(verdict, found, (Finding(verdict, NOW, found),), readable=True)
        assert advise(judgement) is Advice.CHECK_FIRST
    else:
        judgement = Judgement(verdict, evidence(Verdict.BLIND), (), readable=True)
        assert advise(judgement) is Advice.NONE
