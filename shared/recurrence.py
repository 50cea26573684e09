"""When maintenance windows are on: repetition by RFC 5545, by the clock on the wall.

What others call:

- `new_window(start, lasts, zone, id=…, rule=…, title=…, by=…, via=…, at=…, form=…) -> Window`,
  from what a person typed; raises `WrongWindowError` (a `ValueError` with `what` and `right`).
- `maintenance_at(windows, at) -> Maintenance | None`: what is on.
- `upcoming(windows, at, count) -> list[Occurrence]`: what is on and what comes, soonest first.
- `occurrences(window, from_, until) -> list[(start, end)]` in UTC.
- `check_rule(text)`, `check_window(window)`: raise `WrongWindowError`.

A window at 22:00 stays at 22:00 when the clocks change. A time on the wall that does not exist on
a day is as many minutes later; of an ambiguous one the first is meant (like office hours). How
long it lasts is elapsed time.

Every evaluation is bounded work: see `shared.recurring_days`.

A stored window that cannot be evaluated (edited by hand, a zone that is gone) is never on: cards
go out. `unreadable` names it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from shared import recurring_days
from shared.domain.maintenance import clock
from shared.domain.maintenance.rule import Rule, WrongWindowError, parse_rule
from shared.domain.maintenance.window import (
    LONGEST_WINDOW,
    SHORTEST_PAUSE,
    SHORTEST_WINDOW,
    Maintenance,
    Occurrence,
    Window,
)
from shared.recurring_days import HORIZON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_TITLE: Final = 100

_ID: Final = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_DAY: Final = timedelta(days=1)
_YEARS: Final = 1970, 9000
_CHAINS_TRIED: Final = timedelta(days=800)


def new_window(  # noqa: PLR0913 - what a person fills in
    start: str,
    lasts: timedelta,
    zone: str,
    *,
    id: str,  # noqa: A002 - the field's name
    rule: str = "",
    title: str = "",
    by: str = "",
    via: str = "",
    at: datetime | None = None,
    form: str = "",
) -> Window:
    """A window as a person announces it.

    Args:
        start: When it begins for the first time, by the clock of `zone`: `2026-12-06T22:00`.
        lasts: How long.
        zone: An IANA name.
        id: Lower-case letters, digits and hyphens, unique.
        rule: RFC 5545, without `RRULE:`; "" for once.
        title: What it is for.
        by: Who announces it.
        via: From where.
        at: Now; None for one that stands in the setting.
        form: The form that was sent.

    Raises:
        WrongWindowError: It cannot be announced.
    """
    wall = clock.wall(start)
    window = Window(
        id=id,
        first=clock.moment(wall, clock.zone(zone)),
        lasts=lasts,
        zone=zone,
        rule=rule.strip().upper(),
        title=title.strip(),
        by=by,
        via=via,
        announced_at=at,
        form=form,
    )
    if window.rule and clock.on_wall(window.first, clock.zone(zone)) != wall:
        raise WrongWindowError(
            f"begins at {start}, which no clock in {zone} shows",
            "another time, or another day to begin",
        )
    check_window(window)
    return window


def check_rule(text: str) -> None:
    """Whether a rule may be announced, whenever it begins.

    Raises:
        WrongWindowError: It may not.
    """
    recurring_days.check_comes_round(parse_rule(text))


def check_window(window: Window) -> None:
    """Whether a window may be announced.

    Raises:
        WrongWindowError: It may not.
    """
    if not _ID.fullmatch(window.id):
        raise WrongWindowError(f"has the id {window.id[:64]!a}", "a-z, 0-9 and hyphens, at most 64")
    if not SHORTEST_WINDOW <= window.lasts <= LONGEST_WINDOW:
        raise WrongWindowError("is too short or too long", "5 minutes to 7 days (PT5M to P7D)")
    if len(window.title) > LONGEST_TITLE or not window.title.isprintable():
        raise WrongWindowError(
            "has a title that is not one plain line", f"at most {LONGEST_TITLE} visible characters"
        )
    zone = clock.zone(window.zone)
    if not _YEARS[0] <= window.first.year < _YEARS[1]:
        raise WrongWindowError("begins in an impossible year", "a year such as 2026")
    if not window.rule:
        return
    check_rule(window.rule)
    comes = next(
        _starts(replace(window, ended_at=None), window.first, window.first + HORIZON), None
    )
    if comes != window.first:
        hint = f", such as {clock.on_wall(comes, zone):%Y-%m-%dT%H:%M}" if comes else ""
        raise WrongWindowError(
            "begins at a time that its own rule does not name", f"a start that fits the rule{hint}"
        )
    until = window.first + _CHAINS_TRIED
    for start, end in _chains(occurrences(replace(window, ended_at=None), window.first, until)):
        if end - start > LONGEST_WINDOW:
            raise WrongWindowError(
                "begins again before it ends, for longer than 7 days",
                "a shorter window, or a rule with pauses of 15 min: cards never wait for longer",
            )


def occurrences(
    window: Window, from_: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The times at which a window is on within a span, as start and end in UTC.

    Args:
        window: What was announced.
        from_: Those that end after this.
        until: Those that begin before this.

    Raises:
        WrongWindowError: The window cannot be evaluated.
    """
    near = takewhile(lambda start: start < until, _starts(window, from_ - _lasts(window), until))
    spans = [(start, _end(window, start)) for start in near]
    return sorted((start, end) for start, end in spans if end > from_ and end > start)


def maintenance_at(windows: Iterable[Window], at: datetime) -> Maintenance | None:
    """What is on, until the end of the last window of several that follow without a gap."""
    far = at + LONGEST_WINDOW
    spans = []
    for window in windows:
        try:
            spans += [(start, end, window) for start, end in occurrences(window, at, far)]
        except ValueError:
            continue
    spans.sort(key=lambda span: span[0])
    until, last = at, None
    for start, end, window in spans:
        if start <= until < end:
            until, last = end, window
    return Maintenance(min(until, far), last.title, last.id) if last else None


def upcoming(windows: Iterable[Window], at: datetime, count: int) -> list[Occurrence]:
    """What is on and what comes next, soonest first; windows that cannot be read are left out."""
    found: list[Occurrence] = []
    for window in windows:
        try:
            found += islice(_from(window, at), count)
        except ValueError:
            continue
    return sorted(found, key=lambda each: (each.start, each.window.id))[:count]


def over(window: Window, at: datetime) -> bool:
    """Whether it was ended, or is on neither now nor ever again; False where nobody can tell."""
    try:
        return next(_from(window, at), None) is None
    except ValueError:
        return window.ended_at is not None and window.ended_at <= at


def unreadable(windows: Iterable[Window]) -> list[Window]:
    """The windows that cannot be evaluated, and so are never on."""
    wrong = []
    for window in windows:
        try:
            next(_starts(window, window.first, window.first), None)
        except ValueError:
            wrong.append(window)
    return wrong


# -- one window -----------------------------------------------------------------------------------


def _from(window: Window, at: datetime) -> Iterator[Occurrence]:
    for start in _starts(window, at - _lasts(window), window.first + HORIZON):
        end = _end(window, start)
        if end > at and end > start:
            yield Occurrence(start, end, window)


def _lasts(window: Window) -> timedelta:
    """How long, within what may be announced: a row may have been edited by hand."""
    return max(timedelta(0), min(window.lasts, LONGEST_WINDOW))


def _end(window: Window, start: datetime) -> datetime:
    end = start + _lasts(window)
    return end if window.ended_at is None else min(end, window.ended_at)


def _starts(window: Window, from_: datetime, until: datetime) -> Iterator[datetime]:
    """When it begins, in UTC, from `from_` until about `until`, unless it was ended."""
    first, ended = window.first.astimezone(UTC), window.ended_at
    if not window.rule:
        if ended is None or first < ended:
            yield first
        return
    rule, zone = parse_rule(window.rule), clock.zone(window.zone)
    begins = clock.on_wall(first, zone)
    begin, end = clock.on_wall(from_, zone) - _DAY, clock.on_wall(until, zone) + _DAY
    for wall in recurring_days.walls(rule, begins, begin, end):
        start = clock.moment(wall, zone)
        if _past_until(rule, wall, start) or (ended is not None and start >= ended):
            return
        if start >= from_:
            yield start


def _past_until(rule: Rule, wall: datetime, start: datetime) -> bool:
    until = rule.until
    if until is None:
        return False
    if not isinstance(until, datetime):
        return wall.date() > until
    return wall > until if until.tzinfo is None else start > until


def _chains(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans that overlap, or have no real pause between them, as one; they must be sorted."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if merged and start < merged[-1][1] + SHORTEST_PAUSE:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
