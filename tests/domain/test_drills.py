"""Drills: which marks of the stopwatch a tick sets, when a drill ends, and how fast it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.drills import progress
from shared.domain.drills.drill import LONGEST_DRILL, Drill, DrillEnd
from shared.domain.drills.progress import LATE_EVIDENCE, Seen
from shared.domain.history import rto
from shared.domain.incidents.incident import Incident, State
from shared.domain.pair.exports import Handover, PairMemory
from shared.domain.pair.readings import Acted, Source
from shared.domain.tenant.heartbeats import Heartbeat, Memory
from shared.domain.verdicts import KIND_OF, Kind, Verdict
from tests.support.incidents import SILENT, START, found, judgement, minute

if TYPE_CHECKING:
    from collections.abc import Iterable

A, B = "SYNC-A", "SYNC-B"
DRILL = Drill("20260314-0300-k7q2m9xw4r", START, active_before=A)
DUAL, NO_ACTIVE, UNFIT = Verdict.DUAL_ACTIVE, Verdict.NO_ACTIVE, Verdict.STANDBY_UNFIT


def incident(verdict: Verdict = SILENT, at: float = 10, **changes: Any) -> Incident:
    """An incident of the drill, opened so many minutes after its start."""
    finding = found(verdict)
    made = Incident(
        id=f"20260314-0310-{verdict.lower().replace('_', '')}",
        kind=KIND_OF[verdict],
        verdict=verdict,
        worst=verdict,
        state=State.OPEN,
        opened_at=minute(at),
        since=START,
        evidence=finding.evidence,
        announced_at=minute(at),
        remind_at=minute(at + 30),
        drill=DRILL.id,
    )
    return replace(made, **changes)


def closed(made: Incident, gone: float, resolved: float) -> Incident:
    """The incident after it recovered."""
    return replace(made, state=State.RESOLVED, gone_at=minute(gone), resolved_at=minute(resolved))


def switch(at: float, before: str = A, after: str = B) -> Handover:
    """The active role went over."""
    return Handover(Source.AUDITS, before, after, minute(at), minute(at))


def seen(
    at: float,
    *incidents: Incident,
    sync: float | None = None,
    switches: Iterable[Handover] = (),
    verdicts: Iterable[Verdict] = (),
    readable: bool = True,
    beats_count: bool = True,
    exports: tuple[Acted, ...] = (),
) -> Seen:
    """A tick so many minutes after the start."""
    stamp = None if sync is None else minute(sync)
    return Seen(
        at=minute(at),
        judgement=judgement(verdicts, readable=readable, beats_count=beats_count),
        memory=Memory(started_at=minute(-999), objects=Heartbeat(stamp, stamp)),
        pair=PairMemory(handovers=tuple(switches), audits=exports),
        incidents=incidents,
    )


def told(*ticks: Seen, drill: Drill = DRILL) -> Drill:
    """The drill after these ticks; none is shown to it after its end."""
    for tick in ticks:
        if drill.running:
            drill = progress.advance(drill, tick)
    return drill


# -- detected and decided -------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [SILENT, Verdict.SYNC_STALLED, NO_ACTIVE, DUAL])
def test_it_is_detected_by_the_first_incident_about_sync_or_roles(verdict: Verdict) -> None:
    """The moment at which the incident was opened counts, not that of a later tick."""
    drill = told(seen(5), seen(20, incident(verdict, 10), incident(UNFIT, 8)))

    assert (drill.detected_at, drill.incident) == (minute(10), incident(verdict).id)


@pytest.mark.parametrize(
    "verdict", sorted(set(KIND_OF) - {SILENT, Verdict.SYNC_STALLED, NO_ACTIVE, DUAL})
)
def test_no_other_incident_detects_it(verdict: Verdict) -> None:
    """A standby that is unfit, or a blind watchdog, is not what is practised."""
    assert told(seen(20, incident(verdict))).detected_at is None


def test_the_first_of_two_incidents_stays_the_one_that_detected_it() -> None:
    """Also when it is archived before the next tick."""
    drill = told(seen(10, incident(NO_ACTIVE, 10)), seen(70, incident(SILENT, 60)))

    assert (drill.detected_at, drill.incident) == (minute(10), incident(NO_ACTIVE).id)


def test_it_is_decided_when_somebody_first_took_an_incident_of_it() -> None:
    """By acknowledging or by "I am switching over now", whichever came first, on whichever card."""
    taken = incident(SILENT, 10, first_acknowledged_at=minute(16), switching_at=minute(18))
    other = incident(NO_ACTIVE, 12, first_acknowledged_at=minute(14))

    assert told(seen(20, taken)).decided_at == minute(16)
    assert told(seen(20, taken, other)).decided_at == minute(14)
    assert told(seen(20, incident(switching_at=minute(18)))).decided_at == minute(18)
    assert told(seen(20, taken), seen(25, replace(taken, first_acknowledged_at=None))).decided_at


# -- switched -------------------------------------------------------------------------------------


def test_a_switch_without_any_incident_is_seen() -> None:
    """By whichever source shows exports."""
    drill = told(seen(5), seen(30, switches=[switch(22)]))

    assert (drill.switched_at, drill.switched_to, drill.active_before) == (minute(22), B, A)


def test_a_switch_before_the_start_is_not_the_drills() -> None:
    """It was made for another reason."""
    assert told(seen(5, switches=[switch(-1)])).switched_at is None


def test_the_first_of_two_switches_counts() -> None:
    """A to B and back within one drill."""
    there, back = switch(20), switch(50, B, A)

    assert told(seen(60, switches=[there, back])).switched_to == B
    assert told(seen(25, switches=[there]), seen(55, switches=[back])).switched_to == B


def test_a_second_source_may_date_the_switch_earlier() -> None:
    """The first export that any source shows is when the role went over."""
    drill = told(seen(40, switches=[switch(35)]), seen(45, switches=[switch(22)]))

    assert drill.switched_at == minute(22)


# -- recovered ------------------------------------------------------------------------------------


def test_it_recovers_with_the_first_sync_after_the_switch_that_another_followed() -> None:
    """One sync alone may be the last one."""
    one = told(seen(25, sync=24, switches=[switch(22)]))
    two = told(seen(25, sync=24, switches=[switch(22)]), seen(55, sync=54, switches=[switch(22)]))

    assert one.running
    assert one.recovered_at is None
    assert (two.end, two.recovered_at, two.ended_at) == (
        DrillEnd.RECOVERED,
        minute(24),
        minute(55),
    )


def test_syncs_before_the_switch_do_not_count_however_late_it_is_shown() -> None:
    """Connect Health shows exports half an hour late: the syncs meanwhile are remembered."""
    late = [switch(22)]
    drill = told(seen(15, sync=14), seen(25, sync=24), seen(40, sync=39), seen(55, switches=late))

    assert (drill.end, drill.recovered_at) == (DrillEnd.RECOVERED, minute(24))


def test_a_sync_that_is_read_twice_is_one() -> None:
    """Ticks come more often than syncs."""
    same = [seen(at, sync=24, switches=[switch(22)]) for at in (25, 30, 35)]

    assert told(*same).recovered_at is None


@pytest.mark.parametrize("verdict", sorted(set(KIND_OF)))
def test_it_does_not_recover_while_something_is_wrong_with_sync(verdict: Verdict) -> None:
    """An unfit standby, an alert and a deadline aside: after a switch the old server may be off."""
    wrong = [seen(at, sync=at - 1, switches=[switch(22)], verdicts=[verdict]) for at in (25, 55)]
    beside = KIND_OF[verdict] in {Kind.STANDBY, Kind.HEALTH_ALERT, Kind.DEADLINE}

    assert (told(*wrong).end is DrillEnd.RECOVERED) == beside


def test_syncs_before_something_was_found_wrong_do_not_count() -> None:
    """While two servers export, syncs go on, but nothing has recovered."""
    there = [switch(22)]
    before, both = seen(25, sync=24, switches=there), seen(40, switches=there, verdicts=[DUAL])
    after = [seen(at, sync=at - 1, switches=there) for at in (55, 85)]

    assert told(before, both, after[0]).running
    assert told(before, both, *after).recovered_at == minute(54)


def test_it_goes_on_until_its_incidents_are_closed() -> None:
    """Otherwise their recovery cards would come without the word."""
    ticks = [seen(at, incident(), sync=at - 1, switches=[switch(22)]) for at in (25, 55)]
    last = seen(60, closed(incident(), 24, 60), sync=54, switches=[switch(22)])

    assert told(*ticks).recovered_at == minute(24)
    assert told(*ticks).running
    assert told(*ticks, last).end is DrillEnd.RECOVERED


def test_what_could_not_be_read_neither_recovers_nor_undoes_it() -> None:
    """A tick without Graph leaves the syncs as they were."""
    unread = seen(40, sync=39, switches=[switch(22)], readable=False)
    drill = told(seen(25, sync=24, switches=[switch(22)]), unread)

    assert drill.syncs == (minute(24),)
    assert drill.running


def test_where_cloud_sync_moves_the_times_exports_of_the_new_server_count() -> None:
    """The tenant's own syncs may be anybody's."""

    def tick(at: float, last: float) -> Seen:
        runs = (Acted("sync-b.contoso.com", minute(22), minute(last)),)
        return seen(at, sync=at, switches=[switch(22)], beats_count=False, exports=runs)

    assert told(tick(25, 22), tick(30, 22)).running
    assert told(tick(25, 22), tick(55, 52)).recovered_at == minute(22)


def test_without_a_switch_the_recovery_of_its_incident_counts() -> None:
    """The team repaired the server, or no source shows who exports; late evidence is waited for."""
    over = closed(incident(), 40, 70)
    waiting = told(seen(10, incident()), seen(70, over), seen(75))
    ended = told(
        seen(10, incident()), seen(70, over), seen(40 + LATE_EVIDENCE / timedelta(minutes=1))
    )

    assert waiting.running
    assert waiting.recovered_at == minute(40)
    assert (ended.end, ended.recovered_at, ended.switched_at) == (
        DrillEnd.RECOVERED,
        minute(40),
        None,
    )


def test_a_switch_that_is_shown_late_still_makes_it_a_failover() -> None:
    """Its syncs then count from the switch on."""
    over = closed(incident(), 40, 70)
    ticks = [seen(10, incident()), seen(41, incident(), sync=40), seen(70, over, sync=69)]
    drill = told(*ticks, seen(75, switches=[switch(39)]))

    assert (drill.end, drill.switched_to, drill.recovered_at) == (
        DrillEnd.RECOVERED,
        B,
        minute(40),
    )


# -- the end --------------------------------------------------------------------------------------


def test_it_runs_out_after_its_longest_time() -> None:
    """And what is open then is counted, but for matters of working time."""
    late = LONGEST_DRILL / timedelta(minutes=1)
    left = (incident(), incident(DUAL), incident(UNFIT), closed(incident(NO_ACTIVE), 11, 15))
    drill = told(seen(late - 1, *left), seen(late, *left))

    assert (drill.end, drill.ended_at, drill.unresolved) == (DrillEnd.EXPIRED, minute(late), 2)


def test_one_that_is_too_old_no_longer_runs_before_any_tick_says_so() -> None:
    """Otherwise the first finding after hours without a tick would be called a drill."""
    assert progress.running(DRILL, START + LONGEST_DRILL - timedelta(seconds=1)) is DRILL
    assert progress.running(DRILL, START + LONGEST_DRILL) is None
    assert progress.running(replace(DRILL, ended_at=START), START) is None
    assert progress.running(None, START) is None


_TIMES = st.integers(-600, 1_200)
_SEEN = st.builds(
    lambda at, sync, switched, verdicts, taken, readable: seen(
        at,
        *(
            [
                incident(
                    at=min(at, 30), first_acknowledged_at=None if taken is None else minute(taken)
                )
            ]
            if verdicts
            else []
        ),
        sync=sync,
        switches=[] if switched is None else [switch(switched)],
        verdicts=verdicts,
        readable=readable,
    ),
    _TIMES,
    st.none() | _TIMES,
    st.none() | _TIMES,
    st.lists(st.sampled_from([SILENT, DUAL, UNFIT, Verdict.CLOCK_SUSPECT]), max_size=1),
    st.none() | _TIMES,
    st.booleans(),
)


@given(st.lists(_SEEN, max_size=8))
def test_whatever_clocks_do_a_drill_never_contradicts_itself(ticks: list[Seen]) -> None:
    """No mark of a switch before the start, no recovery before the switch, and the end is final."""
    drill = told(*ticks)

    if drill.switched_at:
        assert drill.switched_to
        if drill.recovered_at:
            assert drill.recovered_at >= drill.switched_at
    if drill.end is DrillEnd.RECOVERED:
        assert drill.recovered_at
    assert (drill.ended_at is None) == (drill.end is None)
    assert drill.ended_at is None or drill.ended_at >= drill.started_at
    spans = rto.of(drill)
    phases = (spans.detect, spans.decide, spans.switch, spans.total)
    assert all(span is None or span >= timedelta(0) for span in phases)


@given(st.lists(_SEEN, min_size=1, max_size=6))
def test_the_same_tick_twice_changes_nothing(ticks: list[Seen]) -> None:
    """Every mark is a function of what is seen, not of how often."""
    once = told(*ticks)

    assert told(ticks[-1], drill=once) == once or not once.running
