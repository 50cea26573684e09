"""A week in brief: gaps between syncs that were seen, outages, and what was not seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bulletins.week import Records, Week, week
from shared.domain.history.past import past
from shared.domain.incidents.days import Day, VerdictChange
from shared.domain.incidents.incident import State
from shared.domain.verdicts import Verdict
from tests.support.card_cases import incident

if TYPE_CHECKING:
    from shared.domain.history.past import Past
    from shared.domain.incidents.incident import Incident

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
END = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
START = END - 7 * DAY
WATCHED = END - 300 * DAY


def days(syncs: list[datetime], without: int = 99) -> list[Day]:
    """The records of eight days, but for the one this many days ago."""
    found = []
    for back in range(9):
        midnight = END.replace(hour=0) - back * DAY
        minutes = [(at - midnight) // MINUTE for at in syncs if midnight <= at < midnight + DAY]
        if back != without:
            found.append(Day(midnight.date(), objects=tuple(sorted(minutes))))
    return found


def half_hourly(*left_out: tuple[datetime, datetime]) -> list[datetime]:
    """A sync every half hour for nine days, but none within these times."""
    syncs = [END - 10 * MINUTE - number * 30 * MINUTE for number in range(48 * 9)]
    return [at for at in syncs if not any(a < at < b for a, b in left_out)]


def told(records: Records) -> Week:
    """The week."""
    return week(records, START, END)


def records(syncs: list[datetime], without: int = 99) -> Records:
    """Records of a tenant that was read just now."""
    newest = max(syncs, default=None)
    return Records(days(syncs, without), [], [], END, WATCHED, synced_at=newest)


def an_outage(
    since: datetime, gone: datetime | None, verdict: Verdict = Verdict.SERVER_SILENT
) -> Incident:
    """An incident with its beginning and end."""
    state = State.OPEN if gone is None else State.RESOLVED
    return incident(verdict, since=since, gone_at=gone, resolved_at=gone, state=state)


def in_brief(since: datetime, gone: datetime, verdict: Verdict = Verdict.SERVER_SILENT) -> Past:
    """The same, archived."""
    return past(an_outage(since, gone, verdict), 2)


# -- gaps -----------------------------------------------------------------------------------------


def test_the_longest_gap_of_a_quiet_week_is_one_cycle() -> None:
    """Thirty minutes between any two."""
    found = told(records(half_hourly()))

    assert (found.gap, found.gap_open) == (30 * MINUTE, False)
    assert (found.outage, found.incidents, found.missing) == (timedelta(0), 0, 0)


def test_the_longest_gap_is_found_across_midnight() -> None:
    """From the last sync before to the first after."""
    first, last = END - 3 * DAY - 8 * HOUR - 10 * MINUTE, END - 3 * DAY - 6 * HOUR - 10 * MINUTE
    found = told(records(half_hourly((first, last))))

    assert (found.gap, found.gap_from) == (2 * HOUR, first)


def test_a_gap_that_lasts_is_measured_to_the_newest_read() -> None:
    """Not to now: nobody looked later."""
    syncs = [at for at in half_hourly() if at <= END - 5 * HOUR]
    whole = told(records(syncs))
    unread = told(replace(records(syncs), read_at=END - 2 * HOUR))

    assert (whole.gap, whole.gap_open) == (5 * HOUR + 10 * MINUTE, True)
    assert (unread.gap, unread.gap_open) == (3 * HOUR + 10 * MINUTE, True)


def test_a_gap_that_ended_before_the_week_is_not_told() -> None:
    """One that reached into it is, whole."""
    before = (START - 9 * HOUR - 10 * MINUTE, START - 10 * MINUTE)
    into = (START - 4 * HOUR - 10 * MINUTE, START + 50 * MINUTE)

    assert told(records(half_hourly(before))).gap == 30 * MINUTE
    assert told(records(half_hourly(into))).gap == 5 * HOUR


def test_no_gap_is_measured_across_a_day_without_a_record() -> None:
    """Nobody knows of the syncs of that day; that it is missing is said."""
    found = told(records(half_hourly(), without=3))

    assert (found.gap, found.missing) == (30 * MINUTE, 1)


def test_without_two_syncs_no_gap_is_measured() -> None:
    """A tenant that never synced."""
    found = told(Records(days([]), [], [], END, WATCHED))

    assert (found.gap, found.gap_from, found.gap_open) == (None, None, False)


def test_a_week_begins_when_watching_did() -> None:
    """Days before are not missing; a time in the future is none."""
    young = replace(records([END - 20 * MINUTE]), days=days([])[:2], watched_since=END - DAY)

    assert told(young).start == END - DAY
    assert told(young).missing == 0
    assert told(replace(young, watched_since=END + DAY)).start == END


@given(st.sets(st.integers(0, 9 * 24 * 60), max_size=40))
def test_the_longest_gap_is_the_longest_of_all(minutes: set[int]) -> None:
    """Over any syncs: as counted from the plain list of them."""
    syncs = sorted(END - minute * MINUTE for minute in minutes)
    syncs = [at for at in syncs if at >= END.replace(hour=0) - 8 * DAY]
    ends = [*syncs, END] if syncs and syncs[-1] < END else syncs
    expected = max((b - a for a, b in pairwise(ends) if b > START), default=None)

    assert told(records(syncs)).gap == expected


# -- outages --------------------------------------------------------------------------------------


def test_outages_are_added_up_and_overlaps_count_once() -> None:
    """Two of one hour, half an hour of it at the same time, and one that lasts."""
    closed = [
        in_brief(START + DAY, START + DAY + HOUR),
        replace(in_brief(START + DAY + 30 * MINUTE, START + DAY + 90 * MINUTE), id="b"),
    ]
    open_now = replace(an_outage(END - 20 * MINUTE, None), id="c")
    found = told(replace(records(half_hourly()), closed=closed, live=[open_now]))

    assert found.outage == 110 * MINUTE
    assert found.incidents == 3


def test_only_the_part_within_the_week_counts() -> None:
    """It began a day before; what was over by then is not of this week."""
    closed = [
        in_brief(START - DAY, START + HOUR),
        replace(in_brief(START - 3 * DAY, START - 2 * DAY), id="b"),
    ]
    found = told(replace(records(half_hourly()), closed=closed))

    assert (found.outage, found.incidents) == (HOUR, 1)


def test_an_incident_of_another_kind_is_no_outage() -> None:
    """It is counted, and sync was not out; one that became obsolete is not even counted."""
    unfit = in_brief(START + DAY, START + 2 * DAY, Verdict.STANDBY_UNFIT)
    obsolete = replace(unfit, id="b", obsolete=True)
    found = told(replace(records(half_hourly()), closed=[unfit, obsolete]))

    assert (found.outage, found.incidents) == (timedelta(0), 1)


def test_one_that_is_archived_in_this_very_moment_counts_once() -> None:
    """Read as live and, a moment later, as past."""
    both = an_outage(START + DAY, START + DAY + HOUR)
    found = told(replace(records(half_hourly()), closed=[past(both, 2)], live=[both]))

    assert (found.outage, found.incidents) == (HOUR, 1)


def test_blind_times_are_added_up() -> None:
    """From the change to BLIND to the next change, or to the end of the day, or to now."""
    blind, well = Verdict.BLIND, Verdict.HEALTHY
    today, yesterday, *others = days(half_hourly())
    yesterday = replace(
        yesterday,
        verdicts=(VerdictChange(0, well), VerdictChange(60, blind), VerdictChange(90, well)),
    )
    yesterday = replace(yesterday, verdicts=(*yesterday.verdicts, VerdictChange(1430, blind)))
    today = replace(today, verdicts=(VerdictChange(0, blind), VerdictChange(20, well)))
    today = replace(today, verdicts=(*today.verdicts, VerdictChange(400, blind)))
    found = told(replace(records(half_hourly()), days=[yesterday, today, *others]))

    assert found.blind == (30 + 10 + 20 + 20) * MINUTE


def test_a_record_that_nobody_can_have_written_is_no_defect() -> None:
    """Minutes of another century, no change of verdict at all: they are left out."""
    odd = Day(END.date(), (10**15, -(10**15)), (), (VerdictChange(10**15, Verdict.BLIND),))
    found = told(Records([odd, Day((END - DAY).date())], [], [], END, WATCHED))

    assert (found.gap, found.blind) == (None, timedelta(0))
