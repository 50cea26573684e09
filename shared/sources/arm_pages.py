"""Lists of Azure Resource Manager and their pages, as they are on the wire. Pure and total.

Shapes: an object with `value` and `nextLink`, or a bare array, which is what `exporterrors/counts`
really answers (the Go type of cloudeteer/m365-exporter); lists may be null (Gerenios/AADInternals).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from shared.domain.readings import Unavailable
from shared.sources.addresses import same_origin
from shared.sources.failures import unusable
from shared.sources.http_answer import json_of

if TYPE_CHECKING:
    from shared.sources.failures import Asked


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


def parse_json(body: bytes, asked: Asked) -> object:
    """Any JSON value, or `Unavailable`.

    Args:
        body: The body of a 200, unpacked.
        asked: What was asked for.
    """
    try:
        return json_of(body)
    except ValueError as error:
        return unusable(asked, str(error))


def parse_page(document: object, asked: Asked) -> Page | Unavailable:
    """One page: a bare array, null for an empty one, or an object with `value`.

    `totalCount` is not believed: Microsoft's samples have 0 beside a value.

    Args:
        document: Any JSON value, or `Unavailable`, which is handed on.
        asked: What was asked for.
    """
    if isinstance(document, Unavailable):
        return document
    items, link = document, None
    if isinstance(document, dict) and "value" in document:
        items, link = document["value"], document.get("nextLink")
    if items is None:
        items = []
    if not isinstance(items, list):
        return unusable(asked, "it is no list")
    return Page(items, link if isinstance(link, str) else "")


def next_address(url: str, link: str) -> str | None:
    """The next page's address, if it is at the origin that gave the link; else None.

    Args:
        url: The address of the page that has the link.
        link: The link, absolute or relative.
    """
    try:
        address = urljoin(url, link)
    except ValueError:  # brackets that do not match
        return None
    if not same_origin(address, url):
        return None
    # Our own spelling of the host: nothing that another parser could read differently.
    return urlunsplit(urlsplit(address)._replace(netloc=urlsplit(url).netloc, fragment=""))
