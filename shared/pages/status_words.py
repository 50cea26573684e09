"""What the status page says in words: the headline, an incident, a drill, a failover's phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.cards.wording import duration, inert, utc
from shared.domain.drills.drill import DrillEnd
from shared.domain.history import rto
from shared.domain.verdicts import Kind, Verdict
from shared.pages.pair_section import when

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.domain.drills.drill import Drill
    from shared.domain.history.past import Past
    from shared.domain.history.rto import Rto
    from shared.domain.history.standing import Standing
    from shared.domain.incidents.incident import Incident
    from shared.domain.maintenance.window import Window

    Spelled = Callable[[str], str]

TITLES: Final = {
    Verdict.HEALTHY: "Synchronisation works",
    Verdict.LATE: "A sync is late: nothing to do yet",
    Verdict.DEADLINE_NEAR: "A deadline is near",
    Verdict.HEALTH_ALERT: "Connect Health raised an alert",
    Verdict.STANDBY_UNFIT: "The standby could not take over",
    Verdict.STANDBY_MISSING: "The standby was not seen",
    Verdict.BLIND: "The watchdog cannot see",
    Verdict.CLOCK_SUSPECT: "A clock is wrong: ages mean nothing",
    Verdict.NEVER_SYNCED: "The tenant was never synchronised",
    Verdict.SYNC_DISABLED: "Synchronisation is switched off",
    Verdict.PASSWORD_SYNC_STALLED: "Password sync has stalled",
    Verdict.EXPORT_BLOCKED: "The active server's exports are blocked",
    Verdict.SYNC_STALLED: "Object sync has stalled",
    Verdict.NO_ACTIVE: "No server is active",
    Verdict.SERVER_SILENT: "The active server is silent",
    Verdict.DUAL_ACTIVE: "Two servers are active",
}
"""The headline of each verdict."""

_ENDS: Final = {
    DrillEnd.RECOVERED: "recovered",
    DrillEnd.STOPPED: "stopped before it recovered",
    DrillEnd.EXPIRED: "ran out without a recovery",
    None: "end not recorded",
}

_RULES: Final = {"": "", "FREQ=WEEKLY": ", every week", "FREQ=DAILY": ", every day"}


@dataclass(frozen=True, slots=True)
class Headline:
    """The top of the page: how it looks, what it says."""

    tone: str
    title: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Line:
    """An incident or a drill in a list: its link, what it was, and two lines about it."""

    address: str
    title: str
    when: str
    phases: str
    note: str = ""


def headline(found: Standing) -> Headline:
    """What the newest tick says, and how old that is; never more than that."""
    if found.as_of is None or found.worst is None or found.age is None:
        return Headline("plain", "Not known yet", "No tick has run: nothing was measured so far.")
    ago = "under a minute" if found.age.total_seconds() < 60 else duration(found.age)  # noqa: PLR2004 - a minute
    said = f"As of {utc(found.as_of, found.at)}, {ago} ago"
    if found.as_of > found.at:
        said = f"As of {utc(found.as_of, found.at)}, which lies in the future: a clock was wrong"
    if found.stale:
        text = f"{said}: too old to say anything about now. It said {found.worst} then."
        return Headline("bad", "Not known: the watchdog does not run", text)
    if found.worst is Verdict.HEALTHY:
        if found.incidents:
            return Headline("plain", "Recovering", f"{said} (newest tick).")
        return Headline("good", TITLES[Verdict.HEALTHY], f"{said} (newest tick).")
    tone = "plain" if found.worst is Verdict.LATE else "bad"
    return Headline(tone, TITLES[found.worst], f"{said} (newest tick).")


def open_line(incident: Incident, at: datetime, address: str, spelled: Spelled) -> Line:
    """An incident that is not over; `spelled` gives a server's name by its key."""
    holder = f" by {inert(incident.acknowledged_by)}" if incident.acknowledged_by else ""
    until = f" until {utc(incident.snoozed_until, at)}" if incident.snoozed_until else ""
    return Line(
        address=address,
        title=f"{incident.verdict}{_about(incident.kind, incident.subject, spelled)}",
        when=f"Since {when(incident.since, at)}",
        phases=f"{incident.state}{holder}{until}",
        note=_notes(practice=bool(incident.drill), recovering=incident.recovering),
    )


def closed_line(past: Past, at: datetime, address: str, spelled: Spelled) -> Line:
    """An incident that is over; `spelled` gives a server's name by its key."""
    was = past.verdict if past.worst is past.verdict else f"{past.verdict}, was {past.worst}"
    total = "ended without recovering" if past.obsolete else f"lasted {duration(past.outage)}"
    to = f"{inert(past.switched_from)} to {inert(past.switched_to)}" if past.switched_to else ""
    return Line(
        address=address,
        title=f"{was}{_about(past.kind, past.subject, spelled)}",
        when=f"{utc(past.since, at)}, {total}",
        phases=phases(rto.of(past)),
        note=_notes(practice=bool(past.drill), switched=to),
    )


def drill_line(drill: Drill, at: datetime, address: str) -> Line:
    """A drill that ended."""
    by = f" by {inert(drill.by)}" if drill.by else ""
    total = rto.of(drill).total
    took = f" after {duration(total)}" if total is not None else ""
    note = [f"switched to {inert(drill.switched_to)}"] if drill.switched_to else []
    note += [inert(drill.note, 120)] if inert(drill.note) else []
    return Line(
        address=address,
        title=f"{_ENDS[drill.end].capitalize()}{took}",
        when=f"Started {utc(drill.started_at, at)}{by}",
        phases=phases(rto.of(drill)),
        note="; ".join(note),
    )


def phases(found: Rto) -> str:
    """The phases that were seen; "" for none."""
    spans = {"detect": found.detect, "decide": found.decide, "switch": found.switch}
    return " · ".join(f"{name} {duration(span)}" for name, span in spans.items() if span)


def window_words(window: Window, at: datetime) -> str:
    """An announced window in one line."""
    rule = _RULES.get(window.rule, f", repeats: {inert(window.rule, 60)}")
    title = inert(window.title)
    by = f", announced by {inert(window.by)}" if window.by else ""
    first = f"{utc(window.first, at)} for {duration(window.lasts)}{rule}"
    return f"{title}: {first}{by}" if title else f"{first}{by}"


def _about(kind: Kind, subject: str, spelled: Spelled) -> str:
    """The server that it is about; the id of an alert says nothing to anybody."""
    name = spelled(subject) if subject and kind is Kind.STANDBY else ""
    return f" · {name}" if name else ""


def _notes(*, practice: bool = False, recovering: bool = False, switched: str = "") -> str:
    said = ["in a drill"] if practice else []
    said += ["recovering"] if recovering else []
    said += [f"switched over from {switched}"] if switched else []
    return "; ".join(said)
