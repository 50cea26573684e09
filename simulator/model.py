"""The tenant that is watched: its servers and what Entra remembers of them. Pure, no clock.

Only a server that is alive and active moves `onPremisesLastSyncDateTime` and the password time.
`Tenant.advance` brings everything to a moment; the result does not depend on the size of the
steps. Facts per server live in `machine.Server`, what Entra remembers in `entra.Entra`, what
Connect Health remembers in `connect_health.ConnectHealth`; views such as `graph` show them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from simulator.connect_health import ConnectHealth
from simulator.entra import TENANT_ID, Entra, Organization
from simulator.machine import Beat, Kind, Role, Server, ServerPlan
from simulator.pair_happenings import PairHappenings

__all__ = ["TENANT_ID", "WARM_UP", "Organization", "Tenant", "TenantPlan"]

WARM_UP: Final = timedelta(hours=3)
"""How long the tenant has been syncing when the model's first moment comes."""


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """How a tenant is set up; a story holds one and may be run many times.

    Attributes:
        servers: The servers; names must be unique.
        display_name: The organization's display name.
        synced: False for a tenant that was never synchronised.
        password_sync: False where password hash sync is not used: Graph then says null.
        graph_lag: How long after a beat Graph shows it.
        seed: Of all that is random.
        remembered: How many beats are kept, for charts; None keeps all.
        licensed: False where Connect Health is not licensed: it then lists no service.
        deletion_threshold: The accidental-delete threshold, a count; None switches it off.
        audits_readable: False where the permission to read audits was not granted; so the others.
        configuration_readable: `directory/onPremisesSynchronization`.
        certificates_readable: `applications`.
        service_health_readable: `admin/serviceAnnouncement`.
        cloud_sync_readable: `servicePrincipals` and their jobs.
    """

    servers: tuple[ServerPlan, ...]
    display_name: str = "Contoso"
    synced: bool = True
    password_sync: bool = True
    graph_lag: timedelta = timedelta(minutes=1)
    seed: int = 7
    remembered: int | None = None
    licensed: bool = True
    deletion_threshold: int | None = 500
    audits_readable: bool = True
    configuration_readable: bool = True
    certificates_readable: bool = True
    service_health_readable: bool = True
    cloud_sync_readable: bool = True

    @property
    def denied(self) -> frozenset[str]:
        """The Graph resources that answer 403 from the start."""
        readable = {
            "directoryAudits": self.audits_readable,
            "onPremisesSynchronization": self.configuration_readable,
            "applications": self.certificates_readable,
            "issues": self.service_health_readable,
            "servicePrincipals": self.cloud_sync_readable,
            "jobs": self.cloud_sync_readable,
        }
        return frozenset(name for name, granted in readable.items() if not granted)


class Tenant(PairHappenings):
    """A tenant in time.

    Args:
        plan: How it is set up.
        start: The first moment that can be asked about; the tenant has run `WARM_UP` by then.

    Attributes:
        now: The moment the model stands at.
        servers: By name.
        beats: Every beat since the warm-up began, oldest first.
        entra: What Entra remembers.
        health: What Connect Health remembers.
    """

    def __init__(self, plan: TenantPlan, start: datetime) -> None:
        began = start - WARM_UP
        self.plan = plan
        self.now = began
        self.display_name = plan.display_name
        self.sync_enabled: bool | None = True if plan.synced else None
        self.graph_lag = plan.graph_lag
        self.beats: deque[Beat] = deque(maxlen=plan.remembered)
        self.servers = {
            each.name: Server(each, began, plan.seed, passwords=plan.password_sync)
            for each in plan.servers
        }
        if len(self.servers) != len(plan.servers):
            raise ValueError("two servers have the same name: give each its own")
        self.entra = Entra(plan.seed, password_sync=plan.password_sync)
        self.health = ConnectHealth(self.servers.values(), began, plan.remembered)
        self.advance(start)

    # -- time -----------------------------------------------------------------------------------

    def advance(self, now: datetime) -> None:
        """Live until `now`. Idempotent at one moment.

        Raises:
            ValueError: `now` lies before the moment the model stands at.
        """
        if now < self.now:
            raise ValueError(f"the model stands at {self.now} and cannot go back to {now}")
        while (due := self._next_due()) <= now:
            for server in self.servers.values():
                if server.due == due:
                    for beat in server.step(due):
                        self._register(beat, server)
            if self.health.due == due:
                self.health.step(due)
        self.now = now
        self.entra.arrive(now)

    def _next_due(self) -> datetime:
        waits = [self.health.due, *(server.due for server in self.servers.values())]
        return min(moment for moment in waits if moment is not None)

    def _register(self, beat: Beat, server: Server) -> None:
        refused = beat.exported and self.entra.refuses(beat)
        if beat.kind is Kind.OBJECTS:
            server.deletes_stopped = refused and self.entra.pending_deletes > 0
        if refused:
            beat = replace(beat, exported=False)
        self.beats.append(beat)
        if beat.exported and self.sync_enabled:
            self.entra.accept(beat, server, self.graph_lag)
            if beat.kind is Kind.OBJECTS:
                server.last_export_at = beat.at

    # -- what can be seen -----------------------------------------------------------------------

    def organization(self) -> Organization:
        """What Graph shows now: beats older than the lag, with the clock fault of the moment."""
        return Organization(
            tenant_id=TENANT_ID,
            display_name=self.display_name,
            sync_enabled=self.sync_enabled,
            object_sync_at=self.entra.sync_at(Kind.OBJECTS, self.now),
            password_sync_at=self.entra.sync_at(Kind.PASSWORDS, self.now),
        )

    def _server(self, name: str) -> Server:
        if name not in self.servers:
            raise ValueError(f"no server {name} in this tenant: it has {', '.join(self.servers)}")
        return self.servers[name]

    # -- what happens to servers ----------------------------------------------------------------

    def server_dies(self, name: str) -> None:
        """The server is gone, without a word."""
        self._server(name).die()

    def server_returns(self, name: str) -> None:
        """It is switched on again and still has the role that it had."""
        self._server(name).come_back(self.now)

    def promote(self, name: str) -> None:
        """A person makes it active: it exports from then on. No other server is changed."""
        self._server(name).take_role(Role.ACTIVE, self.now)

    def demote(self, name: str) -> None:
        """A person puts it into staging mode."""
        self._server(name).take_role(Role.STAGING, self.now)

    def suspend_scheduler(self, name: str) -> None:
        """No new cycle starts, as with an open wizard; passwords go on."""
        self._server(name).suspended = True

    def resume_scheduler(self, name: str) -> None:
        """Cycles start again at the server's next slot."""
        self._server(name).suspended = False

    def long_cycle(self, name: str, duration: timedelta) -> None:
        """A full synchronisation starts: objects do not move for `duration`, passwords do."""
        self._server(name).start_long_cycle(self.now, duration)

    def password_sync_stops(self) -> None:
        """The password channel breaks; Graph keeps showing the last time."""
        for server in self.servers.values():
            server.switch_passwords(self.now, on=False)

    def password_sync_starts(self) -> None:
        """The password channel works again."""
        self.entra.password_sync_used = True
        for server in self.servers.values():
            server.switch_passwords(self.now, on=True)

    # -- what happens to the tenant -------------------------------------------------------------

    def password_sync_off(self) -> None:
        """Password hash sync is switched off for good: Graph says null."""
        self.password_sync_stops()
        self.entra.password_sync_used = False

    def disable_sync(self) -> None:
        """Somebody switches directory synchronisation off; Entra accepts no beat any more."""
        self.sync_enabled = False

    def enable_sync(self) -> None:
        """Directory synchronisation is switched on again."""
        self.sync_enabled = True

    def never_synced(self) -> None:
        """The tenant forgets that it was ever synchronised."""
        self.sync_enabled = None
        self.entra.forget()

    def rename(self, display_name: str) -> None:
        """The organization gets another display name."""
        self.display_name = display_name

    def lag_graph(self, lag: timedelta) -> None:
        """From now on Graph shows beats this much later."""
        self.graph_lag = lag

    def distort_timestamps(self, error: timedelta) -> None:
        """Every time Graph shows is off by `error`: future if positive, backward if negative."""
        self.entra.timestamp_error = error
