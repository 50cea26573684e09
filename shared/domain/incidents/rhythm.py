"""When an incident speaks: how often, how long, and whether a card may wait for office hours.

Two rhythms. A *loud* incident is somebody's business now: a card at once, reminders, escalation.
A *quiet* one (`Incident.quiet`) is to be fixed in working time: nobody is mentioned, nothing
escalates, and its cards wait until somebody is at work.

While maintenance is on, nobody is reminded, nothing escalates and no acknowledgement or snooze runs
out: those clocks stand still until the end of the window.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.office_hours import OfficeHours
from shared.domain.incidents.table import State
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from shared.domain.incidents.incident import Incident
    from shared.domain.maintenance.window import Maintenance

MAX_REMINDERS: Final = 3
"""Reminders of one announcement; an unfit standby and a deadline are repeated until fixed."""

DAILY: Final = timedelta(days=1)
WEEKLY: Final = timedelta(days=7)

LAST_DAYS: Final = timedelta(days=7)
"""From so long before a deadline on it is repeated daily."""

_UNTIL_FIXED: Final = frozenset({Kind.STANDBY, Kind.DEADLINE})


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When an incident speaks (`WATCHDOG_*` settings).

    Attributes:
        remind_every: `WATCHDOG_REMIND_EVERY`, for loud incidents.
        escalate_after: `WATCHDOG_ESCALATE_AFTER`, counted from when the first card was due.
        ack_lapses_after: `WATCHDOG_ACK_LAPSES_AFTER`; a quiet incident is taken for at least as
            long as its reminders are apart.
        office: `WATCHDOG_OFFICE_HOURS` in `WATCHDOG_TIME_ZONE`, for quiet incidents.
    """

    remind_every: timedelta = timedelta(minutes=30)
    escalate_after: timedelta = timedelta(minutes=15)
    ack_lapses_after: timedelta = timedelta(hours=4)
    office: OfficeHours = field(default_factory=OfficeHours)


def remind_interval(incident: Incident, rhythm: Rhythm, at: datetime) -> timedelta:
    """How long after a card the next reminder of this incident falls due."""
    if not incident.quiet:
        return rhythm.remind_every
    deadline = incident.evidence.deadline
    far = incident.kind is Kind.DEADLINE and (deadline is None or deadline - at > LAST_DAYS)
    return WEEKLY if far else DAILY


def acknowledgement_lasts(incident: Incident, rhythm: Rhythm, at: datetime) -> timedelta:
    """How long an acknowledgement of this incident holds."""
    if not incident.quiet:
        return rhythm.ack_lapses_after
    return max(rhythm.ack_lapses_after, remind_interval(incident, rhythm, at))


def reminders_left(incident: Incident) -> bool:
    """Whether a further reminder of this announcement may fall due."""
    return incident.kind in _UNTIL_FIXED or incident.reminders < MAX_REMINDERS


def not_before(
    incident: Incident, rhythm: Rhythm, at: datetime, maintenance: Maintenance | None = None
) -> datetime | None:
    """When a card of this incident that falls due now may be sent; None means at once.

    Maintenance that is on holds back every card; a quiet one then waits for office hours after it.
    """
    earliest = maintenance.until if maintenance else at
    opening = rhythm.office.next_open(earliest) if incident.quiet else earliest
    return opening if opening > at else None


def standing_still(incident: Incident, maintenance: Maintenance) -> Incident:
    """The incident with the clocks of reminder and escalation at the end of the window.

    They lie ahead while it is on. Should a person end it early, the next tick takes them back to
    its own time, as it does after a clock that ran ahead.
    """
    if incident.state is State.RESOLVED:
        return incident
    until, escalated = maintenance.until, incident.escalated_at is not None
    return replace(
        incident,
        announced_at=incident.announced_at if escalated else max(incident.announced_at, until),
        remind_at=max(incident.remind_at, until),
    )
