"""An Azure Resource Manager on loopback with Connect Health for a pair, over real HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.loopback_server import LoopbackServer, Reply, Request, next_of, running

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SERVICE = "AadSyncService-contoso.onmicrosoft.com"
ACTIVE = "aaaaaaaa-1111-4111-8111-111111111111"
STANDBY = "bbbbbbbb-2222-4222-8222-222222222222"


def said(document: object, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; underscores in the names of headers become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), named)


def listed(*items: object, next_link: str | None = None) -> Reply:
    """A list as most operations answer it, with Microsoft's wrong `totalCount`."""
    document = {"value": items, "nextLink": next_link, "totalCount": 0, "continuationToken": None}
    return said(document)


def member(own: str = ACTIVE, name: str = "SYNC-A", **changes: Any) -> dict[str, Any]:
    """One service member."""
    staging = {"key": "StagingMode", "value": "True" if own == STANDBY else "False"}
    return {
        "serviceMemberId": own,
        "machineName": name,
        "disabled": False,
        "lastUpdated": "2026-11-21T09:00:00.1234567Z",
        "monitoringConfigurationsComputed": [{"key": "MonitoringLevel", "value": "Off"}, staging],
        "monitoringConfigurationsCustomized": None,
        "properties": None,
        "dimensions": None,
    } | changes


def alert(own: str = "cccccccc-3333-4333-8333-333333333333", **changes: Any) -> dict[str, Any]:
    """One alert."""
    return {
        "alertId": own,
        "shortName": "Sync_Service_Not_Running",
        "displayName": "Microsoft Entra Connect Sync Service is not running",
        "level": "Error",
        "state": "Active",
        "serviceMemberId": ACTIVE,
        "createdDate": "2026-11-21T09:30:00.1234567Z",
        "lastUpdated": "2026-11-21T09:45:00Z",
        "resolvedDate": None,
        "remediation": "<p>Start the service.</p>",
    } | changes


def uploads(**times: str) -> list[dict[str, str]]:
    """A `datafreshness` answer, a bare array; the names get the service's prefix."""
    return [{"key": f"AadSyncService-{key}", "value": value} for key, value in times.items()]


UPLOADS = uploads(
    RunProfileResults="2026-11-21T10:01:00Z",
    ServiceConfigurations="2026-11-21T08:00:00Z",
    GlobalConfigurations="2026-11-21T08:30:00Z",
    ServiceStatus="2026-11-21T10:03:00.1234567Z",
)


def healthy() -> dict[str, list[Reply]]:
    """A pair without a problem, by route."""
    counts = [{"errorBucket": "All", "count": 3, "truncated": False}]
    export = {"serviceMemberId": ACTIVE, "endTime": "2026-11-21T10:00:30Z"}
    answers = {
        "services": listed({"serviceName": SERVICE, "type": "AadSyncService", "disabled": False}),
        "servicemembers": listed(member(), member(STANDBY, "SYNC-B")),
        "datafreshness": said(UPLOADS),
        "serviceconfiguration": said({"version": "2.5.79.0", "serviceType": 1}),
        "exportstatus": listed(export),
        "exporterrors/counts": said(counts),
        "alerts?Active": listed(),
        "alerts?Resolved": listed(),
    }
    return {route: [reply] for route, reply in answers.items()}


class ArmServer(LoopbackServer):
    """Answers each route with its own replies in order; the last one repeats.

    A route is what is asked for, such as `services`, `alerts?Active` or `datafreshness`. It may
    end with `@` and a member's id, to answer for that member alone.
    """

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._replies = healthy()
        super().__init__()

    @property
    def routes(self) -> list[str]:
        """What was asked for, in the order of arrival."""
        return [route_of(each) for each in self.seen]

    def on(self, route: str, *replies: Reply) -> ArmServer:
        """Script a route."""
        self._replies[route] = list(replies)
        return self

    def take(self, request: Request) -> Reply:
        """By the route for one member, else by the route."""
        self.seen.append(request)
        route = route_of(request)
        own = f"{route}@{request.path.split('/')[-2]}"
        return next_of(self._replies.get(own) or self._replies.get(route, []))


def serving() -> AbstractContextManager[ArmServer]:
    """A running server, with a healthy pair."""
    return running(ArmServer())


def route_of(request: Request) -> str:
    """What was asked for."""
    last = request.path.rsplit("/", 1)[-1]
    if last == "counts":
        return "exporterrors/counts"
    return f"alerts?{request.query.get('state', '')}" if last == "alerts" else last
