"""A tick changes what fits into one transaction; the next ones do the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from shared import ledger
from shared.bookkeeping import Look, writes_of_tick
from shared.domain.bulletins.bulletin import Occasion
from shared.domain.bulletins.bulletin import due as bulletin_due
from shared.domain.bulletins.falling import Fallen
from shared.domain.drills.drill import Drill
from shared.domain.incidents.days import Day
from shared.domain.incidents.incident import State
from shared.domain.incidents.notifications import fall_due
from shared.domain.incidents.room import MAX_OPENED, MAX_WITH_SUBJECT
from shared.domain.pair.exports import PairMemory
from shared.domain.pair.reading_plan import OPTIONAL
from shared.domain.pair.readings import AlertLevel, Known, PairReadings
from shared.domain.readings import Observation
from shared.domain.verdicts import Finding, Kind, Verdict
from shared.ports import MAX_WRITES, Row
from tests.support.incidents import (
    ALERT,
    DEADLINE,
    PASSWORD,
    SILENT,
    STALLED,
    SUSPECT,
    UNFIT,
    Story,
    found,
    minute,
)
from tests.support.judging import graph

if TYPE_CHECKING:
    from collections.abc import Iterable

ALERTS = [found(ALERT, f"alert-{n:02d}", level=AlertLevel.ERROR) for n in range(20)]
STANDBYS = [found(UNFIT, f"server-{n:02d}") for n in range(20)]
DEADLINES = [found(DEADLINE, f"server-{n:02d}") for n in range(40)]


class Stored(Story):
    """A story whose incidents have the ids of real ones."""

    def _new_id(self, kind: Kind) -> str:
        return f"20260314-0300-{super()._new_id(kind).replace('-', '')}"


def filled(findings: Iterable[Finding | Verdict]) -> Stored:
    """A story in which all of these stand, however many ticks that took."""
    story, standing = Stored(), list(findings)
    for tick in range(10):
        story.tick(tick / 10, *standing)
    assert len(story.incidents) == len(standing)
    return story


def operations(story: Stored, at: float, *findings: Finding | Verdict) -> int:
    """How many operations that tick's transaction holds, where everything else changes too."""
    rows = [
        Row(ledger.incident_key(each.id), ledger.encode(each), "etag", {})
        for each in story.incidents.values()
        if each.state is not State.RESOLVED
    ]
    rows.append(Row(ledger.TODAY_KEY, ledger.encode(Day(date(2026, 3, 1))), "etag", {}))
    drill = Drill("20260313-0300-abcdef0123", minute(-1_000))  # it runs out in this tick
    rows.append(Row(ledger.DRILL_KEY, ledger.encode(drill), "etag", {}))
    # damaged: they are to be set aside first
    replaced = [ledger.STATE_KEY, *(ledger.source_key(source) for source in OPTIONAL)]
    rows += [Row(key, "[]", "etag", {}) for key in replaced]
    snap = ledger.snapshot(rows)
    tick = story.ticked(at, *findings)
    story.run(tick)
    seen: Known[Any] = Known(tried_at=minute(at))
    view = Look(
        Observation(minute(at), graph()),
        PairReadings(seen, seen, seen, seen, seen, seen, seen),
        tick.memory,
        PairMemory(),
        tick.judgement,
        tuple(story.steps),
        Fallen(
            (
                bulletin_due(Occasion.DIGEST, "digest-1", minute(at)),
                bulletin_due(Occasion.DRILL_DUE, "drill-due-1", minute(at)),
            )
        ),
    )
    due = fall_due(story.steps, [], escalation_card=True)
    writes = writes_of_tick(snap, view, due, "tick", "")
    assert len(snap.moved) == len(snap.damaged) == len(replaced)
    assert len({write.key for write in writes}) == len(writes)
    return len(writes)


def test_twelve_new_incidents_beside_twenty_that_change_fit_into_one_transaction() -> None:
    """Reminded and escalated, every one of them, and twelve servers fall ill at once."""
    story = filled(ALERTS)

    assert operations(story, 31, *ALERTS, *STANDBYS) <= MAX_WRITES
    assert len(story.live(Kind.STANDBY)) == MAX_OPENED, "an unfit standby is worse than an alert"
    assert operations(story, 36, *ALERTS, *STANDBYS) <= MAX_WRITES
    assert len(story.live(Kind.STANDBY)) == 20
    assert operations(story, 41, *ALERTS, *STANDBYS) <= MAX_WRITES
    reminded = [change for change in story.log if change.event == "reminded"]
    assert len(reminded) == 20


def test_everything_at_once_fits_into_one_transaction() -> None:
    """Every standing incident speaks, and as many more are new."""
    story = filled([*ALERTS, *STANDBYS, *DEADLINES[:20], SILENT, SUSPECT, PASSWORD])
    more = [found(UNFIT, f"more-{n:02d}") for n in range(40)]

    for tick in range(1, 60):
        assert operations(story, tick * 30, *ALERTS, *more, STALLED, SUSPECT) <= MAX_WRITES
    story.check()


def test_what_found_no_room_is_done_by_the_next_ticks() -> None:
    """All are reminded in the end, none twice."""
    story = filled([*ALERTS, *STANDBYS])
    for at in (31, 32, 33, 34):
        story.tick(at, *ALERTS, *STANDBYS)

    reminded = [change.incident for change in story.log if change.event == "reminded"]
    assert len(reminded) == len(set(reminded)) == len(ALERTS)
    story.check()


def test_at_most_twelve_incidents_are_opened_per_tick_the_most_severe_first() -> None:
    """What is left is still found at the next tick, and opened then."""
    story = Story()

    assert story.tick(0, *DEADLINES[:10], *STANDBYS[:5], SILENT) == ["opened"] * MAX_OPENED
    verdicts = [step.incident.verdict for step in story.steps]
    assert verdicts == [SILENT] + 5 * [UNFIT] + 6 * [DEADLINE]
    assert story.tick(5, *DEADLINES[:10], *STANDBYS[:5], SILENT) == ["opened"] * 4


def test_a_silent_server_is_announced_however_many_others_speak() -> None:
    """The most severe comes first, before what was already there."""
    story = filled([*ALERTS, *STANDBYS, *DEADLINES[:20]])

    story.tick(30, SILENT, *ALERTS, *STANDBYS, *DEADLINES[:20])
    assert len(story.live(Kind.SYNC)) == 1


def test_incidents_about_single_servers_and_alerts_are_bounded() -> None:
    """Sixty stand at most; the tenant's own are never held back by them."""
    story = Story()
    for at in range(10):
        story.tick(at, *ALERTS, *STANDBYS, *DEADLINES)
    assert len(story.incidents) == MAX_WITH_SUBJECT
    assert len(story.live(Kind.HEALTH_ALERT)) == 20

    assert story.tick(11, *ALERTS, *STANDBYS, *DEADLINES, SILENT) == ["opened"]


def test_every_row_of_sixty_is_refreshed_in_every_tick() -> None:
    """Else an incident at the end would never see its second clean read."""
    story = filled([*ALERTS, *STANDBYS, *DEADLINES[:20]])
    story.tick(2, *[replace(each, since=minute(-99)) for each in (*STANDBYS, *DEADLINES[:20])])
    story.tick(10)
    story.tick(20)
    for at in (370, 375, 380):
        story.tick(at)

    assert {each.state for each in story.incidents.values()} == {State.RESOLVED}
