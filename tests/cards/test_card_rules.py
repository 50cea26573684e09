"""The rules of a card, over every verdict and message, and over hostile names and evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.cards.messages import Person
from shared.domain.incidents.incident import State
from shared.domain.incidents.notifications import Message
from shared.domain.verdicts import KIND_OF, Verdict
from tests.support.card_cases import (
    BARE,
    MINUTE,
    NOW,
    PRESENTATION,
    Case,
    all_cases,
    evidence,
    incident,
)
from tests.support.card_lint import (
    card_of,
    links_of,
    mentions_of,
    problems,
    schema_errors,
    texts_of,
)

NORMAL_BYTES, MAX_BYTES = 4_096, 16_384
LONGEST_URL = 200

CASES = all_cases()
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


# -- every card -----------------------------------------------------------------------------------


@by_name
def test_every_card_keeps_every_rule(case: Case) -> None:
    """Each verdict with each message keeps the rules of structure, size and wording."""
    assert problems(case.envelope(), NORMAL_BYTES) == []


@by_name
def test_every_card_is_valid_by_the_published_schema(case: Case) -> None:
    """Microsoft's schema 1.4 accepts each card."""
    assert schema_errors(case.envelope()) == []


def test_the_schema_check_can_fail() -> None:
    """A card with a property of schema 1.5 is refused, so the check above means something."""
    envelope = CASES[0].envelope()
    card_of(envelope)["body"][0]["items"][0]["style"] = "heading"
    assert schema_errors(envelope)


@by_name
def test_every_address_is_short(case: Case) -> None:
    """Button addresses stay below 200 characters with ordinary settings."""
    assert all(len(url) < LONGEST_URL for _, url in links_of(case.envelope()))


@by_name
def test_the_watchdog_object_names_verdict_reason_incident_and_message(case: Case) -> None:
    """A flow, a story and a person's log can tell by it which card this is."""
    mark = case.envelope()["watchdog"]
    if case.incident is None:
        assert mark == {"verdict": "", "reason": "test", "incident": "", "message": 0}
    else:
        assert mark == {
            "verdict": case.incident.verdict.value,
            "reason": case.message.value,
            "incident": case.incident.id,
            "message": case.number,
        }


# -- who is called --------------------------------------------------------------------------------


@by_name
def test_only_cards_that_need_a_person_now_mention_one(case: Case) -> None:
    """Cards of open, loud incidents mention, and changed advice whoever took it; nothing else."""
    found, stands = [m["mentioned"]["id"] for m in mentions_of(case.envelope())], case.incident
    needed = stands is not None and stands.state is State.OPEN and not stands.recovering
    needed = needed or case.message is Message.ADVICE
    needed = needed and stands is not None and not stands.quiet
    if not needed or case.presentation is BARE:
        assert found == []
    elif case.message is Message.ESCALATION:
        assert found == ["oncall.identity@contoso.com", "duty.manager@contoso.com"]
    else:
        assert found == ["oncall.identity@contoso.com"]


def test_people_who_share_a_name_or_an_address_are_told_apart() -> None:
    """The same address is mentioned once; the same name gets a number, or Teams would mix them."""
    people = (
        Person("Oncall", "alex@contoso.com"),
        Person("Oncall", "alex.two@contoso.com"),
        Person("Alexandra", "ALEX@contoso.com"),
        Person("Nobody", " "),
    )
    envelope = Case(
        "", incident(Verdict.BLIND), Message.FIRST, 1, replace(PRESENTATION, on_call=people)
    ).envelope()
    assert [(m["text"], m["mentioned"]["id"]) for m in mentions_of(envelope)] == [
        ("<at>Oncall</at>", "alex@contoso.com"),
        ("<at>Oncall 2</at>", "alex.two@contoso.com"),
    ]


# -- what is said ---------------------------------------------------------------------------------


def said(case: Case) -> str:
    """All text of a card."""
    return "\n".join(texts_of(case.envelope()))


def named(name: str) -> Case:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SERVER_SILENT-first", "**No sync and no password sync for 64 min** (limit 60 min)."),
        ("SERVER_SILENT-first", "**Check first:** Is SYNC-A (intended active) running?"),
        ("SERVER_SILENT-first", "AD changes since 00:50 UTC are not in Entra ID"),
        ("SERVER_SILENT-first", "active SYNC-A · standby SYNC-B (as set, not measured)"),
        ("SERVER_SILENT-first", "next reminder 02:24 UTC if still open"),
        ("single-evidence", "Password hash sync is not used: judged on object sync alone."),
        ("SYNC_STALLED-first", "The server is alive: password sync ran at 01:50 UTC."),
        ("SYNC_STALLED-first", "a long cycle, a suspended scheduler or an open wizard"),
        ("stopped-server-alive", "**Both syncs stopped, server alive:** nothing for **64 min**"),
        ("password-unread", "Whether the server is alive could not be read"),
        ("not-read-now", "for 64 min** (limit 60 min), as last read at 01:54 UTC."),
        ("worsened", "Worse than the card before."),
        ("SERVER_SILENT-reminder", "Reminder 1 of 3."),
        ("SERVER_SILENT-escalation", "**Escalated:** nobody has it, first card 31 min ago."),
        ("last-reminder", "no more reminders"),
        ("acknowledged", "acknowledged by On-call Identity"),
        ("snoozed", "snoozed until 22 Nov 01:54 UTC"),
        ("SERVER_SILENT-recovery", "Outage 2 h 2 min, 00:50 UTC to 02:52 UTC."),
        ("SERVER_SILENT-recovery", "If you failed over: before the old active server starts"),
        ("SERVER_SILENT-recovery", "Which server syncs now was not measured."),
        ("SERVER_SILENT-missed", "happened and recovered while no card could be delivered"),
        ("PASSWORD_SYNC_STALLED-first", "**No password sync for 2 h 5 min** (limit 2 h)."),
        ("PASSWORD_SYNC_STALLED-first", "Password changes since 20 Nov 23:49 UTC may be missing"),
        ("SYNC_DISABLED-first", "switched off in the tenant**, first seen at 01:54 UTC"),
        ("NEVER_SYNCED-first", "there never was one, or it is no longer known"),
        ("CLOCK_SUSPECT-first", "The watchdog's clock is 12 min ahead of Graph's."),
        ("clock-in_the_future", "**A sync time lies in the future**"),
        ("clock-went_backward", "**A sync time went backward**"),
        ("BLIND-first", "could not be read for **52 min**. **This says nothing about sync.**"),
        ("BLIND-first", "forbidden: Graph denied access (403): grant Organization.Read.All "),
        ("blind-from-the-start", "never, watching since 01:19 UTC"),
        ("recovering", "A sync was seen again at 01:59 UTC; one more closes this."),
        ("recovering-not-yet-beaten", "but object sync was not seen to run again yet"),
    ],
)
def test_a_card_says_what_was_measured(name: str, words: str) -> None:
    """Each situation has its sentence, with the numbers of its evidence."""
    assert words in said(named(name))


def test_the_summary_begins_with_the_state() -> None:
    """What a push preview shows tells first how bad it is."""
    summaries = {case.name: case.envelope()["summary"] for case in CASES}
    assert summaries["SERVER_SILENT-first"] == (
        "SERVER_SILENT contoso: no sync and no password sync for 64 min. Check first."
    )
    assert summaries["SERVER_SILENT-reminder"].startswith("REMINDER SERVER_SILENT contoso:")
    assert summaries["SERVER_SILENT-escalation"].startswith("ESCALATED SERVER_SILENT contoso:")
    assert summaries["SERVER_SILENT-recovery"] == "RECOVERED contoso: outage 2 h 2 min."
    assert summaries["SERVER_SILENT-missed"].startswith("MISSED contoso: SERVER_SILENT for 2 h")
    assert summaries["test-card"] == "TEST contoso: this is a test, nothing is wrong."


def test_a_clock_that_contradicts_the_judgement_is_not_quoted() -> None:
    """Where our clock gives an age below the limit, only "more than the limit" is said."""
    found = replace(evidence(Verdict.SERVER_SILENT), read_at=NOW - 20 * MINUTE)
    card = Case("", incident(Verdict.SERVER_SILENT, found), Message.FIRST)
    assert "for more than 60 min**" in said(card)
    assert "44 min" not in said(card)


@pytest.mark.parametrize(
    ("changes", "promised"),
    [
        ({}, True),
        ({"reminders": 3}, False),
        ({"remind_at": NOW}, False),
        ({"state": State.ACKNOWLEDGED}, False),
        ({"state": State.SNOOZED}, False),
        ({"state": State.RESOLVED}, False),
        ({"gone_at": NOW}, False),
    ],
)
def test_a_next_reminder_is_promised_only_if_it_comes(
    changes: dict[str, Any], *, promised: bool
) -> None:
    """Only for an open incident with reminders left, and only for a time to come."""
    card = Case("", incident(Verdict.SERVER_SILENT, **changes), Message.FIRST)
    assert ("next reminder" in said(card)) is promised


# -- links ----------------------------------------------------------------------------------------


def test_without_any_address_the_card_shows_the_next_steps_instead_of_a_button() -> None:
    """No broken button; the first steps stand in the text."""
    card = named("nothing-set")
    assert links_of(card.envelope()) == []
    assert said(card).count("**Then:**") == 2


def test_values_in_the_customers_runbook_address_are_percent_encoded() -> None:
    """An id can never leave its place in the address."""
    odd = incident(Verdict.SERVER_SILENT, id="a/../b?c#d e")
    own = replace(PRESENTATION, runbook_url="https://wiki.contoso.com/{verdict}?i={incident}")
    (title, url), (_, page) = links_of(Case("", odd, Message.FIRST, 1, own).envelope())
    assert title == "Open runbook"
    assert url == "https://wiki.contoso.com/SERVER_SILENT?i=a%2F..%2Fb%3Fc%23d%20e"
    assert page == "https://watchdog.contoso.com/api/incidents/a%2F..%2Fb%3Fc%23d%20e#act"


@pytest.mark.parametrize(
    "base", ["http://contoso.com", "javascript:alert(1)", "https://", "//x", "https://[", "ftp://x"]
)
def test_an_address_that_is_not_https_gives_no_button(base: str) -> None:
    """Whatever is set, a button opens https only."""
    bad = replace(PRESENTATION, public_url=base, runbook_url=base, cloud_portal=base)
    for verdict in KIND_OF:
        assert links_of(Case("", incident(verdict), Message.FIRST, 1, bad).envelope()) == []


def test_on_this_very_machine_plain_http_is_a_link() -> None:
    """The demo's pages are served on loopback without TLS."""
    demo = replace(PRESENTATION, public_url="http://127.0.0.1:7071")
    card = Case("", incident(Verdict.SERVER_SILENT), Message.FIRST, 1, demo)
    assert links_of(card.envelope())[0][1].startswith("http://127.0.0.1:7071/api/incidents/")


def test_blind_opens_the_admin_center_first() -> None:
    """When the watchdog cannot see, a person must look: that is the primary button."""
    titles = [title for title, _ in links_of(named("BLIND-first").envelope())]
    assert titles == ["Check last sync in Entra", "Open runbook"]


def test_an_incident_of_a_clock_that_was_set_right_does_not_end_before_it_began() -> None:
    """It began at 03:35 by a clock that ran ahead, and was over at 02:30 by the right one."""
    opened = incident(Verdict.CLOCK_SUSPECT)
    over = replace(opened, state=State.RESOLVED, gone_at=NOW - 65 * MINUTE, resolved_at=NOW)
    text = str(Case("set right", over, Message.RECOVERY, 2).envelope())
    assert "01:54 UTC to 01:54 UTC" in text
