"""What Entra hears of a simulated pair: certificates, audits, exporter, outages, Cloud Sync."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.clock import minutes
from simulator.entra import AUDIT_LAG
from simulator.machine import CERTIFICATE_LASTS, Kind, ServerPlan
from tests.support.simulated_pair import PLAN, START, A, B, after, lived, tenant

# -- certificates ---------------------------------------------------------------------------------


def test_a_certificate_is_renewed_by_the_scheduler_of_either_server() -> None:
    """At most 150 days left, at the start of the next cycle, in staging mode, too."""
    model = tenant()
    for name in (A, B):
        model.certificate_expires(name, timedelta(days=150))
    after(model, 40)

    for server in model.servers.values():
        assert server.certificate_ends is not None
        assert server.certificate_ends - model.now > CERTIFICATE_LASTS - minutes(40)


@pytest.mark.parametrize("left", [151, 20])
def test_a_certificate_is_not_renewed_early_nor_by_a_suspended_scheduler(left: int) -> None:
    """Which is how a certificate comes to expire at all."""
    model = tenant()
    model.certificate_expires(B, timedelta(days=left))
    ends = model.servers[B].certificate_ends
    if left < 150:
        model.suspend_scheduler(B)

    assert after(model, 300).servers[B].certificate_ends == ends


def test_nothing_syncs_with_an_expired_certificate() -> None:
    """Cycles run and reach nobody."""
    model = tenant()
    model.suspend_scheduler(A)
    model.certificate_expires(A, minutes(30))
    after(model, 31).resume_scheduler(A)
    after(model, 200)

    late = [b for b in model.beats if b.server == A and b.at >= START + minutes(31)]
    assert late
    assert not any(b.exported for b in late)


def test_a_server_with_an_account_has_no_certificate() -> None:
    """Its audit entries name the account, as before application sign-in."""
    server = ServerPlan(A, PLAN.servers[0].role, certificate_left=None)
    model = tenant(replace(PLAN, servers=(server,)))

    assert server.identity.startswith("Sync_SYNC-A_")
    assert server.identity.endswith("@contoso.onmicrosoft.com")
    assert len(server.identity.split("_")[2].split("@")[0]) == 12
    with pytest.raises(ValueError, match="has no certificate"):
        model.certificate_expires(A, timedelta(days=1))


# -- Entra ----------------------------------------------------------------------------------------


def test_audits_name_the_exporter_minutes_after_a_cycle_that_changed_something() -> None:
    """Some cycles change nothing; a staging server changes nothing ever; people do, too."""
    model = after(tenant(), 900)
    entries = model.entra.audits(model.now)
    ends = [b.at for b in model.beats if b.kind is Kind.OBJECTS and b.exported]
    writers = {audit.identity for audit in entries}
    changes = [audit.at for audit in entries if "@" not in audit.identity]
    silent = [e for e in ends if not any(minutes(-1) <= at - e <= minutes(0) for at in changes)]

    assert writers == {PLAN.servers[0].identity, "admin@contoso.com"}
    assert PLAN.servers[0].identity.startswith("ConnectSyncProvisioning_SYNC-A_")
    assert silent
    assert len(silent) < len(ends)
    assert all(audit.shown_at >= audit.at + AUDIT_LAG for audit in entries)
    assert [a.at for a in entries] == sorted((a.at for a in entries), reverse=True)
    assert not [a for a in model.entra.audits(entries[0].shown_at - minutes(1)) if a == entries[0]]


def test_the_last_exporter_is_one_name_and_changes_hands() -> None:
    """With its version; two active servers take turns."""
    model = tenant()
    model.has_version(B, "2.6.95.0")
    assert model.entra.exporter is not None
    assert model.entra.exporter.name == A
    model.promote(B)
    seen = []
    for minute in range(1, 120):
        exporter = after(model, minute).entra.exporter
        assert exporter is not None
        seen.append(exporter.name)
    turns = [name for n, name in enumerate(seen) if n == 0 or seen[n - 1] != name]

    assert turns[:4] in ([A, B, A, B], [B, A, B, A])


def test_too_many_deletes_stop_whoever_exports() -> None:
    """A failover does not help, and passwords go on."""
    model = lived(
        (60, lambda t: t.deletes_pile_up()),
        (120, lambda t: t.server_dies(A)),
        (120, lambda t: t.promote(B)),
        until=200,
    )
    late = [b for b in model.beats if b.at > START + minutes(66)]

    assert {b.server for b in late if b.kind is Kind.OBJECTS} == {A, B}
    assert not any(b.exported for b in late if b.kind is Kind.OBJECTS)
    assert [b for b in late if b.kind is Kind.PASSWORDS and b.exported]


def test_an_outage_stops_all_beats_and_is_posted_later() -> None:
    """Agents go on uploading; the incident shows after twenty minutes and ends with the outage."""
    model = lived((60, lambda t: t.entra_outage()), until=79)
    assert model.entra.open_issues(model.now) == []
    after(model, 150)
    (issue,) = model.entra.open_issues(model.now)

    assert issue.ended_at is None
    assert not [b for b in model.beats if b.exported and b.at > START + minutes(60)]
    assert model.health.members[A].uploaded_at > START + minutes(120)
    model.advisory("Portal is slow")
    model.entra_recovers()
    after(model, 200)
    ended = {each.title: bool(each.ended_at) for each in model.entra.open_issues(model.now)}
    assert ended == {issue.title: True, "Portal is slow": False}
    assert [b for b in model.beats if b.exported and b.at > START + minutes(150)]


def test_cloud_sync_keeps_a_dead_tenant_fresh_until_it_is_paused() -> None:
    """Which is why its presence makes the tenant's times worthless."""
    model = lived((0, lambda t: t.cloud_sync_starts()), (60, lambda t: t.server_dies(A)), until=300)
    seen = model.organization()
    assert seen.object_sync_at is not None
    assert seen.password_sync_at is not None
    assert model.now - seen.object_sync_at <= minutes(2)
    model.cloud_sync_stops()
    paused = model.now
    after(model, 400)

    assert model.organization().object_sync_at is not None
    assert model.organization().object_sync_at <= paused  # type: ignore[operator]  # it has synced, so it has a time
