"""How Azure Monitor evaluates a log search alert rule, as far as it is documented.

Sources (learn.microsoft.com/azure/azure-monitor/alerts): `alerts-create-log-alert-rule` (window,
frequency, dimensions: one alert for each combination), `alerts-overview` (a stateful alert rings
once and is resolved when its condition was not met for three evaluations, at a frequency of five to
fifteen minutes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tests.support.kusto import Workspace
from tests.support.monitoring import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

RESOLVED_AFTER: Final = 3
"""Evaluations without the condition that resolve an alert."""

Who = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log.

    Attributes:
        written: When the app wrote it: `TimeGenerated`.
        arrived: When a query could see it.
        message: Its text.
        component: What wrote it; the app's own when empty.
    """

    written: datetime
    arrived: datetime
    message: str
    component: str = ""


@dataclass(slots=True)
class Bell:
    """One rule over time: what rang when."""

    rule: Rule
    workspace: Workspace
    rang: list[tuple[datetime, Who]] = field(default_factory=list)
    resolved: list[tuple[datetime, Who]] = field(default_factory=list)
    _quiet: dict[Who, int] = field(default_factory=dict)
    _answers: dict[tuple[Line, ...], frozenset[Who]] = field(default_factory=dict)

    def listen(self, lines: Sequence[Line], start: datetime, end: datetime) -> None:
        """Evaluate the rule from start to end, as often as it wants."""
        at = start
        while at <= end:
            self._evaluate(lines, at)
            at += self.rule.every

    def _evaluate(self, lines: Sequence[Line], at: datetime) -> None:
        since = at - self.rule.window
        seen = tuple(each for each in lines if each.arrived <= at and since < each.written <= at)
        met = self._met(seen, at)
        for who in sorted(met - self._quiet.keys(), key=str):
            self.rang.append((at, who))
        fired = dict.fromkeys(met, 0) if self.rule.stateful else {}
        for who, quiet in self._quiet.items():
            if who in met:
                continue
            if quiet + 1 >= RESOLVED_AFTER:
                self.resolved.append((at, who))
            else:
                fired[who] = quiet + 1
        self._quiet = fired

    def _met(self, seen: tuple[Line, ...], at: datetime) -> frozenset[Who]:
        """The combinations for which the query returns a row; the same lines are asked once."""
        relative = "ago(" in self.rule.query
        if not relative and seen in self._answers:
            return self._answers[seen]
        self.workspace.clear()
        for line in seen:
            row: dict[str, object] = {"TimeGenerated": line.written, "Message": line.message}
            if line.component:
                row["_ResourceId"] = line.component
            self.workspace.add("AppTraces", [row])
        rows = self.workspace.run(self.rule.query, at)
        found = frozenset(tuple(row[name] for name in self.rule.dimensions) for row in rows)
        self._answers[seen] = found
        return found
