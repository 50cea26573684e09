"""Closed incidents, transitions and drills as plain documents: for JSON, and as columns of CSV.

Keys are only ever added, because people's spreadsheets and scripts read them. Times are ISO 8601 in
UTC, spans are whole seconds, and None means "not known", never "none".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.history import rto

if TYPE_CHECKING:
    from shared.domain.drills.drill import Drill
    from shared.domain.history.past import Past
    from shared.domain.history.rto import Rto
    from shared.domain.incidents.incident import Transition


def past_document(past: Past) -> dict[str, Any]:
    """A closed incident."""
    return {
        "id": past.id,
        "kind": str(past.kind),
        "verdict": str(past.verdict),
        "worst": str(past.worst),
        "subject": past.subject or None,
        "since": iso(past.since),
        "opened_at": iso(past.opened_at),
        "first_acknowledged_at": iso(past.first_acknowledged_at),
        "switching_at": iso(past.switching_at),
        "switched_at": iso(past.switched_at),
        "switched_from": past.switched_from or None,
        "switched_to": past.switched_to or None,
        "gone_at": iso(past.gone_at),
        "resolved_at": iso(past.resolved_at),
        "ended_without_recovering": past.obsolete,
        "drill": past.drill or None,
        "cards": past.cards,
        "outage_seconds": seconds(past.outage),
        **rto_document(rto.of(past)),
    }


def transition_document(change: Transition) -> dict[str, Any]:
    """One stored change of an incident."""
    return {
        "incident": change.incident,
        "number": change.number,
        "at": iso(change.at),
        "event": str(change.event),
        "source": str(change.source) if change.source else None,
        "target": str(change.target),
        "verdict": str(change.verdict),
        "why": change.why,
        "by": change.by,
        "via": change.via or None,
        "note": change.note or None,
    }


def drill_document(drill: Drill) -> dict[str, Any]:
    """A drill, running or over."""
    return {
        "id": drill.id,
        "started_at": iso(drill.started_at),
        "started_by": drill.by or None,
        "note": drill.note or None,
        "incident": drill.incident or None,
        "active_before": drill.active_before or None,
        "detected_at": iso(drill.detected_at),
        "decided_at": iso(drill.decided_at),
        "switched_at": iso(drill.switched_at),
        "switched_to": drill.switched_to or None,
        "recovered_at": iso(drill.recovered_at),
        "ended_at": iso(drill.ended_at),
        "end": str(drill.end) if drill.end else None,
        "ended_by": drill.ended_by or None,
        **rto_document(rto.of(drill)),
    }


def rto_document(found: Rto) -> dict[str, int | None]:
    """How long each phase took."""
    return {
        "detect_seconds": seconds(found.detect),
        "decide_seconds": seconds(found.decide),
        "switch_seconds": seconds(found.switch),
        "total_seconds": seconds(found.total),
    }


def iso(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, whole seconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(span: timedelta | None) -> int | None:
    """A span as whole seconds."""
    return None if span is None else int(span.total_seconds())
