"""Sequences of exports: who exported from when to when, as one source shows it.

A sequence is made of what was seen, in any order and however often it was seen: the same window
is read again and again, and an entry may arrive late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import Acted, server_key
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KEPT_RUNS: Final = 12
KEPT_FOR: Final = timedelta(hours=24)

Sighting = tuple[str, datetime]
"""A server that exported, and when."""


def latest(runs: tuple[Acted, ...]) -> Acted | None:
    """The run that reaches furthest; at the same time, the one that was there before."""
    return max(runs, key=lambda run: run.last_at, default=None)


def believable(time: datetime | None, at: datetime) -> bool:
    """Whether a source's time is there and not ahead of the tick."""
    return time is not None and time - at <= CLOCK_TOLERANCE


def merged(
    runs: tuple[Acted, ...], sightings: Iterable[Sighting], at: datetime
) -> tuple[Acted, ...]:
    """One sequence of everything that was seen, in any order and however often.

    A run is its two ends: between them nobody else was seen. So runs are merged by sorting all
    ends, and an entry that arrives late parts the run that it falls into.
    """
    ends = [(run.server, time) for run in runs for time in (run.first_at, run.last_at)]
    servers_at: dict[datetime, dict[str, str]] = {}
    for name, time in [*ends, *sightings]:
        if (key := server_key(name)) and believable(time, at):
            here = servers_at.setdefault(time, {})
            here[key] = min(name, here.get(key, name))
    result: list[Acted] = []
    for time, name in _in_order(servers_at):
        if result and server_key(result[-1].server) == server_key(name):
            result[-1] = Acted(name, result[-1].first_at, time)
        else:
            result.append(Acted(name, time, time))
    return tuple(result)


def _in_order(servers_at: dict[datetime, dict[str, str]]) -> Iterator[tuple[datetime, str]]:
    """Sightings by time; at one instant in the order that needs the fewest changes of server."""
    times = sorted(servers_at)
    current = ""
    for time, following in zip_longest(times, times[1:]):
        here = servers_at[time]
        upcoming = servers_at[following] if following is not None else {}
        # the server that goes on comes first, one that is seen next comes last
        for _, _, key in sorted((key != current, key in upcoming, key) for key in here):
            yield time, here[key]
            current = key


def kept(runs: tuple[Acted, ...], at: datetime) -> tuple[Acted, ...]:
    """What is worth keeping: the newest runs of a day, and the newest of all however old."""
    past = merged(runs, (), at)
    recent = tuple(run for run in past if at - run.last_at <= KEPT_FOR)
    return (recent or past[-1:])[-KEPT_RUNS:]
