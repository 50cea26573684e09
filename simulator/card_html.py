"""Our subset of Adaptive Cards as nodes for the report's template: what a person would see.

Everything in a card is text from outside, so it is escaped; of Markdown only what Teams shows in
a TextBlock is drawn (bold, italic, lists, links).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARKDOWN: Final = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "link", "list", "escape", "newline"]
)
_TIME: Final = re.compile(r"\{\{(?:DATE|TIME)\(\d{4}-\d\d-\d\dT(\d\d:\d\d)[^)]*\)\}\}")
_STYLES: Final = frozenset({"default", "emphasis", "good", "attention", "warning", "accent"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a FactSet."""

    title: Markup
    value: Markup


@dataclass(frozen=True, slots=True)
class Button:
    """One Action.OpenUrl. It is drawn, not live: the report opens offline."""

    title: str
    url: str
    positive: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One element.

    Attributes:
        kind: `container`, `text`, `facts`, `buttons`, or `unknown`.
        classes: CSS classes, from a fixed vocabulary.
        text: Of a text, or of the note about an unknown element.
        items: Of a container.
        facts: Of a fact set.
        buttons: Of an action set.
    """

    kind: str
    classes: str = ""
    text: Markup = field(default_factory=Markup)
    items: tuple[Node, ...] = ()
    facts: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...] = ()


def nodes_of(card: Mapping[str, Any]) -> tuple[Node, ...]:
    """The card's body as nodes; what is not in our subset is named, not dropped."""
    entities = card.get("msteams", {}).get("entities", [])
    names = [str(entity.get("text", "")) for entity in entities]
    return tuple(_node(element, names) for element in card.get("body", []))


def _node(element: Mapping[str, Any], mentions: Sequence[str]) -> Node:
    kind = element.get("type")
    spaced = f"space-{str(element.get('spacing', 'default')).lower()}"
    if not spaced.replace("-", "").isalpha():
        spaced = "space-default"
    if kind == "Container":
        style = element.get("style", "default")
        classes = f"{style if style in _STYLES else 'default'} {spaced}"
        classes += " bleed" if element.get("bleed") is True else ""
        items = tuple(_node(item, mentions) for item in element.get("items", []))
        return Node("container", classes, items=items)
    if kind == "TextBlock":
        return Node("text", f"{_text_classes(element)} {spaced}", _rich(element["text"], mentions))
    if kind == "FactSet":
        facts = tuple(
            Fact(_rich(fact["title"], mentions), _rich(fact["value"], mentions))
            for fact in element.get("facts", [])
        )
        return Node("facts", spaced, facts=facts)
    if kind == "ActionSet":
        buttons = tuple(
            Button(str(a.get("title", "")), str(a.get("url", "")), a.get("style") == "positive")
            for a in element.get("actions", [])
            if a.get("type") == "Action.OpenUrl"
        )
        return Node("buttons", spaced, buttons=buttons)
    return Node(
        "unknown", text=escape(f"(an element of type {kind}, which the report cannot draw)")
    )


def _text_classes(element: Mapping[str, Any]) -> str:
    size = str(element.get("size", "default")).lower()
    classes = [f"size-{size}" if size.isalpha() else "size-default"]
    if element.get("weight") == "Bolder":
        classes.append("bolder")
    if element.get("isSubtle") is True:
        classes.append("subtle")
    return " ".join(classes)


def _rich(text: object, mentions: Sequence[str]) -> Markup:
    """Markdown as safe HTML, with mentions and local times as Teams shows them."""
    plain = _TIME.sub(r"\1", str(text))
    html = _MARKDOWN.render(plain)
    for mention in mentions:
        name = mention.removeprefix("<at>").removesuffix("</at>")
        drawn = f'<span class="mention">{escape(name)}</span>'
        html = html.replace(str(escape(mention)), drawn)
    return Markup(html)  # noqa: S704  # markdown-it escaped it (html=False); names are escaped here
