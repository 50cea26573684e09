"""A Teams channel and a ping against a loopback server, with a clock that no test waits for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.channels.teams import TeamsChannel
from shared.secret import Secret
from tests.support.canary import FLOW, SIGNATURE
from tests.support.webhook_server import Reply

if TYPE_CHECKING:
    from shared.channels._http import Route

MESSAGE = {"type": "message", "summary": "🔴 SYNC-A is silent", "attachments": []}
TARGET = (
    f"/workflows/{FLOW}/triggers/manual/paths/invoke"
    f"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
)
PING_TARGET = f"/ping/{FLOW}"

ECHO = (
    '{"error": {"code": "Bad", "message": "no such flow: ' + TARGET + '"}, "sig": "' + SIGNATURE
).encode()

ANSWERS = [200, 201, 202, 204, 301, 302, 307, 308, 400, 401, 403, 404, 405, 408, 410, 413, 415]
ANSWERS += [422, 429, 500, 502, 503, 504, 599]

FAULTS = {
    **{f"status {s}": Reply(s, {"Location": "http://[::1]:9/" + FLOW}, ECHO) for s in ANSWERS},
    "code echoes the signature": Reply(400, {}, b'{"error":{"code":"%s"}}' % SIGNATURE.encode()),
    "code echoes the flow": Reply(404, {}, b'{"error":{"code":"%s"}}' % FLOW.encode()),
    "retry-after echoes": Reply(429, {"Retry-After": SIGNATURE}),
    "location echoes": Reply(302, {"Location": TARGET}),
    "malformed header echoes": Reply(202, {f"{SIGNATURE} x": FLOW, "Set-Cookie": SIGNATURE}),
    "closed without an answer": Reply(fault="close"),
    "no answer": Reply(fault="silence"),
    "slow-drip headers": Reply(202, {"X": FLOW}, fault="drip_head"),
    "slow-drip body of 202": Reply(202, {}, ECHO, fault="drip_body"),
    "slow-drip body of 400": Reply(400, {}, ECHO, fault="drip_body"),
    "endless body of 400": Reply(400, {}, ECHO, fault="endless_body"),
    "endless body of a redirect": Reply(302, {"Location": "/"}, ECHO, fault="endless_body"),
    "body broken off": Reply(400, {}, ECHO, fault="reset_body"),
}
"""Every fault of the channel that a server can cause; each tries to get the secret written."""

SLOW = {"no answer", "slow-drip headers"}
"""The faults that last until the budget ends."""


@dataclass
class FakeClock:
    """Seconds that pass only while somebody sleeps."""

    seconds: float = 0.0
    naps: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Now."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Pass the time without waiting."""
        self.naps.append(seconds)
        self.seconds += seconds


def teams(
    origin: str, clock: FakeClock, *, budget: float = 20.0, route: Route | None = None
) -> TeamsChannel:
    """A channel whose webhook is on this loopback origin."""
    return TeamsChannel(
        Secret(origin + TARGET),
        loopback=True,
        budget=dt.timedelta(seconds=budget),
        route=route,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    )
