"""What each answer of a Workflows webhook means: the answer table, and the sentence for a person.

Pure. Source of the rows: the Logic Apps Request trigger and user reports (SigNoz issue 12891 for
429, apprise issue 1161 for `MissingApiVersionParameter`); 401, 404 and 410 are inferred from it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from shared.channels._http import Head, NoAnswer
from shared.ports import Delivery, Receipt

if TYPE_CHECKING:
    from shared.secret import Secret

COPY: Final = (
    "in Teams open the workflow, copy its webhook URL whole and set WATCHDOG_TEAMS_URL to it"
)
CREATE: Final = (
    "create a Workflows webhook (in Teams: the channel's … menu, Workflows, 'Send webhook alerts "
    "to a channel') and set WATCHDOG_TEAMS_URL to its URL"
)
LATER: Final = "a later tick tries again"

_GATEWAY: Final = {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}
_LEAST_SECRET: Final = 8  # characters; what is shorter is a word of the path
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}")

_REFUSED: Final = {
    400: "The workflow did not understand the message (400{code}): if the URL was cut, copy it "
    "again; if the flow was edited, make it anew from the template 'Send webhook alerts to a "
    "channel'.",
    401: "The workflow refused our signature (401{code}): its trigger must allow 'Anyone', and if "
    f"its key was renewed, {COPY}.",
    403: "The workflow forbids us to post (403{code}): set 'Who can trigger the flow' to 'Anyone' "
    f"and look for a data policy that blocks it, or {COPY}.",
    404: "There is no such workflow (404{code}): turn the flow on again if it is off; if it was "
    f"deleted, {CREATE}.",
    410: f"The workflow is gone (410{{code}}): {CREATE}.",
    413: "The workflow finds the message too large (413{code}): report this as a defect of the "
    "watchdog, and read the incident page instead.",
}


@dataclass(frozen=True, slots=True)
class Try:
    """What one try came to.

    Attributes:
        receipt: The answer as the caller would get it.
        asked_wait: Seconds that the server asked us to wait; None when it did not.
        doubtful: The card may have been delivered although there was no such answer.
    """

    receipt: Receipt
    asked_wait: float | None = None
    doubtful: bool = False


_SILENT: Final = {
    NoAnswer.NOT_CONNECTED: "No connection to {host}, so nothing was sent: {later}; if this lasts, "
    "check DNS and the firewall's outbound rules.",
    NoAnswer.TLS: "No trusted TLS connection to {host}, so nothing was sent: {later}; if this "
    "lasts, look for a proxy that replaces certificates.",
    NoAnswer.TIMEOUT: "{host} did not answer in time, so the card may have been delivered: "
    "{later}, and the card may then appear twice.",
    NoAnswer.BROKEN: "The connection to {host} broke before the answer, so the card may have been "
    "delivered: {later}, and the card may then appear twice.",
}


def judge_silence(why: NoAnswer, host: str) -> Try:
    """The rows for no answer at all; doubtful where the card may have arrived."""
    detail = _SILENT[why].format(host=host, later=LATER)
    doubtful = why in {NoAnswer.TIMEOUT, NoAnswer.BROKEN}
    return Try(Receipt(Delivery.RETRY, detail), doubtful=doubtful)


def wants_body(head: Head) -> bool:
    """True where the answer's body may hold a word for the sentence."""
    return head.status in _REFUSED


def judge(head: Head, code: str) -> Try:
    """The row of the answer table for a status."""
    status = head.status
    if status in range(200, 300):  # 202; others if somebody added a Response action
        return Try(
            Receipt(
                Delivery.ACCEPTED,
                f"The workflow accepted the card ({status}); that does not prove that it appeared "
                "in the channel.",
            )
        )
    if status in range(300, 400):
        return Try(
            Receipt(
                Delivery.REFUSED,
                f"The URL answers with a redirect ({status}), which is not followed, because it "
                f"would hand the card to another address: {COPY}.",
            )
        )
    if status in _REFUSED:
        return Try(
            Receipt(Delivery.REFUSED, _REFUSED[status].format(code=f", {code}" if code else ""))
        )
    asked = _asked_wait(head)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        when = "" if asked is None else f" and asks us to wait {asked:g} s"
        return Try(Receipt(Delivery.RETRY, f"Teams throttles us (429){when}: {LATER}."), asked)
    if status == HTTPStatus.REQUEST_TIMEOUT or status not in range(400, 500):
        detail = (
            f"The workflow service failed ({status}): {LATER}; if this lasts, look at the "
            "Microsoft 365 service health."
        )
        # A gateway's 502 or 504 says nothing about the server behind it.
        return Try(Receipt(Delivery.RETRY, detail), asked, doubtful=status in _GATEWAY)
    return Try(Receipt(Delivery.REFUSED, f"The workflow refused the card ({status}): {COPY}."))


def _asked_wait(head: Head) -> float | None:
    """Seconds of `Retry-After`; a date counts from the answer's own `Date`, not from our clock.

    Source: RFC 9110 section 10.2.3. None when absent or not understood.
    """
    text = head.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        until, sent = (parsedate_to_datetime(t) for t in (text, head.headers.get("date", "")))
        return max((until - sent).total_seconds(), 0.0)
    except (TypeError, ValueError, OverflowError):  # no date, or one with and one without a zone
        return None


def error_code(body: bytes, url: Secret) -> str:
    """The word in ``{"error": {"code": "…"}}``; nothing else of an answer is ever quoted.

    A code that is part of our URL, or holds its signature, is an echo of the secret.
    """
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return ""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return ""
    secret = url.reveal().lower()
    pieces = [piece for piece in re.split(r"[^a-z0-9_.]+", secret) if len(piece) >= _LEAST_SECRET]
    echo = code.lower() in secret or any(piece in code.lower() for piece in pieces)
    return "" if echo else code
