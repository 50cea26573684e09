"""What several rows of the decision table say, and the shape of what a row says.

Sentences hold names as the sources spell them; whoever shows them escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import Source
from shared.domain.pair.report import Statement, ToCheck
from shared.domain.verdicts import PasswordSync, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.advice.case import AdviceCase
    from shared.domain.verdicts import Finding

MAX_SHOWN: Final = 5
"""Statements and checks of one recommendation."""

_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Words:
    """The contents of a recommendation.

    Attributes:
        server: Which server it is about; "" for none.
        because: What it rests on, most important first.
        checks: What to check first.
    """

    server: str = ""
    because: tuple[Statement, ...] = ()
    checks: tuple[ToCheck, ...] = ()


def say(server: str, because: Iterable[Statement], checks: Iterable[ToCheck] = ()) -> Words:
    """The contents of a recommendation: each thing to check once, and no more than fit."""
    once: dict[str, ToCheck] = {}
    for check in checks:
        once.setdefault(check.what, check)
    return Words(server, tuple(because)[:MAX_SHOWN], tuple(once.values())[:MAX_SHOWN])


def nothing(_case: AdviceCase) -> Words:
    """Nothing to say."""
    return Words()


# -- what several rows say ------------------------------------------------------------------------


def active_name(case: AdviceCase) -> str:
    """The server taken as the active one; "" when nothing names one."""
    return case.active.name if case.active else ""


def best_name(case: AdviceCase) -> str:
    """The standby that would take over; "" without one."""
    return case.best.name if case.best else ""


def all_names(case: AdviceCase) -> str:
    """The servers to look at, as many as a sentence holds."""
    servers = case.roles.servers
    if not 0 < len(servers) <= _NAMED:
        return "each server"
    return " and ".join(server.name for server in servers)


def syncs(case: AdviceCase) -> list[Statement]:
    """When the tenant last synced; what that proves, the verdict says."""
    found = case.sync or case.found(Verdict.PASSWORD_SYNC_STALLED) or case.judgement
    evidence, stated = found.evidence, []
    if evidence.object_sync_at is not None:
        text = "Entra saw its last object sync"
        stated.append(Statement(text, Source.GRAPH, evidence.object_sync_at))
    if evidence.password_sync is PasswordSync.USED and evidence.password_sync_at is not None:
        text = "Entra saw its last password sync"
        stated.append(Statement(text, Source.GRAPH, evidence.password_sync_at))
    return stated


def seen(case: AdviceCase) -> list[Statement]:
    """When the active server was last seen itself."""
    active = case.active
    if active is None or active.seen_at is None or active.seen_source is None:
        return []
    return [Statement(f"{active.name} was last seen", active.seen_source, active.seen_at)]


def told_by(finding: Finding | None) -> tuple[Statement, ...]:
    """What a finding rests on."""
    return finding.evidence.statements if finding else ()


def health_read_at(case: AdviceCase) -> datetime | None:
    """When Connect Health was last read."""
    return case.view.readings.connect_health.read_at
