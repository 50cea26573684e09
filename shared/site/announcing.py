"""The forms of the status page: start and stop a drill, announce and end maintenance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared import drilling, maintaining, recurrence
from shared.domain.cards.wording import duration, inert, utc
from shared.domain.incidents.actions import Actor
from shared.domain.maintenance.window import MAX_WINDOWS
from shared.pages.views import Notice, Tone
from shared.site.forms import Form, FormError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.bookkeeping import Plan
    from shared.domain.history.standing import Standing
    from shared.domain.maintenance.window import Window
    from shared.ledger import Snapshot
    from shared.ports import Store

LONGEST_NOTE: Final = 200
TYPED: Final = ("note", "title", "start", "hours", "repeat")
"""Fields that are shown again when a form was refused."""

_PRESETS: Final = {str(hours): timedelta(hours=hours) for hours in (1, 2, 4, 8)}
_MOST_HOURS: Final = 168
_LAST: Final = 5
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BUSY: Final = "Others are writing at the same time. Look at the page again before you repeat it."


class Announcing:
    """What the forms of the status page do; each acts once."""

    def __init__(self, plan: Plan, store: Store, new_id: Callable[[], str]) -> None:
        """Make it; `new_id` gives fresh random ids."""
        self._plan, self._store, self._new_id = plan, store, new_id

    async def act(self, form: Form, who: str, via: str, at: datetime) -> dict[str, str]:
        """Do what a form asks for.

        Args:
            form: The form, proven to be ours.
            who: Who sent it.
            via: How the person came in.
            at: Now.

        Returns:
            The query by which `told` finds what was done.

        Raises:
            FormError: It asks for nothing that can be done; the text is for the visitor.
            StoreUnavailableError: The store could not be read, or refused.
        """
        actor, action = Actor(who, via, form.id), form.text("action")
        if action == "drill_start":
            return await self._start(form, actor, at)
        if action == "drill_stop":
            return await self._stop(form, actor, at)
        if action == "window_end":
            return await self._end(form.text("window"), actor, at)
        return await self._announce(self._window(form, actor, at), at)

    # -- drills -----------------------------------------------------------------------------------

    async def _start(self, form: Form, actor: Actor, at: datetime) -> dict[str, str]:
        note = form.text("note")[:LONGEST_NOTE]
        drill = drilling.new(actor, at, self._new_id()[:10], note)
        result = await drilling.start(self._store, self._plan.tenant_id, drill)
        if result.done is drilling.Done.UNSETTLED:
            raise FormError(503, _BUSY)
        if result.done is drilling.Done.STARTED:
            return {"did": form.id}
        if result.same_form:
            return {"did": form.id, "again": "1"}
        raise FormError(409, "A drill is running already: nothing was started.")

    async def _stop(self, form: Form, actor: Actor, at: datetime) -> dict[str, str]:
        result = await drilling.stop(
            self._store,
            self._plan.tenant_id,
            actor,
            at,
            self._new_id(),
            drill_id=form.text("drill"),
        )
        if result.done is drilling.Done.UNSETTLED:
            raise FormError(503, _BUSY)
        if result.done is drilling.Done.STOPPED:
            again = {"again": "1"} if result.same_form else {}
            return {"did": form.id, **again}
        raise FormError(409, "That drill does not run any more: nothing was stopped.")

    # -- maintenance ------------------------------------------------------------------------------

    def _window(self, form: Form, actor: Actor, at: datetime) -> Window:
        preset = _PRESETS.get(form.text("for"))
        if preset is not None:
            # by UTC: the hour that comes twice in autumn has one name for two times
            start, zone, rule, lasts = f"{at:%Y-%m-%dT%H:%M}", "UTC", "", preset
        else:
            start, zone = form.text("start"), str(self._plan.rhythm.office.zone)
            rule, lasts = _rule(form.text("repeat"), start), _hours(form.text("hours"))
        try:
            return recurrence.new_window(
                start,
                lasts,
                zone,
                id=f"w-{self._new_id()}",
                rule=rule,
                title=form.text("title")[: recurrence.LONGEST_TITLE],
                by=actor.by,
                via=actor.via,
                at=at,
                form=actor.form,
            )
        except ValueError as wrong:
            raise FormError(400, f"That window cannot be announced: {wrong}") from None

    async def _announce(self, window: Window, at: datetime) -> dict[str, str]:
        change = await maintaining.announce(self._store, self._plan.tenant_id, window, at)
        if change.outcome is maintaining.Announced.FULL:
            raise FormError(409, f"{MAX_WINDOWS} windows are announced already: end one first.")
        if change.outcome is maintaining.Announced.OVER:
            raise FormError(400, "That window is over already: nothing was announced.")
        again = change.outcome is maintaining.Announced.ALREADY
        return {"did": window.form, **({"again": "1"} if again else {})}

    async def _end(self, window: str, actor: Actor, at: datetime) -> dict[str, str]:
        change = await maintaining.end(
            self._store, self._plan.tenant_id, window, at, by=actor.by, via=actor.via
        )
        if change.window is None:
            raise FormError(409, "That window is not announced any more: nothing was ended.")
        again = change.outcome is maintaining.Announced.ALREADY
        return {"did": change.window.id, **({"again": "1"} if again else {})}

    # -- afterwards -------------------------------------------------------------------------------

    def told(
        self, query: Mapping[str, str], found: Standing, snap: Snapshot, at: datetime
    ) -> Notice | None:
        """What became of the form that led to the page, as the stored row says."""
        did = query.get("did", "")
        said = _done(did, found, snap, at) if did else ""
        if not said:
            return None
        if "again" in query:
            return Notice(Tone.PLAIN, f"That was done already: {said} Nothing more was done.")
        return Notice(Tone.GOOD, f"Done: {said}")


def _done(did: str, found: Standing, snap: Snapshot, at: datetime) -> str:
    """What the form of this id did, or how this window ended; "" when nothing is known."""
    for drill in (*([snap.drill] if snap.drill else []), *found.drills):
        if drill.form == did:
            return f"drill started by {_name(drill.by)} at {utc(drill.started_at, at)}."
        if drill.ended_form == did and drill.ended_at is not None:
            return f"drill stopped by {_name(drill.ended_by)} at {utc(drill.ended_at, at)}."
    for window in snap.windows.values():
        if window.form == did:
            lasts = duration(window.lasts)
            when = f"{utc(window.first, at)} for {lasts}"
            return f"maintenance announced by {_name(window.by)}: {when}."
        if window.id == did and window.ended_at is not None:
            ended = utc(window.ended_at, at)
            return f"maintenance ended by {_name(window.ended_by)} at {ended}."
    return ""


def _name(text: str) -> str:
    return inert(text) or "somebody"


def _hours(text: str) -> timedelta:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= _MOST_HOURS:
        raise FormError(400, f"Say for how many hours: more than 0 and at most {_MOST_HOURS}.")
    return timedelta(hours=hours)


def _rule(repeat: str, start: str) -> str:
    """The RFC 5545 rule of a choice; the weekday and its place in the month are the start's.

    The fifth one of a month means the last one: not every month has five.
    """
    if repeat == "weekly":
        return "FREQ=WEEKLY"
    if repeat != "monthly":
        return ""
    try:
        day = datetime.fromisoformat(start).replace(tzinfo=UTC)
    except ValueError:
        return ""  # the start is refused with the reason
    place = (day.day - 1) // 7 + 1
    return f"FREQ=MONTHLY;BYDAY={-1 if place >= _LAST else place}{_DAYS[day.weekday()]}"
