"""The identity endpoint that App Service gives an app, on loopback.

https://learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint reference)
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Identity:
    """Answers requests for tokens.

    Attributes:
        token: The token that it hands out.
    """

    token = "made-up-token"

    def __init__(self) -> None:
        self.refused = False
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        """For `IDENTITY_ENDPOINT`."""
        return f"http://127.0.0.1:{self._http.server_port}/msi/token"

    def refuses(self) -> None:
        """From now on it knows no such identity."""
        self.refused = True

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for it."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        identity = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                good = {
                    "access_token": identity.token,
                    "expires_on": str(int(time.time()) + 3600),
                    "resource": "https://graph.microsoft.com",
                    "token_type": "Bearer",
                }
                bad = {"statusCode": 400, "message": "No managed identity was found"}
                body = json.dumps(bad if identity.refused else good).encode()
                self.send_response_only(400 if identity.refused else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler


@contextmanager
def identity_endpoint() -> Iterator[Identity]:
    """Serve tokens until the block ends."""
    identity = Identity()
    identity.start()
    try:
        yield identity
    finally:
        identity.close()
