"""Reads whether Microsoft has an open incident with Entra: then a silence may not be ours.

`GET /v1.0/admin/serviceAnnouncement/issues`.
https://learn.microsoft.com/graph/api/serviceannouncement-list-issues
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import MAX_ALERTS, ServiceHealth, ServiceIssue, Source
from shared.sources.failures import of_graph, unusable
from shared.sources.graph_pages import all_items
from shared.sources.graph_reader import GraphReader
from shared.sources.json_values import word_of
from shared.sources.plain_text import one_line
from shared.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.readings import Unavailable
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange

ASKED: Final = of_graph("the service health", "ServiceHealth.Read.All")
_QUERY: Final = {
    "$filter": "isResolved eq false",
    # without the posts, which are long
    "$select": "id,title,service,classification,status,isResolved,startDateTime",
    "$top": "100",
}
_PAGES: Final = 3
_ENTRA: Final = re.compile(
    r"\b(?:entra|identity service|azure active directory|azure ad|aad)\b", re.IGNORECASE
)
"""The service has had several names: Azure Active Directory, Identity Service, Microsoft Entra."""
_OVER: Final = frozenset(
    {
        "serviceoperational",
        "servicerestored",
        "postincidentreviewpublished",
        "falsepositive",
        "resolved",
        "resolvedexternal",
        "mitigated",
        "mitigatedexternal",
    }
)
"""https://learn.microsoft.com/graph/api/resources/servicehealthissue#servicehealthstatus-values"""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class ServiceHealthSource(GraphReader[ServiceHealth]):
    """Reads open incidents of Entra (`ports.ReadsSource`); its arguments: `GraphReader`."""

    source = Source.SERVICE_HEALTH

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> ServiceHealth | Unavailable:  # noqa: ARG002  the base's signature
        path = "admin/serviceAnnouncement/issues"
        found, complete = await all_items(sdk, "v1.0", path, _QUERY, ASKED, at_most=_PAGES)
        reading = parse_service_health(found)
        if not complete and not reading.issues:  # "none" would be more than was read
            return unusable(ASKED, f"it has more than {_PAGES} pages")
        return reading


def parse_service_health(found: Iterable[dict[str, Any]]) -> ServiceHealth:
    """The open incidents of Entra, the newest first, whatever else is in the list. Never raises."""
    issues: dict[str, ServiceIssue] = {}
    for each in found:
        if _is_open_incident(each):
            issue = ServiceIssue(
                id=one_line(each.get("id")),
                title=one_line(each.get("title")),
                began_at=time_of(each.get("startDateTime")),
            )
            issues.setdefault(issue.id, issue)
    newest_first = sorted(
        issues.values(), key=lambda issue: (issue.began_at or _LONG_AGO, issue.id), reverse=True
    )
    return ServiceHealth(tuple(newest_first[:MAX_ALERTS]))


def _is_open_incident(issue: dict[str, Any]) -> bool:
    service = issue.get("service")
    return (
        isinstance(service, str)
        and _ENTRA.search(service[:1000]) is not None
        and word_of(issue.get("classification")) == "incident"
        and issue.get("isResolved") is not True
        and word_of(issue.get("status")) not in _OVER
    )
