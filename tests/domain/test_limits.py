"""The limits: the cadence, and the ages at which something is silent or stalled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.tenant.detector import Policy, cadence, single_limit, stalled_limit
from shared.domain.tenant.heartbeats import Heartbeat, Memory, WidestGap
from tests.support.judging import NOW, Seen, graph, recall, span, watching

READ_BEFORE = (Seen("5m", graph("35m", "35m")),)


# -- cadence and limits --------------------------------------------------------------------------


def gaps(*minutes: int, widest: int = 0) -> Memory:
    """A memory that learned these gaps."""
    seconds = tuple(60 * m for m in minutes)
    day = (WidestGap(NOW.date(), 60 * widest),) if widest else ()
    beat = Heartbeat(gaps=len(seconds), recent_gaps=seconds, widest_gaps=day)
    return Memory(started_at=NOW, objects=beat)


@pytest.mark.parametrize(
    ("memory", "policy", "expected"),
    [
        pytest.param(gaps(), Policy(), "30m", id="default"),
        pytest.param(gaps(*[180] * 9), Policy(), "30m", id="nine gaps teach nothing"),
        pytest.param(gaps(*[180] * 10), Policy(), "3h", id="ten gaps teach the median"),
        pytest.param(gaps(*[30] * 9, 900), Policy(), "30m", id="one long gap is no rhythm"),
        pytest.param(gaps(*[5] * 10), Policy(), "30m", id="busy beats do not narrow it"),
        pytest.param(gaps(*[180] * 10), Policy(sync_interval=span("1h")), "1h", id="set wins"),
    ],
)
def test_the_cadence_is_set_or_learned_or_the_default(
    memory: Memory, policy: Policy, expected: str
) -> None:
    """As set, else the median of ten or more gaps, else 30 minutes; learned never below that."""
    assert cadence(memory, policy) == span(expected)


@pytest.mark.parametrize(
    ("memory", "policy", "expected"),
    [
        pytest.param(gaps(*[30] * 9), Policy(), "3h", id="nine gaps: 3 h"),
        pytest.param(gaps(*[30] * 10), Policy(), "75m", id="ten gaps: 75 min"),
        pytest.param(gaps(*[60] * 10), Policy(), "2h15m", id="hourly: two cycles and 15 min"),
        pytest.param(gaps(*[30] * 10), Policy(span("2h")), "2h", id="silent_after is a floor"),
        pytest.param(gaps(*[30] * 9), Policy(span("4h")), "4h", id="also above 3 h"),
        pytest.param(
            gaps(*[30] * 10), Policy(sync_interval=span("10m")), "75m", id="never below 75 min"
        ),
    ],
)
def test_the_limit_of_a_single_heartbeat(memory: Memory, policy: Policy, expected: str) -> None:
    """max(2 cycles + 15 min, 75 min, silent_after), and 3 h until ten gaps are known."""
    assert single_limit(memory, policy) == span(expected)


@pytest.mark.parametrize(
    ("memory", "policy", "expected"),
    [
        pytest.param(gaps(), Policy(), "3h", id="default"),
        pytest.param(gaps(*[120] * 10), Policy(), "6h", id="three cycles"),
        pytest.param(gaps(widest=180), Policy(), "4h30m", id="1.5 x the largest benign gap"),
        pytest.param(gaps(widest=6000), Policy(), "24h", id="at most 24 h"),
        pytest.param(gaps(*[1440] * 10), Policy(), "49h", id="or two cycles and an hour"),
        pytest.param(
            gaps(), Policy(stalled_after=span("30h")), "30h", id="the team's floor is above both"
        ),
    ],
)
def test_the_limit_of_a_stall(memory: Memory, policy: Policy, expected: str) -> None:
    """max(stalled_after, 3 cycles, 1.5 x widest gap), at most max(24 h, 2 cycles + 1 h)."""
    assert stalled_limit(memory, policy) == span(expected)


# -- what Graph knows of the pair ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory", "policy", "read", "expected"),
    [
        pytest.param(gaps(), Policy(), "3h", "3h", id="read"),
        pytest.param(gaps(), Policy(), "10m", "30m", id="never below 30 minutes"),
        pytest.param(gaps(), Policy(), "9d", "7d", id="never above a week"),
        pytest.param(gaps(*[180] * 10), Policy(), "1h", "1h", id="read before learned"),
        pytest.param(gaps(), Policy(sync_interval=span("2h")), "3h", "2h", id="set before read"),
    ],
)
def test_the_cadence_that_graph_knows_comes_before_the_learned_one(
    memory: Memory, policy: Policy, read: str, expected: str
) -> None:
    """Set, read, learned, default, in this order."""
    assert cadence(memory, policy, span(read)) == span(expected)


def test_a_known_interval_needs_no_ten_gaps() -> None:
    """The 3 h guard against an unknown rhythm; set or read it is known."""
    assert single_limit(gaps(), Policy()) == span("3h")
    assert single_limit(gaps(), Policy(), span("30m")) == span("75m")
    assert single_limit(gaps(), Policy(sync_interval=span("30m"))) == span("75m")
    assert stalled_limit(gaps(), Policy(), span("2h")) == span("6h")


def test_gaps_are_not_learned_from_cloud_sync() -> None:
    """Its rhythm is not the rhythm of Entra Connect."""
    past = [Seen("10m", graph("40m")), Seen("5m", graph("10m"), cloud=True)]

    assert recall(watching(), past).objects.gaps == 0
    assert recall(watching(), [past[0], replace(past[1], cloud=False)]).objects.gaps == 1


@pytest.mark.parametrize(
    ("past", "in_use"),
    [
        ([Seen("1h", graph(), switch=False)], False),
        ([Seen("2h", graph("2h")), Seen("1h", graph("1h"), switch=False)], False),
        ([Seen("2h", graph("2h"), switch=False), Seen("1h", graph("1h"), switch=False)], True),
        ([Seen("2h", graph("2h"), switch=False), Seen("1h", graph("1h"))], True),
        ([Seen("2h", graph("2h"), switch=False), Seen("1h", graph("1h", "2h"))], False),
        (
            [Seen("2h", graph("2h"), switch=False), Seen("1h", graph("1h", "2h"), switch=True)],
            False,
        ),
        (
            [
                Seen("3h", graph("3h"), switch=False),
                Seen("2h", graph("2h"), switch=False),
                Seen("1h", graph("1h", "2h"), switch=False),
            ],
            True,
        ),
    ],
)
def test_a_switched_off_password_sync_is_no_heartbeat_until_it_beats(
    past: list[Seen], *, in_use: bool
) -> None:
    """`passwordSyncEnabled` false ends it; any later beat proves that wrong, and stays proof."""
    memory = recall(watching("9h"), past)

    assert memory.password_in_use is in_use
    assert memory.password_switched_off <= (not in_use)
