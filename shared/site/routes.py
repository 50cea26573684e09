"""Every page of the site by name, behind one boundary."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Final

from shared.events import emit
from shared.pages.headers import SCRIPT, plain_headers, script
from shared.secret import redact
from shared.site.answers import Page, Request
from shared.site.door import message, not_here

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from shared.site.incidents import IncidentSite
    from shared.site.status import StatusSite

_ASSET_CACHED_FOR: Final = 300
"""Seconds: short, so that a new release's page never runs an old script for long."""


_DEFECT: Final = (
    "This is a defect: the log event watchdog.failed says more. The card is enough to act."
)


class Site:
    """Answers requests; it knows no clock and no environment."""

    def __init__(self, incidents: IncidentSite, status: StatusSite) -> None:
        """Make the site of one tenant."""
        self._routes: Mapping[str, Callable[[Request, datetime], Awaitable[Page]]] = {
            "incident": incidents.show,
            "act": incidents.act,
            "status": status.show,
            "announce": status.act,
            "status_json": status.twin,
            "badge": status.badge,
            "history_csv": status.history_csv,
            "history_json": status.history_json,
            "asset": _asset,
        }

    async def answer(self, route: str, request: Request, at: datetime) -> Page:
        """The answer to one request.

        Args:
            route: The function's name.
            request: The request.
            at: Now.
        """
        try:
            return await self._routes[route](request, at)
        except Exception as problem:  # noqa: BLE001 - the one boundary: told redacted
            text = redact("".join(traceback.format_exception(problem)))
            error = type(problem).__name__
            emit("watchdog.failed", level=logging.ERROR, route=route, error=error, trace=text)
            return message(500, "This failed", _DEFECT)


async def _asset(request: Request, at: datetime) -> Page:  # noqa: ARG001 - the shape of a route
    """The script: it holds nothing about any tenant, so whoever asks may have it."""
    if request.subject != SCRIPT:
        return not_here()
    headers = {**plain_headers(), "Cache-Control": f"public, max-age={_ASSET_CACHED_FOR}"}
    return Page(200, script(), "text/javascript", headers)
