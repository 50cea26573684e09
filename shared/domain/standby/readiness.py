"""Readiness: whether a standby is fit to take over, as a list of checks with their evidence.

The prerequisites are Microsoft's own for a switch (how-to-connect-sync-staging-server), beside the
version floor, recalled builds and the certificate, each of which leaves a standby that cannot
sync. A failed check makes a server unfit; a required check without evidence makes it unknown, and
an unknown standby is never advised. Warnings and notes decide nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import server_key
from shared.domain.pair.report import CheckName, Fitness, Outcome, ServerReport
from shared.domain.standby.case import StandbyCase, is_active
from shared.domain.standby.checks_alive import alerts, seen, staging, synced
from shared.domain.standby.checks_facts import (
    agent,
    certificate,
    drill,
    not_older,
    passwords,
    supported,
    version,
)
from shared.domain.standby.versions import Version, parse, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.pair.report import Check
    from shared.domain.pair.view import PairView, Roles, ServerRole

__all__ = ["REQUIRED", "rank", "report"]

REQUIRED: Final = frozenset(
    {
        CheckName.STAGING,
        CheckName.SEEN,
        CheckName.SYNCED,
        CheckName.VERSION,
        CheckName.NOT_OLDER,
        CheckName.CERTIFICATE,
        CheckName.ALERTS,
    }
)
"""The checks without whose evidence nobody may be sent to a standby."""


def report(view: PairView, server: ServerRole, roles: Roles) -> ServerReport:
    """One server with its checks; the active one is asked for no more than its version.

    Args:
        view: The pair in this tick.
        server: One of `roles.servers`.
        roles: Which server does what.
    """
    case = StandbyCase(view, server, roles)
    build = case.version()
    checks = () if is_active(server, roles) else _checks(case)
    return ServerReport(
        name=server.name,
        role=server.role,
        basis=server.basis,
        seen_at=server.seen_at,
        seen_source=server.seen_source,
        fitness=_fitness(checks) if checks else None,
        checks=checks,
        version=shown(build) if build else "",
    )


def _checks(case: StandbyCase) -> tuple[Check, ...]:
    """Every check, in the order of `CheckName`."""
    life = seen(case)
    return (
        staging(case),
        life,
        synced(case),
        version(case),
        not_older(case),
        supported(case),
        certificate(case),
        alerts(case, life),
        agent(case),
        passwords(case),
        drill(case),
    )


def _fitness(checks: Iterable[Check]) -> Fitness:
    outcomes = {check.name: check.outcome for check in checks}
    if Outcome.FAIL in outcomes.values():
        return Fitness.UNFIT
    if any(outcomes[name] in {Outcome.UNKNOWN, Outcome.NOTE} for name in REQUIRED):
        return Fitness.UNKNOWN
    return Fitness.FIT


_FITTEST: Final = (Fitness.FIT, Fitness.UNKNOWN, Fitness.UNFIT, None)
_NO_VERSION: Final[Version] = (0, 0, 0, 0)


def rank(reports: Iterable[ServerReport]) -> tuple[ServerReport, ...]:
    """The fittest first, in one total order, whatever the order they come in.

    Of two equally fit the one with fewer failed, then unknown, checks; then fewer warnings, the
    newer build, seen later, and by name.
    """
    return tuple(sorted(reports, key=_place))


def _place(each: ServerReport) -> tuple[object, ...]:
    count = Counter(check.outcome for check in each.checks)
    build = parse(each.version) or _NO_VERSION
    return (
        _FITTEST.index(each.fitness),
        count[Outcome.FAIL],
        count[Outcome.UNKNOWN],
        count[Outcome.WARN],
        tuple(-part for part in build),
        -each.seen_at.timestamp() if each.seen_at else float("inf"),
        server_key(each.name),
        each.name,
    )
