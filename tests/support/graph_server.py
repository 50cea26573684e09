"""A Graph on loopback that answers what a test wrote down, over real HTTP."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

TENANT = "84841066-274d-4ec0-a5c1-276be684bdd3"
"""The tenant of Microsoft's published samples."""
OBJECTS = "2026-11-21T10:00:00Z"
PASSWORDS = "2026-11-21T10:02:00Z"


def organization(**changes: Any) -> dict[str, Any]:
    """One organization as beta answers it; a value of `...` removes the property."""
    entity = {
        "id": TENANT,
        "displayName": "Contoso",
        "onPremisesSyncEnabled": True,
        "onPremisesLastSyncDateTime": OBJECTS,
        "onPremisesLastPasswordSyncDateTime": PASSWORDS,
    } | changes
    return {name: value for name, value in entity.items() if value is not ...}


def body(*organizations: Mapping[str, Any]) -> bytes:
    """A collection answer."""
    return json.dumps({"value": list(organizations)}).encode()


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    Attributes:
        status: The HTTP status.
        content: The body.
        headers: Headers beside `Content-Length`; nothing else is sent, not even `Date`.
        withhold: Announce the whole body but send only the first half, then hang.
        cut: As `withhold`, but close the connection instead of hanging.
        silent: Never answer at all.
    """

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    withhold: bool = False
    cut: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    version: str
    path: str
    select: tuple[str, ...]
    headers: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)


class _Listener(ThreadingHTTPServer):
    """A server whose clients may hang up: the deadline of a read does just that."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what a handler raised, unless the client went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class GraphServer:
    """Answers each API version with its own replies in order; the last one repeats."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.arrived = threading.Event()
        self._replies: dict[str, list[Reply]] = defaultdict(list)
        self._at: dict[str, list[Reply]] = {}
        self._released = threading.Event()
        self._http = _Listener(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = False  # server_close() then waits for the handlers
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.scheme = "http"

    @property
    def url(self) -> str:
        """The root, without a version."""
        return f"{self.scheme}://127.0.0.1:{self._http.server_port}"

    def beta(self, *replies: Reply) -> GraphServer:
        """Script beta."""
        self._replies["beta"] = list(replies)
        return self

    def v1(self, *replies: Reply) -> GraphServer:
        """Script v1.0."""
        self._replies["v1.0"] = list(replies)
        return self

    def at(self, path: str, *replies: Reply) -> GraphServer:
        """Script one path, version included; it wins over its version's script."""
        self._at[path] = list(replies)
        return self

    def use_tls(self, context: ssl.SSLContext) -> None:
        """Speak https from now on."""
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.scheme = "https"

    def take(self, request: Seen) -> Reply:
        """Record a request and choose its answer."""
        self.seen.append(request)
        self.arrived.set()
        replies = self._at.get(request.path, self._replies[request.version])
        if not replies:
            return Reply(404)
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def hang(self) -> None:
        """Hold a connection open until the server closes."""
        self._released.wait()

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop, release what hangs and wait for every thread."""
        self._released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving() -> Iterator[GraphServer]:
    """A running server, with a healthy beta."""
    server = GraphServer().beta(Reply(content=body(organization())))
    server.start()
    try:
        yield server
    finally:
        server.close()


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _handler(server: GraphServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            version = parts.path.split("/")[1]
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            select = tuple(query.get("$select", "").split(","))
            reply = server.take(Seen(version, parts.path, select, dict(self.headers), query))
            if reply.silent:
                server.hang()
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self._send_body(reply)

        def _send_body(self, reply: Reply) -> None:
            partial = reply.withhold or reply.cut
            content = reply.content[: len(reply.content) // 2] if partial else reply.content
            try:
                self.wfile.write(content)
            except OSError:  # the reader had enough
                self.close_connection = True
                return
            if reply.withhold:
                server.hang()
            self.close_connection = self.close_connection or partial

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler
