"""Two servers take turns: one row per rule, the moment at a limit beside the one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.exports import PairMemory
from shared.domain.pair.readings import Source
from shared.domain.pair.roles import fuse
from tests.support.judging import at
from tests.support.pairs import (
    A,
    B,
    C,
    acted,
    handover,
    member,
    view,
)
from tests.support.roles import found, outcome, turns

if TYPE_CHECKING:
    from shared.domain.pair.view import PairView

FIRST, SECOND, THIRD = (A, "9h", "100m"), (B, "80m", "60m"), (A, "40m", "10m")
LATE_SECOND = (B, "80m", "45m")
LONG = (A, "9h", "160m")

TAKING_TURNS = [
    ("one server", turns(FIRST), "-"),
    ("a handover is one change", turns(FIRST, SECOND), "-"),
    ("there and back is two servers, and which is wrong is not known", turns(FIRST, SECOND, THIRD),
     "A B: staging ?"),
    ("the intended one stays", turns(FIRST, SECOND, THIRD, active=A), "A B: staging B"),
    ("but what is set is not believed against who exported alone before the turns",
     turns(FIRST, LATE_SECOND, THIRD, active=B), "A B: staging ?"),
    ("one that exported for a cycle only had not the role",
     turns((A, "130m", "100m"), LATE_SECOND, THIRD, active=B), "A B: staging A"),
    ("a second more, and it had", turns((A, "130m1s", "100m"), LATE_SECOND, THIRD, active=B),
     "A B: staging ?"),
    ("the intended one is overdue: perhaps it stopped, and the other one is all there is",
     turns((A, "9h", "100m"), (B, "80m", "60m"), (A, "46m", "45m1s"), (B, "20m", "10m"), active=A),
     "B A: staging ?"),
    ("a second less, and it is not",
     turns((A, "9h", "100m"), (B, "80m", "60m"), (A, "46m", "45m"), (B, "20m", "10m"), active=A),
     "B A: staging B"),
    ("Connect Health is later to show an export",
     turns(("sync-c", "9h", "9h"), exports=((A, "9h", "120m"), (B, "110m", "100m"),
           (A, "91m", "90m"), (B, "30m", "20m")), active=A), "B A: staging B"),
    ("but not later than that",
     turns(("sync-c", "9h", "9h"), exports=((A, "9h", "120m"), (B, "110m", "100m"),
           (A, "91m", "90m1s"), (B, "30m", "20m")), active=A), "B A: staging ?"),
    ("an intention for a third decides nothing", turns(FIRST, SECOND, THIRD, active=C),
     "A B: staging ?"),
    ("the one that exported last is named first",
     turns(FIRST, SECOND, THIRD, others=((B, "9m", "5m"),)), "B A: staging ?"),
    ("back after exactly two hours is too soon", turns(LONG, (B, "150m", "60m"), (A, "30m", "9m")),
     "A B: staging ?"),
    ("back a second later is a role change", turns(LONG, (B, "150m1s", "60m"), (A, "30m", "9m")),
     "-"),
    ("in a slow cadence the window is four cycles",
     turns((A, "40h", "20h"), (B, "15h", "9h"), (A, "3h", "3h"), cadence="3h"),
     "A B: staging ?"),
    ("and not more", turns((A, "40h", "20h"), (B, "15h1s", "9h"), (A, "3h", "3h"), cadence="3h"),
     "-"),
    ("in a quick cadence it is two hours",
     turns(LONG, (B, "150m", "60m"), (A, "30m", "9m"), cadence="10m"), "A B: staging ?"),
    ("it lasts two hours", turns(LONG, (B, "150m", "125m"), (A, "120m", "5m")), "A B: staging ?"),
    ("and not longer", turns(LONG, (B, "150m", "125m"), (A, "120m1s", "5m")), "-"),
    ("three servers in a ring", turns(FIRST, (B, "80m", "80m"), (C, "60m", "60m"), THIRD),
     "A C B: staging ?"),
    ("of three, two of them wrong, which to put into staging is not one",
     turns(FIRST, (B, "80m", "80m"), (C, "60m", "60m"), THIRD, active=A), "A C B: staging ?"),
    ("a third that takes over does not end it",
     turns(FIRST, SECOND, THIRD, (C, "5m", "4m")), "A B: staging ?"),
    ("by any spelling", turns(("sync-a.contoso.com", "9h", "100m"), SECOND, THIRD, active="Sync-A"),
     "A B: staging B"),
    ("one of them was put into staging since, and its next export is overdue: it is over",
     turns(FIRST, SECOND, THIRD, members=(member(B, configured="59m"),)), "-"),
    ("its flag is of before its newest export: it is not over",
     turns(FIRST, SECOND, THIRD, members=(member(B, configured="60m"),)), "A B: staging ?"),
    ("its next export is not overdue: the flag may be wrong",
     turns(FIRST, (B, "80m", "45m"), THIRD, members=(member(B, configured="44m"),)),
     "A B: staging ?"),
    ("one of three was put into staging: two are left",
     turns(FIRST, (B, "80m", "80m"), (C, "60m", "60m"), THIRD,
           members=(member(C, configured="59m"),)), "A C B: staging ?"),
    ("an earlier handover and failback do not hide it",
     turns((A, "20h", "9h"), (B, "8h", "7h"), (A, "6h", "100m"), SECOND, THIRD), "A B: staging ?"),
    ("in a ring the time counts from when the first one lost the role",
     turns(LONG, (B, "150m", "100m"), (C, "60m", "60m"), (A, "20m", "10m")), "-"),
    ("staging of another server excuses nothing",
     turns(FIRST, SECOND, THIRD, handovers=(handover(C, B, "80m", settled="50m"),)),
     "A B: staging ?"),
    ("staging seen at the very return is in time",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "80m", settled="40m"),)), "-"),
    ("two sources may date that handover apart by the longest lag",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "350m", settled="50m"),)), "-"),
    ("and not by more",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "350m1s", settled="50m"),)),
     "A B: staging ?"),
    ("two sources that date one handover apart are no alternation",
     turns((A, "9h", "30m"), (B, "20m", "10m"), others=((A, "9h", "25m"), (B, "34m", "9m"))), "-"),
    ("one export within what the times of two sources may differ by has no order",
     turns((B, "9h", "10m"), others=((A, "25m", "25m"),)), "-"),
    ("beyond that it is in between: two servers export",
     turns((B, "9h", "10m"), others=((A, "25m1s", "25m1s"),)), "B A: staging ?"),
    ("nor does the first of the three exports have an order so near",
     turns((A, "55m", "5m"), others=((B, "40m", "40m"),)), "-"),
    ("a second more, and it was before",
     turns((A, "55m1s", "5m"), others=((B, "40m", "40m"),)), "A B: staging ?"),
    ("the clock of Connect Health is not compared with Entra's",
     turns((B, "9h", "10m"), exports=((A, "40m", "40m"),)), "-"),
    ("a role that two sources show back after more than the window is no alternation",
     turns((A, "9h", "9h"), (A, "5m", "5m"), others=((B, "130m", "50m"),)), "-"),
    ("a planned failback after staging was seen is a role change",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "80m", settled="50m"),)), "-"),
    ("staging that was seen only after the return excuses nothing",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "80m", settled="39m"),)),
     "A B: staging ?"),
    ("staging after an older handover excuses nothing",
     turns(FIRST, SECOND, THIRD, handovers=(handover(A, B, "9h", settled="8h"),)),
     "A B: staging ?"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in TAKING_TURNS]
)
def test_servers_that_take_turns_are_two_active_servers(pair: PairView, expected: str) -> None:
    """A to B is a handover; A to B to A within the window is two servers that export."""
    assert outcome(pair) == expected


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


def test_it_began_with_a_turn_that_the_window_just_holds() -> None:
    """Turns belong together as long as they follow each other within the window."""
    pair = turns(LONG, (B, "150m", "60m"), (A, "30m", "9m"), active=A)

    assert found(pair).since == at("150m")


def test_a_server_that_was_put_into_staging_is_not_called_active() -> None:
    """Of three that exported two are left."""
    ring = [FIRST, (B, "80m", "80m"), (C, "60m", "60m"), THIRD]
    roles = fuse(turns(*ring, members=(member(C, configured="59m"),)))

    assert [(each.name, each.role) for each in roles.servers] == [
        (A, "active"),
        (B, "active"),
        (C, "staging"),
    ]


def test_the_newest_of_two_alternations_is_told() -> None:
    """Each source may show one."""
    older = ((A, "9h", "110m"), (B, "100m", "95m"), (A, "90m", "85m"))

    assert found(turns(FIRST, SECOND, THIRD, others=older)).since == at("40m")
    assert found(turns(*older, others=(FIRST, SECOND, THIRD))).since == at("40m")


def test_the_evidence_of_two_sources_names_both() -> None:
    """Each export stands with the source that showed it."""
    stated = found(turns((B, "9h", "10m"), others=((A, "40m", "40m"),))).statements

    assert [(each.text, each.source) for each in stated] == [
        ("SYNC-B exported", Source.SYNC_CONFIGURATION),
        ("SYNC-A exported before that", Source.AUDITS),
        ("SYNC-B exported before that", Source.SYNC_CONFIGURATION),
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
    past = [(A, "20h", "16h"), (B, "15h", "12h")]
    rounds = [*past, (A, "9h", "100m"), (B, "90m", "90m"), (A, "70m", "70m"), (B, "50m", "50m")]
    pair = turns(*rounds, (A, "30m", "30m"), active=active)

    assert found(pair).since == at(since)


@pytest.mark.parametrize(
    ("exporter", "last", "expected"),
    [
        pytest.param(B, "45m1s", "-", id="it missed a cycle, and the other one went on"),
        pytest.param(B, "45m", "B A: staging B", id="it is not overdue"),
        pytest.param(A, "45m1s", "B A: staging ?", id="it is named again, undated as yet"),
    ],
)
def test_it_is_over_when_a_newer_read_shows_only_one(
    exporter: str, last: str, expected: str
) -> None:
    """By the source that names every exporter."""
    runs = ((A, "9h", "100m"), (B, "80m", "60m"), (A, last, last), (B, "40m", "10m"))
    memory = PairMemory(configuration=tuple(acted(*run) for run in runs), named_read_at=at("0m"))

    assert outcome(view(memory=memory, exporter=exporter, active=A)) == expected


@pytest.mark.parametrize(("read", "expected"), [("15m", "?"), ("15m1s", "B")])
def test_connect_health_is_not_waited_for_where_the_exporter_is_named_at_once(
    read: str, expected: str
) -> None:
    """SYNC-A exported an hour ago by Connect Health, which may show a newer one late."""
    runs = ((A, "9h", "100m"), (B, "80m", "80m"), (A, "61m", "61m"), (B, "50m", "35m"))
    memory = PairMemory(
        configuration=tuple(acted(*run) for run in runs),
        exports=(acted(A, "60m"),),
        named_read_at=at(read),
    )

    assert outcome(view(memory=memory, active=A)) == f"B A: staging {expected}"
