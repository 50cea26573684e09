"""What one tick brings to the live incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.incidents.rhythm import Rhythm
from shared.domain.maintenance.window import Maintenance
from shared.domain.tenant.heartbeats import Memory
from shared.domain.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class Switch:
    """The active role went from one server to another.

    Attributes:
        before: Who exported before.
        after: Who exports now.
        at: The first export of `after` that was shown.
    """

    before: str
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tick:
    """What advancing needs to know of one tick.

    Attributes:
        judgement: What the tick found.
        memory: The memory after the tick, for the beat counters.
        rhythm: When incidents speak.
        at: The tick's time.
        unsent: Ids of incidents with a card that is still to be sent: no reminder is added to
            it, because the card that is sent will carry the latest state anyway.
        switch: The newest change of the active role that is known; it belongs to the outage that
            began before it.
        maintenance: The maintenance that is on: cards wait for its end.
        drill: The id of the drill that runs; "" for none.
    """

    judgement: Judgement
    memory: Memory
    rhythm: Rhythm
    at: datetime
    unsent: frozenset[str] = frozenset()
    switch: Switch | None = None
    maintenance: Maintenance | None = None
    drill: str = ""
