"""Reads the pages of a Graph collection: only from Graph itself, bounded, and never in circles.

https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from shared.sources.addresses import same_origin
from shared.sources.failures import Ended, unusable
from shared.sources.http_answer import json_of
from shared.sources.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.sources.failures import Asked
    from shared.sources.graph_sdk import GraphSdk

_LONGEST_LINK: Final = 8192
"""Characters of a next page's address; a skip token may have some hundreds."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a collection.

    Attributes:
        items: Its entities.
        next_link: Where the next page is, as Graph wrote it; None on the last page.
    """

    items: list[dict[str, Any]]
    next_link: str | None = None


def page_of(body: bytes, asked: Asked, *, or_entity: bool = False) -> Page:
    """Decode one page.

    Args:
        body: The body of a 200, as it came.
        asked: What was asked for.
        or_entity: Whether a single entity instead of a collection will do.

    Raises:
        Ended: It is none.
    """
    try:
        document = json_of(body)
    except ValueError as error:
        raise Ended(unusable(asked, str(error))) from None
    if not isinstance(document, dict):
        raise Ended(unusable(asked, "it is not a JSON object"))
    if or_entity and "value" not in document:
        return Page([document])
    items, link = document.get("value"), document.get("@odata.nextLink")
    if not isinstance(items, list) or len(objects(items)) < len(items):
        raise Ended(unusable(asked, "its value is not a list of objects"))
    if not isinstance(link, str | None):
        raise Ended(unusable(asked, "the address of its next page is not a text"))
    return Page(items, link)


async def all_items(  # noqa: PLR0913  a request and its bound
    sdk: GraphSdk,
    version: str,
    path: str,
    query: Mapping[str, str],
    asked: Asked,
    *,
    at_most: int,
) -> tuple[list[dict[str, Any]], bool]:
    """The entities of a collection.

    Args:
        sdk: The read's pipeline.
        version: `v1.0` or `beta`.
        path: Below the version.
        query: Parameters of the first page; Graph repeats them in its links.
        asked: What this asks for.
        at_most: Pages to read.

    Returns:
        The entities of the pages read, and whether these were all pages.

    Raises:
        Ended: A page could not be read or used, or links to one that was read already.
    """
    page = page_of(await sdk.get(version, path, query, asked), asked)
    items, seen = list(page.items), set[str]()
    while page.next_link is not None and len(seen) + 1 < at_most:
        if page.next_link in seen:
            raise Ended(unusable(asked, "its pages go round in circles"))
        seen.add(page.next_link)
        page = await next_page(sdk, version, page.next_link, asked)
        items += page.items
    return items, page.next_link is None


async def next_page(sdk: GraphSdk, version: str, link: str, asked: Asked) -> Page:
    """The page that another one links to.

    Raises:
        Ended: The link leads elsewhere, or the page could not be read or used.
    """
    if not _leads_to_graph(link, sdk.base_url, version):
        raise Ended(unusable(asked, "its next page is not Graph's own"))
    return page_of(await sdk.follow(version, link, asked), asked)


def _leads_to_graph(link: str, base_url: str, version: str) -> bool:
    """Whether the link has Graph's scheme, host and port, and stays in the same version."""
    if len(link) > _LONGEST_LINK or not (link.isascii() and link.isprintable()) or " " in link:
        return False
    if not same_origin(link, base_url):
        return False
    parts = urlsplit(link)
    plain = ".." not in parts.path and "\\" not in parts.netloc
    return plain and parts.path.startswith(f"/{version}/")
