"""Which optional sources a tick reads, and what an answer changes in what is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.reading_plan import (
    EVERY,
    LONGEST_PAUSE,
    OPTIONAL,
    RETRY_AFTER_FAILURE,
    due,
    known,
    not_ahead,
    take,
)
from shared.domain.pair.readings import CloudSync, Known, PairReadings, Source
from shared.domain.readings import Reason, Unavailable

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SOURCE = Source.CLOUD_SYNC


def tried(ago: timedelta, problem: Unavailable | None = None) -> PairReadings:
    """Every source was tried this long ago, all with the same outcome."""
    what = Known(CloudSync(), NOW - ago, NOW - ago, problem)
    return PairReadings(**dict.fromkeys(map(str, OPTIONAL), what))  # type: ignore[arg-type]  # one for all


def test_a_new_watchdog_reads_everything_at_once() -> None:
    """What was never tried is due."""
    assert due(PairReadings(), NOW, urgent=False) == OPTIONAL


@pytest.mark.parametrize("source", OPTIONAL)
def test_a_source_is_due_when_its_interval_has_passed(source: Source) -> None:
    """Each source is read again after its own interval, and not a tick before."""
    assert source in due(tried(EVERY[source]), NOW, urgent=False)
    assert source not in due(tried(EVERY[source] - 5 * MINUTE), NOW, urgent=False)


def test_a_tick_that_comes_some_seconds_early_does_not_postpone_a_read() -> None:
    """Timers are not exact: fifteen minutes less a second is fifteen minutes."""
    almost = EVERY[Source.CONNECT_HEALTH] - timedelta(seconds=20)
    assert Source.CONNECT_HEALTH in due(tried(almost), NOW, urgent=False)


def test_everything_is_due_as_soon_as_anything_is_wrong() -> None:
    """Somebody may be about to decide: nothing is spared."""
    assert due(tried(MINUTE), NOW, urgent=True) == OPTIONAL


def test_slow_sources_are_read_at_most_hourly_while_all_is_well() -> None:
    """Versions, certificates, service health and Cloud Sync change slowly."""
    slow = {s for s in OPTIONAL if EVERY[s] >= HOUR}
    expected = {
        Source.HEALTH_DETAILS,
        Source.CERTIFICATES,
        Source.SERVICE_HEALTH,
        Source.CLOUD_SYNC,
    }
    assert slow == expected


def test_a_failure_that_may_pass_is_retried_sooner() -> None:
    """A timeout of an hourly source does not cost an hour."""
    late = Unavailable(Reason.TIMEOUT, "No answer.")
    assert SOURCE in due(tried(RETRY_AFTER_FAILURE, late), NOW, urgent=False)
    assert SOURCE not in due(tried(RETRY_AFTER_FAILURE / 2, late), NOW, urgent=False)


@pytest.mark.parametrize("reason", [Reason.FORBIDDEN, Reason.NOT_CONFIGURED])
def test_what_only_a_person_can_change_is_not_retried_sooner(reason: Reason) -> None:
    """A permission that is missing is not granted by asking more often."""
    denied = tried(RETRY_AFTER_FAILURE, Unavailable(reason, "Denied."))
    assert SOURCE not in due(denied, NOW, urgent=False)


def test_a_source_that_asked_to_wait_is_left_alone_even_in_an_emergency() -> None:
    """`Retry-After` is obeyed across ticks."""
    wait = Unavailable(Reason.THROTTLED, "Wait.", retry_at=NOW + 3 * MINUTE)
    assert due(tried(HOUR, wait), NOW, urgent=True) == ()
    assert due(tried(HOUR, wait), NOW + 3 * MINUTE, urgent=True) == OPTIONAL


def test_a_pause_that_no_service_means_is_not_obeyed() -> None:
    """A date of next week is a wrong clock, not a request."""
    absurd = Unavailable(Reason.THROTTLED, "Wait.", retry_at=NOW + LONGEST_PAUSE + MINUTE)
    assert due(tried(HOUR, absurd), NOW, urgent=False) == OPTIONAL


def test_a_read_in_the_future_does_not_silence_a_source() -> None:
    """A clock that ran ahead and came back must not stop reading until it is caught up."""
    ahead = tried(-3 * HOUR)
    assert due(ahead, NOW, urgent=False) == OPTIONAL


def test_a_good_answer_replaces_everything_that_was_known() -> None:
    """Reading and problem are those of the newest answer."""
    before = tried(HOUR, Unavailable(Reason.TIMEOUT, "No answer."))
    after = known(take(before, {SOURCE: CloudSync(jobs=2)}, NOW), SOURCE)
    assert after == Known(CloudSync(jobs=2), NOW, NOW, None)


def test_a_failed_read_keeps_the_last_reading_with_its_age() -> None:
    """Unavailable is not an empty reading: what was known stays known, and grows old."""
    problem = Unavailable(Reason.FORBIDDEN, "Denied.")
    after = known(take(tried(HOUR), {SOURCE: problem}, NOW), SOURCE)
    assert (after.reading, after.read_at) == (CloudSync(), NOW - HOUR)
    assert (after.tried_at, after.problem) == (NOW, problem)


def test_an_answer_touches_its_own_source_only() -> None:
    """Sources fail and recover one by one."""
    after = take(tried(HOUR), {SOURCE: CloudSync(jobs=1)}, NOW)
    others = [s for s in OPTIONAL if s is not SOURCE]
    assert all(known(after, s) == known(tried(HOUR), s) for s in others)


@given(st.timedeltas(min_value=-HOUR * 48, max_value=HOUR * 48))
def test_nothing_known_lies_in_the_future(ago: timedelta) -> None:
    """An attempt from a clock that ran ahead would postpone the next one until then."""
    for source in OPTIONAL:
        what = known(not_ahead(tried(ago), NOW), source)
        assert what.tried_at == min(NOW, NOW - ago)
        assert what.read_at is None or what.read_at == what.tried_at


@given(st.timedeltas(min_value=timedelta(minutes=2, microseconds=1), max_value=HOUR * 48))
def test_a_reading_from_the_future_has_no_age(ahead: timedelta) -> None:
    """It would never become old evidence; and when it was really read, nobody knows."""
    for source in OPTIONAL:
        assert known(not_ahead(tried(-ahead), NOW), source).read_at is None


@given(st.timedeltas(min_value=-timedelta(minutes=2), max_value=HOUR * 48))
def test_a_reading_of_a_tick_that_overlaps_keeps_its_age(ago: timedelta) -> None:
    """Two ticks at once differ by seconds: the later one's reading is as new as ours."""
    for source in OPTIONAL:
        assert known(not_ahead(tried(ago), NOW), source).read_at == min(NOW, NOW - ago)
