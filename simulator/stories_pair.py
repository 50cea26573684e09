"""Stories about the pair: which server is active, is the standby fit, should one fail over.

Windows follow from rules, as in `story_book`. Further rules that they use: the last exporter and
audits are read every 10 minutes, Connect Health every 15, all else hourly, and everything at every
tick while anything is wrong; cards about standbys wait for office hours and repeat daily; other
cards repeat every half hour. Agents upload at minutes 3 and 33 (SYNC-A), 18 and 48 (SYNC-B) of an
hour that starts at half past.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from simulator.clock import minutes
from simulator.machine import Role, ServerPlan
from simulator.model import TenantPlan
from simulator.story import BY_DAY
from simulator.story_book import (
    CYCLE,
    IDLE,
    LAG,
    PAIR,
    REMIND,
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

FAIL_OVER: Final = "fail_over"
DO_NOT: Final = "do_not_fail_over"
CHECK_FIRST: Final = "check_first"
READ: Final = 10
"""How often the last exporter is read while all is well."""
HEALTH_READ: Final = 15
SLOW_READ: Final = 60
UPLOAD: Final = 30
SLOWEST: Final = 6
"""The slowest delta cycle."""
OVERDUE: Final = 45
"""So long after its last export a server has missed one: an interval and a quarter of an hour."""
NAMED: Final = 5
"""So long after a sync the last exporter's name may still be of the one before."""


def register() -> None:
    """Importing this module registers its stories; this puts them behind those about the tenant."""
    for name in _HERE:
        STORIES[name] = STORIES.pop(name)


@story(
    "unlicensed-tenant",
    "No licence for Connect Health: the card says what is not known, and advises no failover.",
    until=180,
    tenant=replace(PAIR, licensed=False),
)
def _unlicensed(story: Story) -> None:
    death(story, 90, reminders=1)
    story.expect.advice(CHECK_FIRST).between(114, 155)
    story.expect.never_advise(FAIL_OVER)


@story(
    "lagging-staging-mode",
    "A planned switch of roles; Connect Health shows the old ones for four hours: no false alarm.",
    until=360,
)
def _lagging(story: Story) -> None:
    # both agents uploaded their configuration just before, at 63 and 78; the next are 240 later
    story.at(80).demote(A)
    story.at(82).promote(B)
    story.expect.quiet()
    story.expect.never_advise(FAIL_OVER)


@story(
    "dual-active",
    "Somebody makes the standby active while the active server works: both export.",
    until=135,
)
def _dual_active(story: Story) -> None:
    story.at(60).promote(B)
    # SYNC-B exports at once, SYNC-A in its next cycle at 67; a read may miss the first of two
    # turns, and then the next two follow within a cycle
    earliest, latest = 67 + LAG, 67 + SLOWEST + LAG + UPLOAD + READ
    first = story.expect.card("DUAL_ACTIVE", says="At the first read that shows both exporting")
    first.between(earliest, latest).saying(A, B)
    story.expect.card("DUAL_ACTIVE", "reminder").between(earliest + REMIND, latest + REMIND)
    story.expect.advice(DO_NOT).between(earliest, latest)
    story.expect.never_advise(FAIL_OVER)


@story(
    "returned-server",
    "After a failover the old active server is switched on again, and still believes to be active.",
    until=330,
)
def _returned(story: Story) -> None:
    death(story, 90, reminders=1)
    takeover(story, 180)
    story.at(300).server_returns(A)
    back = story.expect.card("DUAL_ACTIVE", says="At the first read that shows its first export")
    back.between(307, 307 + SLOWEST + LAG + READ).saying(A)


@story(
    "overlapping-switch",
    "A planned switch whose two halves overlap: told, and over once one server missed a cycle.",
    until=160,
)
def _overlapping(story: Story) -> None:
    story.at(60).promote(B)
    story.at(75).demote(A)
    # SYNC-A exports once beside SYNC-B, in its cycle of 67; that of 97 does not come
    earliest, latest = 67 + LAG, 67 + SLOWEST + LAG + READ + TICK
    story.expect.card("DUAL_ACTIVE").between(earliest, latest).saying(A, B)
    story.expect.card("DUAL_ACTIVE", "reminder").between(earliest + REMIND, latest + REMIND)
    over = story.expect.recovery("DUAL_ACTIVE", says="When a cycle of SYNC-B shows it, at 112")
    over.between(67 + OVERDUE, 112 + SLOWEST + LAG + NAMED + 3 * TICK)
    story.expect.never_advise(FAIL_OVER)


@story(
    "planned-failback",
    "An unlicensed pair switched over and back within an hour: it is not called two for long.",
    until=210,
    tenant=replace(PAIR, licensed=False),
)
def _planned_failback(story: Story) -> None:
    story.at(60).demote(A)
    story.at(62).promote(B)
    story.at(120).demote(B)
    story.at(122).promote(A)
    latest = 122 + SLOWEST + LAG + READ
    story.expect.card("DUAL_ACTIVE").between(122, latest).saying(A, B)
    story.expect.card("DUAL_ACTIVE", "reminder").between(122 + REMIND, latest + REMIND)
    # SYNC-B exported last in its cycle of 112, SYNC-A goes on in that of 157
    over = story.expect.recovery("DUAL_ACTIVE")
    over.between(112 + OVERDUE, 157 + SLOWEST + LAG + NAMED + 3 * TICK)
    story.expect.never_advise(FAIL_OVER)


@story(
    "returned-early-switch",
    "Switched before the silence was told; the dead server is back, and it is the one to stop.",
    until=385,
)
def _returned_early(story: Story) -> None:
    story.at(90).server_dies(A)
    story.at(130).promote(B)
    story.at(330).server_returns(A)
    # SYNC-A exports in its cycle of 337, SYNC-B in that of 352: then both are seen to export
    card = story.expect.card("DUAL_ACTIVE", says="When both are seen to take turns")
    card.between(352 + LAG, 352 + SLOWEST + LAG + READ).saying("SYNC-A has returned")


@story(
    "sync-service-stops",
    "Only the sync service stops: Connect Health says so first, and the standby takes over.",
    until=180,
)
def _service_stops(story: Story) -> None:
    story.at(90).sync_service_stops(A)
    alert = story.expect.card("HEALTH_ALERT", says="At the first read after the upload of 93")
    alert.between(93, 93 + HEALTH_READ + TICK).saying(A)
    alarm(story, "SYNC_STALLED", stops=90, limit=60, reminders=1)
    story.expect.advice(FAIL_OVER).between(90 + 60 - CYCLE, 168)
    story.at(168).promote(B)
    story.expect.advice(DO_NOT).between(168, 168 + 2 * TICK)


@story(
    "both-silent",
    "Both servers fall silent at once: that is the site, and a failover would not help.",
    until=180,
)
def _both_silent(story: Story) -> None:
    story.at(90).both_die()
    alarm(story, "SERVER_SILENT", stops=90, limit=60, reminders=1)
    # the standby's last upload, at 78, proves life for an hour
    story.expect.advice(DO_NOT).between(78 + 60, 180)
    story.expect.never_advise(FAIL_OVER)


@story(
    "accidental-delete-stop",
    "An export is stopped for too many deletes: a failover would export them, or stop again.",
    until=175,
)
def _deletes(story: Story) -> None:
    story.at(60).accidental_delete_stop()
    # SYNC-A's cycle of 67 is stopped; the next read of the configuration shows the deletes
    earliest, latest = 67, 67 + SLOWEST + LAG + READ + TICK
    card = story.expect.card("EXPORT_BLOCKED", says="At the next read after the stopped export")
    card.between(earliest, latest)
    for n in (1, 2):
        reminder = story.expect.card("EXPORT_BLOCKED", "reminder")
        reminder.between(earliest + n * REMIND, latest + n * REMIND)
    story.at(105).deletes_allowed()
    # the cycle of 127 exports, the upload of 153 resolves the alert; then two clean reads
    story.expect.recovery("EXPORT_BLOCKED").between(153, 153 + 3 * TICK)
    story.expect.advice(DO_NOT).between(earliest, latest)
    story.expect.never_advise(FAIL_OVER)


@story(
    "outdated-standby",
    "The standby's build cannot sync any more: the team learns it before it needs the standby.",
    until=160,
    starts=BY_DAY,
    tenant=TenantPlan((SERVERS[0], replace(SERVERS[1], version="2.5.3.0"))),
)
def _outdated(story: Story) -> None:
    story.expect.card("STANDBY_UNFIT", says="In office hours, at the first look").between(
        0, TICK
    ).saying(B, "2.5.3.0")
    story.at(60).server_dies(A)
    alarm(story, "SERVER_SILENT", stops=60, limit=60, beat=IDLE, reminders=1)
    story.expect.advice(DO_NOT).between(60 + 60 - IDLE, 60 + 60 + TICK)
    story.expect.never_advise(FAIL_OVER)


@story(
    "certificate-on-suspended-standby",
    "A suspended standby cannot renew its certificate: told in office hours, weeks before the end.",
    until=150,
    starts=BY_DAY,
)
def _certificate(story: Story) -> None:
    story.at(5).suspend_scheduler(B).certificate_expires(B, in_=timedelta(days=20))
    card = story.expect.card("STANDBY_UNFIT", says="At the next hourly read of certificates")
    card.between(5, SLOW_READ + 2 * TICK).saying(B, "certificate")


@story(
    "reader-role-removed",
    "The Reader role is withdrawn, then the server dies: check first, until the role is back.",
    until=185,
)
def _reader_role(story: Story) -> None:
    story.at(60).reader_role_removed()
    death(story, 90, reminders=1)
    story.expect.advice(CHECK_FIRST).between(114, 165)
    story.at(170).reader_role_back()
    story.expect.advice(FAIL_OVER).between(170, 180)
    told = story.expect.card("SERVER_SILENT", "advice", "The new advice is told, once it holds")
    told.between(170 + TICK - 1, 170 + 3 * TICK)


@story(
    "long-full-sync",
    "A full synchronisation of two and a half hours: passwords move on, and nobody is disturbed.",
    until=270,
)
def _long_full_sync(story: Story) -> None:
    story.at(60).long_cycle(A, minutes(150))
    story.expect.quiet()
    story.expect.verdict("LATE").between(60 - CYCLE + 60, 60 + 150)
    story.expect.never_advise(FAIL_OVER)


@story(
    "three-hour-cadence",
    "A pair that syncs every three hours by choice is not late; its death is still noticed.",
    until=360,
    tenant=TenantPlan(tuple(replace(each, cadence=minutes(180)) for each in SERVERS)),
)
def _cadence(story: Story) -> None:
    story.at(300).server_dies(A)
    alarm(
        story,
        "SERVER_SILENT",
        stops=300,
        limit=60,
        beat=IDLE,
        says="By passwords and uploads, not by objects: a card within 65 minutes",
    )


@story(
    "cloud-sync-hides",
    "Cloud Sync keeps the tenant's times fresh: only Connect Health sees that Connect is dead.",
    until=165,
)
def _cloud_sync(story: Story) -> None:
    story.at(0).cloud_sync_starts()
    story.at(90).server_dies(A)
    alarm(
        story,
        "SERVER_SILENT",
        stops=90,
        limit=75,
        beat=UPLOAD,
        says="75 minutes after the last upload: the only proof of life there is",
    ).saying("Cloud Sync")


@story(
    "entra-outage",
    "Entra takes no sync for an hour and a half: the server lives, and a failover would not help.",
    until=205,
)
def _entra_outage(story: Story) -> None:
    story.at(60).entra_outage()
    alarm(story, "SYNC_STALLED", stops=60, limit=60, reminders=1)
    story.at(150).entra_recovers()
    # two object syncs: the cycles of 157 and 187
    story.expect.recovery("SYNC_STALLED").between(150, 187 + SLOWEST + LAG + TICK)
    story.expect.advice(DO_NOT).between(60 + 60 - CYCLE, 60 + 60 + TICK)
    story.expect.never_advise(FAIL_OVER)


@story(
    "no-standby",
    "There is no second server: the card says so, and what to do instead.",
    until=180,
    tenant=TenantPlan((ServerPlan(A, Role.ACTIVE, phase=minutes(7)),)),
)
def _no_standby(story: Story) -> None:
    death(story, 90, reminders=1)
    story.expect.never_advise(FAIL_OVER)


@story(
    "unknown-alert",
    "Connect Health raises an alert of a name that nobody knows yet: it is told, not dropped.",
    until=110,
)
def _unknown_alert(story: Story) -> None:
    title = "Sync rules were changed outside of the change window"
    story.at(60).raises_alert(A, title)
    card = story.expect.card("HEALTH_ALERT", says="At the next read of Connect Health")
    card.between(60, 60 + HEALTH_READ + TICK).saying(title)
    story.at(85).alert_resolves(title)
    story.expect.recovery("HEALTH_ALERT").between(85, 85 + HEALTH_READ + 2 * TICK)
    story.expect.never_advise(FAIL_OVER)


_HERE: Final = tuple(STORIES)
