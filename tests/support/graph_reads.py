"""One read of a Graph source, for tests that care about its answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.domain.readings import TenantReading, Unavailable
from tests.sources.conftest import NOW
from tests.support.graph_server import (
    GraphServer,
    Reply,
    body,
    organization,
)

if TYPE_CHECKING:
    from shared.ports import ReadsTenant

DATA = Path(__file__).resolve().parents[1] / "data" / "graph"
GOOD = Reply(content=body(organization()))
GOOD_V1 = Reply(content=body(organization(onPremisesLastPasswordSyncDateTime=...)))
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


async def reading(source: ReadsTenant) -> TenantReading:
    """Read once; it must work."""
    answer = await source.read(NOW)
    assert isinstance(answer, TenantReading), answer
    return answer


async def refusal(source: ReadsTenant) -> Unavailable:
    """Read once; it must not work."""
    answer = await source.read(NOW)
    assert isinstance(answer, Unavailable), answer
    return answer


def versions(server: GraphServer) -> list[str]:
    """The API versions asked, in order."""
    return [each.version for each in server.seen]
