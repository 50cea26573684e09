"""The former active server exports again after a failover: one row per rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.exports import PairMemory, sequences
from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import Role
from shared.domain.pair.roles import fuse
from tests.support.judging import at
from tests.support.pairs import (
    A,
    B,
    C,
    Tick,
    acted,
    handover,
    member,
    named,
    readings,
    recall,
    view,
)
from tests.support.roles import found, outcome, turns

if TYPE_CHECKING:
    from shared.domain.pair.view import PairView

OVER = handover(A, B, "5h", failover=True)
BACK = ((A, "9h", "6h"), (B, "5h", "40m"), (A, "20m", "10m"))
TURNS = ((A, "9h", "60m"), (B, "50m", "40m"), (A, "20m", "10m"))
GAVE_UP = member(B, configured="30m")
LATELY = ((B, "20h", "40m"), (A, "20m", "10m"))
FAILED_BACK = (handover(A, B, "9d", failover=True), handover(B, A, "8d"))
LONG_AGO = handover(A, B, "49h", failover=True)

HOUR_AGO = handover(A, B, "60m", failover=True)
UNTIL_NOW = ((A, "9h", "6h"), (B, "60m", "10m"))

SILENT = ((A, "9h", "6h"), (B, "5h", "80m"), (A, "20m", "10m"))
WEEK_AGO = handover(A, B, "9d", failover=True)

RETURNED = [
    ("the former active server exports again: at the first read", turns(*BACK, handovers=(OVER,)),
     "A B: returned, staging A"),
    ("whatever the settings still say", turns(*BACK, handovers=(OVER,), active=A),
     "A B: returned, staging A"),
    ("it does not: nothing", turns(*BACK[:2], handovers=(OVER,)), "-"),
    ("after a planned handover there is no fence", turns(*BACK, handovers=(handover(A, B, "5h"),)),
     "-"),
    ("the fence ends when staging was seen",
     turns(*BACK, handovers=(handover(A, B, "5h", failover=True, settled="4h"),)), "-"),
    ("the fence lasts thirty days",
     turns(*BACK, handovers=(handover(A, B, "30d", failover=True),)), "A B: returned, staging A"),
    ("the fence lasts not longer",
     turns(*BACK, handovers=(handover(A, B, "30d 1s", failover=True),)), "-"),
    ("the finding lasts two hours from the newest export",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "3h", "2h"), handovers=(OVER,)),
     "A B: returned, staging ?"),
    ("and not longer",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "3h", "120m1s"), handovers=(OVER,)), "-"),
    ("another source shows it, which never saw the other server",
     turns((A, "9h", "6h"), (B, "5h", "10m"), others=((A, "20m", "20m"), ), handovers=(OVER,)),
     "B A: returned, staging A"),
    ("a late entry of before the failover is no return",
     turns((A, "9h", "6h"), (B, "60m", "10m"), others=((A, "9h", "45m"), ),
           handovers=(handover(A, B, "60m", failover=True),)), "-"),
    ("a second later than that it is",
     turns((A, "9h", "6h"), (B, "60m", "10m"), others=((A, "9h", "44m59s"), ),
           handovers=(handover(A, B, "60m", failover=True),)), "B A: returned, staging A"),
    ("so soon after the failover another source's time has no order",
     turns(*UNTIL_NOW, others=((A, "50m", "50m"),), handovers=(HOUR_AGO,)), "-"),
    ("unless it shows the other server in between",
     turns(*UNTIL_NOW, exports=((B, "75m", "75m"), (A, "50m", "50m")), handovers=(HOUR_AGO,)),
     "B A: returned, staging A"),
    ("which it does not by an export of long before",
     turns(*UNTIL_NOW, exports=((B, "75m1s", "75m1s"), (A, "50m", "50m")), handovers=(HOUR_AGO,)),
     "-"),
    ("nor is an export of just before the failover a return",
     turns(*UNTIL_NOW, exports=((B, "70m", "70m"), (A, "65m", "65m")), handovers=(HOUR_AGO,)), "-"),
    ("the former active server was never parted in the source that shows it now",
     turns((A, "9h", "10m"), others=((B, "60m", "60m"),), handovers=(HOUR_AGO,)),
     "A B: returned, staging ?"),
    ("its exports are too old to say anything about today",
     turns((B, "9d", "9d"), (A, "8d", "8d"), handovers=(handover(A, B, "10d", failover=True),),
           members=(member(A),)), "-"),
    ("who took over exported since the return, so no flag excuses it",
     turns(*BACK, (B, "5m", "5m"), handovers=(OVER,), members=(member(B, configured="2m"),)),
     "B A: returned, staging A"),
    ("nor does it that one source names the former one alone",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "131m", "10m"), handovers=(OVER,),
           others=((B, "120m", "120m"),)), "A B: returned, staging ?"),
    ("unless that export was longer ago than the window",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "131m", "10m"), handovers=(OVER,),
           others=((B, "120m1s", "120m1s"),)), "-"),
    ("who took over is in staging mode since before the failover, so far as is known",
     turns((A, "20m", "10m"), handovers=(WEEK_AGO,), members=(member(B, configured="10d"),)),
     "A B: returned, staging ?"),
    ("and since after it: a failback",
     turns((A, "20m", "10m"), handovers=(WEEK_AGO,), members=(member(B, configured="8d"),)), "-"),
    ("who had taken over before that is no matter",
     turns(*BACK, handovers=(handover(B, C, "9h"), OVER)), "A B: returned, staging A"),
    ("the newest server that took over has the role, whoever gave it away",
     turns((B, "5h", "4h"), (A, "3h", "150m"), (C, "2h", "40m"), (A, "20m", "10m"),
           handovers=(OVER, handover(A, C, "2h"))), "A C: returned, staging A"),
    ("a failover of before the failover gave nothing back",
     turns(*SILENT, handovers=(handover(B, A, "12h", failover=True), OVER)),
     "A B: returned, staging ?"),
    ("nor did a failover from a third server",
     turns(*SILENT, handovers=(OVER, handover(C, A, "20m", failover=True))),
     "A B: returned, staging ?"),
    ("nor one to a third server",
     turns(*SILENT, handovers=(OVER, handover(B, C, "4h", failover=True, settled="210m"),
                               handover(C, B, "3h"))),
     "A B: returned, staging ?"),
    ("who took over was silent for as long as anything is known: a failover, too",
     turns((A, "20m", "10m"), handovers=(WEEK_AGO, handover(B, A, "20m", failover=True))), "-"),
    ("of two failovers the newest names who returned",
     turns((C, "5h", "40m"), (B, "20m", "10m"), others=((A, "15m", "15m"),),
           handovers=(handover(A, B, "9h", failover=True), handover(B, C, "5h", failover=True))),
     "B C: returned, staging B"),
    ("the one that took over was put into staging: a failback",
     turns(*BACK, handovers=(OVER,), members=(GAVE_UP,)), "-"),
    ("in staging, but it exported since, too",
     turns(*BACK, (B, "5m", "5m"), handovers=(OVER,), members=(GAVE_UP,)),
     "B A: returned, staging A"),
    ("its flag of before the failover says nothing",
     turns(*BACK, handovers=(OVER,), members=(member(B, configured="6h"),)),
     "A B: returned, staging A"),
    ("it fell silent, and the role was given back: a failover, too",
     turns((A, "9h", "6h"), (B, "5h", "80m"), (A, "20m", "10m"),
           handovers=(OVER, handover(B, A, "20m", failover=True))), "-"),
    ("it did not fall silent, so nobody gave the role back",
     turns((A, "9h", "6h"), (B, "5h", "79m"), (A, "20m", "10m"),
           handovers=(OVER, handover(B, A, "20m", failover=True))), "A B: returned, staging ?"),
    ("without a failover nobody gave the role back, either",
     turns((A, "9h", "6h"), (B, "5h", "80m"), (A, "20m", "10m"),
           handovers=(OVER, handover(B, A, "20m"))), "A B: returned, staging ?"),
    ("named alone for the window: the other one does not export any more",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "131m", "10m"), handovers=(OVER,)), "-"),
    ("alone for exactly the window is not longer than the window",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "130m", "10m"), handovers=(OVER,)),
     "A B: returned, staging ?"),
    ("the role had been handed on: to the holder of today",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (C, "3h", "30m"), (A, "20m", "10m"),
           handovers=(OVER, handover(B, C, "3h"))), "A C: returned, staging A"),
    ("it had the role again for a day, and handed it over: that failover is history",
     turns(*LATELY, handovers=(*FAILED_BACK, handover(A, B, "7d"))), "-"),
    ("for less than a day it may have been one of two that export",
     turns(*LATELY, handovers=(*FAILED_BACK, handover(A, B, "7d 1s"))),
     "A B: returned, staging A"),
    ("that it had the role before the failover is no matter",
     turns(*LATELY, handovers=(handover(B, A, "11d"), handover(A, B, "9d", failover=True))),
     "A B: returned, staging A"),
    ("only the newest time that it had the role counts",
     turns(*LATELY, handovers=(*FAILED_BACK, handover(A, B, "191h"), handover(A, B, "6d"))),
     "A B: returned, staging A"),
    ("that another server had the role for days is no matter",
     turns(*LATELY, handovers=(*FAILED_BACK, handover(B, C, "6d"))),
     "A B: returned, staging A"),
    ("nobody else was shown for a day: the role was given back",
     turns((B, "50h", "25h"), handovers=(LONG_AGO,),
           others=((B, "50h", "25h"), (A, "24h", "0m"))), "-"),
    ("for less than a day the other one may only have had nothing to change",
     turns((B, "50h", "25h"), handovers=(LONG_AGO,),
           others=((B, "50h", "25h"), (A, "24h", "1s"))), "A B: returned, staging ?"),
    ("the day counts from the newest export of the other one",
     turns((B, "50h", "31h"), handovers=(LONG_AGO,),
           others=((B, "50h", "31h"), (A, "30h", "21h"), (B, "20h", "20h"), (A, "19h", "0m"))),
     "A B: returned, staging ?"),
    ("who took over is not overdue: its next export may take a cycle and a quarter of an hour",
     turns((A, "9h", "6h"), (B, "5h", "45m"), (A, "20m", "10m"), handovers=(OVER,)),
     "A B: returned, staging A"),
    ("a second more, and perhaps it stopped: then nobody may be told to stop the other one",
     turns((A, "9h", "6h"), (B, "5h", "45m1s"), (A, "20m", "10m"), handovers=(OVER,)),
     "A B: returned, staging ?"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in RETURNED]
)
def test_a_former_active_server_that_exports_again_has_returned(
    pair: PairView, expected: str
) -> None:
    """After a failover nobody may count on that it stays off."""
    assert outcome(pair) == expected


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(
            turns(*TURNS, members=(member(B),)),
            id="taking turns",
        ),
        pytest.param(turns(*BACK, handovers=(OVER,), members=(member(B),)), id="returned"),
    ],
)
def test_both_of_two_that_export_are_active_and_one_of_them_is_the_active_one(
    pair: PairView,
) -> None:
    """Whatever `StagingMode` says; the other one stays in the list of the standbys."""
    roles = fuse(pair)

    shown = [(each.name, each.role, each.basis) for each in roles.servers]
    assert shown == [(name, Role.ACTIVE, Source.SYNC_CONFIGURATION) for name in (A, B)]
    assert roles.active is roles.servers[0]
    assert roles.standbys == roles.servers[1:]


def test_a_server_that_nobody_saw_export_of_late_is_not_called_active() -> None:
    """The finding stands by the failover, the role by an export of the last seven days."""
    fence = handover(A, B, "9d", failover=True)
    roles = fuse(turns((A, "20m", "10m"), handovers=(fence,), members=(member(B, staging=None),)))

    assert roles.two_active is not None
    assert roles.two_active.servers == (A, B)
    assert [(each.name, each.role) for each in roles.servers] == [(A, "active"), (B, "unknown")]


def test_the_evidence_of_a_return_is_the_export_and_the_failover() -> None:
    """Whoever reads the card sees when the role went over, and that both export."""
    over = handover("sync-a.contoso.com", "sync-b.contoso.com", "5h", failover=True)
    stated = found(turns(*BACK, handovers=(over,))).statements

    assert [(each.text, each.at) for each in stated] == [
        ("SYNC-A exported", at("10m")),
        ("SYNC-B took over from SYNC-A", at("5h")),
        ("SYNC-B exported", at("40m")),
    ]


@pytest.mark.parametrize(
    ("pair", "since"),
    [
        pytest.param(turns(*BACK, handovers=(OVER,)), "20m", id="the source that saw both"),
        pytest.param(
            turns(*UNTIL_NOW, others=((A, "30m", "20m"),), handovers=(HOUR_AGO,)),
            "30m",
            id="one that saw only the returned server",
        ),
        pytest.param(
            turns(*UNTIL_NOW, others=((A, "9h", "20m"),), handovers=(HOUR_AGO,)),
            "20m",
            id="one that saw it before, too: all that is sure is its newest",
        ),
        pytest.param(
            turns(*BACK, others=((A, "30m", "30m"),), handovers=(OVER,)),
            "30m",
            id="the earliest of all",
        ),
    ],
)
def test_a_return_began_with_the_first_export_after_the_failover(
    pair: PairView, since: str
) -> None:
    """As the sources show it that are sure of it."""
    assert found(pair).since == at(since)


def test_the_whole_story_of_a_return() -> None:
    """SYNC-A falls silent, SYNC-B takes over, SYNC-A is back: named by the tick that reads it."""

    def tick(ago: str, server: str, objects: str, *, silent: bool = False) -> Tick:
        return Tick(ago, readings(exporter=named(server, ago)), objects, silent)

    memory = recall(
        tick("6h", A, "370m"),
        tick("5h", A, "370m", silent=True),
        tick("280m", B, "285m", silent=True),
        tick("30m", B, "40m"),
    )
    before = view(memory=memory, active=A)
    memory = recall(tick("0m", A, "6m"), memory=memory)

    assert outcome(before) == "-"
    assert outcome(view(memory=memory, active=A)) == "A B: returned, staging A"


def test_the_fence_outlives_two_servers_that_take_turns_for_hours() -> None:
    """The finding stays "returned" although each turn is another change of the exporter."""
    memory = PairMemory(
        configuration=(acted(A, "9h", "6h"), acted(B, "5h", "4h")), handovers=(OVER,)
    )
    for minutes in range(230, -1, -10):
        server = A if minutes // 10 % 2 else B
        said = readings(exporter=named(server, f"{minutes}m"))
        memory = recall(Tick(f"{minutes}m", said, f"{minutes}m"), memory=memory)

    assert outcome(view(memory=memory, active=A)) == "B A: returned, staging A"
    assert all(len(runs) <= 12 for _, runs in sequences(memory))
    assert len(memory.handovers) <= 5
    assert server_key(memory.handovers[0].after) == server_key(B)
