"""Who may see and do what: sign-in by App Service, or a signed link.

With `entra`, App Service must have authentication on: only then does it strip the principal's
headers from outside requests and set its own. With `link` and signing keys, the signed link
decides; without keys, which is never so inside Azure, the unguessable id does.

A link does not prove who opened it. So a name is asked for, and each action says how it came in.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.domain.cards.links import LinkCheck, LinkKey, verify

if TYPE_CHECKING:
    from datetime import datetime

    from shared.site.answers import Request

STATUS: Final = "status"
"""What a link to the status page is bound to; no incident has this id."""

BADGE: Final = "badge"
"""What a link to the badge is bound to: it shows one word and opens nothing else."""

MAX_NAME: Final = 64
_LONGEST_TOKEN: Final = 200


class Refusal(StrEnum):
    """Why a visitor may not come in."""

    SIGN_IN_OFF = "sign_in_off"
    """Pages need App Service sign-in, and it is not set up."""
    NOT_SIGNED_IN = "not_signed_in"
    NO_SUCH_LINK = "no_such_link"
    """Forged, expired and unknown look the same."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say about access.

    Attributes:
        sign_in: Whether a visitor must be signed in (`WATCHDOG_PAGE_ACCESS` is `entra`).
        sign_in_works: Whether App Service authentication is on, so that its headers count.
        link_keys: The keys whose links open pages, newest first; at most two.
        form_keys: Sign the forms, newest first; at least one.
        public_url: Base of the pages' own addresses; "" when unknown.
    """

    sign_in: bool
    sign_in_works: bool
    link_keys: tuple[LinkKey, ...] = ()
    form_keys: tuple[LinkKey, ...] = ()
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may come in.

    Attributes:
        name: The signed-in principal's name; "" with a link, where it is asked for.
        key: What a form is bound to: the principal, or the link that was opened.
        token: The link's token, to be carried along; "" when signed in.
        via: How the visitor came in, for the record of an action.
    """

    name: str
    key: str
    token: str
    via: str


def admit(access: Access, subject: str, request: Request, at: datetime) -> Visitor | Refusal:
    """Let a visitor in to one subject, or say why not. Total over any request."""
    if access.sign_in:
        return _signed_in(access, request)
    if not access.link_keys:  # there is no token to check, so none is carried along either
        return Visitor("", "link:", "", f"page, by link{_from(request)}")
    token = request.query.get("t", "")[:_LONGEST_TOKEN]
    if verify(access.link_keys, subject, token, at) is not LinkCheck.VALID:
        return Refusal.NO_SUCH_LINK
    return Visitor("", f"link:{token}", token, f"page, by link{_from(request)}")


def _signed_in(access: Access, request: Request) -> Visitor | Refusal:
    # App Service sets these headers itself, and drops those of the request, only where its
    # authentication is on (Microsoft Learn, "Work with user identities in Azure App Service").
    if not access.sign_in_works:
        return Refusal.SIGN_IN_OFF
    identity = request.headers.get("x-ms-client-principal-id", "").strip()
    if not identity:
        return Refusal.NOT_SIGNED_IN
    name = request.headers.get("x-ms-client-principal-name", "").strip() or identity
    return Visitor(name[:MAX_NAME], f"principal:{identity}", "", "page, signed in")


def _from(request: Request) -> str:
    """The address that the platform's own front end saw: the last one of the list.

    Earlier ones are whatever the client sent. "" where there is none, as on a laptop.
    """
    last = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    host = last.rpartition(":")[0] if last.count(":") == 1 else last.partition("]")[0].lstrip("[")
    try:  # the scope of an IPv6 address may be any text, however long
        return "" if "%" in host else f", from {ipaddress.ip_address(host)}"
    except ValueError:
        return ""


def same_site(access: Access, request: Request) -> bool:
    """Whether a form may have been sent by a page of ours.

    The form's token decides; this is the second line. `Origin` is `null` although the page is
    ours, because pages ask for no referrer (Fetch Standard, "append a request Origin header").
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin", "null")
    if origin == "null":
        return True
    hosts = {request.headers.get("host", ""), urlsplit(access.public_url).netloc} - {""}
    try:
        return urlsplit(origin).netloc in hosts
    except ValueError:
        return False
