"""The status page: how the tenant stands as of the newest tick, and everything that was before.

Server-rendered and without a script, like every page. It says how old what it says is: it shows
what was stored and never claims to be current.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.cards import wording
from shared.domain.cards.servers import Servers as Called
from shared.domain.drills.drill import DRILL_EVERY
from shared.domain.history import rto
from shared.domain.pair.report import Outcome, PairReport
from shared.domain.verdicts import PasswordSync
from shared.pages import chart, status_words
from shared.pages.pair_section import said, server_line, when
from shared.pages.rendering import environment
from shared.pages.views import Forms, Notice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.domain.cards.messages import Presentation
    from shared.domain.drills.drill import Drill
    from shared.domain.history.standing import Standing
    from shared.domain.pair.report import ServerReport
    from shared.domain.verdicts import Evidence
    from shared.pages.pair_section import ServerLine

SHOWN_OPEN: Final = 20
SHOWN_PAST: Final = 25
SHOWN_DRILLS: Final = 5
SHOWN_IN_FULL: Final = 3
"""Servers that are shown with every check; of the others it is said how many speak against them."""

PRESETS: Final = (1, 2, 4, 8)
"""Hours of the buttons that announce maintenance from now on."""

REPEATS: Final = (
    ("once", "Once"),
    ("weekly", "Every week"),
    ("monthly", "Every month, that weekday"),
)


def _no_links(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Around:
    """What the page shows around the tenant.

    Attributes:
        forms: What can be done from this page.
        notice: What became of the form that was just sent.
        incident: The address of an incident's page by its id; signed where a link must be.
        exports: What the addresses of the exports begin with after the question mark: the link's
            token; "" when signed in.
        now: The present by the office's clock, as `2026-12-06T22:00`, for a form.
        longest_note: Characters of a note.
    """

    forms: Forms = field(default_factory=Forms)
    notice: Notice | None = None
    incident: Callable[[str], str] = _no_links
    exports: str = ""
    now: str = ""
    longest_note: int = 200


@dataclass(frozen=True, slots=True)
class Syncs:
    """The last syncs in words."""

    objects: str
    passwords: str
    read: str
    problem: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One phase of the trend: the newest median and the one before."""

    phase: str
    now: str
    before: str


def status_page(found: Standing, presentation: Presentation, around: Around | None = None) -> str:
    """The page, as HTML.

    Args:
        found: How the tenant stands.
        presentation: The tenant's label and the servers that the team intends.
        around: Forms, links, and what became of the last form.
    """
    around, at = around or Around(), found.at
    called = Called(PairReport(standbys=found.servers.all), presentation)
    shown = [server_line(called, each, at) for each in found.servers.all]
    return (
        environment()
        .get_template("status.html.j2")
        .render(
            found=found,
            at=at,
            tenant=wording.inert(presentation.tenant),
            head=status_words.headline(found),
            open=_open(found, around, called.spelled),
            more_open=max(0, len(found.incidents) - SHOWN_OPEN),
            servers=shown[:SHOWN_IN_FULL + 1],
            brief=[_brief(s, a) for s, a in zip(shown, found.servers.all, strict=True)][
                SHOWN_IN_FULL + 1 :
            ],
            disagreements=said(found.servers.disagreements, at),
            judged=when(found.as_of, at) if found.as_of else "",
            syncs=_syncs(found.evidence, found, at) if found.evidence else None,
            windows=[
                (w.id, wording.inert(w.title), status_words.window_words(w, at))
                for w in found.windows
            ],
            next=[_next(each.start, each.end, each.window.title, at) for each in found.upcoming],
            chart=chart.chart(found.chart),
            summary=chart.summary(found.chart),
            days=list(chart.table(found.chart)),
            trend=_trend(found.trend),
            compared=rto.COMPARED,
            closed=[
                status_words.closed_line(past, at, around.incident(past.id), called.spelled)
                for past in found.closed[:SHOWN_PAST]
            ],
            more_closed=max(0, len(found.closed) - SHOWN_PAST),
            drills=[
                status_words.drill_line(d, at, around.incident(d.incident) if d.incident else "")
                for d in found.drills[:SHOWN_DRILLS]
            ],
            more_drills=max(0, len(found.drills) - SHOWN_DRILLS),
            running=list(_running(found.drill, at)) if found.drill else [],
            drill_due=_drill_due(found),
            forms=around.forms,
            notice=around.notice,
            exports=around.exports,
            presets=PRESETS,
            repeats=REPEATS,
            now=around.now,
            longest_note=around.longest_note,
            script="",
        )
    )  # fmt: skip


def _open(
    found: Standing, around: Around, spelled: Callable[[str], str]
) -> list[status_words.Line]:
    return [
        status_words.open_line(each, found.at, around.incident(each.id), spelled)
        for each in found.incidents[:SHOWN_OPEN]
    ]


def _brief(line: ServerLine, server: ServerReport) -> str:
    """A further standby on one line."""
    failed = sum(1 for check in server.checks if check.outcome is Outcome.FAIL)
    unknown = sum(1 for check in server.checks if check.outcome is Outcome.UNKNOWN)
    parts = [f"{line.name}: {line.role} ({line.basis})", f"seen {line.seen}", line.fitness]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{unknown} without evidence"] if unknown else []
    return ", ".join(part for part in parts if part)


def _syncs(evidence: Evidence, found: Standing, at: datetime) -> Syncs:
    synced, hashes = evidence.object_sync_at, evidence.password_sync_at
    passwords = {
        PasswordSync.NOT_USED: "not used: judged on object sync alone",
        PasswordSync.UNREAD: "could not be read at the last look",
        PasswordSync.USED: when(hashes, at) if hashes else "no time known",
    }[evidence.password_sync]
    objects = when(synced, at) if synced else "no time known"
    if found.servers.cloud_sync and synced:
        objects += " (Cloud Sync moves it, too)"
    read = when(evidence.read_at, at) if evidence.read_at else "never"
    return Syncs(objects, passwords, read, wording.inert(found.problem, wording.DETAIL_LENGTH))


def _next(start: datetime, end: datetime, title: str, at: datetime) -> str:
    name = f"{wording.inert(title)}: " if wording.inert(title) else ""
    if start <= at:
        return f"{name}on now, until {wording.utc(end, at)} (in {wording.duration(end - at)})"
    return f"{name}{wording.utc(start, at)} to {wording.utc(end, at)}"


def _running(drill: Drill, at: datetime) -> Iterator[tuple[str, str]]:
    """The marks of the stopwatch, as facts."""
    by = f" by {wording.inert(drill.by)}" if wording.inert(drill.by) else ""
    yield "Started", f"{wording.utc(drill.started_at, at)}{by}"
    yield "Stopwatch", wording.duration(at - drill.started_at)
    for name, mark in (
        ("Detected", drill.detected_at),
        ("Decided", drill.decided_at),
        ("Switched", drill.switched_at),
        ("Recovered", drill.recovered_at),
    ):
        took = (
            f"{wording.utc(mark, at)}, after {wording.duration(mark - drill.started_at)}"
            if mark
            else ""
        )
        yield name, took or "not yet"
    if wording.inert(drill.note):
        yield "Note", wording.inert(drill.note, 120)


def _drill_due(found: Standing) -> str:
    if found.drill is not None:
        return ""
    if found.drill_at is None:
        return f"No drill with a recovery is recorded: one is due every {DRILL_EVERY.days} days."
    age = found.at - found.drill_at
    late = ": overdue" if age >= DRILL_EVERY else ""
    every = f"due every {DRILL_EVERY.days} days{late}"
    return f"The last drill that recovered was {max(age, timedelta(0)).days} days ago ({every})."


def _trend(found: rto.Trend) -> list[Trend]:
    """The phases that were ever measured."""
    lines = []
    for phase in ("detect", "decide", "switch", "total"):
        now, before = getattr(found.now, phase), getattr(found.before, phase)
        if now is not None or before is not None:
            lines.append(Trend(phase, _span(now), _span(before)))
    return lines


def _span(span: timedelta | None) -> str:
    return "not measured" if span is None else wording.duration(span)
