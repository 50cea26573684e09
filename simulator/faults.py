"""How a service may fail: with a status, or with a 200 that is none."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Literal

from aiohttp import web

if TYPE_CHECKING:
    from simulator.graph import Json

Breakage = Literal["html", "truncated", "timeout", "reset"]
"""Ways of failing that any service has. `timeout` costs the client real seconds."""

GraphFault = Literal[Breakage, "empty", "denied_fields", "two_organizations"]
"""How Graph may fail other than with a status."""

ArmFault = Literal[Breakage, "loop"]
"""How Resource Manager may fail other than with a status; `loop`: a page's next page is itself."""


async def broken(request: web.Request, fault: Breakage, answer: object) -> web.Response:
    """A 200 that is none, made from the right answer."""
    if fault == "timeout":
        await asyncio.sleep(3600)  # until the client gives up or the server stops
    if fault == "reset" and request.transport is not None:
        request.transport.abort()
    if fault == "html":
        page = "<html><body>Our services aren't available right now</body></html>"
        return web.Response(text=page, content_type="text/html")
    text = json.dumps(answer)
    return web.Response(text=text[: len(text) // 2], content_type="application/json")


def refusal(body: Json, status: int, retry_after: str | None) -> web.Response:
    """An error, with `Retry-After` if there is one."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return web.json_response(body, status=status, headers=headers)
