"""Reads until when each sync server's certificate is valid: an expired one stops its sync.

`GET /v1.0/applications`, filtered to the applications that Entra Connect creates, one per server.
https://learn.microsoft.com/graph/api/application-list
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import (
    MAX_SERVERS,
    Certificate,
    Certificates,
    Source,
    server_key,
)
from shared.sources.failures import of_graph, unusable
from shared.sources.graph_pages import all_items
from shared.sources.initiators import (
    APPLICATION_PREFIX,
    InitiatorsReader,
    server_of_application,
)
from shared.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.readings import Unavailable
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange

ASKED: Final = of_graph("the sync applications", "Application.Read.All")
_QUERY: Final = {
    "$filter": f"startswith(displayName,'{APPLICATION_PREFIX}')",
    "$select": "appId,displayName,keyCredentials",
    "$top": "100",
}
_PAGES: Final = 3


class CertificatesSource(InitiatorsReader[Certificates]):
    """Reads the sync servers' certificates (`ports.ReadsSource`); arguments: `InitiatorsReader`."""

    source = Source.CERTIFICATES

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> Certificates | Unavailable:  # noqa: ARG002  the base's signature
        found, complete = await all_items(
            sdk, "v1.0", "applications", _QUERY, ASKED, at_most=_PAGES
        )
        if not complete:  # the newest certificate of a server may be among the unread ones
            return unusable(ASKED, f"it has more than {_PAGES} pages")
        newest = _newest_first(found)
        self._applications.note(name for name, _ in newest)
        return certificates(newest)


def parse_certificates(found: Iterable[dict[str, Any]]) -> Certificates:
    """The newest certificate of each server, whatever else is in the list. Never raises."""
    return certificates(_newest_first(found))


def certificates(newest_first: Iterable[tuple[str, datetime]]) -> Certificates:
    """One certificate per server, the one that expires last.

    Where there are too many servers, those whose certificates expired first are left out:
    servers that are no longer there leave their applications behind.

    Args:
        newest_first: Applications' display names with the end of a certificate.
    """
    servers: dict[str, Certificate] = {}
    for name, ends in newest_first:
        server = server_of_application(name)
        servers.setdefault(server_key(server), Certificate(server, ends))
    kept = list(servers.values())[:MAX_SERVERS]
    return Certificates(tuple(sorted(kept, key=lambda each: (each.expires_at, each.server))))


def _newest_first(found: Iterable[dict[str, Any]]) -> list[tuple[str, datetime]]:
    """Each application of a sync server that has a certificate, with the end of its newest."""
    ends: list[tuple[str, datetime]] = []
    for each in found:
        name, credentials = each.get("displayName"), each.get("keyCredentials")
        if not server_of_application(name) or not isinstance(credentials, list):
            continue
        times = (time_of(c.get("endDateTime")) for c in credentials if isinstance(c, dict))
        newest = max((time for time in times if time is not None), default=None)
        if newest is not None:
            ends.append((str(name), newest))
    return sorted(ends, key=lambda pair: (pair[1], pair[0]), reverse=True)
