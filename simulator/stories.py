"""The named stories: the demo plays one of them, the acceptance tests play them all.

Windows are not taken from a run: they follow from the rules in `shared.domain.detector`.
A beat may be as old as one interval when the server dies, and a tick comes every five minutes:
so the card about a death at minute D is due between D + 60 - 36 and D + 60 + 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.clock import minutes
from simulator.machine import Role, ServerPlan
from simulator.model import TenantPlan
from simulator.story import Story

if TYPE_CHECKING:
    from collections.abc import Callable

A: Final = "SYNC-A"
B: Final = "SYNC-B"
SERVERS: Final = (
    ServerPlan(A, Role.ACTIVE, phase=minutes(7)),
    ServerPlan(B, Role.STAGING, phase=minutes(22)),
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


def _story(
    name: str,
    sentence: str,
    *,
    until: float,
    tenant: TenantPlan = PAIR,
    ticks_at_once: int = 1,
) -> Callable[[Callable[[Story], None]], Callable[[Story], None]]:
    """Register what the decorated function writes."""

    def register(write: Callable[[Story], None]) -> Callable[[Story], None]:
        story = Story(
            name, sentence, tenant=tenant, until=minutes(until), ticks_at_once=ticks_at_once
        )
        write(story)
        STORIES[name] = story
        return write

    return register


def _alarm(  # noqa: PLR0913  # the facts of one alarm, all by name but two
    story: Story,
    verdict: str,
    *,
    stops: float,
    limit: float,
    beat: float = CYCLE,
    reminders: int = 0,
    says: str = "",
) -> None:
    """Expect the first card about beats that stopped, and its reminders.

    Args:
        story: Where to write it.
        verdict: The verdict word.
        stops: The minute after which no beat comes.
        limit: The age at which the verdict holds, in minutes.
        beat: The longest usual time between two beats.
        reminders: How many reminders come before the story turns.
        says: For the report.
    """
    earliest, latest = stops - beat + limit, stops + limit + TICK
    story.expect.card(verdict, says=says).between(earliest, latest)
    for n in range(1, reminders + 1):
        story.expect.card(
            verdict, "reminder", says=f"Reminder {n}, half an hour after the card before"
        ).between(earliest + n * REMIND, latest + n * REMIND)


def _death(story: Story, at: float, *, reminders: int = 0) -> None:
    story.at(at).server_dies(A)
    _alarm(
        story,
        "SERVER_SILENT",
        stops=at,
        limit=60,
        reminders=reminders,
        says="A card at most 65 minutes after the death",
    )


def _takeover(story: Story, at: float) -> None:
    story.at(at).promote(B)
    story.expect.recovery(
        "SERVER_SILENT", says="Recovery is told after two syncs of the new server"
    ).between(at, at + CYCLE + LAG + TICK)


@_story(
    DEFAULT,
    "The active server dies at 2 a.m.; the team is told, and makes the standby active.",
    until=300,
)
def _server_dies(story: Story) -> None:
    _death(story, 90, reminders=1)
    _takeover(story, 180)
    story.expect.verdict("HEALTHY").between(0, 0)
    story.expect.verdict("LATE").between(105, 135)
    story.expect.incidents(1)


@_story("quiet-day", "A whole ordinary working day: nobody is disturbed.", until=24 * 60)
def _quiet_day(story: Story) -> None:
    story.expect.quiet()


@_story(
    "long-cycle",
    "A full synchronisation takes four hours: the server is alive, and the card says so.",
    until=390,
)
def _long_cycle(story: Story) -> None:
    story.at(60).long_cycle(A, minutes(240))
    story.expect.verdict("LATE").between(105, 180)
    _alarm(
        story,
        "SYNC_STALLED",
        stops=60,
        limit=180,
        reminders=2,
        says="Stalled, not silent: a card after three hours without objects",
    )
    story.expect.recovery("SYNC_STALLED").between(300, 300 + CYCLE + LAG + TICK)


@_story(
    "password-sync-stalls",
    "Passwords stop reaching Entra while objects still do.",
    until=300,
)
def _password_sync_stalls(story: Story) -> None:
    story.at(60).password_sync_stops()
    _alarm(story, "PASSWORD_SYNC_STALLED", stops=60, limit=120, beat=IDLE, reminders=1)
    story.at(200).password_sync_starts()
    story.expect.recovery("PASSWORD_SYNC_STALLED").between(200, 202 + IDLE + LAG + TICK)


@_story(
    "no-password-sync",
    "A tenant without password hash sync: one heartbeat is all the evidence there is.",
    until=490,
    tenant=TenantPlan(SERVERS, password_sync=False),
)
def _no_password_sync(story: Story) -> None:
    story.at(390).server_dies(A)
    _alarm(
        story,
        "SERVER_SILENT",
        stops=390,
        limit=75,
        reminders=1,
        says="75 minutes on object sync alone, once its rhythm is known",
    )


@_story(
    "no-password-sync-new",
    "As no-password-sync, but the rhythm is not known yet: the watchdog waits three hours.",
    until=240,
    tenant=TenantPlan(SERVERS, password_sync=False),
)
def _no_password_sync_new(story: Story) -> None:
    story.at(60).server_dies(A)
    _alarm(story, "SERVER_SILENT", stops=60, limit=180)


@_story("sync-disabled", "Somebody switches sync off for the whole tenant.", until=150)
def _sync_disabled(story: Story) -> None:
    story.at(60).disable_sync()
    story.expect.card("SYNC_DISABLED", says="A card at the next look").between(60, 60 + TICK)
    story.at(75).enable_sync()
    story.expect.recovery("SYNC_DISABLED").between(75, 75 + 3 * TICK)


@_story(
    "never-synced",
    "A tenant that was never synchronised is not mistaken for a healthy one.",
    until=25,
    tenant=TenantPlan(SERVERS, synced=False),
)
def _never_synced(story: Story) -> None:
    story.expect.card("NEVER_SYNCED").between(0, TICK)


def _blind(story: Story) -> None:
    story.expect.verdict("LATE").between(60, 80)
    story.expect.card("BLIND", says="Unreadable for 30 minutes: the watchdog says so").between(
        60 + 30 - TICK, 60 + 30 + TICK
    )
    story.at(105).graph_works()
    story.expect.recovery("BLIND").between(105, 105 + 3 * TICK)


@_story(
    "graph-blind",
    "Microsoft Graph cannot be read: the watchdog says that it is blind, and nothing about sync.",
    until=180,
)
def _graph_blind(story: Story) -> None:
    story.at(60).graph_fails(500)
    _blind(story)


@_story(
    "permission-lost",
    "The watchdog's permission is withdrawn: null fields do not read as 'never synced'.",
    until=180,
)
def _permission_lost(story: Story) -> None:
    story.at(60).graph_fails("denied_fields")
    _blind(story)


@_story("graph-throttled", "Graph throttles for twenty minutes: nobody is disturbed.", until=120)
def _graph_throttled(story: Story) -> None:
    story.at(60).throttle(300)
    story.at(80).graph_works()
    story.expect.quiet()
    story.expect.verdict("LATE").between(60, 80)
    story.expect.verdict("HEALTHY").between(80, 120)


@_story("clock-suspect", "Graph shows times that lie in the future.", until=180)
def _clock_suspect(story: Story) -> None:
    story.at(60).timestamps_off_by(minutes(120))
    story.expect.card("CLOCK_SUSPECT").between(60, 60 + TICK)
    story.at(80).timestamps_off_by(minutes(0))
    story.expect.recovery("CLOCK_SUSPECT").between(80, 80 + 3 * TICK)


@_story(
    "teams-down",
    "Teams is down while the server dies and the standby takes over: one card tells it all.",
    until=390,
)
def _teams_down(story: Story) -> None:
    story.at(90).server_dies(A)
    story.at(100).teams_fails(404)
    story.at(180).promote(B)
    story.at(300).teams_works()
    story.expect.card(
        "SERVER_SILENT", "missed", says="One card: it happened, and it is over"
    ).between(300, 300 + 60 + TICK)


@_story(
    "teams-down-still-broken",
    "Teams comes back while the server is still dead: one card with the latest state.",
    until=340,
)
def _teams_down_still_broken(story: Story) -> None:
    story.at(90).server_dies(A)
    story.at(100).teams_fails(404)
    story.at(260).teams_works()
    story.expect.card(
        "SERVER_SILENT", says="One card with the latest state, not the backlog"
    ).between(260, 260 + 60 + TICK)


@_story(
    "worsening",
    "A suspended scheduler stalls object sync, then the server dies: one incident, two cards.",
    until=300,
)
def _worsening(story: Story) -> None:
    story.at(30).suspend_scheduler(A)
    _alarm(story, "SYNC_STALLED", stops=30, limit=180, reminders=2)
    story.at(215).server_dies(A)
    _alarm(story, "SERVER_SILENT", stops=215, limit=60, beat=IDLE)
    story.expect.incidents(1)


@_story("reboot", "The active server reboots for patches: nobody is disturbed.", until=180)
def _reboot(story: Story) -> None:
    story.at(60).server_dies(A)
    story.at(72).server_returns(A)
    story.expect.quiet()


@_story("renamed-tenant", "The tenant gets another name: nobody is disturbed.", until=150)
def _renamed_tenant(story: Story) -> None:
    story.at(60).rename("Contoso Europe")
    story.expect.quiet()


@_story(
    "watchdog-gap",
    "The server dies, and the watchdog itself misses twenty ticks: its first look tells.",
    until=220,
)
def _watchdog_gap(story: Story) -> None:
    story.at(90).server_dies(A)
    story.at(100).watchdog_down(until=200)
    story.expect.card("SERVER_SILENT", says="A card at the first look").between(200, 200 + TICK)


@_story(
    "double-fire",
    "Every timer fires twice at once: each card still comes once.",
    until=240,
    ticks_at_once=2,
)
def _double_fire(story: Story) -> None:
    _death(story, 90, reminders=1)
    _takeover(story, 180)
    story.expect.incidents(1)
