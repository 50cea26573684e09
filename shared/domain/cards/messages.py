"""Cards: an incident and the reason to speak of it, as the message that Teams Workflows takes.

The reader is on a phone at 3 a.m. and has never failed this pair over. So every card says, in this
order: the state, what to do, the button, the facts, and which message this is. What to do comes
from `card_actions`: fail over, do not, or check first, as the pair's report of that tick says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared.domain.cards.actions import what_to_do
from shared.domain.cards.endings import failed_over, over_text, recovering_text, still_to_do
from shared.domain.cards.envelope import Card, envelope
from shared.domain.cards.pair_texts import export_facts
from shared.domain.cards.presentation import (
    Buttons,
    Person,
    Presentation,
    buttons,
    intended,
    mentioned,
    portal_button,
)
from shared.domain.cards.seen import Seen, Text
from shared.domain.cards.texts import open_text
from shared.domain.cards.wording import (
    day,
    duration,
    inert,
    mention_name,
    narrow,
    one_line,
    opening,
    utc,
)
from shared.domain.incidents.advance import MAX_REMINDERS
from shared.domain.incidents.incident import Incident, State
from shared.domain.incidents.notifications import Message
from shared.domain.pair.report import Advice
from shared.domain.runbooks.books import book_for
from shared.domain.verdicts import Kind, Verdict

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Person", "Presentation", "check_message", "incident_message"]

TITLE_LENGTH: Final = 40
SUMMARY_LENGTH: Final = 120
MAX_FACTS: Final = 4

DRILL: Final = "DRILL"
_IN_A_DRILL: Final = "Opened during a drill"

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
    seen = Seen(incident, at, presentation)
    if incident.state is State.RESOLVED:
        card = _over(seen, message)
    elif incident.recovering:
        card = _recovering(seen)
    else:
        card = _open(seen, message, number)
    footer = _footer(incident, number, at)
    if incident.drill:
        over = incident.state is State.RESOLVED
        card, footer = _practised(card, over=over), f"{DRILL} · {footer}"
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


def _open(seen: Seen, message: Message, number: int) -> Card:
    incident, presentation = seen.incident, seen.presentation
    text = open_text(seen)
    word, emoji, lead = _reason(incident, message, number, seen.at)
    advised = message is Message.ADVICE
    if emoji:
        title = _advice_title(seen) if advised else _STILL[incident.verdict]
        text = replace(text, emoji=emoji, title=title)
    repeats = bool(emoji) and number > 1 and not advised
    set_names = intended(presentation) if seen.servers.nothing_known else ()
    facts = (*text.facts, *set_names)[:MAX_FACTS]
    if repeats:  # who exports still is what changes
        told = incident.kind is Kind.DUAL_ACTIVE and seen.servers.to_staging
        facts = export_facts(seen) if told else ()
    text = replace(text, state=lead + text.state, facts=facts)
    links = _buttons(seen)
    action = what_to_do(seen, with_page=bool(links))
    people = presentation.on_call
    if message is Message.ESCALATION:
        people += presentation.escalate_to
    called = (incident.state is State.OPEN or advised) and not incident.quiet
    return Card(
        text=replace(text, title=_title(text, presentation, drill=bool(incident.drill))),
        summary=_summary(
            f"{word}{incident.verdict}", f"{text.short}. {action.short}", presentation
        ),
        action=action.paragraphs,
        mentions=mentioned(people) if called else (),
        buttons=links,
    )


def _recovering(seen: Seen) -> Card:
    incident, presentation = seen.incident, seen.presentation
    text = recovering_text(seen)
    links = _buttons(seen)
    action: tuple[str, ...] = (
        "**Nothing to do while it goes on recovering.**",
        *_still_to_do(incident),
    )
    if incident.clean_at is None and not failed_over(incident):
        # the other heartbeat is back, this one was not seen yet
        action = what_to_do(seen, with_page=bool(links)).paragraphs
    return Card(
        text=replace(text, title=_title(text, presentation, drill=bool(incident.drill))),
        summary=_summary("RECOVERING", text.short, presentation),
        action=action,
        buttons=links,
    )


def _over(seen: Seen, message: Message) -> Card:
    missed = message is Message.MISSED
    text = over_text(seen, missed=missed)
    word = "MISSED" if missed else "RECOVERED"
    drill = bool(seen.incident.drill)
    return Card(
        text=replace(text, title=_title(text, seen.presentation, drill=drill)),
        summary=_summary(word, text.short, seen.presentation),
        action=_still_to_do(seen.incident),
        buttons=_buttons(seen),
    )


def _practised(card: Card, *, over: bool) -> Card:
    """The card of what was opened while a drill runs: it says so first, and calls as always."""
    end = "." if over else ", but measured: act as always."
    text = replace(card.text, state=f"{card.text.state} {_IN_A_DRILL}{end}")
    return replace(card, text=text, summary=one_line(f"{DRILL} {card.summary}", SUMMARY_LENGTH))


# -- the parts of a card ------------------------------------------------------------------------


_STILL: Final = {
    Verdict.SERVER_SILENT: "Sync still silent",
    Verdict.SYNC_STALLED: "Sync still stalled",
    Verdict.PASSWORD_SYNC_STALLED: "Passwords still stalled",
    Verdict.SYNC_DISABLED: "Sync still switched off",
    Verdict.NEVER_SYNCED: "Still never synced",
    Verdict.CLOCK_SUSPECT: "Clock still suspect",
    Verdict.BLIND: "Watchdog still blind",
    Verdict.DUAL_ACTIVE: "Still two active servers",
    Verdict.NO_ACTIVE: "Still no active server",
    Verdict.EXPORT_BLOCKED: "Export still blocked",
    Verdict.STANDBY_UNFIT: "Standby still not fit",
    Verdict.STANDBY_MISSING: "Standby still missing",
    Verdict.HEALTH_ALERT: "Health alert still on",
    Verdict.DEADLINE_NEAR: "Deadline is nearer",
}


def _reason(
    incident: Incident, message: Message, number: int, at: datetime
) -> tuple[str, str, str]:
    """Word for the summary, emoji instead of the verdict's, and words before the state."""
    if message is Message.ESCALATION:
        after = duration(at - incident.announced_at)
        return "ESCALATED ", "📣", f"**Escalated:** nobody has it, first card {after} ago. "
    if message is Message.ADVICE:
        return "ADVICE ", "🔁", "**The advice has changed.** "
    if message is Message.REMINDER:
        counted = incident.reminders and not incident.quiet
        count = f" {incident.reminders} of {MAX_REMINDERS}" if counted else ""
        return "REMINDER ", "⏰", f"Reminder{count}. "
    worse = message is Message.FIRST and number > 1
    return "", "", "Worse than the card before. " if worse else ""


def _advice_title(seen: Seen) -> str:
    """The advice as it is now, in place of what is wrong."""
    found = seen.recommendation
    if seen.target is not None:
        return "Fail over {}?"
    refused = found is not None and found.advice is Advice.DO_NOT_FAIL_OVER
    return "Do not fail over" if refused else "Check first"


def _title(text: Text, presentation: Presentation, *, drill: bool = False) -> str:
    """Emoji, state and as much of the tenant's name as two lines on a phone hold.

    A drill is called one first; where that leaves no room for a name, the footer has it.
    """
    first = f"{text.emoji} {DRILL} ·" if drill else text.emoji
    words = text.title if "{}" in text.title else f"{text.title}: {{}}"
    start, _, end = f"{first} {words}".partition("{}")
    if drill and TITLE_LENGTH - len(start + end) < _SHORTEST_NAME:
        return f"{first} {text.title}".replace(" {}", "")
    room = max(_SHORTEST_NAME, TITLE_LENGTH - len(start + end))
    name = inert(presentation.tenant, room)
    fits = len(start + name + end) <= TITLE_LENGTH
    return f"{start}{name if fits else inert(name, room - 3)}{end}"


def _summary(word: str, short: str, presentation: Presentation) -> str:
    tenant = inert(presentation.tenant, _NAME_IN_SUMMARY)
    return one_line(f"{word} {tenant}: {short}.", SUMMARY_LENGTH)


def _buttons(seen: Seen) -> Buttons:
    return buttons(seen.incident, seen.presentation, seen.at, book_for(seen).button)


def _still_to_do(incident: Incident) -> tuple[str, ...]:
    first, *others = still_to_do(incident)
    return (f"**Still to do:** {first}", *others)


def _footer(incident: Incident, number: int, at: datetime) -> str:
    footer = f"{incident.verdict} · incident {inert(incident.id, 64)} · message {number}"
    if incident.state is State.ACKNOWLEDGED:
        footer += f" · acknowledged by {inert(incident.acknowledged_by)}"
    elif incident.state is State.SNOOZED and incident.snoozed_until:
        footer += f" · snoozed until {utc(incident.snoozed_until, at)}"
    elif incident.state is State.OPEN and not incident.recovering:
        footer += _next_card(incident, at)
    pair = incident.evidence.pair
    if pair is not None and pair.facts_from is not None and incident.kind in _BY_VERSION:
        footer += f" · version facts are old: of {day(pair.facts_from)}"
    return footer


def _next_card(incident: Incident, at: datetime) -> str:
    coming = incident.remind_at > at
    if incident.kind in _UNTIL_FIXED:
        following = f", next {utc(incident.remind_at, at)}" if coming else ""
        return f" · {_UNTIL_FIXED[incident.kind]} until fixed{following}"
    if incident.reminders >= MAX_REMINDERS:
        return " · no more reminders"
    return f" · next reminder {utc(incident.remind_at, at)} if still open" if coming else ""


_UNTIL_FIXED: Final = {Kind.STANDBY: "daily", Kind.DEADLINE: "repeated"}
"""Kinds that are repeated in office hours for as long as they stand."""

_BY_VERSION: Final = frozenset({Kind.SYNC, Kind.STANDBY, Kind.DEADLINE})
"""Kinds whose cards may rest on what is known about builds."""
