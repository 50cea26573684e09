"""What advice asks of the active server: is it measured that it is the active one, did it stop?

Both answers must be of now. An export of last week names the server of last week; an alert may
stand for 72 hours after its cause is gone (Connect Health resolves some by time alone).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.alerts.findings import AlertKind, active_alerts, kind_of, server_of
from shared.domain.pair.exports import SLACK, cloud_sync_runs
from shared.domain.pair.readings import AlertLevel, Source, server_key
from shared.domain.pair.report import Role
from shared.domain.pair.role_evidence import UPLOAD_LAG
from shared.domain.pair.view import EVIDENCE_LASTS
from shared.domain.readings import Unavailable
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.readings import HealthAlert
    from shared.domain.pair.view import Claim, PairView, ServerRole

_SHOWN_LATER: Final = {Source.CONNECT_HEALTH: UPLOAD_LAG}
"""How much older than the last sync the export may be that a source shows: a server that dies
takes with it what it had not uploaded. The others date an export by itself (audits) or by the
tenant's sync (`sync_configuration`), so there a little slack is enough."""


def newest_export(active: ServerRole) -> Claim | None:
    """The newest export by which a source showed this server as the active one."""
    seen = (c for c in active.claims if c.measured and c.role is Role.ACTIVE)
    dated = [(claim.at, claim) for claim in seen if claim.at is not None]
    return max(dated, key=lambda each: each[0])[1] if dated else None


def exported_last(view: PairView, active: ServerRole) -> bool:
    """Whether a source saw the active server run the last sync; flags and settings only claim it.

    Its export must reach the tenant's last sync: within a cycle and the lag of its source. If the
    tenant synced after that, nobody knows who did it. Audits show an export only when something
    changed, so in a quiet tenant they alone do not reach.

    Where Cloud Sync runs it moves the tenant's time, which then asks nothing. There the server
    counts that `sync_configuration`, read within `EVIDENCE_LASTS`, names as the last exporter:
    Cloud Sync never is one. Else the export must reach the server's own newest upload, so that it
    exported until it fell silent. `StagingMode` is only claimed, so it is not enough there either.

    Args:
        view: The pair in this tick.
        active: The server that is taken as the active one.
    """
    if active.role is not Role.ACTIVE or active.basis is None:
        return False
    if not cloud_sync_runs(view.readings):
        return any(_reaches(c, view.object_sync_at, view) for c in active.claims)
    if newest_export(active) is not None and _named_now(view, active):
        return True
    uploaded_at = active.member.uploaded_at if active.member else None
    own = (c for c in active.claims if c.source is not Source.SYNC_CONFIGURATION)
    return any(_reaches(claim, uploaded_at, view) for claim in own)


def _reaches(claim: Claim, until: datetime | None, view: PairView) -> bool:
    if not claim.measured or claim.role is not Role.ACTIVE or claim.at is None or until is None:
        return False
    return until - claim.at <= view.cadence + _SHOWN_LATER.get(claim.source, SLACK)


def _named_now(view: PairView, active: ServerRole) -> bool:
    known = view.readings.sync_configuration
    if known.reading is None or known.read_at is None:
        return False
    if server_key(known.reading.exporter or "") != server_key(active.name):
        return False
    return -CLOCK_TOLERANCE <= view.at - known.read_at <= EVIDENCE_LASTS


def service_stopped(view: PairView, active: ServerRole) -> HealthAlert | None:
    """Connect Health's alert that the active server's sync service does not run, if it holds.

    It does not hold as a warning, without a date, or when a run or a sync came after it was
    raised. How recently Connect Health was read is for the caller to ask.

    Args:
        view: The pair in this tick.
        active: The server that is taken as the active one.
    """
    alerts = active_alerts(view.readings)
    if isinstance(alerts, Unavailable):
        return None
    runs = [active.member.ran_at] if active.member else []
    if not cloud_sync_runs(view.readings):
        runs.append(view.object_sync_at)
    ran_at = max((run for run in runs if run is not None), default=None)
    for alert in alerts:
        if kind_of(alert) is not AlertKind.SERVICE_STOPPED or alert.level is not AlertLevel.ERROR:
            continue
        if server_of(alert, view.readings) != server_key(active.name) or alert.created_at is None:
            continue
        if ran_at is None or ran_at <= alert.created_at:
            return alert
    return None
