"""Which recurrence rules may be announced, and that any text is accepted or refused."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dateutil.rrule
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import recurring_days
from shared.domain.maintenance.rule import WrongWindowError, parse_rule
from shared.recurrence import check_rule, new_window, occurrences
from shared.recurring_days import RARELY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=2;COUNT=10",
    "FREQ=WEEKLY;BYDAY=SA,SU;WKST=SU",
    "FREQ=MONTHLY;BYDAY=1SU",
    "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=8,9,10,11,12,13,14",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
    "FREQ=YEARLY;BYDAY=20MO",
    "INTERVAL=2;FREQ=WEEKLY;BYDAY=MO;UNTIL=20271231T220000Z",
    "freq=weekly;byday=su",
]
WRONG = [
    "",
    "FREQ=HOURLY",
    "FREQ=SECONDLY",
    "RRULE:FREQ=DAILY",
    "FREQ=DAILY;",
    "FREQ=DAILY;FREQ=DAILY",
    "INTERVAL=2",
    "FREQ=DAILY;BYHOUR=3",
    "FREQ=DAILY;BYEASTER=0",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;INTERVAL=100000",
    "FREQ=DAILY;COUNT=0",
    "FREQ=DAILY;COUNT=99999999999999999999",
    "FREQ=DAILY;COUNT=2;UNTIL=20271231",
    "FREQ=DAILY;UNTIL=20271331",
    "FREQ=DAILY;UNTIL=2027-12-31",
    "FREQ=DAILY;UNTIL=00000101",
    "FREQ=WEEKLY;BYDAY=1SU",
    "FREQ=WEEKLY;BYMONTHDAY=1",
    "FREQ=MONTHLY;BYDAY=0SU",
    "FREQ=MONTHLY;BYDAY=6SU",
    "FREQ=MONTHLY;BYDAY=XX",
    "FREQ=MONTHLY;BYMONTHDAY=32",
    "FREQ=MONTHLY;BYMONTHDAY=0",
    "FREQ=YEARLY;BYMONTH=13",
    "FREQ=YEARLY;BYMONTH=-1",
    "FREQ=MONTHLY;BYSETPOS=1",
    "FREQ=DAILY;WKST=1",
    "FREQ=DAİLY",
    "FREQ=WEEKLY;BYDAY=" + ",".join(["SU"] * 90),
]
BARREN = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    "FREQ=MONTHLY;BYMONTH=2;BYDAY=5MO",
    "FREQ=YEARLY;BYDAY=53MO",
]


@pytest.mark.parametrize("text", RULES)
def test_a_rule_that_a_team_would_write_is_accepted(text: str) -> None:
    """Daily, weekly, monthly and yearly, with the parts of RFC 5545 that name days."""
    check_rule(text)


@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text)[1:50])
def test_a_wrong_rule_is_refused_with_what_would_be_right(text: str) -> None:
    """Two halves of a sentence, for a page or a setting."""
    with pytest.raises(WrongWindowError) as caught:
        check_rule(text)

    assert caught.value.what
    assert caught.value.right
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", BARREN)
def test_a_rule_that_hardly_ever_comes_round_is_refused(text: str) -> None:
    """Nobody waits years for a window, and looking for one is work for every tick."""
    with pytest.raises(WrongWindowError, match="less than once a year"):
        check_rule(text)


def test_a_long_text_is_not_repeated() -> None:
    """Somebody may have pasted a secret."""
    with pytest.raises(WrongWindowError) as caught:
        check_rule("FREQ=DAILY;" + "x" * 40)

    assert "xxx" not in str(caught.value)


def test_the_parts_mean_what_the_rfc_says() -> None:
    """Numbers, weekdays with their place, and the three forms of an end."""
    rule = parse_rule("FREQ=MONTHLY;BYDAY=1SU,-1FR,MO;BYMONTH=3,1;WKST=SU;UNTIL=20271231T220000Z")

    assert rule.days == ((0, 0), (4, -1), (6, 1))
    assert rule.months == (1, 3)
    assert rule.week_start == 6
    assert rule.until == datetime(2027, 12, 31, 22, tzinfo=UTC)
    assert parse_rule("FREQ=DAILY;UNTIL=20271231").until == date(2027, 12, 31)
    assert parse_rule("FREQ=DAILY;UNTIL=20271231T220000").until == datetime(  # noqa: DTZ001 - on the wall
        2027, 12, 31, 22
    )


def _counting(rounds: list[int], real: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        rounds[0] += 1
        return real(*arguments)

    return counted


@contextmanager
def rounds_of_the_library() -> Iterator[list[int]]:
    """Counts the days, weeks, months and years that the library looks at."""
    rounds, kind = [0], dateutil.rrule._iterinfo
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ydayset", "mdayset", "wdayset", "ddayset"):
            patch.setattr(kind, name, _counting(rounds, getattr(kind, name)))
        yield rounds


PART = st.sampled_from(
    [part for text in (*RULES, *WRONG, *BARREN) for part in text.split(";")]
    + [f"BYDAY={n}{day}" for n in (-53, -5, -2, 2, 5, 53) for day in ("MO", "SU")]
    + [f"BYSETPOS={n}" for n in (-366, -2, 1, 2, 366)]
    + [f"INTERVAL={n}" for n in (7, 12, 28, 98, 99)]
    + ["COUNT=1000", "BYMONTH=2", "BYMONTHDAY=29", "BYMONTHDAY=13", "BYDAY=FR", "BYDAY=MO"]
)
LIKELY = st.lists(PART, min_size=1, max_size=6).map(";".join)


@given(st.one_of(LIKELY, st.text(max_size=250)))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    """The parser of a page's field is total."""
    with suppress(WrongWindowError):
        check_rule(text)


@given(LIKELY, st.integers(0, 80 * 365), st.integers(0, 365))
def test_evaluating_an_accepted_rule_is_bounded_work(rule: str, later: int, day: int) -> None:
    """However odd the rule and however long ago it began, the library is asked for little."""
    start = datetime(2026, 1, 1, 22, tzinfo=UTC) + timedelta(days=day)
    try:
        window = new_window(f"{start:%Y-%m-%dT%H:%M}", timedelta(hours=1), "UTC", id="x", rule=rule)
    except WrongWindowError:
        return
    at = start + timedelta(days=later)
    occurrences(window, at, at)  # counts COUNT once; that is remembered
    with rounds_of_the_library() as rounds:
        found = occurrences(window, at, at + timedelta(days=7))

    # A week with its margins, the round that it began in, and the longest search for the next.
    assert rounds[0] <= 7 + 4 + 366 + RARELY.days
    assert len(found) <= 9


@given(LIKELY)
def test_looking_at_a_rule_is_bounded_work(rule: str) -> None:
    """Also one that never comes round: it is tried over 28 years and a little, not 8,000."""
    recurring_days._gap.cache_clear()
    with rounds_of_the_library() as rounds, suppress(WrongWindowError):
        check_rule(rule)

    assert rounds[0] <= 30 * 366
