"""A report for a terminal of 80 columns, with or without colour: capitals mark what to mend."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from shared.doctor.report import COMMAND, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.doctor.report import Report, Row

WIDTH: Final = 80
_COLUMN: Final = 16
_INDENT: Final = " " * _COLUMN
_COLOURS: Final = {
    Outcome.PASS: "32",
    Outcome.FAIL: "1;31",
    Outcome.NOT_PERMITTED: "33",
    Outcome.NOT_VERIFIABLE: "36",
}
"""Colours that are read on light and on dark ground alike; the word says the same."""


def as_text(report: Report, *, colour: bool = False) -> Iterator[str]:
    """The report line by line.

    Args:
        report: Whatever was found.
        colour: Whether the terminal understands ANSI colours.
    """
    yield f"Build   {report.build}"
    yield f"Rights  {report.where}"
    yield ""
    told: dict[str, str] = {}
    apart = True  # whether the last line is empty: what must be mended stands apart
    for row in report.rows:
        if row.is_fault and not apart:
            yield ""
        apart = row.is_fault
        yield from _row(row, colour=colour)
        if row.fix in told:
            yield f"{_INDENT}  -> as for '{told[row.fix]}'"
        elif row.fix:
            yield from _fix(row.fix)
            if len(row.fix) > WIDTH - _COLUMN:  # a short one is as quickly read again
                told[row.fix] = row.name
        if row.is_fault:
            yield ""
    if not apart:
        yield ""
    yield from _ending(report)


def _row(row: Row, *, colour: bool) -> Iterator[str]:
    word = str(row.outcome).upper() if row.is_fault else str(row.outcome)
    gap, room = " " * (_COLUMN - len(word)), WIDTH - _COLUMN
    if row.is_fault:
        first, more = row.name, _wrapped(row.detail, room)
    else:
        first, *more = _wrapped(f"{row.name}: {row.detail}", room)
    if colour:
        word = _painted(word, _COLOURS[Outcome.FAIL if row.is_fault else row.outcome])
        first = first.replace(row.name, _painted(row.name, "1"), 1)
    yield f"{word}{gap}{first}"
    yield from (_INDENT + line for line in more)


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _fix(fix: str) -> Iterator[str]:
    """The lines of a fix; a command is never broken, so that it can be copied."""
    lead = "-> "
    for line in fix.split("\n"):
        short = not line.startswith(COMMAND)
        for each in _wrapped(line, WIDTH - _COLUMN - 5) if short else [line]:
            yield f"{_INDENT}  {lead}{each}"
            lead = "   "


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _ending(report: Report) -> Iterator[str]:
    rows = report.rows
    faults = [row.name for row in rows if row.is_fault]
    counts = {each: sum(row.outcome is each for row in rows) for each in Outcome}
    tally = ", ".join(f"{count} {each}" for each, count in counts.items() if count)
    yield f"{len(rows)} rows: {tally}."
    if report.status is Status.MISCONFIGURED:
        yield "The settings are wrong, so nothing else was looked at. Mend them first."
    elif faults:
        yield from _wrapped(f"To mend, {len(faults)}: {'; '.join(faults)}.", WIDTH)
    else:
        yield "Nothing to mend."
    if counts[Outcome.NOT_VERIFIABLE] and not report.misconfigured:
        yield "Not verifiable is not good news: it says where to look, or that it is not used."
