"""Whether two servers export, which only one may.

What one source shows in its own order counts as an alternation. Two sources count together only
where both have Entra's clock, and beyond what their times of one event differ by: else one would
show the server before beside the server after. The finding ends as soon as one of the two is shown
to have missed a cycle; and nobody is told to stop the only server that is sure to export.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.domain.pair.export_runs import KEPT_RUNS
from shared.domain.pair.exports import HANDOVER_LAG, SLACK, sequences
from shared.domain.pair.readings import Acted, Source, server_key
from shared.domain.pair.report import Role, Statement
from shared.domain.pair.role_evidence import missed_cycle, put_into_staging, stopped_exporting
from shared.domain.pair.role_fence import Servers, newest_first, returned, shown_name, window
from shared.domain.pair.view import PairView, TwoActive

ONE_CLOCK: Final = (Source.SYNC_CONFIGURATION, Source.AUDITS)
"""Both date exports by Entra's clock; Connect Health's times may come without their zone."""

Turns = list[tuple[Source, Acted]]
"""Runs in order, each with the source that showed its end."""


def find(view: PairView, servers: Servers) -> TwoActive | None:
    """The two servers that export; None when there is nothing that shows it."""
    found = _alternating(view, servers)
    found = returned(view, servers, found) or found
    if found is None:
        return None
    known = (servers.get(server_key(name)) for name in found.servers)
    stopped = [
        each
        for each in known
        if each is not None and (put_into_staging(view, each) or stopped_exporting(view, each))
    ]
    return _named(view, servers, found) if len(found.servers) - len(stopped) > 1 else None


def _named(view: PairView, servers: Servers, found: TwoActive) -> TwoActive:
    """The finding, with nobody to stop where no other server is sure to export still."""
    others = (servers.get(server_key(name)) for name in found.servers if name != found.to_staging)
    if any(each is not None and not missed_cycle(view, each) for each in others):
        return found
    return replace(found, to_staging="")


# -- two servers take turns -----------------------------------------------------------------------


def _alternating(view: PairView, servers: Servers) -> TwoActive | None:
    """The newest alternation that any source shows, or else two sources together."""
    found: list[tuple[datetime, Source, Turns]] = []
    for source, runs in sequences(view.memory):
        last = _last_return(view, runs)
        if last is not None:
            turns = [(source, run) for run in runs[: last + 1]]
            found.append((runs[last].first_at, source, turns))
    if found:
        return _as_alternating(view, servers, max(found, key=lambda each: each[:2])[2])
    mixed = _mixed(view)
    last = _last_return(view, tuple(run for _, run in mixed), beyond=SLACK)
    return None if last is None else _as_alternating(view, servers, mixed[: last + 1])


def _mixed(view: PairView) -> Turns:
    """What the sources with one clock showed, as one sequence."""
    seen = sorted(
        (time, server_key(run.server), run.server, source)
        for source, runs in sequences(view.memory)
        if source in ONE_CLOCK
        for run in runs
        for time in (run.first_at, run.last_at)
    )
    mixed: Turns = []
    for time, key, name, source in seen:
        first_at = time
        if mixed and server_key(mixed[-1][1].server) == key:
            first_at = mixed.pop()[1].first_at
        mixed.append((source, Acted(name, first_at, time)))
    return mixed


def _last_return(
    view: PairView, runs: tuple[Acted, ...], beyond: timedelta = timedelta(0)
) -> int | None:
    """The index of the newest run by which the role came back too soon.

    Args:
        view: The pair in this tick.
        runs: Oldest first.
        beyond: How far the times of one export may be apart: so near ones have no order.
    """
    for last in range(len(runs) - 1, 1, -1):
        if view.at - runs[last].first_at > window(view):
            return None
        key = server_key(runs[last].server)
        earlier = [i for i in range(last - 1) if server_key(runs[i].server) == key]
        if not earlier:
            continue
        away_at, back_at = runs[earlier[-1] + 1].first_at, runs[last].first_at
        soon = back_at - away_at <= window(view)
        if not soon or _planned(view, key, away_at, back_at):
            continue
        away, back = (
            runs[last - 1].last_at - runs[earlier[-1]].first_at,
            runs[last].last_at - away_at,
        )
        if min(away, back) > beyond:
            return last
    return None


def _planned(view: PairView, key: str, away_at: datetime, back_at: datetime) -> bool:
    """Whether the server was seen in staging mode while the other had the role."""
    return any(
        server_key(each.before) == key
        and each.settled_at is not None
        and each.settled_at <= back_at
        and abs(each.at - away_at) <= HANDOVER_LAG
        for each in view.memory.handovers
    )


def _as_alternating(view: PairView, servers: Servers, seen: Turns) -> TwoActive:
    """The finding from runs whose last one came back."""
    runs = tuple(run for _, run in seen)
    names = {server_key(run.server): shown_name(servers, run.server) for run in runs[-3:]}
    meant = [key for key in names if key in servers and servers[key].intended is Role.ACTIVE]
    others = [key for key in names if key not in meant]
    turns = _turns(runs, window(view))
    wrong = others[0] if len(others) == 1 and _told(view, turns, others[0]) else ""
    since = next((run.first_at for run in turns[1:] if server_key(run.server) == wrong), None)
    shown = [f"{shown_name(servers, run.server)} exported" for run in runs[-3:]]
    shown[:-1] = [f"{text} before that" for text in shown[:-1]]
    stated = zip(shown, seen[-3:], strict=True)
    return TwoActive(
        servers=newest_first(servers, *names.items()),
        to_staging=names.get(wrong, ""),
        returned=False,
        since=since or turns[min(2, len(turns) - 1)].first_at,
        statements=tuple(Statement(text, each[0], each[1].last_at) for text, each in stated)[::-1],
    )


def _turns(runs: tuple[Acted, ...], within: timedelta) -> tuple[Acted, ...]:
    """The runs of the alternation: the changes follow each other within the window."""
    first = len(runs) - 1
    while first > 1 and runs[first].first_at - runs[first - 1].first_at <= within:
        first -= 1
    return runs[first - 1 :]


def _told(view: PairView, turns: tuple[Acted, ...], wrong: str) -> bool:
    """Whether what is set tells who is wrong: not one that exported alone before the turns.

    The settings may be of before a switch. If the turns are all that is remembered, it is not
    known who exported before them.
    """
    if len(turns) >= KEPT_RUNS:
        return False
    first = turns[0]
    return server_key(first.server) != wrong or first.last_at - first.first_at <= view.cadence
