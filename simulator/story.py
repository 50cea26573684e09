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
from simulator.story_verbs import OutsideVerbs, ServerVerbs, Stage, TenantVerbs

if TYPE_CHECKING:
    from simulator.model import TenantPlan

__all__ = ["BY_DAY", "STARTS", "At", "Event", "Stage", "Story"]

STARTS: Final = datetime(2026, 11, 10, 0, 30, tzinfo=UTC)
"""A Tuesday night, so that passwords beat only every 30 minutes until work begins at 07:00."""
BY_DAY: Final = datetime(2026, 11, 10, 8, 30, tzinfo=UTC)
"""The same Tuesday in office hours, for cards that wait for them."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens, and how."""

    happening: Happening
    action: Callable[[Stage], None]


class At(ServerVerbs, TenantVerbs, OutsideVerbs):
    """A moment of a story; its methods say what happens then, and may be chained."""

    def __init__(self, story: Story, at: timedelta) -> None:
        self._story = story
        self._at = at

    def _add(self, what: What, text: str, target: str, action: Callable[[Stage], None]) -> Self:
        self._story.events.append(Event(Happening(self._at, what, text, target), action))
        return self

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
