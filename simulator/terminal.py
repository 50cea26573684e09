"""A story in the terminal: progress while it runs, then the timeline. Plain when piped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from simulator.chart import severity
from simulator.runner import TICK_EVERY, run_story

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.results import TickRecord
    from simulator.runner import MakeWatchdog, StoryResult
    from simulator.story import Story

_COLOURS: Final = {"good": "green", "late": "yellow", "bad": "red", "blind": "magenta"}
_SORTS: Final = {"*": ("event", "bold"), "=": ("verdict", ""), ">": ("card", "bold cyan")}


def play_with_progress(
    story: Story, make_watchdog: MakeWatchdog, console: Console | None = None
) -> StoryResult:
    """Run a story; on a terminal, show how far it is and what the watchdog thinks."""
    console = console or Console()
    bar = Progress(
        TextColumn("{task.fields[clock]}"),
        BarColumn(),
        TextColumn("{task.fields[verdict]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        total = story.until // TICK_EVERY + 1
        task = bar.add_task("", total=total, clock="00:00", verdict="")

        def show(tick: TickRecord) -> None:
            bar.update(
                task,
                completed=tick.at // TICK_EVERY + 1,
                clock=(story.starts + tick.at).strftime("%H:%M UTC"),
                verdict=tick.verdict,
            )

        return run_story(story, make_watchdog, on_tick=show)


def print_timeline(result: StoryResult, console: Console | None = None) -> None:
    """Print what happened, one line each: minute, time of day, what, and then the outcome."""
    console = console or Console()
    console.print(f"[bold]{escape(result.story.name)}[/]: {escape(result.story.sentence)}")
    console.print()
    table = Table("minute", "UTC", "", "", box=None, pad_edge=False, show_header=False)
    table.columns[0].justify = "right"
    for minute, clock, line in result.timeline():
        sort, style = _SORTS[line[0]]
        text = line[2:].removeprefix("card: ")
        if sort == "verdict":
            style = _COLOURS[severity(text.partition(":")[0])]
        table.add_row(f"{minute:g} min", clock, sort, escape(text), style=style)
    console.print(table)
    console.print()
    for problem in result.comparison.problems:
        console.print(f"  {escape(problem)}", style="red", soft_wrap=True)
    console.print(escape(result.sentence), style="green" if result.passed else "red")


def print_stories(stories: Mapping[str, Story], console: Console | None = None) -> None:
    """Print every story's name and sentence."""
    console = console or Console()
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for name, story in stories.items():
        table.add_row(escape(name), escape(story.sentence))
    console.print(table)
