"""Findings about standbys, while all is well: one that could not take over, one that is not there.

A standby is a server that evidence shows in staging mode, that the team set as a standby, or that
was the active one until the newest handover: it is the standby now, and whoever repairs it repairs
the pair. A server of which nothing is known but its name gives nothing. Each server has at most one
finding: what is missing cannot be unfit, too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import CheckName, Fitness, Statement
from shared.domain.standby.case import MAX_SUBJECT, is_active, near_since, shown_as_staging
from shared.domain.standby.checks_facts import certificate_of
from shared.domain.verdicts import Evidence, Finding, Verdict, Why

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.pair.exports import Handover
    from shared.domain.pair.readings import HealthReading
    from shared.domain.pair.report import Check, ServerReport
    from shared.domain.pair.view import PairView, Roles, ServerRole

SHOWN_CHECKS: Final = 3
"""Failed checks that a finding states; the report that goes with it holds all."""

SEEN_ELSEWHERE: Final = timedelta(days=1)
"""A server that any source saw within this is there, registered in Connect Health or not."""


def standby_findings(
    view: PairView, roles: Roles, reports: Iterable[ServerReport]
) -> list[Finding]:
    """`STANDBY_MISSING` and `STANDBY_UNFIT`, at most one per server.

    Args:
        view: The pair in this tick.
        roles: `roles.fuse(view)`.
        reports: `readiness.report` of every standby.
    """
    found: dict[str, Finding] = {}
    for finding in (*_missing(view, roles), *_unfit(view, roles, reports)):
        found.setdefault(finding.subject, finding)
    return list(found.values())


# -- unfit ----------------------------------------------------------------------------------------


def _unfit(view: PairView, roles: Roles, reports: Iterable[ServerReport]) -> list[Finding]:
    servers = {server.name: server for server in roles.servers}
    exporting = {server_key(name) for name in roles.two_active.servers} if roles.two_active else ()
    found = []
    for report in reports:
        server, key = servers.get(report.name), server_key(report.name)
        if server is None or not key or report.fitness is not Fitness.UNFIT:
            continue
        if key in exporting or is_active(server, roles):
            continue  # `DUAL_ACTIVE` tells that it exports; first that must end
        handover = _was_active(view, roles, key)
        if shown_as_staging(server) or _intended(view, key) or handover is not None:
            found.append(_unfit_one(view, report, handover))
    return found


def _intended(view: PairView, key: str) -> bool:
    return key in {server_key(name) for name in view.intent.standbys}


def _was_active(view: PairView, roles: Roles, key: str) -> Handover | None:
    """The newest handover, if this server gave the role away to the one that is active now."""
    newest = max(view.memory.handovers, key=lambda each: each.at, default=None)
    if newest is None or roles.active is None or server_key(newest.before) != key:
        return None
    return newest if server_key(newest.after) == server_key(roles.active.name) else None


def _unfit_one(view: PairView, report: ServerReport, handover: Handover | None) -> Finding:
    failed = report.failed()
    statements = [check.statement for check in failed[:SHOWN_CHECKS]]
    if handover is not None:
        text = f"{report.name} was the active server until {handover.after} took over"
        statements.append(Statement(text, handover.source, handover.at))
    since = min([view.at, *(_began(view, report.name, check) for check in failed)])
    return _finding(view, Verdict.STANDBY_UNFIT, report.name, since, statements)


def _began(view: PairView, name: str, check: Check) -> datetime:
    """Since when a check fails: its evidence's own time; a certificate's end came near before."""
    if check.name is CheckName.CERTIFICATE and (found := certificate_of(view, name)) is not None:
        return near_since(found.expires_at)
    return check.statement.at or view.at


# -- missing --------------------------------------------------------------------------------------


def _missing(view: PairView, roles: Roles) -> list[Finding]:
    """Every intended standby that Connect Health, read now and whole, does not list.

    A tenant without any registered server does not use Connect Health for its sync servers: there
    the list says nothing about one of them.
    """
    known = view.readings.connect_health
    reading = known.reading
    if reading is None or known.problem is not None or known.read_at != view.at:
        return []
    if not reading.members or reading.members_left_out:
        return []
    servers = {server_key(server.name): server for server in roles.servers}
    return [
        _missing_one(view, name, servers.get(server_key(name)))
        for name in view.intent.standbys
        if _is_missing(view, name, reading, servers.get(server_key(name)))
    ]


def _is_missing(
    view: PairView, name: str, reading: HealthReading, server: ServerRole | None
) -> bool:
    key = server_key(name)
    if not key or key in {server_key(member.name) for member in reading.members}:
        return False
    seen_at = server.seen_at if server is not None else None
    return seen_at is None or view.at - seen_at > SEEN_ELSEWHERE


def _missing_one(view: PairView, name: str, server: ServerRole | None) -> Finding:
    known = view.readings.connect_health
    statements = [
        Statement(f"{name} is set as a standby", Source.INTENDED),
        Statement(f"Connect Health does not list {name}", Source.CONNECT_HEALTH, known.read_at),
    ]
    since = view.at
    if server is not None and server.seen_at is not None:
        since = min(since, server.seen_at)
        source = server.seen_source or Source.CONNECT_HEALTH
        statements.append(Statement(f"{name} was last seen then", source, server.seen_at))
    return _finding(view, Verdict.STANDBY_MISSING, name, since, statements)


_WHY: Final = {
    Verdict.STANDBY_UNFIT: Why.CHECKS_FAILED,
    Verdict.STANDBY_MISSING: Why.NOT_REGISTERED,
}


def _finding(
    view: PairView, verdict: Verdict, name: str, since: datetime, statements: Iterable[Statement]
) -> Finding:
    evidence = Evidence(
        _WHY[verdict],
        read_at=view.at,
        object_sync_at=view.object_sync_at,
        cadence=view.cadence,
        measured_at=view.at,
        statements=tuple(statements),
    )
    return Finding(verdict, since, evidence, server_key(name)[:MAX_SUBJECT])
