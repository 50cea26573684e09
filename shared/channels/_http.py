"""One HTTP request that can be given up at any moment: the plumbing of both channels.

requests has no limit for the whole of a request: its read timeout starts anew with each byte, so
a server that drips holds the caller for as long as it likes. Here each request has a daemon
thread and a connection of its own, the event loop alone keeps the time, and giving up shuts the
socket down, which ends the thread. A thread that cannot be ended (a name look-up) holds no place
in a pool and does not keep the interpreter from exiting, and it sends nothing afterwards.

The adapter of requests is used without its `Session`. So nothing is followed (`Session.send`
reads a redirect's whole body even with `allow_redirects=False`), no cookie is kept, and the
environment is not read: no proxy, CA bundle or `.netrc` password that nobody chose for us.
A caller that knows of a proxy or a private CA names it in a `Route`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Self

import requests
from requests.adapters import HTTPAdapter

from shared.secret import Secret, redact

if TYPE_CHECKING:
    from types import TracebackType

MAX_BODY: Final = 64 * 1024
"""Bytes of an answer that are read; the rest is left alone."""

CONNECT_SECONDS: Final = 5.0
"""Longest wait for one address to accept a connection, so that another try still fits."""

_PLACEHOLDER: Final = re.compile(r"%[-+ #0-9.]*[a-zA-Z]")

THREAD_NAME: Final = "watchdog-http"

_HEADERS: Final = {
    "User-Agent": "entra-connect-watchdog",
    "Accept": "application/json, text/plain;q=0.5, */*;q=0.1",
    "Accept-Encoding": "identity",  # a compressed answer could grow without bound
}


class NoAnswer(Enum):
    """Why there is no answer, told apart by whether the request may have arrived."""

    NOT_CONNECTED = "not_connected"
    """No connection: nothing was sent."""
    TLS = "tls"
    """The server's certificate or the TLS handshake failed: nothing was sent."""
    TIMEOUT = "timeout"
    """Sent at least in part, and no answer in time: it may have arrived."""
    BROKEN = "broken"
    """The connection broke after it was open: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Head:
    """The status and the headers of an answer.

    Attributes:
        status: The HTTP status.
        headers: By lower-case name; of a repeated header the values joined by a comma.
    """

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """How to leave this network; the default is directly, with the public certificates.

    Attributes:
        proxy: URL of the HTTP proxy; a secret because it may hold a password.
        ca_bundle: Path of a PEM file to trust instead of the public certificates.
    """

    proxy: Secret | None = None
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What to send.

    Attributes:
        method: The HTTP method.
        url: Sent as it is: not parsed and put together again.
        body: The request's body, or None.
        headers: Further headers.
        route: How to leave this network.
    """

    method: str
    url: Secret
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    route: Route = field(default_factory=Route)


class _GaveUpError(Exception):
    """Nobody waits any more; raised in the thread only, before anything is sent."""


class Exchange:
    """One request and its answer: ``async with Exchange(request) as it: await it.head(5)``.

    Leaving the block gives up whatever is still under way. It never raises but `CancelledError`.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[Head | NoAnswer] = self._loop.create_future()
        self._body: asyncio.Future[bytes] = self._loop.create_future()
        self._gave_up = threading.Event()
        self._connecting: Any = None  # urllib3's connection; its socket appears while it connects
        self._socket: socket.socket | None = None  # set once the connection is open
        self._read_seconds = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_up()

    async def head(self, seconds: float) -> Head | NoAnswer:
        """Send the request and wait for the status and headers, at most this long."""
        self._read_seconds = max(seconds, 0.001)
        thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no thread left: nothing was sent
            return NoAnswer.NOT_CONNECTED
        await asyncio.wait([self._head], timeout=max(seconds, 0.0))
        if self._head.done():
            return self._head.result()
        return NoAnswer.TIMEOUT if self._socket else NoAnswer.NOT_CONNECTED

    async def body(self, seconds: float) -> bytes:
        """The first `MAX_BODY` bytes of the answer; empty when they are not there in time."""
        await asyncio.wait([self._body], timeout=max(seconds, 0.0))
        return self._body.result() if self._body.done() else b""

    def opening(self, connection: Any) -> None:
        """A connection is about to open (called in the thread)."""
        self._connecting = connection

    def opened(self, connection: Any) -> None:
        """The connection is open (called in the thread).

        Raises:
            _GaveUpError: Too late, nobody waits: the request must not be sent any more.
        """
        self._socket = connection.sock
        if self._gave_up.is_set():
            connection.close()
            raise _GaveUpError

    def _give_up(self) -> None:
        self._gave_up.set()
        # First the socket that `opened` noted: a response takes it away from its connection.
        for found in (self._socket, getattr(self._connecting, "sock", None)):
            if found is not None:
                with suppress(OSError):
                    # Not SSLSocket.shutdown, which pulls the TLS state from under the reader.
                    socket.socket.shutdown(found, socket.SHUT_RDWR)

    def _run(self) -> None:
        """The thread: send, tell the head, read the body. No exception leaves it."""
        try:
            self._send()
        except requests.exceptions.SSLError:
            self._tell(self._head, NoAnswer.BROKEN if self._socket else NoAnswer.TLS)
        except requests.exceptions.ReadTimeout:
            self._tell(self._head, NoAnswer.TIMEOUT if self._socket else NoAnswer.NOT_CONNECTED)
        except Exception:  # noqa: BLE001 - total by contract; its text quotes the secret URL
            self._tell(self._head, NoAnswer.BROKEN if self._socket else NoAnswer.NOT_CONNECTED)
        finally:
            self._tell(self._body, b"")

    def _send(self) -> None:
        request, route = self._request, self._request.route
        prepared = requests.Request(
            request.method,
            request.url.reveal(),
            data=request.body,
            headers={**_HEADERS, **request.headers},
        ).prepare()
        prepared.url = request.url.reveal()  # `prepare` re-quotes: the query is signed as it is
        proxy = route.proxy.reveal() if route.proxy else None
        adapter = _OwnConnection(self)
        try:
            with adapter.send(
                prepared,
                stream=True,
                timeout=(min(CONNECT_SECONDS, self._read_seconds), self._read_seconds),
                verify=route.ca_bundle or True,
                proxies={"http": proxy, "https": proxy} if proxy else {},
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                self._tell(self._head, Head(response.status_code, headers))
                self._tell(self._body, _read(response))
        finally:
            adapter.close()

    def _tell(self, future: asyncio.Future[Any], value: object) -> None:
        def settle() -> None:
            if not future.done():
                future.set_result(value)

        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(settle)


class _OwnConnection(HTTPAdapter):
    """Opens a connection that tells its exchange of its socket."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(max_retries=0)
        self._exchange = exchange

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool of requests, with connections that report themselves."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        exchange, plain = self._exchange, pool.ConnectionCls

        class Reporting(plain):  # type: ignore[misc,valid-type]  # the class is chosen by scheme and proxy
            def connect(self) -> None:
                exchange.opening(self)
                super().connect()
                exchange.opened(self)

        pool.ConnectionCls = Reporting
        return pool


def _read(response: requests.Response) -> bytes:
    """Up to `MAX_BODY` bytes as they come; what is there already counts if the rest fails."""
    found = bytearray()
    with suppress(Exception):
        while len(found) < MAX_BODY and (
            chunk := response.raw.read1(MAX_BODY - len(found), decode_content=False)
        ):
            found += chunk
    return bytes(found)


def _hide_targets(record: logging.LogRecord) -> bool:
    """Keep targets and answers out of urllib3's own log lines: only a warning's words remain."""
    if record.levelno < logging.WARNING:
        return False  # "POST /workflows/…?sig=… HTTP/1.1" at DEBUG
    # Its arguments are targets, exceptions, and (of a broken header) what the server sent.
    record.msg, record.args = redact(_PLACEHOLDER.sub("***", str(record.msg))), ()
    record.exc_info, record.exc_text, record.stack_info = None, None, None
    return True


# A filter, not a level: a level is undone by the next `setLevel(DEBUG)` of a curious operator. A
# filter of "urllib3" would not see its children's records, so each logger that names URLs has it.
for _name in ("connectionpool", "connection", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(_hide_targets)
