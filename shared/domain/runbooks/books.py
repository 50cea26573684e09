"""Which runbook belongs to a verdict, its reason and the advice that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.pair.report import Advice, AdviceReason
from shared.domain.runbooks import failover, pair, tenant
from shared.domain.runbooks.parts import Runbook, Step, fill
from shared.domain.verdicts import Kind, Verdict, Why

if TYPE_CHECKING:
    from shared.domain.cards.seen import Seen

__all__ = ["Runbook", "Step", "book_for", "every_runbook", "fill", "runbook"]


def runbook(verdict: Verdict) -> Runbook:
    """The runbook of a verdict that needs a person, with placeholders for server names.

    Raises:
        KeyError: The verdict needs nobody (`HEALTHY`, `LATE`).
    """
    return _RUNBOOKS[verdict]


def book_for(seen: Seen) -> Runbook:
    """The runbook of an incident, filled in: by its verdict, its reason, and what is advised.

    Args:
        seen: The incident's evidence.
    """
    incident = seen.incident
    done = incident.switched_at is not None and incident.kind is Kind.SYNC
    if done and incident.gone_at is not None:
        names = seen.servers.names(old=incident.switched_from, new=incident.switched_to)
        return fill(failover.AFTER_FAILOVER, names)
    book = _BY_WHY.get(seen.evidence.why, runbook(incident.verdict))
    if book is pair.RETURNED and not seen.servers.to_staging:
        book = pair.DUAL_ACTIVE  # nobody can be named who returned
    if incident.kind is Kind.SYNC:
        book = _advised(seen, book)
    return fill(book, seen.servers.names(subject=seen.subject))


def every_runbook() -> tuple[Runbook, ...]:
    """Each runbook that can be shown."""
    found = (*_RUNBOOKS.values(), *_BY_WHY.values(), *_BY_REASON.values(), *_MORE)
    return tuple({id(book): book for book in found}.values())


def _advised(seen: Seen, book: Runbook) -> Runbook:
    found = seen.recommendation
    if found is None:
        return book
    if found.advice is Advice.DO_NOT_FAIL_OVER:
        return _BY_REASON.get(found.reason, book)
    if seen.target is not None:
        return failover.FAIL_OVER
    silent = seen.incident.verdict is Verdict.SERVER_SILENT
    by_standby = found.reason in {AdviceReason.STANDBY_UNKNOWN, AdviceReason.EVIDENCE_OLD}
    return failover.CHECK_THEN_FAIL_OVER if silent and by_standby else book


_RUNBOOKS: Final = {
    Verdict.SERVER_SILENT: failover.SERVER_SILENT,
    Verdict.SYNC_STALLED: tenant.SYNC_STALLED,
    Verdict.PASSWORD_SYNC_STALLED: tenant.PASSWORD_SYNC_STALLED,
    Verdict.SYNC_DISABLED: tenant.SYNC_DISABLED,
    Verdict.NEVER_SYNCED: tenant.NEVER_SYNCED,
    Verdict.CLOCK_SUSPECT: tenant.CLOCK_SUSPECT,
    Verdict.BLIND: tenant.BLIND,
    Verdict.DUAL_ACTIVE: pair.DUAL_ACTIVE,
    Verdict.NO_ACTIVE: pair.NO_ACTIVE,
    Verdict.EXPORT_BLOCKED: pair.EXPORT_BLOCKED,
    Verdict.STANDBY_UNFIT: pair.STANDBY_UNFIT,
    Verdict.STANDBY_MISSING: pair.STANDBY_MISSING,
    Verdict.HEALTH_ALERT: pair.HEALTH_ALERT,
    Verdict.DEADLINE_NEAR: pair.CERTIFICATE_ENDS,
}
_BY_WHY: Final = {Why.RETURNED: pair.RETURNED, Why.SUPPORT_ENDS: pair.SUPPORT_ENDS}
_BY_REASON: Final = {
    AdviceReason.TWO_ACTIVE: pair.DUAL_ACTIVE,
    AdviceReason.EXPORT_BLOCKED: pair.EXPORT_BLOCKED,
    AdviceReason.ENTRA_OUTAGE: failover.ENTRA_DOWN,
    AdviceReason.BOTH_SILENT: failover.SITE_DOWN,
    AdviceReason.AD_IMPORT_ERRORS: failover.AD_ERRORS,
    AdviceReason.LONG_CYCLE: failover.LONG_CYCLE,
    AdviceReason.STANDBY_BELOW_FLOOR: failover.REPAIR,
    AdviceReason.STANDBY_UNFIT: failover.REPAIR,
    AdviceReason.NO_STANDBY: failover.REPAIR,
}
_MORE: Final = (failover.FAIL_OVER, failover.CHECK_THEN_FAIL_OVER, failover.AFTER_FAILOVER)
