"""Whether two servers export, which only one may.

What one source shows in its own order counts as an alternation. Two sources count together only
where both have Entra's clock, and beyond what their times of one event differ by: else one would
show the server before beside the server after. After a failover there is a fence: the server that
had the role must not export again before it was seen in staging mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.exports import HANDOVER_LAG, SLACK, Handover, fenced, sequences
from shared.domain.pair_readings import Acted, Source, server_key
from shared.domain.pair_report import Role, Statement
from shared.domain.pair_view import PairView, TwoActive
from shared.domain.role_evidence import ServerEvidence, put_into_staging

SHORTEST_WINDOW: Final = timedelta(hours=2)
CYCLES: Final = 4
FENCE_LASTS: Final = timedelta(days=30)

REGAINED_AFTER: Final = timedelta(days=1)
"""A server that had the role again for so long, alone, had it rightly: the fence has ended."""

ONE_CLOCK: Final = (Source.SYNC_CONFIGURATION, Source.AUDITS)
"""Both date exports by Entra's clock; Connect Health's times may come without their zone."""

Turns = list[tuple[Source, Acted]]
"""Runs in order, each with the source that showed its end."""

Servers = Mapping[str, ServerEvidence]


@dataclass(frozen=True, slots=True)
class _Return:
    """The server that had the role exports again.

    Attributes:
        handover: The failover that took the role from it.
        holder: The `server_key` of the server that has the role since.
        at: Its first export after the failover that was shown.
    """

    handover: Handover
    holder: str
    at: datetime


def find(view: PairView, servers: Servers) -> TwoActive | None:
    """The two servers that export; None when there is nothing that shows it."""
    found = _returned(view, servers) or _alternating(view, servers)
    if found is None:
        return None
    known = (servers.get(server_key(name)) for name in found.servers)
    stopped = [each for each in known if each is not None and put_into_staging(view, each)]
    return found if len(found.servers) - len(stopped) > 1 else None


def window(view: PairView) -> timedelta:
    """How long a second exporter counts: four cycles, and two hours at least."""
    return max(SHORTEST_WINDOW, CYCLES * view.cadence)


# -- the former active server returned ------------------------------------------------------------


def _returned(view: PairView, servers: Servers) -> TwoActive | None:
    """The newest failover whose fence an export broke."""
    for handover in reversed(view.memory.handovers):
        if not fenced(handover) or view.at - handover.at > FENCE_LASTS:
            continue
        if _regained(view, handover):
            continue
        back_at = _back_at(view, handover)
        if back_at is None:
            continue
        back = _Return(handover, _holder(view, handover), back_at)
        if _breaks_fence(view, servers, back):
            return _as_returned(servers, back)
    return None


def _back_at(view: PairView, handover: Handover) -> datetime | None:
    """The first export of the former active server after it lost the role, if one was shown.

    A source that showed another server in between is sure of its order. A source that did not
    must be beyond what the times of two sources may differ by.
    """
    key = server_key(handover.before)
    shown = []
    for _, runs in sequences(view.memory):
        lost = False
        for run in runs:
            if server_key(run.server) != key:
                lost = run.last_at - handover.at >= -SLACK
            elif lost and run.first_at > handover.at:
                shown.append(run.first_at)
            elif run.last_at - handover.at > SLACK:
                shown.append(run.first_at if run.first_at > handover.at else run.last_at)
    return min(shown, default=None)


def _regained(view: PairView, handover: Handover) -> bool:
    """Whether the former active server had the role again for long, and handed it over since."""
    key, back_at = server_key(handover.before), None
    for each in view.memory.handovers:
        if each.at <= handover.at:
            continue
        if server_key(each.after) == key:
            back_at = each.at
        elif server_key(each.before) == key and back_at is not None:
            if each.at - back_at >= REGAINED_AFTER:
                return True
            back_at = None
    return False


def _holder(view: PairView, handover: Handover) -> str:
    """The server that has the role since: the newest one that took it over, but for the former."""
    before, holder = server_key(handover.before), server_key(handover.after)
    for each in view.memory.handovers:  # oldest first, and this failover is one of them
        if server_key(each.after) != before:
            holder = server_key(each.after)
    return holder


def _breaks_fence(view: PairView, servers: Servers, back: _Return) -> bool:
    """Whether both export, as far as anything shows, and not long ago."""
    former = servers.get(server_key(back.handover.before))
    if former is None or former.exported_at is None:
        return False
    if view.at - former.exported_at > window(view):
        return False
    holder = servers.get(back.holder)
    held_at = holder.exported_at if holder else None
    if held_at is not None and held_at > back.at and view.at - held_at <= window(view):
        return True
    return not (
        _gave_up(holder, back)
        or _alone(view, back.handover)
        or former.exported_at - max(held_at or back.at, back.at) >= REGAINED_AFTER
        or _failed_back(view, back, held_at)
    )


def _gave_up(holder: ServerEvidence | None, back: _Return) -> bool:
    """Whether the server that took over was put into staging mode again."""
    if holder is None or not holder.in_staging_since_export:
        return False
    return holder.flag_after(back.handover.at)


def _alone(view: PairView, handover: Handover) -> bool:
    """Whether the former active server has been named alone for longer than the window.

    Only `sync_configuration` can show that so soon: every export of another server changes its
    name, while an export without changes leaves no audit entry.
    """
    run = view.memory.configuration[-1] if view.memory.configuration else None
    if run is None or server_key(run.server) != server_key(handover.before):
        return False
    return run.last_at - max(run.first_at, handover.at) > window(view)


def _failed_back(view: PairView, back: _Return, held_at: datetime | None) -> bool:
    """Whether the role was given back because the server that took it over fell silent."""
    again = any(
        each.failover
        and each.at > back.handover.at
        and server_key(each.before) == back.holder
        and server_key(each.after) == server_key(back.handover.before)
        for each in view.memory.handovers
    )
    return again and (held_at is None or back.at - held_at >= view.silent_after)


def _as_returned(servers: Servers, back: _Return) -> TwoActive:
    """The finding that names who came back."""
    handover = back.handover
    former = servers[server_key(handover.before)]
    holder = servers.get(back.holder)
    name = holder.name if holder else handover.after
    statements = [_exported(former)] if former.exported else []
    took_over = f"{_name(servers, handover.after)} took over from {former.name}"
    statements.append(Statement(took_over, handover.source, handover.at))
    if holder is not None and holder.exported is not None:
        statements.append(_exported(holder))
    return TwoActive(
        servers=_newest_first(servers, (former.key, former.name), (back.holder, name)),
        to_staging=former.name,
        returned=True,
        since=back.at,
        statements=tuple(statements),
    )


def _exported(server: ServerEvidence) -> Statement:
    """A server's newest export."""
    claim = server.exported
    return Statement(
        f"{server.name} exported",
        claim.source if claim else Source.CONNECT_HEALTH,
        claim.at if claim else None,
    )


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
    names = {server_key(run.server): _name(servers, run.server) for run in runs[-3:]}
    meant = [key for key in names if key in servers and servers[key].intended is Role.ACTIVE]
    others = [key for key in names if key not in meant]
    wrong = others[0] if len(others) == 1 else ""
    turns = _turns(runs, window(view))
    since = next((run.first_at for run in turns[1:] if server_key(run.server) == wrong), None)
    shown = [f"{_name(servers, run.server)} exported" for run in runs[-3:]]
    shown[:-1] = [f"{text} before that" for text in shown[:-1]]
    stated = zip(shown, seen[-3:], strict=True)
    return TwoActive(
        servers=_newest_first(servers, *names.items()),
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


def _name(servers: Servers, name: str) -> str:
    """A server's name as it is shown."""
    known = servers.get(server_key(name))
    return known.name if known else name


def _newest_first(servers: Servers, *pairs: tuple[str, str]) -> tuple[str, ...]:
    """Names, the server that exported last first."""

    def age_rank(pair: tuple[str, str]) -> tuple[bool, float]:
        known = servers.get(pair[0])
        time = known.exported_at if known else None
        return time is None, -time.timestamp() if time else 0.0

    return tuple(name for _, name in sorted(pairs, key=age_rank))
