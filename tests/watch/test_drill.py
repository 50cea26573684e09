"""A drill from the start to its result: two servers, real clients, every row as it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.drills.drill import LONGEST_DRILL, DrillEnd
from simulator.stories import A, B
from tests.support.card_lint import mentions_of
from tests.support.drills import (
    OVER,
    STARTED,
    acknowledge,
    ended,
    live,
    marked,
    outage,
    plays,
    start,
    stop,
    told,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hostile_pair import HostilePair

# -- a drill that succeeds ------------------------------------------------------------------------


def test_a_drill_with_an_outage_is_timed_from_the_start_to_the_recovery(tmp_path: Path) -> None:
    """Detected, taken, switched and recovered, in this order, and it ends by itself."""

    async def story(pair: HostilePair) -> None:
        await start(pair, note="as if SYNC-A burnt down")
        began = pair.now()
        card = await outage(pair)
        await acknowledge(pair, card.incident)
        pair.tenant.change(lambda model: model.promote(B))
        await until(pair, lambda: ended(pair))
        (drill,) = ended(pair)

        assert drill.end is DrillEnd.RECOVERED
        assert (drill.started_at, drill.incident) == (began, card.incident)
        assert (drill.active_before, drill.switched_to) == (A, B)
        marks = (drill.detected_at, drill.decided_at, drill.switched_at, drill.recovered_at)
        known = [mark for mark in marks if mark is not None]
        assert len(known) == 4
        assert known == sorted(known)
        assert drill.ended_at is not None
        assert known[-1] < drill.ended_at
        assert drill.unresolved == 0
        snap = live(pair)
        assert snap.drill is None
        assert snap.state is not None
        assert snap.state.drill_at == began

    plays(tmp_path, story)


def test_its_cards_say_drill_and_the_two_bulletins_frame_them(tmp_path: Path) -> None:
    """First that it began, last what it showed; the alarm between them calls as always."""

    async def story(pair: HostilePair) -> None:
        await start(pair, note="as if SYNC-A burnt down")
        card = await outage(pair)
        pair.tenant.change(lambda model: model.promote(B))
        await until(pair, lambda: told(pair, OVER), within=40)

        assert pair.cards[0].reason == STARTED
        assert "as if SYNC-A burnt down" in pair.cards[0].text
        assert pair.cards[-1].reason == OVER
        assert "Recovered in" in pair.cards[-1].text
        assert all(marked(each) for each in pair.cards)
        assert mentions_of(card.message)
        assert [each.reason for each in pair.cards if each.incident == card.incident][-1] == (
            "recovery"
        )

    plays(tmp_path, story)


def test_a_planned_switch_without_any_incident_is_seen_as_well(tmp_path: Path) -> None:
    """Nobody missed a sync: no alarm, but the stopwatch runs to two syncs of the new server."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        pair.after(3)
        pair.tenant.change(lambda model: model.demote(A))
        pair.tenant.change(lambda model: model.promote(B))
        await until(pair, lambda: told(pair, OVER), within=40)
        (drill,) = ended(pair)

        assert (drill.end, drill.switched_to, drill.incident) == (DrillEnd.RECOVERED, B, "")
        assert drill.detected_at is None
        assert drill.switched_at is not None
        assert [each.reason for each in pair.cards] == [STARTED, OVER]

    plays(tmp_path, story)


# -- real alarms ----------------------------------------------------------------------------------


def test_what_was_wrong_before_the_drill_is_not_called_one(tmp_path: Path) -> None:
    """Its reminders go on without the word."""

    async def story(pair: HostilePair) -> None:
        card = await outage(pair)
        await start(pair)
        await until(pair, lambda: told(pair, "reminder"))

        assert told(pair, STARTED)
        assert not marked(card)
        assert not marked(told(pair, "reminder")[0])

    plays(tmp_path, story)


def test_a_drill_silences_nothing(tmp_path: Path) -> None:
    """First card, escalation and reminders come in the ticks in which they come without one."""
    timelines = []

    async def outage_for_two_hours(pair: HostilePair) -> None:
        await outage(pair)
        seen = []
        for tick in range(24):
            await pair.some_ticks(1)
            seen.append(
                [
                    (tick, each.verdict, each.reason, each.number, len(mentions_of(each.message)))
                    for each in pair.cards
                    if each.verdict
                ]
            )
        timelines.append(seen)

    async def drilled(pair: HostilePair) -> None:
        await start(pair)
        await outage_for_two_hours(pair)
        assert all(marked(each) for each in pair.cards)

    escalate = {"WATCHDOG_ESCALATE_TO": "Duty manager <duty.manager@contoso.com>"}
    for name, story in (("alone", outage_for_two_hours), ("drilled", drilled)):
        (tmp_path / name).mkdir()
        plays(tmp_path / name, story, **escalate)
    alone, in_drill = timelines

    assert {each[2] for each in alone[-1]} >= {"first", "escalation", "reminder"}
    assert in_drill == alone


def test_an_outage_that_outlives_the_drill_loses_the_word(tmp_path: Path) -> None:
    """The result calls whoever is on call, and what comes later is real."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        card = await outage(pair)
        assert marked(card)
        await stop(pair)
        count = len(pair.cards)
        await until(pair, lambda: told(pair, "reminder"))
        later = [each for each in pair.cards[count:] if each.incident == card.incident]
        (over,) = told(pair, OVER)

        assert "is still open: no drill any more" in over.text
        assert mentions_of(over.message)
        assert later
        assert not any(marked(each) for each in later)
        assert live(pair).incidents[card.incident].drill == ""
        assert ended(pair)[0].incident == card.incident

    plays(tmp_path, story)


def test_a_drill_that_nobody_ended_is_over_after_its_longest_time(tmp_path: Path) -> None:
    """Also when no tick ran meanwhile: what is found then is real."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        await pair.tick()
        pair.tenant.change(lambda model: model.server_dies(A))
        await pair.tick(LONGEST_DRILL.total_seconds() / 60)
        (card,) = [each for each in pair.cards if each.verdict == "SERVER_SILENT"]
        (drill,) = ended(pair)

        assert not marked(card)
        assert drill.end is DrillEnd.EXPIRED
        assert "Ended by itself" in told(pair, OVER)[0].text
        assert live(pair).state is not None
        assert live(pair).state.drill_at is None  # type: ignore[union-attr]  # asserted above

    plays(tmp_path, story)


def test_an_outage_that_is_open_when_a_drill_runs_out_is_counted_and_called(
    tmp_path: Path,
) -> None:
    """The very tick that ends the drill takes the word away, and the result still knows of it."""

    async def story(pair: HostilePair) -> None:
        await start(pair)
        card = await outage(pair)
        await pair.tick(LONGEST_DRILL.total_seconds() / 60)
        (drill,) = ended(pair)

        assert (drill.end, drill.incident, drill.unresolved) == (
            DrillEnd.EXPIRED,
            card.incident,
            1,
        )
        assert live(pair).incidents[card.incident].drill == ""
        assert mentions_of(told(pair, OVER)[0].message)

    plays(tmp_path, story)
