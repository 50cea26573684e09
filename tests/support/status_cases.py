"""How a tenant may stand: for the status page's pictures and tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.bookkeeping import Plan
from shared.domain.drills.drill import Drill, DrillEnd
from shared.domain.history.past import Past
from shared.domain.history.standing import Servers, Standing
from shared.domain.incidents.days import Day, VerdictChange
from shared.domain.incidents.incident import Incident, State
from shared.domain.incidents.office_hours import OfficeHours
from shared.domain.incidents.rhythm import Rhythm
from shared.domain.maintenance.window import Window
from shared.domain.pair.report import Fitness
from shared.domain.tenant.heartbeats import Heartbeat, Memory
from shared.domain.tenant.limits import Policy
from shared.domain.verdicts import Evidence, Kind, PasswordSync, Verdict, Why
from shared.ledger import Snapshot, TenantState, incident_id
from shared.pages.status import Around, status_page
from shared.pages.views import Forms, Notice, Tone
from shared.past import PastRows
from shared.standing import standing
from tests.support.card_cases import PRESENTATION, incident
from tests.support.card_pairs import BROKEN, CHECKS, DISAGREE, NOW, A, B

if TYPE_CHECKING:
    from shared.domain.cards.messages import Presentation

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SPOKEN = NOW + timedelta(minutes=2)
"""When the pages are shown: two minutes after the tick."""

PLAN = Plan(
    PRESENTATION.tenant_id,
    Policy(),
    Rhythm(office=OfficeHours(zone=ZoneInfo("Europe/Berlin"))),
    PRESENTATION,
)
HOSTILE = "<script>alert(1)</script>\"'&]]> =cmd|\u202eabc" + "W" * 60


def days(count: int = 16, quiet: tuple[int, ...] = (6,), lost: tuple[int, ...] = (9,)) -> list[Day]:
    """So many days with a sync every half hour, today's included, newest first.

    Args:
        count: How many.
        quiet: Days ago on which nothing was synced from 08:00 to 16:00.
        lost: Days ago of which there is no record.
    """
    found = []
    for back in range(count):
        if back in lost:
            continue
        day = (NOW - back * DAY).date()
        beats = [minute for minute in range(5, 24 * 60, 30) if back or minute < _minute(NOW) - 20]
        if back in quiet:
            beats = [minute for minute in beats if not 8 * 60 <= minute < 16 * 60]
        found.append(Day(day, tuple(beats), (), (VerdictChange(0, Verdict.HEALTHY),)))
    return found


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def past(
    back: timedelta, lasts: timedelta = 2 * HOUR, *, number: int = 0, **changes: object
) -> Past:
    """A closed incident that was opened so long ago."""
    opened = NOW - back
    found = Past(
        id=incident_id(opened, f"ab{number:08d}"),
        kind=Kind.SYNC,
        verdict=Verdict.SERVER_SILENT,
        worst=Verdict.SERVER_SILENT,
        opened_at=opened,
        since=opened - 64 * MINUTE,
        gone_at=opened + lasts,
        resolved_at=opened + lasts + 30 * MINUTE,
        first_acknowledged_at=opened + 9 * MINUTE,
        switched_at=opened + lasts - 5 * MINUTE,
        switched_from="SYNC-A",
        switched_to="SYNC-B",
        cards=4,
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # names checked by replace()


ALERTED = past(
    3 * DAY,
    5 * HOUR,
    number=1,
    kind=Kind.HEALTH_ALERT,
    verdict=Verdict.HEALTH_ALERT,
    worst=Verdict.HEALTH_ALERT,
    switched_at=None,
    switched_from="",
    switched_to="",
)
DRILLED = Drill(
    id=incident_id(NOW - 11 * DAY, "dd00000000"),
    started_at=NOW - 11 * DAY,
    by="On-call Identity",
    note="Quarterly practice",
    active_before="SYNC-A",
    detected_at=NOW - 11 * DAY + 65 * MINUTE,
    incident=incident_id(NOW - 11 * DAY + 65 * MINUTE, "dd00000001"),
    decided_at=NOW - 11 * DAY + 70 * MINUTE,
    switched_at=NOW - 11 * DAY + 88 * MINUTE,
    switched_to="SYNC-B",
    recovered_at=NOW - 11 * DAY + 95 * MINUTE,
    ended_at=NOW - 11 * DAY + 130 * MINUTE,
    end=DrillEnd.RECOVERED,
)
RUNNING = Drill(
    id=incident_id(NOW - 80 * MINUTE, "dd00000002"),
    started_at=NOW - 80 * MINUTE,
    by="On-call Identity",
    note="New colleague switches over",
    active_before="SYNC-A",
    detected_at=NOW - 15 * MINUTE,
    decided_at=NOW - 5 * MINUTE,
)


def state(verdict: Verdict = Verdict.HEALTHY, sync: timedelta = 18 * MINUTE) -> TenantState:
    """What the tick at `NOW` stored."""
    beats = Heartbeat(NOW - sync, NOW - sync, 500, NOW - sync)
    evidence = Evidence(
        Why.FRESH if verdict is Verdict.HEALTHY else Why.BOTH_SILENT,
        NOW,
        NOW - sync,
        NOW - sync + 14 * MINUTE,
        PasswordSync.USED,
        HOUR,
        measured_at=NOW,
    )
    memory = Memory(NOW - 100 * DAY, NOW, "Contoso", beats, beats)
    return TenantState(memory, "t", NOW, verdict, evidence, NOW, drill_at=NOW - 11 * DAY)


def stands(
    *live: Incident,
    known: PastRows | None = None,
    verdict: Verdict = Verdict.HEALTHY,
    sync: timedelta = 18 * MINUTE,
    drill: Drill | None = None,
    windows: tuple[Window, ...] = (),
    servers: Servers | None = None,
    at: datetime = SPOKEN,
) -> Standing:
    """How a tenant stands with these incidents and that past."""
    every = known or PastRows([past(6 * DAY, 9 * HOUR), ALERTED], [DRILLED], days())
    snap = Snapshot(
        state=state(verdict, sync),
        incidents={each.id: each for each in live},
        drill=drill,
        windows={window.id: window for window in windows},
    )
    found = standing(PLAN, snap, every, at)
    return replace(found, servers=servers or Servers((A, B)))


def thousand() -> PastRows:
    """The past of years: 1,000 incidents, 30 drills and 400 days."""
    closed = [
        past(number * 8 * HOUR + 3 * HOUR, HOUR, number=number, cards=3) for number in range(1_000)
    ]
    drills = [replace(DRILLED, id=incident_id(NOW - n * 12 * DAY, f"ee{n:08d}")) for n in range(30)]
    return PastRows(closed, drills, days(400))


HUGE = Servers(
    (
        A,
        replace(B, checks=CHECKS),
        *(
            replace(B, name=f"SYNC-{number:02d}", fitness=Fitness.UNFIT, checks=(*BROKEN, *CHECKS))
            for number in range(18)
        ),
    ),
    left_out=7,
    disagreements=(DISAGREE,) * 4,
    cloud_sync=True,
    export_errors=12,
)
_SILENT = replace(incident(Verdict.SERVER_SILENT), id=incident_id(NOW, "aa00000001"))
_TAKEN = replace(
    incident(Verdict.STANDBY_UNFIT),
    id=incident_id(NOW, "aa00000002"),
    state=State.ACKNOWLEDGED,
    acknowledged_by="On-call Identity",
)
WINDOW = Window("w-1", NOW - HOUR, 3 * HOUR, "Europe/Berlin", title="Patch day", by="Oncall")
WEEKLY = Window("w-2", NOW + 4 * HOUR, 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY", "Backup", "Second")
NASTY = Window("w-3", NOW + 5 * HOUR, HOUR, title=HOSTILE, by=HOSTILE)

STANDINGS: dict[str, Standing] = {
    "status-empty": standing(PLAN, Snapshot(), PastRows(), SPOKEN),
    "status-healthy": stands(),
    "status-silent": stands(_SILENT, _TAKEN, verdict=Verdict.SERVER_SILENT, sync=66 * MINUTE),
    "status-stale": stands(at=NOW + 3 * HOUR),
    "status-drill": stands(
        replace(_SILENT, drill=RUNNING.id),
        verdict=Verdict.SERVER_SILENT,
        sync=66 * MINUTE,
        drill=RUNNING,
    ),
    "status-maintenance": stands(windows=(WINDOW, WEEKLY)),
    "status-huge": stands(
        *(replace(_SILENT, id=incident_id(NOW, f"aa{n:08d}")) for n in range(40)),
        known=thousand(),
        verdict=Verdict.DUAL_ACTIVE,
        windows=tuple(replace(WEEKLY, id=f"w-{n}") for n in range(20)),
        servers=HUGE,
    ),
    "status-hostile": stands(
        replace(_TAKEN, subject=HOSTILE, acknowledged_by=HOSTILE),
        known=PastRows(
            [past(DAY, subject=HOSTILE, switched_from=HOSTILE, switched_to=HOSTILE)],
            [replace(DRILLED, by=HOSTILE, note=HOSTILE, switched_to=HOSTILE)],
            days(),
        ),
        drill=replace(RUNNING, by=HOSTILE, note=HOSTILE),
        windows=(NASTY,),
        servers=Servers((replace(A, name=HOSTILE), replace(B, name=HOSTILE * 3))),
    ),
}
"""By the name of the picture."""

_PRESENTED: dict[str, Presentation] = {
    "status-hostile": replace(PRESENTATION, tenant_name=HOSTILE, active_server=HOSTILE)
}


def around(found: Standing) -> Around:
    """Forms and links as a visitor by link sees them."""
    names = ["drill_stop" if found.drill else "drill_start", "window_add", "window_add later"]
    names += [f"window_end {window.id}" for window in found.windows]
    token = "0123456789abcdef00.1795000000.abcdefghijklmnopqrstuv"
    return Around(
        forms=Forms("?t=key.1795000000.abc", dict.fromkeys(names, token), True),
        notice=Notice(Tone.GOOD, "Done: drill started by Oncall at 01:54 UTC."),
        incident=lambda identifier: f"incidents/{identifier}?t=key.1795000000.{'x' * 22}",
        exports=f"t=key.1795000000.{'x' * 22}",
        now=f"{found.at.astimezone(UTC):%Y-%m-%dT%H:%M}",
    )


def status_html(name: str) -> str:
    """The page of a case."""
    found = STANDINGS[name]
    return status_page(found, _PRESENTED.get(name, PRESENTATION), around(found))
