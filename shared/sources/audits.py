"""Reads who changed objects in the directory: only a server that exports does.

`GET /v1.0/auditLogs/directoryAudits`. A read sends at most two requests, retries aside: the limit
is 5 in 10 s for an app in a tenant (https://learn.microsoft.com/graph/throttling-limits).

1. The newest entries of the window, whoever made them. In most tenants that is all of them.
2. If there are more, the newest by sync identities. The account's prefix can be filtered by, an
   application only by its exact name, so this finds servers whose names were seen before; the
   reading is then not complete. Where Graph refuses that filter, the next page instead.

https://learn.microsoft.com/graph/api/resources/directoryaudit names the filters.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import MAX_SERVERS, Acted, AuditTrail, Source, server_key
from shared.sources.failures import Ended, of_graph
from shared.sources.graph_pages import Page, next_page, page_of
from shared.sources.initiators import (
    ACCOUNT_PREFIX,
    InitiatorsReader,
    server_of_account,
    server_of_application,
)
from shared.sources.json_values import part, word_of
from shared.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.readings import Unavailable
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange

ASKED: Final = of_graph("the directory audits", "AuditLog.Read.All")
WINDOW: Final = timedelta(hours=2, minutes=30)
_PATH: Final = "auditLogs/directoryAudits"
_TOP: Final = "500"
_NAMES_IN_A_FILTER: Final = 10
_SHARE: Final = 0.9
"""Of what is left of the deadline: the second request must not cost us the first one's answer."""
_NO_EXPORT: Final = frozenset(
    {
        "applicationmanagement",
        "authorization",
        "directorymanagement",
        "keymanagement",
        "policy",
        "rolemanagement",
    }
)
"""Categories of what a staging server does too, such as the renewal of its own certificate."""


class AuditsSource(InitiatorsReader[AuditTrail]):
    """Reads who exported (`ports.ReadsSource`); arguments: `InitiatorsReader`."""

    source = Source.AUDITS
    body_limit = 4 * 1024 * 1024  # 8 KiB an entry: the changed properties are in it
    _may_filter = True

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> AuditTrail | Unavailable:
        since = exchange.now.astimezone(UTC) - WINDOW
        window = f"activityDateTime ge {since:%Y-%m-%dT%H:%M:%SZ}"
        first = await _newest(sdk, window)
        self._applications.note(_application_names(first.items))
        if first.next_link is None:
            return parse_audits(first.items)
        try:
            async with asyncio.timeout(exchange.remaining.total_seconds() * _SHARE):
                second, complete = await self._more(sdk, window, first.next_link)
        except (Ended, TimeoutError):  # what is read is true, and it says that it is not all
            second, complete = [], False
        self._applications.note(_application_names(second))
        return parse_audits([*first.items, *second], complete=complete)

    async def _more(
        self, sdk: GraphSdk, window: str, link: str
    ) -> tuple[list[dict[str, Any]], bool]:
        """Older entries, and whether these were all.

        Raises:
            Ended: There is no answer, and why.
        """
        if not self._may_filter:
            page = await next_page(sdk, "v1.0", link, ASKED)
            return page.items, page.next_link is None
        try:
            page = await _newest(sdk, f"{window} and ({_by_sync(self._applications.names)})")
        except Ended as ended:
            self._may_filter = ended.status != HTTPStatus.BAD_REQUEST
            raise
        return page.items, False


async def _newest(sdk: GraphSdk, condition: str) -> Page:
    query = {"$filter": condition, "$orderby": "activityDateTime desc", "$top": _TOP}
    return page_of(await sdk.get("v1.0", _PATH, query, ASKED), ASKED)


def _by_sync(applications: tuple[str, ...]) -> str:
    """The condition that a sync identity made the entry."""
    names = (each.replace("'", "''") for each in applications[:_NAMES_IN_A_FILTER])
    return " or ".join(
        [
            f"startswith(initiatedBy/user/userPrincipalName,'{ACCOUNT_PREFIX}')",
            *(f"initiatedBy/app/displayName eq '{each}'" for each in names),
        ]
    )


def _application_names(entries: Iterable[dict[str, Any]]) -> list[str]:
    names = (part(part(each, "initiatedBy"), "app").get("displayName") for each in entries)
    return [each for each in names if isinstance(each, str)]


def parse_audits(entries: Iterable[dict[str, Any]], *, complete: bool = True) -> AuditTrail:
    """The runs of each sync server in the entries, whatever else is in them. Never raises.

    Args:
        entries: Entries in any order, also repeated ones.
        complete: Whether they are all of the window.
    """
    acted: set[tuple[datetime, str, str]] = set()
    for each in entries:
        server = _server(each)
        if not server:
            continue
        at = time_of(each.get("activityDateTime"))
        if at is None:
            complete = False
        else:
            acted.add((at, server_key(server), server))
    return AuditTrail(tuple(_runs(sorted(acted))[-MAX_SERVERS:]), complete)


def _server(entry: dict[str, Any]) -> str:
    """The sync server that changed an object; "" when it was none."""
    if word_of(entry.get("category")) in _NO_EXPORT:
        return ""
    by = part(entry, "initiatedBy")
    return server_of_application(part(by, "app").get("displayName")) or server_of_account(
        part(by, "user").get("userPrincipalName")
    )


def _runs(acted: list[tuple[datetime, str, str]]) -> list[Acted]:
    """Neighbouring entries of one server as one run, oldest first."""
    runs: list[Acted] = []
    for at, key, server in acted:
        if runs and server_key(runs[-1].server) == key:
            runs[-1] = Acted(server, runs[-1].first_at, at)
        else:
            runs.append(Acted(server, at, at))
    return runs
