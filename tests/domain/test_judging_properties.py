"""What must hold of judging whatever was remembered and whatever was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.readings import Observation, Reason, TenantReading, Unavailable
from shared.domain.tenant.detector import (
    DEFAULT_CADENCE,
    Policy,
    cadence,
    judge,
    single_limit,
    stalled_limit,
)
from shared.domain.tenant.heartbeats import Heartbeat, Memory, WidestGap, remember, usable
from shared.domain.verdicts import Kind, PasswordSync, Verdict, severity
from tests.support.judging import NOW, TENANT

thorough = settings(max_examples=150, deadline=None)
WEEK = timedelta(days=7)

ages = st.one_of(
    st.sampled_from([45, 60, 75, 120, 180]).flatmap(
        lambda m: st.sampled_from([-1, 0, 1]).map(lambda s: timedelta(minutes=m, seconds=s))
    ),
    st.integers(-600, 15 * 3600).map(lambda s: timedelta(seconds=s)),
    st.integers(-40, 900).map(lambda d: timedelta(days=d)),
)
past_ages = ages.filter(lambda age: age >= timedelta(minutes=-2))
stamps = ages.map(lambda age: NOW - age)
limits = st.integers(60, 2 * 86400).map(lambda s: timedelta(seconds=s))
unavailable = st.builds(Unavailable, st.sampled_from(Reason), st.just("It did not answer."))
policies = st.builds(
    Policy,
    silent_after=limits,
    stalled_after=limits,
    password_stalled_after=limits,
    blind_after=limits,
    sync_interval=st.none() | limits,
)
gap_seconds = st.integers(1, 20 * 86400)
heartbeats = st.builds(
    Heartbeat,
    newest_at=st.none() | stamps,
    current_at=st.none() | stamps,
    beats=st.integers(0, 10**6),
    backward_since=st.none() | stamps,
    gaps=st.integers(0, 10**6),
    recent_gaps=st.lists(gap_seconds, max_size=14).map(tuple),
    widest_gaps=st.lists(st.builds(WidestGap, st.just(NOW.date()), gap_seconds), max_size=3).map(
        tuple
    ),
)
memories = st.builds(
    Memory,
    started_at=stamps,
    read_at=st.none() | stamps,
    objects=heartbeats,
    passwords=heartbeats,
    password_in_use=st.sampled_from([None, True, False]),
    unavailable=st.none() | unavailable,
)
tenants = st.builds(
    TenantReading,
    tenant_id=st.just(TENANT),
    display_name=st.text(max_size=5),
    sync_enabled=st.sampled_from([True, True, True, False, None]),
    object_sync_at=st.none() | stamps,
    password_sync_at=st.one_of(st.none(), stamps, unavailable),
    clock_ahead=st.none() | st.integers(-1200, 1200).map(lambda s: timedelta(seconds=s)),
)
observations = st.builds(
    Observation,
    at=stamps,
    tenant=st.one_of(tenants, tenants, unavailable),
    alive_at=st.none() | stamps,
    sync_interval=st.none() | limits,
    password_sync=st.sampled_from([None, True, False]),
    cloud_sync=st.booleans(),
)

recent = st.integers(-900, 3 * 3600).map(lambda s: NOW - timedelta(seconds=s))
nearly_healthy = st.builds(
    Observation,
    at=st.just(NOW),
    tenant=st.builds(
        TenantReading,
        tenant_id=st.just(TENANT),
        display_name=st.just("Contoso"),
        sync_enabled=st.sampled_from([True, True, True, True, False, None]),
        object_sync_at=st.none() | recent,
        password_sync_at=st.one_of(st.none(), recent, recent, unavailable),
        clock_ahead=st.none() | st.integers(-900, 900).map(lambda s: timedelta(seconds=s)),
    ),
    alive_at=st.none() | recent,
    sync_interval=st.none() | limits,
    password_sync=st.sampled_from([None, True, False]),
    cloud_sync=st.booleans(),
)


@thorough
@given(memory=memories, observation=observations, policy=policies, learn=st.booleans())
def test_judging_is_total(
    *, memory: Memory, observation: Observation, policy: Policy, learn: bool
) -> None:
    """Any memory and any observation give a judgement whose parts agree with each other."""
    for known in (memory, remember(memory, observation, learn=learn)):
        judged = judge(known, observation, policy)
        ranks = [severity(found.verdict) for found in judged.findings]

        assert ranks == sorted(ranks, reverse=True)
        assert len({found.kind for found in judged.findings}) == len(ranks)
        assert judged.findings or judged.verdict in {Verdict.HEALTHY, Verdict.LATE}
        assert judged.unjudged <= {Kind.SYNC, Kind.PASSWORD_SYNC}
        assert not judged.unjudged or judged.readable
        assert not judged.findings or judged.findings[0].verdict is judged.verdict


@thorough
@given(
    memories,
    st.builds(
        Observation,
        at=stamps,
        tenant=st.one_of(
            unavailable,
            st.builds(
                TenantReading,
                tenant_id=st.just(TENANT),
                display_name=st.just("Contoso"),
                sync_enabled=st.just(True),
                object_sync_at=stamps,
                password_sync_at=unavailable,
            ),
        ),
    ),
    policies,
)
def test_what_could_not_be_read_is_never_healthy(
    memory: Memory, observation: Observation, policy: Policy
) -> None:
    """Neither an unreadable tenant nor an unread second heartbeat is good news."""
    needed = replace(memory, password_in_use=memory.password_in_use or None)

    judged = judge(remember(needed, observation, learn=True), observation, policy)

    assert judged.verdict is not Verdict.HEALTHY


@thorough
@given(memories, st.builds(Observation, at=stamps, tenant=unavailable), policies)
def test_an_unreadable_tick_is_late_or_blind_and_says_nothing_about_sync(
    memory: Memory, observation: Observation, policy: Policy
) -> None:
    """From a tick that read nothing no other verdict comes, and no incident but `blind`."""
    judged = judge(remember(memory, observation, learn=True), observation, policy)

    assert judged.verdict in {Verdict.LATE, Verdict.BLIND}
    assert {found.kind for found in judged.findings} <= {Kind.BLIND}
    assert not judged.readable


@thorough
@given(memories, nearly_healthy, policies)
def test_healthy_means_proven_fresh_by_the_clock_that_is_right(
    memory: Memory, observation: Observation, policy: Policy
) -> None:
    """No clock and no odd time makes a stopped sync look healthy (promise R6)."""
    after = remember(memory, observation, learn=True)
    judged = judge(after, observation, policy)
    tenant = usable(memory, observation)
    if judged.verdict is not Verdict.HEALTHY:
        return

    assert isinstance(tenant, TenantReading)
    assert tenant.sync_enabled is True
    assert tenant.object_sync_at is not None
    ahead = tenant.clock_ahead or timedelta(0)
    assert abs(ahead) <= timedelta(minutes=5)
    age = observation.at - tenant.object_sync_at
    if not judged.beats_count:  # Cloud Sync moves these times: only another source can prove it
        assert observation.cloud_sync
        assert observation.alive_at is not None
        assert observation.at - observation.alive_at <= policy.silent_after
        return
    cycle = cadence(after, policy, observation.sync_interval)
    assert -timedelta(minutes=7) <= age <= max(policy.silent_after, 2 * cycle)
    if judged.evidence.password_sync is PasswordSync.USED:
        assert not isinstance(tenant.password_sync_at, Unavailable | None)
        assert observation.at - tenant.password_sync_at <= policy.silent_after


@thorough
@given(
    gaps=st.lists(gap_seconds, max_size=14).map(tuple),
    policy=policies,
    objects=st.tuples(past_ages, past_ages).map(sorted),
    passwords=st.tuples(past_ages, past_ages).map(sorted),
    mode=st.sampled_from(PasswordSync),
    alive=st.none() | past_ages,
)
def test_older_is_never_milder(
    *,
    gaps: tuple[int, ...],
    policy: Policy,
    objects: list[timedelta],
    passwords: list[timedelta],
    mode: PasswordSync,
    alive: timedelta | None,
) -> None:
    """With everything else fixed, the verdict's severity grows with each age."""
    before = Memory(
        started_at=NOW,
        objects=Heartbeat(gaps=len(gaps), recent_gaps=gaps),
        passwords=Heartbeat(newest_at=NOW - timedelta(days=1000)),
        password_in_use=mode is not PasswordSync.NOT_USED,
    )

    def rank(object_age: timedelta, password_age: timedelta) -> int:
        second: datetime | Unavailable | None = NOW - password_age
        if mode is PasswordSync.UNREAD:
            second = Unavailable(Reason.TIMEOUT, "It did not answer.")
        if mode is PasswordSync.NOT_USED:
            second = None
        tenant = TenantReading(TENANT, "", True, NOW - object_age, second)
        seen = Observation(NOW, tenant, None if alive is None else NOW - alive)
        return severity(judge(remember(before, seen, learn=False), seen, policy).verdict)

    young = rank(objects[0], passwords[0])
    assert young <= rank(objects[1], passwords[0])
    assert young <= rank(objects[0], passwords[1])


@thorough
@given(earlier=st.lists(observations, max_size=6), observation=observations, learn=st.booleans())
def test_remembering_the_same_observation_twice_changes_nothing(
    *, earlier: list[Observation], observation: Observation, learn: bool
) -> None:
    """A doubled tick counts no beat and learns no gap."""
    memory = Memory(started_at=NOW)
    for seen in earlier:
        memory = remember(memory, seen, learn=learn)

    once = remember(memory, observation, learn=learn)

    assert remember(once, observation, learn=learn) == once


@thorough
@given(memory=memories, observation=observations, learn=st.booleans())
def test_beats_and_the_newest_time_only_grow(
    *, memory: Memory, observation: Observation, learn: bool
) -> None:
    """Whatever Graph answers, a beat once counted stays counted, and one read is one beat."""
    after = remember(memory, observation, learn=learn)

    for old, new in ((memory.objects, after.objects), (memory.passwords, after.passwords)):
        assert new.beats - old.beats in {0, 1}
        assert old.newest_at is None or (new.newest_at or old.newest_at) >= old.newest_at
        assert (new.beats > old.beats) <= (new.newest_at != old.newest_at)
        assert learn or new.gaps == old.gaps


@thorough
@given(heartbeats, policies)
def test_learning_never_narrows_a_limit(objects: Heartbeat, policy: Policy) -> None:
    """What was learned moves a limit only above what the team and physics say."""
    taught = Memory(started_at=NOW, objects=objects)
    fresh = Memory(started_at=NOW)

    assert policy.sync_interval or cadence(taught, policy) >= DEFAULT_CADENCE
    assert stalled_limit(taught, policy) >= stalled_limit(fresh, policy)
    assert single_limit(taught, policy) >= max(policy.silent_after, timedelta(minutes=75))


@thorough
@given(heartbeats, gap_seconds, policies)
def test_a_wider_gap_never_narrows_the_limit_of_a_stall(
    objects: Heartbeat, seconds: int, policy: Policy
) -> None:
    """One more day's widest gap can only widen it, up to the ceiling."""
    before = Memory(started_at=NOW, objects=objects)
    wider = (*objects.widest_gaps, WidestGap(NOW.date(), seconds))
    after = replace(before, objects=replace(objects, widest_gaps=wider))

    assert stalled_limit(after, policy) >= stalled_limit(before, policy)
    assert stalled_limit(after, policy) <= max(
        timedelta(hours=24),
        2 * cadence(after, policy) + timedelta(hours=1),
        policy.stalled_after,
    )


@thorough
@given(st.builds(Observation, at=stamps, tenant=tenants), policies)
def test_the_name_of_the_tenant_changes_no_verdict(
    observation: Observation, policy: Policy
) -> None:
    """A renamed tenant is judged like before."""
    assert isinstance(observation.tenant, TenantReading)
    renamed = replace(observation, tenant=replace(observation.tenant, display_name="Fabrikam"))
    memory = remember(Memory(started_at=NOW - WEEK), observation, learn=True)
    after = remember(memory, renamed, learn=True)

    assert after == replace(memory, display_name=after.display_name)
    assert judge(after, renamed, policy) == judge(memory, observation, policy)


@thorough
@given(memories, nearly_healthy, policies, st.integers(0, 3 * 3600))
def test_where_cloud_sync_runs_a_fresh_tenant_proves_nothing(
    memory: Memory, observation: Observation, policy: Policy, seconds: int
) -> None:
    """Without another source's word the verdict is not good, and no incident can be closed."""
    unseen = replace(observation, cloud_sync=True, alive_at=None)
    judged = judge(remember(memory, unseen, learn=True), unseen, policy)
    assert judged.verdict is not Verdict.HEALTHY
    assert judged.beats_count or Kind.SYNC in judged.unjudged

    seen = replace(unseen, alive_at=NOW - timedelta(seconds=seconds))
    judged = judge(remember(memory, seen, learn=True), seen, policy)
    if not judged.beats_count:
        assert judged.finding(Kind.PASSWORD_SYNC) is None
        found = judged.finding(Kind.SYNC)
        assert found is None or found.verdict is Verdict.SERVER_SILENT
