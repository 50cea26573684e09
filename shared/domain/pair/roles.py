"""Which server is active, by all evidence; where evidence disagrees, that is said.

An export is measured: only the active server exports. `StagingMode` and the settings are claims
about a configuration, and `StagingMode` follows a switch by up to four hours. So the newest export
names the active server, a flag decides only where no export does, and the settings never decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.pair import two_active
from shared.domain.pair.export_runs import believable, latest
from shared.domain.pair.exports import HANDOVER_LAG, SLACK, cloud_sync_runs, sequences
from shared.domain.pair.members import of_each_server
from shared.domain.pair.readings import MAX_SERVERS, HealthMember, Source, server_key
from shared.domain.pair.report import Role, Statement
from shared.domain.pair.role_evidence import (
    EXPORTS_COUNT_FOR,
    NEXT_EXPORT_LAG,
    ServerEvidence,
    gather,
    put_into_staging,
)
from shared.domain.pair.view import PairView, Roles, ServerRole

MEASURED_LAG: Final = timedelta(minutes=90)
"""For so long after a handover a source may still show the exports of the server before."""

MAX_DISAGREEMENTS: Final = 4

Servers = Mapping[str, ServerEvidence]


@dataclass(frozen=True, slots=True)
class _Tenure:
    """Who is taken as the active server.

    Attributes:
        server: Its evidence.
        role: `ACTIVE`, or `UNKNOWN` where only the settings name it.
        basis: What that rests on.
        since: Its first export since it took over, as far as exports show; None where they do not.
    """

    server: ServerEvidence
    role: Role = Role.UNKNOWN
    basis: Source | None = None
    since: datetime | None = None


def fuse(view: PairView) -> Roles:
    """Say which server does what.

    1. Bring together what is known of each server.
    2. Take as active the one with the newest export; without exports the one that is not in
       staging mode, if it is the only one; else the one that the settings name, as unknown.
    3. Say of each other server what its `StagingMode` says, unless exports speak against that.
    4. Say what no lag explains, whether two servers export, and whether none is active. Of two
       that export both are active, and the one with the newest export is taken as the active one.
    """
    servers = gather(view)
    tenure = _tenure(view, servers)
    two = two_active.find(view, servers)
    exporting = {server_key(name) for name in two.servers} if two else set[str]()
    exporting -= {key for key, each in servers.items() if put_into_staging(view, each)}
    active = _role(tenure.server, tenure, exporting) if tenure else None
    others = [
        _role(each, tenure, exporting)
        for each in servers.values()
        if tenure is None or each is not tenure.server
    ]
    # where there are too many, those that the settings or Connect Health name come first
    others.sort(key=lambda each: (each.intended is Role.UNKNOWN, each.member is None))
    shown = others[: MAX_SERVERS - (active is not None)]
    shown.sort(key=lambda each: (server_key(each.name), each.name))
    return Roles(
        servers=((active,) if active else ()) + tuple(shown),
        active=active,
        disagreements=tuple(_disagreements(view, servers, tenure)[:MAX_DISAGREEMENTS]),
        two_active=two,
        none_active=_none_active(view, servers),
        left_out=len(others) - len(shown),
    )


def _role(server: ServerEvidence, tenure: _Tenure | None, exporting: set[str]) -> ServerRole:
    """One server with its fused role; each of two that export is active."""
    role, basis = Role.UNKNOWN, None
    if server.key in exporting and server.exported is not None:
        role, basis = Role.ACTIVE, server.exported.source
    elif tenure is not None and server is tenure.server:
        role, basis = tenure.role, tenure.basis
    elif server.in_staging_since_export:
        role, basis = Role.STAGING, Source.CONNECT_HEALTH
    return ServerRole(
        name=server.name,
        role=role,
        basis=basis,
        claims=server.claims,
        member=server.member,
        seen_at=server.seen_at,
        seen_source=server.seen_source,
        intended=server.intended,
    )


# -- the active server ----------------------------------------------------------------------------


def _tenure(view: PairView, servers: Servers) -> _Tenure | None:
    """Who is taken as the active server; None when nothing names one."""
    newest = _newest_exporter(servers)
    retired = newest is not None and put_into_staging(view, newest)
    if newest is not None and newest.exported is not None and not retired:
        return _Tenure(newest, Role.ACTIVE, newest.exported.source, _since(view, newest))
    flagged = [each for each in servers.values() if each.flag and each.flag.role is Role.ACTIVE]
    if len(flagged) == 1:
        return _Tenure(flagged[0], Role.ACTIVE, Source.CONNECT_HEALTH)
    intended = servers.get(server_key(view.intent.active))
    if intended is None or (retired and intended is newest):
        return None
    return _Tenure(intended)


def _newest_exporter(servers: Servers) -> ServerEvidence | None:
    """The server with the newest export that still counts.

    At the same instant the one that its source shows last: the claims carry no order of their
    own, so the key decides, which is at least always the same.
    """
    exporters = [each for each in servers.values() if each.exported_at is not None]
    return max(exporters, key=lambda each: (each.exported_at, each.key), default=None)


def _since(view: PairView, active: ServerEvidence) -> datetime | None:
    """The first export of the active server since it took over, as far as exports show."""
    taken = [each for each in view.memory.handovers if server_key(each.after) == active.key]
    given = [each for each in view.memory.handovers if server_key(each.before) == active.key]
    if taken and not any(each.at > taken[-1].at for each in given):
        return taken[-1].at
    newest = (latest(runs) for _, runs in sequences(view.memory))
    own = [run.first_at for run in newest if run and server_key(run.server) == active.key]
    return min(own, default=active.exported_at)


# -- disagreements --------------------------------------------------------------------------------


def _disagreements(view: PairView, servers: Servers, tenure: _Tenure | None) -> list[Statement]:
    """Contradictions that no lag explains, most important first."""
    others = [each for each in servers.values() if tenure is None or each is not tenure.server]
    said = _against_settings(view, servers, tenure)
    for each in others:
        said += _active_too(each, tenure)
    if tenure is None or tenure.role is Role.UNKNOWN:
        said += _flag_of_meant(servers.get(server_key(view.intent.active)))
    if tenure is not None:
        said += _flag_of_active(tenure)
        said += _exported_too(view, servers, tenure)
    return said


def _against_settings(view: PairView, servers: Servers, tenure: _Tenure | None) -> list[Statement]:
    """The active server is not the one that the team means."""
    if tenure is None or tenure.role is not Role.ACTIVE or tenure.basis is None:
        return []
    active, intent = tenure.server, view.intent
    meant = servers.get(server_key(intent.active))
    wrong = []
    if meant is not None and meant is not active:
        wrong.append(f"{meant.name} as the active server")
    if active.intended is Role.STAGING:
        wrong.append(f"{active.name} as a standby")
    if not wrong:
        return []
    measured = active.exported is not None and tenure.since is not None
    fact = "exports" if measured else "is not in staging mode"
    claim = active.exported if measured else active.flag
    text = f"{active.name} {fact}, but the settings name {' and '.join(wrong)}"
    return [Statement(text, tenure.basis, claim.at if claim else None)]


def _active_too(server: ServerEvidence, tenure: _Tenure | None) -> list[Statement]:
    """`StagingMode` says that another server is active, too, and no lag explains it."""
    flag = server.flag
    if flag is None or flag.role is not Role.ACTIVE:
        return []
    since = tenure.since if tenure else None
    if since is not None and not server.flag_after(since, SLACK):
        return []
    too = " too" if tenure is not None and tenure.role is Role.ACTIVE else ""
    return [
        Statement(f"Connect Health says that {server.name} is active{too}", flag.source, flag.at)
    ]


def _flag_of_meant(server: ServerEvidence | None) -> list[Statement]:
    """`StagingMode` says that the server is in staging mode that only the settings call active."""
    flag = server.flag if server else None
    if server is None or flag is None or flag.role is not Role.STAGING:
        return []
    text = f"Connect Health says that {server.name} is in staging mode, which the settings"
    return [Statement(f"{text} name as the active server", flag.source, flag.at)]


def _flag_of_active(tenure: _Tenure) -> list[Statement]:
    """`StagingMode` says that the active server is in staging mode."""
    server, flag = tenure.server, tenure.server.flag
    if flag is None or flag.role is not Role.STAGING or server.in_staging_since_export:
        return []  # put into staging just now is no contradiction: its next export is not due
    exported_at, since = server.exported_at, tenure.since
    if exported_at is None or since is None or exported_at - since <= HANDOVER_LAG:
        return []
    text = f"Connect Health says that {server.name} is in staging mode, but it exports"
    return [Statement(text, flag.source, flag.at)]


def _exported_too(view: PairView, servers: Servers, tenure: _Tenure) -> list[Statement]:
    """A source names another exporter than the active server, beyond what a lag explains."""
    if tenure.since is None:
        return []
    said = []
    for source, runs in sequences(view.memory):
        run = latest(runs)
        other = servers.get(server_key(run.server)) if run else None
        if run is None or other is None or other is tenure.server:
            continue
        counts = believable(run.last_at, view.at) and view.at - run.last_at <= EXPORTS_COUNT_FOR
        if counts and run.last_at - tenure.since > MEASURED_LAG:
            text = f"{other.name} exported after {tenure.server.name} had taken over"
            said.append(Statement(text, source, run.last_at))
    return said


# -- no active server -----------------------------------------------------------------------------


def _none_active(view: PairView, servers: Servers) -> tuple[Statement, ...]:
    """One statement per server when every one was put into staging mode and nothing syncs."""
    health, synced_at = view.readings.connect_health.reading, _synced_at(view, servers)
    if health is None or health.members_left_out or synced_at is None:
        return ()
    if view.at - synced_at <= view.cadence + NEXT_EXPORT_LAG:
        return ()
    members = [entries[0] for entries in of_each_server(health.members).values()]
    known = [each for each in members if not each.disabled]
    configured = [each.configured_at for each in known if _in_staging_after(view, each, synced_at)]
    times = [time for time in configured if time is not None]
    if not known or len(times) < len(known):
        return ()
    exports = [each.exported_at for each in servers.values() if each.exported_at is not None]
    if max(exports, default=synced_at) > min(times):
        return ()
    return tuple(
        Statement(f"{each.name} is in staging mode", Source.CONNECT_HEALTH, each.configured_at)
        for each in known
    )


def _synced_at(view: PairView, servers: Servers) -> datetime | None:
    """When Entra Connect synced last: by the tenant, unless Cloud Sync moves its time, too.

    Then only an export with a time of its own tells, which `sync_configuration` has not.
    """
    if view.object_sync_at is not None and not cloud_sync_runs(view.readings):
        return view.object_sync_at
    exports = [
        claim.at
        for each in servers.values()
        for claim in each.claims
        if claim.measured and claim.source is not Source.SYNC_CONFIGURATION
    ]
    return max((time for time in exports if time is not None), default=None)


def _in_staging_after(view: PairView, member: HealthMember, synced_at: datetime) -> bool:
    """Whether a server's configuration of after the last sync says that it is in staging mode."""
    time = member.configured_at
    known = time is not None and believable(time, view.at) and time > synced_at
    return known and member.staging is True
