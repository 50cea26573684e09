"""Preconditions of a failover that recent evidence does not show, and how to check each by hand.

This list is the whole of "check first": whatever is missing here would let a failover be advised
on something that nobody saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import Source
from shared.domain.pair.report import Statement, ToCheck
from shared.domain.readings import Unavailable
from shared.domain.verdicts import Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.advice.case import AdviceCase

ADMIN_CENTER: Final = "the Entra admin center (Entra Connect, Connect Sync)"


@dataclass(frozen=True, slots=True)
class Gap:
    """One precondition without recent evidence.

    Attributes:
        statement: What is not known, with the source that should have said it.
        how: How to check by hand, one sentence.
    """

    statement: Statement
    how: str

    @property
    def check(self) -> ToCheck:
        """The same as something to check first."""
        return ToCheck(self.statement.text, self.how)


def gaps(case: AdviceCase) -> tuple[Gap, ...]:
    """Every precondition that lacks evidence of the last `EVIDENCE_LASTS`, gravest first."""
    return (*_deletes(case), *_tenant(case), *_standby(case), *_sources(case), *_left_out(case))


def _deletes(case: AdviceCase) -> Iterator[Gap]:
    """Exports were stopped when that was last read; a failover may export the deletes."""
    before = case.blocked_before
    if before is None:
        return
    how = (
        "Look at the deletes that wait to be exported in the Synchronization Service Manager, and "
        "at the alerts in Entra Connect Health (Sync services)."
    )
    for stated in before.evidence.statements:
        yield Gap(stated, how)


def _tenant(case: AdviceCase) -> Iterator[Gap]:
    active = case.active.name if case.active else "the active server"
    if not case.judgement.readable:
        stamp = case.judgement.evidence.read_at
        text = "Graph was not read in this tick, so that the last sync is not known"
        yield Gap(Statement(text, Source.GRAPH, stamp), f"Read the last sync in {ADMIN_CENTER}.")
        return
    if case.silent or case.stopped or case.works:
        return
    if case.sync is None:
        text = f"Nothing shows that {active} syncs in time"
        how = f"Read the last sync in {ADMIN_CENTER}; run Get-ADSyncScheduler on {active}."
        yield Gap(Statement(text, Source.GRAPH, case.view.at), how)
        return
    text = f"Nothing shows that {active} stopped"
    if case.sync.evidence.why is Why.OBJECTS_STALLED_PASSWORD_UNREAD:
        text = f"Password sync could not be read, so that {active} may still be alive"
    how = f"Sign in to {active}: is it running, and does Get-ADSyncScheduler show a cycle?"
    yield Gap(Statement(text, Source.GRAPH, case.view.at), how)


def _standby(case: AdviceCase) -> Iterator[Gap]:
    best = case.best
    if best is None or not case.best_fit:
        return
    if not case.recent(best.seen_at):
        text = f"{best.name} was not seen in the last 45 min"
        source = best.seen_source or Source.CONNECT_HEALTH
        how = f"Sign in to {best.name}: does it run, and is its last cycle recent?"
        yield Gap(Statement(text, source, best.seen_at), how)


def _sources(case: AdviceCase) -> Iterator[Gap]:
    standby = case.best.name if case.best else "the standby"
    floor = ".".join(map(str, case.view.facts.floor))
    needed = (
        (
            Source.CONNECT_HEALTH,
            "Connect Health",
            "Look at every server and its alerts in Entra Connect Health (Sync services).",
        ),
        (
            Source.SERVICE_HEALTH,
            "Microsoft's service health",
            "Look at the service health in the Microsoft 365 admin center.",
        ),
        (
            Source.HEALTH_DETAILS,
            "the servers' versions",
            f"Look at the version of Entra Connect installed on {standby}: {floor} or newer.",
        ),
        (
            Source.CERTIFICATES,
            "the servers' certificates",
            f"Run Get-ADSyncEntraConnectorCredential on {standby}: how long is its key valid?",
        ),
    )
    for source, name, how in needed:
        if not case.read(source):
            yield Gap(_unread(case, source, name), how)


def _unread(case: AdviceCase, source: Source, name: str) -> Statement:
    known = case.source(source)
    text = f"No recent reading of {name}"
    if known.problem is not None:
        text += f" ({known.problem.reason})"
    return Statement(text, source, known.read_at)


def _left_out(case: AdviceCase) -> Iterator[Gap]:
    """What Connect Health said and the bounded reading could not hold."""
    health, read_at = case.health, case.view.readings.connect_health.read_at
    if health is None:
        return
    how = "Look at all active alerts in Entra Connect Health (Sync services)."
    text = ""
    if isinstance(health.alerts, Unavailable):
        text = f"Connect Health's alerts could not be read ({health.alerts.reason})"
    elif health.alerts_left_out:
        text = f"{health.alerts_left_out} active alerts of Connect Health were not looked at"
    if text:
        yield Gap(Statement(text, Source.CONNECT_HEALTH, read_at), how)
    if health.members_left_out:
        text = f"Connect Health lists {health.members_left_out} servers that were not looked at"
        how = "Look at all servers in Entra Connect Health (Sync services)."
        yield Gap(Statement(text, Source.CONNECT_HEALTH, read_at), how)
