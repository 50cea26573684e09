"""Reads the slow facts of Connect Health: versions, export errors, alerts that were resolved.

Same API and role as `connect_health`. A pair takes six requests: services, members,
`serviceconfiguration` of each member, `exporterrors/counts` and the resolved alerts.
"""

from __future__ import annotations

import asyncio

from shared.domain.pair.readings import HealthDetails, ServerDetails, Source
from shared.domain.readings import Unavailable
from shared.sources.arm import ArmRead, ArmSource
from shared.sources.health_alerts import Alerts, resolved_alerts
from shared.sources.health_calls import ask_all, ask_servers, ask_services, member_path
from shared.sources.health_parsing import Registered, export_errors, sync_version


class HealthDetailsSource(ArmSource[HealthDetails]):
    """Reads what changes slowly (`ports.ReadsSource`); meant to be read hourly.

    What cannot be read of one server, or of the resolved alerts, is said in its place; without
    the list of servers there is no reading.
    """

    source = Source.HEALTH_DETAILS

    async def _collect(self, arm: ArmRead) -> HealthDetails | Unavailable:
        """Services and members first, because the alerts name their servers, then the rest."""
        services = await ask_services(arm)
        if isinstance(services, Unavailable):
            return services
        servers, errors, listed = await asyncio.gather(
            ask_servers(arm, services),
            ask_all(arm, services, "exporterrors/counts", "the export errors"),
            ask_all(arm, services, "alerts?state=Resolved", "the resolved alerts"),
        )
        if isinstance(servers, Unavailable):
            return servers
        details = await asyncio.gather(*(_details(arm, each) for each in servers.kept))
        alerts = (
            listed
            if isinstance(listed, Unavailable)
            else resolved_alerts(listed.items, servers.names)
        )
        return HealthDetails(
            servers=tuple(details),
            export_errors=None if isinstance(errors, Unavailable) else export_errors(errors.items),
            resolved=alerts.kept if isinstance(alerts, Alerts) else (),
            resolved_unread=None if isinstance(alerts, Alerts) else alerts,
        )


async def _details(arm: ArmRead, server: Registered) -> ServerDetails:
    own = ServerDetails(server.member.id, server.member.name, agent_version=server.agent_version)
    path = member_path(server, "serviceconfiguration")
    document = await arm.document(path, "a server's configuration")
    version = document if isinstance(document, Unavailable) else sync_version(document)
    if isinstance(version, Unavailable):
        return ServerDetails(own.member_id, own.name, None, own.agent_version, unread=version)
    return ServerDetails(own.member_id, own.name, version, own.agent_version)
