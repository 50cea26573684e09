"""The chart: true to its days, inside its frame, readable without colours, script or sight."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bulletins.week import Records
from shared.domain.drills.drill import Drill
from shared.domain.history.fortnight import DAYS, Fortnight, Track, fortnight
from shared.domain.incidents.days import Day, VerdictChange
from shared.domain.verdicts import Kind, Verdict
from shared.pages import chart
from tests.support.card_pairs import NOW
from tests.support.status_cases import HOUR, MINUTE, past
from tests.support.status_cases import days as recorded

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia")]
SPRING = datetime(2026, 3, 30, 12, tzinfo=UTC)
"""The day after clocks went forward in Berlin."""


def drawn(
    days: list[Day], closed: tuple[object, ...] = (), at: datetime = NOW, zone: ZoneInfo = ZONES[0]
) -> Fortnight:
    """The fortnight of these records."""
    records = Records(days, closed, (), at, at - timedelta(days=100))  # type: ignore[arg-type]  # Past in tests
    return fortnight(records, (), HOUR, at, zone)


def numbers(svg: str, name: str) -> list[float]:
    """The values of an attribute."""
    return [float(each) for each in re.findall(rf'\s{name}="(-?[\d.]+)"', svg)]


@st.composite
def worlds(draw: st.DrawFn) -> Fortnight:
    """Any records, in any order, with gaps, nonsense and the far past and future."""
    at = draw(st.datetimes(datetime(2026, 1, 20), datetime(2027, 12, 1)))  # noqa: DTZ001 - made aware below
    at = at.replace(tzinfo=UTC)
    minutes = st.lists(st.integers(-300, 1500), max_size=12).map(tuple)
    days = [
        Day(
            (at - timedelta(days=back)).date(),
            draw(minutes),
            (),
            tuple(
                VerdictChange(minute, verdict)
                for minute, verdict in draw(
                    st.lists(
                        st.tuples(st.integers(0, 1440), st.sampled_from(list(Verdict))), max_size=3
                    )
                )
            ),
        )
        for back in draw(st.lists(st.integers(-2, 20), max_size=16, unique=True))
    ]
    spans = st.tuples(st.integers(-2_000, 30_000), st.integers(-100, 40_000))
    closed = [
        past(
            timedelta(minutes=back),
            timedelta(minutes=lasts),
            number=number,
            kind=draw(st.sampled_from(list(Kind))),
            gone_at=draw(st.sampled_from([None, at])),
        )
        for number, (back, lasts) in enumerate(draw(st.lists(spans, max_size=8)))
    ]
    drills = [
        Drill("d", at - timedelta(minutes=back), ended_at=draw(st.sampled_from([None, at])))
        for back in draw(st.lists(st.integers(-500, 30_000), max_size=3))
    ]
    records = Records(days, closed, (), at, at - timedelta(days=draw(st.integers(0, 400))))
    limit = timedelta(minutes=draw(st.integers(0, 20_000)))
    return fortnight(records, drills, limit, at, draw(st.sampled_from(ZONES)))


@given(found=worlds())
def test_whatever_happened_the_picture_is_valid_and_inside_its_frame(found: Fortnight) -> None:
    """Well-formed XML; each box and each text lies in the view box; small enough for a phone."""
    svg = chart.chart(found)
    root = ET.fromstring(svg)  # noqa: S314 - it is ours
    ours = [each for each in root.iter() if each.tag.endswith("rect") and "y" in each.attrib]

    for box in ours:
        x, y, width, height = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= chart.WIDTH + 0.1
        assert 0 <= y <= y + height <= chart.HEIGHT
    for text in (each for each in root.iter() if each.tag.endswith("text")):
        assert 0 < float(text.attrib["x"]) < chart.WIDTH
        assert 8 <= float(text.attrib["y"]) <= chart.HEIGHT
    assert len(svg) < 40_000
    assert len(list(chart.table(found))) == len(found.bars) == DAYS


@given(found=worlds())
def test_each_day_is_told_in_words_as_well(found: Fortnight) -> None:
    """The table has every length and every doubt that the picture shows."""
    for bar, line in zip(reversed(found.bars), chart.table(found), strict=True):
        assert ("over the limit" in line.pause) == (bar.gap is not None and bar.gap > found.limit)
        assert (line.pause == "not watched") == (not bar.watched)
        if bar.watched and bar.gap is None:
            assert "not measured" in line.pause
        if bar.watched and not bar.recorded:
            assert "record missing" in line.pause


def test_a_pause_is_as_long_as_it_was_and_on_its_day() -> None:
    """No sync from 08:00 to 16:00 six days ago: 8.5 hours, over the limit, with its length."""
    found = drawn(recorded(lost=()))
    over = [bar for bar in found.bars if bar.gap is not None and bar.gap > HOUR]

    assert [bar.day for bar in over] == [(NOW - timedelta(days=6)).date()]
    assert over[0].gap == 8 * HOUR + 30 * MINUTE
    assert ">8h</text>" in chart.chart(found)
    assert "days that could be measured, 1 day was over it." in chart.summary(found)


def test_one_day_is_one_day() -> None:
    """Right after the start the sentence counts in the singular."""
    found = drawn(recorded(count=1, quiet=(), lost=()))

    assert "Of the 1 day that could be measured, no day was over it." in chart.summary(found)


def test_a_day_without_a_record_is_a_question_and_never_a_good_day() -> None:
    """Nobody knows what happened then: neither a bar within the limit alone nor a zero."""
    found = drawn(recorded(quiet=(), lost=(9,)))
    (lost,) = [bar for bar in found.bars if not bar.recorded]

    assert lost.day == (NOW - timedelta(days=9)).date()
    assert ">?</text>" in chart.chart(found)
    assert lost.gap is None
    assert [line.pause for line in chart.table(found)].count("not measured; record missing") == 1


def test_what_lasts_past_the_scale_is_cut_off_and_told() -> None:
    """Three days without a sync do not flatten the other days to nothing."""
    quiet = [
        replace(day, objects=()) if 3 <= back <= 5 else day
        for back, day in enumerate(recorded(quiet=(), lost=()))
    ]
    svg = chart.chart(drawn(quiet))

    assert ">3d</text>" in svg
    assert min(numbers(svg, "y")) >= 0
    assert min(height for height in numbers(svg, "height") if height not in (5.0, 4.0)) > 0


def test_before_anything_was_watched_there_is_nothing_to_show() -> None:
    """A tenant of today has 13 days that nobody watched, and says so."""
    records = Records([], (), (), None, NOW)
    found = fortnight(records, (), HOUR, NOW, UTC)

    assert {line.pause for line in chart.table(found)} == {"not watched"}
    assert chart.summary(found) == "No pause between two syncs was measured yet."
    assert not [bar for bar in found.bars if bar.incidents or bar.blind]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_days_begin_at_midnight_of_the_office(zone: ZoneInfo) -> None:
    """Fourteen days without a hole, each beginning at 00:00 there; one may have 23 hours."""
    found = drawn([], at=SPRING, zone=zone)

    assert [bar.start.astimezone(zone).hour for bar in found.bars] == [0] * DAYS
    assert all(a.end == b.start for a, b in zip(found.bars, found.bars[1:], strict=False))
    assert found.bars[-1].start <= SPRING < found.bars[-1].end
    hours = {(bar.end - bar.start) // HOUR for bar in found.bars}
    assert hours == ({23, 24} if str(zone) == "Europe/Berlin" else {24})


def test_what_began_a_minute_ago_is_still_inside_the_frame() -> None:
    """Just before midnight, at the right edge, it is as wide as everything short."""
    at = NOW.replace(hour=23, minute=59)
    found = drawn([], (past(NOW - at + MINUTE, HOUR, since=at - MINUTE, gone_at=at),), at=at)
    (box,) = re.findall(
        r'<rect class="sync" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', chart.chart(found)
    )

    assert float(box[1]) >= 2
    assert float(box[0]) + float(box[1]) <= chart.WIDTH - 2


def test_incidents_stand_on_the_track_that_they_are_about() -> None:
    """Sync and roles above, the rest below; those that touch are one box."""
    closed = (
        past(timedelta(days=2), 2 * HOUR),
        past(timedelta(days=2) - HOUR, 3 * HOUR, number=1),
        past(timedelta(days=5), HOUR, number=2, kind=Kind.HEALTH_ALERT),
        past(timedelta(days=5), HOUR, number=3, obsolete=True),
        past(timedelta(days=40), HOUR, number=4),
    )
    found = drawn(recorded(), closed)
    svg = chart.chart(found)

    assert [span.track for span in found.spans] == [Track.OTHER, Track.SYNC]
    assert found.spans[1].end == closed[1].gone_at
    assert svg.count('<rect class="sync"') == svg.count('<rect class="other"') == 1
