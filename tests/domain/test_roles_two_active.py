"""Two servers take turns: one row per rule, the moment at a limit beside the one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.pair_readings import Source
from shared.domain.roles import fuse
from tests.support.judging import at
from tests.support.pairs import (
    A,
    B,
    C,
    handover,
    member,
)
from tests.support.roles import found, outcome, turns

if TYPE_CHECKING:
    from shared.domain.pair_view import PairView

FIRST, SECOND, THIRD = (A, "9h", "100m"), (B, "80m", "60m"), (A, "40m", "10m")
LONG = (A, "9h", "160m")

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
