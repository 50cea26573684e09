"""Reads a page as a browser does that has no script: its forms, and every address in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_ADDRESSES: Final = ("href", "src", "action", "formaction", "poster", "data")


@dataclass
class PageForm:
    """One form.

    Attributes:
        address: Where it is sent, as written.
        fields: What is sent when nothing is typed, in order.
        buttons: Name and value of each button that has a name.
    """

    address: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def action(self) -> str:
        """What it asks for."""
        return dict(self.fields).get("action", "")

    @property
    def query(self) -> str:
        """The query of its address, with the question mark."""
        return "?" + self.address.partition("?")[2] if "?" in self.address else ""

    def filled(self, **typed: str) -> dict[str, str]:
        """What is sent once this is typed; fields that the form does not have are added."""
        return {**dict(self.fields), **typed}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.addresses: list[str] = []
        self._typing: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.addresses += [found[name] for name in _ADDRESSES if name in found]
        if tag == "form":
            self.forms.append(PageForm(found.get("action", "")))
        elif self.forms and "name" in found:
            self._field(tag, found)

    def _field(self, tag: str, found: dict[str, str]) -> None:
        form, value = self.forms[-1], found.get("value", "")
        if tag == "button":
            form.buttons.append((found["name"], value))
        elif tag == "textarea":
            self._typing = found["name"]
        elif tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            form.fields.append((found["name"], value))

    def handle_data(self, data: str) -> None:
        if self._typing is not None:
            self.forms[-1].fields.append((self._typing, data))
            self._typing = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._typing is not None:
            self.forms[-1].fields.append((self._typing, ""))
            self._typing = None


def forms(html: str) -> list[PageForm]:
    """Every form of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def form(html: str, action: str) -> PageForm:
    """The form that asks for this.

    Raises:
        AssertionError: There is none, or more than one.
    """
    (found,) = (each for each in forms(html) if each.action == action)
    return found


def addresses(html: str) -> list[str]:
    """Every address in a page, as written."""
    reader = _Reader()
    reader.feed(html)
    return reader.addresses
