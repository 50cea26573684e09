"""The page behind the card's button: what is wrong, what to do, and what was done.

Server-rendered, no external request, and no script that anything needs: it works on a phone, in
the dark, and once loaded also without a network. A card must be enough to act when this page
cannot be opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Final

from shared.domain.cards import wording
from shared.domain.cards.endings import failed_over, failover_facts, still_to_do
from shared.domain.cards.seen import Seen
from shared.domain.incidents.incident import State, Transition
from shared.domain.incidents.notifications import Notification
from shared.domain.incidents.snoozes import choices
from shared.domain.maintenance.window import Maintenance
from shared.domain.runbooks.books import book_for
from shared.domain.verdicts import PasswordSync
from shared.pages.headers import script
from shared.pages.holder import holder
from shared.pages.pair_section import at_once, pair_section
from shared.pages.rendering import environment
from shared.pages.runbook_section import runbook_section, words_of_steps
from shared.pages.timeline import timeline
from shared.pages.views import Forms, Notice

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.cards.messages import Presentation
    from shared.domain.incidents.incident import Incident
    from shared.domain.runbooks.parts import Runbook

MAX_BYTES: Final = 30_000
"""Of the page with its script: what a phone with a bad connection loads in a few seconds."""

ROOM: Final = 4_000
"""Bytes of the timeline's lines, where the page leaves so many."""

_MARGIN: Final = 300  # the timeline's heading, and what folds the older lines
_TIMELINE: Final = "<!--timeline-->"  # no foreign text can be this: it would be escaped


@dataclass(frozen=True, slots=True)
class Around:
    """What the page of an incident shows around it.

    Attributes:
        transitions: What happened, oldest first.
        cards: Its cards, oldest first.
        forms: What can be done about it from this page.
        notice: What became of the form that was just sent.
        zone: The time zone of the office, for "until 08:00".
        maintenance: The window that is on, so that cards wait; None for none.
        script: The address of the page's script; "" for none.
    """

    transitions: tuple[Transition, ...] = ()
    cards: tuple[Notification, ...] = ()
    forms: Forms = field(default_factory=Forms)
    notice: Notice | None = None
    zone: tzinfo = UTC
    script: str = ""
    maintenance: Maintenance | None = None


def incident_page(
    incident: Incident, at: datetime, presentation: Presentation, around: Around | None = None
) -> str:
    """The page of one incident, as HTML.

    Args:
        incident: The incident as stored.
        at: When the page is shown; ages are computed for this moment.
        presentation: The tenant's label and the servers that the team intends.
        around: The timeline, the forms, and what became of the last one.
    """
    around = around or Around()
    seen = Seen(incident, at, presentation)
    book = book_for(seen)
    template = environment().get_template("incident.html.j2")
    page = template.render(**_what_is_so(seen, book), **_what_can_be_done(seen, around))
    words = words_of_steps(book, seen.servers.names(subject=seen.subject))
    room = min(ROOM, MAX_BYTES - _MARGIN - len(page.encode()) - len(script().encode()))
    past = timeline(incident, around.transitions, around.cards, at, words, room)
    told = environment().get_template("timeline.html.j2").render(timeline=past)
    return page.replace(_TIMELINE, told, 1)


def _what_is_so(seen: Seen, book: Runbook) -> dict[str, object]:
    incident, evidence, presentation = seen.incident, seen.evidence, seen.presentation
    return {
        "incident": incident,
        "tenant": wording.inert(presentation.tenant),
        "resolved": incident.state is State.RESOLVED,
        "after_failover": failed_over(incident) and incident.gone_at is not None,
        "book": book,
        "runbook": runbook_section(seen, book),
        "at_once": at_once(seen),
        "ended": seen.utc(incident.gone_at or incident.resolved_at),
        "pair": pair_section(seen),
        "subject": seen.servers.spelled(seen.subject) if seen.subject else "",
        "failover": failover_facts(seen),
        "evidence": evidence,
        "single": evidence.password_sync is PasswordSync.NOT_USED,
        "unread": evidence.password_sync is PasswordSync.UNREAD,
        "still_to_do": still_to_do(incident),
        "at": seen.at,
        "active": wording.inert(presentation.active_server),
        "standbys": [wording.inert(name) for name in presentation.standbys],
        "detail_length": wording.DETAIL_LENGTH,
    }


def _what_can_be_done(seen: Seen, around: Around) -> dict[str, object]:
    return {
        "holder": holder(seen.incident, seen.at, around.forms.name, around.transitions),
        "maintenance": around.maintenance,
        "forms": around.forms,
        "notice": around.notice,
        "script": around.script,
        "snoozes": choices(seen.at, around.zone),
    }


def message_page(title: str, text: str) -> str:
    """A page that says one thing, such as that there is nothing here."""
    return environment().get_template("message.html.j2").render(title=title, text=text, script="")
