"""The team's channel: posts a card to a Teams workflow.

The workflow's trigger is "When a Teams webhook request is received". It answers 202 and posts the
card later, or never: no answer proves that a card appeared. The URL is a bearer secret as a
whole, so no sentence of this module quotes more than its host.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tenacity import AsyncRetrying, retry_if_result, wait_exponential_jitter

from shared.channels._answers import COPY, CREATE, Try, error_code, judge, judge_silence, wants_body
from shared.channels._http import Exchange, NoAnswer, Request, Route
from shared.channels._urls import LOOPBACK, Parts, is_host_name, split_url
from shared.ports import Delivery, Receipt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from tenacity import RetryCallState

    from shared.secret import Secret

HOSTS: Final = ("*.logic.azure.com", "*.environment.api.powerplatform.com")
"""Where Workflows webhooks live in the public cloud.

Source: learn.microsoft.com, Power Automate "triggers-troubleshoot" (2025-10-16).
"""

MAX_MESSAGE: Final = 28_672
"""Bytes of a message that Teams takes (MicrosoftDocs/msteams-docs issue 11274)."""

TRIES: Final = 4
_LEAST_TRY: Final = 1.0  # seconds; a try that cannot last so long is not begun
_BODY_SECONDS: Final = 2.0  # the body of an error only adds a word to the sentence
_BACK_OFF: Final = wait_exponential_jitter(initial=1, max=8, jitter=1)


def check_webhook(url: str, extra_hosts: Sequence[str], *, loopback: bool) -> str | None:
    """None when the URL may be posted to, else one sentence: what is wrong and what to do.

    The sentence never quotes more of the URL than its host. Pure.

    Args:
        url: The configured URL. More than 255 characters are normal.
        extra_hosts: Further allowed hosts, each a name or ``*.`` and a name.
        loopback: Also accept http, any port and any path on 127.0.0.1, localhost and [::1].
    """
    for number, host in enumerate(extra_hosts, start=1):
        if not is_host_name(host.lower().removeprefix("*.")):
            return (
                f"Entry {number} of the further Teams hosts is no host name: "
                "write it like flow.contoso.com or *.contoso.com."
            )
    parts = split_url(url, loopback=loopback)
    if isinstance(parts, str):
        return parts
    if loopback and parts.host in LOOPBACK:
        return None  # whoever listens there is a simulator: it may name its paths as it likes
    return _host_fault(parts, extra_hosts) or _query_fault(parts)


def _host_fault(parts: Parts, extra_hosts: Sequence[str]) -> str | None:
    host = parts.host
    retired = host == "webhook.office.com" or host.endswith(".webhook.office.com")
    if retired or (
        host in {"outlook.office.com", "outlook.office365.com"}
        and parts.path.lower().startswith("/webhook")
    ):
        return f"Office 365 connector webhooks were retired May 2026: {CREATE}."
    if any(_matches(host, pattern.lower()) for pattern in (*HOSTS, *extra_hosts)):
        return None
    return (
        f"'{host}' is not a host of Workflows webhooks ({', '.join(HOSTS)}): {COPY}, or, for a "
        "sovereign cloud, add its host to WATCHDOG_TEAMS_HOSTS."
    )


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _query_fault(parts: Parts) -> str | None:
    if parts.path in {"", "/"}:
        return f"The URL has no path, so it was probably cut: {COPY}."
    if not any(re.fullmatch(r"sig=.+", item) for item in parts.query.split("&")):
        return f"The URL has no sig= part, so it was probably cut at an & sign: {COPY}."
    return None


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


class TeamsChannel:
    """Posts messages to one Workflows webhook (implements `PostsCards`).

    Nothing stays open between posts: cards are rare, and a connection that idled for an hour
    would make the first one fail.
    """

    def __init__(  # noqa: PLR0913 - the clock and the sleep only spare tests real time
        self,
        url: Secret,
        *,
        extra_hosts: Sequence[str] = (),
        loopback: bool = False,
        budget: timedelta = timedelta(seconds=20),
        route: Route | None = None,
        monotonic: Callable[[], float] = _monotonic,
        sleep: Callable[[float], Awaitable[None]] = _sleep,
    ) -> None:
        """Check the URL once more, so that no caller can post a card to a foreign host.

        Args:
            url: The webhook.
            extra_hosts: As in `check_webhook`.
            loopback: As in `check_webhook`.
            budget: Longest duration of one `post`, back-off and reading included.
            route: A proxy or CA bundle; directly and the public certificates when None.
            monotonic: Seconds of a clock that only goes forward.
            sleep: Waits so many seconds.

        Raises:
            ValueError: The URL is not acceptable; the message is `check_webhook`'s.
        """
        fault = check_webhook(url.reveal(), extra_hosts, loopback=loopback)
        if fault:
            raise ValueError(fault)
        parts = split_url(url.reveal(), loopback=loopback)
        self._host = parts.host if isinstance(parts, Parts) else ""
        self._url = url
        self._budget = budget.total_seconds()
        self._route = route or Route()
        self._monotonic = monotonic
        self._sleep = sleep
        self.requests = 0

    async def post(self, message: Mapping[str, object]) -> Receipt:
        """Post within the budget. Total: never raises but `CancelledError`.

        1. Refuse what cannot be sent. 2. Try; throttling, server errors and network faults are
        tried again while the budget lasts. 3. The last try's answer is the answer, with a word
        about doubt if any try may have been delivered unnoticed.
        """
        body = _encode(message)
        if isinstance(body, Receipt):
            return body
        deadline = self._monotonic() + self._budget
        doubts: list[bool] = []

        async def one_try() -> Try:
            tried = await self._try(body, deadline - self._monotonic())
            doubts.append(tried.doubtful)
            return tried

        def out_of_time(state: RetryCallState) -> bool:
            left = deadline - self._monotonic() - state.upcoming_sleep
            return state.attempt_number >= TRIES or left < min(_LEAST_TRY, self._budget)

        last: Try = await AsyncRetrying(
            sleep=self._sleep,
            wait=_wait,
            stop=out_of_time,
            retry=retry_if_result(lambda tried: tried.receipt.delivery is Delivery.RETRY),
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )(one_try)
        if any(doubts[:-1]):
            doubt = " An earlier try got no clear answer, so the card may appear twice."
            return replace(last.receipt, detail=last.receipt.detail + doubt)
        return last.receipt

    async def aclose(self) -> None:
        """Nothing to release: a post that is under way ends with its own task."""

    async def _try(self, body: bytes, seconds: float) -> Try:
        end = self._monotonic() + seconds
        request = Request(
            "POST", self._url, body, {"Content-Type": "application/json"}, route=self._route
        )
        self.requests += 1
        async with Exchange(request) as exchange:
            head = await exchange.head(seconds)
            if isinstance(head, NoAnswer):
                return judge_silence(head, self._host)
            code = ""
            if wants_body(head):
                left = end - self._monotonic()
                code = error_code(await exchange.body(min(_BODY_SECONDS, left)), self._url)
        return judge(head, code)


def _wait(state: RetryCallState) -> float:
    tried: Try | None = state.outcome.result() if state.outcome else None
    asked = tried.asked_wait if tried else None
    return _BACK_OFF(state) if asked is None else asked


def _encode(message: Mapping[str, object]) -> bytes | Receipt:
    """The message as JSON in UTF-8, or the refusal to send it."""
    try:
        body = json.dumps(
            message, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return Receipt(
            Delivery.REFUSED,
            f"The message is not valid JSON ({type(error).__name__}), so it was not sent: "
            "report this as a defect of the watchdog.",
        )
    if len(body) > MAX_MESSAGE:
        return Receipt(
            Delivery.REFUSED,
            f"The message has {len(body)} bytes and Teams takes {MAX_MESSAGE}, so it was not "
            "sent: report this as a defect of the watchdog.",
        )
    return body
