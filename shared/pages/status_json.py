"""The status page as JSON, for scripts and dashboards: the same content under stable keys.

Keys are only ever added; `schema` changes when the meaning of one does. Times are ISO 8601 in UTC,
spans are whole seconds, and null means "not known", never "never" or "none".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from shared.domain.history import rto
from shared.domain.history.documents import (
    drill_document,
    iso,
    past_document,
    rto_document,
    seconds,
)

if TYPE_CHECKING:
    from shared.domain.history.fortnight import Fortnight
    from shared.domain.history.standing import Standing
    from shared.domain.incidents.incident import Incident
    from shared.domain.pair.report import ServerReport, Statement
    from shared.domain.verdicts import Evidence

SCHEMA: Final = 1
SHOWN_PAST: Final = 25


def status_json(found: Standing, tenant_id: str, tenant: str) -> str:
    """The twin of the status page.

    Args:
        found: How the tenant stands.
        tenant_id: The tenant.
        tenant: What it is called; "" when unknown.
    """
    return json.dumps(status_document(found, tenant_id, tenant), indent=1)


def status_document(found: Standing, tenant_id: str, tenant: str) -> dict[str, Any]:
    """The same as one document."""
    on = found.maintenance
    return {
        "schema": SCHEMA,
        "tenant": tenant_id,
        "tenant_name": tenant or None,
        "shown_at": iso(found.at),
        "as_of": iso(found.as_of),
        "age_seconds": seconds(found.age),
        "stale": found.stale,
        "state": found.word,
        "verdict": found.verdict,
        "problem": found.problem or None,
        "open_incidents": [_open(each) for each in found.incidents],
        "syncs": _syncs(found.evidence) if found.evidence else None,
        "servers": [_server(each) for each in found.servers.all],
        "servers_left_out": found.servers.left_out,
        "disagreements": [_statement(each) for each in found.servers.disagreements],
        "cloud_sync": found.servers.cloud_sync,
        "export_errors": found.servers.export_errors,
        "version_facts_old_of": found.servers.facts_from and found.servers.facts_from.isoformat(),
        "maintenance": {"until": iso(on.until), "title": on.title} if on else None,
        "maintenance_next": [
            {"start": iso(each.start), "end": iso(each.end), "title": each.window.title}
            for each in found.upcoming
        ],
        "drill": drill_document(found.drill) if found.drill else None,
        "drills": [drill_document(each) for each in found.drills],
        "last_recovered_drill_at": iso(found.drill_at),
        "rto": {
            "compared": rto.COMPARED,
            "newest": rto_document(found.trend.now),
            "before": rto_document(found.trend.before),
        },
        "chart": _chart(found.chart),
        "closed_incidents": [past_document(each) for each in found.closed[:SHOWN_PAST]],
        "closed_incidents_total": len(found.closed),
        "unreadable_records": found.unreadable,
    }


def _open(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "kind": incident.kind,
        "verdict": incident.verdict,
        "subject": incident.subject or None,
        "state": incident.state,
        "recovering": incident.recovering,
        "since": iso(incident.since),
        "opened_at": iso(incident.opened_at),
        "acknowledged_at": iso(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by or None,
        "snoozed_until": iso(incident.snoozed_until),
        "drill": incident.drill or None,
    }


def _syncs(evidence: Evidence) -> dict[str, Any]:
    return {
        "object_sync_at": iso(evidence.object_sync_at),
        "password_sync_at": iso(evidence.password_sync_at),
        "password_sync": evidence.password_sync,
        "read_at": iso(evidence.read_at),
        "limit_seconds": seconds(evidence.limit),
        "why": evidence.why,
    }


def _server(server: ServerReport) -> dict[str, Any]:
    return {
        "name": server.name,
        "role": server.role,
        "basis": server.basis,
        "seen_at": iso(server.seen_at),
        "seen_by": server.seen_source,
        "fitness": server.fitness,
        "version": server.version or None,
        "checks": [
            {
                "name": check.name,
                "outcome": check.outcome,
                "reason": check.reason,
                **_statement(check.statement),
            }
            for check in server.checks
        ],
    }


def _statement(said: Statement) -> dict[str, Any]:
    return {"text": said.text, "source": said.source, "at": iso(said.at)}


def _chart(found: Fortnight) -> dict[str, Any]:
    return {
        "time_zone": str(found.zone),
        "limit_seconds": seconds(found.limit),
        "days": [
            {
                "day": bar.day.isoformat(),
                "longest_pause_seconds": seconds(bar.gap),
                "goes_on": bar.lasts,
                "blind_seconds": seconds(bar.blind),
                "recorded": bar.recorded,
                "watched": bar.watched,
                "incidents": bar.incidents,
            }
            for bar in found.bars
        ],
        "spans": [
            {"track": span.track, "start": iso(span.start), "end": iso(span.end)}
            for span in found.spans
        ],
    }
