"""Every rule of "Semantics, settled" as one row: what was known and seen, and what it means.

The id of a row is the rule. The limits themselves are fresh: a row "exactly" at a limit and one
a second beyond it stand side by side.
"""

from __future__ import annotations

import pytest

from shared.domain.tenant.detector import Policy
from shared.domain.verdicts import KIND_OF, Kind, Verdict, Why, severity
from tests.support.judging import Case, Seen, graph, span
from tests.support.judging_outcomes import (
    BLIND,
    BOTH_LATE,
    BOTH_SILENT,
    BULK,
    DAILY,
    FRESH,
    HEALTHY,
    LATE,
    LEARNED,
    NEVER,
    OBJECTS_LATE,
    OBJECTS_SILENT,
    OBJECTS_STALLED,
    OFF,
    PASSWORD,
    PASSWORDS_LATE,
    PASSWORDS_STALLED,
    SILENT,
    SLOW,
    STALLED,
    STOPPED_SERVER_ALIVE,
    SUSPECT,
    THREE_HOURLY,
    Outcome,
    row,
)
from tests.support.judging_pair import CLOUD, KNOWN_TO_GRAPH, SEEN_ELSEWHERE
from tests.support.judging_reads import CLOCKS, HALF_READ, NOT_READ, SWITCHES

BOTH_HEARTBEATS = [
    row("both beat: healthy", graph("5m"), FRESH),
    row("both exactly 45 min: healthy", graph("45m"), FRESH),
    row("both 45 min and a second: late", graph("45m1s"), BOTH_LATE),
    row("both late needs the objects too", graph("45m", "50m"), FRESH),
    row("both late needs the passwords too", graph("50m", "45m"), FRESH),
    row("both exactly 60 min: still late", graph("60m"), BOTH_LATE),
    row("both a second over 60 min: silent", graph("60m1s"), BOTH_SILENT),
    row("passwords exactly 60 min prove the server alive", graph("61m", "60m"), BOTH_LATE),
    row("objects exactly 60 min prove the server alive", graph("60m", "61m"), BOTH_LATE),
    row(
        "a dead second heartbeat under a live first is not silence",
        graph("5m", "61m"),
        PASSWORDS_LATE,
    ),
    row("passwords exactly 60 min beside live objects: healthy", graph("5m", "60m"), FRESH),
    row("objects exactly 60 min beside live passwords: healthy", graph("60m", "5m"), FRESH),
    row("objects late beside live passwords: late only", graph("61m", "5m"), OBJECTS_LATE),
    row(
        "silent has no upper bound", graph("800d"), BOTH_SILENT, past=(Seen("801d", graph("801d")),)
    ),
    row("silent_after is the team's", graph("91m"), BOTH_SILENT, policy=Policy(span("90m"))),
    row("below the team's silent_after: late", graph("90m"), BOTH_LATE, policy=Policy(span("90m"))),
]

STALLS = [
    row("objects exactly 3 h: late", graph("3h", "5m"), OBJECTS_LATE),
    row("objects a second over 3 h: stalled", graph("3h1s", "5m"), OBJECTS_STALLED),
    row(
        "stalled_after is a floor",
        graph("5h", "5m"),
        OBJECTS_LATE,
        policy=Policy(stalled_after=span("5h")),
    ),
    row(
        "3 h cadence: objects at exactly 2 cycles are healthy",
        graph("6h", "5m"),
        FRESH,
        policy=THREE_HOURLY,
    ),
    row(
        "3 h cadence: late after two cycles", graph("6h1s", "5m"), OBJECTS_LATE, policy=THREE_HOURLY
    ),
    row(
        "3 h cadence: exactly three cycles are late only",
        graph("9h", "5m"),
        OBJECTS_LATE,
        policy=THREE_HOURLY,
    ),
    row(
        "3 h cadence: stalled after three cycles",
        graph("9h1s", "5m"),
        OBJECTS_STALLED,
        policy=THREE_HOURLY,
    ),
    row("1.5 x the largest benign gap is still late", graph("6h", "5m"), OBJECTS_LATE, before=SLOW),
    row(
        "beyond 1.5 x the largest benign gap: stalled",
        graph("6h1s", "5m"),
        OBJECTS_STALLED,
        before=SLOW,
    ),
    row(
        "no benign gap lifts the limit above 24 h",
        graph("24h1s", "5m"),
        OBJECTS_STALLED,
        before=BULK,
    ),
    row("up to the ceiling a benign gap counts", graph("24h", "5m"), OBJECTS_LATE, before=BULK),
    row(
        "daily cadence: the ceiling is two cycles and an hour",
        graph("49h", "5m"),
        OBJECTS_LATE,
        before=DAILY,
    ),
    row(
        "daily cadence: beyond the ceiling: stalled",
        graph("49h1s", "5m"),
        OBJECTS_STALLED,
        before=DAILY,
    ),
    row("passwords exactly 2 h under live objects: late", graph("5m", "2h"), PASSWORDS_LATE),
    row(
        "passwords a second over 2 h: password sync stalled", graph("5m", "2h1s"), PASSWORDS_STALLED
    ),
    row(
        "password_stalled_after is the team's",
        graph("5m", "4h"),
        PASSWORDS_LATE,
        policy=Policy(password_stalled_after=span("4h")),
    ),
    row(
        "unmoved for longer while watched: still in use",
        graph("5m", "9d"),
        PASSWORDS_STALLED,
        past=(Seen("9d", graph("9d")), Seen("1d", graph("1d", "9d"))),
    ),
    row("unmoved for exactly 7 days when first seen: in use", graph("5m", "7d"), PASSWORDS_STALLED),
]

SINGLE = [
    row("password null: healthy on objects alone", graph("5m", None), FRESH),
    row(
        "single: a learned rhythm is fresh at exactly 75 min",
        graph("75m", None),
        OBJECTS_LATE,
        before=LEARNED,
    ),
    row(
        "single: silent a second over 75 min", graph("75m1s", None), OBJECTS_SILENT, before=LEARNED
    ),
    row("single: 3 h until ten gaps are known", graph("3h", None), OBJECTS_LATE),
    row("single: silent a second over 3 h without ten gaps", graph("3h1s", None), OBJECTS_SILENT),
    row(
        "single, 3 h cadence: two cycles and 15 min are late",
        graph("6h15m", None),
        OBJECTS_LATE,
        policy=THREE_HOURLY,
    ),
    row(
        "single, 3 h cadence: silent beyond that",
        graph("6h15m1s", None),
        OBJECTS_SILENT,
        policy=THREE_HOURLY,
    ),
    row(
        "single: silent_after is a floor",
        graph("90m", None),
        FRESH,
        before=LEARNED,
        policy=Policy(span("90m")),
    ),
    row(
        "a password time over 7 days old at first sight is no heartbeat", graph("5m", "7d1s"), FRESH
    ),
    row(
        "a later password beat makes it a heartbeat again",
        graph("5m", "2h1s"),
        PASSWORDS_STALLED,
        past=(Seen("1d", graph("1d", "40d")), Seen("2h", graph("2h", "2h1s"))),
    ),
    row(
        "after null, a first password time is a heartbeat",
        graph("5m", "2h1s"),
        PASSWORDS_STALLED,
        past=(Seen("1d", graph("1d", None)),),
    ),
    row(
        "the same password time again is no beat",
        graph("5m", "40d"),
        FRESH,
        past=(Seen("10d", graph("10d", "40d")), Seen("5d", graph("5d", None))),
    ),
    row(
        "single: both stopped, seen alive elsewhere: stalled",
        graph("76m", None),
        STOPPED_SERVER_ALIVE,
        before=LEARNED,
        alive="5m",
    ),
]

TABLE = [
    *BOTH_HEARTBEATS,
    *STALLS,
    *SINGLE,
    *HALF_READ,
    *NOT_READ,
    *SWITCHES,
    *CLOCKS,
    *SEEN_ELSEWHERE,
    *CLOUD,
    *KNOWN_TO_GRAPH,
]

PAIR_VERDICTS = {
    Verdict.DEADLINE_NEAR,
    Verdict.HEALTH_ALERT,
    Verdict.STANDBY_UNFIT,
    Verdict.STANDBY_MISSING,
    Verdict.EXPORT_BLOCKED,
    Verdict.NO_ACTIVE,
    Verdict.DUAL_ACTIVE,
}
"""Concluded from the sources of the pair, elsewhere."""

PAIR_REASONS = {
    Why.DELETE_THRESHOLD,
    Why.BOTH_EXPORT,
    Why.RETURNED,
    Why.ALL_STAGING,
    Why.CHECKS_FAILED,
    Why.NOT_REGISTERED,
    Why.ALERT_ACTIVE,
    Why.MORE_ALERTS,
    Why.CERTIFICATE_ENDS,
    Why.SUPPORT_ENDS,
}


@pytest.mark.parametrize(
    ("case", "expected"), [pytest.param(*line, id=line[0].rule) for line in TABLE]
)
def test_the_table_of_judging(case: Case, expected: Outcome) -> None:
    """Memory and observation give this verdict, for this reason, as this kind of incident."""
    verdict, why, kind = expected
    judged = case.judged()

    assert (judged.verdict, judged.evidence.why) == (verdict, why)
    assert KIND_OF.get(judged.verdict) == kind
    assert (judged.findings[0].verdict if judged.findings else None) == (verdict if kind else None)
    assert judged.readable is (why not in {Why.READ_FAILED, Why.UNREADABLE})


def test_no_rule_stands_twice_and_every_reason_has_a_row() -> None:
    """The table has a sentence per row, and a row for each reason a verdict can have."""
    rules = [case.rule for case, _ in TABLE]

    assert len(rules) == len(set(rules))
    assert {verdict for _, (verdict, _, _) in TABLE} == set(Verdict) - PAIR_VERDICTS
    assert {why for _, (_, why, _) in TABLE} == set(Why) - PAIR_REASONS


def test_the_total_order_of_verdicts() -> None:
    """One order, from healthy to two active servers, picks the headline."""
    ordered = sorted(Verdict, key=severity)

    assert ordered == [
        HEALTHY,
        LATE,
        Verdict.DEADLINE_NEAR,
        Verdict.HEALTH_ALERT,
        Verdict.STANDBY_UNFIT,
        Verdict.STANDBY_MISSING,
        BLIND,
        SUSPECT,
        NEVER,
        OFF,
        PASSWORD,
        Verdict.EXPORT_BLOCKED,
        STALLED,
        Verdict.NO_ACTIVE,
        SILENT,
        Verdict.DUAL_ACTIVE,
    ]
    assert set(KIND_OF) == set(Verdict) - {HEALTHY, LATE}


def test_the_most_severe_finding_is_the_headline_and_the_others_stand_below() -> None:
    """A wrong clock and a silent server are two findings of two kinds; the worse one leads."""
    judged = Case("", graph("90m", "90m", ahead="10m")).judged()

    assert [found.verdict for found in judged.findings] == [SILENT, SUSPECT]
    assert judged.evidence is judged.findings[0].evidence
    assert judged.finding(Kind.CLOCK) is judged.findings[1]
    assert judged.finding(Kind.BLIND) is None


@pytest.mark.parametrize(
    ("case", "unjudged", "beats_count"),
    [
        (Case("healthy", graph()), set(), True),
        (Case("silent", graph("61m")), set(), True),
        (Case("maybe alive", graph("61m"), alive="40m"), {Kind.SYNC}, True),
        (Case("cloud sync, fresh", graph(), cloud=True, alive="5m"), set(), False),
        (
            Case("cloud sync, unproven", graph(), cloud=True),
            {Kind.SYNC, Kind.PASSWORD_SYNC},
            False,
        ),
        (Case("cloud sync, hidden", graph(), cloud=True, alive="2h"), {Kind.PASSWORD_SYNC}, False),
        (Case("cloud sync, all old", graph("61m"), cloud=True), set(), True),
        (Case("cloud sync, switched off", graph(enabled=False), cloud=True), set(), True),
    ],
    ids=lambda value: value.rule if isinstance(value, Case) else "",
)
def test_a_judgement_says_what_it_cannot_judge(
    case: Case, unjudged: set[Kind], *, beats_count: bool
) -> None:
    """What is unjudged closes nothing, and beats of Cloud Sync are nobody's."""
    judged = case.judged()

    assert judged.unjudged == unjudged
    assert judged.beats_count is beats_count


def test_an_ordinary_death_is_told_once() -> None:
    """The last upload is up to half an hour newer than the last beat: no second card for it."""
    for upload in range(31):
        verdicts = [
            Case("", graph(f"{age}m"), alive=f"{age - upload}m" if age > upload else "0m")
            .judged()
            .verdict
            for age in range(30, 180)
        ]
        assert STALLED not in verdicts
        assert verdicts[-1] is SILENT
        assert verdicts.index(SILENT) <= 31 + upload
