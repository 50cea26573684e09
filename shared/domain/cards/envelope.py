"""A card as the JSON that a Workflows webhook takes.

Schema 1.4, because newer ones fail through Power Automate (microsoft/AdaptiveCards 9378);
`Action.OpenUrl` only, because a Workflows post has no bot that could answer anything else; one
button per ActionSet, because phones scroll a row of buttons sideways; no `null`, because a
trigger's schema may refuse it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from shared.domain.cards.presentation import Buttons, Person
from shared.domain.cards.seen import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 16_384
"""Teams refuses 28 672 bytes after re-serialisation (msteams-docs 11274); this leaves room."""

_CARD_TYPE: Final = "application/vnd.microsoft.card.adaptive"
_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
_MINIMAL_MENTIONS: Final = 3

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """A card before it is JSON.

    Attributes:
        text: Colour, title (complete), state and facts.
        summary: For the push preview, old clients and screen readers.
        action: What to do; a paragraph each.
        footer: Which incident and message this is.
        mentions: Who is called; names are unique.
        buttons: Title and address, the primary one first.
    """

    text: Text
    summary: str
    action: tuple[str, ...]
    footer: str = ""
    mentions: tuple[Person, ...] = ()
    buttons: Buttons = ()


def envelope(card: Card, mark: dict[str, object]) -> dict[str, object]:
    """The message to post, with fewer parts where the whole would be larger than `MAX_BYTES`.

    Args:
        card: What it says.
        mark: The `watchdog` object, by which a flow or a test knows what it is about.
    """
    message = _message(card, mark)
    if len(json.dumps(message)) <= MAX_BYTES:
        return message
    minimal = replace(
        card,
        text=replace(card.text, facts=()),
        action=card.action[:1],
        mentions=card.mentions[:_MINIMAL_MENTIONS],
        buttons=card.buttons[:1],
    )
    return _message(minimal, mark)


def _message(card: Card, mark: dict[str, object]) -> dict[str, object]:
    teams: _Json = {"width": "Full"}
    if card.mentions:
        teams["entities"] = [
            {
                "type": "mention",
                "text": f"<at>{person.name}</at>",
                "mentioned": {"id": person.upn, "name": person.name},
            }
            for person in card.mentions
        ]
    content = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": card.summary,
        "speak": card.summary,
        "body": _body(card),
        "msteams": teams,
    }
    return {
        "type": "message",
        "summary": card.summary,
        "attachments": [{"contentType": _CARD_TYPE, "content": content}],
        "watchdog": mark,
    }


def _body(card: Card) -> list[_Json]:
    calls = ", ".join(f"<at>{person.name}</at>" for person in card.mentions)
    body: list[_Json] = [
        {
            "type": "Container",
            "style": card.text.style,
            "bleed": True,
            "items": [
                _block(card.text.title, size="Large", weight="Bolder"),
                _block(card.text.state, spacing="Small"),
            ],
        }
    ]
    body.append(_block(f"{calls} {card.action[0]}" if calls else card.action[0]))
    body += [_block(paragraph, spacing="Small") for paragraph in card.action[1:]]
    buttons = [_button(title, url) for title, url in card.buttons]
    for primary in buttons[:1]:
        primary["actions"][0]["style"] = "positive"
        body.append(primary)
    if card.text.facts:
        facts = [{"title": title, "value": value} for title, value in card.text.facts]
        body.append({"type": "FactSet", "spacing": "Medium", "facts": facts})
    body += buttons[1:]
    body.append(_block(card.footer, size="Small", isSubtle=True, spacing="Medium"))
    return body


def _block(text: str, **more: object) -> _Json:
    return {"type": "TextBlock", "text": text, "wrap": True, **more}


def _button(title: str, url: str) -> _Json:
    return {
        "type": "ActionSet",
        "actions": [{"type": "Action.OpenUrl", "title": title, "url": url}],
    }


def card_lines(message: Mapping[str, Any]) -> list[str]:
    """The text of a message's card, line by line, as a terminal shows it."""
    elements: list[Any] = list(message["attachments"][0]["content"]["body"])
    lines: list[str] = []
    while elements:
        element = elements.pop(0)
        elements[:0] = element.get("items", [])
        lines += element.get("text", "").splitlines()
        lines += [f"{fact['title']}: {fact['value']}" for fact in element.get("facts", [])]
        lines += [f"[{a['title']}] {a['url']}" for a in element.get("actions", [])]
    return [re.sub(r"\*\*|</?at>| \(your time [^)]*\)\}\}\)", "", line) for line in lines]
