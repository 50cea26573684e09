"""What became of a form, told by the page that it leads to.

It is read from the stored transition, so a page cannot claim what did not happen; and it names who
did it, because a copied address shows the same to somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.cards.wording import duration, inert
from shared.domain.incidents.incident import Event
from shared.pages.views import Notice, Tone

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.incidents.incident import Incident, Transition
    from shared.dossier import Dossier
    from shared.site.answers import Request

_HINTS: Final = {
    Event.ACKNOWLEDGED: "Reminders stop meanwhile.",
    Event.SWITCHING: "Whoever opens this page reads it.",
    Event.SNOOZED: "Cards wait until then; measuring goes on.",
    Event.HANDED_OVER: "Tell them yourself: no card is sent for this.",
    Event.NOTED: "The note is in the timeline below.",
}
_WORDS: Final = {
    Event.SWITCHING: "“I am switching over now” said",
    Event.CALLED_OFF: "“I am not switching any more” said",
    Event.NOTED: "note written",
    Event.STEPPED: "ticks saved",
}


def told(found: Dossier, request: Request, at: datetime) -> Notice | None:
    """The notice of a page; None for a plain visit.

    Args:
        found: The incident.
        request: Its query says which form led here: `did` and `again`.
        at: Now.
    """
    change = found.by_form(request.query.get("did", ""))
    again = "again" in request.query
    if change is None:
        said = "That was so already: nothing was changed." if again else ""
        return Notice(Tone.PLAIN, said) if said else None
    what = f"{_WORDS.get(change.event, str(change.event).replace('_', ' '))} by {inert(change.by)}"
    if again:
        ago = duration(at - change.at)
        return Notice(
            Tone.PLAIN, f"This form was used already, {ago} ago: {what}. Nothing more was done."
        )
    first = _who_was_first(found.incident, change)
    if first:
        return Notice(Tone.BAD, first)
    return Notice(Tone.GOOD, f"Done: {what}. {_HINTS.get(change.event, '')}".strip())


def _who_was_first(incident: Incident, change: Transition) -> str:
    """Why the person who did it must not go on alone; "" when nobody else was first."""
    switcher, holder = incident.switching_by, incident.acknowledged_by
    if change.event is Event.SWITCHING and switcher not in {"", change.by}:
        name = inert(switcher)
        return (
            f"Stop: {name} was switching over before {inert(change.by)}. Talk to {name} before "
            "you touch a server. What you said is recorded."
        )
    if change.event is Event.ACKNOWLEDGED and holder not in {"", change.by}:
        name = inert(holder)
        return (
            f"{name} has it already. Talk to {name} before you do anything; the acknowledgement "
            f"of {inert(change.by)} is recorded."
        )
    return ""
