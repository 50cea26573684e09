"""How much one tick may change: what it stores must fit into one transaction of the store.

The store takes 100 operations at once. Advancing is level-triggered, so what does not fit is left
as it was, and the next tick does the same again: nothing is lost but five minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.incidents.incident import SPEAKS, Step
from shared.domain.verdicts import severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.domain.incidents.incident import Incident
    from shared.domain.verdicts import Finding

OPERATIONS: Final = 75
"""Of the 100: the rest is for the state, the sources, two days, the end of a drill, two bulletins,
and damaged rows that the commit would overwrite."""

MAX_OPENED: Final = 12
"""New incidents per tick, most severe first."""

MAX_WITH_SUBJECT: Final = 60
"""Standing incidents about single servers and alerts; further ones wait until some are resolved,
so that the row of each standing incident can be written in every tick."""


def within_one_transaction(
    standing: Sequence[Incident],
    steps: Sequence[Step],
    missing: Sequence[Finding],
    opened: Callable[[Finding], Step],
) -> list[Step]:
    """The steps that one transaction holds.

    What happened and what is new comes first, the most severe of it first; then rows in which
    only the evidence is newer.

    Args:
        standing: The incidents as they are stored.
        steps: Each of them after the tick, in the same order.
        missing: Findings without an incident, most severe first.
        opened: Opens one; called only for those that fit.

    Returns:
        One step per standing incident, unchanged where there was no room, then the new ones.
    """
    taken, new = list(steps), list[Step]()
    left = OPERATIONS
    subjects = sum(1 for incident in standing if incident.subject)
    for item in _by_urgency(steps, missing):
        if isinstance(item, int):
            cost = _cost(steps[item], standing[item])
            if cost > left:
                taken[item], cost = Step(standing[item]), 0
        else:
            no_place = bool(item.subject) and subjects >= MAX_WITH_SUBJECT
            if no_place or len(new) >= MAX_OPENED or left < _COST_OF_OPENING:
                continue
            new.append(opened(item))
            subjects, cost = subjects + bool(item.subject), 2 + len(new[-1].transitions)
        left -= cost
    return taken + new


def _by_urgency(steps: Sequence[Step], missing: Sequence[Finding]) -> list[int | Finding]:
    """What happened, the worst first, a standing incident before a new one; then the rest."""
    happened: list[tuple[int, int | Finding]] = [
        (severity(step.incident.verdict), index)
        for index, step in enumerate(steps)
        if step.transitions
    ]
    happened += [(severity(finding.verdict), finding) for finding in missing]
    silent = [index for index, step in enumerate(steps) if not step.transitions]
    silent.sort(key=lambda index: -severity(steps[index].incident.verdict))
    happened.sort(key=lambda item: -item[0])
    return [item for _, item in happened] + list(silent)


_COST_OF_OPENING: Final = 4  # the incident, two transitions if somebody switched, the card


def _cost(step: Step, before: Incident) -> int:
    card = any(change.event in SPEAKS for change in step.transitions)
    return (step.incident != before) + len(step.transitions) + card
