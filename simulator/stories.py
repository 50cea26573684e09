"""The named stories: the demo plays one of them, the acceptance tests play them all.

Here are those about the tenant; those about the pair are in `stories_pair`, which this module
registers, too. Windows are explained in `story_book`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import stories_pair
from simulator.clock import minutes
from simulator.model import TenantPlan
from simulator.story_book import (
    CYCLE,
    DEFAULT,
    IDLE,
    LAG,
    PAIR,
    SERVERS,
    STORIES,
    TICK,
    A,
    B,
    alarm,
    death,
    story,
    takeover,
)

if TYPE_CHECKING:
    from simulator.story import Story

__all__ = ["DEFAULT", "PAIR", "SERVERS", "STORIES", "A", "B"]


@story(
    DEFAULT,
    "The active server dies at 2 a.m.; the team is told, and makes the standby active.",
    until=300,
)
def _server_dies(story: Story) -> None:
    death(story, 90, reminders=1).saying("SYNC-A", "SYNC-B is fit")
    takeover(story, 180)
    story.expect.verdict("HEALTHY").between(0, 0)
    story.expect.verdict("LATE").between(105, 135)
    story.expect.advice("none").between(0, 105)
    story.expect.advice("fail_over").between(114, 155)
    story.expect.incidents(1)


@story("quiet-day", "A whole ordinary working day: nobody is disturbed.", until=24 * 60)
def _quiet_day(story: Story) -> None:
    story.expect.quiet()


@story(
    "long-cycle",
    "A full synchronisation takes four hours: the server is alive, and the card says so.",
    until=390,
)
def _long_cycle(story: Story) -> None:
    story.at(60).long_cycle(A, minutes(240))
    story.expect.verdict("LATE").between(105, 180)
    alarm(
        story,
        "SYNC_STALLED",
        stops=60,
        limit=180,
        reminders=2,
        says="Stalled, not silent: a card after three hours without objects",
    )
    story.expect.recovery("SYNC_STALLED").between(300, 300 + CYCLE + LAG + TICK)
    story.expect.advice("do_not_fail_over").between(60 - CYCLE + 180, 60 + 180 + TICK)
    story.expect.never_advise("fail_over")


@story(
    "password-sync-stalls",
    "Passwords stop reaching Entra while objects still do.",
    until=300,
)
def _password_sync_stalls(story: Story) -> None:
    story.at(60).password_sync_stops()
    alarm(story, "PASSWORD_SYNC_STALLED", stops=60, limit=120, beat=IDLE, reminders=1)
    story.at(200).password_sync_starts()
    story.expect.recovery("PASSWORD_SYNC_STALLED").between(200, 202 + IDLE + LAG + TICK)


@story(
    "no-password-sync",
    "A tenant without password hash sync: one heartbeat is all the evidence there is.",
    until=490,
    tenant=TenantPlan(SERVERS, password_sync=False),
)
def _no_password_sync(story: Story) -> None:
    story.at(390).server_dies(A)
    alarm(
        story,
        "SERVER_SILENT",
        stops=390,
        limit=75,
        reminders=1,
        says="75 minutes on object sync alone, once its rhythm is known",
    )


@story(
    "no-password-sync-new",
    "As no-password-sync, but nothing tells the rhythm yet: the watchdog waits three hours.",
    until=240,
    tenant=TenantPlan(SERVERS, password_sync=False, configuration_readable=False, licensed=False),
)
def _no_password_sync_new(story: Story) -> None:
    story.at(60).server_dies(A)
    alarm(story, "SERVER_SILENT", stops=60, limit=180)


@story("sync-disabled", "Somebody switches sync off for the whole tenant.", until=150)
def _sync_disabled(story: Story) -> None:
    story.at(60).disable_sync()
    story.expect.card("SYNC_DISABLED", says="A card at the next look").between(60, 60 + TICK)
    story.at(75).enable_sync()
    story.expect.recovery("SYNC_DISABLED").between(75, 75 + 3 * TICK)


@story(
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


@story(
    "graph-blind",
    "Microsoft Graph cannot be read: the watchdog says that it is blind, and nothing about sync.",
    until=180,
)
def _graph_blind(story: Story) -> None:
    story.at(60).graph_fails(500)
    _blind(story)


@story(
    "permission-lost",
    "The watchdog's permission is withdrawn: null fields do not read as 'never synced'.",
    until=180,
)
def _permission_lost(story: Story) -> None:
    story.at(60).graph_fails("denied_fields")
    _blind(story)


@story("graph-throttled", "Graph throttles for twenty minutes: nobody is disturbed.", until=120)
def _graph_throttled(story: Story) -> None:
    story.at(60).throttle(300)
    story.at(80).graph_works()
    story.expect.quiet()
    story.expect.verdict("LATE").between(60, 80)
    story.expect.verdict("HEALTHY").between(80, 120)


@story("clock-suspect", "Graph shows times that lie in the future.", until=180)
def _clock_suspect(story: Story) -> None:
    story.at(60).timestamps_off_by(minutes(120))
    story.expect.card("CLOCK_SUSPECT").between(60, 60 + TICK)
    story.at(80).timestamps_off_by(minutes(0))
    story.expect.recovery("CLOCK_SUSPECT").between(80, 80 + 3 * TICK)


@story(
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


@story(
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


@story(
    "worsening",
    "A suspended scheduler stalls object sync, then the server dies: one incident, two cards.",
    until=300,
)
def _worsening(story: Story) -> None:
    story.at(30).suspend_scheduler(A)
    alarm(story, "SYNC_STALLED", stops=30, limit=180, reminders=2)
    story.at(215).server_dies(A)
    alarm(story, "SERVER_SILENT", stops=215, limit=60, beat=IDLE)
    story.expect.incidents(1)


@story("reboot", "The active server reboots for patches: nobody is disturbed.", until=180)
def _reboot(story: Story) -> None:
    story.at(60).server_dies(A)
    story.at(72).server_returns(A)
    story.expect.quiet()


@story("renamed-tenant", "The tenant gets another name: nobody is disturbed.", until=150)
def _renamed_tenant(story: Story) -> None:
    story.at(60).rename("Contoso Europe")
    story.expect.quiet()


@story(
    "watchdog-gap",
    "The server dies, and the watchdog itself misses twenty ticks: its first look tells.",
    until=220,
)
def _watchdog_gap(story: Story) -> None:
    story.at(90).server_dies(A)
    story.at(100).watchdog_down(until=200)
    story.expect.card("SERVER_SILENT", says="A card at the first look").between(200, 200 + TICK)


@story(
    "double-fire",
    "Every timer fires twice at once: each card still comes once.",
    until=240,
    ticks_at_once=2,
)
def _double_fire(story: Story) -> None:
    death(story, 90, reminders=1)
    takeover(story, 180)
    story.expect.incidents(1)


stories_pair.register()
