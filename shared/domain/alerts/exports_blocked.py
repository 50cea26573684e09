"""Whether exports are stopped because too many objects would be deleted.

Entra Connect stops an export that would delete more objects than the threshold, and exports
nothing until a person decides (Microsoft Learn, how-to-connect-sync-feature-prevent-accidental-
deletes). Another server computes the same deletes, so it stops as well, or exports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.alerts.findings import LAST_WORD_LASTS, AlertKind, active_alerts, kind_of
from shared.domain.pair.readings import Source
from shared.domain.pair.report import Statement
from shared.domain.pair.view import EVIDENCE_LASTS
from shared.domain.readings import Unavailable
from shared.domain.verdicts import Evidence, Finding, Verdict, Why

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.readings import HealthAlert
    from shared.domain.pair.view import PairView, Roles


def export_blocked(view: PairView, roles: Roles) -> Finding | None:
    """`EXPORT_BLOCKED` when an alert says so, or when the tenant waits for too many deletes.

    A source counts for `LAST_WORD_LASTS` after it was read. Only what was read within
    `EVIDENCE_LASTS` forbids a failover; what is older is told as of its last read.

    Args:
        view: The pair in this tick.
        roles: Which server does what.
    """
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
    if isinstance(alerts, Unavailable) or not _counts(view, Source.CONNECT_HEALTH):
        return None
    stops = [alert for alert in alerts if kind_of(alert) is AlertKind.DELETE_THRESHOLD]
    return min(stops, key=lambda each: (each.created_at or view.at, each.id), default=None)


def _reported(view: PairView, alert: HealthAlert) -> Statement:
    where = f"the export of {alert.server}" if alert.server else "an export"
    text = f"Connect Health reports that {where} stopped at the accidental-delete threshold"
    text += _as_last_read(view, Source.CONNECT_HEALTH)
    return Statement(text, Source.CONNECT_HEALTH, view.readings.connect_health.read_at)


def _counted(view: PairView, roles: Roles) -> Statement | None:
    """The numbers, where the tenant's sync configuration shows more deletes than it allows."""
    known = view.readings.sync_configuration
    if known.reading is None or not _counts(view, Source.SYNC_CONFIGURATION):
        return None
    deletes, threshold = known.reading.pending_deletions, known.reading.deletion_threshold
    if deletes is None or threshold is None or deletes <= threshold:
        return None
    server = known.reading.exporter or (roles.active.name if roles.active else "")
    who = server or "The last export"
    text = f"{who} has {deletes} deletes to export; the threshold is {threshold}"
    text += _as_last_read(view, Source.SYNC_CONFIGURATION)
    return Statement(text, Source.SYNC_CONFIGURATION, known.read_at)


# -- how old it is --------------------------------------------------------------------------------


def _read_at(view: PairView, source: Source) -> datetime | None:
    health = source is Source.CONNECT_HEALTH
    readings = view.readings
    return (readings.connect_health if health else readings.sync_configuration).read_at


def _counts(view: PairView, source: Source) -> bool:
    """Whether a source's last word still says anything; a read without an age says nothing."""
    read_at = _read_at(view, source)
    return read_at is not None and view.at - read_at <= LAST_WORD_LASTS


def _as_last_read(view: PairView, source: Source) -> str:
    read_at = _read_at(view, source)
    recent = read_at is not None and view.at - read_at <= EVIDENCE_LASTS
    return "" if recent else ", as last read"
