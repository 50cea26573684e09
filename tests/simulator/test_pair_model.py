"""The pair in the model: what each source hears of a server, and how late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.clock import minutes
from simulator.connect_health import (
    DELETES_STOPPED,
    IMPORT_FAILED,
    MISSING_DATA,
    SERVICE_STOPPED,
    DataType,
)
from simulator.machine import Kind
from tests.support.simulated_pair import PLAN, START, A, B, after, lived, tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.model import Tenant

UNHURRIED = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
MINUTES = st.integers(0, 900)
PAIR_HAPPENINGS: dict[str, Callable[[Tenant], None]] = {
    "a dies": lambda t: t.server_dies(A),
    "a returns": lambda t: t.server_returns(A),
    "promote b": lambda t: t.promote(B),
    "demote a": lambda t: t.demote(A),
    "suspend b": lambda t: t.suspend_scheduler(B),
    "certificate": lambda t: t.certificate_expires(A, timedelta(hours=2)),
    "agent stops": lambda t: t.agent_stops(A),
    "agent starts": lambda t: t.agent_starts(A),
    "service stops": lambda t: t.sync_service_stops(A),
    "service starts": lambda t: t.sync_service_starts(A),
    "deletes": lambda t: t.deletes_pile_up(),
    "cleared": lambda t: t.deletes_cleared(),
    "outage": lambda t: t.entra_outage(),
    "recovers": lambda t: t.entra_recovers(),
    "imports fail": lambda t: t.ad_import(B, fails=True),
    "cloud": lambda t: t.cloud_sync_starts(),
}
SCRIPTS = st.lists(st.tuples(MINUTES, st.sampled_from(sorted(PAIR_HAPPENINGS))), max_size=6)


def everything_known(model: Tenant) -> object:
    """What every source would be told now."""
    now = model.now
    return (
        model.organization(),
        model.health.members,
        model.health.alerts,
        model.entra.audits(now),
        model.entra.exporter,
        model.entra.open_issues(now),
        [server.certificate_ends for server in model.servers.values()],
    )


@UNHURRIED
@given(script=SCRIPTS, stops=st.lists(MINUTES, max_size=30))
def test_the_size_of_the_steps_changes_nothing_that_any_source_says(
    script: list[tuple[int, str]], stops: list[int]
) -> None:
    """One step or many: the same uploads, alerts, audits, exporter and certificates."""

    def play(moments: list[int]) -> Tenant:
        model = tenant()
        events = [(m, 0, "") for m in moments] + [(m, 1, name) for m, name in script]
        for minute, _, name in sorted(events, key=lambda event: event[:2]):
            after(model, minute)
            if name:
                PAIR_HAPPENINGS[name](model)
        return after(model, 900)

    assert everything_known(play([])) == everything_known(play(stops))


# -- uploads --------------------------------------------------------------------------------------


@UNHURRIED
@given(minute=MINUTES)
def test_a_living_server_is_seen_every_half_hour_and_its_configuration_every_four_hours(
    minute: int,
) -> None:
    """Active and staging alike: uploads are liveness, not role."""
    model = after(tenant(), minute)

    for member in model.health.members.values():
        ages = {kind: model.now - at for kind, at in member.uploads.items()}
        assert ages[DataType.STATUS] < minutes(30)
        assert ages[DataType.RUN_RESULTS] < minutes(60)
        assert ages[DataType.CONFIGURATION] < minutes(240)


@UNHURRIED
@given(switched=st.integers(0, 240))
def test_staging_mode_follows_a_switch_within_four_hours_and_not_at_once(switched: int) -> None:
    """Until the next upload of the configuration Connect Health shows the old roles."""
    model = after(tenant(), switched)
    model.demote(A)
    member = model.health.members[A]
    told = member.uploads[DataType.CONFIGURATION]

    assert member.staging is False
    model.advance(told + minutes(239))
    assert member.staging is False
    model.advance(told + minutes(240))
    assert member.staging is True


def test_a_dead_server_or_agent_uploads_nothing_and_a_stopped_service_still_does() -> None:
    """Three ways of being quiet, told apart by who still talks."""
    dead = lived((60, lambda t: t.server_dies(A)), until=200)
    mute = lived((60, lambda t: t.agent_stops(A)), until=200)
    stopped = lived((60, lambda t: t.sync_service_stops(A)), until=200)

    assert dead.health.members[A].uploaded_at <= START + minutes(60)
    assert mute.health.members[A].uploaded_at <= START + minutes(60)
    assert mute.organization().object_sync_at is not None
    assert mute.organization().object_sync_at > START + minutes(150)  # type: ignore[operator]  # it has synced
    assert stopped.health.members[A].uploaded_at > START + minutes(170)
    assert not [b for b in stopped.beats if b.server == A and b.at > START + minutes(60)]


def test_run_results_come_only_after_a_cycle() -> None:
    """In a long cycle the server still reports its status, and so is seen to live."""
    model = lived((60, lambda t: t.long_cycle(A, minutes(200))), until=250)
    uploads = model.health.members[A].uploads

    assert uploads[DataType.RUN_RESULTS] <= START + minutes(63)
    assert model.now - uploads[DataType.STATUS] < minutes(30)


def test_a_server_without_an_agent_is_no_member() -> None:
    """Connect Health knows only who was registered."""
    plan = replace(PLAN, servers=(PLAN.servers[0], replace(PLAN.servers[1], registered=False)))

    assert list(tenant(plan).health.members) == [A]


def test_a_new_version_is_known_with_the_next_configuration() -> None:
    """Up to four hours later."""
    model = tenant()
    model.has_version(B, "2.6.95.0")

    assert model.health.members[B].version == "2.6.92.0"
    assert after(model, 240).health.members[B].version == "2.6.95.0"


@UNHURRIED
@given(minute=MINUTES)
def test_the_export_status_is_that_of_cycles_that_exported(minute: int) -> None:
    """A staging server has none; the active one's is at most an upload older than its cycle."""
    model = after(tenant(), minute)
    a, b = (model.health.members[name] for name in (A, B))
    ends = {x.at for x in model.beats if x.kind is Kind.OBJECTS and x.server == A}

    assert a.exported_at in ends
    assert model.now - a.exported_at < minutes(30 + 30 + 6)
    assert b.exported_at is None


# -- alerts ---------------------------------------------------------------------------------------


@UNHURRIED
@given(dies=st.integers(0, 240))
def test_missing_data_is_noticed_two_to_four_hours_after_the_last_upload(dies: int) -> None:
    """Connect Health looks every two hours, so the alert is late, and so is its end."""
    model = after(tenant(), dies)
    model.server_dies(A)
    last = model.health.members[A].uploaded_at
    after(model, dies + 300)
    (alert,) = model.health.active()

    assert (alert.name, alert.level) == (MISSING_DATA, "Error")
    assert timedelta(hours=2) <= alert.created_at - last < timedelta(hours=4)
    model.server_returns(A)
    returned = model.now
    after(model, dies + 300 + 151)
    assert model.health.active() == []
    (resolved,) = model.health.alerts
    assert resolved.id == alert.id
    assert resolved.resolved_at is not None
    assert resolved.resolved_at - returned <= timedelta(minutes=150)


def test_nobody_is_accused_while_all_is_well() -> None:
    """Two days without an alert."""
    assert after(tenant(), 2880).health.alerts == []


@pytest.mark.parametrize(
    ("happens", "ends", "title"),
    [
        (
            lambda t: t.sync_service_stops(A),
            lambda t: t.sync_service_starts(A),
            SERVICE_STOPPED,
        ),
        (
            lambda t: t.ad_import(A, fails=True),
            lambda t: t.ad_import(A, fails=False),
            IMPORT_FAILED,
        ),
        (lambda t: t.deletes_pile_up(), lambda t: t.deletes_cleared(), DELETES_STOPPED),
    ],
)
def test_an_agent_reports_its_alert_with_an_upload_and_its_end_with_another(
    happens: Callable[[Tenant], None], ends: Callable[[Tenant], None], title: str
) -> None:
    """Half an hour late both ways; a stopped export and its end need a cycle before that."""
    model = lived((64, happens), until=64 + 66)

    assert [alert.name for alert in model.health.active()] == [title]
    ends(model)
    after(model, 130 + 66)
    assert model.health.active() == []


def test_an_alert_of_any_name_can_be_raised_on_a_server_or_the_service() -> None:
    """The catalogue is not closed; wrong names in a script are told."""
    model = tenant()
    model.raise_alert(A, "New", "PreWarning")
    model.raise_alert("", "Wide")
    model.raise_alert(A, "New")

    assert [(x.name, x.level, bool(x.member)) for x in model.health.active()] == [
        ("New", "PreWarning", True),
        ("Wide", "Error", False),
    ]
    model.resolve_alert("New")
    assert [x.name for x in model.health.active()] == ["Wide"]
    with pytest.raises(ValueError, match="no active alert is called 'New'"):
        model.resolve_alert("New")
    with pytest.raises(ValueError, match="no server SYNC-X is registered"):
        model.raise_alert("SYNC-X", "New")


def test_a_month_needs_no_more_memory_than_asked_for() -> None:
    """Uploads are forgotten with the beats."""
    model = tenant(remembered=50)
    model.advance(START + timedelta(days=30))

    assert len(model.health.log) == 50
