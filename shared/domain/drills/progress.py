"""What one tick sees of the drill that runs: the marks of the stopwatch.

Every mark is worked out again by each tick, from what is remembered of the pair, the tenant's syncs
and the drill's incidents: a tick that was missed, doubled or lost changes nothing but the moment at
which the next one does the same.

- *Detected*: the first incident about sync or roles that was opened while the drill ran.
- *Decided*: somebody first acknowledged it, or said "I am switching over now".
- *Switched*: the first change of the active role since the start, with an incident or without:
  a planned switch that nobody misses a sync of is a drill as well. When the role goes back in the
  same drill, the first switch counts. Whether the way back was safe is not the drill's business
  but the detector's: a server that returns unseen is `DUAL_ACTIVE` as always, in the same words.
- *Recovered*: the first sync after the switch that was followed by another, with nothing found
  that is about sync, roles or the reading of them. Where Cloud Sync moves the tenant's times,
  exports of the new server count instead. Without a switch it is the incident's recovery.

A drill ends by recovery when all its incidents of those kinds are closed as well: so that no
recovery card of a drill comes without the word. It ends by itself after `LONGEST_DRILL`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.drills.drill import LONGEST_DRILL, Drill, DrillEnd
from shared.domain.incidents.incident import Incident, State
from shared.domain.pair.exports import PairMemory, sequences
from shared.domain.pair.readings import server_key
from shared.domain.tenant.heartbeats import Memory
from shared.domain.verdicts import Judgement, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

LATE_EVIDENCE: Final = timedelta(minutes=60)
"""After a recovery without a switch that was seen, so long may a source still show one: Connect
Health dates a server's newest export half an hour late, and an incident closes by two syncs."""

DETECTS: Final = frozenset({Kind.SYNC, Kind.NO_ACTIVE, Kind.DUAL_ACTIVE})
"""Kinds by which a drill is detected: sync stopped, or the roles are not as they should be."""

_BESIDE: Final = frozenset({Kind.STANDBY, Kind.HEALTH_ALERT, Kind.DEADLINE})
"""Kinds that may be open after a good failover: the old server is off, or not fit yet."""

_KEPT_SYNCS: Final = 100
"""More than a drill of `LONGEST_DRILL` has, with the shortest interval of five minutes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one tick shows to a drill.

    Attributes:
        at: The tick's time: our clock, or Graph's where ours is wrong.
        judgement: What the tick found.
        memory: The heartbeats after it.
        pair: Who exported, after it.
        incidents: The drill's own incidents, live or just resolved, as they are after the tick.
    """

    at: datetime
    judgement: Judgement
    memory: Memory
    pair: PairMemory
    incidents: tuple[Incident, ...] = ()


def running(drill: Drill | None, at: datetime) -> Drill | None:
    """The drill, if it still runs at this time; one that is too old is over before a tick says so.

    Otherwise what is found after hours without a tick would be called a drill.
    """
    if drill is None or not drill.running or at - drill.started_at >= LONGEST_DRILL:
        return None
    return drill


def advance(drill: Drill, seen: Seen) -> Drill:
    """The drill after one tick; with `ended_at` set once it is over.

    Args:
        drill: As it was stored; it runs.
        seen: What the tick shows.
    """
    # a start that a wrong clock put into the future would make every mark lie before it
    drill = replace(drill, started_at=min(drill.started_at, seen.at))
    for mark in (_active_before, _detected, _decided, _switched, _synced, _recovered):
        drill = mark(drill, seen)
    end = _end(drill, seen)
    return drill if end is None else finished(drill, end, seen.at, seen.incidents)


def finished(drill: Drill, end: DrillEnd, at: datetime, incidents: Iterable[Incident]) -> Drill:
    """The drill after its end, as it is kept.

    Args:
        drill: As it was.
        end: How it ended.
        at: When.
        incidents: Its own incidents.
    """
    return replace(
        drill,
        ended_at=max(at, drill.started_at),
        end=end,
        syncs=(),
        unresolved=sum(1 for each in _open(incidents) if not each.quiet),
    )


def last_exporter(pair: PairMemory) -> str:
    """Who exported last by any source, as it spells the name; "" where nobody was seen to."""
    runs = [run for _, sequence in sequences(pair) for run in sequence]
    newest = max(runs, key=lambda run: run.last_at, default=None)
    return newest.server if newest else ""


# -- the marks ------------------------------------------------------------------------------------


def _active_before(drill: Drill, seen: Seen) -> Drill:
    if drill.active_before or drill.switched_at:
        return drill
    report = seen.judgement.evidence.pair
    named = report.active.name if report and report.active else ""
    return replace(drill, active_before=named)


def _detected(drill: Drill, seen: Seen) -> Drill:
    if drill.incident:
        return drill
    found = [each for each in seen.incidents if each.kind in DETECTS]
    first = min(found, key=lambda each: (each.opened_at, each.id), default=None)
    return (
        drill if first is None else replace(drill, incident=first.id, detected_at=first.opened_at)
    )


def _decided(drill: Drill, seen: Seen) -> Drill:
    times = [
        time
        for each in seen.incidents
        if each.kind in DETECTS
        for time in (drill.decided_at, each.first_acknowledged_at, each.switching_at)
        if time is not None
    ]
    return replace(drill, decided_at=min(times, default=drill.decided_at))


def _switched(drill: Drill, seen: Seen) -> Drill:
    """The first switch since the start; a second source may date it earlier afterwards."""
    since = [each for each in seen.pair.handovers if drill.started_at <= each.at <= seen.at]
    first = min(since, key=lambda each: each.at, default=None)
    if first is None or (drill.switched_at is not None and drill.switched_at <= first.at):
        return drill
    return replace(drill, switched_at=first.at, switched_to=first.after, active_before=first.before)


def _synced(drill: Drill, seen: Seen) -> Drill:
    """One more sync since the start; those before something was found wrong count for nothing."""
    if not seen.judgement.readable:
        return drill
    if any(finding.kind not in _BESIDE for finding in seen.judgement.findings):
        return replace(drill, syncs=())
    newest = _newest_sync(drill, seen)
    if newest is None or newest < max((drill.started_at, *drill.syncs)) or newest in drill.syncs:
        return drill
    return replace(drill, syncs=(*drill.syncs, newest)[-_KEPT_SYNCS:])


def _newest_sync(drill: Drill, seen: Seen) -> datetime | None:
    if seen.judgement.beats_count:
        return seen.memory.objects.newest_at
    shown = [
        run.last_at
        for _, runs in sequences(seen.pair)
        for run in runs
        if server_key(run.server) == server_key(drill.switched_to)
    ]
    return max(shown, default=None)


def _recovered(drill: Drill, seen: Seen) -> Drill:
    if drill.switched_at is not None:
        after = [sync for sync in drill.syncs if sync >= drill.switched_at]
        return replace(drill, recovered_at=after[0] if len(after) > 1 else None)
    first = next((each for each in seen.incidents if each.id == drill.incident), None)
    if first is None:
        return drill  # none yet, or archived: what it showed is kept
    over = first.resolved_at and (first.gone_at or first.resolved_at)
    return replace(drill, recovered_at=over or None)


# -- the end --------------------------------------------------------------------------------------


def _end(drill: Drill, seen: Seen) -> DrillEnd | None:
    recovered = drill.recovered_at
    if recovered is not None and not any(e.kind not in _BESIDE for e in _open(seen.incidents)):
        certain = drill.switched_at is not None or seen.at - recovered >= LATE_EVIDENCE
        if certain:
            return DrillEnd.RECOVERED
    return DrillEnd.EXPIRED if seen.at - drill.started_at >= LONGEST_DRILL else None


def _open(incidents: Iterable[Incident]) -> list[Incident]:
    return [each for each in incidents if each.state is not State.RESOLVED]
