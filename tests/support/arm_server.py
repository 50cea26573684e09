"""An Azure Resource Manager on loopback with Connect Health for a pair, over real HTTP."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from io import BufferedIOBase

SERVICE = "AadSyncService-contoso.onmicrosoft.com"
ACTIVE = "aaaaaaaa-1111-4111-8111-111111111111"
STANDBY = "bbbbbbbb-2222-4222-8222-222222222222"
_DRIP_SECONDS = 0.01


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    Attributes:
        status: The HTTP status.
        content: The body.
        headers: Headers beside `Content-Length`; nothing else is sent, not even `Date`.
        fault: "silent" (never answer), "drip_head" or "drip" (a byte now and then, for ever),
            "cut" (close in the middle of the body), or "" for nothing.
    """

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


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


@dataclass(frozen=True)
class Seen:
    """One request that arrived.

    Attributes:
        route: What was asked for, such as `services`, `alerts?Active` or `datafreshness`.
        path: The path.
        query: Query parameters by name.
        headers: The headers.
        connection: Which connection it came by.
    """

    route: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    connection: int


class _Listener(ThreadingHTTPServer):
    """A server whose clients may hang up: the deadline of a read does just that."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what a handler raised, unless the client went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class ArmServer:
    """Answers each route with its own replies in order; the last one repeats.

    A route may end with `@` and a member's id, to answer for that member alone.
    """

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.scheme = "http"
        self.arrived = threading.Event()
        self.released = threading.Event()
        self._replies = healthy()
        self._lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = False  # server_close() then waits for the handlers
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        """The root."""
        return f"{self.scheme}://127.0.0.1:{self._http.server_port}"

    @property
    def routes(self) -> list[str]:
        """What was asked for, in the order of arrival."""
        return [each.route for each in self.seen]

    def on(self, route: str, *replies: Reply) -> ArmServer:
        """Script a route."""
        self._replies[route] = list(replies)
        return self

    def use_tls(self, context: ssl.SSLContext) -> None:
        """Speak https from now on."""
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.scheme = "https"

    def take(self, request: Seen) -> Reply:
        """Record a request and choose its answer."""
        with self._lock:
            self.seen.append(request)
            self.arrived.set()
            own = f"{request.route}@{request.path.split('/')[-2]}"
            replies = self._replies.get(own) or self._replies.get(request.route)
            if not replies:
                return Reply(404)
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop, release what hangs and wait for every thread."""
        self.released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving() -> Iterator[ArmServer]:
    """A running server, with a healthy pair."""
    server = ArmServer()
    server.start()
    try:
        yield server
    finally:
        server.close()


def _route(path: str, query: Mapping[str, str]) -> str:
    last = path.rsplit("/", 1)[-1]
    if last == "counts":
        return "exporterrors/counts"
    return f"alerts?{query.get('state', '')}" if last == "alerts" else last


def _handler(server: ArmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            port = self.client_address[1]
            route = _route(parts.path, query)
            reply = server.take(Seen(route, parts.path, query, dict(self.headers), port))
            self.close_connection = self.close_connection or bool(reply.fault)
            if reply.fault == "silent":
                server.released.wait()
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.fault == "drip_head":
                self.flush_headers()
                _drip(server, self.wfile, b"x" * 60_000)
                return
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            if reply.fault == "drip":
                _drip(server, self.wfile, reply.content)
            else:
                part = len(reply.content) // 2 if reply.fault == "cut" else None
                self.wfile.write(reply.content[:part])

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler


def _drip(server: ArmServer, out: BufferedIOBase, content: bytes) -> None:
    for each in content:
        if server.released.wait(_DRIP_SECONDS):
            return
        out.write(bytes([each]))
