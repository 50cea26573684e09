"""Query options of Microsoft Graph, as far as the simulated resources honour them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from simulator.graph import Json

GRAPH: Final = "https://graph.microsoft.com"
PAGE: Final = 100
"""Entries on a page unless `$top` says otherwise (the default of most Graph lists)."""
MAX_PAGE: Final = 999


def selected(found: list[Json], query: Mapping[str, str]) -> list[Json]:
    """The entries with only the fields that `$select` names."""
    names = [name.strip() for name in query.get("$select", "").split(",") if name.strip()]
    if not names:
        return found
    return [{name: each[name] for name in names if name in each} for each in found]


def paged(values: list[Json], query: Mapping[str, str], url: str) -> Json:
    """One page by `$top` and `$skiptoken`, with the link to the next."""
    top, token = query.get("$top", ""), query.get("$skiptoken", "")
    size = min(MAX_PAGE, int(top)) if top.isascii() and top.isdigit() and int(top) else PAGE
    start = int(token) if token.isascii() and token.isdigit() else 0
    page: Json = {"value": values[start : start + size]}
    if start + size < len(values):
        rest = {**query, "$skiptoken": str(start + size)}
        options = "&".join(f"{name}={quote(value)}" for name, value in rest.items())
        page["@odata.nextLink"] = f"{url}?{options}"
    return page


def text_of(moment: datetime) -> str:
    """A time as Graph writes it: whole seconds and `Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
