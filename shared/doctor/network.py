"""The doctor's own looks at the network: a name, and one request without cookie, key or token.

Both give up at once when told to: what hangs is left behind in a daemon thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.channels._http import Exchange, Head, NoAnswer, Request, Route
from shared.doctor.facts import Named, Web
from shared.secret import Secret
from shared.sources.threads import started

if TYPE_CHECKING:
    from datetime import datetime

ANSWER_SECONDS: Final = 20.0
"""An app that sleeps needs some seconds for its first answer."""
_BODY_SECONDS: Final = 5.0
_WHY: Final = {
    NoAnswer.NOT_CONNECTED: "no connection (name, network, or nobody listens)",
    NoAnswer.TLS: "no connection: its certificate or the TLS handshake failed",
    NoAnswer.TIMEOUT: "no answer in time",
    NoAnswer.BROKEN: "no whole answer: the connection broke",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request.

    Attributes:
        method: The HTTP method.
        url: The address.
        body: The body, or None.
        headers: Further headers; a value may be a secret.
        seconds: How long to wait for the status.
        want_body: Whether the body is read.
    """

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, Secret | str] = field(default_factory=dict)
    seconds: float = ANSWER_SECONDS
    want_body: bool = False


Asks = Callable[[Ask], Awaitable[Web]]
Resolves = Callable[[str], Awaitable[Named]]


def asking(now: Callable[[], datetime], route: Route | None = None) -> Asks:
    """What sends a request; redirects are not followed.

    Args:
        now: Our clock.
        route: How to leave this network; directly when None.
    """

    async def ask(what: Ask) -> Web:
        headers = {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in what.headers.items()
        }
        request = Request(what.method, Secret(what.url), what.body, headers, route or Route())
        async with Exchange(request) as exchange:
            head = await exchange.head(what.seconds)
            at = now()
            if not isinstance(head, Head):
                return Web(None, _WHY[head])
            body = await exchange.body(_BODY_SECONDS) if what.want_body else b""
        return Web(head.status, "", head.headers, body, at)

    return ask


async def resolve(host: str) -> Named:
    """What the name service says about a host. Total: never raises but `CancelledError`."""

    def look() -> Named:
        try:
            found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
            return Named(host, tuple(dict.fromkeys(str(each[4][0]) for each in found)))
        except Exception as error:  # noqa: BLE001 - also UnicodeError, for a name with a long label
            known = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
            why = "no such name" if known else f"the name service failed ({type(error).__name__})"
            return Named(host, why=why)

    return await asyncio.wrap_future(started(look, "watchdog-name"))
