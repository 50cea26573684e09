"""Runbooks: every verdict that needs a person has one that can be followed at 3 a.m."""

from __future__ import annotations

import re

import pytest

from shared.domain.cards.seen import Seen
from shared.domain.cards.servers import Names
from shared.domain.pair.report import Advice, AdviceReason
from shared.domain.runbooks.books import Runbook, book_for, every_runbook, fill, runbook
from shared.domain.verdicts import KIND_OF, Verdict
from tests.support.card_cases import Case, all_cases
from tests.support.card_pair_cases import pair_cases

BOTH = Names(active="SYNC-A", standby="SYNC-B")
each_book = pytest.mark.parametrize("book", every_runbook(), ids=lambda book: book.title)


def book_of(name: str) -> Runbook:
    """The runbook of a case."""
    return opened(next(case for case in all_cases() if case.name == name))


def opened(case: Case) -> Runbook:
    """The runbook that a case's button opens."""
    assert case.incident is not None
    return book_for(Seen(case.incident, case.at, case.presentation))


def test_every_verdict_that_needs_a_person_has_a_runbook() -> None:
    """Also the ones about the pair."""
    assert all(runbook(verdict) in every_runbook() for verdict in KIND_OF)


@each_book
def test_every_runbook_is_complete(book: Runbook) -> None:
    """It has a title, several steps in whole sentences, and a mistake to avoid."""
    assert book.button.startswith("Open ")
    assert len(book.button) <= 30
    assert book.title
    assert len(book.steps) >= 3
    assert book.never
    for step in book.steps:
        assert step.do[0].isupper() or step.do.startswith(("forbidden", "unreach", "malformed"))
        assert step.do[-1] in ".?"
    assert all(each[0].islower() and each[-1] == "." for each in book.never)


@each_book
def test_what_stands_on_the_card_is_short_and_free_of_markup(book: Runbook) -> None:
    """The first step and the first mistake fit on a phone and mean nothing to Markdown."""
    book = fill(book, BOTH)
    first = book.steps[0]
    assert len(first.do) <= 200
    assert len(first.command) <= 45
    assert len(book.never[0]) <= 120
    assert not re.search(r"[*_`<>\[\]{}|]", first.do + first.command + book.never[0])


@each_book
def test_no_placeholder_is_left_with_or_without_names(book: Runbook) -> None:
    """Names that are known appear; where none is, plain words do."""
    full = Names("SYNC-A", "active", "SYNC-B or SYNC-C", "standby", "SYNC-A", "SYNC-A", "SYNC-B")
    for names in (full, Names()):
        put = fill(book, names)
        text = " ".join([put.title, *put.never, *(s.do + s.verify for s in put.steps)])
        assert "{" not in text
        assert "  " not in text


def test_the_names_are_called_intended_because_nobody_measured_them() -> None:
    """The first mention of a server says that its role is the team's intention."""
    book = fill(runbook(Verdict.SERVER_SILENT), BOTH)
    assert "SYNC-A (intended active)" in book.steps[0].do
    assert "SYNC-B (intended standby)" in " ".join(step.do for step in book.steps)
    assert book.steps[0].command == "Get-Service ADSync"


def test_a_server_named_like_a_placeholder_stays_as_it_is() -> None:
    """A name is put in once and never read as a template."""
    book = fill(runbook(Verdict.SERVER_SILENT), Names("{standby}", standby="SYNC-B"))
    assert "{standby} (intended active)" in book.steps[0].do


@pytest.mark.parametrize("verdict", [Verdict.SERVER_SILENT, Verdict.SYNC_STALLED])
def test_the_worst_mistake_is_two_active_servers(verdict: Verdict) -> None:
    """The card of a stopped sync warns of it before anything else."""
    assert "two active servers" in runbook(verdict).never[0]


@pytest.mark.parametrize("name", ["SERVER_SILENT-first", "failover", "check-standby_unknown"])
def test_the_old_server_is_made_safe_before_the_standby_is_promoted(name: str) -> None:
    """The order of a failover is Microsoft's: stop the old, look, promote, watch, isolate."""
    steps = [step.do for step in book_of(name).steps]
    order = [
        next(n for n, step in enumerate(steps) if words in step)
        for words in (
            "Stop SYNC-A",
            "what it would export",
            "On SYNC-B, switch staging mode off",
            "first cycle of SYNC-B",
            "MSOL_xxxx",
            "password writeback",
            "Before SYNC-A starts again, isolate it",
            "Rebuild SYNC-A",
        )
    ]
    assert order == sorted(order)


def test_measured_names_are_put_in_and_are_not_called_intended() -> None:
    """Where the pair was measured, the steps name the servers as they are, not as they were set."""
    text = " ".join(step.do for step in book_of("failover").steps)
    assert "Stop SYNC-A (active) first" in text
    assert "intended" not in text


@pytest.mark.parametrize(
    ("name", "title", "button"),
    [
        ("failover", "Fail over to the standby", "Open failover runbook"),
        ("failover-too-old", "The sync server is silent", "Open runbook"),
        ("check-standby_unknown", "Check first, then decide", "Open failover runbook"),
        ("do-not-both_silent", "Both servers are silent", "Open repair runbook"),
        ("do-not-ad_import_errors", "Active Directory cannot be read", "Open repair runbook"),
        ("do-not-entra_outage", "Entra has an outage", "Open repair runbook"),
        ("do-not-no_standby", "Repair the active server", "Open repair runbook"),
        ("dual-active-returned", "The former active server is back", "Open dual-active runbook"),
        ("support-ends", "A server's version", "Open runbook"),
        ("recovered-after-failover", "After the failover", "Open after-failover checklist"),
    ],
)
def test_each_situation_opens_its_own_runbook(name: str, title: str, button: str) -> None:
    """The advice decides which steps a silent server needs."""
    book = book_of(name)
    assert book.title.startswith(title)
    assert book.button == button


def test_only_a_fit_and_recently_checked_standby_gets_the_runbook_of_a_failover() -> None:
    """Every other runbook has to decide or to repair first."""
    for case in pair_cases():
        stands = case.incident
        assert stands is not None
        pair = stands.evidence.pair
        if opened(case).title == "Fail over to the standby":
            assert pair is not None
            assert pair.recommendation.advice is Advice.FAIL_OVER
            assert pair.recommendation.reason is AdviceReason.STANDBY_FIT


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.LATE])
def test_a_verdict_that_needs_nobody_has_no_runbook(verdict: Verdict) -> None:
    """Asking for one is a programming error."""
    with pytest.raises(KeyError):
        runbook(verdict)
