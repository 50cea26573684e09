"""How fast failovers were: the phases of one outage or drill, and the trend over many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.drills.drill import Drill, DrillEnd
from shared.domain.history import rto
from shared.domain.history.past import Past
from shared.domain.verdicts import Kind
from tests.support.incidents import SILENT, START, minute

B = "SYNC-B"
DRILL = Drill("20260314-0300-k7q2m9xw4r", START, active_before="SYNC-A")


def drilled(detect: float, decide: float, switched: float, back: float, at: float = 0) -> Drill:
    """A drill that recovered, with its marks in minutes after its start."""
    return replace(
        DRILL,
        id=f"{DRILL.id}{at:g}",
        started_at=minute(at),
        detected_at=minute(at + detect),
        decided_at=minute(at + decide),
        switched_at=minute(at + switched),
        switched_to=B,
        recovered_at=minute(at + back),
        ended_at=minute(at + back + 30),
        end=DrillEnd.RECOVERED,
    )


def outage(at: float = 0, **changes: Any) -> Past:
    """A closed outage that began so many minutes after the start."""
    made = Past(
        id=f"20260314-0400-{at:g}",
        kind=Kind.SYNC,
        verdict=SILENT,
        worst=SILENT,
        opened_at=minute(at + 60),
        since=minute(at),
        gone_at=minute(at + 95),
        resolved_at=minute(at + 125),
        first_acknowledged_at=minute(at + 70),
        switched_at=minute(at + 90),
        switched_to=B,
    )
    return replace(made, **changes)


def spans(found: rto.Rto) -> tuple[float | None, ...]:
    """The phases in minutes: detect, decide, switch, total."""
    every = (found.detect, found.decide, found.switch, found.total)
    return tuple(None if span is None else span / timedelta(minutes=1) for span in every)


def test_the_phases_follow_each_other() -> None:
    """From the start or the last sign of life to detection, decision, switch; and the whole."""
    assert spans(rto.of(drilled(60, 65, 80, 85))) == (60, 5, 15, 85)
    assert spans(rto.of(outage())) == (60, 10, 20, 95)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"first_acknowledged_at": None}, (60, None, 30, 95)),
        ({"first_acknowledged_at": None, "switching_at": minute(75)}, (60, 15, 15, 95)),
        ({"switching_at": minute(65)}, (60, 5, 25, 95)),
        ({"switched_at": None, "switched_to": ""}, (60, 10, None, 95)),
        ({"first_acknowledged_at": minute(94)}, (60, None, 30, 95)),
        ({"switched_at": minute(40)}, (None, None, 40, 95)),
        ({"gone_at": None}, (60, 10, 20, 125)),
        ({"gone_at": None, "resolved_at": None}, (60, 10, 20, None)),
        ({"first_acknowledged_at": minute(50)}, (60, None, 40, 95)),
    ],
    ids=[
        "nobody took it",
        "switching is a decision",
        "the earlier of the two",
        "no switch was seen",
        "taken after the switch",
        "switched before it was detected",
        "no beat, so the close",
        "not over",
        "a clock was wrong",
    ],
)
def test_a_phase_without_its_end_is_not_guessed(
    changes: dict[str, Any], expected: tuple[float | None, ...]
) -> None:
    """None is not zero; what came after the switch did not lead to it."""
    assert spans(rto.of(outage(**changes))) == expected


def test_the_slowest_phase_is_named() -> None:
    """That is where practice helps."""
    assert rto.of(drilled(60, 65, 80, 85)).slowest == "detect"
    assert rto.of(drilled(5, 65, 80, 85)).slowest == "decide"
    assert rto.of(drilled(5, 6, 80, 85)).slowest == "switch"
    assert rto.Rto().slowest == ""


def test_the_trend_is_newest_first_and_compares_five_with_five() -> None:
    """Medians: one outage at night does not hide what practice changed."""
    newest = [drilled(10, 12, 20, 25, at) for at in (5_000, 6_000, 7_000, 8_000)]
    slow = outage(9_000)
    older = [outage(at) for at in (10, 1_000, 2_000, 3_000, 4_000)]
    forgotten = [drilled(200, 201, 202, 203, -at) for at in range(1_000, 9_000, 1_000)]
    items: list[Past | Drill] = [*older, slow, *forgotten, *newest]
    trend = rto.trend(items)

    began = [item.began_at for item in trend.items]
    assert began == sorted(began, reverse=True)
    assert len(trend.items) == 18
    assert [item.drill for item in trend.items][:2] == [False, True]
    assert spans(trend.now) == (10, 2, 8, 25)
    assert spans(trend.before) == (60, 10, 20, 95)


def test_the_trend_tells_nothing_twice_and_nothing_empty() -> None:
    """An outage of a drill is told by it; what says nothing of a failover is left out."""
    drill = drilled(10, 12, 20, 25)
    its_own = outage(1, drill=drill.id)
    items: list[Past | Drill] = [
        drill,
        its_own,
        outage(2, drill="of a drill that retention has taken"),
        outage(3, kind=Kind.STANDBY),
        outage(4, obsolete=True),
        replace(DRILL, id="stopped-at-once", ended_at=START, end=DrillEnd.STOPPED),
    ]

    assert {item.id for item in rto.trend(items).items} == {drill.id, "20260314-0400-2"}


def test_no_outage_has_no_trend() -> None:
    """And no medians: unknown is not fast."""
    assert rto.trend([]) == rto.Trend()
    assert spans(rto.Trend().now) == (None, None, None, None)


@given(st.lists(st.integers(0, 10_000), max_size=12, unique=True), st.randoms())
def test_the_trend_does_not_depend_on_the_order_in_which_rows_are_read(
    starts: list[int], random: Any
) -> None:
    """The past is one range read, but nobody promises its order."""
    items: list[Past | Drill] = [outage(at) if at % 2 else drilled(1, 2, 3, 4, at) for at in starts]
    mixed = list(items)
    random.shuffle(mixed)

    assert rto.trend(mixed) == rto.trend(items)
