"""The steps of the runbooks: one id a step, a way to verify each, and the order of a switch."""

from __future__ import annotations

import re

import pytest

from shared.domain.cards.servers import Names
from shared.domain.runbooks import books
from shared.domain.runbooks.books import (
    DRILL,
    SWITCH_BACK,
    Runbook,
    drill_book,
    every_runbook,
    fill,
    runbook,
    steps_by_id,
    switch_back_book,
)
from shared.domain.runbooks.failover import AFTER_FAILOVER, CHECK_THEN_FAIL_OVER, FAIL_OVER
from shared.domain.verdicts import KIND_OF, Verdict

FULL = Names("SYNC-A", "active", "SYNC-B", "standby", "SYNC-A", "", "SYNC-B", "SYNC-B")
PAGE_BUDGET = 9_500
"""Bytes of words in a runbook, of the 30 KB that its page may have."""

each_book = pytest.mark.parametrize("book", every_runbook(), ids=lambda book: book.id)
each_switch = pytest.mark.parametrize(
    "book",
    [runbook(Verdict.SERVER_SILENT), FAIL_OVER, CHECK_THEN_FAIL_OVER],
    ids=lambda book: book.id,
)


def ids(book: Runbook) -> list[str]:
    """The ids of its steps, in order."""
    return [step.id for step in book.steps]


def texts(book: Runbook) -> list[str]:
    """All words of a runbook, its commands apart."""
    return [
        book.title,
        book.intro,
        *book.never,
        *book.call,
        *(text for step in book.steps for text in (step.do, step.verify, step.where)),
        *(option for step in book.steps for option in step.wizard),
    ]


def fill_plain(text: str) -> str:
    """A text without its placeholders."""
    return re.sub(r"\{\w+\}", "", text)


def in_order(book: Runbook, *wanted: str) -> bool:
    """Whether it has all these steps, in this order."""
    found = ids(book)
    places = [found.index(each) for each in wanted if each in found]
    return len(places) == len(wanted) and places == sorted(places)


# -- every book -----------------------------------------------------------------------------------


def test_every_book_has_an_id_of_its_own() -> None:
    """It names a file and an anchor."""
    found = [book.id for book in every_runbook()]

    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in found)
    assert {runbook(verdict).id for verdict in KIND_OF} <= set(found)


@each_book
def test_the_ids_of_a_book_are_unique_slugs(book: Runbook) -> None:
    """A tick is stored by the id, so that two steps with one id would be ticked together."""
    assert len(set(ids(book))) == len(book.steps)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in ids(book))
    assert all(len(each) <= 32 for each in ids(book))


def test_the_same_id_is_the_same_step_in_every_book() -> None:
    """A tick that outlives a change of the advice still means what was done."""
    found = steps_by_id()

    assert all(found[step.id] == step for book in every_runbook() for step in book.steps)


def test_two_steps_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake is found where it is made, and by its name."""
    a, b = runbook(Verdict.BLIND), runbook(Verdict.CLOCK_SUSPECT)
    step = type(b.steps[0])
    wrong = step(id=a.steps[0].id, phase=b.steps[0].phase, do="Another.", verify="Otherwise.")
    changed = Runbook(id="x", title="X", when="", steps=(wrong,), never=(), call=())
    monkeypatch.setattr(books, "every_runbook", lambda: (a, changed))

    with pytest.raises(ValueError, match="'last-sync-by-hand'"):
        steps_by_id.__wrapped__()


@each_book
def test_every_step_says_how_to_tell_that_it_is_done(book: Runbook) -> None:
    """In a sentence of its own, with and without names."""
    for names in (FULL, Names()):
        for step in fill(book, names).steps:
            assert step.verify[0].isupper()
            assert step.verify[-1] == "."
            assert step.verify != step.do
            assert len(step.do) <= 320
            assert len(step.verify) <= 320


@each_book
def test_the_steps_of_a_phase_follow_each_other(book: Runbook) -> None:
    """The page has one heading a phase, and the order of the steps stays."""
    assert [step for _, steps in book.phases for step in steps] == list(book.steps)


@each_book
def test_every_placeholder_is_filled_in_every_part(book: Runbook) -> None:
    """Also in what to look for, where, the way through the wizard, and what is never done."""
    for names in (FULL, Names(), Names(active="SYNC-A"), Names(standby="SYNC-B")):
        for text in texts(fill(book, names)):
            assert "{" not in text
            assert "  " not in text


@each_book
def test_a_command_is_copied_as_it_stands(book: Runbook) -> None:
    """It holds no name, which may be hostile, nothing to fill in, and fits on one line."""
    for step in book.steps:
        assert not re.search(r"\{\w+\}|<|\n", step.command)
        assert fill(book, FULL).steps[book.steps.index(step)].command == step.command
        assert step.where or not step.command


@each_book
def test_the_wizard_is_described_and_not_quoted(book: Runbook) -> None:
    """Its wording differs between versions; only `Configure` is the same in all of them."""
    for step in book.steps:
        for option in step.wizard:
            capitals = re.findall(r"\b[A-Z]\w*", fill_plain(option))
            assert option == "Configure" or set(capitals) <= {"Entra"}
        said = " ".join((step.do, step.verify, *step.wizard))
        assert not re.search(r"[\"`\u2018-\u201f\u00ab\u00bb]", said)
        assert "wizard" in f"{step.where} {step.do}" or "nstall" in step.where or not step.wizard


@each_book
def test_every_book_names_whom_to_call_as_roles(book: Runbook) -> None:
    """A role and what for; the names are the team's own."""
    assert book.call
    assert len(set(book.call)) == len(book.call)
    for each in book.call:
        role, _, what = each.partition(": ")
        assert role
        assert what.endswith(".")


@each_book
def test_a_book_leaves_room_for_its_page(book: Runbook) -> None:
    """The page of 30 KB holds its words twice over."""
    words = [*texts(fill(book, FULL)), *(step.command for step in book.steps)]

    assert sum(len(each.encode()) for each in words) <= PAGE_BUDGET


@each_book
def test_no_book_switches_the_protection_off_to_get_through(book: Runbook) -> None:
    """Neither against accidental deletes nor by a full sync that writes every difference."""
    said = " ".join(step.do + step.command for step in book.steps)

    assert "Disable-ADSyncExportDeletionThreshold" not in said
    assert "PolicyType Initial" not in said


# -- a switch -------------------------------------------------------------------------------------


@each_switch
def test_a_failover_has_every_step_in_the_order_that_is_safe(book: Runbook) -> None:
    """Nobody is promoted before the old one is stopped, nobody is stopped before it is dead."""
    assert in_order(
        book,
        "running",
        "stuck",
        "break-glass",
        "stop-old",
        "pending-exports",
        "delete-threshold",
        "promote",
        "first-cycle",
        "last-sync",
        "export-errors",
        "test-user",
        "password-hashes",
        "password-writeback",
        "sign-in-agents",
        "names-and-monitors",
        "isolate-old",
        "tell-the-watchdog",
        "learn",
        *ids(SWITCH_BACK)[:-1],
    )
    assert in_order(book, "check-standby", "break-glass", "stop-old")


@each_switch
def test_a_failover_rules_out_what_only_looks_dead(book: Runbook) -> None:
    """A long cycle, a suspended scheduler and an open wizard are no reason to switch."""
    step = next(each for each in book.steps if each.id == "stuck")

    assert re.search("long cycle.*scheduler suspended.*wizard open", step.do)
    assert "SyncCycleInProgress True" in step.verify
    assert "SchedulerSuspended True" in step.verify


@each_switch
def test_the_first_thing_never_to_do_is_to_make_two_servers_active(book: Runbook) -> None:
    """And the protection against accidental deletes stays on."""
    assert "two active servers" in book.never[0]
    assert any("protection against accidental deletes" in each for each in book.never)


@each_switch
def test_a_failover_says_what_it_really_takes(book: Runbook) -> None:
    """Under five minutes in theory, 15 to 30 in reality."""
    assert "under 5 minutes" in book.intro
    assert "15 to 30" in book.intro


def test_a_card_without_a_button_tells_the_steps_that_matter() -> None:
    """The old one is stopped, its exports are looked at, the new one is promoted."""
    assert [step.id for step in FAIL_OVER.in_short] == ["stop-old", "pending-exports", "promote"]
    silent = runbook(Verdict.SERVER_SILENT)
    assert silent.in_short == silent.steps[:3]


@each_book
def test_what_is_to_stand_on_a_card_is_in_the_book(book: Runbook) -> None:
    """An id that names no step would leave a card without it."""
    assert set(book.short) <= set(ids(book))


def test_after_a_failover_the_old_server_is_kept_out_before_anything_else() -> None:
    """Then everything is verified once more, and the way back is the last part."""
    assert ids(AFTER_FAILOVER)[0] == "isolate-old"
    assert in_order(AFTER_FAILOVER, "isolate-old", "first-cycle", "sign-in-agents", "learn")
    assert in_order(AFTER_FAILOVER, "learn", "back-plan", "back-promote")


def test_after_a_failover_the_names_are_those_of_before_and_of_now() -> None:
    """The server that was active is the old one, who is active is the new one."""
    book = fill(AFTER_FAILOVER, Names(active="SYNC-B", old="SYNC-A"))
    said = {step.id: step for step in book.steps}

    assert said["isolate-old"].do.startswith("Before SYNC-A starts again")
    assert said["first-cycle"].do.startswith("Watch the first cycle of SYNC-B")
    assert "WATCHDOG_ACTIVE_SERVER is SYNC-B, SYNC-A belongs" in said["tell-the-watchdog"].do
    assert "exported settings of SYNC-B" in said["back-rebuild"].do


# -- there and back -------------------------------------------------------------------------------


def test_the_way_back_is_rebuilt_caught_up_and_swapped_in_order() -> None:
    """The one that is active is stopped first, as on the way there."""
    assert in_order(
        SWITCH_BACK,
        "back-plan",
        "back-rebuild",
        "back-catch-up",
        "back-stop",
        "back-pending",
        "back-promote",
        "back-verify",
        "back-names",
    )
    assert not {"stop-old", "promote"} & set(ids(SWITCH_BACK))


def test_the_way_back_stops_the_new_server_and_promotes_the_old_one() -> None:
    """After a failover from SYNC-A to SYNC-B."""
    book = switch_back_book(Names(active="SYNC-B", old="SYNC-A"))
    said = {step.id: step.do for step in book.steps}

    assert said["back-stop"].startswith("Stop SYNC-B first")
    assert said["back-promote"].startswith("On SYNC-A, switch staging mode off")
    assert book.never[0].startswith("take SYNC-A out of staging mode while SYNC-B is active")


def test_a_drill_goes_there_and_back_in_one_window() -> None:
    """With users told, a way to sign in, everything verified, and the stopwatch running."""
    assert in_order(
        DRILL,
        "check-standby",
        "stuck",
        "drill-window",
        "break-glass",
        "drill-start",
        "stop-old",
        "pending-exports",
        "delete-threshold",
        "promote",
        "first-cycle",
        "last-sync",
        "test-user",
        "sign-in-agents",
        "back-stop",
        "back-pending",
        "back-promote",
        "back-verify",
        "drill-end",
    )
    assert "10 minutes" in DRILL.intro
    assert "back-rebuild" not in ids(DRILL)


def test_a_drill_names_both_servers_on_both_ways() -> None:
    """SYNC-A is active before and after."""
    said = {step.id: step for step in drill_book(Names("SYNC-A", standby="SYNC-B")).steps}

    assert said["stop-old"].do.startswith("Stop SYNC-A (intended active) first")
    assert said["promote"].do.startswith("On SYNC-B, switch staging mode off")
    assert said["back-stop"].do.startswith("Stop SYNC-B first")
    assert said["back-promote"].do.startswith("On SYNC-A, switch staging mode off")


@pytest.mark.parametrize("book", [FAIL_OVER, DRILL], ids=lambda book: book.id)
def test_no_tick_of_the_way_there_counts_on_the_way_back(book: Runbook) -> None:
    """Each server is stopped and promoted by a step of its own."""
    found = set(ids(book))

    assert {"stop-old", "promote", "back-stop", "back-promote"} <= found
