"""What a page shows besides its subject: who looks at it, what was done, which forms it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Tone(StrEnum):
    """How a notice is shown."""

    GOOD = "good"
    PLAIN = "plain"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message at the top of a page, such as what became of a form.

    Attributes:
        tone: How it is shown.
        text: One or two sentences; foreign text in them is escaped by the template.
    """

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a page, for one visitor.

    Attributes:
        address: Where they are sent, the link's token included.
        tokens: The hidden field of each form, by action; empty where nothing can be done.
        ask_name: Whether the visitor must say who acts (a link does not).
        name: What stands in that field, or the signed-in principal's name.
        typed: What was typed into a form that was refused, by field, so that nothing is lost.
    """

    address: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    ask_name: bool = False
    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
