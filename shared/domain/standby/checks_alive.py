"""The checks of a standby that rest on its role and on Connect Health: role, life, cycles, alerts.

How late Connect Health may be (Microsoft Learn, Entra ID): run results are uploaded every 30
minutes and the configuration, with the staging flag, every 4 hours; its alert on missing data
comes 2 to 4 hours late and takes as long to resolve (how-to-connect-health-data-freshness).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.alerts.names import AlertKind, kind_of
from shared.domain.pair.readings import AlertLevel, Source, server_key
from shared.domain.pair.report import Check, CheckName, Outcome, Role
from shared.domain.pair.view import EVIDENCE_LASTS
from shared.domain.readings import Unavailable
from shared.domain.standby.case import shown_as_staging
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from shared.domain.pair.readings import HealthAlert, HealthReading
    from shared.domain.standby.case import StandbyCase

SEEN_WITHIN: Final = EVIDENCE_LASTS
"""An upload at most this old shows that a server lives: one upload of two may be late."""

NOT_SEEN_AFTER: Final = timedelta(hours=2)
"""Without an upload for this long Connect Health itself calls the data outdated."""

SYNCED_WITHIN: Final = timedelta(days=5)
SYNC_LOST_AFTER: Final = timedelta(days=7)
"""A server, staging or not, must run a cycle at least every 7 days; after that it needs a full
synchronization (how-to-connect-sync-feature-scheduler)."""

_LOOK_AT_MODE: Final = "On that server, run Get-ADSyncScheduler: StagingModeEnabled must be True."
_LOOK_AT_LIFE: Final = (
    "Sign in to that server: is it up, do the service Microsoft Entra ID Sync and the Connect "
    "Health agent run, and can it reach the internet?"
)
_LOOK_AT_CYCLES: Final = (
    "On that server, run Get-ADSyncScheduler: SyncCycleEnabled must be True and SchedulerSuspended "
    "False; the Synchronization Service Manager shows the last runs."
)
_SYNC_FULLY: Final = (
    "On that server, run Get-ADSyncScheduler: SyncCycleEnabled must be True and SchedulerSuspended "
    "False; then run Start-ADSyncSyncCycle -PolicyType Initial, and wait until it has ended."
)
_LOOK_AT_ALERTS: Final = (
    "In the Entra admin center, open Connect Health, Sync services, and look at that server's "
    "alerts: each tells how to fix it."
)


# -- staging --------------------------------------------------------------------------------------


def staging(case: StandbyCase) -> Check:
    """Whether it is in staging mode: who takes over must not export before."""
    server, name = case.server, CheckName.STAGING
    source = server.basis or Source.CONNECT_HEALTH
    basis = (c for c in server.claims if c.source is server.basis and c.role is server.role)
    claim = next(basis, None)
    at = claim.at if claim else None
    if shown_as_staging(server):
        text = f"{case.name} is in staging mode"
        return case.check(name, Outcome.PASS, "staging", text, source, at=at)
    if server.role is Role.ACTIVE:
        text = f"{case.name} is not in staging mode"
        if claim is not None and claim.measured:
            text = f"{case.name} exported, so it is not in staging mode"
        how = "If it must take over, find out first which server is meant to export."
        return case.check(name, Outcome.FAIL, "active", text, source, at=at, how=how)
    text = f"Nothing that was read shows whether {case.name} is in staging mode"
    return case.check(name, Outcome.UNKNOWN, "role_unknown", text, source, how=_LOOK_AT_MODE)


# -- seen -----------------------------------------------------------------------------------------


def seen(case: StandbyCase) -> Check:
    """Whether it lives, as of when Connect Health was read: our own silence is not its silence."""
    name, how = CheckName.SEEN, _LOOK_AT_LIFE
    if (blind := _blind(case, name, how)) is not None:
        return blind
    member, read_at = case.member, case.health.read_at
    if member is None or read_at is None or member.uploaded_at is None:
        text = f"Connect Health has no upload of {case.name}"
        source = Source.CONNECT_HEALTH
        return case.check(name, Outcome.UNKNOWN, "no_upload", text, source, how=how)
    at, age = member.uploaded_at, read_at - member.uploaded_at
    outcome, reason, text = Outcome.PASS, "seen", f"{case.name} uploaded to Connect Health"
    if age < -CLOCK_TOLERANCE:
        outcome, reason = Outcome.UNKNOWN, "in_the_future"
        text = f"The newest upload of {case.name} has a time in the future"
    elif age > NOT_SEEN_AFTER:
        outcome, reason, text = _not_seen(case)
    elif age > SEEN_WITHIN:
        outcome, reason = Outcome.UNKNOWN, "seen_late"
        text = f"{case.name} is late with its uploads to Connect Health"
    how = "" if outcome is Outcome.PASS else how
    return case.check(name, outcome, reason, text, Source.CONNECT_HEALTH, at=at, how=how)


def _not_seen(case: StandbyCase) -> tuple[Outcome, str, str]:
    """A missing upload, unless something explains it by other than a dead server."""
    server, member = case.server, case.member
    if member is not None and member.disabled:
        text = f"Connect Health is switched off for {case.name}, so it sees no uploads"
        return Outcome.UNKNOWN, "disabled", text
    elsewhere = server.seen_at if server.seen_source is not Source.CONNECT_HEALTH else None
    if elsewhere is not None and case.view.at - elsewhere <= SEEN_WITHIN:
        text = f"{case.name} uploads nothing to Connect Health, but another source saw it"
        return Outcome.UNKNOWN, "seen_elsewhere", text
    return Outcome.FAIL, "not_seen", f"{case.name} stopped uploading to Connect Health"


def _blind(case: StandbyCase, name: CheckName, how: str) -> Check | None:
    """The check of a server of which Connect Health tells nothing now; None when it does."""
    if not case.recent(Source.CONNECT_HEALTH):
        return case.unread(name, Source.CONNECT_HEALTH, how)
    if case.member is None:
        return case.unregistered(name, how)
    if case.member.unread is not None:
        return case.refused(name, case.member.unread, "The uploads", how)
    return None


# -- synced ---------------------------------------------------------------------------------------


def synced(case: StandbyCase) -> Check:
    """Whether its cycles run: a staging server imports and synchronizes, and only exports nothing.

    A cycle that was seen once stays a fact however long ago it was read; only that there was none
    since needs a recent reading.
    """
    name, how, source = CheckName.SYNCED, _LOOK_AT_CYCLES, Source.CONNECT_HEALTH
    ran_at = case.member.ran_at if case.member else None
    if ran_at is None:
        blind = _blind(case, name, how)
        text = f"Connect Health has no run results of {case.name}"
        return blind or case.check(name, Outcome.UNKNOWN, "no_runs", text, source, how=how)
    age = case.view.at - ran_at
    if -CLOCK_TOLERANCE <= age <= SYNCED_WITHIN:
        text = f"{case.name} ran its sync cycles"
        return case.check(name, Outcome.PASS, "synced", text, source, at=ran_at)
    if age < timedelta(0):
        text = f"The newest run of {case.name} has a time in the future"
        return case.check(name, Outcome.UNKNOWN, "in_the_future", text, source, at=ran_at, how=how)
    if (blind := _blind(case, name, how)) is not None:
        return blind
    if age <= SYNC_LOST_AFTER:
        text = f"{case.name} ran no sync cycle for more than 5 days; after 7 it needs a full one"
        return case.check(name, Outcome.WARN, "sync_late", text, source, at=ran_at, how=how)
    text = f"{case.name} ran no sync cycle for more than 7 days, so it needs a full one first"
    how = _SYNC_FULLY
    return case.check(name, Outcome.FAIL, "not_synced", text, source, at=ran_at, how=how)


# -- alerts ---------------------------------------------------------------------------------------


def alerts(case: StandbyCase, life: Check) -> Check:
    """Whether Connect Health reports an error on it.

    Args:
        case: The standby.
        life: Its check `SEEN`: where it passed, an alert that data is missing is only late.
    """
    name, how, source = CheckName.ALERTS, _LOOK_AT_ALERTS, Source.CONNECT_HEALTH
    reading = case.health.reading
    if reading is None or not case.recent(source):
        return case.unread(name, source, how)
    if isinstance(reading.alerts, Unavailable):
        return case.refused(name, reading.alerts, "The alerts", how)
    errors = [a for a in reading.alerts if a.active and a.level is AlertLevel.ERROR]
    ours = [a for a in errors if _is_about(a, case, reading) and not _outdated(a, life)]
    if ours:
        worst = ours[0]
        called = worst.name or worst.short_name or "an alert without a name"
        text = f"Connect Health reports an error on {case.name}: {called}"
        return case.check(name, Outcome.FAIL, "error_alert", text, source, how=how)
    hidden = bool(reading.alerts_left_out) and len(errors) == len(reading.alerts)
    return _no_error(case, errors_hidden=hidden)


def _no_error(case: StandbyCase, *, errors_hidden: bool) -> Check:
    """The check of a server on which no error was read: whether that means that there is none."""
    name, how, source = CheckName.ALERTS, _LOOK_AT_ALERTS, Source.CONNECT_HEALTH
    if case.member is None:
        return case.unregistered(name, how)
    if case.member.disabled:
        text = f"Connect Health is switched off for {case.name}, so it raises no alerts"
        return case.check(name, Outcome.UNKNOWN, "disabled", text, source, how=how)
    if errors_hidden:
        text = f"Connect Health has more errors than were read; some may be about {case.name}"
        return case.check(name, Outcome.UNKNOWN, "alerts_left_out", text, source, how=how)
    text = f"Connect Health reports no error on {case.name}"
    return case.check(name, Outcome.PASS, "no_error_alert", text, source)


def _is_about(alert: HealthAlert, case: StandbyCase, reading: HealthReading) -> bool:
    """Whether an alert is about any entry of this server's name: a rebuilt server has two."""
    key = server_key(case.name)
    ids = {member.id for member in reading.members if server_key(member.name) == key}
    if case.member is not None:
        ids.add(case.member.id)
    return bool(alert.member_id and alert.member_id in ids) or (
        bool(alert.server) and server_key(alert.server) == key
    )


def _outdated(alert: HealthAlert, life: Check) -> bool:
    return life.outcome is Outcome.PASS and kind_of(alert) is AlertKind.DATA_STALE
