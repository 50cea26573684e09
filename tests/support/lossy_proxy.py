"""A real HTTP proxy on loopback that loses requests or answers on command."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from enum import Enum, auto
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator


class Fate(Enum):
    """What happens to one request."""

    RELAY = auto()
    """Forward it and hand back the answer."""
    APPLY_THEN_503 = auto()
    """Forward it, then answer 503 instead."""
    APPLY_THEN_DROP = auto()
    """Forward it, then close the connection without an answer."""
    LOSE_WITH_503 = auto()
    """Do not forward it; answer 503."""
    LOSE_WITH_DROP = auto()
    """Do not forward it; close the connection."""
    REFUSE_403 = auto()
    """Do not forward it; answer 403."""
    BUSY_FOR_AN_HOUR = auto()
    """Do not forward it; answer 503 with ``Retry-After: 3600``."""
    BUSY_FOR_TWO_SECONDS = auto()
    """Do not forward it; answer 503 with ``Retry-After: 2``."""
    LOSE_WITH_NO_RESULTS = auto()
    """Do not forward it; answer 202 with a transaction's envelope that lists no result."""
    REDIRECT = auto()
    """Do not forward it; send the caller elsewhere."""
    ANSWER_NONSENSE = auto()
    """Forward it, then answer 202 with a page that is not Table Storage's."""
    APPLY_THEN_HANG = auto()
    """Forward it, then say nothing until the proxy closes."""


_APPLIED = {
    Fate.RELAY,
    Fate.APPLY_THEN_503,
    Fate.APPLY_THEN_DROP,
    Fate.APPLY_THEN_HANG,
    Fate.ANSWER_NONSENSE,
}
_ANSWERS: dict[Fate, tuple[int, dict[str, str], bytes]] = {
    Fate.APPLY_THEN_503: (503, {}, b""),
    Fate.LOSE_WITH_503: (503, {}, b""),
    Fate.BUSY_FOR_AN_HOUR: (503, {"Retry-After": "3600"}, b""),
    Fate.BUSY_FOR_TWO_SECONDS: (503, {"Retry-After": "2"}, b""),
    Fate.LOSE_WITH_NO_RESULTS: (
        202,
        {"Content-Type": "multipart/mixed; boundary=b"},
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
    ),
    Fate.REFUSE_403: (403, {"x-ms-error-code": "AuthorizationFailure"}, b""),
    Fate.REDIRECT: (307, {"Location": "/elsewhere"}, b""),
    Fate.ANSWER_NONSENSE: (202, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>"),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing it waits for every request

    def __init__(self, proxy: LossyProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)


class LossyProxy:
    """Forwards to one loopback port; faults are queued apart for transactions and for reads.

    Attributes:
        port: Where it listens.
        transactions: Fates of the next ``$batch`` requests; when empty, `otherwise` applies.
        reads: Fates of the next other requests; when empty, `otherwise_reads` applies.
        seen: ``METHOD last-path-segment`` of every request, in order.
    """

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.transactions: deque[Fate] = deque()
        self.reads: deque[Fate] = deque()
        self.otherwise = Fate.RELAY
        self.otherwise_reads = Fate.RELAY
        self.seen: list[str] = []
        self.closing = threading.Event()
        self._server = _Server(self)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @contextmanager
    def running(self) -> Iterator[LossyProxy]:
        """Serve until the block ends; then release what hangs and join every thread."""
        self._thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def fate(self, method: str, path: str) -> Fate:
        """Note a request and take its fate."""
        name = path.split("?", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1]
        self.seen.append(f"{method} {name}")
        if name == "$batch":
            return self.transactions.popleft() if self.transactions else self.otherwise
        return self.reads.popleft() if self.reads else self.otherwise_reads

    def count(self, name: str) -> int:
        """How many requests there were, such as ``POST $batch``."""
        return sum(one.startswith(name) for one in self.seen)


class _Handler(Relay):
    """Does what fate says."""

    server: _Server

    def serve(self, body: bytes) -> None:
        """Forward it or not, answer or not."""
        proxy = self.server.proxy
        fate = proxy.fate(self.command, self.path)
        answer = self.forward(proxy.upstream, body) if fate in _APPLIED else None
        if fate is Fate.APPLY_THEN_HANG:
            proxy.closing.wait()
        answer = answer if fate is Fate.RELAY else _ANSWERS.get(fate)
        if answer is not None:
            self.answer(*answer)
