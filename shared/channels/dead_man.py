"""The outside monitor: a ping after each clean audit, so that silence is the alarm.

A ping is a GET of the monitor's URL, as healthchecks.io and its kin take it ("HEAD, GET and POST
request methods", "200 OK"; an unknown check is 404: healthchecks.io/docs/http_api). The URL's
path is the key, so a log line names its host only. One try is enough: the next tick is five
minutes away, and a monitor has a grace time.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.channels._http import Exchange, NoAnswer, Request, Route
from shared.channels._urls import Parts, split_url

if TYPE_CHECKING:
    from shared.secret import Secret

_log: Final = logging.getLogger(__name__)


def check_ping_url(url: str, *, loopback: bool) -> str | None:
    """None when the URL may be pinged, else one sentence: what is wrong and what to do.

    The sentence never quotes more of the URL than its host. Pure.

    Args:
        url: The configured URL.
        loopback: Also accept http, and any port, on 127.0.0.1, localhost and [::1].
    """
    parts = split_url(url, loopback=loopback)
    return parts if isinstance(parts, str) else None


class DeadManPing:
    """Pings one outside monitor (implements `PingsOutside`)."""

    def __init__(
        self,
        url: Secret,
        *,
        loopback: bool = False,
        budget: timedelta = timedelta(seconds=5),
        route: Route | None = None,
    ) -> None:
        """Check the URL once more.

        Args:
            url: The monitor's ping URL.
            loopback: As in `check_ping_url`.
            budget: Longest duration of one `ping`.
            route: A proxy or CA bundle; directly and the public certificates when None.

        Raises:
            ValueError: The URL is not acceptable; the message is `check_ping_url`'s.
        """
        parts = split_url(url.reveal(), loopback=loopback)
        if not isinstance(parts, Parts):
            raise ValueError(parts)  # noqa: TRY004 - the value is wrong, not its type
        self._host = parts.host
        self._request = Request("GET", url, route=route or Route())
        self._budget = budget.total_seconds()

    async def ping(self) -> bool:
        """True when the monitor answered 2xx. Total: never raises but `CancelledError`.

        A redirect is not followed: it would hand the key to another address.
        """
        async with Exchange(self._request) as exchange:
            head = await exchange.head(self._budget)
        if isinstance(head, NoAnswer):
            reason = head.value
        elif head.status in range(200, 300):
            return True
        else:
            reason = f"status {head.status}"
        facts = {
            "host": self._host,
            "reason": reason,
            "next": "the next clean audit pings again; if this lasts, check WATCHDOG_DEAD_MAN_URL",
        }
        _log.warning("watchdog.ping_failed %s", json.dumps(facts))
        return False

    async def aclose(self) -> None:
        """Nothing to release: a ping that is under way ends with its own task."""
