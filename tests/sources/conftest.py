"""A Graph and a Resource Manager on loopback, and sources that read them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

import pytest

# Loaded here, so that loading it counts against no test's deadline.
import shared.sources.graph_sdk as _sdk
from shared.sources.graph import GraphSource
from tests.support import arm_server
from tests.support.credential import FakeCredential
from tests.support.graph_server import TENANT, GraphServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.sources.tokens import TokenSource
    from tests.support.arm_server import ArmServer
    from tests.support.graph_sources import MakesReader

_TLS = _sdk.tls_context()  # parsing the trust store takes longer than all of one read


class MakesSource(Protocol):
    """Builds a source for the running server, or for another URL."""

    def __call__(
        self, credential: FakeCredential | None = None, *, url: str = "", **options: Any
    ) -> GraphSource:
        """Build it."""


@pytest.fixture
def server() -> Iterator[GraphServer]:
    """A Graph on loopback; beta is healthy until scripted otherwise."""
    with serving() as running:
        yield running


@pytest.fixture
def arm() -> Iterator[ArmServer]:
    """A Resource Manager on loopback, healthy until scripted otherwise."""
    with arm_server.serving() as running:
        yield running


@pytest.fixture
def graph(reader: MakesReader) -> MakesSource:
    """Makes sources that read the server's tenant."""

    def make(
        credential: FakeCredential | None = None, *, url: str = "", **options: Any
    ) -> GraphSource:
        source: GraphSource = reader(GraphSource, credential, url=url, **options)
        return source

    return make


@pytest.fixture
def reader(server: GraphServer) -> MakesReader:
    """Makes readers of any kind for the server."""

    def make(
        kind: type[Any],
        credential: FakeCredential | TokenSource | None = None,
        *,
        url: str = "",
        **options: Any,
    ) -> Any:
        source = kind(
            credential or FakeCredential(),
            base_url=url or server.url,
            tenant_id=TENANT,
            scope="https://graph.contoso.test/.default",
            allow_http_loopback=True,
            **({"deadline": timedelta(seconds=60)} | options),
        )
        source._tls = _TLS
        return source

    return make


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Lets the SDK's retry middleware go on at once, and records how long it wanted to wait."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("kiota_http.middleware.retry_handler.asyncio", SimpleNamespace(sleep=sleep))
    return waited
