"""A small language for judging: what was seen when, in ages counted back from `NOW`.

`at("10m")` is ten minutes before `NOW` and `at("-2m")` two minutes after it; `graph(objects="61m")`
is Graph's answer with a sync 61 minutes before `NOW`, whenever it was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.readings import Observation, Reason, TenantReading, Unavailable
from shared.domain.tenant.detector import Policy, judge
from shared.domain.tenant.heartbeats import Heartbeat, Memory, WidestGap, remember

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.verdicts import Judgement

NOW: Final = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TENANT: Final = "00000000-0000-0000-0000-00000000c0de"
DOWN: Final = Unavailable(Reason.THROTTLED, "Graph asked to wait longer than the deadline.")
UNREAD: Final = Unavailable(Reason.FORBIDDEN, "The beta endpoint refused the request.")

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def span(text: str) -> timedelta:
    """A duration: "1h 5m", "59m 59s", "7d"; "-3m" is negative as a whole."""
    parts = re.findall(r"(\d+)([dhms])", text)
    length = sum((timedelta(**{_UNITS[u]: int(n)}) for n, u in parts), timedelta())
    return -length if text.startswith("-") else length


def at(ago: str) -> datetime:
    """A moment, as its age at `NOW`."""
    return NOW - span(ago)


def graph(
    objects: str | None = "5m",
    passwords: str | Unavailable | None = "=",
    *,
    enabled: bool | None = True,
    ahead: str | None = None,
    name: str = "Contoso",
) -> TenantReading:
    """Graph's answer, with timestamps as ages at `NOW`; "=" is the age of the objects."""
    second = objects if passwords == "=" else passwords
    return TenantReading(
        tenant_id=TENANT,
        display_name=name,
        sync_enabled=enabled,
        object_sync_at=None if objects is None else at(objects),
        password_sync_at=at(second) if isinstance(second, str) else second,
        clock_ahead=None if ahead is None else span(ahead),
    )


@dataclass(frozen=True)
class Seen:
    """One earlier observation, `ago` before `NOW`."""

    ago: str
    tenant: TenantReading | Unavailable
    learn: bool = True
    switch: bool | None = None
    cloud: bool = False

    def observation(self) -> Observation:
        """What that tick read."""
        return Observation(
            at(self.ago), self.tenant, password_sync=self.switch, cloud_sync=self.cloud
        )


def watching(since: str = "1h", *, rhythm: str = "", widest: str = "") -> Memory:
    """The memory of a watch that began `since` ago and has read nothing yet.

    Args:
        since: When watching began.
        rhythm: The gap that was learned ten times, none if empty.
        widest: The largest benign gap learned, none if empty.
    """
    seconds = int(span(rhythm).total_seconds())
    gaps = (seconds,) * 10 if rhythm else ()
    widest_seconds = int(span(widest).total_seconds()) or seconds
    return Memory(
        started_at=at(since),
        objects=Heartbeat(
            gaps=len(gaps),
            recent_gaps=gaps,
            widest_gaps=(WidestGap(date(2026, 3, 1), widest_seconds),) if widest_seconds else (),
        ),
    )


def recall(memory: Memory, past: Iterable[Seen]) -> Memory:
    """The memory after these observations."""
    for seen in past:
        memory = remember(memory, seen.observation(), learn=seen.learn)
    return memory


@dataclass(frozen=True)
class Case:
    """Memory, past and present, as one line of a table.

    Attributes:
        rule: The rule that the line is about.
        sees: Graph's answer now.
        past: Earlier observations.
        before: The memory before them.
        policy: The team's limits.
        alive: The age of another source's proof of life.
        cloud: Whether Cloud Sync runs in the tenant.
        interval: The sync interval that Graph knows.
        switch: `passwordSyncEnabled`.
    """

    rule: str
    sees: TenantReading | Unavailable
    past: tuple[Seen, ...] = ()
    before: Memory = field(default_factory=watching)
    policy: Policy = field(default_factory=Policy)
    alive: str | None = None
    cloud: bool = False
    interval: str | None = None
    switch: bool | None = None

    def judged(self) -> Judgement:
        """What the tick at `NOW` says."""
        observation = Observation(
            NOW,
            self.sees,
            alive_at=None if self.alive is None else at(self.alive),
            sync_interval=None if self.interval is None else span(self.interval),
            password_sync=self.switch,
            cloud_sync=self.cloud,
        )
        memory = remember(recall(self.before, self.past), observation, learn=True)
        return judge(memory, observation, self.policy)
