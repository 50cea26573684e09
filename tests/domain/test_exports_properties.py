"""What must hold of remembering exports whatever the sources say and whenever they say it.

`WATCHDOG_SIMULATION=full` tries more of it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.pair.exports import Handover, PairMemory, failed_over, remember, sequences
from shared.domain.pair.readings import (
    Acted,
    AuditTrail,
    CloudSync,
    HealthMember,
    HealthReading,
    Known,
    PairReadings,
    Source,
    SyncConfiguration,
    server_key,
)
from shared.domain.pair.roles import MAX_DISAGREEMENTS, fuse
from shared.domain.pair.view import Intent, PairView
from tests.support.judging import NOW
from tests.support.pairs import FACTS

if TYPE_CHECKING:
    from shared.domain.pair.view import Roles

FULL = os.environ.get("WATCHDOG_SIMULATION") == "full"
thorough = settings(max_examples=500 if FULL else 25, deadline=None)

EXTREMES = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
names = st.one_of(
    st.sampled_from(["SYNC-A", "sync-a.contoso.com", "SYNC-B", "Sync-B", "SYNC-C", "", " ", "."]),
    st.text(max_size=8),
)
times = st.one_of(
    st.sampled_from([0, 2, 5, 15, 60, 120, 270, 1440]).flatmap(
        lambda m: st.sampled_from([-1, 0, 1]).map(lambda s: NOW - timedelta(minutes=m, seconds=s))
    ),
    st.integers(-300, 3000).map(lambda m: NOW - timedelta(minutes=m)),
    st.sampled_from(EXTREMES),
)
maybe = st.none() | times


def run(server: str, one: datetime, other: datetime) -> Acted:
    """A run between two times."""
    return Acted(server, min(one, other), max(one, other))


runs = st.lists(st.builds(run, names, times, times), max_size=15).map(tuple)
members = st.builds(
    HealthMember,
    id=st.text(max_size=3),
    name=names,
    staging=st.sampled_from([None, True, False]),
    disabled=st.booleans(),
    updated_at=maybe,
    uploaded_at=maybe,
    ran_at=maybe,
    configured_at=maybe,
    exported_at=maybe,
)
handovers = st.lists(
    st.builds(Handover, st.sampled_from(Source), names, names, times, times, st.booleans(), maybe),
    max_size=5,
).map(tuple)
memories = st.builds(
    PairMemory,
    configuration=runs,
    audits=runs,
    exports=runs,
    handovers=handovers,
    named_read_at=maybe,
    named_sync_at=maybe,
)
readings = st.builds(
    PairReadings,
    connect_health=st.builds(
        Known,
        reading=st.none() | st.builds(HealthReading, st.lists(members, max_size=4).map(tuple)),
        read_at=maybe,
    ),
    sync_configuration=st.builds(
        Known,
        reading=st.none() | st.builds(SyncConfiguration, exporter=st.none() | names),
        read_at=maybe,
    ),
    audits=st.builds(Known, reading=st.none() | st.builds(AuditTrail, runs=runs)),
    cloud_sync=st.builds(
        Known, reading=st.none() | st.builds(CloudSync, running=st.integers(0, 1))
    ),
)
ticks = st.tuples(readings, times.filter(lambda time: time not in EXTREMES), maybe, st.booleans())


def after(
    memory: PairMemory, tick: tuple[PairReadings, datetime, datetime | None, bool]
) -> PairMemory:
    """What is remembered after a tick."""
    said, at, synced_at, silent = tick
    return remember(memory, said, at=at, object_sync_at=synced_at, silent=silent)


@thorough
@given(memories, ticks)
def test_the_same_readings_again_change_nothing(
    memory: PairMemory, tick: tuple[PairReadings, datetime, datetime | None, bool]
) -> None:
    """Overlapping ticks and repeated windows are normal."""
    once = after(memory, tick)

    assert after(once, tick) == once


@thorough
@given(memories, st.lists(ticks, min_size=1, max_size=3))
def test_what_is_remembered_stays_small_and_in_order(
    memory: PairMemory, past: list[tuple[PairReadings, datetime, datetime | None, bool]]
) -> None:
    """Whatever came: 12 runs per source, neighbours differ, times ascend, nothing is ahead."""
    for tick in past:
        memory = after(memory, tick)

    for _, kept in sequences(memory):
        assert len(kept) <= 12
        assert all(server_key(each.server) for each in kept)
        assert all(each.first_at <= each.last_at for each in kept)
        assert all(each.last_at - past[-1][1] <= timedelta(minutes=2) for each in kept)
        for one, next_one in pairwise(kept):
            assert server_key(one.server) != server_key(next_one.server)
            assert one.last_at <= next_one.first_at
    assert len(memory.handovers) <= 5


@thorough
@given(memories, ticks)
def test_the_order_of_the_members_does_not_matter(
    memory: PairMemory,
    tick: tuple[PairReadings, datetime, datetime | None, bool],
) -> None:
    """Connect Health promises no order, and may change it from read to read."""
    said, at, synced_at, silent = tick
    reading = said.connect_health.reading
    shuffled = sorted(reading.members, key=repr) if reading else []
    mixed = replace(
        said,
        connect_health=replace(
            said.connect_health,
            reading=reading and replace(reading, members=tuple(shuffled)),
        ),
    )
    straight = after(memory, tick)
    assert after(memory, (mixed, at, synced_at, silent)) == straight
    assert fused(straight, mixed, at, synced_at) == fused(straight, said, at, synced_at)


def fused(
    memory: PairMemory, said: PairReadings, at: datetime, synced_at: datetime | None
) -> Roles:
    """The roles of a pair whose settings name both servers."""
    intent = Intent("SYNC-A", ("SYNC-B",))
    return fuse(PairView(at, said, memory, intent, FACTS, object_sync_at=synced_at))


@thorough
@given(memories, ticks, names, st.lists(names, max_size=3).map(tuple))
def test_any_evidence_gives_roles_that_hold_together(
    memory: PairMemory,
    tick: tuple[PairReadings, datetime, datetime | None, bool],
    active: str,
    standbys: tuple[str, ...],
) -> None:
    """Total and bounded, also for memory that nobody can have: each server once, one active."""
    said, at, synced_at, _ = tick
    for known in (memory, after(memory, tick)):
        view = PairView(at, said, known, Intent(active, standbys), FACTS, object_sync_at=synced_at)
        roles = fuse(view)
        keys = [server_key(each.name) for each in roles.servers]

        assert len(keys) == len(set(keys)) <= 20
        assert "" not in keys
        two = roles.two_active
        exporting = {server_key(name) for name in two.servers} if two else set[str]()
        actives = [each for each in roles.servers if each.role == "active"]
        assert all(each is roles.active or server_key(each.name) in exporting for each in actives)
        assert roles.active is None or roles.servers[0] is roles.active
        assert len(roles.disagreements) <= MAX_DISAGREEMENTS
        for each in roles.servers:
            assert each.seen_at is None or each.seen_at - at <= timedelta(minutes=2)
            assert (each.basis is None) == (each.role == "unknown")
            assert len(each.claims) <= 5
        if roles.two_active is not None:
            assert len(set(roles.two_active.servers)) >= 2
            assert roles.two_active.to_staging in {"", *roles.two_active.servers}
            assert 0 < len(roles.two_active.statements) <= 5


@thorough
@given(memories, names, times)
def test_the_switch_that_answers_an_incident_is_one_that_is_remembered(
    memory: PairMemory, name: str, since: datetime
) -> None:
    """Away from the server that was asked for, and not before the incident."""
    switch = failed_over(memory, name, since)

    if switch is None:
        away = [each for each in memory.handovers if each.at >= since]
        assert server_key(name) or not away
        assert server_key(name) not in {server_key(each.before) for each in away}
    else:
        assert switch in memory.handovers
        assert switch.at >= since
        assert server_key(name) in {"", server_key(switch.before)}
