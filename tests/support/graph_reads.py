"""Good answers of Graph, and one read of a source that must work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared.domain.readings import TenantReading
from tests.support.graph_server import body, organization
from tests.support.loopback_server import Reply
from tests.support.source_reads import read_as

if TYPE_CHECKING:
    from shared.ports import ReadsTenant

DATA = Path(__file__).resolve().parents[1] / "data" / "graph"
GOOD = Reply(content=body(organization()))
GOOD_V1 = Reply(content=body(organization(onPremisesLastPasswordSyncDateTime=...)))


async def reading(source: ReadsTenant) -> TenantReading:
    """Read once; it must work."""
    return await read_as(TenantReading, source)
