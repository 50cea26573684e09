"""A service on loopback that answers what a test wrote down, over real HTTP."""

from __future__ import annotations

import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

_DRIP_SECONDS = 0.01
S = TypeVar("S", bound="LoopbackServer")


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    Attributes:
        status: The HTTP status.
        content: The body.
        headers: Headers beside `Content-Length`; nothing else is sent, not even `Date`.
        fault: "silent" (never answer), "hang" or "cut" (hang or close in the middle of the body),
            "drip_head" or "drip" (a byte now and then, for ever), or "" for nothing.
    """

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Request:
    """One request that arrived.

    Attributes:
        path: The path.
        query: The first value of each query parameter.
        headers: The headers, named as they came.
        connection: Which connection it came by.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    connection: int


class LoopbackServer(ABC):
    """Serves GET in threads of its own; a subclass chooses the answers (`take`)."""

    def __init__(self) -> None:
        self.scheme = "http"
        self.arrived = threading.Event()
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._http = _Listener(self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        """The root."""
        return f"{self.scheme}://127.0.0.1:{self._http.server_port}"

    @abstractmethod
    def take(self, request: Request) -> Reply:
        """Record a request and choose its answer; one call at a time."""

    def use_tls(self, context: ssl.SSLContext) -> None:
        """Speak https from now on."""
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.scheme = "https"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop, release what hangs and wait for every thread."""
        self._released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def hang(self, seconds: float | None = None) -> bool:
        """Hold a connection open, at most until the server closes.

        Returns:
            Whether it closes.
        """
        return self._released.wait(seconds)

    def answer(self, request: Request) -> Reply:
        """The answer to a request (called in its thread)."""
        with self._lock:
            reply = self.take(request)
        self.arrived.set()
        return reply


def next_of(replies: list[Reply]) -> Reply:
    """Each in order, the last one again and again; a 404 where there is none."""
    if not replies:
        return Reply(404)
    return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def running(server: S) -> Iterator[S]:
    """The server, until the test is over."""
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


class _Listener(ThreadingHTTPServer):
    """A server whose clients may hang up: the deadline of a read does just that."""

    daemon_threads = False  # server_close() then waits for the handlers

    def __init__(self, owner: LoopbackServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what a handler raised, unless the client went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        port = self.client_address[1]
        reply = self.server.owner.answer(Request(parts.path, query, dict(self.headers), port))
        self.close_connection = self.close_connection or bool(reply.fault)
        if reply.fault == "silent":
            self.server.owner.hang()
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.fault == "drip_head":
            self.flush_headers()
            self._drip(b"x" * 60_000)
            return
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self._send_body(reply)

    def _send_body(self, reply: Reply) -> None:
        if reply.fault == "drip":
            self._drip(reply.content)
            return
        part = len(reply.content) // 2 if reply.fault in {"hang", "cut"} else None
        self.wfile.write(reply.content[:part])
        if reply.fault == "hang":
            self.server.owner.hang()

    def _drip(self, content: bytes) -> None:
        for each in content:
            if self.server.owner.hang(_DRIP_SECONDS):
                return
            self.wfile.write(bytes([each]))

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
