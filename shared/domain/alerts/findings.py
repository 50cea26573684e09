"""Connect Health's alerts as findings: each alert that no other finding of the tick tells already.

Connect Health raises its alert on missing data 2 to 4 hours late (it looks every 2 hours) and
takes as long to resolve it (how-to-connect-health-data-freshness); uploads are measured every
tick. So that alert adds nothing to a finding about the same silence, and is wrong after it.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.alerts.names import AlertKind, kind_of
from shared.domain.pair.readings import AlertLevel, HealthAlert, Source, server_key
from shared.domain.pair.report import Statement
from shared.domain.pair.view import EVIDENCE_LASTS
from shared.domain.readings import Reason, Unavailable
from shared.domain.verdicts import Evidence, Finding, Kind, Verdict, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.domain.pair.readings import HealthMember, PairReadings
    from shared.domain.pair.view import PairView, Roles

__all__ = ["AlertKind", "active_alerts", "alert_findings", "covered_by", "kind_of", "server_of"]

MAX_SINGLE: Final = 10
"""Alerts with an incident of their own; all further ones share one."""

MORE: Final = "more"
"""The subject of the finding that stands for all further alerts."""

DATA_CHECKED_EVERY: Final = timedelta(hours=2)
"""How often Connect Health asks whether data is missing; an upload younger than that contradicts
an alert that says there was none (how-to-connect-health-data-freshness)."""

LAST_WORD_LASTS: Final = timedelta(days=1)
"""So long after a source was read its last word on stopped exports is still told."""

_LAST: Final = datetime.max.replace(tzinfo=UTC)
_LEVELS: Final = {level: rank for rank, level in enumerate(AlertLevel)}
_ABOUT_SILENCE: Final = frozenset({AlertKind.DATA_STALE, AlertKind.SERVICE_STOPPED})
_ABOUT_PASSWORDS: Final = frozenset({AlertKind.PASSWORD_HEARTBEAT, AlertKind.PASSWORD_STOPPED})
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


def active_alerts(readings: PairReadings) -> tuple[HealthAlert, ...] | Unavailable:
    """The active alerts as last read, or why none were ever read."""
    known = readings.connect_health
    if known.reading is None:
        return known.problem or Unavailable(
            Reason.NOT_CONFIGURED, "Connect Health was not asked for alerts yet."
        )
    alerts = known.reading.alerts
    if isinstance(alerts, Unavailable):
        return alerts
    return tuple(alert for alert in alerts if alert.active)


def server_of(alert: HealthAlert, readings: PairReadings) -> str:
    """The `server_key` of the server that an alert is about; "" when it names none."""
    if alert.server:
        return server_key(alert.server)
    reading = readings.connect_health.reading
    members = reading.members if reading and alert.member_id else ()
    return next((server_key(each.name) for each in members if each.id == alert.member_id), "")


# -- findings -------------------------------------------------------------------------------------


def alert_findings(view: PairView, covered: frozenset[str]) -> list[Finding]:
    """One `HEALTH_ALERT` per alert, the oldest first, and one for all beyond `MAX_SINGLE`.

    The oldest come first so that a new alert never takes the place of one that has its incident.

    Args:
        view: The pair in this tick.
        covered: Ids of alerts that need no finding, from `covered_by`.
    """
    alerts = active_alerts(view.readings)
    if isinstance(alerts, Unavailable):
        return []
    told = sorted((a for a in alerts if a.id not in covered), key=_age_order)
    reading = view.readings.connect_health.reading
    left_out = reading.alerts_left_out if reading else 0
    found = [_single(view, alert) for alert in told[:MAX_SINGLE]]
    if rest := len(told[MAX_SINGLE:]) + left_out:
        found.append(_more(view, told[MAX_SINGLE:], rest))
    return found


def _age_order(alert: HealthAlert) -> tuple[datetime, str]:
    """Oldest first; an alert without a date counts as new."""
    return alert.created_at or _LAST, alert.id


def _single(view: PairView, alert: HealthAlert) -> Finding:
    statements = [_statement(view, _told(alert))]
    if alert.remediation:
        statements.append(_statement(view, f"Connect Health advises: {alert.remediation}"))
    evidence = _evidence(view, Why.ALERT_ACTIVE, alert, statements)
    return Finding(Verdict.HEALTH_ALERT, _since(view, [alert]), evidence, subject_of(alert.id))


def _more(view: PairView, rest: Sequence[HealthAlert], count: int) -> Finding:
    """All further alerts as one; those that were left out of the reading are only counted."""
    gravest = min(rest, key=lambda a: (_LEVELS[a.level], _age_order(a)), default=None)
    is_are = "is" if count == 1 else "are"
    statements = [_statement(view, f"{count} more {is_are} active in Connect Health")]
    if gravest is not None:
        statements.append(_statement(view, _told(gravest)))
    evidence = _evidence(view, Why.MORE_ALERTS, gravest, statements, count)
    return Finding(Verdict.HEALTH_ALERT, _since(view, rest), evidence, MORE)


def _told(alert: HealthAlert) -> str:
    where = f" on {alert.server}" if alert.server else ""
    return f"Connect Health reports{where}: {alert.name or alert.short_name or 'an unnamed alert'}"


def _statement(view: PairView, text: str) -> Statement:
    return Statement(text, Source.CONNECT_HEALTH, view.readings.connect_health.read_at)


def _since(view: PairView, alerts: Iterable[HealthAlert]) -> datetime:
    """When the oldest was raised, else when it was read; never after that."""
    raised = [alert.created_at for alert in alerts if alert.created_at]
    return min([*raised, view.readings.connect_health.read_at or view.at])


def _evidence(
    view: PairView,
    why: Why,
    alert: HealthAlert | None,
    statements: Sequence[Statement],
    alerts: int = 1,
) -> Evidence:
    return Evidence(
        why=why,
        read_at=view.at,
        object_sync_at=view.object_sync_at,
        cadence=view.cadence,
        measured_at=view.at,
        statements=tuple(statements),
        alert=alert,
        alerts=alerts,
    )


def subject_of(alert_id: str) -> str:
    """The subject of an alert's finding: its id, or a digest of an id that is not plain.

    Clipping would give two long ids one incident, and an id could be the word `MORE`.
    """
    if _PLAIN_ID.fullmatch(alert_id):
        return alert_id
    return hashlib.sha256(alert_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# -- alerts that are told already -----------------------------------------------------------------


def covered_by(view: PairView, roles: Roles, findings: Iterable[Finding]) -> frozenset[str]:
    """Ids of active alerts that another finding of this tick tells, or a measurement disproves.

    Args:
        view: The pair in this tick.
        roles: `roles.fuse(view)`.
        findings: Every other finding of this tick.
    """
    alerts = active_alerts(view.readings)
    if isinstance(alerts, Unavailable):
        return frozenset()
    told = _Told(view, roles, tuple(findings))
    return frozenset(alert.id for alert in alerts if told.covers(alert))


def told_elsewhere(
    view: PairView, roles: Roles, findings: Iterable[Finding]
) -> frozenset[tuple[Kind, str]]:
    """Kind and subject of the alerts that are active, and that another finding tells.

    An incident that one of them has is neither over nor worth a further card.

    Args:
        view: The pair in this tick.
        roles: `roles.fuse(view)`.
        findings: Every other finding of this tick.
    """
    alerts = active_alerts(view.readings)
    if isinstance(alerts, Unavailable):
        return frozenset()
    told = _Told(view, roles, tuple(findings))
    return frozenset((Kind.HEALTH_ALERT, subject_of(a.id)) for a in alerts if told.tells(a))


def _is_error(alert: HealthAlert) -> bool:
    return alert.level is AlertLevel.ERROR


class _Told:
    """What the other findings of a tick tell."""

    def __init__(self, view: PairView, roles: Roles, findings: Sequence[Finding]) -> None:
        self.view = view
        self.verdicts = {finding.verdict for finding in findings}
        self.active = server_key(roles.active.name) if roles.active is not None else ""
        self.standbys = {server_key(each.name) for each in roles.standbys} - {""}
        of_standbys = [finding for finding in findings if finding.kind is Kind.STANDBY]
        self.servers = {finding.subject for finding in of_standbys}
        unfit = [each for each in of_standbys if each.verdict is Verdict.STANDBY_UNFIT]
        self.unfit = {finding.subject for finding in unfit} - {""}
        if Verdict.SERVER_SILENT in self.verdicts:
            self.servers.add(self.active)
        stopped = {finding.subject for finding in findings if finding.kind is Kind.SYNC}
        self.stopped = {self.active, *stopped} - {""}
        self.servers = (self.servers | stopped) - {""}

    def covers(self, alert: HealthAlert) -> bool:
        """Whether it needs no finding of its own."""
        return self.tells(alert) or self._disproved(alert) or self._told_before(alert)

    def tells(self, alert: HealthAlert) -> bool:
        """Whether another finding is about the same."""
        kind, server = kind_of(alert), server_of(alert, self.view.readings)
        if kind is AlertKind.DELETE_THRESHOLD:
            return Verdict.EXPORT_BLOCKED in self.verdicts
        if self._read_within(EVIDENCE_LASTS) and _is_error(alert) and server in self.unfit:
            return True  # its check `ALERTS` failed by this very alert, or by one beside it
        if kind in _ABOUT_PASSWORDS:
            return bool(
                self.verdicts & {Verdict.PASSWORD_SYNC_STALLED, Verdict.SERVER_SILENT},
            )
        if kind is AlertKind.SERVICE_STOPPED and server in self.stopped:
            return bool(self.verdicts & {Verdict.SYNC_STALLED, Verdict.SERVER_SILENT})
        return kind in _ABOUT_SILENCE and server in self.servers

    def _told_before(self, alert: HealthAlert) -> bool:
        """Whether the read that showed it was told in its own tick, and is too old for more.

        While Connect Health is not read, nothing that rests on it is closed: what told the alert
        then is still open, though its finding is not made again from a reading of that age.
        """
        if kind_of(alert) is AlertKind.DELETE_THRESHOLD:
            return not self._read_within(LAST_WORD_LASTS)
        of_standby = server_of(alert, self.view.readings) in self.standbys
        return of_standby and _is_error(alert) and not self._read_within(EVIDENCE_LASTS)

    def _read_within(self, limit: timedelta) -> bool:
        read_at = self.view.readings.connect_health.read_at
        return read_at is not None and self.view.at - read_at <= limit

    def _disproved(self, alert: HealthAlert) -> bool:
        """Whether uploads came although the alert says that nothing did.

        A warning of this name says that *some* data is missing, which no upload disproves.
        """
        known = self.view.readings.connect_health
        member = self._member(alert)
        if kind_of(alert) is not AlertKind.DATA_STALE or alert.level is not AlertLevel.ERROR:
            return False
        if member is None or known.read_at is None:
            return False
        at = member.uploaded_at
        return at is not None and known.read_at - at < DATA_CHECKED_EVERY

    def _member(self, alert: HealthAlert) -> HealthMember | None:
        reading = self.view.readings.connect_health.reading
        for each in reading.members if reading else ():
            if each.id == alert.member_id:
                return each
        return None
