"""Every rule of "Semantics, settled" as one row: what was known and seen, and what it means.

The id of a row is the rule. The limits themselves are fresh: a row "exactly" at a limit and one
a second beyond it stand side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.detector import Policy
from shared.domain.verdicts import KIND_OF, Kind, Verdict, Why, severity
from tests.support.judging import DOWN, UNREAD, Case, Seen, graph, span, watching

if TYPE_CHECKING:
    from shared.domain.readings import TenantReading, Unavailable

HEALTHY, LATE, BLIND = Verdict.HEALTHY, Verdict.LATE, Verdict.BLIND
SILENT, STALLED = Verdict.SERVER_SILENT, Verdict.SYNC_STALLED
PASSWORD, SUSPECT = Verdict.PASSWORD_SYNC_STALLED, Verdict.CLOCK_SUSPECT
NEVER, OFF = Verdict.NEVER_SYNCED, Verdict.SYNC_DISABLED

LEARNED = watching("100d", rhythm="30m")
DAILY = watching("100d", rhythm="24h")
THREE_HOURLY = Policy(sync_interval=span("3h"))
SLOW = watching("100d", rhythm="30m", widest="4h")
BULK = watching("100d", rhythm="30m", widest="30h")
READ_BEFORE = (Seen("5m", graph("35m", "35m")),)

Outcome = tuple[Verdict, Why, Kind | None]

FRESH = (HEALTHY, Why.FRESH, None)
READ_FAILED = (LATE, Why.READ_FAILED, None)
PASSWORD_UNREAD = (LATE, Why.PASSWORD_UNREAD, None)
OBJECTS_LATE = (LATE, Why.OBJECTS_LATE, None)
PASSWORDS_LATE = (LATE, Why.PASSWORDS_LATE, None)
BOTH_LATE = (LATE, Why.BOTH_LATE, None)
STEPPED_BACK = (LATE, Why.WENT_BACKWARD, None)
UNREADABLE = (BLIND, Why.UNREADABLE, Kind.BLIND)
STAYED_BACK = (SUSPECT, Why.WENT_BACKWARD, Kind.CLOCK)
IN_THE_FUTURE = (SUSPECT, Why.IN_THE_FUTURE, Kind.CLOCK)
CLOCKS_DIFFER = (SUSPECT, Why.CLOCKS_DIFFER, Kind.CLOCK)
NO_SYNC_YET = (NEVER, Why.NO_SYNC_YET, Kind.NEVER)
SWITCHED_OFF = (OFF, Why.SWITCHED_OFF, Kind.DISABLED)
PASSWORDS_STALLED = (PASSWORD, Why.PASSWORDS_STALLED, Kind.PASSWORD_SYNC)
OBJECTS_STALLED = (STALLED, Why.OBJECTS_STALLED, Kind.SYNC)
OBJECTS_STALLED_PASSWORD_UNREAD = (STALLED, Why.OBJECTS_STALLED_PASSWORD_UNREAD, Kind.SYNC)
STOPPED_SERVER_ALIVE = (STALLED, Why.STOPPED_SERVER_ALIVE, Kind.SYNC)
BOTH_SILENT = (SILENT, Why.BOTH_SILENT, Kind.SYNC)
OBJECTS_SILENT = (SILENT, Why.OBJECTS_SILENT, Kind.SYNC)


def row(
    rule: str, sees: TenantReading | Unavailable, expected: Outcome, **rest: Any
) -> tuple[Case, Outcome]:
    """One rule: what is seen, and what it means; the rest is memory and policy."""
    return Case(rule, sees, **rest), expected


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
    row(
        "both stopped, seen alive elsewhere: stalled",
        graph("61m"),
        STOPPED_SERVER_ALIVE,
        alive="60m",
    ),
    row("an old sign of life elsewhere is none", graph("61m"), BOTH_SILENT, alive="60m1s"),
    row("a sign of life from the future is none", graph("61m"), BOTH_SILENT, alive="-2m1s"),
    row("a sign of life two minutes ahead is now", graph("61m"), STOPPED_SERVER_ALIVE, alive="-2m"),
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

HALF_READ = [
    row("v1.0 only: fresh objects are at best late", graph("5m", UNREAD), PASSWORD_UNREAD),
    row(
        "v1.0 only: could not be read is never single",
        graph("3h", UNREAD),
        PASSWORD_UNREAD,
        before=LEARNED,
    ),
    row(
        "v1.0 only: a stall is still told",
        graph("3h1s", UNREAD),
        OBJECTS_STALLED_PASSWORD_UNREAD,
        before=LEARNED,
    ),
    row(
        "v1.0 only: a heartbeat that was in use stays one",
        graph("3h", UNREAD),
        PASSWORD_UNREAD,
        past=(Seen("3h", graph("3h")),),
    ),
    row(
        "v1.0 only: known to be unused is nothing to miss",
        graph("5m", UNREAD),
        FRESH,
        past=(Seen("10m", graph("35m", None)),),
    ),
    row(
        "v1.0 only: the password age goes on growing",
        graph("5m", "2h1s"),
        PASSWORDS_STALLED,
        past=(Seen("2h", graph("2h", "2h1s")), Seen("1h", graph("1h", UNREAD))),
    ),
]

NOT_READ = [
    row("a failed read: late, not healthy", DOWN, READ_FAILED, past=READ_BEFORE),
    row("unread for 29:59: late", DOWN, READ_FAILED, past=(Seen("29m59s", graph("1h")),)),
    row("unread for 30:00: blind", DOWN, UNREADABLE, past=(Seen("30m", graph("1h")),)),
    row("never read for 29:59: late", DOWN, READ_FAILED, before=watching("29m59s")),
    row("never read for 30:00: blind", DOWN, UNREADABLE, before=watching("30m")),
    row(
        "blind_after is the team's",
        DOWN,
        READ_FAILED,
        before=watching("59m59s"),
        policy=Policy(blind_after=span("1h")),
    ),
    row("blind says nothing about sync", DOWN, UNREADABLE, past=(Seen("9h", graph("20h")),)),
    row(
        "a failed read keeps ages growing: the next good one is silent at once",
        graph("61m"),
        BOTH_SILENT,
        past=(Seen("56m", graph("61m")), Seen("5m", DOWN)),
    ),
    row("a vanished object time is unreadable", graph(None, "5m"), READ_FAILED, past=READ_BEFORE),
    row(
        "a vanished object time that stays away is blind",
        graph(None, "5m"),
        UNREADABLE,
        past=(Seen("30m", graph("35m")),),
    ),
]

SWITCHES = [
    row("enabled false: disabled", graph("5m", enabled=False), SWITCHED_OFF),
    row("disabled: ages mean nothing", graph("9d", enabled=False), SWITCHED_OFF),
    row(
        "disabled and the times gone: disabled, not unreadable",
        graph(None, None, enabled=False),
        SWITCHED_OFF,
        past=READ_BEFORE,
    ),
    row("enabled null: never synced", graph(None, None, enabled=None), NO_SYNC_YET),
    row("enabled null with a time: never synced", graph("5m", enabled=None), NO_SYNC_YET),
    row("enabled and no object time ever: never synced", graph(None, "5m"), NO_SYNC_YET),
]

CLOCKS = [
    row("two minutes in the future is now", graph("-2m"), FRESH),
    row("objects beyond that: clock suspect", graph("-2m1s", "5m"), IN_THE_FUTURE),
    row("passwords beyond that: clock suspect", graph("5m", "-2m1s"), IN_THE_FUTURE),
    row(
        "a future time is never a sign of life", graph("4h", "-9h"), OBJECTS_STALLED_PASSWORD_UNREAD
    ),
    row("a future object time proves neither life nor death", graph("-9h", "4h"), IN_THE_FUTURE),
    row(
        "our clock 10 min slow: suspect, and the server is not silent",
        graph("-9m", ahead="10m"),
        CLOCKS_DIFFER,
    ),
    row(
        "a future object time leaves the old one unjudged",
        graph("-9h", "5m"),
        IN_THE_FUTURE,
        past=(Seen("4h", graph("4h")),),
    ),
    row("our clock 10 min slow: ages by Graph's clock", graph("51m", ahead="10m"), BOTH_SILENT),
    row("our clock 10 min fast: ages by Graph's clock", graph("70m", ahead="-10m"), CLOCKS_DIFFER),
    row(
        "our clock 10 min fast: a dead server is silent", graph("70m1s", ahead="-10m"), BOTH_SILENT
    ),
    row(
        "our clock 10 min fast: Graph's future counts from Graph's",
        graph("7m", ahead="-10m"),
        CLOCKS_DIFFER,
    ),
    row("clocks exactly 5 min apart are one", graph("60m", ahead="5m"), BOTH_LATE),
    row("clocks a second more apart are not", graph("5m", ahead="5m1s"), CLOCKS_DIFFER),
    row(
        "slow by a tolerated 4 min: this minute's sync is no future",
        graph("-4m", ahead="4m"),
        FRESH,
    ),
    row("fast by a tolerated 4 min: now is no future", graph("-2m", ahead="-4m"), FRESH),
    row("slow by a tolerated 4 min: 6 min ahead is now", graph("-6m", "5m", ahead="4m"), FRESH),
    row(
        "slow by a tolerated 4 min: beyond is the future",
        graph("-6m1s", "5m", ahead="4m"),
        IN_THE_FUTURE,
    ),
    row(
        "a step back: late, while it may be a lagging replica",
        graph("35m"),
        STEPPED_BACK,
        past=(Seen("9m59s", graph("12m")), Seen("9m59s", graph("35m"))),
    ),
    row(
        "a lagging replica does not make a live server silent",
        graph("61m"),
        STEPPED_BACK,
        past=(Seen("5m", graph("10m")),),
    ),
    row(
        "nor a single heartbeat",
        graph("76m", None),
        STEPPED_BACK,
        past=(Seen("5m", graph("20m", None)),),
        before=LEARNED,
    ),
    row(
        "a lagging replica hides no silence",
        graph("95m"),
        BOTH_SILENT,
        past=(Seen("5m", graph("61m")),),
    ),
    row(
        "objects stepping back for 10 min: clock suspect",
        graph("35m", "5m"),
        STAYED_BACK,
        past=(Seen("15m", graph("16m")), Seen("10m", graph("35m", "16m"))),
    ),
    row(
        "passwords stepping back for 10 min: clock suspect",
        graph("5m", "35m"),
        STAYED_BACK,
        past=(Seen("15m", graph("16m")), Seen("10m", graph("16m", "35m"))),
    ),
    row(
        "a step back that stays is believed",
        graph("61m"),
        BOTH_SILENT,
        past=(Seen("15m", graph("16m")), Seen("10m", graph("61m"))),
    ),
    row(
        "a step forward again ends it",
        graph("16m"),
        FRESH,
        past=(Seen("15m", graph("16m")), Seen("10m", graph("35m"))),
    ),
]

TABLE = [*BOTH_HEARTBEATS, *STALLS, *SINGLE, *HALF_READ, *NOT_READ, *SWITCHES, *CLOCKS]


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
    assert {verdict for _, (verdict, _, _) in TABLE} == set(Verdict)
    assert {why for _, (_, why, _) in TABLE} == set(Why)


def test_the_total_order_of_verdicts() -> None:
    """One order, from healthy to silent, picks the headline."""
    ordered = sorted(Verdict, key=severity)

    assert ordered == [HEALTHY, LATE, BLIND, SUSPECT, NEVER, OFF, PASSWORD, STALLED, SILENT]
    assert set(KIND_OF) == set(Verdict) - {HEALTHY, LATE}


def test_the_most_severe_finding_is_the_headline_and_the_others_stand_below() -> None:
    """A wrong clock and a silent server are two findings of two kinds; the worse one leads."""
    judged = Case("", graph("90m", "90m", ahead="10m")).judged()

    assert [found.verdict for found in judged.findings] == [SILENT, SUSPECT]
    assert judged.evidence is judged.findings[0].evidence
    assert judged.finding(Kind.CLOCK) is judged.findings[1]
    assert judged.finding(Kind.BLIND) is None
