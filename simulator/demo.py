"""The demo: one story against the real watchdog, on the terminal and as an HTML report."""

from __future__ import annotations

import difflib
import importlib
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from simulator.report import write_report
from simulator.stories import DEFAULT, STORIES
from simulator.terminal import play_with_progress, print_stories, print_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator.runner import MakeWatchdog


def main(
    story: str,
    out: Path,
    make_watchdog: MakeWatchdog | None = None,
    console: Console | None = None,
) -> int:
    """Play a story and write its report.

    Args:
        story: A name from `stories.STORIES`; empty plays the default one.
        out: Where the report goes; replaced if it exists.
        make_watchdog: Builds the watchdog; the real one, `shared.wiring.build`, by default.
        console: Where to print; standard output by default.

    Returns:
        0 if everything went as promised, 1 if not, 2 for an unknown story or unwritable report.
    """
    console = console or Console(highlight=False)
    name = story or DEFAULT
    if name not in STORIES:
        close = difflib.get_close_matches(name, STORIES, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        console.print(f"There is no story {name!r}.{hint} These exist:\n", markup=False)
        print_stories(STORIES, console)
        return 2
    try:  # before the story, which takes a while
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch()
    except OSError as problem:
        why = f"The report cannot be written to {out}: {problem.strerror}."
        console.print(f"{why} Name another file with --out.", markup=False)
        return 2
    if make_watchdog is None:
        make_watchdog = importlib.import_module("shared.wiring").build
    with _watchdog_log_aside():
        result = play_with_progress(STORIES[name], make_watchdog, console)
    print_timeline(result, console)
    write_report(result, out)
    console.print(f"Report: {out.resolve()}", markup=False, soft_wrap=True)
    return 0 if result.passed else 1


@contextmanager
def _watchdog_log_aside() -> Iterator[None]:
    """Without any handler Python prints warnings to the terminal, across the progress bar."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
