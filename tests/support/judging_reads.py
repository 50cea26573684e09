"""Rows of the judging table: what was read only by half, not at all, or cannot be right."""

from __future__ import annotations

from shared.domain.tenant.detector import Policy
from tests.support.judging import DOWN, UNREAD, Seen, graph, span, watching
from tests.support.judging_outcomes import (
    BOTH_LATE,
    BOTH_SILENT,
    CLOCKS_DIFFER,
    FRESH,
    IN_THE_FUTURE,
    LEARNED,
    NO_SYNC_YET,
    OBJECTS_STALLED_PASSWORD_UNREAD,
    PASSWORD_UNREAD,
    PASSWORDS_STALLED,
    READ_BEFORE,
    READ_FAILED,
    STAYED_BACK,
    STEPPED_BACK,
    SWITCHED_OFF,
    UNREADABLE,
    row,
)

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
