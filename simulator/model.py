"""The tenant that is watched: its servers and what Entra remembers of them. Pure, no clock.

Only a server that is alive and active moves `onPremisesLastSyncDateTime` and the password time.
`Tenant.advance` brings everything to a moment; the result does not depend on the size of the
steps. What later grows here: facts per server (version, certificate) go to `machine.Server`,
what other systems report about them becomes another view like `organization`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from simulator.machine import Beat, Kind, Role, Server, ServerPlan

TENANT_ID: Final = "7d0a1b62-5a3c-4c8e-9f27-c0ffee00c0de"
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
    """

    servers: tuple[ServerPlan, ...]
    display_name: str = "Contoso"
    synced: bool = True
    password_sync: bool = True
    graph_lag: timedelta = timedelta(minutes=1)
    seed: int = 7
    remembered: int | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """What Microsoft Graph would say about the tenant, times aware UTC."""

    tenant_id: str
    display_name: str
    sync_enabled: bool | None
    object_sync_at: datetime | None
    password_sync_at: datetime | None


class Tenant:
    """A tenant in time.

    Args:
        plan: How it is set up.
        start: The first moment that can be asked about; the tenant has run `WARM_UP` by then.

    Attributes:
        now: The moment the model stands at.
        servers: By name.
        beats: Every beat since the warm-up began, oldest first.
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
        self._password_sync_used = plan.password_sync
        self._shown: dict[Kind, datetime] = {}
        self._travelling: list[tuple[datetime, Beat]] = []
        self._timestamp_error = timedelta()
        self.advance(start)

    # -- time -----------------------------------------------------------------------------------

    def advance(self, now: datetime) -> None:
        """Live until `now`. Idempotent at one moment.

        Raises:
            ValueError: `now` lies before the moment the model stands at.
        """
        if now < self.now:
            raise ValueError(f"the model stands at {self.now} and cannot go back to {now}")
        while (due := self._next_due()) is not None and due <= now:
            for server in self.servers.values():
                if server.due == due:
                    for beat in server.step(due):
                        self._register(beat)
        self.now = now
        self._arrive()

    def _next_due(self) -> datetime | None:
        waits = [server.due for server in self.servers.values()]
        return min((moment for moment in waits if moment is not None), default=None)

    def _register(self, beat: Beat) -> None:
        self.beats.append(beat)
        if beat.exported and self.sync_enabled:
            self._travelling.append((beat.at + self.graph_lag, beat))

    def _arrive(self) -> None:
        """What has travelled long enough is what Graph knows; the newest of a kind wins."""
        for visible_at, beat in self._travelling:
            if visible_at <= self.now:
                self._shown[beat.kind] = max(beat.at, self._shown.get(beat.kind, beat.at))
        self._travelling = [each for each in self._travelling if each[0] > self.now]

    # -- what can be seen -----------------------------------------------------------------------

    def organization(self) -> Organization:
        """What Graph shows now: beats older than the lag, with the clock fault of the moment."""
        passwords = self._shown.get(Kind.PASSWORDS) if self._password_sync_used else None
        return Organization(
            tenant_id=TENANT_ID,
            display_name=self.display_name,
            sync_enabled=self.sync_enabled,
            object_sync_at=self._distorted(self._shown.get(Kind.OBJECTS)),
            password_sync_at=self._distorted(passwords),
        )

    def _distorted(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else moment + self._timestamp_error

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
        self._password_sync_used = True
        for server in self.servers.values():
            server.switch_passwords(self.now, on=True)

    # -- what happens to the tenant -------------------------------------------------------------

    def password_sync_off(self) -> None:
        """Password hash sync is switched off for good: Graph says null."""
        self.password_sync_stops()
        self._password_sync_used = False

    def disable_sync(self) -> None:
        """Somebody switches directory synchronisation off; Entra accepts no beat any more."""
        self.sync_enabled = False

    def enable_sync(self) -> None:
        """Directory synchronisation is switched on again."""
        self.sync_enabled = True

    def never_synced(self) -> None:
        """The tenant forgets that it was ever synchronised."""
        self.sync_enabled = None
        self._shown.clear()
        self._travelling.clear()

    def rename(self, display_name: str) -> None:
        """The organization gets another display name."""
        self.display_name = display_name

    def lag_graph(self, lag: timedelta) -> None:
        """From now on Graph shows beats this much later."""
        self.graph_lag = lag

    def distort_timestamps(self, error: timedelta) -> None:
        """Every time Graph shows is off by `error`: future if positive, backward if negative."""
        self._timestamp_error = error
