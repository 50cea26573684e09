"""A scriptable HTTP server on loopback: answers, drips, breaks off, and remembers what it was sent.

Sockets, not `http.server`: the faults that matter (half a header, a body that never ends, a
connection closed after the request) cannot be said through a well-behaved server.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_DRIP_SECONDS = 0.02


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    Attributes:
        status: The HTTP status.
        headers: Further headers; `Content-Length` is added unless `endless`.
        body: The body.
        fault: What goes wrong: "close" after the request was read, "silence" (no answer at all),
            "drip_head" or "drip_body" (a byte now and then, for ever), "reset_body" (closes in
            the middle of the body), "endless_body", or "" for nothing.
    """

    status: int = 202
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class WebhookServer:
    """Serves the replies in order, the last one for ever; use it as a context manager."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self._replies = list(replies) or [Reply()]
        self._tls = tls
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._came = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def wait_for_request(self) -> None:
        """Block until a request was received (call it off the event loop)."""
        assert self._came.wait(10), "no request came"

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)
            assert not thread.is_alive(), "the loopback server did not stop"

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]  # any callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._stop.is_set():
                self._spawn(self._serve, self._listener.accept()[0])

    def _serve(self, raw: socket.socket) -> None:
        with ExitStack() as stack:
            stack.callback(raw.close)
            stack.enter_context(suppress(OSError, ssl.SSLError))
            raw.settimeout(10)
            sock = self._tls.wrap_socket(raw, server_side=True) if self._tls else raw
            stack.callback(sock.close)
            request = _read_request(sock)
            if request is None:
                return
            with self._lock:
                self.received.append(request)
                self._came.set()
                reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            self._answer(sock, reply)

    def _answer(self, sock: socket.socket, reply: Reply) -> None:
        head, fault = _head(reply), reply.fault
        if fault == "close":
            return
        if fault == "silence":
            self._until_gone(sock, b"")
        elif fault == "drip_head":
            sock.sendall(head[:-2])
            self._until_gone(sock, b"x")
        elif fault in {"drip_body", "endless_body"}:
            sock.sendall(head + reply.body)
            self._until_gone(sock, b"x" if fault == "drip_body" else b"x" * 65536)
        elif fault == "reset_body":
            sock.sendall(head + reply.body[: len(reply.body) // 2])
        else:
            sock.sendall(head + reply.body)

    def _until_gone(self, sock: socket.socket, piece: bytes) -> None:
        """Send a piece again and again until the client went away or the server stops."""
        sock.settimeout(_DRIP_SECONDS)
        while not self._stop.is_set():
            try:
                if not sock.recv(1):
                    return
            except TimeoutError:
                with suppress(TimeoutError):
                    sock.sendall(piece)


def _head(reply: Reply) -> bytes:
    headers = {"Connection": "close", **reply.headers}
    if reply.fault not in {"drip_body", "endless_body"}:
        headers["Content-Length"] = str(len(reply.body))
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read_request(sock: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        chunk = sock.recv(65536)
        if not chunk:
            return None
        body += chunk
    method, target, _version = first.split(" ")
    return Received(method, target, headers, body)
