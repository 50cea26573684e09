"""The cards of a drill: that it began, and what it showed.

They compare with what is known of failovers: the switch itself is said to take under five minutes,
and reality is often 15 to 30, because somebody must notice, diagnose and decide first; practice is
what makes that shorter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.bulletins.bulletin import Occasion
from shared.domain.cards.bulletin_parts import status_button
from shared.domain.cards.envelope import Card, envelope
from shared.domain.cards.presentation import mentioned, portal_button
from shared.domain.cards.seen import Facts, Text
from shared.domain.cards.wording import (
    DETAIL_LENGTH,
    duration,
    inert,
    narrow,
    one_line,
    opening,
    utc,
)
from shared.domain.drills.drill import LONGEST_DRILL, Drill, DrillEnd
from shared.domain.history import rto

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.cards.presentation import Presentation

USUAL: Final = timedelta(minutes=30), "Under 5 min is the theory, 15 to 30 min is usual"
"""What a failover takes in practice at most, and how that is said."""

_TITLE_LENGTH: Final = 40
_SUMMARY_LENGTH: Final = 120
_NAME_IN_SUMMARY: Final = 30
_LONGEST_ID: Final = 64

_SLOW: Final = {
    "detect": (
        "**Slowest: to notice.** The watchdog reports a silent server after "
        "WATCHDOG_SILENT_AFTER; a person who knows should not wait for the card."
    ),
    "decide": (
        "**Slowest: to decide.** From the card to the first acknowledgement nobody acted: check "
        "who is on call, who is mentioned, and who may decide."
    ),
    "switch": (
        "**Slowest: the switch.** Check the way to the standby, the rights on it, and that "
        "whoever is on call has the runbook."
    ),
}

_MEANWHILE: Final = (
    (
        "**A card without the word DRILL is real**: it is about what was wrong before, or goes on "
        "after the drill."
    ),
    (
        "Never leave two servers active: put the old one into staging mode before the standby is "
        "made active."
    ),
    "The stopwatch runs until two syncs were seen after the switch.",
)

_FINISH: Final = (
    "Still to do: make sure that exactly one server is active and the other in staging mode"
)
_BACK: Final = (
    ", then switch back by the same steps, or keep it so and change the settings of the watchdog"
)


def started(drill: Drill, at: datetime, presentation: Presentation) -> dict[str, object]:
    """The message that a drill began.

    Args:
        drill: As it is now.
        at: Now, aware.
        presentation: What cards show and link to.
    """
    by = inert(drill.by) or "somebody"
    ends = utc(drill.started_at + LONGEST_DRILL, at)
    active = narrow(inert(drill.active_before))
    text = Text(
        "emphasis",
        "🧪",
        "DRILL started",
        f"**A failover is practised**, started by {by} at {utc(drill.started_at, at)}. Real "
        "monitoring goes on.",
        f"a failover is practised, started by {by}",
        (
            ("Active", opening(f"{active or 'not known'} before the drill")),
            ("Ends", f"with the recovery, at the latest {ends}"),
            *_said(drill),
        ),
    )
    return _message(Occasion.DRILL_STARTED, drill, text, _MEANWHILE, at, presentation)


def over(drill: Drill, at: datetime, presentation: Presentation) -> dict[str, object]:
    """The message with what a drill showed.

    Whoever is on call is mentioned where incidents outlive it: they are not practice any more.

    Args:
        drill: As it ended.
        at: Now, aware.
        presentation: What cards show and link to.
    """
    measured = rto.of(drill)
    title, state, short = _result(drill, measured, at)
    if drill.unresolved:
        title = "DRILL over, not resolved"
        state += f" **{_still_open(drill)}**"
        short = f"{_still_open(drill).rstrip('.')}. {short}"
    style = "warning" if drill.unresolved or drill.end is not DrillEnd.RECOVERED else "good"
    text = Text(style, _EMOJI[style], title, state, short, _marks(drill, measured, at))
    slow = (_SLOW[measured.slowest],) if measured.slowest else ()
    finish = f"{_FINISH}{_BACK if drill.switched_at else ''}."
    tips = (*slow, finish) if drill.switched_at or not slow else slow
    if drill.unresolved:
        tips = ("**What is open is real from now on: open its card and act.**", *tips)
    return _message(Occasion.DRILL_OVER, drill, text, tips, at, presentation)


_EMOJI: Final = {"good": "✅", "warning": "⚠️"}


def _result(drill: Drill, measured: rto.Rto, at: datetime) -> tuple[str, str, str]:
    """Title, state and short words."""
    ended = utc(drill.ended_at, at) if drill.ended_at else "an unknown time"
    ran = duration((drill.ended_at or at) - drill.started_at)
    if measured.total is not None:
        took = duration(measured.total)
        usual, known = USUAL
        compared = f"{known}{'' if measured.total <= usual else ': this took longer'}."
        how = (
            f"to the first sync after the switch to {narrow(inert(drill.switched_to))}"
            if drill.switched_to
            else "to the recovery; no change of the active server was seen"
        )
        state = f"**Recovered in {took}**, from the start {how}. {compared}"
        return "DRILL recovered", state, f"recovered in {took}"
    if drill.end is DrillEnd.STOPPED:
        by = inert(drill.ended_by) or "somebody"
        state = f"**Stopped** by {by} at {ended}, after {ran}. {_came(drill)}"
        return "DRILL stopped", state, f"stopped after {ran}, not recovered"
    state = f"**Ended by itself** at {ended}, after {ran}: the longest it may run. {_came(drill)}"
    return "DRILL ran out", state, f"ran out after {ran}, not recovered"


def _came(drill: Drill) -> str:
    """How far it came."""
    if drill.switched_at is not None:
        return "A switch was seen, but not two syncs after it."
    if drill.detected_at is not None:
        return "It was detected, but no recovery was seen."
    return "Nothing was detected and no switch was seen."


def _still_open(drill: Drill) -> str:
    what = "1 incident" if drill.unresolved == 1 else f"{drill.unresolved} incidents"
    return f"{what} of it {'is' if drill.unresolved == 1 else 'are'} still open: no drill any more."


def _marks(drill: Drill, measured: rto.Rto, at: datetime) -> Facts:
    """The marks of the stopwatch, each with how long it took."""
    decided = "nobody acknowledged" if drill.detected_at else "there was no incident to take"
    no_switch = "no change of the active server was seen"
    to = f" to {narrow(inert(drill.switched_to))}" if drill.switched_to else ""
    in_all = " in all" if measured.total is not None else ""
    return (
        ("Detected", _mark(drill.detected_at, measured.detect, at, "no incident was opened")),
        ("Decided", _mark(drill.decided_at, measured.decide, at, decided)),
        ("Switched", _mark(drill.switched_at, measured.switch, at, no_switch, to)),
        ("Back", _mark(drill.recovered_at, measured.total, at, "no recovery was seen") + in_all),
    )


def _mark(
    moment: datetime | None, took: timedelta | None, at: datetime, missing: str, to: str = ""
) -> str:
    if moment is None:
        return missing
    return f"{utc(moment, at)}{to}{f', {duration(took)}' if took is not None else ''}"


def _said(drill: Drill) -> Facts:
    note = inert(drill.note, DETAIL_LENGTH)
    return (("Note", opening(narrow(note))),) if note else ()


def _message(  # noqa: PLR0913, PLR0917 - the parts of one card
    occasion: Occasion,
    drill: Drill,
    text: Text,
    action: tuple[str, ...],
    at: datetime,
    presentation: Presentation,
) -> dict[str, object]:
    identifier = f"{occasion.replace('_', '-')}-{drill.id}"
    start = f"{text.emoji} {text.title}: "
    name = inert(presentation.tenant, _TITLE_LENGTH - len(start))
    if len(start + name) > _TITLE_LENGTH:  # isolating marks made it longer
        name = inert(presentation.tenant, _TITLE_LENGTH - len(start) - 3)
    tenant = inert(presentation.tenant)
    footer = f"DRILL · {inert(identifier, _LONGEST_ID)} · message 1"
    if tenant != name:
        footer = f"Tenant {tenant} · {footer}"
    short = inert(presentation.tenant, _NAME_IN_SUMMARY)
    called = presentation.on_call if drill.unresolved and occasion is Occasion.DRILL_OVER else ()
    card = Card(
        text=Text(text.style, text.emoji, start + name, text.state, text.short, text.facts),
        summary=one_line(f"DRILL {short}: {text.short}.", _SUMMARY_LENGTH),
        action=action,
        footer=footer,
        mentions=mentioned(called),
        buttons=(*status_button(presentation, at), *portal_button(presentation)),
    )
    mark: dict[str, object] = {
        "verdict": "",
        "reason": str(occasion),
        "incident": identifier.encode(errors="replace").decode()[:_LONGEST_ID],
        "message": 1,
    }
    return envelope(card, mark)
