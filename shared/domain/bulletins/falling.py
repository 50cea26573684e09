"""Which bulletins fall due in a tick: the weekly digest, and the reminder to practise.

Theory of operation
-------------------
Two times are remembered: the newest slot of the digest for which one fell due, and when the team
was last reminded of a drill. All else follows from the clock, never from the number of ticks: a
digest is due when the newest slot is later than the remembered one, so a missed tick delays it,
and a gap of three weeks gives one.

A wrong clock. While Graph contradicts ours nothing falls due. Without Graph a clock that runs
ahead cannot be told from a long gap; what it wrote is then found to lie too far in the future,
and is taken back: a digest may come twice, but none of later weeks is silenced.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.domain.bulletins.bulletin import Bulletin, Occasion, due
from shared.domain.bulletins.weekly import WEEK, WeeklyMoment, newest_slot
from shared.domain.drills.drill import DRILL_EVERY
from shared.domain.incidents.office_hours import OfficeHours
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE

DRILL_REMIND_EVERY: Final = timedelta(days=30)
"""How long after a reminder of a drill the next one falls due."""

_A_WEEK_AHEAD: Final = WEEK + timedelta(days=1)
"""No slot lies further ahead that a right clock may have written: a change of clocks included."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the tenant's state holds of bulletins.

    Attributes:
        digest_slot: As in `TenantState`.
        drill_at: As in `TenantState`.
        drill_due_at: As in `TenantState`.
    """

    digest_slot: datetime | None = None
    drill_at: datetime | None = None
    drill_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides, besides the clock and what is remembered.

    Attributes:
        digest: When the digest is due; None for never.
        office: When a card that can wait may come.
        watched_since: When watching began.
        stored: Ids of the bulletins that the ledger holds.
        clock_suspect: Whether Graph contradicts our clock.
        busy: Whether a drill runs or something is wrong that needs somebody now: no time to
            remind of practice.
    """

    digest: WeeklyMoment | None
    office: OfficeHours
    watched_since: datetime
    stored: Collection[str] = ()
    clock_suspect: bool = False
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Fallen:
    """What a tick stores of bulletins.

    Attributes:
        bulletins: Those that fall due.
        digest_slot: For the tenant's state.
        drill_due_at: For the tenant's state.
    """

    bulletins: tuple[Bulletin, ...] = ()
    digest_slot: datetime | None = None
    drill_due_at: datetime | None = None


def fall_due(scene: Scene, remembered: Remembered, at: datetime) -> Fallen:
    """What falls due now. Pure.

    Args:
        scene: What decides.
        remembered: From the tenant's state; nothing on the very first tick.
        at: Now, aware.
    """
    if scene.clock_suspect:
        return Fallen((), remembered.digest_slot, remembered.drill_due_at)
    digest, slot = _digest(scene, remembered.digest_slot, at)
    found = [digest] if digest else []
    drill_due_at = remembered.drill_due_at
    if _drill_due(scene, remembered, at):
        found.append(due(Occasion.DRILL_DUE, _id("drill-due", at), at))
        drill_due_at = at
    new = tuple(bulletin for bulletin in found if bulletin.id not in scene.stored)
    return Fallen(new, slot, drill_due_at)


def last_drill(remembered: Remembered, watched_since: datetime, at: datetime) -> datetime:
    """The time that the age of the last drill counts from.

    That is when the newest drill with a recovery was started, or else when watching began: what
    was before nobody recorded.
    """
    drill_at = remembered.drill_at
    return watched_since if drill_at is None or drill_at > at + CLOCK_TOLERANCE else drill_at


def _digest(
    scene: Scene, before: datetime | None, at: datetime
) -> tuple[Bulletin | None, datetime | None]:
    """The digest, if one is due, and the slot to remember."""
    if scene.digest is None:
        return None, None
    slot = newest_slot(scene.digest, at)
    if before is None or before > at + _A_WEEK_AHEAD:
        return None, slot  # the first tick waits for the next slot; a wrong clock is forgotten
    if slot <= before:
        return None, before
    return due(Occasion.DIGEST, _id("digest", slot), at), slot


def _drill_due(scene: Scene, remembered: Remembered, at: datetime) -> bool:
    if scene.busy or not scene.office.is_open(at):
        return False
    if at - last_drill(remembered, scene.watched_since, at) < DRILL_EVERY:
        return False
    told = remembered.drill_due_at
    return told is None or abs(at - told) >= DRILL_REMIND_EVERY


def _id(what: str, moment: datetime) -> str:
    return f"{what}-{moment.astimezone(UTC):%Y%m%d-%H%M}"
