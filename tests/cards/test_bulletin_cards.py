"""The cards of bulletins: every rule of a card, what they say, and that no name breaks them."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.bulletins.bulletin import Occasion, due
from shared.domain.bulletins.summary import BulletinFacts, TenantSummary
from shared.domain.bulletins.week import Week
from shared.domain.bulletins.weekly import WeeklyMoment
from shared.domain.cards.bulletins import bulletin_message, has_subject
from shared.domain.cards.links import LinkCheck, LinkKey, verify
from shared.domain.drills.drill import Drill
from shared.domain.pair.report import Fitness
from shared.domain.verdicts import Verdict
from tests.support.card_bulletin_cases import (
    DAY,
    MINUTE,
    MONDAY,
    BulletinCase,
    a_week,
    bulletin_cases,
    facts,
    pair,
    standby,
    tenant,
)
from tests.support.card_cases import PRESENTATION
from tests.support.card_lint import links_of, mentions_of, problems, schema_errors, texts_of
from tests.support.card_strategies import (
    HUGE,
    evidences,
    incidents,
    moments,
    names,
    presentations,
    spans,
)

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.cards.presentation import Presentation

NORMAL_BYTES, MAX_BYTES = 4_096, 16_384
CASES = bulletin_cases()
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def said(case: BulletinCase) -> str:
    """All text of a card."""
    return "\n".join(texts_of(case.envelope()))


def named(name: str) -> BulletinCase:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)


def digest(found: BulletinFacts) -> str:
    """All text of a digest."""
    return said(BulletinCase("", Occasion.DIGEST, found))


# -- every card -----------------------------------------------------------------------------------


@by_name
def test_every_bulletin_keeps_every_rule(case: BulletinCase) -> None:
    """Structure, size, wording, and Microsoft's schema 1.4."""
    assert problems(case.envelope(), NORMAL_BYTES) == []
    assert schema_errors(case.envelope()) == []


@by_name
def test_no_bulletin_mentions_anybody(case: BulletinCase) -> None:
    """None of them needs somebody now."""
    assert mentions_of(case.envelope()) == []


@by_name
def test_the_watchdog_object_names_occasion_and_bulletin(case: BulletinCase) -> None:
    """A flow can tell a digest from an alert by it."""
    assert case.envelope()["watchdog"] == {
        "verdict": "",
        "reason": case.occasion.value,
        "incident": case.bulletin.id,
        "message": 1,
    }


# -- what is said ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("digest-well", "**HEALTHY.** No incident is open. Last object sync 06:41 UTC."),
        ("digest-well", "This card also proves that alerts reach this channel."),
        ("digest-well", "If this card does not arrive Monday 08:00 Europe/Zurich (next: 30 Nov "),
        ("digest-well", "07:00 UTC), treat alerting as broken · digest-20261123-0700 · message 1"),
        ("digest-well", "31 min between two syncs that were seen (from 19 Nov 02:11 UTC)"),
        ("digest-well", "none seen · no incident"),
        ("digest-well", "✅ SYNC-B: fit"),
        ("digest-well", "23 Sep 2026, 61 d ago (due every 90 d)"),
        ("digest-in-trouble", "**Attention: 2 incidents are open**, the worst SERVER_SILENT"),
        ("digest-in-trouble", "1 h 44 min, and it lasts (from 05:16 UTC)"),
        ("digest-in-trouble", "sync was out for 2 h 9 min · 3 incidents"),
        ("digest-in-trouble", "⚠️ SYNC-B: not fit: its last import is 6 h old, more than 3 h (and"),
        ("digest-in-trouble", "(and 1 more); ⚠️ SYNC-C: not known: 1 check without evidence"),
        (
            "digest-in-trouble",
            "**Not seen:** the watchdog was blind for 50 min, there is no record of 1 day.",
        ),
        ("digest-in-trouble", "⚠️ 14 Aug 2026, 101 d ago: overdue, due every 90 d"),
        ("digest-unread", "could not be read now: this says nothing about its sync.**"),
        ("digest-unread", "Last object sync 05:56 UTC, as last read at 06:15 UTC."),
        ("digest-unread", "**Not readable:** forbidden: Graph denied access (403): grant"),
        ("digest-unread", "SYNC-B (as set): not measured"),
        ("digest-unread", "⚠️ never, watching since 1 Aug 2026 (due every 90 d)"),
        ("digest-just-begun", "Since 21 Nov 07:00 UTC."),
        ("digest-just-begun", "not measured: no two syncs were seen"),
        ("digest-while-drilling", "one is running since 06:40 UTC"),
        ("digest-many-tenants", "an incident is open in 2 of 7 tenants"),
        ("digest-many-tenants", "1 could not be read now"),
        ("digest-many-tenants", "fabrikam: SERVER_SILENT, gap 1 h 44 min, SYNC-B not fit"),
        ("digest-many-tenants", "The 4 that need it most are shown, and there are 3 more."),
        ("drill-due", "with a recovery was 101 d ago**, on 14 Aug 2026."),
        ("drill-due", "often takes 15 to 30 minutes"),
        ("drill-due", "with the command **drill start**, or on the status page."),
        ("drill-due-never", "**No drill is recorded** in the 114 d since watching began."),
        ("drill-due-never", "with the command **drill start**."),
    ],
)
def test_a_bulletin_says_what_was_measured(name: str, words: str) -> None:
    """Each situation has its sentence, with its numbers."""
    assert words in said(named(name))


def test_the_summary_begins_with_the_state() -> None:
    """What a push preview shows tells first what it is and how it stands."""
    summaries = {case.name: case.envelope()["summary"] for case in CASES}
    assert summaries["digest-well"] == (
        "DIGEST contoso: HEALTHY, no incident open, gap 31 min, SYNC-B fit."
    )
    assert summaries["digest-unread"].startswith("DIGEST contoso: not readable now, BLIND, 1 inc")
    assert summaries["drill-due"] == "DRILL_DUE contoso: last drill 101 d ago, limit 90 d."


@pytest.mark.parametrize("fitness", [*Fitness, None])
def test_only_a_fit_standby_is_called_fit(fitness: Fitness | None) -> None:
    """Unknown is never a pass, and what was not checked is not either."""
    server = replace(standby(), fitness=fitness)
    evidence = replace(tenant().evidence, pair=pair(server))
    text = digest(facts(tenant(evidence=evidence)))

    assert ("✅ SYNC-B: fit" in text) is (fitness is Fitness.FIT)
    assert ("⚠️ SYNC-B" in text) is (fitness is not Fitness.FIT)


@pytest.mark.parametrize(("days", "sign"), [(89, False), (90, True)])
def test_a_drill_older_than_ninety_days_is_marked(days: int, *, sign: bool) -> None:
    """And one that never was, once watching is older than that."""
    old = tenant(drill_at=MONDAY - days * DAY)
    never = tenant(drill_at=None, watched_since=MONDAY - days * DAY)

    assert ("⚠️" in digest(facts(old))) is sign
    assert ("⚠️" in digest(facts(never))) is sign


def test_a_healthy_word_is_never_said_of_a_tenant_that_was_not_read() -> None:
    """Not even where the last known times are still fresh: the verdict is then at best LATE."""
    stale = tenant(verdict=Verdict.LATE, unreadable="timeout: Graph did not answer")

    assert "HEALTHY" not in digest(facts(stale))
    assert (
        "Well"
        not in digest(facts(stale, tenant()))[: digest(facts(stale, tenant())).index("Blind")]
    )


def test_those_in_trouble_come_first() -> None:
    """Of many tenants the ones that need somebody are shown."""
    many = [tenant(f"well-{number}") for number in range(9)]
    blind = tenant("blind-one", verdict=Verdict.BLIND, unreadable="timeout: no answer")
    text = digest(facts(*many, blind))

    assert "blind-one" in text


# -- links ----------------------------------------------------------------------------------------


def test_the_button_opens_the_status_page() -> None:
    """One button; none where no page can be opened."""
    assert links_of(named("digest-well").envelope()) == [
        ("Open status page", "https://watchdog.contoso.com/api/status")
    ]
    assert links_of(named("digest-nothing-set").envelope()) == []


def test_where_a_signed_link_opens_pages_the_button_has_one() -> None:
    """It is good for the status page and for nothing else."""
    key = LinkKey("k1", b"0" * 32)
    shown = replace(PRESENTATION, link_key=key)
    (_, url), *_ = links_of(BulletinCase("", Occasion.DIGEST, facts(), shown).envelope())
    page, _, token = url.partition("?t=")

    assert page == "https://watchdog.contoso.com/api/status"
    assert verify([key], "status", token, MONDAY) is LinkCheck.VALID
    assert verify([key], "20261121T0154-k7q2m9xw4r", token, MONDAY) is LinkCheck.FORGED


# -- what they are about --------------------------------------------------------------------------


def test_a_bulletin_without_a_subject_is_known() -> None:
    """A digest that was switched off, a drill that is gone or not due any more."""
    drill = Drill("20261123-0600-k7q2m9xw4r", MONDAY)
    for occasion, with_it, without in (
        (Occasion.DIGEST, facts(), facts(digest=None)),
        (Occasion.DRILL_DUE, facts(drill_is_due=True), facts()),
        (Occasion.DRILL_STARTED, facts(drill=drill), facts()),
        (Occasion.DRILL_OVER, facts(drill=drill), facts()),
    ):
        bulletin = due(occasion, "x", MONDAY, "x")
        assert has_subject(bulletin, with_it)
        assert not has_subject(bulletin, without)


def test_the_cards_of_a_drill_are_told_apart() -> None:
    """Each occasion has its own card."""
    ended = MONDAY + 20 * MINUTE
    found = facts(drill=Drill("20261123-0600-k7q2m9xw4r", MONDAY, ended_at=ended))
    for occasion in (Occasion.DRILL_STARTED, Occasion.DRILL_OVER):
        card = bulletin_message(due(occasion, "x", MONDAY, "x"), found, ended, PRESENTATION)
        assert card["watchdog"]["reason"] == occasion  # type: ignore[index]  # an object


def test_a_card_of_no_drill_is_refused() -> None:
    """Rather than telling of nothing."""
    with pytest.raises(ValueError, match="no drill to tell of"):
        bulletin_message(due(Occasion.DRILL_OVER, "x", MONDAY, "x"), facts(), MONDAY, PRESENTATION)


# -- hostile text ---------------------------------------------------------------------------------

weeks = st.builds(
    Week,
    start=moments,
    end=moments,
    gap=st.none() | spans,
    gap_from=st.none() | moments,
    gap_open=st.booleans(),
    blind=spans,
    missing=st.integers(0, 8),
    incidents=st.integers(0, 9_999),
    outage=spans,
    unreadable=st.integers(0, 99),
)
tenants = st.builds(
    TenantSummary,
    name=names,
    verdict=st.sampled_from(Verdict),
    evidence=evidences,
    week=weeks,
    watched_since=moments,
    unreadable=names,
    standing=st.lists(incidents(), max_size=3).map(tuple),
    drill_at=st.none() | moments,
    drilling_since=st.none() | moments,
)
times_of_a_week = st.builds(
    WeeklyMoment,
    day=st.integers(0, 6),
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "Etc/GMT+1"]).map(ZoneInfo),
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(tenants, min_size=1, max_size=6),
    times_of_a_week,
    st.sampled_from([Occasion.DIGEST, Occasion.DRILL_DUE]),
    moments,
    presentations,
)
def test_hostile_text_never_breaks_a_rule(
    found: list[TenantSummary],
    moment: WeeklyMoment,
    occasion: Occasion,
    at: datetime,
    shown: Presentation,
) -> None:
    """Whatever names, reasons and times hold, the card keeps every rule and 16 KB."""
    told = BulletinFacts(tuple(found), moment, drill_is_due=True)
    envelope = bulletin_message(due(occasion, "digest-x", at), told, at, shown)

    assert problems(envelope, MAX_BYTES) == []
    assert schema_errors(envelope) == []


@pytest.mark.parametrize("huge", HUGE, ids=["x", "markup", "mentions", "bidi", "cjk"])
@pytest.mark.parametrize("number", [1, 500])
def test_many_tenants_with_long_names_still_make_a_small_card(huge: str, number: int) -> None:
    """Every foreign text is cut, and only four tenants are shown."""
    bad = replace(standby(huge, Fitness.UNFIT))
    one = tenant(
        huge,
        evidence=replace(tenant().evidence, pair=pair(bad, bad, bad)),
        unreadable=huge,
        week=a_week(blind=timedelta(hours=2)),
    )
    envelope = BulletinCase("", Occasion.DIGEST, facts(*[one] * number)).envelope()

    assert problems(envelope, MAX_BYTES) == []
