"""The chart of the last 14 days, as inline SVG: how long sync paused, and what was wrong when.

Drawn by hand: no chart library draws incident spans within 10 KB and without a script.

Nothing rests on colour: what is over the limit has a pattern and its length in figures, each kind
of span a row and a pattern of its own, and a table beside the picture says all of it in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.cards.bulletin_parts import counted
from shared.domain.cards.wording import day as said_day
from shared.domain.cards.wording import duration
from shared.domain.history.fortnight import Track
from shared.pages.rendering import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.history.fortnight import Bar, Fortnight

WIDTH: Final = 312
HEIGHT: Final = 176
_LEFT: Final = 40.0
_RIGHT: Final = 310.0
_TOP: Final = 18.0
_BOTTOM: Final = 112.0
_TRACKS: Final = {Track.SYNC: 118.0, Track.OTHER: 131.0, Track.DRILL: 144.0}
_TRACK_HEIGHT: Final = 9.0
_THINNEST: Final = 2.0
_TALLEST: Final = 4
"""A pause of more than so many limits is cut off, and its length stands above it."""

_MINUTE: Final = timedelta(minutes=1)
_ONLY_MINUTES_BELOW: Final = 100
_ONLY_HOURS_BELOW: Final = 48


@dataclass(frozen=True, slots=True)
class Column:
    """A day as it is drawn; lengths in units of the picture."""

    x: float
    width: float
    middle: float
    y: float
    height: float
    over: bool
    label: str
    label_y: float
    unknown: bool
    number: str
    month: str


@dataclass(frozen=True, slots=True)
class Box:
    """A span as it is drawn."""

    track: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day in the table."""

    day: str
    pause: str
    incidents: str


def chart(found: Fortnight) -> str:
    """The picture: an `svg` element whose colours are the page's; safe as it is."""
    top = _scale(found)
    return environment().get_template("chart.svg.j2").render(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=_RIGHT,
        bottom=_BOTTOM,
        top=_TOP,
        limit_y=_round(_height(found.limit, top)),
        limit=brief(found.limit),
        most=brief(top),
        columns=list(_columns(found, top)),
        boxes=list(_boxes(found)),
        tracks=[(str(track).capitalize(), y + _TRACK_HEIGHT - 1) for track, y in _TRACKS.items()],
        track_height=_TRACK_HEIGHT,
        title=title(found),
        summary=summary(found),
    )  # fmt: skip


def title(found: Fortnight) -> str:
    """What the picture shows, with its dates and whose days they are."""
    first, last = said_day(found.bars[0].day), said_day(found.bars[-1].day)
    return f"Longest pause between syncs and incidents by day, {first} to {last} ({found.zone})"


def summary(found: Fortnight) -> str:
    """The picture in one or two sentences."""
    measured = [bar for bar in found.bars if bar.gap is not None]
    if not measured:
        return "No pause between two syncs was measured yet."
    worst = max(measured, key=lambda bar: bar.gap or timedelta(0))
    over = sum(1 for bar in measured if _over(bar, found))
    length = duration(worst.gap or timedelta(0))
    said = f"Longest pause: {length}, on {said_day(worst.day)}; limit {duration(found.limit)}."
    days = "no day was" if not over else "1 day was" if over == 1 else f"{over} days were"
    among = "the 1 day" if len(measured) == 1 else f"{len(measured)} days"
    return f"{said} Of {among} that could be measured, {days} over it."


def table(found: Fortnight) -> Iterator[DayLine]:
    """The picture in words, the newest day first."""
    for bar in reversed(found.bars):
        day = said_day(bar.day).rpartition(" ")[0]  # a fortnight needs no year
        yield DayLine(day, _pause(bar, found), _incidents(bar))


def brief(span: timedelta) -> str:
    """A span in at most three figures and a letter: "64m", "8h", "3d"."""
    minutes = max(span, timedelta(0)) // _MINUTE
    if minutes < _ONLY_MINUTES_BELOW:
        return f"{minutes}m"
    hours = minutes // 60
    return f"{hours}h" if hours < _ONLY_HOURS_BELOW else f"{min(hours // 24, 999)}d"


# -- words ----------------------------------------------------------------------------------------


def _pause(bar: Bar, found: Fortnight) -> str:
    if not bar.watched:
        return "not watched"
    said = "not measured" if bar.gap is None else duration(bar.gap)
    if _over(bar, found):
        said += ", over the limit"
    if bar.gap is not None and bar.lasts:
        said += ", goes on"
    if not bar.recorded:
        said += "; record missing"
    if bar.blind >= _MINUTE:
        said += f"; blind for {duration(bar.blind)}"
    return said


def _incidents(bar: Bar) -> str:
    if not bar.watched:
        return "not known"
    return "none" if not bar.incidents else counted(bar.incidents, "incident")


def _over(bar: Bar, found: Fortnight) -> bool:
    return bar.gap is not None and bar.gap > found.limit


# -- geometry -------------------------------------------------------------------------------------


def _scale(found: Fortnight) -> timedelta:
    """What the top of the plot means."""
    longest = max((bar.gap for bar in found.bars if bar.gap is not None), default=found.limit)
    limit = max(found.limit, _MINUTE)
    return max(2 * limit, min(longest, _TALLEST * limit))


def _height(span: timedelta, top: timedelta) -> float:
    share = min(max(span / top, 0.0), 1.0)
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _columns(found: Fortnight, top: timedelta) -> Iterator[Column]:
    width = (_RIGHT - _LEFT) / len(found.bars)
    month = ""
    for place, bar in enumerate(found.bars):
        x = _LEFT + place * width
        y = _height(bar.gap or timedelta(0), top)
        over = _over(bar, found)
        now = f"{bar.day:%b}"
        yield Column(
            x=_round(x + 2),
            width=_round(width - 4),
            middle=_round(x + width / 2),
            y=_round(y),
            height=_round(_BOTTOM - y),
            over=over,
            label=brief(bar.gap) if over and bar.gap is not None else "",
            label_y=_round(y - 4),
            unknown=bar.watched and (bar.gap is None or not bar.recorded),
            number=f"{bar.day.day}",
            month=now if now != month else "",
        )
        month = now


def _boxes(found: Fortnight) -> Iterator[Box]:
    """The spans, those that would touch in the picture as one: so there are never many."""
    for track, y in _TRACKS.items():
        reached: tuple[float, float] | None = None
        spans = [span for span in found.spans if span.track is track]
        for span in sorted(spans, key=lambda each: each.start):
            first, last = _x(span.start, found), _x(span.end or found.at, found)
            if last < _LEFT or first > _RIGHT or last < first:
                continue
            last = min(max(last, first + _THINNEST), _RIGHT)
            first = min(first, last - _THINNEST)
            if reached is not None and first <= reached[1] + 1:
                reached = (reached[0], max(reached[1], last))
                continue
            if reached is not None:
                yield _box(track, y, reached)
            reached = (first, last)
        if reached is not None:
            yield _box(track, y, reached)


def _box(track: Track, y: float, span: tuple[float, float]) -> Box:
    return Box(str(track), _round(span[0]), y, _round(span[1] - span[0]))


def _x(moment: datetime, found: Fortnight) -> float:
    """Where a moment lies; a day has its whole column, be it 23 or 25 hours long."""
    width = (_RIGHT - _LEFT) / len(found.bars)
    for place, bar in enumerate(found.bars):
        if moment < bar.end or place == len(found.bars) - 1:
            share = (moment - bar.start) / (bar.end - bar.start)
            return min(max(_LEFT + (place + share) * width, _LEFT), _RIGHT)
    return _RIGHT


def _round(value: float) -> float:
    return round(value, 1)
