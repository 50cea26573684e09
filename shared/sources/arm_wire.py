"""The connections of one read of Azure Resource Manager: GET only, and given up at any moment.

requests has no limit for the whole of a request: its read timeout starts anew with each byte. So
each request has a daemon thread, the event loop alone keeps the time, and closing the wire shuts
its sockets down, which ends the threads. A thread that cannot be ended (a name look-up) keeps
neither the read nor the interpreter, and it sends nothing afterwards.

The adapter of requests is used without its `Session`: nothing is followed (`Session.send` reads a
redirect's whole body even with `allow_redirects=False`), no cookie is kept, and the environment is
not read: no proxy and no `.netrc` password that nobody chose for us. The requests of one read
share its connections: one TLS handshake serves most of them.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

THREAD_NAME: Final = "watchdog-arm"
MAX_CONNECTIONS: Final = 4
"""Requests of one read that are under way at once."""
_CONNECT_SECONDS: Final = 5.0
_CHUNK: Final = 64 * 1024
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer.

    Attributes:
        status: The HTTP status.
        headers: By lower-case name.
        body: As it came over the wire; empty unless the status is 200: nobody reads errors.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class NoAnswer(Enum):
    """Why there is no answer."""

    NAME = "name"
    """The host's name could not be resolved."""
    TLS = "tls"
    """The certificate is not trusted, or the handshake failed."""
    NOT_CONNECTED = "not_connected"
    """No connection could be opened."""
    TIMEOUT = "timeout"
    """The answer did not come in time."""
    CUT = "cut"
    """The connection broke before the answer was whole."""
    TOO_LONG = "too_long"
    """The body has more bytes than were allowed."""


class _GaveUpError(Exception):
    """Nobody waits any more; raised in a thread only, before anything is sent."""


class _TooLongError(Exception):
    """The body has more bytes than were allowed."""


class Wire:
    """The connections of one read. `close` gives up whatever is still under way."""

    def __init__(self) -> None:
        self._adapter = _Tracked(self)
        self._lock = threading.Lock()
        self._gave_up = False
        self._open: list[Any] = []  # urllib3's connections; a socket appears while it connects
        self._sockets: list[socket.socket] = []

    async def get(
        self, url: str, headers: Mapping[str, str], seconds: float, limit: int
    ) -> Answer | NoAnswer:
        """Send one GET and wait for the whole answer.

        Args:
            url: Where to.
            headers: What to send.
            seconds: How long to wait at most, for all of it.
            limit: Bytes of the body to read at most.

        Returns:
            The answer, or why there is none. Never raises but `CancelledError`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer | NoAnswer] = loop.create_future()
        context = contextvars.copy_context()  # keeps the logs of the invocation that asked

        def settle(outcome: Answer | NoAnswer) -> None:
            if not future.done():
                future.set_result(outcome)

        def run() -> None:
            outcome = context.run(self._outcome, url, headers, max(seconds, 0.001), limit)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, outcome)

        try:
            threading.Thread(target=run, name=THREAD_NAME, daemon=True).start()
        except RuntimeError:  # the machine has no thread left: nothing was sent
            return NoAnswer.NOT_CONNECTED
        await asyncio.wait([future], timeout=max(seconds, 0.0))
        return future.result() if future.done() else NoAnswer.TIMEOUT

    def close(self) -> None:
        """Shut every socket down and forget the connections. Never blocks."""
        with self._lock:
            self._gave_up = True
            found = [*self._sockets, *(getattr(each, "sock", None) for each in self._open)]
        for each in found:
            if each is not None:
                with suppress(OSError):
                    # Not SSLSocket.shutdown, which pulls the TLS state from under the reader.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)
        self._adapter.close()

    def opening(self, connection: Any) -> None:
        """A connection is about to open (called in a thread).

        Raises:
            _GaveUpError: Nobody waits any more.
        """
        with self._lock:
            if self._gave_up:
                raise _GaveUpError
            self._open.append(connection)

    def opened(self, connection: Any) -> None:
        """The connection is open (called in a thread).

        Raises:
            _GaveUpError: Too late: the request must not be sent any more.
        """
        with self._lock:
            if not self._gave_up:
                self._sockets.append(connection.sock)  # a response takes it away from it
                return
        connection.close()
        raise _GaveUpError

    def _outcome(
        self, url: str, headers: Mapping[str, str], seconds: float, limit: int
    ) -> Answer | NoAnswer:
        """The thread: send and read. No exception leaves it: its text quotes what was sent."""
        try:
            return self._send(url, headers, seconds, limit)
        except _TooLongError:
            return NoAnswer.TOO_LONG
        except requests.exceptions.SSLError:
            return NoAnswer.TLS
        except requests.exceptions.ConnectionError as error:
            reason = getattr(error.args[0] if error.args else None, "reason", None)
            return _not_connected(reason)
        except (requests.exceptions.Timeout, TimeoutError):
            return NoAnswer.TIMEOUT
        except Exception:  # noqa: BLE001  total by contract
            return NoAnswer.CUT

    def _send(self, url: str, headers: Mapping[str, str], seconds: float, limit: int) -> Answer:
        prepared = requests.Request("GET", url, headers=dict(headers)).prepare()
        with self._lock:
            if self._gave_up:
                raise _GaveUpError
        timeout = (min(_CONNECT_SECONDS, seconds), seconds)
        with self._adapter.send(prepared, stream=True, timeout=timeout, verify=True) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            body = _body(response, limit) if response.status_code == _OK else b""
            return Answer(response.status_code, found, body)


class _Tracked(HTTPAdapter):
    """Opens connections that tell their wire of their sockets."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(pool_connections=1, pool_maxsize=MAX_CONNECTIONS, max_retries=0)
        self._wire = wire
        self._lock = threading.Lock()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool of requests, with connections that report themselves."""
        wire = self._wire
        with self._lock:
            pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
            plain = pool.ConnectionCls
            if hasattr(plain, "wire"):
                return pool

            class Reporting(plain):  # type: ignore[misc,valid-type]  # the class is chosen by scheme
                wire: Any = None

                def connect(self) -> None:
                    wire.opening(self)
                    super().connect()
                    wire.opened(self)

            pool.ConnectionCls = Reporting
        return pool


def _not_connected(reason: object) -> NoAnswer:
    """What requests' ConnectionError means, by the urllib3 error it carries as its reason."""
    if isinstance(reason, NameResolutionError):
        return NoAnswer.NAME
    if isinstance(reason, NewConnectionError):  # before its own base class
        return NoAnswer.NOT_CONNECTED
    if isinstance(reason, ConnectTimeoutError):
        return NoAnswer.TIMEOUT
    return NoAnswer.CUT if reason is None else NoAnswer.NOT_CONNECTED


def _body(response: requests.Response, limit: int) -> bytes:
    """The whole body as it came.

    Raises:
        _TooLongError: It has more than `limit` bytes.
        Exception: The connection broke.
    """
    found = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        found += chunk
        if len(found) > limit:
            raise _TooLongError
    return bytes(found)


def _ours(record: logging.LogRecord) -> bool:
    """Keep everything but urllib3's lines about these requests; their outcome says what happened.

    They quote URLs, and of a broken header what the server sent.
    """
    return record.threadName != THREAD_NAME


# On the loggers that speak, because a filter of "urllib3" would not see its children's records.
for _name in ("connectionpool", "connection", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(_ours)
