"""What the rows of the decision table say that answer: check this first, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.advice.active import newest_export
from shared.domain.advice.gaps import ADMIN_CENTER, gaps
from shared.domain.advice.parts import (
    Words,
    active_name,
    all_names,
    best_name,
    health_read_at,
    say,
    seen,
    syncs,
    told_by,
)
from shared.domain.pair.readings import Source
from shared.domain.pair.report import Statement, ToCheck
from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase

_SCHEDULER: Final = "Run Get-ADSyncScheduler on {}: exactly one shows StagingModeEnabled False."


def _by_hand(case: AdviceCase) -> ToCheck:
    name = active_name(case) or "the active server"
    return ToCheck("When was the last sync?", f"Read it in {ADMIN_CENTER}, and on {name}.")


def _which(case: AdviceCase) -> ToCheck:
    return ToCheck("Which server is active?", _SCHEDULER.format(all_names(case)))


def _further(case: AdviceCase) -> list[ToCheck]:
    """What else must be known before a failover: the standby's open checks, then old evidence.

    One missing precondition does not make the others known, so each such row lists them all.
    """
    best = case.best
    unknown = best.unknown() if best else ()
    default = f"Look at it on {best_name(case)}."
    told = [ToCheck(each.statement.text, each.how or default) for each in unknown]
    asked = {each.statement.source for each in unknown}
    old = (gap for gap in gaps(case) if gap.statement.source not in asked)
    return [*told, *(gap.check for gap in old)]


def clock(case: AdviceCase) -> Words:
    """Ages mean nothing while a clock is wrong."""
    found = case.found(Verdict.CLOCK_SUSPECT)
    detail = found.evidence.detail.rstrip(".") if found else ""
    stated = Statement(detail or "A clock cannot be right", Source.GRAPH, case.view.at)
    return say(active_name(case), [stated], [_by_hand(case)])


def blind(case: AdviceCase) -> Words:
    """What must be seen cannot be: the tenant, or Connect Health where that is required."""
    found = case.found(Verdict.BLIND)
    if not case.judgement.readable:
        stated = Statement("Graph cannot be read", Source.GRAPH, case.judgement.evidence.read_at)
        return say(active_name(case), [stated], [_by_hand(case)])
    stated = Statement("Connect Health cannot be read", Source.CONNECT_HEALTH, health_read_at(case))
    ask = ToCheck(
        "Are the servers seen, and without alerts?",
        "Look at Entra Connect Health (Sync services).",
    )
    return say(active_name(case), [*told_by(found), stated], [ask, _by_hand(case)])


def never_synced(case: AdviceCase) -> Words:
    """There is no sync that could have stopped."""
    stated = Statement("Entra knows of no sync of this tenant", Source.GRAPH, case.view.at)
    tenant = ToCheck("Is this the right tenant?", "Compare its id with WATCHDOG_TENANT_ID.")
    return say(active_name(case), [stated], [tenant, _by_hand(case)])


def no_active(case: AdviceCase) -> Words:
    """Every server is in staging mode; which one shall be active is for the reader."""
    stated = case.roles.none_active or told_by(case.found(Verdict.NO_ACTIVE))
    ask = ToCheck("Which server shall be active?", "Ask who put the last one into staging mode.")
    return say("", stated, [_which(case), ask])


def active_unknown(case: AdviceCase) -> Words:
    """Nobody saw the active server export, or not up to the last sync."""
    active, name = case.active, active_name(case)
    text = f"Nothing measured shows that {name} is active" if name else "No active server is known"
    source = (active.basis if active else None) or Source.INTENDED
    claims = active.claims if active else ()
    at = next((claim.at for claim in claims if claim.source is source), None)
    stated = Statement(text, source, at)
    export = newest_export(active) if active else None
    if export is not None:
        text = f"{name} was last seen exporting; who synced after that is not known"
        stated = Statement(text, export.source, export.at)
    return say(name, [stated, *syncs(case)], [_which(case), *_further(case)])


def evidence_disagrees(case: AdviceCase) -> Words:
    """Sources contradict each other about who is active."""
    return say(active_name(case), case.roles.disagreements, [_which(case), *_further(case)])


def active_alive(case: AdviceCase) -> Words:
    """The server lives: a repair is quicker and safer than a switch."""
    name = active_name(case) or "the active server"
    checks = (
        ToCheck(
            f"Does the sync service of {name} run?",
            f"Run Get-Service ADSync on {name}; if it is stopped, Start-Service ADSync.",
        ),
        ToCheck(
            f"Is the scheduler of {name} suspended or switched off?",
            f"Run Get-ADSyncScheduler on {name}, and close a wizard that was left open.",
        ),
    )
    return say(active_name(case), [*syncs(case), *seen(case)], [*checks, *_further(case)])


def standby_unknown(case: AdviceCase) -> Words:
    """Something about the standby that must be known is not."""
    best, intended = case.best, case.view.intent.standbys
    name = best.name if best else "".join(intended[:1])
    mode = ToCheck(
        f"Is {name or 'the standby'} there, and in staging mode?",
        f"Run Get-ADSyncScheduler on {name or 'it'}: StagingModeEnabled and SyncCycleEnabled True.",
    )
    stated = [check.statement for check in best.unknown()] if best else []
    if stated:
        return say(name, stated, [*_further(case), mode])
    text = f"Nothing measured shows that {name} can take over" if name else "No standby is known"
    source = (best.basis if best else None) or Source.INTENDED
    return say(name, [Statement(text, source)], [mode, *_further(case)])


def evidence_old(case: AdviceCase) -> Words:
    """A precondition was not shown recently."""
    missing = gaps(case)
    return say(
        best_name(case),
        [gap.statement for gap in missing],
        [gap.check for gap in missing],
    )


def sync_decides(case: AdviceCase) -> Words:
    """Another matter's card: the sync incident says what to do about the servers."""
    ask = ToCheck(
        "What does the open sync incident advise?",
        "Open its card or page first; it decides whether to fail over.",
    )
    return say(active_name(case), syncs(case), [ask])
