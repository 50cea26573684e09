"""A real HTTP proxy before Azurite that lets through what one role on one table allows.

The role is Storage Table Data Contributor on the table, as the template assigns it. Its data
actions are `entities/{read,write,delete}`, `entities/add/action` and `entities/update/action`
(https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage). Among its
other actions is `tables/write`; whether that makes the table through the data plane when it is
assigned on the table itself is documented nowhere, so the gate refuses it.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator

_INNER: Final = re.compile(rb"^([A-Z]+) (https?://\S+) HTTP/1\.1\r?$", re.MULTILINE)
_REFUSAL: Final = b"""{"odata.error": {"code": "AuthorizationPermissionMismatch", "message":\
 {"lang": "en-US", "value": "This request is not authorized to perform this operation using this\
 permission."}}}"""
_VERBS: Final = {
    "GET": "entities/read",
    "POST": "entities/add/action",
    "PUT": "entities/update/action",
    "MERGE": "entities/update/action",
    "PATCH": "entities/update/action",
    "DELETE": "entities/delete",
}
"""What an operation on the entities of a table needs, by its method."""


def actions_of(method: str, path: str, body: bytes) -> list[tuple[str, str]]:
    """What a request to an account's Table service does.

    Args:
        method: Of HTTP.
        path: Below the account, without a query.
        body: A transaction's operations are in it.

    Returns:
        Each action with the table that it is done to; "" where it is none of a table's entities.
    """
    if path == "$batch" and method == "POST":
        inner = [(verb.decode(), url.decode()) for verb, url in _INNER.findall(body)]
        parts = [(verb, url.split("/", 4)[4].split("?", 1)[0]) for verb, url in inner]
        return [each for verb, part in parts for each in actions_of(verb, part, b"")] or [("", "")]
    entities = re.fullmatch(r"([A-Za-z][A-Za-z0-9]{2,62})(\(.*\))?", path)
    if entities is None or entities[1] == "Tables" or method not in _VERBS:
        return [(f"{method} {path}", "")]
    return [(_VERBS[method], entities[1])]


class TableGate:
    """Forwards to one loopback port what the role on `table` allows, and refuses the rest.

    Attributes:
        port: Where it listens.
        table: The table that the role is assigned on.
        seen: The actions asked for, in order.
        refused: Those that were refused.
    """

    def __init__(self, upstream: int, table: str) -> None:
        self.upstream = upstream
        self.table = table
        self.seen: list[str] = []
        self.refused: list[str] = []
        self._server = _Server(self)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @contextmanager
    def running(self) -> Iterator[TableGate]:
        """Serve until the block ends."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def permits(self, method: str, path: str, body: bytes) -> bool:
        """Note a request, and whether the role allows all of it."""
        below = path.split("?", 1)[0].lstrip("/").split("/", 1)[-1]
        actions = actions_of(method, below.removesuffix("()"), body)
        outside = [action for action, table in actions if table != self.table]
        self.seen += [action for action, _ in actions]
        self.refused += outside
        return not outside


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing it waits for every request

    def __init__(self, gate: TableGate) -> None:
        self.gate = gate
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(Relay):
    """Forwards what the gate permits."""

    server: _Server

    def serve(self, body: bytes) -> None:
        """Forward it, or refuse it as Azure does."""
        gate = self.server.gate
        if gate.permits(self.command, self.path, body):
            self.answer(*self.forward(gate.upstream, body))
        else:
            headers = {
                "Content-Type": "application/json",
                "x-ms-error-code": "AuthorizationPermissionMismatch",
            }
            self.answer(403, headers, _REFUSAL)
