"""What happened to an incident, in sentences: who did what, when, from where, and what was sent.

A page has to stay small whatever happened: lines are shown newest first until their room is used
up, and the page says how many more there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from shared.domain.cards.servers import called
from shared.domain.cards.wording import DETAIL_LENGTH, inert, one_line, utc
from shared.domain.incidents.incident import Event, State
from shared.domain.incidents.notifications import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.domain.incidents.incident import Incident, Transition
    from shared.domain.incidents.notifications import Notification

OPEN_LINES: Final = 5
"""The newest lines, which are shown without a tap."""

_LINE: Final = 30  # bytes of the elements around a line
_ESCAPED: Final = 5  # bytes of the longest entity that a template writes, such as `&amp;`
_STEP_LENGTH: Final = 60
_VIA_LENGTH: Final = 80
_UNTIL: Final = "until %Y-%m-%dT%H:%MZ"
_PERSON: Final = frozenset(
    {
        Event.ACKNOWLEDGED,
        Event.SNOOZED,
        Event.SWITCHING,
        Event.CALLED_OFF,
        Event.HANDED_OVER,
        Event.STEPPED,
    }
)
_ITSELF: Final = {
    Event.ACK_LAPSED: "The acknowledgement ran out: reminders go on.",
    Event.SNOOZE_ENDED: "The snooze ended.",
    Event.ESCALATED: "Nobody had acknowledged in time: it was escalated.",
    Event.REMINDED: "A reminder fell due.",
    Event.ADVISED: "The advice changed.",
    Event.RECOVERED: "It is over.",
    Event.OBSOLETE: "Its matter is gone, without having recovered.",
}
_CARDS: Final = {
    Message.FIRST: "first card",
    Message.REMINDER: "reminder",
    Message.ESCALATION: "escalation",
    Message.RECOVERY: "recovery",
    Message.ADVICE: "change of advice",
    Message.MISSED: "it came and went",
    Message.BULLETIN: "bulletin",
    Message.TEST: "test",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Attributes:
        when: Its time, in words.
        text: A sentence; inert.
        via: From where a person did it; "" for the watchdog.
    """

    when: str
    text: str
    via: str = ""

    @property
    def size(self) -> int:
        """Bytes at most as HTML."""
        text = f"{self.when}{self.text}{self.via}"
        return _LINE + len(text.encode()) + (_ESCAPED - 1) * len(re.findall("[&<>\"']", text))


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the page shows, newest first.

    Attributes:
        newest: Shown at once.
        older: Shown after a tap.
        more: How many older ones are not shown.
    """

    newest: tuple[Line, ...] = ()
    older: tuple[Line, ...] = ()
    more: int = 0


def timeline(  # noqa: PLR0913, PLR0917 - what it is made of, and how much of it fits
    incident: Incident,
    transitions: Iterable[Transition],
    cards: Iterable[Notification],
    at: datetime,
    steps: Mapping[str, str],
    room: int,
) -> Timeline:
    """What happened, newest first.

    Args:
        incident: As it is now.
        transitions: What happened, oldest first.
        cards: Its cards.
        at: When the page is shown.
        steps: The words of each step of the runbook, by its id.
        room: Bytes that the lines may have as HTML; the newest line is shown in any case.
    """
    told = tuple(cards)
    due = {card.due_at for card in told}
    lines: list[tuple[datetime, int, Line]] = []
    holder = ""
    for change in transitions:
        text = sentence(change, at, holder=holder, steps=steps, incident=incident)
        holder = _holder_after(change, holder)
        if change.event is Event.REMINDED and change.at in due:
            continue  # its card says the same
        line = Line(utc(change.at, at), text, inert(change.via, _VIA_LENGTH))
        lines.append((change.at, change.number, line))
    for card in told:
        if said := _card(card, at):
            when = card.sent_at or card.due_at
            lines.append((when, len(lines), Line(utc(when, at), said)))
    lines.sort(key=lambda each: each[:2], reverse=True)
    return _that_fit([line for _, _, line in lines], room)


def _that_fit(lines: list[Line], room: int) -> Timeline:
    shown = 0
    for line in lines:
        room -= line.size
        if room < 0 and shown:
            break
        shown += 1
    newest, older = tuple(lines[:OPEN_LINES][:shown]), tuple(lines[OPEN_LINES:shown])
    return Timeline(newest, older, len(lines) - shown)


def sentence(
    change: Transition,
    at: datetime,
    *,
    holder: str = "",
    steps: Mapping[str, str] | None = None,
    incident: Incident | None = None,
) -> str:
    """What happened, in one sentence.

    Args:
        change: A stored transition.
        at: Now.
        holder: Who had acknowledged it before; "" for nobody.
        steps: The words of each step, by its id.
        incident: Names the servers of a switch.
    """
    event, note = change.event, inert(change.note, DETAIL_LENGTH)
    who = inert(change.by) or "Somebody without a name"
    if event is Event.OPENED:
        return f"The watchdog opened it: {change.verdict}."
    if event in {Event.WORSENED, Event.IMPROVED}:
        how = "worse" if event is Event.WORSENED else "less bad"
        return f"It became {how}: {change.verdict}."
    if event is Event.SWITCHED and incident is not None and incident.switched_to:
        new, old = called(incident.switched_to), called(incident.switched_from)
        return f"{new} took over from {old}."
    if event is Event.NOTED:
        return f"{who} wrote: “{note}”"
    if event in _PERSON:
        return _done_by(change, who, note, holder, steps or {}, at)
    return _ITSELF.get(event, f"{str(event).replace('_', ' ').capitalize()}.")


def _done_by(  # noqa: PLR0913, PLR0917 - what such a sentence is made of
    change: Transition,
    who: str,
    note: str,
    holder: str,
    steps: Mapping[str, str],
    at: datetime,
) -> str:
    event = change.event
    if event is Event.ACKNOWLEDGED:
        other = inert(holder) if holder not in {"", change.by} else ""
        return f"{who} acknowledged it too; {other} kept it." if other else f"{who} has it now."
    if event is Event.SWITCHING:
        return f"{who}: “I am switching over now.”"
    if event is Event.CALLED_OFF:
        return f"{who}: “I am not switching any more.”"
    if event is Event.HANDED_OVER:
        return f"{who} handed it over {note}."
    if event is Event.SNOOZED:
        return f"{who} snoozed it {_until(change.note, at)}."
    return f"{who} {_ticked(change.note, steps)}"


def _until(note: str, at: datetime) -> str:
    try:
        return f"until {utc(datetime.strptime(note, _UNTIL).replace(tzinfo=UTC), at)}"
    except ValueError:
        return inert(note, DETAIL_LENGTH)  # of another release


def _ticked(note: str, steps: Mapping[str, str]) -> str:
    parts = []
    for part in note.split("; "):
        word, _, ids = part.partition(": ")
        names = ", ".join(f"“{step_words(each, steps)}”" for each in ids.split(", ") if each)
        parts.append(f"{'ticked' if word == 'done' else 'unticked'} {names}")
    return inert(" and ".join(parts), 2 * DETAIL_LENGTH) + "."


def step_words(step: str, steps: Mapping[str, str]) -> str:
    """A step in a few words; its id where this release has no such step."""
    words = steps.get(step, step)
    first = re.split(r"(?<=[.?:]) ", words, maxsplit=1)[0].rstrip(".:")
    return one_line(first, _STEP_LENGTH)


def _holder_after(change: Transition, holder: str) -> str:
    if change.target is not State.ACKNOWLEDGED:
        return ""
    if change.event is Event.ACKNOWLEDGED:
        return holder or change.by
    if change.event is Event.SWITCHING:
        return change.by
    return change.note.removeprefix("to ") if change.event is Event.HANDED_OVER else holder


def _card(card: Notification, at: datetime) -> str:
    kind = _CARDS[card.message]
    if card.sent_at is not None:
        return f"Card {card.number} was sent: {kind}."
    if card.superseded_at is not None:
        return ""  # a newer card took its place, and has a line
    if card.waits(at):
        until = utc(card.wanted_at(at), at)
        return f"A card waits until {until}: {kind}."
    problem = inert(card.problem, DETAIL_LENGTH).rstrip(".")
    return f"A card is not sent yet: {kind}." + (f" {problem}." if problem else "")
