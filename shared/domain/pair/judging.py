"""Judging the pair: what all evidence together says beside the tenant's two heartbeats.

The order matters, because each step asks what the ones before found: roles, readiness of every
standby, findings about servers, alerts that no other finding tells already, advice. Each finding
leaves with the whole report, so that its card can say what was known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from shared.domain.advice.table import AdviceCase, recommend_for
from shared.domain.alerts.exports_blocked import export_blocked
from shared.domain.alerts.findings import alert_findings, covered_by, told_elsewhere
from shared.domain.incidents.switching import under_way
from shared.domain.pair.reading_plan import known
from shared.domain.pair.readings import Known, Source, SourceReading, server_key
from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    Outcome,
    PairReport,
    Recommendation,
    ServerReport,
)
from shared.domain.readings import Unavailable
from shared.domain.standby.deadlines import deadlines
from shared.domain.standby.findings import standby_findings
from shared.domain.standby.readiness import rank, report
from shared.domain.standby.standing import what_became_of, withdrawn
from shared.domain.standby.versions import stale
from shared.domain.verdicts import (
    Evidence,
    Finding,
    Judgement,
    Kind,
    PasswordSync,
    Verdict,
    Why,
    severity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.incidents.incident import Incident
    from shared.domain.pair.view import PairView, Roles

T = TypeVar("T", bound=SourceReading)

SHOWN_STANDBYS: Final = 3

RESTS_ON: Final = {
    Kind.EXPORT: frozenset({Source.CONNECT_HEALTH, Source.SYNC_CONFIGURATION}),
    Kind.DUAL_ACTIVE: frozenset({Source.CONNECT_HEALTH, Source.SYNC_CONFIGURATION, Source.AUDITS}),
    Kind.NO_ACTIVE: frozenset({Source.CONNECT_HEALTH}),
    Kind.STANDBY: frozenset({Source.CONNECT_HEALTH, Source.HEALTH_DETAILS, Source.CERTIFICATES}),
    Kind.HEALTH_ALERT: frozenset({Source.CONNECT_HEALTH}),
    Kind.DEADLINE: frozenset({Source.HEALTH_DETAILS, Source.CERTIFICATES}),
}
"""The sources that a kind of finding about the pair rests on."""


def judge_pair(
    view: PairView, roles: Roles, judgement: Judgement, standing: Iterable[Incident] = ()
) -> Judgement:
    """Add to a judgement of the tenant what the optional sources say about the pair.

    Args:
        view: The pair in this tick.
        roles: `roles.fuse(view)`.
        judgement: `detector.judge` of the same tick.
        standing: The live incidents: what became of those about single servers is judged, too.
    """
    if any(finding.verdict is Verdict.CLOCK_SUSPECT for finding in judgement.findings):
        # ages mean nothing while a clock is wrong: neither open nor close on them
        unjudged = judgement.unjudged | frozenset(RESTS_ON)
        return _with_report(view, roles, (), replace(judgement, unjudged=unjudged))
    standbys = rank([report(view, server, roles) for server in roles.standbys])
    single = (
        _two_active(view, roles),
        _none_active(view, roles),
        export_blocked(view, roles),
        _health_lost(view),
    )
    found = [*judgement.findings, *(finding for finding in single if finding is not None)]
    found += standby_findings(view, roles, standbys)
    found += deadlines(view, roles)
    others = (*found, *_still_open(standing, found, view.at))
    found += alert_findings(view, covered_by(view, roles, others))
    found.sort(key=lambda finding: severity(finding.verdict), reverse=True)
    headline = (judgement.verdict, judgement.evidence)
    if found and severity(found[0].verdict) > severity(judgement.verdict):
        headline = (found[0].verdict, found[0].evidence)
    ends = what_became_of(standing, view, roles, standbys, found)
    judged = replace(
        judgement,
        verdict=headline[0],
        evidence=headline[1],
        findings=tuple(found),
        unjudged=judgement.unjudged | _unjudged(view),
        unjudged_subjects=ends.unjudged,
        obsolete=ends.obsolete,
        unprovable=ends.unprovable,
        told_elsewhere=told_elsewhere(view, roles, others),
    )
    return _with_report(view, roles, standbys, judged)


def _still_open(
    standing: Iterable[Incident], found: Iterable[Finding], at: datetime
) -> list[Finding]:
    """The outage that is still told although this tick did not find it, for the alerts it covers.

    After a failover, and while somebody is at it, it is about the server that exported before.
    """
    seen = {finding.kind for finding in found}
    return [
        Finding(i.verdict, i.since, i.evidence, subject=server_key(i.switched_from))
        for i in standing
        if i.kind is Kind.SYNC and (i.kind not in seen or under_way(i, at))
    ]


def _unjudged(view: PairView) -> frozenset[Kind]:
    """Kinds that this tick cannot call gone, because something they rest on was not read.

    A source that never answered in living memory is not waited for: it was never what showed the
    finding. Nor is one whose permission was withdrawn: it would hold incidents open for ever.
    """
    unread = {
        kind
        for kind, sources in RESTS_ON.items()
        if not all(_settled(known(view.readings, source), view) for source in sources)
    }
    health = _in_reach(view.readings.connect_health, view)
    details = _in_reach(view.readings.health_details, view)
    if health is not None:
        if isinstance(health.alerts, Unavailable):
            unread |= {Kind.HEALTH_ALERT, Kind.EXPORT, Kind.STANDBY}
        elif health.alerts_left_out:
            unread |= {Kind.HEALTH_ALERT, Kind.EXPORT}
        if any(member.unread for member in health.members):
            unread.add(Kind.STANDBY)
        if health.exports_unread:
            unread.add(Kind.DUAL_ACTIVE)
    if details is not None and any(server.unread for server in details.servers):
        unread |= {Kind.STANDBY, Kind.DEADLINE}
    return frozenset(unread)


def _settled(what: Known[Any], view: PairView) -> bool:
    return what.read_at == view.at or what.reading is None or withdrawn(what, view.at)


def _in_reach(what: Known[T], view: PairView) -> T | None:
    """The reading of a source that can still be read; what a lost one left out blocks nothing."""
    return None if withdrawn(what, view.at) else what.reading


def _two_active(view: PairView, roles: Roles) -> Finding | None:
    both = roles.two_active
    if both is None:
        return None
    why = Why.RETURNED if both.returned else Why.BOTH_EXPORT
    evidence = Evidence(why, view.at, view.object_sync_at, measured_at=view.at)
    return Finding(Verdict.DUAL_ACTIVE, both.since, replace(evidence, statements=both.statements))


def _none_active(view: PairView, roles: Roles) -> Finding | None:
    if not roles.none_active:
        return None
    since = view.object_sync_at or view.at
    evidence = Evidence(Why.ALL_STAGING, view.at, view.object_sync_at, measured_at=view.at)
    return Finding(Verdict.NO_ACTIVE, since, replace(evidence, statements=roles.none_active))


def _health_lost(view: PairView) -> Finding | None:
    """Connect Health, where the team says that it is required, cannot be read any more."""
    health = view.readings.connect_health
    if not view.health_required or health.problem is None:
        return None
    last = health.read_at or view.watched_since or view.at
    if view.at - last < view.blind_after:
        return None
    evidence = Evidence(
        Why.UNREADABLE,
        health.read_at,
        view.object_sync_at,
        password_sync=PasswordSync.UNREAD,
        limit=view.blind_after,
        detail=f"{health.problem.reason}: {health.problem.detail}",
        measured_at=view.at,
    )
    return Finding(Verdict.BLIND, last, evidence, subject=str(Source.CONNECT_HEALTH))


def _with_report(
    view: PairView, roles: Roles, standbys: tuple[ServerReport, ...], judgement: Judgement
) -> Judgement:
    """The judgement with the report in every finding, and in the headline's evidence."""
    case = AdviceCase(view, judgement, roles, standbys)
    common = _report(view, roles, standbys)
    found: list[Finding] = []
    for finding in judgement.findings:
        advice = recommend_for(finding, case)
        evidence = replace(finding.evidence, pair=replace(common, recommendation=advice))
        found.append(replace(finding, evidence=evidence))
    if found and found[0].verdict is judgement.verdict:
        headline = found[0].evidence
    else:
        headline = replace(judgement.evidence, pair=common)
    return replace(judgement, evidence=headline, findings=tuple(found))


def _report(view: PairView, roles: Roles, standbys: tuple[ServerReport, ...]) -> PairReport:
    cloud_sync = view.readings.cloud_sync.reading
    details = view.readings.health_details.reading
    shown = [standbys[0], *map(_brief, standbys[1:SHOWN_STANDBYS])] if standbys else []
    return PairReport(
        active=report(view, roles.active, roles) if roles.active else None,
        standbys=tuple(shown),
        more=max(0, len(standbys) - SHOWN_STANDBYS) + roles.left_out,
        disagreements=roles.disagreements,
        facts_from=view.facts.checked_on if stale(view.facts, view.at.date()) else None,
        cloud_sync=bool(cloud_sync and cloud_sync.running),
        export_errors=details.export_errors if details else None,
    )


def _brief(standby: ServerReport) -> ServerReport:
    """A further standby with only what keeps it from taking over: a row has an end."""
    telling = (Outcome.FAIL, Outcome.UNKNOWN)
    checks = tuple(check for check in standby.checks if check.outcome in telling)
    return replace(standby, checks=checks)


def advice_of(judgement: Judgement) -> Recommendation:
    """What a judgement advises: the recommendation of its headline."""
    headline: Iterable[Evidence] = (f.evidence for f in judgement.findings[:1])
    for evidence in headline:
        if evidence.pair is not None:
            return evidence.pair.recommendation
        return Recommendation(Advice.CHECK_FIRST, AdviceReason.STANDBY_UNKNOWN)
    return Recommendation(Advice.NONE, AdviceReason.NOTHING_WRONG)
