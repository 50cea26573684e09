"""`/api/incidents/{id}`: GET shows an incident, POST acts on it.

An action is answered by a redirection to the page, which then says what was done: that is read
from the stored transition, so the page cannot claim what did not happen, and a reload sends
nothing again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from shared.acting import Acted, Desk
from shared.delivery import named
from shared.domain.cards.wording import inert
from shared.domain.incidents import actions
from shared.domain.incidents.actions import Action, Actor
from shared.domain.incidents.incident import State
from shared.domain.incidents.snoozes import choice
from shared.events import emit
from shared.maintaining import holding
from shared.pages.incident import Around, incident_page
from shared.pages.views import Forms, Notice, Tone
from shared.ports import StoreUnavailableError
from shared.site.answers import Page, Request
from shared.site.door import enter, not_here, page, unreadable
from shared.site.forms import Form, FormError, FormKey, fields_of
from shared.site.names import remembered_name
from shared.site.posting import back_to, foreign, proven, sender, typed
from shared.site.told import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.acting import Looked, Result
    from shared.bookkeeping import Plan
    from shared.domain.incidents.incident import Incident, Step
    from shared.site.access import Access, Visitor

TYPED: Final = ("note", "to", "who")
"""Fields that are shown again when a form was refused."""

_REFUSED: Final = {
    Acted.BUSY: (503, "Others are writing at the same time, so this is not stored. Try again."),
    Acted.CLOSED: (409, "The incident is over: there is nothing to take any more."),
    Acted.FULL: (409, "Nothing was changed: so much is written down here that no more fits."),
    Acted.DIFFERENT: (
        409,
        "This form was used already. What it says now is not stored: send it again from here.",
    ),
}


class IncidentSite:
    """The pages of the incidents of one tenant."""

    def __init__(self, access: Access, desk: Desk, plan: Plan, new_id: Callable[[], str]) -> None:
        """Make the site.

        Args:
            access: Who may come in.
            desk: Where incidents are looked up and acted on.
            plan: What the team configured.
            new_id: A fresh random id, for forms.
        """
        self._access, self._desk, self._new_id = access, desk, new_id
        self._presentation, self._windows = plan.presentation, plan.windows
        self._zone = plan.rhythm.office.zone

    async def show(self, request: Request, at: datetime) -> Page:
        """GET and HEAD: the page. It changes nothing."""
        visitor = enter(self._access, request.subject, request, at)
        if isinstance(visitor, Page):
            return visitor
        try:
            looked = await self._desk.look(request.subject)
        except StoreUnavailableError:
            return unreadable()
        if looked.dossier is None:
            return not_here()
        notice = told(looked.dossier, request, at)
        return self._page(200, looked, visitor, request, at, notice)

    async def act(self, request: Request, at: datetime) -> Page:
        """POST: do what the form asks for, once."""
        visitor = enter(self._access, request.subject, request, at)
        if isinstance(visitor, Page):
            return visitor
        refused = foreign(self._access, request)
        if refused is not None:
            return refused
        try:
            fields = fields_of(request)
            return await self._act(fields, visitor, request, at)
        except FormError as wrong:
            return await self._again(wrong, visitor, request, at)
        except StoreUnavailableError:
            return unreadable()

    async def _act(
        self,
        fields: Mapping[str, tuple[str, ...]],
        visitor: Visitor,
        request: Request,
        at: datetime,
    ) -> Page:
        form = _asked(proven(self._key(visitor, request), fields, at))
        who = sender(visitor, form)
        actor = Actor(who, visitor.via, form.id)
        decide = self._decision(form, actor, at)
        result = await self._desk.act(request.subject, decide, form.id)
        self._tell(request.subject, form, result)
        if result.acted is Acted.NOT_THERE:
            return not_here()
        if result.acted in _REFUSED:
            raise FormError(*_REFUSED[result.acted])
        return self._done(result, form, visitor, request)

    def _tell(self, incident: str, form: Form, result: Result) -> None:
        """One event for each action; who did it and what was written stands in the transition."""
        emit(
            "watchdog.act",
            tenant=self._presentation.tenant_id,
            incident=incident,
            action=form.text("action"),
            outcome=str(result.acted),
        )

    def _decision(
        self, form: Form, actor: Actor, at: datetime
    ) -> Callable[[Incident], Step | None]:
        """What the form asks for, as a transition of whatever state the incident is in.

        Raises:
            FormError: What it asks for is not complete.
        """
        action = form.text("action")
        simple: dict[str, Callable[[Incident], Step | None]] = {
            Action.ACKNOWLEDGE: lambda found: actions.acknowledge(found, actor.by, at, actor=actor),
            Action.SWITCHING: lambda found: actions.switching(found, actor, at),
            Action.CALL_OFF: lambda found: actions.call_off(found, actor, at),
        }
        if action in simple:
            return simple[action]
        if action == Action.SNOOZE:
            chosen = choice(form.text("for"), at, self._zone)
            if chosen is None:
                raise FormError(400, "Choose how long to snooze.")
            return lambda found: actions.snooze(found, chosen.until, actor.by, at, actor=actor)
        if action == Action.HAND_OVER:
            to = actions.plain(form.text("to"), actions.LONGEST_NAME)
            if not inert(to):
                raise FormError(400, "Say to whom you hand it over.")
            return lambda found: actions.hand_over(found, to, actor, at)
        if action == Action.STEPS:
            # only what this person changed: another one's ticks since then stay as they are
            ticked, shown = form.values.get("done", ()), form.text("shown").split()
            on = [step for step in ticked if step not in shown]
            off = [step for step in shown if step not in ticked]
            return lambda found: actions.steps(found, on, off, actor, at)
        text = form.text("note")
        if not inert(text):
            raise FormError(400, "Write something, so that there is something to keep.")
        return lambda found: actions.note(found, text, actor, at)

    def _done(self, result: Result, form: Form, visitor: Visitor, request: Request) -> Page:
        did = {"did": result.change.form} if result.change is not None else {}
        again = {"again": "1"} if result.acted is Acted.ALREADY else {}
        # relative: whatever the address is under which the visitor came
        place = quote(request.subject, safe="")
        return back_to(place, {**did, **again}, visitor, form, self._access.public_url)

    async def _again(
        self, wrong: FormError, visitor: Visitor, request: Request, at: datetime
    ) -> Page:
        """The page with what was wrong, a fresh form, and what was typed."""
        try:
            looked = await self._desk.look(request.subject)
        except StoreUnavailableError:
            return unreadable()
        if looked.dossier is None:
            return not_here()
        said = Notice(Tone.BAD, str(wrong))
        return self._page(wrong.status, looked, visitor, request, at, said)

    def _page(  # noqa: PLR0913, PLR0917 - what a page is made of
        self,
        status: int,
        looked: Looked,
        visitor: Visitor,
        request: Request,
        at: datetime,
        notice: Notice | None,
    ) -> Page:
        assert looked.dossier is not None  # noqa: S101 - both callers have looked
        found, state = looked.dossier, looked.snap.state
        around = Around(
            transitions=found.transitions,
            cards=found.cards,
            forms=self._forms(found.incident, visitor, request, at),
            notice=notice,
            zone=self._zone,
            script="../assets/page.js",
            maintenance=holding(self._windows, looked.snap, at),
        )
        shown = named(self._presentation, state.memory if state else None)
        return page(status, incident_page(found.incident, at, shown, around))

    def _forms(self, incident: Incident, visitor: Visitor, request: Request, at: datetime) -> Forms:
        key = self._key(visitor, request)
        over = incident.state is State.RESOLVED
        offered = (Action.NOTE, Action.STEPS) if over else tuple(Action)
        form_id, kept = self._new_id(), typed(request, TYPED, actions.LONGEST_NOTE)
        return Forms(
            address=f"?t={quote(visitor.token, safe='.')}" if visitor.token else "",
            # one id per form: each acts once by itself
            tokens={a: key.token(a, f"{form_id}{i}", at) for i, a in enumerate(offered)},
            ask_name=not visitor.name,
            name=visitor.name
            or kept.get("who", "")
            or remembered_name(request, self._access.public_url),
            typed=kept,
        )

    def _key(self, visitor: Visitor, request: Request) -> FormKey:
        return FormKey(self._access.form_keys, request.subject, visitor.key)


def _asked(form: Form) -> Form:
    """The form with what its button asks for, and an id for that: each button acts once.

    The form of "Acknowledge" has buttons for three more actions. Ticks are sent several times by
    one form, each time as they are: so the same ticks act once.
    """
    action = form.text("action")
    if action == Action.STEPS:
        said = repr((form.values.get("done", ()), form.text("shown"))).encode(errors="replace")
        return Form(f"{form.id}-{hashlib.sha256(said).hexdigest()[:12]}", form.values)
    if action != Action.ACKNOWLEDGE:
        return form
    instead = form.text("instead")
    if instead in {Action.SWITCHING, Action.CALL_OFF}:
        asked = Action(instead)
    elif form.text("for"):
        asked = Action.SNOOZE
    else:
        return form
    return Form(f"{form.id}-{asked}", {**form.values, "action": (asked,)})
