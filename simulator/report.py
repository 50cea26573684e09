"""The report of one run: a single HTML file that opens offline and asks nobody for anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from simulator import teams
from simulator.card_html import Node, nodes_of
from simulator.chart import Layout, advised, severity, verdict_runs
from simulator.clock import minutes
from simulator.results import What

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from simulator.results import CardRecord, Recording
    from simulator.runner import StoryResult

_PHONE: Final = 328
_DESKTOP: Final = 1080
_REASONS: Final = {"first": "first card", "missed": "over, told late"}


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of "promised and measured"; shares are percent of the story's length."""

    title: str
    says: str
    promised: str
    measured: str
    kept: bool
    start: float
    length: float
    at: float | None


@dataclass(frozen=True, slots=True)
class SeenCard:
    """One card as it is drawn."""

    number: int
    clock: str
    title: str
    summary: str
    expected: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One big number with its words."""

    number: str
    words: str


def write_report(result: StoryResult, path: Path) -> None:
    """Write the report to `path`, replacing what is there; its folder is made if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(result), encoding="utf-8")


def render(result: StoryResult) -> str:
    """The report as HTML."""
    environment = Environment(
        loader=PackageLoader("simulator"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    recording, until = result.recording, result.story.until
    return environment.get_template("report.html.j2").render(
        story=result.story,
        day=result.story.starts.strftime("%A, %d %B %Y"),
        from_to=f"{recording.clock(minutes(0))} to {recording.clock(until)} UTC",
        passed=result.passed,
        sentence=result.sentence,
        problems=result.comparison.problems,
        figures=_figures(result),
        charts=[
            Layout(recording, until, "phone", _PHONE).chart(),
            Layout(recording, until, "desktop", _DESKTOP).chart(),
        ],
        runs=_runs(result),
        uploads=bool(recording.uploads),
        promises=_promises(result),
        cards=[_seen(result, n, card) for n, card in enumerate(recording.cards, start=1)],
        timeline=[(clock, text.lstrip("*=> "), text[0]) for _, clock, text in result.timeline()],
    )


def in_words(duration: timedelta) -> str:
    """A duration in hours and minutes."""
    hours, rest = divmod(round(duration / minutes(1)), 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def _figures(result: StoryResult) -> list[Figure]:
    recording = result.recording
    figures = [
        Figure(in_words(after), words)
        for after, words in (_noticed(recording), _told_recovery(recording))
        if after is not None
    ]
    cards, extra = len(recording.cards), len(result.comparison.unexpected)
    figures.append(Figure(str(cards), "card posted" if cards == 1 else "cards posted"))
    figures.append(Figure(str(extra), "of them not expected"))
    return figures


def _noticed(recording: Recording) -> tuple[timedelta | None, str]:
    dead = next((h for h in recording.happenings if h.what is What.SERVER_DIES), None)
    if dead is None:
        return None, ""
    after = (
        card.at - dead.at
        for card in recording.cards
        if card.at >= dead.at and card.reason in {"first", "missed"}
    )
    return next(after, None), f"from the death of {dead.target} to the card"


def _told_recovery(recording: Recording) -> tuple[timedelta | None, str]:
    taken = next((h for h in recording.happenings if h.what is What.PROMOTE), None)
    told = [card.at for card in recording.cards if card.reason == "recovery"]
    if taken is None or not told:
        return None, ""
    return told[-1] - taken.at, "from the takeover to the recovery card"


def _runs(result: StoryResult) -> list[tuple[str, str, str, str]]:
    """Each run of a verdict: its colour, word and time, and every advice given in it."""
    clock, ticks = result.recording.clock, result.recording.ticks
    runs = []
    for verdict, start, end in verdict_runs(ticks, result.story.until):
        words = dict.fromkeys(tick.advice for tick in ticks if start <= tick.at < end)
        advice = ", then ".join(advised(word) for word in words if word not in {"", "none"})
        runs.append((severity(verdict), verdict, f"{clock(start)}-{clock(end)}", advice))
    return runs


def _promises(result: StoryResult) -> list[Promise]:
    clock, until = result.recording.clock, result.story.until
    promises = []
    for window, card in ((o.window, o.card) for o in result.comparison.outcomes):
        earliest, latest = window.earliest or minutes(0), window.latest or minutes(0)
        promises.append(
            Promise(
                title=_titled(window.verdict, window.reason),
                says=window.says,
                promised=f"{clock(earliest)}-{clock(latest)}",
                measured=clock(card.at) if card else "never",
                kept=card is not None,
                start=round(100 * (earliest / until), 2),
                length=round(max(1.0, 100 * ((min(latest, until) - earliest) / until)), 2),
                at=round(100 * (card.at / until), 2) if card else None,
            )
        )
    return promises


def _titled(verdict: str, reason: str) -> str:
    return f"{verdict} · {_REASONS.get(reason, reason)}"


def _seen(result: StoryResult, number: int, card: CardRecord) -> SeenCard:
    return SeenCard(
        number=number,
        clock=result.recording.clock(card.at),
        title=_titled(card.verdict, card.reason),
        summary=str(card.message.get("summary", "")),
        expected=card not in result.comparison.unexpected,
        nodes=nodes_of(teams.card_of(card.message)),
    )
