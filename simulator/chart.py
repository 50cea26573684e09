"""The geometry of the timeline chart: what to draw where, as plain numbers. No markup here.

The chart is laid out twice, for a phone and for a desktop, so that text keeps its size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from simulator.clock import minutes
from simulator.machine import Kind
from simulator.results import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.results import Recording, TickRecord

LETTER: Final = 6.6
"""Width of a letter at the chart's text size, on the safe side."""
_MARGIN: Final = 18
_EVENT_ROW: Final = 18
_LANE: Final = 28
_GAP: Final = 42
_AXIS: Final = 30
_TICK_GAP: Final = minutes(5)
_STEPS: Final = tuple(minutes(m) for m in (5, 10, 15, 30, 60, 120, 180, 240, 360))


@dataclass(frozen=True, slots=True)
class Span:
    """A bar. `style` becomes a CSS class; `label` is empty where it would not fit."""

    x: float
    width: float
    style: str
    label: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in time with its style and, for cards and events, its text."""

    x: float
    style: str
    text: str = ""
    y: float = 0
    text_x: float = 0
    title: str = ""


@dataclass(slots=True)
class Lane:
    """One row: a heading, bars, then marks on top."""

    heading: str
    y: float
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    kind: str = "band"
    height: float = _LANE


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything to draw, in pixels."""

    name: str
    width: float
    height: float
    left: float
    right: float
    events: tuple[Mark, ...]
    lanes: tuple[Lane, ...]
    axis: tuple[Mark, ...]
    axis_y: float


class Layout:
    """Turns moments into pixels for one width, and rows into a chart."""

    def __init__(self, recording: Recording, until: timedelta, name: str, width: float) -> None:
        self._recording = recording
        self._until = until
        self._name = name
        self._width = width
        self._left = float(_MARGIN)
        self._right = width - _MARGIN

    def chart(self) -> Chart:
        """Lay everything out."""
        events, rows = self._events()
        y = 16.0 + rows * _EVENT_ROW + 26
        lanes: list[Lane] = []
        for lane in self._lanes():
            lane.y = y
            lanes.append(lane)
            y += lane.height + _GAP - 10
        axis_y = y - 14
        return Chart(
            name=self._name,
            width=self._width,
            height=axis_y + _AXIS,
            left=self._left,
            right=self._right,
            events=tuple(events),
            lanes=tuple(lanes),
            axis=tuple(self._axis()),
            axis_y=axis_y,
        )

    def x(self, at: timedelta) -> float:
        """The pixel column of a moment."""
        share = max(0.0, min(1.0, at / self._until))
        return round(self._left + share * (self._right - self._left), 1)

    def _span(self, start: timedelta, end: timedelta, style: str, label: str) -> Span:
        x, width = self.x(start), max(1.5, self.x(end) - self.x(start))
        fits = len(label) * LETTER + 8 <= width
        clock = self._recording.clock
        title = f"{label} {clock(start)}-{clock(end)} UTC"
        return Span(x, round(width, 1), style, label if fits else "", title)

    def _events(self) -> tuple[list[Mark], int]:
        """Labels of happenings, each in the first row where it overlaps no other."""
        ends: list[float] = []
        marks = []
        for happening in self._recording.happenings:
            x = self.x(happening.at)
            text = f"{self._recording.clock(happening.at)} {happening.text}"
            width = len(text) * LETTER + 10
            start = max(self._left, min(x + 4, self._right - width))
            row = next((n for n, end in enumerate(ends) if start >= end), len(ends))
            ends[row : row + 1] = [start + width]
            marks.append(Mark(x, happening.what, text, 16.0 + row * _EVENT_ROW, start))
        return marks, len(ends)

    def _lanes(self) -> Iterable[Lane]:
        for name, role in self._recording.servers:
            yield self._server(name, role)
        faults = [*self._faults()]
        if faults:
            yield Lane("Faults", 0, faults)
        yield Lane("The watchdog's verdict, every 5 minutes", 0, [*self._verdicts()])
        advice = [*self._advice()]
        if advice:
            yield Lane("Its advice, while a person must act", 0, advice)
        yield Lane("Cards in the Teams channel", 0, [], [*self._cards()], kind="cards")

    def _server(self, name: str, role: str) -> Lane:
        lane = Lane(f"{name}: object syncs and password syncs", 0, kind="server")
        roles, since, dead_since = role, timedelta(), None
        for happening in self._recording.happenings:
            if happening.target != name and happening.what is not What.ALL_DIE:
                continue
            if happening.what in {What.PROMOTE, What.DEMOTE}:
                lane.spans.append(self._span(since, happening.at, roles, roles))
                roles = "active" if happening.what is What.PROMOTE else "staging"
                since = happening.at
            elif happening.what in {What.SERVER_DIES, What.ALL_DIE} and dead_since is None:
                dead_since = happening.at
                lane.spans.append(self._span(since, happening.at, roles, roles))
            elif happening.what is What.SERVER_RETURNS and dead_since is not None:
                lane.spans.append(self._span(dead_since, happening.at, "dead", "dead"))
                dead_since, since = None, happening.at
        if dead_since is None:
            lane.spans.append(self._span(since, self._until, roles, roles))
        else:
            lane.spans.append(self._span(dead_since, self._until, "dead", "dead"))
        lane.marks += self._marks(name)
        return lane

    def _marks(self, name: str) -> Iterable[Mark]:
        starts = self._recording.starts
        for beat in self._recording.beats:
            if beat.server == name:
                style = "object" if beat.kind is Kind.OBJECTS else "password"
                style += "" if beat.exported else " unexported"
                yield Mark(self.x(beat.at - starts), style)
        for upload in self._recording.uploads:
            if upload.server == name:
                style = "upload full" if upload.configuration else "upload"
                yield Mark(self.x(upload.at - starts), style)

    def _faults(self) -> Iterable[Span]:
        ends = {
            What.GRAPH_FAILS: (What.GRAPH_WORKS, "Graph fails"),
            What.ARM_FAILS: (What.ARM_WORKS, "Connect Health unreadable"),
            What.ENTRA_FAILS: (What.ENTRA_WORKS, "Entra outage"),
            What.TEAMS_FAILS: (What.TEAMS_WORKS, "Teams fails"),
            What.WATCHDOG_DOWN: (What.WATCHDOG_BACK, "no ticks"),
        }
        for happening in self._recording.happenings:
            if happening.what not in ends:
                continue
            over, label = ends[happening.what]
            later = (h.at for h in self._recording.happenings if h.what is over)
            end = next((at for at in later if at >= happening.at), self._until)
            yield self._span(happening.at, end, "fault", label)

    def _verdicts(self) -> Iterable[Span]:
        for verdict, start, end in verdict_runs(self._recording.ticks, self._until):
            yield self._span(start, end, f"v-{severity(verdict)}", verdict)

    def _advice(self) -> Iterable[Span]:
        told = [tick for tick in self._recording.ticks if tick.advice not in {"", "none"}]
        runs: list[tuple[str, timedelta, timedelta]] = []
        for tick in told:
            end = min(self._until, tick.at + _TICK_GAP)
            if runs and runs[-1][0] == tick.advice and runs[-1][2] >= tick.at:
                runs[-1] = (tick.advice, runs[-1][1], end)
            else:
                runs.append((tick.advice, tick.at, end))
        for word, start, end in runs:
            yield self._span(start, end, ADVICE_STYLES.get(word, "a-check"), advised(word))

    def _cards(self) -> Iterable[Mark]:
        last = -100.0
        for n, card in enumerate(self._recording.cards, start=1):
            x = max(self.x(card.at), last + 21)
            last = x
            clock = self._recording.clock(card.at)
            style = "v-good" if card.reason in {"recovery", "missed"} else "v-bad"
            yield Mark(x, style, str(n), title=f"{clock} UTC: {card.title}")

    def _axis(self) -> Iterable[Mark]:
        label = 5 * LETTER + 14
        wide = self._right - self._left
        fitting = [s for s in _STEPS if (self._until / s) * label <= wide]
        step = fitting[0] if fitting else _STEPS[-1]
        starts = self._recording.starts
        since_midnight = timedelta(hours=starts.hour, minutes=starts.minute)
        at = -since_midnight % step
        while at <= self._until:
            yield Mark(self.x(at), "hour", self._recording.clock(at))
            at += step


ADVICE_STYLES: Final = {
    "fail_over": "a-go",
    "do_not_fail_over": "a-no",
    "check_first": "a-check",
}


def advised(word: str) -> str:
    """An advice word as a person reads it."""
    return word.replace("_", " ")


def severity(verdict: str) -> str:
    """The colour class of a verdict: good, late, bad, or blind for what is no verdict on sync."""
    return {"HEALTHY": "good", "LATE": "late", "BLIND": "blind", "CLOCK_SUSPECT": "blind"}.get(
        verdict, "bad"
    )


def verdict_runs(
    ticks: Sequence[TickRecord], until: timedelta
) -> list[tuple[str, timedelta, timedelta]]:
    """Ticks joined to runs of one verdict: the word, from, to. A missed tick ends a run."""
    runs: list[tuple[str, timedelta, timedelta]] = []
    for tick in ticks:
        end = min(until, tick.at + _TICK_GAP)
        if runs and runs[-1][0] == tick.verdict and runs[-1][2] >= tick.at:
            runs[-1] = (tick.verdict, runs[-1][1], end)
        else:
            runs.append((tick.verdict, tick.at, end))
    return runs
