"""Sources of Connect Health that read a server on loopback, and their answers."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shared.domain.pair.readings import HealthDetails, HealthReading
from shared.sources.connect_health import ConnectHealthSource
from shared.sources.health_details import HealthDetailsSource
from tests.support.credential import FakeCredential
from tests.support.graph_server import TENANT
from tests.support.source_reads import read_as

if TYPE_CHECKING:
    from shared.ports import ReadsSource

DATA = Path(__file__).resolve().parents[1] / "data" / "adhybridhealth"

S = TypeVar("S", ConnectHealthSource, HealthDetailsSource)


def make(kind: type[S], url: str, credential: FakeCredential | None = None, **options: Any) -> S:
    """A source that reads this server."""
    usual: dict[str, Any] = {"deadline": timedelta(seconds=60), "allow_http_loopback": True}
    return kind(
        credential or FakeCredential(),
        base_url=url,
        tenant_id=TENANT,
        scope="https://management.contoso.test/.default",
        **(usual | options),
    )


async def health(source: ReadsSource) -> HealthReading:
    """Read once; it must work."""
    return await read_as(HealthReading, source)


async def details(source: ReadsSource) -> HealthDetails:
    """Read once; it must work."""
    return await read_as(HealthDetails, source)


def sample(name: str) -> Any:
    """The body of one of Microsoft's sample answers."""
    document = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return document["body"] if "body" in document else document["responses"]["200"]["body"]
