"""Hostile names, evidence, incidents and settings for the card tests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shared.domain.cards.messages import Person, Presentation
from shared.domain.cards.wording import inert
from shared.domain.incidents.incident import Incident, State
from shared.domain.pair.readings import AlertLevel, HealthAlert, Source
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
from shared.domain.verdicts import KIND_OF, Evidence, PasswordSync, Why
from tests.support.card_cases import NOW

_MARKUP = r"* _ ** __ ` ~~ [x](https://evil.example) <at> </at> <b> &lt;at&gt; &#60; \ \* | - # >"
_OTHER = "+ 1. {{ }} {{TIME(2026-01-01T00:00:00Z)}} {active} {the_standby} ' \" $(x) %s SYNC-A"
_LETTERS = "שלום مرحبا 名前 Ł ⚠️ 👩\u200d👩\u200d👧"
_HIDDEN = "\u200b\u200d\u202e\u2066\u2069\ufeff\ud800\ue000\u2028\x00\x85\n\t "
NASTY = [*_MARKUP.split(), *_OTHER.split(), *_LETTERS.split(), *_HIDDEN]
NASTY += ["https://evil.example", "1. ", "- ", "\r\n", "\x1b[31m", "A" * 50, "\u0301" * 9]
HUGE = ["x" * 10_000, "*_" * 5_000, "<at>x</at>" * 1_000, "\u202e" * 10_000, "名" * 10_000]

_OURS = re.compile(r"\bNone\b|datetime|timedelta|\d\d:\d\d")
names = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(NASTY), max_size=8).map("".join),
).filter(lambda name: not _OURS.search(inert(name, 4_096)))
"""Any text but that which would look like a slip of ours: a server may be called None."""
times = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
near = st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
moments = st.one_of(near, times)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
_maybe = st.none() | moments
statements = st.builds(Statement, text=names, source=st.sampled_from(Source), at=_maybe)
_few = st.lists(statements, max_size=4).map(tuple)
checks = st.builds(
    Check,
    name=st.sampled_from(CheckName),
    outcome=st.sampled_from(Outcome),
    reason=names,
    statement=statements,
    how=names,
)
servers = st.builds(
    ServerReport,
    name=names,
    role=st.sampled_from(Role),
    basis=st.none() | st.sampled_from(Source),
    seen_at=_maybe,
    seen_source=st.none() | st.sampled_from(Source),
    fitness=st.none() | st.sampled_from(Fitness),
    checks=st.lists(checks, max_size=3).map(tuple),
)
recommendations = st.builds(
    Recommendation,
    advice=st.sampled_from(Advice),
    reason=st.sampled_from(AdviceReason),
    server=names,
    because=_few,
    checks=st.lists(st.builds(ToCheck, what=names, how=names), max_size=3).map(tuple),
)


@st.composite
def reports(draw: st.DrawFn) -> PairReport:
    """Any report, also one whose advice names one of its own servers."""
    standbys = tuple(draw(st.lists(servers, max_size=3)))
    found = draw(recommendations)
    names_one = draw(st.booleans())
    if names_one and standbys:
        found = replace(found, server=standbys[0].name)
    return PairReport(
        active=draw(st.none() | servers),
        standbys=standbys,
        more=draw(st.integers(0, 20)),
        recommendation=found,
        disagreements=draw(_few),
        facts_from=draw(st.none() | st.dates()),
        cloud_sync=draw(st.booleans()),
    )


alerts = st.builds(
    HealthAlert,
    id=names,
    name=names,
    level=st.sampled_from(AlertLevel),
    server=names,
    created_at=_maybe,
    remediation=names,
)
evidences = st.builds(
    Evidence,
    why=st.sampled_from(Why),
    read_at=st.none() | moments,
    object_sync_at=st.none() | moments,
    password_sync_at=st.none() | moments,
    password_sync=st.sampled_from(PasswordSync),
    limit=st.none() | spans,
    cadence=spans,
    detail=names,
    measured_at=_maybe,
    alive_at=_maybe,
    statements=_few,
    deadline=_maybe,
    alert=st.none() | alerts,
    alerts=st.integers(1, 10_000),
    pair=st.none() | reports(),
)


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    """Any incident that could stand in a row, also one that no tick would write."""
    verdict = draw(st.sampled_from(list(KIND_OF)))
    return Incident(
        id=draw(names),
        kind=KIND_OF[verdict],
        verdict=verdict,
        worst=draw(st.sampled_from(list(KIND_OF))),
        state=draw(st.sampled_from(State)),
        opened_at=draw(moments),
        since=draw(moments),
        evidence=draw(evidences),
        announced_at=draw(moments),
        remind_at=draw(moments),
        reminders=draw(st.integers(0, 4)),
        gone_at=draw(st.none() | moments),
        clean_at=draw(st.none() | moments),
        acknowledged_by=draw(names),
        snoozed_until=draw(st.none() | moments),
        resolved_at=draw(st.none() | moments),
        subject=draw(names),
        switched_at=draw(st.none() | moments),
        switched_from=draw(names),
        switched_to=draw(names),
        first_acknowledged_at=draw(st.none() | moments),
    )


people = st.lists(st.builds(Person, name=names, upn=st.sampled_from(["", " "]) | names), max_size=4)
presentations = st.builds(
    Presentation,
    tenant_id=st.just("11111111-2222-3333-4444-555555555555"),
    tenant_name=names,
    on_call=people.map(tuple),
    escalate_to=people.map(tuple),
    active_server=names,
    standby_servers=st.lists(names, max_size=3).map(tuple),
    public_url=st.sampled_from(["", "https://watchdog.contoso.com"]),
    runbook_url=st.sampled_from(["", "https://wiki.contoso.com/{verdict}/{incident}"]),
    cloud_portal=st.sampled_from(["", "https://entra.microsoft.us/"]),
)
