"""What is remembered of who exported, and how one tick's readings change it.

Only the active server exports. Three sources say who did; each keeps its own sequence of runs,
because their lags differ: two sequences mixed by time would show alternations that never happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.domain.pair.export_runs import Sighting, believable, kept, latest, merged
from shared.domain.pair.members import of_each_server
from shared.domain.pair.readings import Acted, PairReadings, Source, server_key
from shared.domain.tenant.limits import ALIVE_LASTS


@dataclass(frozen=True, slots=True)
class Handover:
    """The active role went from one server to another.

    Attributes:
        source: Who showed it.
        before: The server that exported before.
        after: The server that exported then.
        at: The first export of `after` that was shown.
        noticed_at: When the tick ran that noticed it (our clock).
        failover: Whether `before` had fallen silent: so it must not export again unseen.
        settled_at: When `before` was seen in staging mode afterwards, which ends the fence.
        unseen: Whether `before` gave no sign of life since: nobody saw it give the role away.
    """

    source: Source
    before: str
    after: str
    at: datetime
    noticed_at: datetime
    failover: bool = False
    settled_at: datetime | None = None
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class PairMemory:
    """What is remembered of the pair; part of the tenant's state row.

    Attributes:
        configuration: Runs by `sync_configuration`: who was the last exporter at each read.
        audits: Runs by `audits`.
        exports: Runs by `exportstatus` of Connect Health.
        handovers: The newest changes of the active role, oldest first.
        named_read_at: When the reading of `sync_configuration` was read (our clock) that was
            taken in last.
        named_sync_at: The tenant's last sync at that reading, where it was one of Entra Connect.
        silent_since: The first tick of the newest silence (our clock).
        silent_until: The first tick after it; None while it lasts.
    """

    configuration: tuple[Acted, ...] = ()
    audits: tuple[Acted, ...] = ()
    exports: tuple[Acted, ...] = ()
    handovers: tuple[Handover, ...] = ()
    named_read_at: datetime | None = None
    named_sync_at: datetime | None = None
    silent_since: datetime | None = None
    silent_until: datetime | None = None


HANDOVER_LAG: Final = timedelta(hours=4, minutes=30)
"""What two sources say about one handover may be this far apart: Connect Health's configuration
uploads come every 240 minutes (apis.md 2.6), and a tick must have read the newest one."""

SLACK: Final = timedelta(minutes=15)
"""How far the times of one event may be apart in two sources: an export ends, its entries are
written and the tenant's sync time is set one after the other."""

CONFIGURATION_LAG: Final = timedelta(minutes=5)
"""After a sync, `sync_configuration` may name the exporter before it for this long."""

TAKEOVER_LAG: Final = timedelta(minutes=90)
"""So long after a silence ended a source may date the first export of the server that ended it:
password sync ends the silence within minutes, the first change that is audited comes later, and
Connect Health shows only the newest export, half an hour late."""

KEPT_HANDOVERS: Final = 5


def remember(
    memory: PairMemory,
    readings: PairReadings,
    *,
    at: datetime,
    object_sync_at: datetime | None,
    silent: bool,
) -> PairMemory:
    """What is remembered after one tick; the same readings again change nothing.

    Times later than the tick are not believed, neither a source's nor remembered ones: a wrong
    clock must not name the exporter until time has caught up with it.

    Args:
        memory: What was known before.
        readings: What is known now, old readings included.
        at: The tick's time: our clock, or Graph's where ours is wrong.
        object_sync_at: The tenant's last object sync, where known.
        silent: Whether an incident that says `SERVER_SILENT` is live.
    """
    since, until = _silence(memory, at, silent=silent)
    after = replace(
        _with_configuration(memory, readings, at, object_sync_at),
        audits=kept(merged(memory.audits, _audited(readings), at), at),
        exports=kept(merged(memory.exports, _exported(readings), at), at),
        silent_since=since,
        silent_until=until,
    )
    handovers = memory.handovers
    for (source, old), (_, new) in zip(sequences(memory), sequences(after), strict=True):
        change = _change(source, old, new, at, after)
        handovers = handovers if change is None else _noted(handovers, change)
    handovers = _unseen(_settled(handovers, readings, at), after, readings, at)
    return replace(after, handovers=handovers)


def sequences(memory: PairMemory) -> tuple[tuple[Source, tuple[Acted, ...]], ...]:
    """Each source that shows exports, with what it showed, oldest first."""
    return (
        (Source.SYNC_CONFIGURATION, memory.configuration),
        (Source.AUDITS, memory.audits),
        (Source.CONNECT_HEALTH, memory.exports),
    )


def failed_over(memory: PairMemory, active_before: str, since: datetime) -> Handover | None:
    """The newest handover away from a server at or after a time; None when there was none.

    Args:
        memory: What is remembered.
        active_before: The server that had the role, by any spelling; "" for whichever.
        since: Usually the start of the incident that the switch answers.
    """
    key = server_key(active_before)
    away = (
        each
        for each in memory.handovers
        if each.at >= since and (not key or server_key(each.before) == key)
    )
    return max(away, key=lambda each: each.at, default=None)


def cloud_sync_runs(readings: PairReadings) -> bool:
    """Whether Cloud Sync moves the tenant's sync time too, which then dates no export."""
    reading = readings.cloud_sync.reading
    return reading is not None and reading.running > 0


# -- who exported, by each source -----------------------------------------------------------------


def _audited(readings: PairReadings) -> list[Sighting]:
    """The ends of each run: what lies between them is the same server's."""
    trail = readings.audits.reading
    runs = trail.runs if trail else ()
    return [(run.server, time) for run in runs for time in (run.first_at, run.last_at)]


def _exported(readings: PairReadings) -> list[Sighting]:
    """The newest export of each server, by `exportstatus`."""
    health = readings.connect_health.reading
    members = health.members if health else ()
    return [(each.name, each.exported_at) for each in members if each.exported_at is not None]


def _with_configuration(
    memory: PairMemory, readings: PairReadings, at: datetime, object_sync_at: datetime | None
) -> PairMemory:
    """Take in a reading of `sync_configuration` that was not taken in before."""
    known, runs = readings.sync_configuration, kept(memory.configuration, at)
    if known.reading is None or known.read_at is None or known.read_at == memory.named_read_at:
        return replace(memory, configuration=runs)
    name, read_at = known.reading.exporter or "", min(known.read_at, at)
    dated = believable(object_sync_at, at) and not cloud_sync_runs(readings)
    synced_at = min(object_sync_at, read_at) if dated and object_sync_at is not None else None
    time = _named_at(runs, name, read_at, synced_at, memory.named_sync_at)
    if time is not None:
        runs = kept(merged(runs, [(name, time)], at), at)
    return replace(memory, configuration=runs, named_read_at=known.read_at, named_sync_at=synced_at)


def _named_at(
    runs: tuple[Acted, ...],
    name: str,
    read_at: datetime,
    synced_at: datetime | None,
    synced_before: datetime | None,
) -> datetime | None:
    """When the server exported that `sync_configuration` names; None when that is not shown.

    The source has no time of its own: the export is the tenant's newest sync. But its name
    follows a sync with a lag, and two answers may come from replicas of different age. So a name
    that stays is dated by a sync that is older than the lag, and a name that changes needs a sync
    that is newer than the export before, or time enough for any lag.
    """
    last = latest(runs)
    if last is None:
        return synced_at or read_at
    if server_key(name) == server_key(last.server):
        certain = (
            each
            for each in (synced_at, synced_before)
            if each is not None and read_at - each >= CONFIGURATION_LAG
        )
        return max(certain, default=None)
    if synced_at is not None and synced_at > last.last_at:
        return synced_at
    return read_at if read_at - last.last_at > SLACK else None


# -- handovers ------------------------------------------------------------------------------------


def _silence(
    memory: PairMemory, at: datetime, *, silent: bool
) -> tuple[datetime | None, datetime | None]:
    """From when to when the newest silence lasts, after this tick."""
    since, until = memory.silent_since, memory.silent_until
    if silent and (since is None or until is not None):
        since, until = at, None
    elif not silent and since is not None and until is None:
        until = at
    return since, until


def _ended_silence(memory: PairMemory, before: Acted, after: Acted) -> bool:
    """Whether a server took over because the one before had fallen silent.

    Sources lag, so the silence may be over when the first export is shown. And a server that began
    to export in that silence did not fall silent: when two servers are switched over at once, or
    the old one is back at once, only the one that was active before the silence is fenced.
    """
    since, until = memory.silent_since, memory.silent_until
    if since is None or before.first_at >= since:
        return False
    if until is None:
        return True
    return before.last_at < since and after.first_at - until <= TAKEOVER_LAG


def _change(
    source: Source,
    old: tuple[Acted, ...],
    new: tuple[Acted, ...],
    at: datetime,
    memory: PairMemory,
) -> Handover | None:
    """The handover that one source shows now and did not show before."""
    before, after = latest(old), latest(new)
    if before is None or after is None or after.last_at <= before.last_at:
        return None
    if server_key(before.server) == server_key(after.server):
        return None
    failover = _ended_silence(memory, before, after)
    return Handover(source, before.server, after.server, after.first_at, at, failover)


def _noted(handovers: tuple[Handover, ...], new: Handover) -> tuple[Handover, ...]:
    """The handovers with this one, once: a second source may show the same, earlier or later."""
    same = next((old for old in reversed(handovers) if _same(old, new, handovers)), None)
    if same is None:
        return _bounded((*handovers, new))
    if new.at >= same.at:
        return handovers
    # the first word on it stays, but the role went over when its first export was seen
    earlier = replace(same, at=new.at, source=new.source)
    return _bounded(tuple(earlier if each is same else each for each in handovers))


def _same(old: Handover, new: Handover, handovers: tuple[Handover, ...]) -> bool:
    """Whether both are one handover: nobody handed the role back in between."""
    pair = (server_key(new.before), server_key(new.after))
    if (server_key(old.before), server_key(old.after)) != pair:
        return False
    if abs(new.at - old.at) > HANDOVER_LAG:
        return False
    return not any(
        (server_key(each.after), server_key(each.before)) == pair and old.at < each.at <= new.at
        for each in handovers
    )


def _bounded(handovers: tuple[Handover, ...]) -> tuple[Handover, ...]:
    """The newest, oldest first; a fence that still stands is dropped last."""
    ordered = sorted(handovers, key=lambda each: each.at)
    while len(ordered) > KEPT_HANDOVERS:
        ordered.remove(min(ordered, key=lambda each: (fenced(each, unseen=True), each.at)))
    return tuple(ordered)


def fenced(handover: Handover, *, unseen: bool = False) -> bool:
    """Whether the server that had the role must not export again unseen.

    Args:
        handover: How it lost the role.
        unseen: Whether that counts, too, if it only gave no sign of life.
    """
    return (handover.failover or (unseen and handover.unseen)) and handover.settled_at is None


def _settled(
    handovers: tuple[Handover, ...], readings: PairReadings, at: datetime
) -> tuple[Handover, ...]:
    """End the fence of each server that was seen in staging mode after its handover."""
    health = readings.connect_health.reading
    members = of_each_server(health.members) if health else {}
    settled = []
    for each in handovers:
        entries = members.get(server_key(each.before))
        seen_at = entries[0].configured_at if entries and entries[0].staging else None
        if seen_at is not None and believable(seen_at, at) and each.settled_at is None:
            settled.append(replace(each, settled_at=seen_at) if seen_at > each.at else each)
        else:
            settled.append(each)
    return tuple(settled)


def _unseen(
    handovers: tuple[Handover, ...], memory: PairMemory, readings: PairReadings, at: datetime
) -> tuple[Handover, ...]:
    """Mark each handover whose former active server gave no sign of life since.

    Whether uploads would be shown by now is told by those of the server that took over.
    """
    health = readings.connect_health.reading
    members = health.members if health else ()
    shown = [(run.server, run.last_at) for _, runs in sequences(memory) for run in runs]
    shown += [(each.after, each.at) for each in handovers]
    shown += [(each.name, each.uploaded_at) for each in members if each.uploaded_at]
    signs: dict[str, datetime] = {}
    for name, time in shown:
        if believable(time, at):
            signs[server_key(name)] = max(time, signs.get(server_key(name), time))
    uploading = {server_key(each.name) for each in members if each.uploaded_at}

    def unseen(handover: Handover) -> bool:
        before, after = server_key(handover.before), server_key(handover.after)
        if not {before, after} <= uploading or not {before, after} <= signs.keys():
            return False
        return signs[before] <= handover.at and signs[after] - signs[before] >= ALIVE_LASTS

    return tuple(replace(each, unseen=True) if unseen(each) else each for each in handovers)
