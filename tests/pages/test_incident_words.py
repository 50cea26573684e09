"""What the incident page says: nothing that is not so at the moment it is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.incidents import State
from shared.domain.verdicts import KIND_OF, Verdict
from shared.pages.incident import incident_page
from tests.support.card_cases import MINUTE, NOW, PRESENTATION, incident
from tests.support.page_cases import html_of

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
    """For every verdict that needs a person; the watchdog itself advises no failover yet."""
    page = html_of(str(verdict))

    assert "Check first" in page
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
