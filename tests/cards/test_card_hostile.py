"""Cards from hostile text: whatever names, ids, details and times hold, no rule breaks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.cards.messages import Person, Presentation, check_message, incident_message
from shared.domain.incidents.incident import Incident, State
from shared.domain.incidents.notifications import Message
from shared.domain.pair.readings import HealthAlert, Source
from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    Check,
    CheckName,
    Fitness,
    Outcome,
    PairReport,
    Recommendation,
    Role,
    ServerReport,
    Statement,
    ToCheck,
)
from shared.domain.verdicts import KIND_OF, Verdict
from tests.support.card_cases import NOW, PRESENTATION, Case, evidence, incident
from tests.support.card_lint import links_of, mentions_of, problems, schema_errors
from tests.support.card_strategies import HUGE, incidents, moments, names, presentations, times

if TYPE_CHECKING:
    from datetime import datetime

NORMAL_BYTES, MAX_BYTES = 4_096, 16_384


@settings(deadline=None)
@given(incidents(), st.sampled_from(Message), st.integers(1, 999), moments, presentations)
def test_hostile_text_never_breaks_a_rule(
    stands: Incident, message: Message, number: int, at: datetime, shown: Presentation
) -> None:
    """Whatever names, ids, details and times hold, the card keeps every rule and 16 KB."""
    envelope = incident_message(stands, message, number, at, shown)
    assert problems(envelope, MAX_BYTES) == []
    assert schema_errors(envelope) == []


@pytest.mark.parametrize("huge", HUGE, ids=["x", "markup", "mentions", "bidi", "cjk"])
def test_ten_thousand_characters_in_every_place_still_make_a_small_card(huge: str) -> None:
    """Every foreign text is cut, so the card stays complete and far below the limit."""
    found = replace(evidence(Verdict.BLIND), detail=huge)
    stands = incident(Verdict.BLIND, found, id=huge, state=State.ACKNOWLEDGED, acknowledged_by=huge)
    shown = Presentation(
        tenant_id="1", tenant_name=huge, active_server=huge, standby_servers=(huge,),
        on_call=(Person(huge, huge),), public_url="https://watchdog.contoso.com",
    )  # fmt: skip
    server = ServerReport(huge, Role.STAGING, Source.AUDITS, NOW, Source.AUDITS, Fitness.UNFIT)
    statement = Statement(huge, Source.AUDITS, NOW)
    failed = Check(CheckName.VERSION, Outcome.FAIL, huge, statement, huge)
    pair = PairReport(
        replace(server, role=Role.ACTIVE),
        (replace(server, checks=(failed,) * 11),) * 3,
        recommendation=Recommendation(
            Advice.CHECK_FIRST, AdviceReason.STANDBY_UNKNOWN, huge,
            (statement,) * 5, (ToCheck(huge, huge),) * 5,
        ),
        disagreements=(statement,) * 4,
    )  # fmt: skip
    told = replace(
        found,
        pair=pair,
        statements=(statement,) * 5,
        alert=HealthAlert(huge, huge, server=huge, remediation=huge),
    )
    for verdict in KIND_OF:
        odd = incident(verdict, told, id=huge, subject=huge, switched_from=huge, switched_to=huge)
        for advice in Advice:
            advised = replace(pair, recommendation=replace(pair.recommendation, advice=advice))
            shown_odd = replace(odd, evidence=replace(told, pair=advised))
            envelope = incident_message(shown_odd, Message.FIRST, 1, NOW, shown)
            assert problems(envelope, MAX_BYTES) == []
    for state in State:
        for message in Message:
            envelope = incident_message(replace(stands, state=state), message, 1, NOW, shown)
            assert problems(envelope, NORMAL_BYTES * 2) == []


@settings(deadline=None)
@given(times, presentations)
def test_hostile_settings_never_break_the_test_card(at: datetime, shown: Presentation) -> None:
    """The test card keeps the same rules and mentions nobody."""
    envelope = check_message(at, shown)
    assert problems(envelope, MAX_BYTES) == []
    assert mentions_of(envelope) == []


def test_a_crowd_of_people_gets_the_smaller_card() -> None:
    """Above 16 KB the card shrinks to title, state, first step, one button and three mentions."""
    crowd = tuple(Person(f"Person number {n}", f"person{n}@contoso.com") for n in range(200))
    for message in Message:
        card = Case(
            "", incident(Verdict.BLIND), message, 1, replace(PRESENTATION, on_call=crowd)
        ).envelope()
        assert problems(card, MAX_BYTES) == []
        assert len(mentions_of(card)) == 3
        assert [title for title, _ in links_of(card)] == ["Check last sync in Entra"]


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time could mean any moment, so it never gets onto a card."""
    with pytest.raises(ValueError, match="no time zone"):
        check_message(NOW.replace(tzinfo=None), PRESENTATION)


@settings(deadline=None)
@given(names)
def test_the_message_can_be_sent_as_utf_8(name: str) -> None:
    """Half a surrogate pair, anywhere, does not make the message impossible to encode."""
    shown = replace(
        PRESENTATION, tenant_name=name, active_server=name, on_call=(Person(name, name),)
    )
    stands = incident(Verdict.SERVER_SILENT, id=name)
    envelope = Case("", stands, Message.FIRST, 1, shown).envelope()
    assert json.loads(json.dumps(envelope, ensure_ascii=False).encode()) == envelope
