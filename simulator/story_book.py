"""What stories have in common: their tenants, their registry, and windows of cards.

Windows are not taken from a run: they follow from the rules in `shared.domain.tenant.detector`.
A beat may be as old as one interval when the server dies, and a tick comes every five minutes:
so the card about a death at minute D is due between D + 60 - 36 and D + 60 + 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.clock import minutes
from simulator.machine import Role, ServerPlan
from simulator.model import TenantPlan
from simulator.story import STARTS, Story

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from simulator.expectations import Window

A: Final = "SYNC-A"
B: Final = "SYNC-B"
SERVERS: Final = (
    ServerPlan(A, Role.ACTIVE, phase=minutes(7)),
    ServerPlan(B, Role.STAGING, phase=minutes(22), agent_phase=minutes(18)),
)
PAIR: Final = TenantPlan(SERVERS)

TICK: Final = 5
CYCLE: Final = 36
"""The longest time between two object beats: an interval and the slowest delta cycle."""
IDLE: Final = 30
"""The longest time between two password beats."""
LAG: Final = 1
REMIND: Final = 30
DEFAULT: Final = "server-dies"

STORIES: Final[dict[str, Story]] = {}


def story(  # noqa: PLR0913  # a story's facts, all by name but two
    name: str,
    sentence: str,
    *,
    until: float,
    tenant: TenantPlan = PAIR,
    starts: datetime = STARTS,
    ticks_at_once: int = 1,
) -> Callable[[Callable[[Story], None]], Callable[[Story], None]]:
    """Register what the decorated function writes."""

    def register(write: Callable[[Story], None]) -> Callable[[Story], None]:
        written = Story(
            name,
            sentence,
            tenant=tenant,
            until=minutes(until),
            starts=starts,
            ticks_at_once=ticks_at_once,
        )
        write(written)
        STORIES[name] = written
        return write

    return register


def alarm(  # noqa: PLR0913  # the facts of one alarm, all by name but two
    story: Story,
    verdict: str,
    *,
    stops: float,
    limit: float,
    beat: float = CYCLE,
    reminders: int = 0,
    says: str = "",
) -> Window:
    """Expect the first card about beats that stopped, and its reminders.

    Args:
        story: Where to write it.
        verdict: The verdict word.
        stops: The minute after which no beat comes.
        limit: The age at which the verdict holds, in minutes.
        beat: The longest usual time between two beats.
        reminders: How many reminders come before the story turns.
        says: For the report.

    Returns:
        The first card's promise.
    """
    earliest, latest = stops - beat + limit, stops + limit + TICK
    first = story.expect.card(verdict, says=says).between(earliest, latest)
    for n in range(1, reminders + 1):
        story.expect.card(
            verdict, "reminder", says=f"Reminder {n}, half an hour after the card before"
        ).between(earliest + n * REMIND, latest + n * REMIND)
    return first


def death(story: Story, at: float, *, reminders: int = 0) -> Window:
    """The active server dies: the first card, and its reminders before the story turns."""
    story.at(at).server_dies(A)
    return alarm(
        story,
        "SERVER_SILENT",
        stops=at,
        limit=60,
        reminders=reminders,
        says="A card at most 65 minutes after the death",
    )


def takeover(story: Story, at: float) -> None:
    """A person makes the standby active."""
    story.at(at).promote(B)
    story.expect.recovery(
        "SERVER_SILENT", says="Recovery is told after two syncs of the new server"
    ).between(at, at + CYCLE + LAG + TICK)
