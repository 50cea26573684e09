"""A Graph on loopback."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.support.loopback_server import LoopbackServer, Reply, Request, next_of, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

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


class GraphServer(LoopbackServer):
    """Answers each API version with its own replies in order; the last one repeats."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._replies: dict[str, list[Reply]] = defaultdict(list)
        self._at: dict[str, list[Reply]] = {}
        super().__init__()

    @property
    def versions(self) -> list[str]:
        """The API versions asked, in order."""
        return [_version(each) for each in self.seen]

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

    def take(self, request: Request) -> Reply:
        """By the path, else by the version."""
        self.seen.append(request)
        return next_of(self._at.get(request.path, self._replies[_version(request)]))


def serving() -> AbstractContextManager[GraphServer]:
    """A running server, with a healthy beta."""
    return running(GraphServer().beta(Reply(content=body(organization()))))


def _version(request: Request) -> str:
    return request.path.split("/")[1]
