"""The language in which stories are written.

    story = Story("server-dies", "The active server dies", tenant=PAIR, until=minutes(420))
    story.at(90).server_dies("SYNC-A")
    story.at(200).promote("SYNC-B")
    story.expect.card("SERVER_SILENT").between(130, 160)
    story.expect.recovery("SERVER_SILENT").between(205, 240)

Times are minutes from the story's start. What happens at a moment happens before the tick of
that moment. A story holds no state: it can be run many times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from simulator.clock import minutes
from simulator.expectations import Expect
from simulator.results import Happening, What
from simulator.server import LoopbackTenant

if TYPE_CHECKING:
    from simulator.model import Tenant, TenantPlan
    from simulator.server import GraphFault

STARTS: Final = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
"""A Tuesday night, so that passwords beat only every 30 minutes until work begins at 07:00."""


@dataclass(slots=True)
class Stage:
    """Where a story happens: what its events may change.

    Attributes:
        loopback: The simulated tenant with its switches.
        watchdog_runs: False while no tick fires.
    """

    loopback: LoopbackTenant
    watchdog_runs: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens, and how."""

    happening: Happening
    action: Callable[[Stage], None]


class At:
    """A moment of a story; its methods say what happens then, and may be chained."""

    def __init__(self, story: Story, at: timedelta) -> None:
        self._story = story
        self._at = at

    def _add(self, what: What, text: str, target: str, action: Callable[[Stage], None]) -> Self:
        self._story.events.append(Event(Happening(self._at, what, text, target), action))
        return self

    def _tenant(
        self, text: str, change: Callable[[Tenant], None], what: What = What.OTHER, target: str = ""
    ) -> Self:
        return self._add(what, text, target, lambda stage: stage.loopback.change(change))

    # -- servers --------------------------------------------------------------------------------

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

    # -- tenant ---------------------------------------------------------------------------------

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

    # -- Graph, Teams, the watchdog -------------------------------------------------------------

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

    def watchdog_down(self, until: float) -> Self:
        """No tick fires until that minute; then a fresh process goes on."""

        def switch(*, on: bool) -> Callable[[Stage], None]:
            return lambda stage: setattr(stage, "watchdog_runs", on)

        self._add(What.WATCHDOG_DOWN, "The watchdog is down", "", switch(on=False))
        back = Happening(minutes(until), What.WATCHDOG_BACK, "The watchdog is back")
        self._story.events.append(Event(back, switch(on=True)))
        return self


class Story:
    """One scripted run with its promises.

    Args:
        name: As on the command line.
        sentence: What happens, in one sentence for a manager.
        tenant: The plan of the tenant.
        until: The last tick.
        starts: The first tick.
        ticks_at_once: How many ticks fire together, each in a watchdog of its own.

    Attributes:
        events: What happens, in the order of writing.
        expect: What is promised.
    """

    def __init__(  # noqa: PLR0913  # a story's facts, all by name but two
        self,
        name: str,
        sentence: str,
        *,
        tenant: TenantPlan,
        until: timedelta,
        starts: datetime = STARTS,
        ticks_at_once: int = 1,
    ) -> None:
        self.name = name
        self.sentence = sentence
        self.tenant = tenant
        self.until = until
        self.starts = starts
        self.ticks_at_once = ticks_at_once
        self.events: list[Event] = []
        self.expect = Expect()

    def at(self, minute: float) -> At:
        """The moment `minute` minutes after the start.

        Raises:
            ValueError: It lies outside the story.
        """
        moment = minutes(minute)
        if not timedelta() <= moment <= self.until:
            raise ValueError(f"minute {minute:g} is outside the story {self.name}")
        return At(self, moment)

    def in_order(self) -> list[Event]:
        """The events by time; of one moment, in the order of writing."""
        return sorted(self.events, key=lambda event: event.happening.at)
