"""Reads the pages of a Graph collection: only from Graph itself, bounded, and never in circles.

https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from shared.sources.answers import Page, page_of
from shared.sources.failures import Asked, Ended, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.sources.graph_sdk import GraphSdk

_LONGEST_LINK: Final = 8192
"""Characters of a next page's address; a skip token may have some hundreds."""


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
    page = page_of(await sdk.get(version, path, query, asked), asked.what)
    items, seen = list(page.items), set[str]()
    while page.next_link is not None and len(seen) + 1 < at_most:
        if page.next_link in seen:
            raise Ended(unusable(asked.what, "its pages go round in circles"))
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
        raise Ended(unusable(asked.what, "its next page is not Graph's own"))
    return page_of(await sdk.follow(version, link, asked), asked.what)


def _leads_to_graph(link: str, base_url: str, version: str) -> bool:
    """Whether the link has Graph's scheme, host and port, and stays in the same version."""
    if len(link) > _LONGEST_LINK or not (link.isascii() and link.isprintable()) or " " in link:
        return False
    try:
        theirs, ours = urlsplit(link), urlsplit(base_url)
        same = (theirs.scheme, theirs.hostname, theirs.port or _default(theirs.scheme)) == (
            ours.scheme,
            ours.hostname,
            ours.port or _default(ours.scheme),
        )
    except ValueError:  # a port that is none, or brackets that do not match
        return False
    plain = theirs.username is None and ".." not in theirs.path and "\\" not in theirs.netloc
    return same and plain and theirs.path.startswith(f"/{version}/")


def _default(scheme: str) -> int:
    return 443 if scheme == "https" else 80
