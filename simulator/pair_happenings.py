"""What happens to a pair beyond life, death and role: builds, certificates, agents, alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from simulator.connect_health import identifier
from simulator.entra import Issue

if TYPE_CHECKING:
    from simulator.connect_health import ConnectHealth
    from simulator.entra import Entra
    from simulator.machine import Server

OUTAGE_TITLE: Final = "Users and admins may be unable to sync directory changes"
POSTED_AFTER: Final = timedelta(minutes=20)
"""How long after its begin Microsoft posts an incident (assumed)."""


class PairHappenings:
    """The verbs; `model.Tenant` mixes them in and holds the state."""

    now: datetime
    entra: Entra
    health: ConnectHealth

    def _server(self, name: str) -> Server:
        raise NotImplementedError

    # -- servers --------------------------------------------------------------------------------

    def has_version(self, name: str, version: str) -> None:
        """Another build is installed; Connect Health hears of it with the next configuration."""
        self._server(name).version = version

    def certificate_expires(self, name: str, left: timedelta) -> None:
        """Its certificate has this much time left from now on.

        Raises:
            ValueError: The server signs in with an account and has no certificate.
        """
        server = self._server(name)
        if server.certificate_ends is None:
            raise ValueError(f"{name} signs in with an account: it has no certificate")
        server.certificate_ends = self.now + left

    def agent_stops(self, name: str) -> None:
        """Its Connect Health agent stops uploading; the server goes on."""
        self._server(name).agent_runs = False

    def agent_starts(self, name: str) -> None:
        """Its Connect Health agent uploads again from its next slot on."""
        server = self._server(name)
        server.agent_runs = server.plan.registered

    def sync_service_stops(self, name: str) -> None:
        """The Windows service stops; the machine and its agent go on."""
        self._server(name).stop_service()

    def sync_service_starts(self, name: str) -> None:
        """The Windows service runs again."""
        self._server(name).start_service(self.now)

    def ad_import(self, name: str, *, fails: bool) -> None:
        """Import from Active Directory fails on it, or works again."""
        self._server(name).imports_fail = fails

    # -- Connect Health -------------------------------------------------------------------------

    def raise_alert(self, name: str, title: str, level: str = "Error") -> None:
        """Connect Health raises an alert; an empty name means the whole service."""
        self.health.raise_alert(name, title, level, self.now)

    def resolve_alert(self, title: str) -> None:
        """Connect Health resolves every alert of that title."""
        self.health.resolve_alert(title, self.now)

    # -- Entra ----------------------------------------------------------------------------------

    def deletes_pile_up(self, count: int = 1200) -> None:
        """More deletes wait than the threshold allows: whoever exports is stopped.

        Whether Entra's object time freezes then is documented nowhere; here it does.
        """
        self.entra.pending_deletes = count

    def deletes_cleared(self) -> None:
        """The deletes were allowed or undone: exports pass again."""
        self.entra.pending_deletes = 0

    def entra_outage(self, title: str = OUTAGE_TITLE) -> None:
        """Entra accepts no sync; Microsoft posts an incident some minutes later."""
        self.entra.down = True
        self._post(title, advisory=False)

    def entra_recovers(self) -> None:
        """Entra accepts syncs again, and every open incident is resolved."""
        self.entra.down = False
        self.entra.issues = [
            issue if issue.advisory or issue.ended_at else replace(issue, ended_at=self.now)
            for issue in self.entra.issues
        ]

    def advisory(self, title: str) -> None:
        """Microsoft posts an advisory, which stops nothing."""
        self._post(title, advisory=True)

    def _post(self, title: str, *, advisory: bool) -> None:
        number = int(identifier("issue", title, self.now.isoformat())[:6], 16) % 900000 + 100000
        issue = Issue(f"MO{number}", title, self.now, self.now + POSTED_AFTER, advisory=advisory)
        self.entra.issues.append(issue)

    def cloud_sync_starts(self) -> None:
        """Cloud Sync runs in the same tenant and moves its times, whoever else does."""
        self.entra.cloud_since, self.entra.cloud_until = self.now, None

    def cloud_sync_stops(self) -> None:
        """Cloud Sync's jobs are paused."""
        self.entra.cloud_until = self.now
