"""The one transition table of incidents: what can happen in which state, and which of it speaks."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Event(StrEnum):
    """What can happen to an incident."""

    OPENED = "opened"
    WORSENED = "worsened"
    IMPROVED = "improved"
    ACKNOWLEDGED = "acknowledged"
    ACK_LAPSED = "ack_lapsed"
    SNOOZED = "snoozed"
    SNOOZE_ENDED = "snooze_ended"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    SWITCHED = "switched"
    ADVISED = "advised"
    SWITCHING = "switching"
    CALLED_OFF = "called_off"
    HANDED_OVER = "handed_over"
    STEPPED = "stepped"
    NOTED = "noted"
    RECOVERED = "recovered"
    OBSOLETE = "obsolete"


TRANSITIONS: Final[dict[State | None, dict[Event, State]]] = {
    None: {
        Event.OPENED: State.OPEN,
    },
    State.OPEN: {
        Event.WORSENED: State.OPEN,
        Event.IMPROVED: State.OPEN,
        Event.ACKNOWLEDGED: State.ACKNOWLEDGED,
        Event.SNOOZED: State.SNOOZED,
        Event.ESCALATED: State.OPEN,
        Event.REMINDED: State.OPEN,
        Event.SWITCHED: State.OPEN,
        Event.ADVISED: State.OPEN,
        Event.SWITCHING: State.ACKNOWLEDGED,
        Event.CALLED_OFF: State.OPEN,
        Event.HANDED_OVER: State.ACKNOWLEDGED,
        Event.STEPPED: State.OPEN,
        Event.NOTED: State.OPEN,
        Event.RECOVERED: State.RESOLVED,
        Event.OBSOLETE: State.RESOLVED,
    },
    State.ACKNOWLEDGED: {
        Event.WORSENED: State.OPEN,
        Event.IMPROVED: State.ACKNOWLEDGED,
        Event.ACKNOWLEDGED: State.ACKNOWLEDGED,
        Event.ACK_LAPSED: State.OPEN,
        Event.SNOOZED: State.SNOOZED,
        Event.SWITCHED: State.ACKNOWLEDGED,
        Event.ADVISED: State.ACKNOWLEDGED,
        Event.SWITCHING: State.ACKNOWLEDGED,
        Event.CALLED_OFF: State.ACKNOWLEDGED,
        Event.HANDED_OVER: State.ACKNOWLEDGED,
        Event.STEPPED: State.ACKNOWLEDGED,
        Event.NOTED: State.ACKNOWLEDGED,
        Event.RECOVERED: State.RESOLVED,
        Event.OBSOLETE: State.RESOLVED,
    },
    State.SNOOZED: {
        Event.WORSENED: State.OPEN,
        Event.IMPROVED: State.SNOOZED,
        Event.ACKNOWLEDGED: State.ACKNOWLEDGED,
        Event.SNOOZED: State.SNOOZED,
        Event.SNOOZE_ENDED: State.OPEN,
        Event.SWITCHED: State.SNOOZED,
        Event.ADVISED: State.SNOOZED,
        Event.SWITCHING: State.ACKNOWLEDGED,
        Event.CALLED_OFF: State.SNOOZED,
        Event.HANDED_OVER: State.ACKNOWLEDGED,
        Event.STEPPED: State.SNOOZED,
        Event.NOTED: State.SNOOZED,
        Event.RECOVERED: State.RESOLVED,
        Event.OBSOLETE: State.RESOLVED,
    },
    State.RESOLVED: {
        Event.STEPPED: State.RESOLVED,
        Event.NOTED: State.RESOLVED,
    },
}
"""The one transition table. What is not in it cannot happen."""

SPEAKS: Final = {
    Event.OPENED: "first",
    Event.WORSENED: "first",
    Event.REMINDED: "reminder",
    Event.ACK_LAPSED: "reminder",
    Event.SNOOZE_ENDED: "reminder",
    Event.ESCALATED: "escalation",
    Event.ADVISED: "advice",
    Event.RECOVERED: "recovery",
}
"""The events that make a notification due, and its reason. The others are silent."""
