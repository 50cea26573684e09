"""The decision table: a test per row, near misses of the rows, and the order of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.advice.table import TABLE, recommend
from shared.domain.pair.report import Advice, AdviceReason
from shared.domain.verdicts import Verdict
from tests.support.advice_rows import NEAR_MISSES, ORDER, ROWS
from tests.support.advice_scenes import R
from tests.support.advising import advising, found

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase


@pytest.mark.parametrize(
    ("reason", "advice", "case"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_each_row_of_the_table(reason: AdviceReason, advice: Advice, case: AdviceCase) -> None:
    """What each row answers, by an example that differs from a right failover by one thing."""
    got = recommend(case)

    assert (reason, advice) == (got.reason, got.advice)


@pytest.mark.parametrize("case", [m[1] for m in NEAR_MISSES], ids=[m[0] for m in NEAR_MISSES])
def test_what_does_not_speak_against_a_failover(case: AdviceCase) -> None:
    """Near misses of the rows: without these, a row could apply always."""
    assert recommend(case).advice is Advice.FAIL_OVER


def test_every_reason_is_a_row_with_an_example() -> None:
    """The table holds each reason once, and each is reached; one belongs to other cards only."""
    rows = [row.reason for row in TABLE]

    assert sorted(set(AdviceReason) - {R.SYNC_DECIDES}) == sorted(rows)
    assert set(rows) == {row[1] for row in ROWS}


@pytest.mark.parametrize("first", range(8))
def test_the_order_of_the_table_is_the_order_of_harm(first: int) -> None:
    """Of two reasons that apply at once, the graver is given: each row yields to those above."""
    merged = {
        R.SWITCHED_OFF: found(Verdict.SYNC_DISABLED),
        R.TWO_ACTIVE: found(Verdict.DUAL_ACTIVE),
        R.EXPORT_BLOCKED: found(Verdict.EXPORT_BLOCKED),
        R.CLOCK: found(Verdict.CLOCK_SUSPECT),
        R.BLIND: found(Verdict.BLIND),
        R.NEVER_SYNCED: found(Verdict.NEVER_SYNCED),
        R.NO_ACTIVE: found(Verdict.NO_ACTIVE),
    }
    order = [row.reason for row in TABLE if row.reason in merged]
    present = order[first:]

    got = recommend(advising(*(merged[reason] for reason in present), issues=("MO1",)))

    assert got.reason is (present[0] if present else R.ENTRA_OUTAGE)


@pytest.mark.parametrize(("reason", "case"), ORDER, ids=range(len(ORDER)))
def test_of_two_reasons_the_one_that_explains_more_is_given(
    reason: AdviceReason, case: AdviceCase
) -> None:
    """Each example is one of its own row and of a row below it."""
    assert recommend(case).reason is reason


POSITIVE = {
    R.NOTHING_WRONG,
    R.ACTIVE_WORKS,
    R.ACTIVE_UNKNOWN,
    R.EVIDENCE_DISAGREES,
    R.ACTIVE_ALIVE,
    R.STANDBY_UNKNOWN,
    R.STANDBY_UNFIT,
    R.STANDBY_BELOW_FLOOR,
    R.NO_STANDBY,
    R.LONG_CYCLE,
    R.PASSWORDS_ONLY,
    R.EVIDENCE_OLD,
}
PROOFS = [row for row in ROWS if row[1] in POSITIVE]


@pytest.mark.parametrize("case", [row[3] for row in PROOFS], ids=[row[0] for row in PROOFS])
def test_failing_over_relies_on_no_other_row_for_its_preconditions(case: AdviceCase) -> None:
    """The row that advises a failover does not apply where anything it presupposes is missing."""
    (fail_over,) = [row for row in TABLE if row.advice is Advice.FAIL_OVER]

    assert not fail_over.applies(case)
