"""Remembering and learning: what one observation changes, and what the limits become by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.readings import Observation, Reason, TenantReading, Unavailable
from shared.domain.tenant.detector import Policy, cadence, judge, stalled_limit
from shared.domain.tenant.heartbeats import Heartbeat, Memory, WidestGap, remember
from shared.domain.verdicts import Verdict
from tests.support.judging import DOWN, NOW, Seen, at, graph, recall, span, watching

READ_BEFORE = (Seen("5m", graph("35m", "35m")),)


# -- learning ------------------------------------------------------------------------------------


def learned(*past: Seen) -> Heartbeat:
    """What object sync taught."""
    return recall(watching("1d"), past).objects


def test_before_the_first_gap_the_widest_is_none() -> None:
    """Nothing learned widens nothing."""
    assert Heartbeat().widest() == timedelta(0)
    assert Heartbeat().gaps == 0


def test_a_gap_watched_closely_is_learned() -> None:
    """Two reads at most 20 minutes apart around a beat teach its gap."""
    beat = learned(Seen("20m", graph("50m")), Seen("0m", graph("10m")))

    assert (beat.beats, beat.gaps, beat.recent_gaps) == (1, 1, (40 * 60,))
    assert beat.widest() == span("40m")
    assert beat.widest_gaps == (WidestGap(NOW.date(), 40 * 60),)


@pytest.mark.parametrize(
    ("past", "reason"),
    [
        ((Seen("20m1s", graph("50m")), Seen("0m", graph("10m"))), "reads too far apart"),
        ((Seen("20m", graph("50m")), Seen("0m", graph("10m"), learn=False)), "incident open"),
        ((Seen("0m", graph("50m")), Seen("1m", graph("10m"))), "our clock stepped back"),
        ((Seen("0m", graph("50m")),), "the first read"),
        ((Seen("5m", graph("50m")), Seen("0m", graph("50m"))), "no beat"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_gap_is_not_learned(past: tuple[Seen, ...], reason: str) -> None:
    """A gap that may hide a missed beat, or that was an incident's, teaches nothing."""
    beat = learned(*past)

    assert (beat.gaps, beat.recent_gaps, beat.widest_gaps) == (0, (), ()), reason


def test_a_failed_read_between_does_not_hide_that_reads_were_far_apart() -> None:
    """The distance between reads counts good reads only."""
    beat = learned(Seen("25m", graph("50m")), Seen("10m", DOWN), Seen("0m", graph("10m")))

    assert (beat.beats, beat.gaps) == (1, 0)


def test_the_rhythm_is_that_of_the_newest_48_gaps() -> None:
    """Older gaps are forgotten, but counted."""
    memory = watching("1d")
    for tick in range(60):
        ago = f"{(60 - tick) * 10}m"
        memory = recall(memory, [Seen(ago, graph(ago))])

    assert memory.objects.gaps == 59
    assert len(memory.objects.recent_gaps) == 48
    assert set(memory.objects.recent_gaps) == {600}


def test_the_widest_gap_of_each_day_counts_for_90_days() -> None:
    """Per day only the widest is kept; on the 91st day after, it is gone."""
    memory = recall(
        watching("200d"),
        [
            Seen("91d", graph("91d2h")),
            Seen("91d", graph("91d")),
            Seen("90d", graph("90d3h")),
            Seen("90d", graph("90d1h")),
            Seen("90d", graph("90d")),
            Seen("10m", graph("20m")),
            Seen("0m", graph("10m")),
        ],
    )
    ninety = WidestGap(at("90d").date(), 2 * 3600)

    assert memory.objects.widest_gaps == (ninety, WidestGap(NOW.date(), 600))
    assert memory.objects.widest() == span("2h")


def test_a_wider_gap_later_on_the_same_day_replaces_the_narrower() -> None:
    """Whichever comes first, the wider gap of a day stays."""
    beat = learned(
        Seen("40m", graph("80m")),
        Seen("30m", graph("60m")),
        Seen("20m", graph("25m")),
        Seen("10m", graph("15m")),
    )

    assert beat.recent_gaps == (20 * 60, 35 * 60, 10 * 60)
    assert beat.widest_gaps == (WidestGap(NOW.date(), 35 * 60),)


def test_learning_widens_the_limit_of_a_stall() -> None:
    """A benign gap of 4 h, once seen, moves the limit to 6 h."""
    memory = recall(watching("1d"), [Seen("20m", graph("4h10m")), Seen("10m", graph("10m"))])

    assert stalled_limit(memory, Policy()) == span("6h")


# -- remembering ---------------------------------------------------------------------------------


def test_a_failed_read_changes_nothing_but_the_reason() -> None:
    """The last known times stay, so that their ages grow."""
    before = recall(watching("1h"), READ_BEFORE)
    after = recall(before, [Seen("0m", DOWN)])

    assert after == replace(before, unavailable=DOWN)
    assert recall(after, [Seen("0m", graph("35m", "35m"))]).unavailable is None


def test_a_vanished_time_keeps_the_known_one() -> None:
    """Null is not "never": the answer is set aside as malformed, with the reason."""
    before = recall(watching("1h"), READ_BEFORE)
    after = recall(before, [Seen("0m", graph(None, "1m"))])

    assert after.objects == before.objects
    assert after.unavailable is not None
    assert after.unavailable.reason == "malformed"
    assert "although it returned one before" in after.unavailable.detail


def test_a_beat_is_a_time_that_advances() -> None:
    """First sight, the same time again and a step back are no beats; a newer one is."""
    memory = watching("1h")
    beats = []
    for stamp in ("50m", "50m", "40m", "45m", "40m", "10m"):
        memory = recall(memory, [Seen("5m", graph(stamp))])
        beats.append(memory.objects.beats)

    assert beats == [0, 0, 1, 1, 1, 2]


def test_a_time_in_the_future_is_not_taken_in() -> None:
    """It would hide every later beat behind it."""
    before = recall(watching("1h"), READ_BEFORE)
    after = recall(before, [Seen("0m", graph("-2m1s", "-2m1s"))])

    assert (after.objects, after.passwords) == (before.objects, before.passwords)


def test_a_time_within_tolerance_is_taken_in() -> None:
    """Two minutes ahead is a beat like any other."""
    memory = recall(watching("1h"), [*READ_BEFORE, Seen("0m", graph("-2m", "-2m"))])

    assert (memory.objects.newest_at, memory.objects.beats) == (at("-2m"), 1)


def test_a_step_back_is_dated_once() -> None:
    """The step back counts from the first older read, until a read is as new as the newest."""
    memory = recall(watching("1h"), [Seen("30m", graph("31m")), Seen("20m", graph("50m"))])
    later = recall(memory, [Seen("10m", graph("49m"))])

    assert memory.objects.backward_since == later.objects.backward_since == at("20m")
    assert (later.objects.newest_at, later.objects.current_at) == (at("31m"), at("49m"))
    assert recall(later, [Seen("5m", graph("31m"))]).objects.backward_since is None


def test_the_end_of_password_sync_ends_its_step_back() -> None:
    """A null password time leaves nothing to be suspicious of."""
    memory = recall(
        watching("1h"),
        [
            Seen("30m", graph("31m")),
            Seen("20m", graph("31m", "50m")),
            Seen("5m", graph("6m", None)),
        ],
    )

    assert memory.passwords.backward_since is None
    assert memory.passwords.current_at is None
    assert memory.passwords.newest_at == at("31m")
    assert memory.password_in_use is False


def test_a_password_time_is_first_seen_by_the_clock_that_is_right() -> None:
    """With our clock ten days fast, a password sync of this hour is no leftover."""
    memory = recall(watching("1h"), [Seen("0m", graph("10d", "10d", ahead="-10d"))])

    assert memory.password_in_use is True


@pytest.mark.parametrize(("stamp", "used"), [("7d", True), ("7d1s", False)])
def test_a_memory_that_does_not_know_decides_at_the_next_read(*, stamp: str, used: bool) -> None:
    """A row without the answer, as an older release may have left, is no lasting "no"."""
    before = Memory(started_at=at("9d"), passwords=Heartbeat(at(stamp), at(stamp)))
    after = recall(before, [Seen("0m", graph("5m", stamp))])

    assert after.password_in_use is used


def test_a_damaged_rhythm_is_judged_by_the_default() -> None:
    """A count without its gaps, as a hand-edited row may have, must not stop the judging."""
    memory = Memory(started_at=NOW, objects=Heartbeat(gaps=99))

    assert cadence(memory, Policy()) == timedelta(minutes=30)


def test_an_impossible_memory_is_never_healthy() -> None:
    """Judged against a memory that never took the times in, fresh-looking times prove nothing."""
    memory = Memory(started_at=at("1h"), read_at=NOW, password_in_use=True)
    observation = Observation(NOW, graph("5m", "5m"))
    half = remember(
        replace(memory, password_in_use=None), Observation(NOW, graph("5m")), learn=True
    )

    assert judge(memory, observation, Policy()).verdict is Verdict.LATE
    single = replace(memory, password_in_use=False)
    assert judge(single, observation, Policy()).verdict is Verdict.LATE
    lost = replace(half, passwords=Heartbeat())
    assert judge(lost, observation, Policy()).verdict is Verdict.LATE


def test_a_read_of_a_clock_that_ran_ahead_becomes_old_again() -> None:
    """Else the watchdog could not become BLIND until that future has come."""
    ahead, now = NOW + timedelta(days=700), NOW + timedelta(hours=1)
    before = replace(Memory(started_at=ahead), read_at=ahead)
    failed = Observation(at=now, tenant=Unavailable(Reason.TIMEOUT, "no answer"))

    after = remember(before, failed, learn=True)

    assert (after.read_at, after.started_at) == (now, now)


def test_a_wrong_clock_learns_and_forgets_no_gap() -> None:
    """Two years ahead, every gap of the window would be too old to keep."""
    ahead = NOW + timedelta(days=700)
    known = Heartbeat(newest_at=NOW, current_at=NOW, widest_gaps=(WidestGap(NOW.date(), 99),))
    before = replace(Memory(started_at=NOW), read_at=ahead, objects=known)
    beat = NOW + timedelta(minutes=30)
    tenant = TenantReading("t", "Contoso", True, beat, None, clock_ahead=beat - ahead)

    after = remember(before, Observation(at=ahead, tenant=tenant), learn=True)

    assert after.objects.beats == 1
    assert after.objects.widest_gaps == known.widest_gaps
