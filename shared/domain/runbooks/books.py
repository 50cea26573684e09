"""Which runbook belongs to a verdict, its reason and the advice that goes with it."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shared.domain.pair.report import Advice, AdviceReason
from shared.domain.runbooks import do_not, failover, pair, standby, tenant
from shared.domain.runbooks.failover import DRILL, SWITCH_BACK
from shared.domain.runbooks.parts import Phase, Runbook, Step, fill
from shared.domain.verdicts import Kind, Verdict, Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.domain.cards.seen import Seen
    from shared.domain.cards.servers import Names

__all__ = [
    "DRILL",
    "SWITCH_BACK",
    "Phase",
    "Runbook",
    "Step",
    "book_for",
    "drill_book",
    "every_runbook",
    "fill",
    "runbook",
    "steps_by_id",
    "switch_back_book",
]


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


def drill_book(names: Names) -> Runbook:
    """The runbook of a practice, there and back, filled in.

    Args:
        names: The active server and the standby before the practice; inert.
    """
    return fill(DRILL, names)


def switch_back_book(names: Names) -> Runbook:
    """The runbook of a planned switch back, filled in.

    Args:
        names: `old`, the server that was active before the failover, and `active`, the one that
            is since; inert.
    """
    return fill(SWITCH_BACK, names)


def every_runbook() -> tuple[Runbook, ...]:
    """Each runbook that can be shown, the one to read first coming first."""
    found = (*_MORE, *_RUNBOOKS.values(), *_BY_WHY.values(), *_BY_REASON.values())
    return tuple({id(book): book for book in found}.values())


@cache
def steps_by_id() -> Mapping[str, Step]:
    """Every step of every runbook by its id, with placeholders.

    Raises:
        ValueError: Two different steps have one id; a tick of one would count for the other.
    """
    found: dict[str, Step] = {}
    for book in every_runbook():
        for step in book.steps:
            if found.setdefault(step.id, step) != step:
                raise ValueError(f"Two steps are called {step.id!r}: give one of them another id.")
    return MappingProxyType(found)


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
    Verdict.STANDBY_UNFIT: standby.STANDBY_UNFIT,
    Verdict.STANDBY_MISSING: standby.STANDBY_MISSING,
    Verdict.HEALTH_ALERT: standby.HEALTH_ALERT,
    Verdict.DEADLINE_NEAR: standby.CERTIFICATE_ENDS,
}
_BY_WHY: Final = {Why.RETURNED: pair.RETURNED, Why.SUPPORT_ENDS: standby.SUPPORT_ENDS}
_BY_REASON: Final = {
    AdviceReason.TWO_ACTIVE: pair.DUAL_ACTIVE,
    AdviceReason.EXPORT_BLOCKED: pair.EXPORT_BLOCKED,
    AdviceReason.ENTRA_OUTAGE: do_not.ENTRA_DOWN,
    AdviceReason.BOTH_SILENT: do_not.SITE_DOWN,
    AdviceReason.AD_IMPORT_ERRORS: do_not.AD_ERRORS,
    AdviceReason.LONG_CYCLE: do_not.LONG_CYCLE,
    AdviceReason.STANDBY_BELOW_FLOOR: do_not.REPAIR,
    AdviceReason.STANDBY_UNFIT: do_not.REPAIR,
    AdviceReason.NO_STANDBY: do_not.REPAIR,
}
_MORE: Final = (
    failover.FAIL_OVER,
    failover.CHECK_THEN_FAIL_OVER,
    failover.AFTER_FAILOVER,
    SWITCH_BACK,
    DRILL,
)
