"""The fence after a failover: the server that had the role must not export again unseen.

It ends when that server was seen in staging mode, or had the role again rightly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.pair.exports import SLACK, Handover, fenced, sequences
from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import Statement
from shared.domain.pair.role_evidence import ServerEvidence
from shared.domain.pair.view import PairView, TwoActive

SHORTEST_WINDOW: Final = timedelta(hours=2)
CYCLES: Final = 4
FENCE_LASTS: Final = timedelta(days=30)

REGAINED_AFTER: Final = timedelta(days=1)
"""A server that had the role again for so long, alone, had it rightly: the fence has ended."""

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


def window(view: PairView) -> timedelta:
    """How long a second exporter counts: four cycles, and two hours at least."""
    return max(SHORTEST_WINDOW, CYCLES * view.cadence)


def returned(
    view: PairView, servers: Servers, alternating: TwoActive | None = None
) -> TwoActive | None:
    """The newest failover whose fence an export broke.

    A server that was unseen when it lost the role may have been switched off for a planned
    handover: it has returned only if it and the server that took over are seen to take turns.

    Args:
        view: The pair in this tick.
        servers: What is known of each server.
        alternating: The servers that take turns, by the order of one clock.
    """
    turning = {server_key(name) for name in alternating.servers} if alternating else set[str]()
    for handover in reversed(view.memory.handovers):
        taking_turns = {server_key(handover.before), _holder(view, handover)} <= turning
        if not fenced(handover, unseen=taking_turns) or view.at - handover.at > FENCE_LASTS:
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
    took_over = f"{shown_name(servers, handover.after)} took over from {former.name}"
    statements.append(Statement(took_over, handover.source, handover.at))
    if holder is not None and holder.exported is not None:
        statements.append(_exported(holder))
    return TwoActive(
        servers=newest_first(servers, (former.key, former.name), (back.holder, name)),
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


def shown_name(servers: Servers, name: str) -> str:
    """A server's name as it is shown."""
    known = servers.get(server_key(name))
    return known.name if known else name


def newest_first(servers: Servers, *pairs: tuple[str, str]) -> tuple[str, ...]:
    """Names, the server that exported last first."""

    def age_rank(pair: tuple[str, str]) -> tuple[bool, float]:
        known = servers.get(pair[0])
        time = known.exported_at if known else None
        return time is None, -time.timestamp() if time else 0.0

    return tuple(name for _, name in sorted(pairs, key=age_rank))
