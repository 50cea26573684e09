"""Two servers export: one row per rule, the moment at a limit beside the one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.exports import PairMemory, sequences
from shared.domain.pair_readings import Source, server_key
from shared.domain.roles import fuse
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

if TYPE_CHECKING:
    from shared.domain.exports import Handover
    from shared.domain.pair_readings import HealthMember
    from shared.domain.pair_view import PairView, TwoActive

Run = tuple[str, str, str]


def turns(
    *runs: Run,
    cadence: str = "30m",
    active: str = "",
    handovers: tuple[Handover, ...] = (),
    members: tuple[HealthMember, ...] = (),
    others: tuple[Run, ...] = (),
) -> PairView:
    """What `sync_configuration` showed, oldest first, and what the audits showed (`others`)."""
    memory = PairMemory(
        configuration=tuple(acted(*run) for run in runs),
        audits=tuple(acted(*run) for run in others),
        handovers=handovers,
    )
    return view(*members, memory=memory, cadence=cadence, active=active, objects=runs[-1][2])


def outcome(pair: PairView) -> str:
    """Say who exports and whom to put into staging, as "A B: staging B"; "-" is nobody."""
    found = fuse(pair).two_active
    if found is None:
        return "-"
    names = " ".join(name.removeprefix("SYNC-") for name in found.servers)
    came = "returned, " if found.returned else ""
    return f"{names}: {came}staging {found.to_staging.removeprefix('SYNC-') or '?'}"


FIRST, SECOND, THIRD = (A, "9h", "100m"), (B, "80m", "60m"), (A, "40m", "10m")

TAKING_TURNS = [
    ("one server", turns(FIRST), "-"),
    ("a handover is one change", turns(FIRST, SECOND), "-"),
    ("there and back is two servers, and which is wrong is not known", turns(FIRST, SECOND, THIRD),
     "A B: staging ?"),
    ("the intended one stays", turns(FIRST, SECOND, THIRD, active=A), "A B: staging B"),
    ("also if it is the one that did not come back", turns(FIRST, SECOND, THIRD, active=B),
     "A B: staging A"),
    ("an intention for a third decides nothing", turns(FIRST, SECOND, THIRD, active=C),
     "A B: staging ?"),
    ("the one that exported last is named first",
     turns(FIRST, SECOND, THIRD, others=((B, "9m", "5m"),)), "B A: staging ?"),
    ("back after exactly two hours is too soon", turns(FIRST, (B, "150m", "60m"), (A, "30m", "9m")),
     "A B: staging ?"),
    ("back a second later is a role change", turns(FIRST, (B, "150m1s", "60m"), (A, "30m", "9m")),
     "-"),
    ("in a slow cadence the window is four cycles",
     turns((A, "40h", "20h"), (B, "15h", "9h"), (A, "3h", "3h"), cadence="3h"),
     "A B: staging ?"),
    ("and not more", turns((A, "40h", "20h"), (B, "15h1s", "9h"), (A, "3h", "3h"), cadence="3h"),
     "-"),
    ("it lasts two hours", turns(FIRST, (B, "150m", "125m"), (A, "120m", "5m")), "A B: staging ?"),
    ("and not longer", turns(FIRST, (B, "150m", "125m"), (A, "120m1s", "5m")), "-"),
    ("three servers in a ring", turns(FIRST, (B, "80m", "80m"), (C, "60m", "60m"), THIRD),
     "A C B: staging ?"),
    ("of three, two of them wrong, which to put into staging is not one",
     turns(FIRST, (B, "80m", "80m"), (C, "60m", "60m"), THIRD, active=A), "A C B: staging ?"),
    ("a third that takes over does not end it",
     turns(FIRST, SECOND, THIRD, (C, "5m", "4m")), "A B: staging ?"),
    ("two sources, each with its lag, are no alternation",
     turns((A, "9h", "30m"), (B, "20m", "10m"), others=((B, "70m", "50m"), (A, "40m", "25m"))),
     "-"),
    ("a planned failback after staging was seen is a role change",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "80m", settled="50m"),)), "-"),
    ("staging that was seen only after the return excuses nothing",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "80m", settled="39m"),)),
     "A B: staging ?"),
    ("staging after an older handover excuses nothing",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "9h", settled="8h"),)),
     "A B: staging ?"),
]  # fmt: skip

OVER = handover(A, B, "5h", failover=True)
BACK = ((A, "9h", "6h"), (B, "5h", "40m"), (A, "20m", "10m"))
GAVE_UP = member(B, configured="30m")

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
     "A B: returned, staging A"),
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
           handovers=(OVER, handover(B, A, "20m", failover=True))), "A B: returned, staging A"),
    ("without a failover nobody gave the role back, either",
     turns((A, "9h", "6h"), (B, "5h", "80m"), (A, "20m", "10m"),
           handovers=(OVER, handover(B, A, "20m"))), "A B: returned, staging A"),
    ("named alone for the window: the other one does not export any more",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "131m", "10m"), handovers=(OVER,)), "-"),
    ("alone for exactly the window is not longer than the window",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (A, "130m", "10m"), handovers=(OVER,)),
     "A B: returned, staging A"),
    ("the role had been handed on: to the holder of today",
     turns((A, "9h", "6h"), (B, "5h", "4h"), (C, "3h", "30m"), (A, "20m", "10m"),
           handovers=(OVER, handover(B, C, "3h"))), "A C: returned, staging A"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in TAKING_TURNS]
)
def test_servers_that_take_turns_are_two_active_servers(pair: PairView, expected: str) -> None:
    """A to B is a handover; A to B to A within the window is two servers that export."""
    assert outcome(pair) == expected


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in RETURNED]
)
def test_a_former_active_server_that_exports_again_has_returned(
    pair: PairView, expected: str
) -> None:
    """After a failover nobody may count on that it stays off."""
    assert outcome(pair) == expected


def found(pair: PairView) -> TwoActive:
    """The finding, which must be there."""
    two = fuse(pair).two_active
    assert two is not None
    return two


def test_the_evidence_of_taking_turns_is_the_turns_newest_first() -> None:
    """Each with the source that showed them all."""
    stated = found(turns(FIRST, SECOND, THIRD)).statements

    assert [each.text for each in stated] == [
        "SYNC-A exported",
        "SYNC-B exported before that",
        "SYNC-A exported before that",
    ]
    assert [each.at for each in stated] == [at("10m"), at("60m"), at("100m")]
    assert {each.source for each in stated} == {Source.SYNC_CONFIGURATION}


def test_the_evidence_of_a_return_is_the_export_and_the_failover() -> None:
    """Whoever reads the card sees when the role went over, and that both export."""
    stated = found(turns(*BACK, handovers=(OVER,))).statements

    assert [(each.text, each.at) for each in stated] == [
        ("SYNC-A exported", at("10m")),
        ("SYNC-B took over from SYNC-A", at("5h")),
        ("SYNC-B exported", at("40m")),
    ]


@pytest.mark.parametrize(
    ("active", "since"),
    [
        pytest.param("", "70m", id="nobody knows which: when the role came back first"),
        pytest.param(A, "90m", id="the other one should never have exported"),
        pytest.param(B, "70m", id="this one should not have exported again"),
    ],
)
def test_it_began_with_the_first_export_that_should_not_have_been(active: str, since: str) -> None:
    """And not with the newest of the alternation."""
    rounds = [(A, "9h", "100m"), (B, "90m", "90m"), (A, "70m", "70m"), (B, "50m", "50m")]
    pair = turns(*rounds, (A, "30m", "30m"), active=active)

    assert found(pair).since == at(since)


def test_a_return_began_with_the_first_export_after_the_failover() -> None:
    """As the source shows it that saw both."""
    assert found(turns(*BACK, handovers=(OVER,))).since == at("20m")


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
