"""What the sources say about each server of the pair, brought together under its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.pair.export_runs import believable
from shared.domain.pair.exports import HANDOVER_LAG, cloud_sync_runs, sequences
from shared.domain.pair.members import of_each_server
from shared.domain.pair.readings import Acted, HealthMember, Source, server_key
from shared.domain.pair.report import Role
from shared.domain.pair.view import Claim, PairView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.pair.view import Intent

EXPORTS_COUNT_FOR: Final = timedelta(days=7)
"""An older export decides nothing, and names no server that nobody else names."""

NEXT_EXPORT_LAG: Final = timedelta(minutes=15)
"""How much longer than a cycle the next export may take to be shown."""

UPLOAD_LAG: Final = timedelta(minutes=45)
"""So much later Connect Health shows an export: servers upload run results every 30 minutes
(how-to-connect-health-data-freshness), and while all is well we read them every 15."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Export = tuple[str, str, Source, datetime, bool]
"""One server's newest export by one source: key, name, source, time, whether it is the source's
newest of all."""


@dataclass(frozen=True, slots=True)
class ServerEvidence:
    """Everything that is known of one server.

    Attributes:
        key: Its `server_key`.
        name: As Connect Health spells it, else the source of its newest export, else the settings.
        member: Its Connect Health entry.
        flag: What `StagingMode` claims; None where Connect Health has no such value.
        exported: The claim by its newest export that still counts.
        claims: All claims, newest first.
        seen_at: The newest proof of life.
        seen_source: Who gave it.
        intended: What the team means it to be.
    """

    key: str
    name: str
    member: HealthMember | None = None
    flag: Claim | None = None
    exported: Claim | None = None
    claims: tuple[Claim, ...] = ()
    seen_at: datetime | None = None
    seen_source: Source | None = None
    intended: Role = Role.UNKNOWN

    @property
    def exported_at(self) -> datetime | None:
        """The time of the newest export that still counts."""
        return self.exported.at if self.exported else None

    @property
    def in_staging_since_export(self) -> bool:
        """Whether `StagingMode` was seen set, and no export was seen after that."""
        if self.flag is None or self.flag.role is not Role.STAGING:
            return False
        return self.exported_at is None or self.flag_after(self.exported_at)

    def flag_after(self, time: datetime, slack: timedelta = timedelta(0)) -> bool:
        """Whether `StagingMode` tells of a configuration of more than `slack` after a time.

        The configuration's own upload time says what the flag could know; the time of the entry
        does not, so for that one the longest lag is allowed.
        """
        if self.flag is None or self.flag.at is None:
            return False
        exact = self.member is not None and self.member.configured_at == self.flag.at
        return self.flag.at - time > (slack if exact else HANDOVER_LAG)


def put_into_staging(view: PairView, server: ServerEvidence) -> bool:
    """Whether a server that exported is in staging mode now.

    The flag must be newer than its last export, and another export must be overdue: a flag that
    is wrong would else take the role away for the rest of each cycle in which it is uploaded.
    """
    if server.exported is None or server.exported.at is None:
        return False
    lag = UPLOAD_LAG if server.exported.source is Source.CONNECT_HEALTH else timedelta(0)
    overdue = view.at - server.exported.at > view.cadence + NEXT_EXPORT_LAG + lag
    return overdue and server.in_staging_since_export


def missed_cycle(view: PairView, server: ServerEvidence) -> bool:
    """Whether its next export is overdue: perhaps it has stopped already.

    Where `sync_configuration` is read, an export would be shown there before Connect Health has it.
    """
    if server.exported is None or server.exported.at is None:
        return True
    overdue_after = view.cadence + NEXT_EXPORT_LAG
    read_at = view.memory.named_read_at
    named = read_at is not None and view.at - read_at <= NEXT_EXPORT_LAG
    late = server.exported.source is Source.CONNECT_HEALTH and not named
    return view.at - server.exported.at > overdue_after + (UPLOAD_LAG if late else timedelta(0))


def stopped_exporting(view: PairView, server: ServerEvidence) -> bool:
    """Whether a source shows that it missed a cycle while another server went on.

    The audits cannot: an export without changes leaves no entry. If nobody went on, nobody could
    export, and that says nothing about who may.
    """
    exported_at = server.exported_at
    if exported_at is None:
        return False
    configuration, health = view.readings.sync_configuration, view.readings.connect_health
    named = configuration.reading.exporter if configuration.reading else ""
    uploaded_at = server.member.uploaded_at if server.member else None
    overdue_after = view.cadence + NEXT_EXPORT_LAG
    if server_key(named or "") != server.key:
        read_at = view.memory.named_read_at
        waited = read_at is not None and read_at - exported_at > overdue_after
        if waited and _went_on(view, view.memory.configuration, server.key, exported_at):
            return True
    if uploaded_at is None or uploaded_at - exported_at <= overdue_after:
        return False  # a silent agent shows no export
    if not _went_on(view, view.memory.exports, server.key, exported_at):
        return False
    return health.read_at is not None and health.read_at - exported_at > overdue_after + UPLOAD_LAG


def _went_on(view: PairView, runs: tuple[Acted, ...], key: str, exported_at: datetime) -> bool:
    """Whether a source shows another server's export of when the next one of this was due."""
    others = (run.last_at for run in runs if server_key(run.server) != key)
    return max(others, default=_NEVER) - exported_at > view.cadence


def gather(view: PairView) -> dict[str, ServerEvidence]:
    """What is known of every server that a source or the settings name, by `server_key`."""
    health = view.readings.connect_health.reading
    members = of_each_server(health.members) if health else {}
    exports: dict[str, list[Export]] = {}
    for export in _exports(view, members):
        exports.setdefault(export[0], []).append(export)
    named = {server_key(name): name for name in (*view.intent.standbys, view.intent.active)}
    keys = (members.keys() | exports.keys() | named.keys()) - {""}
    return {
        key: _one(view, key, named.get(key, ""), members.get(key, ()), exports.get(key, []))
        for key in sorted(keys)
    }


def _one(
    view: PairView,
    key: str,
    named: str,
    entries: tuple[HealthMember, ...],
    exports: list[Export],
) -> ServerEvidence:
    """What is known of one server."""
    member = entries[0] if entries else None
    newest = max(exports, key=lambda each: (each[3], each[4], each[2]), default=None)
    claims = [Claim(Role.ACTIVE, source, time, measured=True) for *_, source, time, _ in exports]
    exported = Claim(Role.ACTIVE, newest[2], newest[3], measured=True) if newest else None
    flag = _flag(view, member)
    if flag is not None:
        claims.append(flag)
    intended = intended_role(view.intent, key)
    if intended is not Role.UNKNOWN:
        claims.append(Claim(intended, Source.INTENDED))
    seen_at, seen_source = _seen(view, entries, exports)
    return ServerEvidence(
        key=key,
        name=member.name if member else newest[1] if newest else named,
        member=member,
        flag=flag,
        exported=exported,
        claims=tuple(sorted(claims, key=lambda each: each.at or _NEVER, reverse=True)),
        seen_at=seen_at,
        seen_source=seen_source,
        intended=intended,
    )


def intended_role(intent: Intent, key: str) -> Role:
    """What the settings mean a server to be."""
    if key == server_key(intent.active):
        return Role.ACTIVE
    standbys = {server_key(name) for name in intent.standbys}
    return Role.STAGING if key in standbys else Role.UNKNOWN


def _exports(view: PairView, members: dict[str, tuple[HealthMember, ...]]) -> Iterator[Export]:
    """Each server's newest export by each source, of those that still count."""
    for source, runs in sequences(view.memory):
        newest: dict[str, Export] = {}
        told = [(run.server, run.last_at) for run in runs]
        if source is Source.CONNECT_HEALTH:
            # older than what is remembered: a standby's last export from when it was active
            entries = [each for group in members.values() for each in group]
            told += [(each.name, each.exported_at) for each in entries if each.exported_at]
        counted = [each for each in told if _counts(view, each[1])]
        last = max((time for _, time in counted), default=None)
        for name, time in counted:
            key = server_key(name)
            if key not in newest or time > newest[key][3]:
                newest[key] = (key, name, source, time, time == last)
        yield from newest.values()


def _counts(view: PairView, time: datetime) -> bool:
    """Whether an export of that time says anything about today."""
    return believable(time, view.at) and view.at - time <= EXPORTS_COUNT_FOR


def _flag(view: PairView, member: HealthMember | None) -> Claim | None:
    """What `StagingMode` claims, as of the upload that it came with."""
    if member is None or member.staging is None:
        return None
    read_at = view.readings.connect_health.read_at
    times = (member.configured_at, member.updated_at, read_at)
    believed = (time for time in times if time is not None and believable(time, view.at))
    role = Role.STAGING if member.staging else Role.ACTIVE
    return Claim(role, Source.CONNECT_HEALTH, next(believed, None))


def _seen(
    view: PairView, entries: tuple[HealthMember, ...], exports: list[Export]
) -> tuple[datetime | None, Source | None]:
    """The newest proof of life, and who gave it.

    Where Cloud Sync moves the tenant's sync time, the time of a run of `sync_configuration` is
    not the server's own, and proves nothing.
    """
    undated = Source.SYNC_CONFIGURATION if cloud_sync_runs(view.readings) else None
    told = [(time, source) for _, _, source, time, _ in exports if source is not undated]
    for each in entries:
        uploads = (each.uploaded_at, each.ran_at, each.configured_at)
        told += [
            (time, Source.CONNECT_HEALTH)
            for time in uploads
            if time is not None and believable(time, view.at)
        ]
    return max(told, default=(None, None))
