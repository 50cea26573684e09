"""Good answers of Graph, and one read of a source that must work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared.domain.readings import Reason, TenantReading
from tests.support.graph_server import body, organization
from tests.support.loopback_server import Reply
from tests.support.source_reads import read_as

if TYPE_CHECKING:
    from shared.ports import ReadsTenant

DATA = Path(__file__).resolve().parents[1] / "data" / "graph"
GOOD = Reply(content=body(organization()))
GOOD_V1 = Reply(content=body(organization(onPremisesLastPasswordSyncDateTime=...)))
STATUSES = [
    (400, Reason.MALFORMED, "400"),
    (401, Reason.FORBIDDEN, "refused the token"),
    (403, Reason.FORBIDDEN, "grant "),
    (404, Reason.MALFORMED, "404"),
    (410, Reason.MALFORMED, "410"),
    (429, Reason.THROTTLED, "429"),
    (500, Reason.UNREACHABLE, "500"),
    (502, Reason.UNREACHABLE, "502"),
    (503, Reason.UNREACHABLE, "503"),
    (504, Reason.UNREACHABLE, "504"),
    (302, Reason.UNREACHABLE, "redirect"),
    (204, Reason.MALFORMED, "204"),
]
"""What each status means, and what its sentence says, whatever was asked for."""
TEMPTING = [
    Reply(401, headers={"WWW-Authenticate": 'Bearer claims="eyJ4IjoxfQ=="'}),
    Reply(403),
    Reply(429, headers={"Retry-After": "99"}),
    Reply(500),
    Reply(302, headers={"Location": "https://login.contoso.invalid/"}),
    Reply(content=b"<html>"),
]
"""Answers after which a client may write down, or send elsewhere, what it sent."""


async def reading(source: ReadsTenant) -> TenantReading:
    """Read once; it must work."""
    return await read_as(TenantReading, source)
