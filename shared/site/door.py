"""What every route does first: let the visitor in, or answer with the page that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.pages.headers import page_headers
from shared.pages.incident import message_page
from shared.site.access import Access, Refusal, Visitor, admit
from shared.site.answers import Page

if TYPE_CHECKING:
    from datetime import datetime

    from shared.site.answers import Request

_REFUSALS: Final = {
    Refusal.SIGN_IN_OFF: (
        403,
        "Sign-in is not set up",
        "Pages need App Service sign-in (or WATCHDOG_PAGE_ACCESS=link). It is off.",
    ),
    Refusal.NOT_SIGNED_IN: (401, "Please sign in", "Open the link again and sign in."),
    Refusal.NO_SUCH_LINK: (
        404,
        "Nothing to show here",
        "There is no such page, or this link is no longer valid. Use the newest card.",
    ),
}


def page(status: int, body: str) -> Page:
    """A page of HTML with the headers that every page has."""
    return Page(status, body, headers=page_headers())


def message(status: int, title: str, text: str) -> Page:
    """A page that says one thing."""
    return page(status, message_page(title, text))


def not_here() -> Page:
    """The answer for what does not exist: the same as for a link that is forged or expired."""
    return message(*_REFUSALS[Refusal.NO_SUCH_LINK])


def unreadable() -> Page:
    """The answer while the store does not answer."""
    text = "The store did not answer. Reload in a minute; the card has the first steps."
    return message(503, "This cannot be read now", text)


def enter(access: Access, subject: str, request: Request, at: datetime) -> Visitor | Page:
    """The visitor, or the page that says why there is nothing to see."""
    found = admit(access, subject, request, at)
    return found if isinstance(found, Visitor) else message(*_REFUSALS[found])
