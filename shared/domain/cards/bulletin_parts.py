"""The parts that the cards of bulletins share: title, summary, footer, the way to the status page.

They need nobody now: colour is neutral, nobody is mentioned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.cards.envelope import Card, envelope
from shared.domain.cards.links import sign
from shared.domain.cards.presentation import is_link
from shared.domain.cards.seen import Facts, Text
from shared.domain.cards.wording import inert, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.bulletins.bulletin import Bulletin
    from shared.domain.cards.presentation import Buttons, Presentation

_TITLE_LENGTH: Final = 40
_SUMMARY_LENGTH: Final = 120
_MAX_FACTS: Final = 4
_NAME_IN_SUMMARY: Final = 30
_SHORTEST_NAME: Final = 8
_LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True)
class BulletinText:
    """The words of a bulletin's card. Strings are of ours or inert.

    Attributes:
        emoji, title: The beginning of the title; what it is about follows.
        about: Whom it is about, such as the tenant's name; foreign text.
        word: The first word of the summary, in capitals.
        state: What is so, as measured.
        short: The same in a few words, for the summary.
        action: What to do; a paragraph each, at least one.
        footer: What stands before the bulletin's id.
        facts: Title and value of each fact; four are shown.
    """

    emoji: str
    title: str
    about: str
    word: str
    state: str
    short: str
    action: tuple[str, ...]
    footer: str = ""
    facts: Facts = ()


def message(bulletin: Bulletin, text: BulletinText, buttons: Buttons) -> dict[str, object]:
    """The message to post.

    Args:
        bulletin: What is sent; its id is the card's.
        text: Its words.
        buttons: Title and address of each button.

    Returns:
        The whole envelope, as `messages.incident_message` returns it.
    """
    title = _title(f"{text.emoji} {text.title}: ", text.about)
    identifier = inert(bulletin.id, _LONGEST_ID)
    parts = [text.footer, identifier, "message 1"]
    if inert(text.about) not in title:
        parts.insert(0, f"Tenant {inert(text.about)}")
    card = Card(
        text=Text("emphasis", text.emoji, title, text.state, text.short, text.facts[:_MAX_FACTS]),
        summary=one_line(
            f"{text.word} {inert(text.about, _NAME_IN_SUMMARY)}: {text.short}.", _SUMMARY_LENGTH
        ),
        action=text.action,
        footer=" · ".join(part for part in parts if part),
        buttons=buttons,
    )
    mark: dict[str, object] = {
        "verdict": "",
        "reason": str(bulletin.occasion),
        "incident": bulletin.id.encode(errors="replace").decode()[:_LONGEST_ID],
        "message": 1,
    }
    return envelope(card, mark)


def status_button(presentation: Presentation, at: datetime) -> Buttons:
    """The button to the status page, if there is one that can be opened.

    Args:
        presentation: The addresses.
        at: Now; a signed link expires a day later.
    """
    base = presentation.public_url.rstrip("/")
    page = f"{base}/api/status" if base else ""
    if page and presentation.link_key:
        page = f"{page}?t={sign(presentation.link_key, 'status', at)}"
    return (("Open status page", page),) if is_link(page) else ()


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 incident", "2 incidents"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _title(start: str, about: str) -> str:
    """As much of a name as two lines on a phone hold; a name may grow by isolating marks."""
    room = max(_SHORTEST_NAME, _TITLE_LENGTH - len(start))
    name = inert(about, room)
    return start + (name if len(start + name) <= _TITLE_LENGTH else inert(about, room - 3))
