"""What is remembered of who exported, and how one tick's readings change it.

Only the active server exports. Three sources say who did; each keeps its own sequence of runs,
because their lags differ: two sequences mixed by time would show alternations that never happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.pair_readings import Acted, Source


@dataclass(frozen=True, slots=True)
class Handover:
    """The active role went from one server to another.

    Attributes:
        source: Who showed it.
        before: The server that exported before.
        after: The server that exported then.
        at: The first export of `after` that was shown.
        noticed_at: When the tick ran that noticed it (our clock).
        failover: Whether the pair was silent then: so `before` must not export again unseen.
        settled_at: When `before` was seen in staging mode afterwards, which ends the fence.
    """

    source: Source
    before: str
    after: str
    at: datetime
    noticed_at: datetime
    failover: bool = False
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PairMemory:
    """What is remembered of the pair; part of the tenant's state row.

    Attributes:
        configuration: Runs by `sync_configuration`: who was the last exporter at each read.
        audits: Runs by `audits`.
        exports: Runs by `exportstatus` of Connect Health.
        handovers: The newest changes of the active role, oldest first.
    """

    configuration: tuple[Acted, ...] = ()
    audits: tuple[Acted, ...] = ()
    exports: tuple[Acted, ...] = ()
    handovers: tuple[Handover, ...] = ()
