"""Reads Connect Health: which servers are registered, when each was seen, what is wrong now.

There is no SDK; this is the REST API of `Microsoft.ADHybridHealthService`, api-version 2014-01-01.
A pair takes six requests: services, members, `datafreshness` of each member, `exportstatus` and
the active alerts of the service. Role: Reader on Connect Health,
https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-health-operations
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from shared.domain.pair.readings import HealthMember, HealthReading, Source
from shared.domain.readings import Unavailable
from shared.ports import MAX_DOCUMENT
from shared.sources.arm import ArmRead, ArmSource
from shared.sources.health_alerts import MAX_REMEDIATION, active_alerts
from shared.sources.health_calls import Servers, ask_all, ask_servers, ask_services, member_path
from shared.sources.health_parsing import Registered, export_ends, with_uploads
from shared.sources.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.sources.arm_pages import Listing
    from shared.sources.health_parsing import Service

LONGEST: Final = MAX_DOCUMENT - 2_000
"""UTF-16 units of JSON that a reading takes; the rest is for what is stored around it."""


class ConnectHealthSource(ArmSource[HealthReading]):
    """Reads the registered servers and the active alerts (`ports.ReadsSource`).

    What cannot be read of one server, the exports or the alerts is said in its place; without the
    list of servers there is no reading.
    """

    source = Source.CONNECT_HEALTH

    async def _collect(self, arm: ArmRead) -> HealthReading | Unavailable:
        """Services first, then what does not depend on the members with them, then each member."""
        services = await ask_services(arm)
        if isinstance(services, Unavailable):
            return services
        seen, ends, alerts = await asyncio.gather(
            _servers(arm, services),
            ask_all(arm, services, "exportstatus", "the export status"),
            ask_all(arm, services, "alerts?state=Active", "the active alerts"),
        )
        if isinstance(seen, Unavailable):
            return seen
        servers, members = seen
        return _reading(servers, members, ends, alerts)


def _reading(
    servers: Servers,
    members: Sequence[HealthMember],
    ends: Listing | Unavailable,
    listed: Listing | Unavailable,
) -> HealthReading:
    """All parts put together, whichever of them could be read."""
    exports = ends if isinstance(ends, Unavailable) else export_ends(ends.items)
    exported = {} if isinstance(exports, Unavailable) else exports
    reading = HealthReading(
        members=tuple(replace(m, exported_at=exported.get(m.id.casefold())) for m in members),
        members_left_out=servers.left_out,
        exports_unread=exports if isinstance(exports, Unavailable) else None,
    )
    if isinstance(listed, Unavailable):
        return replace(reading, alerts=listed)
    alerts = active_alerts(listed.items, servers.names)
    if isinstance(alerts, Unavailable):
        return replace(reading, alerts=alerts)
    left_out = max(alerts.left_out, int(not listed.complete))
    return fitted(replace(reading, alerts=alerts.kept, alerts_left_out=left_out))


async def _servers(
    arm: ArmRead, services: Sequence[Service]
) -> tuple[Servers, list[HealthMember]] | Unavailable:
    """The servers, and as members with their uploads."""
    servers = await ask_servers(arm, services)
    if isinstance(servers, Unavailable):
        return servers
    members = await asyncio.gather(*(_with_uploads(arm, each) for each in servers.kept))
    return servers, members


async def _with_uploads(arm: ArmRead, server: Registered) -> HealthMember:
    path, what = member_path(server, "datafreshness"), "a server's last uploads"
    listing = await arm.listing(path, what)
    if isinstance(listing, Unavailable):
        return replace(server.member, unread=listing)
    return with_uploads(server.member, listing.items)


def fitted(reading: HealthReading) -> HealthReading:
    """The reading, small enough to be stored: remedies are cut first, then alerts are counted.

    Twenty servers and twenty alerts of ordinary length fit; those of a hostile tenant need not.
    """
    for longest in (MAX_REMEDIATION, MAX_REMEDIATION // 2, 40, 0):
        if not isinstance(reading.alerts, tuple) or _size(reading) <= LONGEST:
            return reading
        cut = (replace(a, remediation=one_line(a.remediation, longest)) for a in reading.alerts)
        reading = replace(reading, alerts=tuple(cut))
    while reading.alerts and isinstance(reading.alerts, tuple) and _size(reading) > LONGEST:
        left_out = reading.alerts_left_out + 1
        reading = replace(reading, alerts=reading.alerts[:-1], alerts_left_out=left_out)
    return reading


def _size(reading: HealthReading) -> int:
    return len(msgspec.json.encode(reading).decode().encode("utf-16-le")) // 2
