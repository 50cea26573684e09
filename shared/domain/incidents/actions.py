"""What a person can do about an incident. Each action is one transition: who, when, from where.

Two people may act at once: the second finds what the first did. Whoever acknowledged keeps it;
a second acknowledgement is recorded, and its author is told who has it. Handing over and "I am
switching over now" change the holder.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.incident import Event, Incident, State, Step, StepDone, apply

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_SNOOZE: Final = timedelta(hours=25)
"""Until 08:00 of the next day, on the day on which the clocks go back."""

LONGEST_NOTE: Final = 1_000
"""Characters of a note: a few sentences, and far below what a row holds."""

LONGEST_NAME: Final = 64
"""Characters of a person's name."""

MAX_DONE: Final = 60
"""Ticked steps that are kept: more than any runbook has."""

MAX_CHANGES: Final = 800
"""Transitions after which people can add no more. An incident has a few dozen; without a limit,
a loop somewhere could make its history too long to be read in one storage call."""

_STEP: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
_JOINERS: Final = "\u200c\u200d"  # needed inside emoji and some scripts
_LONGEST_ORIGIN: Final = 80


class FullError(Exception):
    """So much is written down about the incident that people can add no more."""


def plain(text: str, limit: int, keep: str = "") -> str:
    """Foreign text as it is stored: bounded, and without characters that nobody sees.

    A control character would take six of a row's characters, a lone surrogate cannot be stored at
    all, and a reordering mark would make a name look like another wherever it is shown.

    Args:
        text: Anything.
        limit: Characters that are kept.
        keep: Control characters to be kept, such as line ends.
    """
    wanted = frozenset(keep + _JOINERS)
    kept = (c for c in text if c in wanted or unicodedata.category(c) not in _UNSEEN)
    return "".join(islice(kept, limit))


class Action(StrEnum):
    """What a person asks for."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    SWITCHING = "switching"
    CALL_OFF = "call_off"
    HAND_OVER = "hand_over"
    NOTE = "note"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, from where, and with which form.

    Attributes:
        by: The person's name; foreign text, made `plain`.
        via: How the person came in, such as "page, signed in" or "command line".
        form: The id of the form that was sent; "" where there is none.
    """

    by: str
    via: str = ""
    form: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", plain(self.by, LONGEST_NAME))
        object.__setattr__(self, "via", plain(self.via, _LONGEST_ORIGIN))


def acknowledge(incident: Incident, by: str, at: datetime, *, actor: Actor | None = None) -> Step:
    """A person takes the incident.

    If another person holds it already, that one keeps it: the transition is recorded, so that
    both can be seen. The holder's own repetition renews it.

    Raises:
        ImpossibleTransitionError: The incident is resolved.
        FullError: Too much is written down about it.
    """
    actor = actor or Actor(by)
    held = incident.state is State.ACKNOWLEDGED and incident.acknowledged_by not in ("", actor.by)
    return _act(
        incident,
        Event.ACKNOWLEDGED,
        at,
        actor,
        acknowledged_at=incident.acknowledged_at if held else at,
        acknowledged_by=incident.acknowledged_by if held else actor.by,
        first_acknowledged_at=incident.first_acknowledged_at or at,
        snoozed_until=None,
    )


def snooze(
    incident: Incident, until: datetime, by: str, at: datetime, *, actor: Actor | None = None
) -> Step:
    """A person asks for silence until a time.

    Raises:
        ImpossibleTransitionError: The incident is resolved.
        FullError: Too much is written down about it.
        ValueError: The time is not in the future.
    """
    if until <= at:
        raise ValueError("A snooze must end in the future.")
    return _act(
        incident,
        Event.SNOOZED,
        at,
        actor or Actor(by),
        f"until {until:%Y-%m-%dT%H:%M}Z",
        snoozed_until=until,
        acknowledged_at=None,
        acknowledged_by="",
    )


def switching(incident: Incident, actor: Actor, at: datetime) -> Step:
    """A person says "I am switching over now", and holds the incident from then on.

    Raises:
        ImpossibleTransitionError: The incident is resolved.
        FullError: Too much is written down about it.
    """
    return _act(
        incident,
        Event.SWITCHING,
        at,
        actor,
        "",
        **_held_by(incident, actor.by, at),
        switching_at=incident.switching_at or at,
        switching_by=incident.switching_by or actor.by,
    )


def call_off(incident: Incident, actor: Actor, at: datetime) -> Step | None:
    """A person is not switching over any more; None when nobody is.

    Raises:
        ImpossibleTransitionError: The incident is resolved.
        FullError: Too much is written down about it.
    """
    if incident.switching_at is None and incident.state is not State.RESOLVED:
        return None
    return _act(incident, Event.CALLED_OFF, at, actor, switching_at=None, switching_by="")


def hand_over(incident: Incident, to: str, actor: Actor, at: datetime) -> Step:
    """A person gives the incident to another, who holds it from then on.

    Raises:
        ImpossibleTransitionError: The incident is resolved.
        FullError: Too much is written down about it.
    """
    to = plain(to, LONGEST_NAME)
    changes = _held_by(incident, to, at)
    if incident.switching_by == actor.by:  # who hands over has stopped: the next one may begin
        changes |= {"switching_at": None, "switching_by": ""}
    return _act(incident, Event.HANDED_OVER, at, actor, f"to {to}", **changes)


def note(incident: Incident, text: str, actor: Actor, at: datetime) -> Step:
    """A person writes something down; also about an incident that is resolved.

    Raises:
        FullError: Too much is written down about it.
    """
    return _act(incident, Event.NOTED, at, actor, plain(text, LONGEST_NOTE, keep="\n\t"))


def steps(
    incident: Incident, on: Iterable[str], off: Iterable[str], actor: Actor, at: datetime
) -> Step | None:
    """A person ticks or unticks steps of the runbook; None when all of it is so already.

    What can be no step's id is passed over.

    Raises:
        FullError: Too much is written down about it.
    """
    standing = ticks(incident)
    ticked = {each.step for each in standing}
    gone = {step for step in off if step in {each.step for each in incident.done}}
    again = {step for step in on if step not in ticked}
    kept = tuple(each for each in incident.done if each.step not in gone | again)
    asked = (step for step in dict.fromkeys(on) if step not in ticked and _STEP.fullmatch(step))
    new = list(islice(asked, MAX_DONE - len(kept)))
    if not new and not gone:
        return None
    done = (*kept, *(StepDone(step, actor.by, at) for step in new))
    said = ["done: " + ", ".join(new)] if new else []
    said += ["not done: " + ", ".join(sorted(gone))] if gone else []
    return _act(incident, Event.STEPPED, at, actor, "; ".join(said), done=done)


def ticks(incident: Incident) -> tuple[StepDone, ...]:
    """The ticks that count for whoever fails over now.

    Once another server took over, the roles have turned round: that the old one was stopped says
    nothing about the new one, should that fall silent before the incident is closed. They count
    again for what is to do after the failover.
    """
    switched = incident.switched_at
    if switched is None or incident.gone_at is not None:
        return incident.done
    return tuple(each for each in incident.done if each.at >= switched)


def _held_by(incident: Incident, who: str, at: datetime) -> dict[str, object]:
    return {
        "acknowledged_at": at,
        "acknowledged_by": who,
        "first_acknowledged_at": incident.first_acknowledged_at or at,
        "snoozed_until": None,
    }


def _act(
    incident: Incident,
    event: Event,
    at: datetime,
    actor: Actor,
    text: str = "",
    **changes: object,
) -> Step:
    if incident.transitions >= MAX_CHANGES:
        raise FullError(f"Incident {incident.id} has {incident.transitions} entries.")
    step = apply(incident, event, at, by=actor.by, **changes)
    (change,) = step.transitions
    told = replace(change, via=actor.via, note=text, form=actor.form)
    return replace(step, transitions=(told,))
