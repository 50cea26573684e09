"""Whether exports are stopped because too many objects would be deleted.

Entra Connect stops an export that would delete more objects than the threshold, and exports
nothing until a person decides (Microsoft Learn, how-to-connect-sync-feature-prevent-accidental-
deletes). Another server computes the same deletes, so it stops as well, or exports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.alerts import AlertKind, active_alerts, kind_of
from shared.domain.pair_readings import Source
from shared.domain.pair_report import Statement
from shared.domain.readings import Unavailable
from shared.domain.verdicts import Evidence, Finding, Verdict, Why

if TYPE_CHECKING:
    from shared.domain.pair_readings import HealthAlert
    from shared.domain.pair_view import PairView, Roles


def export_blocked(view: PairView, roles: Roles) -> Finding | None:
    """`EXPORT_BLOCKED` when an alert says so, or when the tenant waits for too many deletes."""
    alert = _alert(view)
    counted = _counted(view, roles)
    if alert is None and counted is None:
        return None
    statements = [] if alert is None else [_reported(view, alert)]
    if counted is not None:
        statements.append(counted)
    known = [alert.created_at if alert else None, counted.at if counted else None, view.at]
    evidence = Evidence(
        why=Why.DELETE_THRESHOLD,
        read_at=view.at,
        object_sync_at=view.object_sync_at,
        cadence=view.cadence,
        measured_at=view.at,
        statements=tuple(statements),
        alert=alert,
    )
    return Finding(Verdict.EXPORT_BLOCKED, min(at for at in known if at is not None), evidence)


def _alert(view: PairView) -> HealthAlert | None:
    """The alert that says so; the oldest of several."""
    alerts = active_alerts(view.readings)
    if isinstance(alerts, Unavailable):
        return None
    stops = [alert for alert in alerts if kind_of(alert) is AlertKind.DELETE_THRESHOLD]
    return min(stops, key=lambda each: (each.created_at or view.at, each.id), default=None)


def _reported(view: PairView, alert: HealthAlert) -> Statement:
    where = f"the export of {alert.server}" if alert.server else "an export"
    text = f"Connect Health reports that {where} stopped at the accidental-delete threshold"
    return Statement(text, Source.CONNECT_HEALTH, view.readings.connect_health.read_at)


def _counted(view: PairView, roles: Roles) -> Statement | None:
    """The numbers, where the tenant's sync configuration shows more deletes than it allows."""
    known = view.readings.sync_configuration
    if known.reading is None:
        return None
    deletes, threshold = known.reading.pending_deletions, known.reading.deletion_threshold
    if deletes is None or threshold is None or deletes <= threshold:
        return None
    server = known.reading.exporter or (roles.active.name if roles.active else "")
    who = server or "The last export"
    text = f"{who} has {deletes} deletes to export; the threshold is {threshold}"
    return Statement(text, Source.SYNC_CONFIGURATION, known.read_at)
