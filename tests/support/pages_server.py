"""The app's HTTP routes on loopback, so that a real browser can open its pages.

    async with pages_server(app.host) as server:
        await asyncio.to_thread(browse, server.url)

It does what the Functions host does in Azure: finds the function by route and method, answers 404
and 405 by itself, and passes headers on. Functions run on the loop of the test, as in a worker;
so the browser must be driven from a thread or from the same loop.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.support.functions_config import match_route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.functions_answers import HttpAnswer
    from tests.support.functions_host import FunctionsHost

_SECONDS = 60  # a request that takes longer hangs: the test must not


class PagesServer:
    """The routes of one app.

    Attributes:
        asked: Method and path with query of every request, in order.
    """

    def __init__(self, host: FunctionsHost) -> None:
        self.asked: list[tuple[str, str]] = []
        self._host, self._loop = host, asyncio.get_running_loop()
        self._http = _Listener(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        """The root, by the name under which a browser trusts this machine."""
        return f"http://localhost:{self._http.server_port}"

    def start(self) -> None:
        """Serve in threads of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for every thread."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(
        self, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> HttpAnswer | int:
        """The function's answer, or the status with which the host refuses (in its threads)."""
        self.asked.append((method, url))
        found = self._functions(url)
        if not found:
            return 404
        name = found.get(method)
        if name is None:
            return 405
        call = self._host.http(name, method, url, headers=headers, body=body)
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(_SECONDS)

    def _functions(self, url: str) -> dict[str, str]:
        """The functions that serve a path, by method."""
        found = {}
        for function in self._host.functions.values():
            trigger = function.trigger
            route = str(trigger.get("route") or function.name)
            if trigger["type"] != "httpTrigger":
                continue
            if match_route(url, self._host.config.route_prefix, route) is not None:
                found.update({str(each).upper(): function.name for each in trigger["methods"]})
        return found


class _Listener(ThreadingHTTPServer):
    owner: PagesServer
    daemon_threads = False  # server_close() then waits for the handlers


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.answer(self.command, self.path, headers, body)
        if isinstance(answer, int):
            self.send_response_only(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@asynccontextmanager
async def pages_server(host: FunctionsHost) -> AsyncIterator[PagesServer]:
    """Serve the app's routes on a free port of this machine."""
    server = PagesServer(host)
    server.start()
    try:
        yield server
    finally:
        await asyncio.to_thread(server.close)
