"""What the incident page says: nothing that is not so at the moment it is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from shared.domain.incidents.incident import Incident, State
from shared.domain.verdicts import KIND_OF, Verdict
from shared.pages.incident import incident_page
from shared.pages.rendering import style
from tests.support.card_cases import MINUTE, NOW, PRESENTATION, incident
from tests.support.card_pair_cases import pair_cases
from tests.support.card_strategies import incidents, presentations
from tests.support.page_cases import html_of

if TYPE_CHECKING:
    from shared.domain.cards.messages import Presentation

OURS = {
    "a",
    "b",
    "small",
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "h1",
    "h2",
    "h3",
    "p",
    "main",
    "section",
    "dl",
    "dt",
    "dd",
    "ol",
    "ul",
    "li",
    "pre",
    "code",
    "span",
    "strong",
    "div",
    "footer",
}
LATER = NOW + timedelta(minutes=30)


def heading(page: str) -> str:
    """The text of the one main heading."""
    (found,) = re.findall(r"<h1>(.*?)</h1>", page)
    return str(found)


def test_what_is_over_is_not_said_to_be_so_still() -> None:
    """A heading that calls the server silent would send somebody to it."""
    page = html_of("resolved")

    assert heading(page) == "✅ Recovered"
    assert "was SERVER_SILENT" in page
    assert "Still to do:" in page
    assert "**" not in page
    assert "<h2>Facts</h2>" not in page
    assert "When it was last seen" in page


def test_what_is_recovering_says_so_in_its_heading() -> None:
    """Still open, but no longer as the verdict says."""
    page = html_of("recovering")

    assert heading(page) == "Recovering"
    assert "Not closed yet" in page
    assert "Nothing to do while it goes on recovering" in page
    assert "Check first, step by step" not in page
    assert "When it was last seen" in page


def test_facts_have_ages_for_the_moment_they_are_shown() -> None:
    """Also the last read: the page may be older than what it shows suggests."""
    page = html_of("SERVER_SILENT")

    assert heading(page) == "The sync server is silent"
    assert "00:50 UTC, 94 min ago" in page
    assert "01:54 UTC, 30 min ago" in page


@pytest.mark.parametrize("verdict", KIND_OF)
def test_every_verdict_has_a_check_first_and_something_never_to_do(verdict: Verdict) -> None:
    """For every verdict that needs a person; two active servers leave nothing to check."""
    page = html_of(str(verdict))

    assert ("Check first" in page) is (verdict is not Verdict.DUAL_ACTIVE)
    assert page.count("<li>") >= 3
    assert "<li>Never " in page


def test_foreign_text_is_cut_and_cannot_reorder_the_page() -> None:
    """Direction overrides and endless names are no way to hide the steps, either."""
    name = "contoso\u202e\u200b" + "W" * 500
    page = incident_page(
        replace(incident(Verdict.BLIND), state=State.ACKNOWLEDGED, acknowledged_by=name),
        LATER,
        replace(PRESENTATION, tenant_name=name, active_server=name, standby_servers=(name,) * 9),
    )

    assert "\u202e" not in page
    assert "\u200b" not in page
    assert "W" * 50 not in page
    assert "contoso" in page


def test_a_snooze_shows_its_end() -> None:
    """Who opens the page sees until when nobody is told."""
    until = NOW + 90 * MINUTE
    snoozed = replace(incident(Verdict.SERVER_SILENT), state=State.SNOOZED, snoozed_until=until)

    assert "snoozed until 03:24 UTC" in incident_page(snoozed, LATER, PRESENTATION)


def test_what_html_would_interpret_is_escaped() -> None:
    """Whatever a filter lets through, the template escapes."""
    shown = incident_page(
        incident(Verdict.BLIND), LATER, replace(PRESENTATION, tenant_name="R & D 'x'")
    )

    assert "R &amp; D &#39;x&#39;" in shown


def test_the_page_names_the_servers_with_role_source_and_age() -> None:
    """Each with how its role is known and when it was last seen, counted to the moment shown."""
    page = html_of("failover")

    assert heading(page) == "Fail over to the standby"
    assert "Advice: <strong>fail over to SYNC-B</strong>" in page
    assert "<h3>SYNC-A</h3>" in page
    assert "active (by audits)" in page
    assert "staging (by Connect Health)" in page
    assert "01:45 UTC, 9 min ago (Connect Health)" in page
    assert "fit to take over" in page


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("failover", '<li class="pass"><b>Pass:</b> SYNC-B is in staging mode'),
        ("failover", '<li class="note"><b>Note:</b> Password hashes'),
        ("failover-warned-of", '<li class="warn"><b>Warning:</b> Syncs'),
        ("do-not-standby_unfit", '<li class="fail"><b>Fail:</b> Version accepted'),
        ("check-standby_unknown", '<li class="unknown"><b>Unknown:</b> Seen recently'),
    ],
)
def test_each_check_has_a_word_and_a_sign(name: str, line: str) -> None:
    """Colour alone would say nothing to many people."""
    signs = re.findall(r'\.checks \.(\w+)::before\{content:"(.)"', style("style.css"))

    assert line in html_of(name)
    assert dict(signs) == {"pass": "✓", "fail": "✗", "warn": "!", "note": "i"}
    assert '.checks li::before{content:"?"' in style("style.css")


def test_what_the_advice_rests_on_and_what_disagrees_has_source_and_age() -> None:
    """A statement without them could be as old as it likes."""
    reasons = html_of("do-not-both_silent")
    disagrees = html_of("check-evidence_disagrees")

    assert "Advice: <strong>do not fail over</strong>" in reasons
    assert "(Connect Health, 00:44 UTC, 70 min ago)" in reasons
    assert "Find out first" in disagrees
    assert "Run Get-ADSyncScheduler on SYNC-B" in disagrees
    assert "Intended active is SYNC-A, but SYNC-B exports" in disagrees
    assert "(audits, 01:50 UTC, 4 min ago)" in disagrees


def test_after_a_failover_the_page_is_the_list_of_what_to_do_next() -> None:
    """With the four times, and the old server first."""
    page = html_of("recovered-after-failover")

    assert "After the failover, step by step" in page
    assert "02:20 UTC, SYNC-A to SYNC-B, 26 min after detection" in page
    assert "Before SYNC-A starts again, isolate it" in page
    assert "WATCHDOG_ACTIVE_SERVER is SYNC-B" in page


def test_advice_that_is_too_old_is_not_repeated() -> None:
    """Half an hour later the page still says it; an hour later it says that it is too old."""
    case = next(case for case in pair_cases() if case.name == "failover")
    assert case.incident is not None
    page = incident_page(case.incident, NOW + 61 * MINUTE, PRESENTATION)

    assert "fail over to SYNC-B" not in page
    assert "Advice: <strong>too old to act on: check first</strong>" in page
    assert "Check first, step by step" in page


def test_a_page_that_is_opened_late_says_fail_over_nowhere() -> None:
    """It marks the advice and what it rested on as outdated, and differs from the page in time."""
    page, in_time = html_of("failover-too-old"), html_of("failover")

    assert "this page shown 02:44 UTC" in page
    assert "too old to act on: check first" in page
    assert "As judged at 01:54 UTC, 50 min ago: too old to act on." in page
    said = re.sub(r"\s+", " ", page).lower().replace("if not, fail over; the next steps", "")
    said = said.replace("do not fail over", "")
    assert "fail over" not in said
    assert "too old" not in in_time
    assert "fail over to SYNC-B" in in_time


def test_the_page_counts_the_export_errors_that_are_known() -> None:
    """With who counted them; where nobody did, it says nothing of them."""
    case = next(case for case in pair_cases() if case.name == "failover")
    assert case.incident is not None
    evidence = case.incident.evidence
    assert evidence.pair is not None
    for count, words in ((12, "12 objects"), (1, "1 object"), (0, "0 objects")):
        known = replace(evidence, pair=replace(evidence.pair, export_errors=count))
        page = incident_page(replace(case.incident, evidence=known), NOW, PRESENTATION)
        assert f"Export errors: {words} (Connect Health)" in page
    assert "Export errors" not in html_of("failover")


def test_what_nobody_knows_is_not_said_to_come_from_the_settings() -> None:
    """The absence of a measurement is nobody's statement."""
    page = html_of("nothing-readable")

    assert "<li>Nothing measured shows that SYNC-A is active</li>" in page


@settings(deadline=None, max_examples=25)
@given(incidents(), presentations)
def test_no_foreign_text_becomes_an_element_of_the_page(
    stands: Incident, shown: Presentation
) -> None:
    """Whatever names, statements, alerts and checks hold: the page has only our own elements."""
    page = incident_page(stands, LATER, shown)

    assert set(re.findall(r"<([a-z0-9]+)", page)) <= OURS
    assert not re.search("[\u200b\u202e\u2066\x00]", page)
