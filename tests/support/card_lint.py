"""The rules that every card keeps, as one function that lists what a message breaks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft6Validator

from tests.support.components import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMA = json.loads((ROOT / "tests/data/teams/adaptive-card-1.4.json").read_text("utf-8"))
_VALIDATOR = Draft6Validator(_SCHEMA)
_TOP = {"type", "summary", "attachments", "watchdog"}
_ELEMENTS = {"Container", "TextBlock", "FactSet", "ActionSet"}
_STYLES = {"attention", "warning", "good", "emphasis"}
_EMOJI = {"🔴", "🛑", "🟠", "⚠️", "⬛", "⏰", "📣", "🔁", "🟡", "✅", "🧪", "🗓️", "🎯"}
_STATES = re.compile(
    r"(?:(?:REMINDER|ESCALATED|ADVICE|RECOVERED|RECOVERING|MISSED|TEST) )?\S+ .*: .*\."
)
_CLOCK = re.compile(r"(?<![\dT:])\d\d:\d\d(?! UTC| [A-Z]\w+/\S+ \(next: [^)]* UTC\))")
"""A time without UTC; the digest's own may be in the team's zone, with the next one in UTC."""
_LOCAL = re.compile(r"\(your time \{\{TIME\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)\}\}\)")
_BIDI = re.compile("[\u200b\u200e\u200f\u202a-\u202e\ufeff\U000e0000-\U000e007f]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def walk(node: Any) -> Iterator[Any]:
    """Every value inside a JSON value, itself first."""
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from walk(child)


def card_of(envelope: dict[str, Any]) -> dict[str, Any]:
    """The adaptive card in a message."""
    card: dict[str, Any] = envelope["attachments"][0]["content"]
    return card


def texts_of(envelope: dict[str, Any]) -> list[str]:
    """Every text that a client reads as Markdown."""
    nodes = [node for node in walk(card_of(envelope)["body"]) if isinstance(node, dict)]
    blocks = [node["text"] for node in nodes if node.get("type") == "TextBlock"]
    facts = [fact for node in nodes for fact in node.get("facts", [])]
    return blocks + [fact["title"] for fact in facts] + [fact["value"] for fact in facts]


def links_of(envelope: dict[str, Any]) -> list[tuple[str, str]]:
    """Title and address of every button, the primary one first."""
    nodes = [node for node in walk(card_of(envelope)["body"]) if isinstance(node, dict)]
    return [(n["title"], n["url"]) for n in nodes if n.get("type") == "Action.OpenUrl"]


def mentions_of(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    """The mention entities."""
    found: list[dict[str, Any]] = card_of(envelope)["msteams"].get("entities", [])
    return found


def schema_errors(envelope: dict[str, Any]) -> list[str]:
    """What the published schema says of the card, without the part that is Teams' own."""
    card = {key: value for key, value in card_of(envelope).items() if key != "msteams"}
    return [error.message for error in _VALIDATOR.iter_errors(card)]


def problems(envelope: dict[str, Any], max_bytes: int) -> list[str]:
    """What a message breaks; empty when it keeps every rule.

    Args:
        envelope: The whole message.
        max_bytes: The size that it may have as JSON.
    """
    checks = (_envelope, _summary, _structure, _order, _texts, _facts, _buttons, _mentions)
    found = [problem for check in checks for problem in check(envelope)]
    size = len(json.dumps(envelope))
    return [*found, f"{size} bytes"] if size > max_bytes else found


def _envelope(envelope: dict[str, Any]) -> Iterator[str]:
    if set(envelope) != _TOP or envelope["type"] != "message":
        yield f"envelope {sorted(envelope)}"
    if any(node is None for node in walk(envelope)):
        yield "a null, which a trigger schema may refuse"
    if set(envelope["watchdog"]) != {"verdict", "reason", "incident", "message"}:
        yield "the watchdog object"
    card = card_of(envelope)
    if card["version"] != "1.4" or card["type"] != "AdaptiveCard":
        yield "not an adaptive card 1.4"


def _summary(envelope: dict[str, Any]) -> Iterator[str]:
    summary, card = envelope["summary"], card_of(envelope)
    if not summary == card["fallbackText"] == card["speak"]:
        yield "summary, fallbackText and speak differ"
    if len(summary) > 120 or not (_STATES.fullmatch(summary) or summary.endswith("…")):
        yield f"summary {len(summary)}: {summary}"
    if re.search(r"[<>*`\[\]]|\{\{", summary) or _CONTROL.search(summary):
        yield f"summary has markup: {summary}"


def _structure(envelope: dict[str, Any]) -> Iterator[str]:
    for node in walk(card_of(envelope)["body"]):
        if not isinstance(node, dict) or "type" not in node:
            continue
        if node["type"] not in _ELEMENTS | {"Action.OpenUrl"}:
            yield f"element {node['type']}"
        if node["type"] == "TextBlock" and (node.get("wrap") is not True or "style" in node):
            yield f"a text without wrap, or with style: {node}"


def _order(envelope: dict[str, Any]) -> Iterator[str]:
    body = card_of(envelope)["body"]
    order = "".join(node["type"][0].lower() for node in body)
    buttons = len(links_of(envelope))
    order = order.replace("ac", "a")
    if not re.fullmatch(r"ct+(?:a?f?a?)t", order):
        yield f"order of elements: {order}"
    if buttons and body[[n["type"] for n in body].index("ActionSet") - 1]["type"] != "TextBlock":
        yield "the primary button does not follow the text"
    head = body[0]
    if head.get("style") not in _STYLES or not head.get("bleed") or len(head["items"]) != 2:
        yield "the first element is not a coloured container with title and state"
    title = head["items"][0]
    if title["size"] != "Large" or title["weight"] != "Bolder" or len(title["text"]) > 40:
        yield f"title {len(title['text'])}: {title['text']}"
    if title["text"].split(" ")[0] not in _EMOJI:
        yield f"title without a known emoji: {title['text']}"
    if "message" not in body[-1]["text"] and envelope["watchdog"]["reason"] != "test":
        yield "footer without message number"
    if not body[-1].get("isSubtle") or any("color" in n for n in walk(body) if isinstance(n, dict)):
        yield "footer not subtle, or colour in a text"


def _texts(envelope: dict[str, Any]) -> Iterator[str]:
    for text in texts_of(envelope):
        plain = _LOCAL.sub("", re.sub(r"<at>[^<>]*</at>", "", text))
        if text.count("**") % 2 or re.search(r"(?<!\*)\*(?!\*)|\*{3}|[<>`\[\]~]|\{\{", plain):
            yield f"markup in: {text}"
        if re.search(r"(?<!\w)_|_(?!\w)|\\(?![^\W_])|&#?\w+;|//", plain):
            yield f"escape, emphasis or link in: {text}"
        if _CONTROL.search(text) or _BIDI.search(text):
            yield f"control character in: {text!r}"
        if text.count("\u2068") != text.count("\u2069"):
            yield f"isolate left open in: {text!r}"
        if re.match(r"[-+=#>]|\d+[.)]", text) or not text.strip():
            yield f"a block that begins as a list, or is empty: {text!r}"
        if _CLOCK.search(plain) and not re.search(r"incident \S*\d\d:\d\d", plain):
            yield f"a time without UTC in: {text}"
        if re.search(r"\bNone\b|datetime|timedelta", text):
            yield f"a Python value in: {text}"


def _facts(envelope: dict[str, Any]) -> Iterator[str]:
    for node in walk(card_of(envelope)["body"]):
        if isinstance(node, dict) and "facts" in node:
            if not 1 <= len(node["facts"]) <= 4:
                yield "number of facts"
            for fact in node["facts"]:
                if len(fact["title"]) > 8 or " " in fact["title"]:
                    yield f"fact title {fact['title']}"


def _buttons(envelope: dict[str, Any]) -> Iterator[str]:
    sets = [n for n in card_of(envelope)["body"] if n["type"] == "ActionSet"]
    if len(sets) > 2 or any(len(each["actions"]) != 1 for each in sets):
        yield "more than two buttons, or more than one in a set"
    for title, url in links_of(envelope):
        if len(title) > 30 or title.split()[0] not in {"Open", "Check", "Acknowledge"}:
            yield f"button title {title}"
        if urlsplit(url).scheme != "https":
            yield f"not https: {url}"


def _mentions(envelope: dict[str, Any]) -> Iterator[str]:
    entities = mentions_of(envelope)
    written = re.findall(r"<at>[^<>]*</at>", " ".join(texts_of(envelope)))
    if [entity["text"] for entity in entities] != written or len(set(written)) != len(written):
        yield f"mentions {written} are not the entities"
    for entity in entities:
        if entity["text"] != f"<at>{entity['mentioned']['name']}</at>":
            yield f"mention {entity}"
        if not entity["mentioned"]["id"]:
            yield "a mention of nobody"
