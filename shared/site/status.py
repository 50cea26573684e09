"""`/api/status` and what belongs to it: the page, its JSON twin, the badge, the history's exports.

GET shows what the newest tick stored. POST starts or stops a drill and announces or ends
maintenance; it is answered by a redirection to the page, which says what the stored row says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from shared import standing
from shared.delivery import named
from shared.domain.cards.links import sign
from shared.domain.cards.wording import inert
from shared.history_export import ExportError, What, as_csv, as_json, asked_of, export
from shared.pages.badge import badge
from shared.pages.headers import plain_headers
from shared.pages.status import Around, status_page
from shared.pages.status_json import status_json
from shared.pages.views import Forms, Notice, Tone
from shared.ports import StoreUnavailableError
from shared.site.access import BADGE, STATUS, Access, Visitor
from shared.site.announcing import LONGEST_NOTE, TYPED, Announcing
from shared.site.answers import Page, Request
from shared.site.door import enter, message, page, unreadable
from shared.site.forms import FormError, FormKey, fields_of
from shared.site.names import remembered_name
from shared.site.posting import back_to, foreign, proven, sender, typed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.bookkeeping import Plan
    from shared.domain.history.standing import Standing
    from shared.history_export import Exported
    from shared.ports import Store

_BADGE_CACHED_FOR: Final = 60
"""Seconds: a wiki page with many readers asks for it again and again."""


class StatusSite:
    """The status page of one tenant."""

    def __init__(self, access: Access, plan: Plan, store: Store, new_id: Callable[[], str]) -> None:
        """Make the site.

        Args:
            access: Who may come in.
            plan: What the team configured.
            store: The store.
            new_id: A fresh random id, for forms, drills and windows.
        """
        self._access, self._plan, self._store = access, plan, store
        self._new_id = new_id
        self._announcing = Announcing(plan, store, new_id)

    # -- looking ----------------------------------------------------------------------------------

    async def show(self, request: Request, at: datetime) -> Page:
        """GET and HEAD: the page. It changes nothing."""
        visitor = enter(self._access, STATUS, request, at)
        if isinstance(visitor, Page):
            return visitor
        return await self._page(200, visitor, request, at, None)

    async def twin(self, request: Request, at: datetime) -> Page:
        """GET and HEAD: the same as JSON."""
        visitor = enter(self._access, STATUS, request, at)
        if isinstance(visitor, Page):
            return visitor
        try:
            found, snap = await standing.look(self._plan, self._store, at)
        except StoreUnavailableError:
            return unreadable()
        shown = named(self._plan.presentation, snap.state.memory if snap.state else None)
        text = status_json(found, self._plan.tenant_id, shown.tenant_name)
        return Page(200, text, "application/json", plain_headers())

    async def badge(self, request: Request, at: datetime) -> Page:
        """GET and HEAD: one word as a picture; opened by a link of its own, or by the page's."""
        visitor = enter(self._access, BADGE, request, at)
        if isinstance(visitor, Page):
            visitor = enter(self._access, STATUS, request, at)
        if isinstance(visitor, Page):
            return visitor
        try:
            word = (await standing.glance(self._plan, self._store, at)).word
        except StoreUnavailableError:
            word = "unknown"
        headers = {**plain_headers(), "Cache-Control": f"private, max-age={_BADGE_CACHED_FOR}"}
        return Page(200, badge(word), "image/svg+xml", headers)

    async def history_csv(self, request: Request, at: datetime) -> Page:
        """GET and HEAD: incidents, transitions or drills as CSV."""
        found = await self._export(request, at, csv=True)
        if isinstance(found, Page):
            return found
        name = f"watchdog-{found.asked.what}-{at:%Y-%m-%d}.csv"
        return Page(200, as_csv(found), "text/csv", _download(name, found))

    async def history_json(self, request: Request, at: datetime) -> Page:
        """GET and HEAD: all of the history as JSON."""
        found = await self._export(request, at, csv=False)
        if isinstance(found, Page):
            return found
        headers = _download(f"watchdog-history-{at:%Y-%m-%d}.json", found)
        return Page(200, as_json(found, at), "application/json", headers)

    async def _export(self, request: Request, at: datetime, *, csv: bool) -> Exported | Page:
        visitor = enter(self._access, STATUS, request, at)
        if isinstance(visitor, Page):
            return visitor
        try:
            asked = asked_of(request.query)
            happened = not csv or asked.what is What.TRANSITIONS
            tenant, store = self._plan.tenant_id, self._store
            return await export(tenant, store, asked, happened=happened)
        except ExportError as wrong:
            return message(400, "This cannot be exported", str(wrong))
        except StoreUnavailableError:
            return unreadable()

    # -- acting -----------------------------------------------------------------------------------

    async def act(self, request: Request, at: datetime) -> Page:
        """POST: do what the form asks for, once."""
        visitor = enter(self._access, STATUS, request, at)
        if isinstance(visitor, Page):
            return visitor
        refused = foreign(self._access, request)
        if refused is not None:
            return refused
        try:
            form = proven(self._key(visitor), fields_of(request), at)
            who = sender(visitor, form)
            told = await self._announcing.act(form, who, visitor.via, at)
        except FormError as wrong:
            said = Notice(Tone.BAD, str(wrong))
            return await self._page(wrong.status, visitor, request, at, said)
        except StoreUnavailableError:
            return unreadable()
        return back_to("status", told, visitor, form, self._access.public_url)

    # -- the page ---------------------------------------------------------------------------------

    async def _page(
        self,
        status: int,
        visitor: Visitor,
        request: Request,
        at: datetime,
        notice: Notice | None,
    ) -> Page:
        try:
            found, snap = await standing.look(self._plan, self._store, at)
        except StoreUnavailableError:
            return unreadable()
        notice = notice or self._announcing.told(request.query, found, snap, at)
        shown = named(self._plan.presentation, snap.state.memory if snap.state else None)
        zone = self._plan.rhythm.office.zone
        around = Around(
            forms=self._forms(found, visitor, request, at),
            notice=notice,
            incident=self._addresses(at),
            exports=f"t={quote(visitor.token, safe='.')}" if visitor.token else "",
            now=f"{at.astimezone(zone):%Y-%m-%dT%H:%M}",
            longest_note=LONGEST_NOTE,
        )
        return page(status, status_page(found, shown, around))

    def _addresses(self, at: datetime) -> Callable[[str], str]:
        """The address of an incident's page: with a link of its own where a link opens pages."""
        keys = () if self._access.sign_in else self._access.link_keys

        def address(incident: str) -> str:
            tail = f"?t={sign(keys[0], incident, at)}" if keys else ""
            return f"incidents/{quote(incident, safe='')}{tail}" if inert(incident) else ""

        return address

    def _forms(self, found: Standing, visitor: Visitor, request: Request, at: datetime) -> Forms:
        key = self._key(visitor)
        offered = ["drill_stop" if found.drill else "drill_start", "window_add", "window_add later"]
        offered += [f"window_end {window.id}" for window in found.windows]
        form_id = self._new_id()
        return Forms(
            address=f"?t={quote(visitor.token, safe='.')}" if visitor.token else "",
            # one id per form: each acts once by itself
            tokens={
                name: key.token(name.partition(" ")[0], f"{form_id}{place:02d}", at)
                for place, name in enumerate(offered)
            },
            ask_name=not visitor.name,
            name=visitor.name or remembered_name(request, self._access.public_url),
            typed=typed(request, TYPED, LONGEST_NOTE),
        )

    def _key(self, visitor: Visitor) -> FormKey:
        return FormKey(self._access.form_keys, STATUS, visitor.key)


def _download(name: str, found: Exported) -> dict[str, str]:
    """The headers of a file; the last one says what is not in it."""
    return {
        **plain_headers(),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Watchdog-Left-Out": str(found.left_out),
    }
