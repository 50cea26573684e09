"""What a card must not say of two servers: nothing that does harm where the team meant it so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.cards.seen import Seen
from shared.domain.cards.servers import source_name
from shared.domain.incidents.notifications import Message
from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import AdviceReason, Fitness, Role, ServerReport, Statement
from shared.domain.runbooks.books import book_for
from shared.domain.verdicts import Verdict, Why
from tests.support import card_pairs as known
from tests.support.card_cases import NOW, PRESENTATION, Case, all_cases, evidence, incident
from tests.support.card_lint import problems, texts_of
from tests.support.card_strategies import presentations, reports

if TYPE_CHECKING:
    from shared.domain.cards.messages import Presentation
    from shared.domain.incidents.incident import Incident

CASES = {case.name: case for case in all_cases()}


def said(case: Case) -> str:
    """All text of a card, and its summary."""
    envelope = case.envelope()
    return "\n".join([*texts_of(envelope), envelope["summary"]])


def steps_of(case: Case) -> str:
    """All text of the runbook that a card opens."""
    assert case.incident is not None
    book = book_for(Seen(case.incident, case.at, case.presentation))
    return "\n".join([*book.never, *(f"{step.do} {step.verify}" for step in book.steps)])


# -- two active servers ---------------------------------------------------------------------------


def test_a_server_that_returned_is_stopped_only_if_nobody_meant_it() -> None:
    """Whoever failed back on purpose must not cut off the active server: the condition leads."""
    words = said(CASES["dual-active-returned"])

    assert (
        "**If nobody switched back on purpose: stop SYNC-A now** (power off or cut its network)."
    ) in words
    assert "**If you did:** make sure that SYNC-B is in staging mode." in words
    assert not re.search(r"(?m)^\*\*Stop", words)
    assert "If not on purpose, stop SYNC-A." in CASES["dual-active-returned"].envelope()["summary"]


def test_the_steps_after_a_return_begin_with_the_same_condition() -> None:
    """The runbook is no more certain than the card, and names nobody who is to stay active."""
    words = steps_of(CASES["dual-active-returned"])

    assert words.splitlines()[2].startswith("If nobody switched back to SYNC-A on purpose: ")
    assert "If it was on purpose, make sure that SYNC-B is in staging mode" in words
    assert "one cycle of the server that stays active" in words


def test_where_it_cannot_be_told_who_is_right_each_servers_last_export_is_shown() -> None:
    """The reader decides by what was measured: who exported when, and by which source."""
    words = said(CASES["dual-active-untold"])

    assert "SYNC-A exported last at 01:50 UTC (audits)" in words
    assert "SYNC-B exported last at 01:42 UTC (Connect Health)" in words
    assert not re.search(r"[Pp]ut \S*SYNC-\w+\S* into staging", words)


@pytest.mark.parametrize("name", ["first", "reminder", "escalation", "recovery"])
def test_every_card_of_two_active_servers_shows_the_last_export_of_each(name: str) -> None:
    """Also the reminder and the recovery: who still exports is what changes."""
    words = said(CASES[f"DUAL_ACTIVE-{name}"])

    assert "SYNC-A exported last at 01:50 UTC (audits)" in words
    assert "SYNC-B exported last at 01:42 UTC (Connect Health)" in words


def test_of_several_exports_of_a_server_the_newest_is_its_last() -> None:
    """An alternation states three exports of two servers; what is no export is stated after."""
    found = replace(
        evidence(Verdict.DUAL_ACTIVE),
        statements=(
            known.said("SYNC-A exported", Source.AUDITS, 4),
            known.said("SYNC-B exported before that", Source.AUDITS, 12),
            known.said("SYNC-A exported before that", Source.AUDITS, 30),
            known.said("SYNC-B took over from SYNC-A", Source.AUDITS, 90),
        ),
    )
    words = said(Case("", incident(Verdict.DUAL_ACTIVE, found), Message.FIRST))

    assert words.count("SYNC-A exported last at 01:50 UTC (audits)") == 1
    assert words.count("SYNC-B exported last at 01:42 UTC (audits)") == 1
    assert "before that" not in words
    assert "SYNC-B took over from SYNC-A (audits, 00:24 UTC)" in words


def test_the_server_that_is_to_stay_active_is_another_than_the_one_to_put_into_staging() -> None:
    """Also where two sources spell one server differently."""
    pair = known.two_active("SYNC-A.contoso.com")
    found = replace(evidence(Verdict.DUAL_ACTIVE), pair=pair)
    words = steps_of(Case("", incident(Verdict.DUAL_ACTIVE, found), Message.FIRST))

    assert (
        "StagingModeEnabled True there, or it is off and without network; False on SYNC-B." in words
    )


# -- one server on both sides ---------------------------------------------------------------------

_NAMES = ("SYNC-A", "sync-a.contoso.com", "SYNC-B", "SYNC-C")
_BOTH = re.compile(r"make (\S+(?: or \S+)*) active while (\S+) may still run")
_few = st.sampled_from(_NAMES)


@st.composite
def confused(draw: st.DrawFn) -> tuple[Incident, Presentation]:
    """Any incident about servers of few names, meant and measured in any way."""
    pair, shown = draw(reports()), draw(presentations)
    pair = replace(
        pair,
        active=replace(pair.active, name=draw(_few)) if pair.active else None,
        standbys=tuple(replace(each, name=draw(_few)) for each in pair.standbys),
        recommendation=replace(pair.recommendation, server=draw(_few)),
    )
    meant = replace(
        shown,
        active_server=draw(st.just("") | _few),
        standby_servers=tuple(draw(st.lists(_few, max_size=2))),
    )
    verdict = draw(st.sampled_from([Verdict.SERVER_SILENT, Verdict.SYNC_STALLED]))
    found = replace(evidence(verdict), pair=pair, measured_at=NOW)
    return incident(verdict, found), meant


@settings(deadline=None, max_examples=300)
@given(confused())
def test_no_card_names_one_server_on_both_sides_of_a_switch(
    case: tuple[Incident, Presentation],
) -> None:
    """Never to make X active while X may still run is no sentence to read at 3 a.m."""
    card = Case("", case[0], Message.FIRST, presentation=case[1])
    for standbys, active in _BOTH.findall(f"{said(card)}\n{steps_of(card)}"):
        assert server_key(active) not in {server_key(name) for name in standbys.split(" or ")}
    switch = re.search(r"stop (\S+) first, then make (\S+) active", said(card))
    assert switch is None or server_key(switch[1]) != server_key(switch[2])


def test_the_intended_active_that_is_the_only_standby_stays_unnamed_as_the_active() -> None:
    """Every server is in staging mode, so the intended active one stands among the standbys."""
    first = ServerReport("SYNC-A", Role.STAGING, known.HEALTH, fitness=Fitness.UNKNOWN)
    pair = replace(known.calm(first), active=None)
    silent = incident(Verdict.SERVER_SILENT, replace(evidence(Verdict.SERVER_SILENT), pair=pair))
    words = said(Case("", silent, Message.FIRST))

    assert "**Never** make SYNC-A active while the active server may still run" in words


# -- standbys -------------------------------------------------------------------------------------

OLD = known.OLD
MISSING = known.said("Connect Health does not list SYNC-OLD")


@pytest.mark.parametrize("verdict", [Verdict.STANDBY_MISSING, Verdict.STANDBY_UNFIT])
def test_the_card_of_one_standby_does_not_speak_for_another(verdict: Verdict) -> None:
    """SYNC-OLD cannot take over; SYNC-B can, and the question is about SYNC-OLD."""
    pair = replace(known.calm(), standbys=(known.B, OLD, replace(known.NOT_CHECKED, name="SYNC-C")))
    shown = replace(PRESENTATION, standby_servers=("SYNC-B", "SYNC-OLD"))
    found = replace(evidence(verdict), pair=pair, statements=(MISSING,))
    case = Case("", incident(verdict, found, subject="sync-old"), Message.FIRST, 1, shown)
    words = said(case)

    assert "SYNC-OLD cannot take over, SYNC-B can." in words
    assert "No standby" not in words
    assert "nothing can take over" not in words
    assert not re.search("Does SYNC-B|On SYNC-B|SYNC-C", words + steps_of(case))
    assert "SYNC-OLD" in book_question(case)
    assert (MISSING.text in words) is (verdict is Verdict.STANDBY_MISSING)


def book_question(case: Case) -> str:
    """The first step of the runbook."""
    assert case.incident is not None
    return book_for(Seen(case.incident, case.at, case.presentation)).steps[0].do


def test_without_any_other_fit_standby_none_is_said_to_be_able() -> None:
    """An unfit or unknown one is no comfort."""
    for others in ((), (known.UNFIT,), (known.NOT_CHECKED,)):
        pair = replace(known.calm(), standbys=(*others, OLD))
        found = replace(evidence(Verdict.STANDBY_UNFIT), pair=pair)
        unfit = incident(Verdict.STANDBY_UNFIT, found, subject="sync-old")
        words = said(Case("", unfit, Message.FIRST))

        assert "If the active server fails, SYNC-OLD cannot take over" in words
        assert "SYNC-B can" not in words
        assert ("no other standby is known" in words) is (not others)


def test_the_card_of_an_unfit_standby_says_how_to_repair_what_failed_first() -> None:
    """The first failed check that knows how; without one, the runbook's own question."""
    how = "Upgrade it; the installer is in the Entra admin center"
    checks = (*known.BROKEN[:1], replace(known.BROKEN[1], how=how), *known.BROKEN[2:])
    pair = known.calm(replace(known.UNFIT, checks=checks))
    found = replace(evidence(Verdict.STANDBY_UNFIT), pair=pair)
    words = said(Case("", incident(Verdict.STANDBY_UNFIT, found), Message.FIRST))

    assert f"**First, on SYNC-B:** {how}." in words
    assert "does the scheduler run" not in words
    assert "does the scheduler run" in said(CASES["STANDBY_UNFIT-first"])


# -- what nobody measured -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nothing-readable", "check-active_unknown"])
def test_a_server_that_nobody_measured_is_not_said_to_be_silent(name: str) -> None:
    """Only the tenant's sync is known to be late; who should have done it is an intention."""
    words = said(CASES[name])

    assert "**No sync and no password sync for 64 min**" in words
    assert not re.search(r"SYNC-A\W* (?:\(\w+ active\) )?silent", words)
    assert "not checked" not in CASES[name].envelope()["summary"]


def test_where_nothing_of_the_pair_is_known_the_servers_are_shown_as_set() -> None:
    """As in a tenant that grants no more than its organization: one fact, called not measured."""
    words = said(CASES["nothing-readable"])

    assert "active SYNC-A · standby SYNC-B (as set, not measured)" in words
    assert "no sign of life known" not in words


def test_what_is_absent_is_not_said_to_be_set() -> None:
    """That no active server is known, "as set", would blame a setting that nobody made."""
    seen = Seen(incident(Verdict.SERVER_SILENT), NOW, PRESENTATION)
    for text in ("No active server is known", "Nothing measured shows that SYNC-A is active"):
        assert seen.stated(Statement(text, Source.INTENDED)) == text
    assert source_name(Source.INTENDED) == "as set"
    assert seen.stated(Statement("SYNC-B is set as a standby", Source.INTENDED)).endswith(
        "(as set)"
    )


# -- a service that does not run ------------------------------------------------------------------

STOPPED = known.said("Connect Health reports that the sync service of SYNC-A does not run")


@pytest.mark.parametrize("why", [Why.OBJECTS_STALLED, Why.STOPPED_SERVER_ALIVE])
def test_a_reported_stop_of_the_service_replaces_the_guess(why: Why) -> None:
    """Where Connect Health says what is wrong, nobody is sent to look for an open wizard."""
    for pair in (known.fail_over(), known.unsure(AdviceReason.STANDBY_UNKNOWN, known.LOOK_AT_B)):
        advised = replace(pair.recommendation, because=(STOPPED,))
        found = replace(
            evidence(Verdict.SYNC_STALLED, why),
            pair=replace(pair, recommendation=advised),
            measured_at=NOW,
        )
        words = said(Case("", incident(Verdict.SYNC_STALLED, found), Message.FIRST))

        assert (
            "Connect Health reports that the sync service of SYNC-A does not run, 01:49 UTC."
            in (words)
        )
        assert "Suspect" not in words


def test_a_stalled_sync_with_the_advice_to_fail_over_has_no_guess() -> None:
    """Who is told to fail over is not told to look for an open wizard in the same breath."""
    found = replace(evidence(Verdict.SYNC_STALLED), pair=known.fail_over(), measured_at=NOW)
    card = Case("", incident(Verdict.SYNC_STALLED, found), Message.FIRST)

    assert "Suspect" not in said(card)
    assert "Suspect" in said(CASES["SYNC_STALLED-first"])
    assert problems(card.envelope(), 4_096) == []


# -- advice that changed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("advice-changed", "🔁 Fail over contoso?"),
        ("advice-changed-do-not", "🔁 Do not fail over: contoso"),
        ("advice-changed-check", "🔁 Check first: contoso"),
    ],
)
def test_a_card_of_changed_advice_says_the_new_advice_first(name: str, title: str) -> None:
    """With all facts, because the decision is a new one."""
    card = CASES[name].envelope()
    words = texts_of(card)

    assert words[0] == title
    assert words[1].startswith("**The advice has changed.** ")
    assert card["summary"].startswith("ADVICE SERVER_SILENT contoso: ")
    assert "Synced" in words
    assert "Standby" in words


def test_changed_advice_that_is_too_old_by_now_is_no_failover() -> None:
    """A card that was late is as careful as any other."""
    late = replace(CASES["advice-changed"], at=NOW + 70 * known.MINUTE)

    assert texts_of(late.envelope())[0] == "🔁 Check first: contoso"


# -- export errors --------------------------------------------------------------------------------


def test_export_errors_that_were_there_before_the_switch_are_counted() -> None:
    """Who watches the new server's errors knows how many are no news."""
    words = said(CASES["recovered-export-errors"])

    assert "export errors of SYNC-B (12 objects before the switch): its MSOL" in words
    assert "before the switch" not in said(CASES["recovered-after-failover"])
