"""A request as the site sees it, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.pages.headers import plain_headers

MAX_BODY: Final = 64 * 1024
"""Bytes of a request's body; a form has a few hundred."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        method: Such as `GET`.
        subject: The id in the path; "" where the route has none.
        query: The parameters behind the question mark, one value each.
        headers: By name in lower case.
        body: As received.
    """

    method: str
    subject: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """One HTTP answer.

    Attributes:
        status: The status code.
        body: The text.
        mimetype: Its type.
        headers: Everything else, security headers included.
    """

    status: int
    body: str = ""
    mimetype: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


def see_other(location: str, cookie: str = "") -> Page:
    """After a form: the page that shows what became of it, so that a reload sends nothing."""
    headers = {"Location": location, **plain_headers()}
    return Page(303, headers={**headers, "Set-Cookie": cookie} if cookie else headers)
