"""Who has an incident, and who is switching over: so that two people do not both switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.cards.wording import duration, inert, utc
from shared.domain.incidents.incident import Event, State
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.incidents.incident import Incident, Transition

_SWITCHED: Final = frozenset(
    {Kind.SYNC, Kind.PASSWORD_SYNC, Kind.DUAL_ACTIVE, Kind.NO_ACTIVE, Kind.EXPORT}
)
"""Kinds whose remedy can be to change the active server."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What the page says of who has it.

    Attributes:
        headline: One sentence.
        taken: Whether somebody has it, so that acknowledging is not the first thing to do.
        also: Where it stands besides, when the headline says who is switching.
        warning: Why not to switch as well; "" when nobody else is switching.
        switching: Who else is switching over; "" for nobody.
        may_switch: Whether "I am switching over now" makes sense for this incident.
        switches: Whether the visitor is the one who is switching, and can take that back.
    """

    headline: str
    taken: bool = False
    also: str = ""
    warning: str = ""
    switching: str = ""
    may_switch: bool = False
    switches: bool = False


def holder(
    incident: Incident, at: datetime, visitor: str, transitions: Sequence[Transition]
) -> Holder | None:
    """Who has it; None once it is over.

    Args:
        incident: As stored.
        at: When the page is shown.
        visitor: The name of whoever looks at it; "" if it is not known.
        transitions: What happened, oldest first.
    """
    if incident.state is State.RESOLVED:
        return None
    may_switch = incident.kind in _SWITCHED
    has = _has(incident, at, visitor, transitions)
    taken = incident.state is State.ACKNOWLEDGED
    if incident.switching_at is None or incident.switched_at is not None:
        return Holder(has, taken, may_switch=may_switch)
    who, since = inert(incident.switching_by), _since(incident.switching_at, at)
    also = "" if incident.acknowledged_by == incident.switching_by else has
    if incident.switching_by == visitor:
        said = f"You are switching over, {since}."
        return Holder(said, taken, also, may_switch=may_switch, switches=True)
    warning = (
        f"Do not switch as well: talk to {who} first. Two active servers overwrite each other."
    )
    return Holder(f"{who} is switching over, {since}.", taken, also, warning, who, may_switch)


def _has(incident: Incident, at: datetime, visitor: str, transitions: Sequence[Transition]) -> str:
    if incident.state is State.ACKNOWLEDGED:
        since = f", {_since(incident.acknowledged_at, at)}" if incident.acknowledged_at else ""
        if incident.acknowledged_by == visitor:
            return f"You have it{since}."
        return f"{inert(incident.acknowledged_by) or 'Somebody'} has it{since}."
    if incident.state is State.SNOOZED and incident.snoozed_until is not None:
        asked = [change.by for change in transitions if change.event is Event.SNOOZED]
        left = duration(incident.snoozed_until - at)
        until = f"until {utc(incident.snoozed_until, at)}, for {left}"
        who = inert(asked[-1]) if asked else ""
        if asked and asked[-1] == visitor:
            return f"You put it off {until}."
        return f"{who or 'Somebody'} put it off {until}{f': ask {who} first' if who else ''}."
    again = " any more" if incident.first_acknowledged_at else " yet"
    return f"Nobody has it{again}."


def _since(moment: datetime, at: datetime) -> str:
    return f"since {utc(moment, at)} ({duration(at - moment)})"
