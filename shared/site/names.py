"""The name that a visitor by link says: asked for once, remembered by the browser."""

from __future__ import annotations

import base64
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from shared.domain.cards.wording import inert
from shared.domain.incidents.actions import plain
from shared.site.access import MAX_NAME

if TYPE_CHECKING:
    from shared.site.answers import Request
    from shared.site.forms import Form

_COOKIE: Final = "watchdog-name"
_DAYS: Final = 180
_LONGEST_HEADER: Final = 4096


def asked_name(form: Form) -> str:
    """The name in the form's field; "" when there is none that can be read."""
    name = plain(form.text("who"), MAX_NAME)
    return name if inert(name) else ""


def name_cookie(name: str, public_url: str) -> str:
    """The `Set-Cookie` that remembers a name. `Lax`: Safe Links opens pages from elsewhere.

    With `__Host-` no other host of the domain can set it, and put a name into somebody's mouth
    (RFC 6265bis, 4.1.3.2); that needs `Secure` and `Path=/`. The name is in base64, because the
    Functions host percent-encodes values by itself (ASP.NET Core, `ResponseCookies.Append`).
    """
    value = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
    path = "Path=/api" if _plain(public_url) else "Path=/; Secure"
    life = f"Max-Age={_DAYS * 86_400}; {path}; HttpOnly; SameSite=Lax"
    return f"{_called(public_url)}={value}; {life}" if name else ""


def remembered_name(request: Request, public_url: str) -> str:
    """The name that the browser remembers; it is shown, and nothing rests on it. Total."""
    header = request.headers.get("cookie", "")[:_LONGEST_HEADER]
    try:
        cookie = SimpleCookie(header).get(_called(public_url))
    except CookieError:
        return ""
    try:
        value = cookie.value.encode() if cookie else b""
        return plain(base64.urlsafe_b64decode(value + b"==").decode(), MAX_NAME)
    except ValueError:
        return ""


def _called(public_url: str) -> str:
    return _COOKIE if _plain(public_url) else f"__Host-{_COOKIE}"


def _plain(public_url: str) -> bool:
    """Whether pages come over plain HTTP, as on a laptop."""
    return public_url.startswith("http://")
