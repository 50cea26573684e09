"""The model of the tenant and its clock: deterministic; only the active server moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.clock import VirtualClock, minutes
from simulator.machine import Kind, Role, ServerPlan
from simulator.model import Tenant, TenantPlan

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
LAG = minutes(1)
PLAN = TenantPlan(
    (
        ServerPlan("SYNC-A", Role.ACTIVE, phase=minutes(7)),
        ServerPlan("SYNC-B", Role.STAGING, phase=minutes(22)),
    )
)

HAPPENINGS: dict[str, Callable[[Tenant], None]] = {
    "a dies": lambda t: t.server_dies("SYNC-A"),
    "a returns": lambda t: t.server_returns("SYNC-A"),
    "b dies": lambda t: t.server_dies("SYNC-B"),
    "b returns": lambda t: t.server_returns("SYNC-B"),
    "promote b": lambda t: t.promote("SYNC-B"),
    "demote a": lambda t: t.demote("SYNC-A"),
    "suspend": lambda t: t.suspend_scheduler("SYNC-A"),
    "resume": lambda t: t.resume_scheduler("SYNC-A"),
    "long": lambda t: t.long_cycle("SYNC-A", minutes(100)),
    "passwords stop": Tenant.password_sync_stops,
    "passwords start": Tenant.password_sync_starts,
    "passwords off": Tenant.password_sync_off,
    "disable": Tenant.disable_sync,
    "enable": Tenant.enable_sync,
    "never": Tenant.never_synced,
    "lag": lambda t: t.lag_graph(minutes(12)),
    "future": lambda t: t.distort_timestamps(minutes(90)),
}
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no defect of the model."""
MINUTES = st.integers(0, 900)
SCRIPTS = st.lists(st.tuples(MINUTES, st.sampled_from(sorted(HAPPENINGS))), max_size=6).map(sorted)


def lived(script: list[tuple[int, str]], stops: list[int], plan: TenantPlan = PLAN) -> Tenant:
    """A tenant after 900 minutes, advanced to each stop on the way."""
    tenant = Tenant(plan, START)
    moments = [(m, 0, "") for m in stops] + [(m, 1, name) for m, name in script]
    for minute, _, name in sorted(moments):
        tenant.advance(START + minutes(minute))
        if name:
            HAPPENINGS[name](tenant)
    tenant.advance(START + minutes(900))
    return tenant


def exports(tenant: Tenant, kind: Kind) -> list[datetime]:
    """When this kind reached Entra."""
    return [b.at for b in tenant.beats if b.kind is kind and b.exported]


@UNHURRIED
@given(script=SCRIPTS, stops=st.lists(MINUTES, max_size=40))
def test_the_size_of_the_steps_changes_nothing(
    script: list[tuple[int, str]], stops: list[int]
) -> None:
    """Advancing in one step or in many gives the same life and the same answer."""
    few, many = lived(script, []), lived(script, stops)

    assert list(few.beats) == list(many.beats)
    assert few.organization() == many.organization()
    assert [s.due for s in few.servers.values()] == [s.due for s in many.servers.values()]


@UNHURRIED
@given(script=SCRIPTS)
def test_equal_seeds_give_equal_lives(script: list[tuple[int, str]]) -> None:
    """Nothing is random but what the seed says."""
    assert list(lived(script, []).beats) == list(lived(script, []).beats)


def test_another_seed_gives_another_life() -> None:
    """The seed matters, or the property above would be empty."""
    other = TenantPlan(PLAN.servers, seed=8)

    assert list(lived([], []).beats) != list(lived([], [], other).beats)


@UNHURRIED
@given(script=SCRIPTS)
def test_beats_are_told_in_order_and_only_active_servers_export(
    script: list[tuple[int, str]],
) -> None:
    """A staging server sends no passwords at all, and its cycles reach nobody."""
    tenant = lived(script, [])
    times = [beat.at for beat in tenant.beats]

    assert times == sorted(times)
    assert all(beat.exported for beat in tenant.beats if beat.kind is Kind.PASSWORDS)
    if not {"promote b"} & {name for _, name in script}:
        assert not any(beat.exported for beat in tenant.beats if beat.server == "SYNC-B")


@UNHURRIED
@given(dies=MINUTES)
def test_a_dead_server_is_silent(dies: int) -> None:
    """After the death of the only active server nothing moves in Graph."""
    tenant = lived([(dies, "a dies")], [])
    death = START + minutes(dies)

    assert all(beat.at <= death for beat in tenant.beats if beat.server == "SYNC-A")
    seen = tenant.organization()
    assert seen.object_sync_at == max(exports(tenant, Kind.OBJECTS))
    assert seen.object_sync_at <= death


@UNHURRIED
@given(minute=MINUTES)
def test_a_healthy_tenant_keeps_both_beats(minute: int) -> None:
    """Objects are never older than an interval and a cycle, passwords never than the idle time."""
    tenant = Tenant(PLAN, START)
    tenant.advance(START + minutes(minute))
    seen = tenant.organization()

    assert seen.object_sync_at is not None
    assert seen.password_sync_at is not None
    assert tenant.now - seen.object_sync_at <= minutes(36) + LAG
    assert tenant.now - seen.password_sync_at <= minutes(30) + LAG


def test_passwords_beat_more_often_in_work_hours() -> None:
    """At night only the idle heartbeat is seen, by day people change passwords."""
    passwords = exports(lived([], []), Kind.PASSWORDS)
    night = [at for at in passwords if START <= at < START + minutes(330)]
    day = [at for at in passwords if START + minutes(450) <= at < START + minutes(780)]

    assert len(night) == 11
    assert len(day) > 2 * len(night)


def test_the_standby_exports_from_its_promotion_on() -> None:
    """After a takeover the tenant's times move again, and the dead server's role is untouched."""
    tenant = lived([(90, "a dies"), (180, "promote b")], [])
    after = [b for b in tenant.beats if b.at > START + minutes(180)]

    assert after
    assert {b.server for b in after if b.exported} == {"SYNC-B"}
    assert tenant.servers["SYNC-A"].role is Role.ACTIVE


def test_a_returned_server_still_believes_to_be_active() -> None:
    """Without a person's hand a failover ends in two active servers."""
    tenant = lived([(90, "a dies"), (180, "promote b"), (300, "a returns")], [])

    late = {b.server for b in tenant.beats if b.exported and b.at > START + minutes(400)}
    assert late == {"SYNC-A", "SYNC-B"}


def test_a_long_cycle_holds_objects_back_and_lets_passwords_pass() -> None:
    """What a full synchronisation looks like from outside."""
    tenant = lived([(60, "long")], [])
    start, end = START + minutes(60), START + minutes(160)

    assert not [at for at in exports(tenant, Kind.OBJECTS) if start < at < end]
    assert end in exports(tenant, Kind.OBJECTS)
    assert [at for at in exports(tenant, Kind.PASSWORDS) if start < at < end]


def test_a_suspended_scheduler_starts_no_cycle_until_it_is_resumed() -> None:
    """Passwords have a scheduler of their own and go on."""
    tenant = lived([(60, "suspend"), (200, "resume")], [])
    held = (START + minutes(66), START + minutes(200))

    assert not [at for at in exports(tenant, Kind.OBJECTS) if held[0] < at < held[1]]
    assert [at for at in exports(tenant, Kind.OBJECTS) if at > held[1]]
    assert [at for at in exports(tenant, Kind.PASSWORDS) if held[0] < at < held[1]]


def test_a_broken_password_channel_keeps_its_last_time_and_an_unused_one_has_none() -> None:
    """Frozen and null are two things."""
    broken = lived([(60, "passwords stop")], []).organization()
    unused = lived([(60, "passwords off")], []).organization()

    assert broken.password_sync_at is not None
    assert broken.password_sync_at <= START + minutes(60)
    assert unused.password_sync_at is None


def test_a_disabled_tenant_keeps_its_last_times_and_a_never_synced_one_has_none() -> None:
    """False and null are two things."""
    disabled = lived([(60, "disable")], []).organization()
    never = lived([(60, "never")], []).organization()

    assert disabled.sync_enabled is False
    assert disabled.object_sync_at is not None
    assert disabled.object_sync_at <= START + minutes(60)
    assert (never.sync_enabled, never.object_sync_at) == (None, None)
    assert (
        Tenant(TenantPlan(PLAN.servers, synced=False), START).organization().object_sync_at is None
    )


def test_graph_shows_a_beat_only_after_the_lag() -> None:
    """What happened is not yet what can be read."""
    tenant = Tenant(TenantPlan(PLAN.servers, graph_lag=minutes(5)), START)
    tenant.advance(START + minutes(30))
    beat = max(exports(tenant, Kind.OBJECTS))
    late = Tenant(TenantPlan(PLAN.servers, graph_lag=minutes(5)), START)

    late.advance(beat + minutes(5) - timedelta(seconds=1))
    assert late.organization().object_sync_at != beat
    late.advance(beat + minutes(5))
    assert late.organization().object_sync_at == beat


def test_a_cycle_is_lost_with_its_server() -> None:
    """What was under way at the death does not arrive when the server is back."""
    tenant = lived([(68, "a dies"), (80, "a returns")], [])
    objects = exports(tenant, Kind.OBJECTS)

    assert not [at for at in objects if START + minutes(60) < at < START + minutes(97)]
    assert objects == sorted(objects)


def test_a_shrinking_lag_shows_no_older_beat_over_a_newer_one() -> None:
    """Graph's times go back only when the story says so."""
    tenant = Tenant(TenantPlan(PLAN.servers, graph_lag=minutes(50)), START)
    tenant.advance(START + minutes(20))
    tenant.lag_graph(minutes(0))
    seen = []
    for minute in range(20, 120):
        tenant.advance(START + minutes(minute))
        seen.append(tenant.organization().object_sync_at or START)

    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_a_clock_fault_shifts_what_is_shown_and_ends() -> None:
    """Future and backward times, and then the truth again."""
    tenant = lived([], [])
    truth = tenant.organization().object_sync_at
    assert truth is not None

    tenant.distort_timestamps(minutes(90))
    assert tenant.organization().object_sync_at == truth + minutes(90)
    tenant.distort_timestamps(minutes(-90))
    assert tenant.organization().object_sync_at == truth - minutes(90)
    tenant.distort_timestamps(minutes(0))
    assert tenant.organization().object_sync_at == truth


def test_a_year_needs_no_more_memory_than_asked_for() -> None:
    """A long benchmark can keep the model small."""
    tenant = Tenant(TenantPlan(PLAN.servers, remembered=100), START)
    tenant.advance(START + timedelta(days=30))

    assert len(tenant.beats) == 100


def test_mistakes_in_a_script_are_named() -> None:
    """A wrong server, a doubled name and a step back each say what is wrong."""
    tenant = Tenant(PLAN, START)

    with pytest.raises(ValueError, match="no server SYNC-X in this tenant: it has SYNC-A, SYNC-B"):
        tenant.server_dies("SYNC-X")
    with pytest.raises(ValueError, match="cannot go back"):
        tenant.advance(START - minutes(1))
    with pytest.raises(ValueError, match="same name"):
        Tenant(TenantPlan((PLAN.servers[0], PLAN.servers[0])), START)


def test_the_virtual_clock_stands_still_until_it_is_moved_and_never_goes_back() -> None:
    """No real time reaches a story."""
    clock = VirtualClock(START.astimezone(timezone(timedelta(hours=2))))

    assert clock.now() == clock.now() == START
    assert clock.now().tzinfo is UTC
    clock.advance_to(START + minutes(5))
    assert clock.now() == START + minutes(5)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance_to(START)
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(START.replace(tzinfo=None))
