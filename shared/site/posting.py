"""What every form of the site has in common: its proof, who sent it, where the answer leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from shared.site.access import same_site
from shared.site.answers import Page, Request, see_other
from shared.site.door import message
from shared.site.forms import Form, FormError, FormKey, fields_of
from shared.site.names import asked_name, name_cookie

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from shared.site.access import Access, Visitor

_STALE: Final = (
    "This form is too old, or was not made for you. Nothing was changed: try again here."
)
_FOREIGN: Final = "This form was sent from another website. Nothing was changed."


def foreign(access: Access, request: Request) -> Page | None:
    """The answer to a form that another website sent; None when it may be ours."""
    if same_site(access, request):
        return None
    return message(403, "Nothing was changed", _FOREIGN)


def proven(key: FormKey, fields: Mapping[str, tuple[str, ...]], at: datetime) -> Form:
    """The form, if its token says that a page of ours was shown to this very visitor.

    Raises:
        FormError: It does not.
    """
    sent = Form("", fields)
    found = key.form_id(sent.text("action"), sent.text("token"), at)
    if found is None:
        raise FormError(403, _STALE)
    return Form(found, fields)


def sender(visitor: Visitor, form: Form) -> str:
    """Who acts: the signed-in principal, else the name that was asked for.

    Raises:
        FormError: Nobody said who it is.
    """
    who = visitor.name or asked_name(form)
    if not who:
        raise FormError(400, "Say who you are, so that others know who did it.")
    return who


def back_to(
    place: str, query: Mapping[str, str], visitor: Visitor, form: Form, public_url: str
) -> Page:
    """The redirection to the page that says what became of a form.

    Args:
        place: The page, relative: right whatever the address is under which the visitor came.
        query: What became of it; the link's token is added.
        visitor: Who sent it.
        form: What was sent; its name is remembered by the browser of a visitor by link.
        public_url: Base of the pages' own addresses, for the cookie.
    """
    every = {**({"t": visitor.token} if visitor.token else {}), **query}
    tail = "&".join(f"{name}={quote(value, safe='.')}" for name, value in every.items())
    cookie = "" if visitor.name else name_cookie(asked_name(form), public_url)
    return see_other(f"{place}?{tail}" if tail else place, cookie)


def typed(request: Request, names: Iterable[str], longest: int) -> dict[str, str]:
    """What was typed into a form that was refused, by field, so that nothing is lost."""
    if request.method != "POST":
        return {}
    try:
        form = Form("", fields_of(request))
    except FormError:
        return {}
    return {name: form.text(name)[:longest] for name in names}
