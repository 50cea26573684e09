"""The verbs of the story language: what may happen at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from simulator.clock import minutes
from simulator.results import What
from simulator.server import LoopbackTenant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from simulator.model import Tenant
    from simulator.server import ArmFault, GraphFault


@dataclass(slots=True)
class Stage:
    """Where a story happens: what its events may change.

    Attributes:
        loopback: The simulated tenant with its switches.
        watchdog_runs: False while no tick fires.
    """

    loopback: LoopbackTenant
    watchdog_runs: bool = True


class Verbs:
    """What all verbs stand on."""

    def _add(self, what: What, text: str, target: str, action: Callable[[Stage], None]) -> Self:
        raise NotImplementedError

    def _tenant(
        self, text: str, change: Callable[[Tenant], None], what: What = What.OTHER, target: str = ""
    ) -> Self:
        return self._add(what, text, target, lambda stage: stage.loopback.change(change))

    def _outside(
        self, text: str, switch: Callable[[LoopbackTenant], None], what: What = What.OTHER
    ) -> Self:
        return self._add(what, text, "", lambda stage: switch(stage.loopback))


class ServerVerbs(Verbs):
    """What happens to servers."""

    def server_dies(self, name: str) -> Self:
        """The server is gone, without a word."""
        return self._tenant(f"{name} dies", lambda t: t.server_dies(name), What.SERVER_DIES, name)

    def server_returns(self, name: str) -> Self:
        """It is back, in the role it had."""
        return self._tenant(
            f"{name} is back", lambda t: t.server_returns(name), What.SERVER_RETURNS, name
        )

    def promote(self, name: str) -> Self:
        """A person makes it active."""
        return self._tenant(f"{name} is made active", lambda t: t.promote(name), What.PROMOTE, name)

    def demote(self, name: str) -> Self:
        """A person puts it into staging mode."""
        return self._tenant(
            f"{name} is put in staging", lambda t: t.demote(name), What.DEMOTE, name
        )

    def suspend_scheduler(self, name: str) -> Self:
        """Its scheduler is suspended, as by an open wizard."""
        return self._tenant(f"{name}: scheduler suspended", lambda t: t.suspend_scheduler(name))

    def resume_scheduler(self, name: str) -> Self:
        """Its scheduler runs again."""
        return self._tenant(f"{name}: scheduler resumed", lambda t: t.resume_scheduler(name))

    def long_cycle(self, name: str, duration: timedelta) -> Self:
        """A full synchronisation starts on it."""
        return self._tenant(f"{name}: full sync starts", lambda t: t.long_cycle(name, duration))

    def both_die(self) -> Self:
        """Every server is gone at once: the site, or its power."""

        def die(tenant: Tenant) -> None:
            for name in tenant.servers:
                tenant.server_dies(name)

        return self._tenant("Every server dies", die, What.ALL_DIE)

    def has_version(self, name: str, version: str) -> Self:
        """Another build is installed on it."""
        return self._tenant(
            f"{name} is upgraded to {version}", lambda t: t.has_version(name, version)
        )

    def certificate_expires(self, name: str, *, in_: timedelta) -> Self:
        """Its certificate has this much time left; the scheduler renews it unless suspended."""
        text = f"{name}: certificate ends in {in_.days} days"
        return self._tenant(text, lambda t: t.certificate_expires(name, in_))

    def agent_stops(self, name: str) -> Self:
        """Its Connect Health agent stops; the server goes on."""
        return self._tenant(f"{name}: Health agent stops", lambda t: t.agent_stops(name))

    def agent_starts(self, name: str) -> Self:
        """Its Connect Health agent uploads again."""
        return self._tenant(f"{name}: Health agent runs", lambda t: t.agent_starts(name))

    def sync_service_stops(self, name: str) -> Self:
        """Its Windows service stops; machine and agent go on."""
        return self._tenant(f"{name}: sync service stops", lambda t: t.sync_service_stops(name))

    def sync_service_starts(self, name: str) -> Self:
        """Its Windows service runs again."""
        return self._tenant(f"{name}: sync service runs", lambda t: t.sync_service_starts(name))

    def ad_import_fails(self, *names: str) -> Self:
        """Import from Active Directory fails on these servers."""

        def fail(tenant: Tenant) -> None:
            for name in names:
                tenant.ad_import(name, fails=True)

        return self._tenant(f"AD import fails: {', '.join(names)}", fail)

    def ad_import_works(self, *names: str) -> Self:
        """Import from Active Directory works again on these servers."""

        def work(tenant: Tenant) -> None:
            for name in names:
                tenant.ad_import(name, fails=False)

        return self._tenant(f"AD import works: {', '.join(names)}", work)


class TenantVerbs(Verbs):
    """What happens to the tenant, and to what Entra and Connect Health say of it."""

    def password_sync_stops(self) -> Self:
        """The password channel breaks."""
        return self._tenant("Password sync stops", lambda t: t.password_sync_stops())

    def password_sync_starts(self) -> Self:
        """The password channel works again."""
        return self._tenant("Password sync works again", lambda t: t.password_sync_starts())

    def password_sync_off(self) -> Self:
        """Password hash sync is switched off for good."""
        return self._tenant("Password sync is switched off", lambda t: t.password_sync_off())

    def disable_sync(self) -> Self:
        """Directory synchronisation is switched off."""
        return self._tenant("Sync is switched off for the tenant", lambda t: t.disable_sync())

    def enable_sync(self) -> Self:
        """Directory synchronisation is switched on."""
        return self._tenant("Sync is switched on again", lambda t: t.enable_sync())

    def never_synced(self) -> Self:
        """The tenant forgets that it ever was synchronised."""
        return self._tenant("Entra forgets every sync", lambda t: t.never_synced())

    def rename(self, display_name: str) -> Self:
        """The organization gets another display name."""
        return self._tenant(f"Renamed to {display_name}", lambda t: t.rename(display_name))

    def graph_lag(self, lag: timedelta) -> Self:
        """Graph shows beats this much later."""
        return self._tenant(f"Graph lags {lag // minutes(1)} min", lambda t: t.lag_graph(lag))

    def timestamps_off_by(self, error: timedelta) -> Self:
        """Every time that Graph shows is off: future if positive, backward if negative."""
        text = f"Graph's times are off by {error / minutes(1):+g} min"
        return self._tenant(
            text if error else "Graph's times are right again",
            lambda t: t.distort_timestamps(error),
        )

    def accidental_delete_stop(self, count: int = 1200) -> Self:
        """More deletes wait than the threshold allows: whoever exports is stopped."""
        return self._tenant(
            f"{count} deletes wait: export stops", lambda t: t.deletes_pile_up(count)
        )

    def deletes_allowed(self) -> Self:
        """Somebody looked at the deletes and let them pass."""
        return self._tenant("The deletes are allowed", lambda t: t.deletes_cleared())

    def raises_alert(self, name: str, title: str, level: str = "Error") -> Self:
        """Connect Health raises an alert; an empty name means the whole service."""
        where = name or "the service"
        return self._tenant(
            f"Alert on {where}: {title}", lambda t: t.raise_alert(name, title, level)
        )

    def alert_resolves(self, title: str) -> Self:
        """Connect Health resolves it."""
        return self._tenant(f"Resolved: {title}", lambda t: t.resolve_alert(title))

    def entra_outage(self) -> Self:
        """Entra takes no sync, and Microsoft posts an incident some minutes later."""
        return self._tenant("Entra: outage", lambda t: t.entra_outage(), What.ENTRA_FAILS)

    def entra_recovers(self) -> Self:
        """Entra takes syncs again, and the incident is resolved."""
        return self._tenant("Entra works again", lambda t: t.entra_recovers(), What.ENTRA_WORKS)

    def advisory(self, title: str) -> Self:
        """Microsoft posts an advisory, which stops nothing."""
        return self._tenant(f"Advisory: {title}", lambda t: t.advisory(title))

    def cloud_sync_starts(self) -> Self:
        """Cloud Sync runs in the same tenant and moves its times."""
        return self._tenant("Cloud Sync runs", lambda t: t.cloud_sync_starts())

    def cloud_sync_stops(self) -> Self:
        """Cloud Sync is paused."""
        return self._tenant("Cloud Sync is paused", lambda t: t.cloud_sync_stops())


class OutsideVerbs(Verbs):
    """What happens to Graph, Resource Manager and Teams."""

    def graph_fails(self, how: int | GraphFault) -> Self:
        """Graph answers with this status, or in this broken way."""
        return self._add(
            What.GRAPH_FAILS,
            f"Graph fails: {how}",
            "",
            lambda stage: stage.loopback.graph_fails(how),
        )

    def throttle(self, retry_after: float | str | None) -> Self:
        """Graph answers 429."""
        return self._add(
            What.GRAPH_FAILS,
            f"Graph throttles: Retry-After {retry_after}",
            "",
            lambda stage: stage.loopback.throttle(retry_after),
        )

    def graph_works(self) -> Self:
        """Graph answers again."""
        return self._add(
            What.GRAPH_WORKS, "Graph answers again", "", lambda stage: stage.loopback.graph_works()
        )

    def teams_fails(self, status: int) -> Self:
        """The webhook answers with this status."""
        return self._add(
            What.TEAMS_FAILS,
            f"Teams fails: {status}",
            "",
            lambda stage: stage.loopback.teams_fails(status),
        )

    def teams_works(self) -> Self:
        """The webhook accepts again."""
        return self._add(
            What.TEAMS_WORKS, "Teams works again", "", lambda stage: stage.loopback.teams_works()
        )

    def denies(self, resource: str, status: int = 403) -> Self:
        """One resource of Graph answers with this status."""
        return self._outside(
            f"Graph denies {resource}: {status}", lambda loopback: loopback.denies(resource, status)
        )

    def allows(self, resource: str) -> Self:
        """The resource answers again."""
        return self._outside(f"Graph allows {resource}", lambda loopback: loopback.allows(resource))

    def arm_fails(self, how: int | ArmFault) -> Self:
        """Azure Resource Manager answers with this status, or in this broken way."""
        return self._outside(
            f"Connect Health fails: {how}",
            lambda loopback: loopback.arm_fails(how),
            What.ARM_FAILS,
        )

    def arm_works(self) -> Self:
        """Azure Resource Manager answers again."""
        return self._outside(
            "Connect Health answers again", lambda loopback: loopback.arm_works(), What.ARM_WORKS
        )

    def reader_role_removed(self) -> Self:
        """The watchdog's Reader role on Connect Health is taken away."""
        return self._outside(
            "Reader role removed", lambda loopback: loopback.removes_reader(), What.ARM_FAILS
        )

    def reader_role_back(self) -> Self:
        """The watchdog may read Connect Health again."""
        return self._outside(
            "Reader role is back", lambda loopback: loopback.assigns_reader(), What.ARM_WORKS
        )

    def revokes(self, *permissions: str) -> Self:
        """These permissions of Graph are taken away from the watchdog."""
        return self._outside(
            f"{', '.join(permissions)} revoked", lambda loopback: loopback.revokes(*permissions)
        )

    def grants(self, *permissions: str) -> Self:
        """These permissions of Graph are granted to the watchdog."""
        return self._outside(
            f"{', '.join(permissions)} granted", lambda loopback: loopback.grants(*permissions)
        )
