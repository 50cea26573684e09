"""Cards: an incident and the reason to speak of it, as the message that Teams Workflows takes.

The reader is on a phone at 3 a.m. and has never failed this pair over. So every card says, in this
order: the state, what to do, the button, the facts, and which message this is. It never advises a
failover: which server is active and whether a standby is fit is not read yet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared.domain.advance import MAX_REMINDERS
from shared.domain.card_endings import over_text, recovering_text, still_to_do
from shared.domain.card_json import Card, envelope
from shared.domain.card_texts import Text, open_text
from shared.domain.incidents import Incident, State
from shared.domain.notifications import Message
from shared.domain.presentation import (
    Person,
    Presentation,
    buttons,
    intended,
    mentioned,
    portal_button,
)
from shared.domain.runbooks import fill, runbook
from shared.domain.verdicts import Verdict
from shared.domain.wording import duration, inert, mention_name, narrow, one_line, opening, utc

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Person", "Presentation", "check_message", "incident_message"]

TITLE_LENGTH: Final = 40
SUMMARY_LENGTH: Final = 120

_NAME_IN_SUMMARY: Final = 30
_SHORTEST_NAME: Final = 8
_LONGEST_ID: Final = 200


def incident_message(
    incident: Incident, message: Message, number: int, at: datetime, presentation: Presentation
) -> dict[str, object]:
    """The message to post about an incident.

    The incident as it is now decides what the card says; `message` only why it is said.

    Args:
        incident: As it is now.
        message: Why a card is sent.
        number: 1 + cards already sent about this incident.
        at: Now, aware.
        presentation: What cards show and link to.

    Returns:
        The whole envelope, at most `MAX_BYTES` as JSON, with a `watchdog` object by which a flow
        or a test can tell what it is about.

    Raises:
        ValueError: A time without a zone.
    """
    if incident.state is State.RESOLVED:
        card = _over(incident, message, at, presentation)
    elif incident.recovering:
        card = _recovering(incident, at, presentation)
    else:
        card = _open(incident, message, number, at, presentation)
    footer = _footer(incident, number, at)
    tenant = inert(presentation.tenant)
    if tenant not in card.text.title:
        footer = f"Tenant {tenant} · {footer}"
    mark: dict[str, object] = {
        "verdict": str(incident.verdict),
        "reason": str(message),
        "incident": incident.id.encode(errors="replace").decode()[:_LONGEST_ID],
        "message": number,
    }
    return envelope(replace(card, footer=footer), mark)


def check_message(at: datetime, presentation: Presentation) -> dict[str, object]:
    """The message of `send-test-card`: shows that cards arrive, and what is set; mentions nobody.

    Args:
        at: Now, aware.
        presentation: What cards show and link to.
    """
    names = ", ".join(mention_name(person.name) for person in presentation.on_call[:3])
    text = Text(
        "emphasis",
        "🧪",
        "Test card",
        f"**This is a test**, sent at {utc(at, at)}. Nothing is wrong.",
        "this is a test, nothing is wrong",
        (
            ("Tenant", opening(narrow(inert(presentation.tenant)))),
            ("On-call", opening(narrow(names)) or "nobody is set: WATCHDOG_ON_CALL"),
            *intended(presentation),
        ),
    )
    card = Card(
        text=replace(text, title=_title(text, presentation)),
        summary=_summary("TEST", text.short, presentation),
        footer="Test card · no incident",
        action=("Cards reach this channel. Try the button on the phone that is on call.",),
        buttons=portal_button(presentation),
    )
    return envelope(card, {"verdict": "", "reason": "test", "incident": "", "message": 0})


# -- the three kinds of card --------------------------------------------------------------------


def _open(
    incident: Incident, message: Message, number: int, at: datetime, presentation: Presentation
) -> Card:
    text = open_text(incident, at)
    word, emoji, lead = _reason(incident, message, number, at)
    if emoji:
        text = replace(text, emoji=emoji, title=_STILL[incident.verdict])
    repeats = bool(emoji) and number > 1
    facts = () if repeats else (*text.facts, *intended(presentation))
    text = replace(text, state=lead + text.state, facts=facts)
    links = buttons(incident, presentation, at)
    people = presentation.on_call
    if message is Message.ESCALATION:
        people += presentation.escalate_to
    return Card(
        text=replace(text, title=_title(text, presentation)),
        summary=_summary(f"{word}{incident.verdict}", f"{text.short}. Check first", presentation),
        action=_what_to_do(incident.verdict, presentation, with_page=bool(links)),
        mentions=mentioned(people) if incident.state is State.OPEN else (),
        buttons=links,
    )


def _recovering(incident: Incident, at: datetime, presentation: Presentation) -> Card:
    text = recovering_text(incident, at)
    links = buttons(incident, presentation, at)
    action: tuple[str, ...] = (
        "**Nothing to do while it goes on recovering.**",
        still_to_do(incident),
    )
    if incident.clean_at is None:  # the other heartbeat is back, this one was not seen yet
        action = _what_to_do(incident.verdict, presentation, with_page=bool(links))
    return Card(
        text=replace(text, title=_title(text, presentation)),
        summary=_summary("RECOVERING", text.short, presentation),
        action=action,
        buttons=links,
    )


def _over(incident: Incident, message: Message, at: datetime, presentation: Presentation) -> Card:
    missed = message is Message.MISSED
    text = over_text(incident, at, missed=missed)
    word = "MISSED" if missed else "RECOVERED"
    return Card(
        text=replace(text, title=_title(text, presentation)),
        summary=_summary(word, text.short, presentation),
        action=(f"**Still to do:** {still_to_do(incident)}",),
        buttons=buttons(incident, presentation, at),
    )


# -- the parts of a card ------------------------------------------------------------------------


_STILL: Final = {
    Verdict.SERVER_SILENT: "Sync still silent",
    Verdict.SYNC_STALLED: "Sync still stalled",
    Verdict.PASSWORD_SYNC_STALLED: "Passwords still stalled",
    Verdict.SYNC_DISABLED: "Sync still switched off",
    Verdict.NEVER_SYNCED: "Still never synced",
    Verdict.CLOCK_SUSPECT: "Clock still suspect",
    Verdict.BLIND: "Watchdog still blind",
}


def _reason(
    incident: Incident, message: Message, number: int, at: datetime
) -> tuple[str, str, str]:
    """Word for the summary, emoji instead of the verdict's, and words before the state."""
    if message is Message.ESCALATION:
        after = duration(at - incident.announced_at)
        return "ESCALATED ", "📣", f"**Escalated:** open for {after}. "
    if message is Message.REMINDER:
        count = f" {incident.reminders} of {MAX_REMINDERS}" if incident.reminders else ""
        return "REMINDER ", "⏰", f"Reminder{count}. "
    worse = message is Message.FIRST and number > 1
    return "", "", "Worse than the card before. " if worse else ""


def _title(text: Text, presentation: Presentation) -> str:
    """Emoji, state and as much of the tenant's name as two lines on a phone hold."""
    start = f"{text.emoji} {text.title}: "
    room = max(_SHORTEST_NAME, TITLE_LENGTH - len(start))
    name = inert(presentation.tenant, room)
    return start + (name if len(start + name) <= TITLE_LENGTH else inert(name, room - 3))


def _summary(word: str, short: str, presentation: Presentation) -> str:
    tenant = inert(presentation.tenant, _NAME_IN_SUMMARY)
    return one_line(f"{word} {tenant}: {short}.", SUMMARY_LENGTH)


def _what_to_do(
    verdict: Verdict, presentation: Presentation, *, with_page: bool
) -> tuple[str, ...]:
    """The first step and the worst mistake; further steps only when no page can show them."""
    book = fill(
        runbook(verdict),
        inert(presentation.active_server),
        [inert(name) for name in presentation.standbys],
    )
    first, *others = book.steps
    command = (f"Run: **{first.command}**",) if first.command else ()
    further = () if with_page else tuple(f"**Then:** {step.do}" for step in others[:2])
    return (f"**Check first:** {first.do}", *command, f"**Never** {book.never[0]}", *further)


def _footer(incident: Incident, number: int, at: datetime) -> str:
    footer = f"{incident.verdict} · incident {inert(incident.id, 64)} · message {number}"
    if incident.state is State.ACKNOWLEDGED:
        return f"{footer} · acknowledged by {inert(incident.acknowledged_by)}"
    if incident.state is State.SNOOZED and incident.snoozed_until:
        return f"{footer} · snoozed until {utc(incident.snoozed_until, at)}"
    if incident.state is not State.OPEN or incident.recovering:
        return footer
    if incident.reminders >= MAX_REMINDERS:
        return f"{footer} · no more reminders"
    if incident.remind_at > at:
        return f"{footer} · next reminder {utc(incident.remind_at, at)} if still open"
    return footer
