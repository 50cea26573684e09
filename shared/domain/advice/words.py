"""What the rows of the decision table say that answer: do not fail over, or fail over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.advice.parts import (
    Words,
    active_name,
    best_name,
    health_read_at,
    say,
    seen,
    syncs,
    told_by,
)
from shared.domain.pair.readings import Source
from shared.domain.pair.report import CheckName, Outcome, Statement
from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase


def nothing(_case: AdviceCase) -> Words:
    """Nothing to say."""
    return Words()


# -- do not fail over -----------------------------------------------------------------------------


def switched_off(case: AdviceCase) -> Words:
    """The switch is in the tenant: no other server can help."""
    stated = Statement("Directory sync is switched off in the tenant", Source.GRAPH, case.view.at)
    return say("", [stated])


def two_active(case: AdviceCase) -> Words:
    """Two servers export: a third thing to switch would make it worse."""
    both = case.roles.two_active
    if both is None:
        return say("", told_by(case.found(Verdict.DUAL_ACTIVE)))
    return say(both.to_staging, both.statements)


def export_blocked(case: AdviceCase) -> Words:
    """Any server would export the same deletes, or stop at them as well."""
    return say(active_name(case), told_by(case.blocked))


def active_works(case: AdviceCase) -> Words:
    """Sync works: there is nothing to take over."""
    return say(active_name(case), [*syncs(case), *seen(case)])


def entra_outage(case: AdviceCase) -> Words:
    """Microsoft has an open issue: the standby talks to the same Entra."""
    stated = [
        Statement(
            f"Microsoft reports {issue.id}: {issue.title}",
            Source.SERVICE_HEALTH,
            case.view.readings.service_health.read_at,
        )
        for issue in case.issues
    ]
    return say(active_name(case), [*stated[:3], *syncs(case)])


def both_silent(case: AdviceCase) -> Words:
    """No server is seen: the site, its network or its directory."""
    stated = [
        Statement(
            f"{each.name} was last seen" if each.seen_at else f"{each.name} was never seen",
            each.seen_source or Source.CONNECT_HEALTH,
            each.seen_at or health_read_at(case),
        )
        for each in case.standbys
    ]
    return say(active_name(case), [*syncs(case)[:1], *seen(case), *stated])


def ad_import_errors(case: AdviceCase) -> Words:
    """Every server fails to read Active Directory: the fault is there."""
    names = [active_name(case), *(each.name for each in case.standbys)]
    stated = [
        Statement(
            f"{name} fails to import from Active Directory",
            Source.CONNECT_HEALTH,
            health_read_at(case),
        )
        for name in names
    ]
    return say(active_name(case), stated)


def still_works(case: AdviceCase) -> Words:
    """One of the two syncs works, so the server does."""
    return say(active_name(case), [*syncs(case), *seen(case)])


def standby_unfit(case: AdviceCase) -> Words:
    """The best standby cannot take over: repair comes first."""
    failed = case.best.failed() if case.best else ()
    gravest = sorted(failed, key=lambda check: check.name is not CheckName.VERSION)
    return say(best_name(case), [check.statement for check in gravest])


def no_standby(case: AdviceCase) -> Words:
    """There is nobody to fail over to."""
    text = f"Connect Health lists no server but {active_name(case)}"
    stated = Statement(text, Source.CONNECT_HEALTH, health_read_at(case))
    return say(active_name(case), [stated, *syncs(case)])


# -- fail over ------------------------------------------------------------------------------------


def standby_fit(case: AdviceCase) -> Words:
    """The active server stopped, and the standby is shown able to take over."""
    text = f"Connect Health reports that the sync service of {active_name(case)} does not run"
    service = Statement(text, Source.CONNECT_HEALTH, health_read_at(case))
    stopped = [service] if case.service_stopped else []
    best = case.best
    passed = [
        check.statement
        for check in (best.checks if best else ())
        if check.outcome is Outcome.PASS and check.name in {CheckName.STAGING, CheckName.SEEN}
    ]
    return say(best_name(case), [*stopped, *syncs(case), *seen(case), *passed])
