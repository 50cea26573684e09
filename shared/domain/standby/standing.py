"""What became of a matter about one server that this tick does not find any more.

The absence of a finding is no recovery. A standby is well again when its checks say so; until then
nothing was seen of it, and its incident stays as it is. And some matters end without getting well:
the standby is the active server now, the server is gone, or the source that told of it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import Known, Source, server_key
from shared.domain.pair.report import Fitness, Outcome, Role, ServerReport
from shared.domain.readings import Reason
from shared.domain.standby.case import MAX_SUBJECT, is_active, known
from shared.domain.standby.deadlines import is_about, near
from shared.domain.standby.readiness import REQUIRED
from shared.domain.verdicts import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.domain.incidents.incident import Incident
    from shared.domain.pair.view import PairView, Roles

WITHDRAWN_AFTER: Final = timedelta(days=1)
"""A refusal that lasts this long is a decision; a shorter one may be somebody's mistake."""

_NEEDS_A_PERSON: Final = frozenset({Reason.FORBIDDEN, Reason.NOT_CONFIGURED})


class _End(Enum):
    WELL = auto()
    UNJUDGED = auto()
    OBSOLETE = auto()
    UNPROVABLE = auto()


@dataclass(frozen=True, slots=True)
class Ends:
    """Kind and subject of each matter that is absent, but did not recover.

    Attributes:
        unjudged: Nothing can be said about it in this tick.
        obsolete: It ended without having recovered.
        unprovable: Nothing shows that it lasts, and no reachable source can show that it is over.
    """

    unjudged: frozenset[tuple[Kind, str]] = frozenset()
    obsolete: frozenset[tuple[Kind, str]] = frozenset()
    unprovable: frozenset[tuple[Kind, str]] = frozenset()


def what_became_of(
    standing: Iterable[Incident],
    view: PairView,
    roles: Roles,
    reports: Iterable[ServerReport],
    found: Iterable[Finding],
) -> Ends:
    """Judge every live incident about a standby or a deadline that has no finding in this tick.

    Args:
        standing: The live incidents.
        view: The pair in this tick.
        roles: `roles.fuse(view)`.
        reports: `readiness.report` of every standby.
        found: Every finding of this tick.
    """
    there = {(finding.kind, finding.subject) for finding in found}
    by_name = {report.name: report for report in reports}
    ends: dict[tuple[Kind, str], _End] = {}
    for incident in standing:
        matter = (incident.kind, incident.subject)
        if matter in there:
            continue
        if incident.kind is Kind.STANDBY:
            ends[matter] = _of_standby(incident, view, roles, by_name)
        elif incident.kind is Kind.DEADLINE:
            ends[matter] = _of_deadline(incident.subject, view, roles)

    def those(which: _End) -> frozenset[tuple[Kind, str]]:
        return frozenset(matter for matter, end in ends.items() if end is which)

    return Ends(those(_End.UNJUDGED), those(_End.OBSOLETE), those(_End.UNPROVABLE))


def withdrawn(what: Known[Any], at: datetime) -> bool:
    """Whether a source that answered before has been refused, or not set up, for more than a day.

    Args:
        what: What is known from it.
        at: The tick's time.
    """
    if what.problem is None or what.problem.reason not in _NEEDS_A_PERSON:
        return False
    return what.read_at is None or at - what.read_at > WITHDRAWN_AFTER


# -- standbys -------------------------------------------------------------------------------------


def _of_standby(
    incident: Incident, view: PairView, roles: Roles, reports: Mapping[str, ServerReport]
) -> _End:
    servers = (s for s in roles.servers if server_key(s.name)[:MAX_SUBJECT] == incident.subject)
    server = next(servers, None)
    if server is None:
        return _unnamed(view, roles)
    if is_active(server, roles):
        return _End.OBSOLETE if server.role is Role.ACTIVE else _End.UNJUDGED
    report = reports.get(server.name)
    if report is None or report.fitness is Fitness.UNFIT:
        return _End.UNJUDGED  # unfit, but told by another finding, or not known as a standby
    if report.fitness is Fitness.FIT:
        return _End.WELL if server.member is not None else _End.UNJUDGED
    lost = withdrawn(view.readings.connect_health, view.at)
    return _End.UNPROVABLE if lost or _mended(incident, report, view) else _End.UNJUDGED


def _mended(incident: Incident, report: ServerReport, view: PairView) -> bool:
    """Whether everything that failed is well, and the rest is nothing that a next read may tell.

    Without the permission to read certificates, or where a server signs in with an account, no
    report ever says "fit": an incident about its agent must end nevertheless.
    """
    pair, key = incident.evidence.pair, server_key(report.name)
    told = pair.standbys if pair is not None else ()
    failed = {c.name for each in told if server_key(each.name) == key for c in each.failed()}
    well = {check.name for check in report.checks if check.outcome is not Outcome.UNKNOWN}
    unknown = [check for check in report.unknown() if check.name in REQUIRED]
    lasting = all(_stays_unknown(check.statement.source, view) for check in unknown)
    return bool(failed) and failed <= well and lasting


def _stays_unknown(source: Source, view: PairView) -> bool:
    """Whether a source of slow facts answered now and did not say, or does not answer at all."""
    if source not in {Source.HEALTH_DETAILS, Source.CERTIFICATES}:
        return False
    what = known(view.readings, source)
    never_asked = what.reading is None and what.problem is None
    return what.read_at == view.at or never_asked or withdrawn(what, view.at)


def _unnamed(view: PairView, roles: Roles) -> _End:
    """A server that no source and no setting names: it is gone if the list was read whole."""
    health = view.readings.connect_health
    if roles.left_out:
        return _End.UNJUDGED
    if withdrawn(health, view.at) or (health.reading is None and health.problem is None):
        return _End.OBSOLETE
    reading = health.reading
    if reading is None or health.read_at != view.at:
        return _End.UNJUDGED
    whole = reading.members and not reading.members_left_out
    return _End.OBSOLETE if whole else _End.UNJUDGED


# -- deadlines ------------------------------------------------------------------------------------


def _of_deadline(subject: str, view: PairView, roles: Roles) -> _End:
    server = next((each for each in roles.servers if is_about(subject, each)), None)
    if server is None:
        return _unnamed(view, roles)
    soon = near(view, server, subject)
    if soon is None:
        return _End.UNPROVABLE  # its kind is unjudged while a source is not read
    if not soon:
        return _End.WELL
    # it is near and not told: it makes a standby unfit, or nobody knows who is active
    return _End.OBSOLETE if roles.active is not None else _End.UNJUDGED
