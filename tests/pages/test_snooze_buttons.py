"""The buttons that put an incident off."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from shared.domain.verdicts import Verdict
from shared.pages.incident import Around, incident_page
from shared.pages.views import Forms
from tests.support.card_cases import NOW, PRESENTATION, incident


@pytest.mark.parametrize(
    ("zone", "label"),
    [("UTC", "until 08:00"), ("Europe/Berlin", "until 08:00 (07:00 UTC)")],
)
def test_the_morning_of_the_office_is_also_told_in_utc(zone: str, label: str) -> None:
    """Every other time on the page is UTC: 08:00 without a word would be read as that."""
    tokens = {"acknowledge": "t", "hand_over": "t", "note": "t"}
    around = Around(forms=Forms("", tokens, True), zone=ZoneInfo(zone))
    page = incident_page(incident(Verdict.SERVER_SILENT), NOW, PRESENTATION, around)

    assert f'value="morning">{label}</button>' in page
