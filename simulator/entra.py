"""What Entra remembers of the tenant: sync times, the last exporter, audits, issues, Cloud Sync.

Facts used: audit entries come minutes after the change and only where something was changed
(reference-reports-latency); the last exporter is one name for the whole tenant; Cloud Sync runs
every 2 minutes and moves the same tenant times (inferred: no page says that it does not).
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from simulator.machine import Kind

if TYPE_CHECKING:
    from simulator.machine import Beat, Server

TENANT_ID: Final = "7d0a1b62-5a3c-4c8e-9f27-c0ffee00c0de"
AUDIT_LAG: Final = timedelta(minutes=4)
AUDITS_KEPT: Final = 1000
CHANGES_BY_DAY: Final = 0.8
"""The share of cycles that change something in work hours; at night the next (both assumed)."""
CHANGES_BY_NIGHT: Final = 0.4
CLOUD_SYNC_EVERY: Final = timedelta(minutes=2)
_WORK_HOURS: Final = range(7, 17)


@dataclass(frozen=True, slots=True)
class Organization:
    """What Microsoft Graph would say about the tenant, times aware UTC."""

    tenant_id: str
    display_name: str
    sync_enabled: bool | None
    object_sync_at: datetime | None
    password_sync_at: datetime | None


@dataclass(frozen=True, slots=True)
class Exporter:
    """Who ran the last export that Graph knows of."""

    name: str
    identity: str
    version: str


@dataclass(frozen=True, slots=True)
class Audit:
    """One entry of the directory's audit log.

    Attributes:
        at: When the change was made.
        shown_at: When the log shows it.
        identity: Who made it: an application's name, or an account with an `@`.
        number: Its place in the log, from 0.
    """

    at: datetime
    shown_at: datetime
    identity: str
    number: int


@dataclass(slots=True)
class Issue:
    """An issue on Microsoft's side.

    Attributes:
        id: Microsoft's id.
        title: In Microsoft's words.
        began_at: When it began.
        shown_at: When service health shows it.
        ended_at: None while it is open.
        advisory: Whether it is an advisory, which stops nothing.
    """

    id: str
    title: str
    began_at: datetime
    shown_at: datetime
    ended_at: datetime | None = None
    advisory: bool = False


class Entra:
    """Entra's memory in time; nothing in it moves but by `accept`, `arrive` and the verbs.

    Args:
        seed: Of all that is random.
        password_sync: False where password hash sync is not used: Graph then says null.
    """

    def __init__(self, seed: int, *, password_sync: bool) -> None:
        self.password_sync_used = password_sync
        self.exporter: Exporter | None = None
        self.issues: list[Issue] = []
        self.cloud_since: datetime | None = None
        self.cloud_until: datetime | None = None
        self.timestamp_error = timedelta()
        self.down = False
        self.pending_deletes = 0
        self._audits: deque[Audit] = deque(maxlen=AUDITS_KEPT)
        self._seed = seed
        self._exports = self._entries = 0
        self._shown: dict[Kind, datetime] = {}
        self._travelling: list[tuple[datetime, Beat, Exporter]] = []

    # -- beats ----------------------------------------------------------------------------------

    def refuses(self, beat: Beat) -> bool:
        """Whether an export comes to nothing: an outage, or too many deletes in it."""
        return self.down or (beat.kind is Kind.OBJECTS and self.pending_deletes > 0)

    def accept(self, beat: Beat, server: Server, lag: timedelta) -> None:
        """Take in a beat that Graph will show after `lag`."""
        sender = Exporter(server.plan.name, server.plan.identity, server.version)
        self._travelling.append((beat.at + lag, beat, sender))
        if beat.kind is Kind.OBJECTS:
            self._exports += 1
            self._write_audits(beat.at, sender.identity)

    def _write_audits(self, at: datetime, identity: str) -> None:
        """What this export changed; each seventh export a person changes something, too."""
        name = f"{self._seed}/changes/{self._exports}"
        draw = random.Random(name)  # noqa: S311  # repeatable on purpose; nothing secret
        likely = CHANGES_BY_DAY if at.hour in _WORK_HOURS else CHANGES_BY_NIGHT
        writers = [identity] * (draw.randint(1, 3) if draw.random() < likely else 0)
        writers += ["admin@contoso.com"] * (self._exports % 7 == 0)
        for n, writer in enumerate(writers):
            made = at - timedelta(seconds=5 * (len(writers) - n))
            self._audits.append(Audit(made, at + AUDIT_LAG, writer, self._entries))
            self._entries += 1

    def arrive(self, now: datetime) -> None:
        """What has travelled long enough is what Graph knows; the newest of a kind wins."""
        for visible_at, beat, sender in self._travelling:
            if visible_at > now or beat.at < self._shown.get(beat.kind, beat.at):
                continue
            self._shown[beat.kind] = beat.at
            if beat.kind is Kind.OBJECTS:
                self.exporter = sender
        self._travelling = [each for each in self._travelling if each[0] > now]

    def forget(self) -> None:
        """No sync ever happened."""
        self._shown.clear()
        self._travelling.clear()
        self.exporter = None

    # -- what can be seen -----------------------------------------------------------------------

    def sync_at(self, kind: Kind, now: datetime) -> datetime | None:
        """The time that Graph shows, with the clock fault of the moment."""
        if kind is Kind.PASSWORDS and not self.password_sync_used:
            return None
        moments = [self._shown.get(kind), self.cloud_beat(now)]
        newest = max((each for each in moments if each is not None), default=None)
        return None if newest is None else newest + self.timestamp_error

    def cloud_beat(self, now: datetime) -> datetime | None:
        """The end of Cloud Sync's newest run; None if it never ran."""
        if self.cloud_since is None:
            return None
        until = now if self.cloud_until is None else min(now, self.cloud_until)
        runs = (until - self.cloud_since) // CLOUD_SYNC_EVERY
        return self.cloud_since + runs * CLOUD_SYNC_EVERY

    def audits(self, now: datetime) -> list[Audit]:
        """The entries that the log shows, newest first."""
        return [each for each in reversed(self._audits) if each.shown_at <= now]

    def open_issues(self, now: datetime) -> list[Issue]:
        """What service health shows, resolved ones included."""
        return [each for each in self.issues if each.shown_at <= now]
