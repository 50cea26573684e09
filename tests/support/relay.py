"""The half of a real HTTP proxy on loopback that every such proxy has: forward, and hand back."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler
from typing import Final

_HOP: Final = {"connection", "transfer-encoding", "content-length", "keep-alive"}
"""Headers of one connection, not of the message (RFC 9110, 7.6.1)."""


class Relay(BaseHTTPRequestHandler):
    """HTTP/1.0 towards the caller: one request per connection, so a drop is unmistakable.

    A subclass says in `serve` what happens to a request.
    """

    def serve(self, body: bytes) -> None:
        """Deal with one request that has this body."""
        raise NotImplementedError

    def _serve(self) -> None:
        self.serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_MERGE = _serve  # noqa: N815  the names that http.server calls

    def forward(self, upstream: int, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What the server on this loopback port answers to the request."""
        connection = http.client.HTTPConnection("127.0.0.1", upstream)
        try:
            headers = {n: v for n, v in self.headers.items() if n.lower() not in _HOP}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Hand this back to the caller."""
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
