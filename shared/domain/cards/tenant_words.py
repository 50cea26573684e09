"""One tenant's week in words: state, gap, outage, standby, drill. No word says more than was seen.

Strings are of ours or inert.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.cards.bulletin_parts import counted
from shared.domain.cards.servers import called
from shared.domain.cards.wording import (
    DETAIL_LENGTH,
    STATEMENT_LENGTH,
    day,
    duration,
    inert,
    narrow,
    opening,
    utc,
)
from shared.domain.drills.drill import DRILL_EVERY
from shared.domain.pair.report import Fitness

if TYPE_CHECKING:
    from shared.domain.bulletins.summary import TenantSummary
    from shared.domain.cards.presentation import Presentation
    from shared.domain.pair.report import ServerReport

_MINUTE: Final = timedelta(minutes=1)


class Words:
    """What a card says of one tenant."""

    def __init__(self, tenant: TenantSummary, at: datetime, presentation: Presentation) -> None:
        self._tenant, self._at, self._presentation = tenant, at, presentation

    # -- now --------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """The state now, in sentences."""
        unread = "**The tenant could not be read now: this says nothing about its sync.**"
        lead = [unread] if self._tenant.unreadable else []
        return " ".join([*lead, self._headline, self._newest])

    @property
    def short(self) -> str:
        """The state now, in a few words."""
        number = len(self._tenant.standing)
        opened = f"{counted(number, 'incident')} open" if number else "no incident open"
        unread = "not readable now, " if self._tenant.unreadable else ""
        return f"{unread}{self._tenant.verdict}, {opened}"

    @property
    def _headline(self) -> str:
        tenant = self._tenant
        if not tenant.standing:
            lead = "No incident is open." if tenant.unreadable else f"**{tenant.verdict}.**"
            return lead if tenant.unreadable else f"{lead} No incident is open."
        worst = tenant.standing[0]
        number, since = len(tenant.standing), utc(worst.since, self._at)
        if number == 1:
            return f"**Attention: 1 incident is open:** {worst.verdict}, since {since}."
        return (
            f"**Attention: {number} incidents are open**, the worst {worst.verdict}, since {since}."
        )

    @property
    def problem(self) -> str:
        """Why the tenant could not be read, as a sentence; "" when it was."""
        problem = inert(self._tenant.unreadable.rstrip("."), DETAIL_LENGTH)
        return f"**Not readable:** {problem}." if problem else ""

    @property
    def _newest(self) -> str:
        found = self._tenant.evidence
        read = utc(found.read_at, self._at) if found.read_at else "never"
        if found.object_sync_at is None:
            return f"No object sync is known (last read: {read})."
        stamp = utc(found.object_sync_at, self._at)
        if self._tenant.unreadable:
            return f"Last object sync {stamp}, as last read at {read}."
        return f"Last object sync {stamp}."

    # -- the week ---------------------------------------------------------------------------------

    @property
    def span(self) -> str:
        """Since when it is told."""
        return f"Since {utc(self._tenant.week.start, self._at)}"

    @property
    def gap(self) -> str:
        """The longest gap between two object syncs that were seen."""
        week = self._tenant.week
        if week.gap is None or week.gap_from is None:
            return "not measured: no two syncs were seen"
        begin = utc(week.gap_from, self._at)
        ends = ", and it lasts" if week.gap_open else " between two syncs that were seen"
        return f"{duration(week.gap)}{ends} (from {begin})"

    @property
    def brief_gap(self) -> str:
        """The same in a few words."""
        gap = self._tenant.week.gap
        return "gap not measured" if gap is None else f"gap {duration(gap)}"

    @property
    def outage(self) -> str:
        """How long sync was out, and how many incidents there were."""
        week = self._tenant.week
        out = f"sync was out for {duration(week.outage)}" if week.outage >= _MINUTE else "none seen"
        return f"{out} · {counted(week.incidents, 'incident') if week.incidents else 'no incident'}"

    @property
    def unseen(self) -> str:
        """What the week's numbers leave out; "" where nothing."""
        week = self._tenant.week
        parts = []
        if week.blind >= _MINUTE:
            parts.append(f"the watchdog was blind for {duration(week.blind)}")
        if week.missing:
            parts.append(f"there is no record of {counted(week.missing, 'day')}")
        if week.unreadable:
            parts.append(f"{counted(week.unreadable, 'record')} could not be read")
        return f"**Not seen:** {', '.join(parts)}." if parts else ""

    # -- the standby ------------------------------------------------------------------------------

    @property
    def standby(self) -> str:
        """Whether each standby is fit to take over."""
        pair = self._tenant.pair
        if pair is None or not pair.standbys:
            return self._not_measured
        more = f"; {pair.more} more" if pair.more else ""
        return "; ".join(_fitness(each) for each in pair.standbys) + more

    @property
    def brief_standby(self) -> str:
        """The fittest standby in a few words."""
        pair = self._tenant.pair
        if pair is None or not pair.standbys:
            return "standby not measured"
        first = pair.standbys[0]
        return f"{narrow(called(first.name))} {_FITNESS[first.fitness]}"

    @property
    def _not_measured(self) -> str:
        names = ", ".join(narrow(called(name)) for name in self._presentation.standbys)
        if not names:
            return "not measured: no server is known"
        return opening(f"{names} (as set): not measured")

    # -- the drill --------------------------------------------------------------------------------

    @property
    def drill(self) -> str:
        """The last drill that ended by recovery, and whether the next one is due."""
        tenant, at = self._tenant, self._at
        if tenant.drilling_since is not None:
            return f"one is running since {utc(tenant.drilling_since, at)}"
        every = f"every {DRILL_EVERY.days} d"
        if tenant.drill_at is None:
            sign = "" if at - tenant.watched_since < DRILL_EVERY else "⚠️ "
            return f"{sign}never, watching since {day(tenant.watched_since)} (due {every})"
        age = f"{day(tenant.drill_at)}, {ago(at - tenant.drill_at)}"
        if at - tenant.drill_at < DRILL_EVERY:
            return f"{age} (due {every})"
        return f"⚠️ {age}: overdue, due {every}"

    @property
    def brief_drill(self) -> str:
        """The same in a few words."""
        if self._tenant.drilling_since is not None:
            return "drill running"
        at = self._tenant.drill_at
        return "no drill known" if at is None else f"drill {ago(self._at - at)}"


def ago(span: timedelta) -> str:
    """How many whole days ago."""
    days = max(span, timedelta(0)).days
    return "today" if days == 0 else f"{days} d ago"


_FITNESS: Final = {
    Fitness.FIT: "fit",
    Fitness.UNFIT: "not fit",
    Fitness.UNKNOWN: "not known",
    None: "not checked",
}


def _fitness(server: ServerReport) -> str:
    name, word = narrow(called(server.name)), _FITNESS[server.fitness]
    if server.fitness is Fitness.FIT:
        return f"✅ {name}: {word}"
    failed, unknown = server.failed(), server.unknown()
    if server.fitness is Fitness.UNFIT and failed:
        reason = narrow(inert(failed[0].statement.text.rstrip("."), STATEMENT_LENGTH))
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return f"⚠️ {name}: {word}: {reason}{more}"
    missing = f": {counted(len(unknown), 'check')} without evidence" if unknown else ""
    return f"⚠️ {name}: {word}{missing}"
