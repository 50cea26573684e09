"""Lists of Azure Resource Manager and their pages, as they are on the wire. Pure and total.

Shapes: an object with `value` and `nextLink`, or a bare array, which is what `exporterrors/counts`
really answers (the Go type of cloudeteer/m365-exporter); lists may be null (Gerenios/AADInternals).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from shared.domain.readings import Unavailable
from shared.sources.arm_failures import malformed

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, its pages put together.

    Attributes:
        items: The items as they came, of any type.
        complete: Whether all pages were read.
    """

    items: tuple[object, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        items: The items as they came, of any type.
        link: Where the list goes on, as the server wrote it; "" for nowhere.
    """

    items: list[object]
    link: str = ""


def parse_json(body: bytes, what: str) -> object:
    """Any JSON value, or `Unavailable`.

    Args:
        body: The body of a 200, unpacked.
        what: What was asked for, such as `the alerts`.
    """
    try:
        found: object = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        return malformed(what, "it is an HTML page" if page else "it is not valid JSON")
    return found


def parse_page(document: object, what: str) -> Page | Unavailable:
    """One page: a bare array, null for an empty one, or an object with `value`.

    `totalCount` is not believed: Microsoft's samples have 0 beside a value.

    Args:
        document: Any JSON value, or `Unavailable`, which is handed on.
        what: What was asked for, such as `the alerts`.
    """
    if isinstance(document, Unavailable):
        return document
    items, link = document, None
    if isinstance(document, dict) and "value" in document:
        items, link = document["value"], document.get("nextLink")
    if items is None:
        items = []
    if not isinstance(items, list):
        return malformed(what, "it is no list")
    return Page(items, link if isinstance(link, str) else "")


def next_address(url: str, link: str) -> str | None:
    """The next page's address, if it is at the origin that gave the link; else None.

    Args:
        url: The address of the page that has the link.
        link: The link, absolute or relative.
    """
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, link))
        same = (there.scheme, there.hostname, there.port or _PORTS.get(there.scheme)) == (
            here.scheme,
            here.hostname,
            here.port or _PORTS.get(here.scheme),
        )
    except ValueError:
        return None
    if not same or "@" in there.netloc:
        return None
    # Our own spelling of the host: nothing that another parser could read differently.
    return urlunsplit(there._replace(netloc=here.netloc, fragment=""))
