"""What is kept of a closed incident for years: few enough bytes to read a thousand at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.verdicts import Kind, Verdict

if TYPE_CHECKING:
    from shared.domain.incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Past:
    """A closed incident in brief; its whole row and its transitions are kept beside it.

    Attributes:
        id, kind, verdict, worst, subject, opened_at, since, gone_at, resolved_at, obsolete, drill,
            first_acknowledged_at, switching_at, switched_at, switched_from, switched_to: As in
            `Incident`.
        cards: How many cards were sent about it.
    """

    id: str
    kind: Kind
    verdict: Verdict
    worst: Verdict
    opened_at: datetime
    since: datetime
    subject: str = ""
    gone_at: datetime | None = None
    resolved_at: datetime | None = None
    first_acknowledged_at: datetime | None = None
    switching_at: datetime | None = None
    switched_at: datetime | None = None
    switched_from: str = ""
    switched_to: str = ""
    obsolete: bool = False
    drill: str = ""
    cards: int = 0

    @property
    def outage(self) -> timedelta:
        """How long it lasted, from the last sign of life to the first one after."""
        end = self.gone_at or self.resolved_at or self.opened_at
        return max(timedelta(0), end - self.since)


def past(incident: Incident, cards: int) -> Past:
    """An incident in brief.

    Args:
        incident: The incident, resolved.
        cards: How many cards were sent about it.
    """
    return Past(
        id=incident.id,
        kind=incident.kind,
        verdict=incident.verdict,
        worst=incident.worst,
        opened_at=incident.opened_at,
        since=incident.since,
        subject=incident.subject,
        gone_at=incident.gone_at,
        resolved_at=incident.resolved_at,
        first_acknowledged_at=incident.first_acknowledged_at,
        switching_at=incident.switching_at,
        switched_at=incident.switched_at,
        switched_from=incident.switched_from,
        switched_to=incident.switched_to,
        obsolete=incident.obsolete,
        drill=incident.drill,
        cards=cards,
    )
