"""Why Azure Resource Manager gave no answer, in sentences with a next step.

None quotes what the server sent. They are short, because a reading may hold one per server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.readings import Reason, Unavailable
from shared.sources.arm_wire import NoAnswer
from shared.sources.headers import TOO_LONG

if TYPE_CHECKING:
    from datetime import datetime

_LATER: Final = "the next read tries again"

NOT_SET_UP: Final = Unavailable(
    Reason.NOT_CONFIGURED,
    "The tenant has no Connect Health for sync. It needs Microsoft Entra ID P1 and an agent on "
    "each server; to do without, set WATCHDOG_CONNECT_HEALTH to off.",
)
"""No service of type `AadSyncService`: unlicensed, or no agent was ever registered."""


_DENIED: Final = {
    401: "Azure Resource Manager refused the token (401). Check that WATCHDOG_CLOUD is right and "
    "that the watchdog's identity still exists.",
    403: "Connect Health denied {what} (403): assign Reader to the watchdog's identity on Connect "
    "Health's page Access control (IAM).",
}


def refused(status: int, what: str) -> Unavailable:
    """What an HTTP status other than 200 means, apart from throttling.

    Args:
        status: The HTTP status code.
        what: What was asked for, such as `the alerts`.
    """
    if status in _DENIED:
        return Unavailable(Reason.FORBIDDEN, _DENIED[status].format(what=what))
    if status in range(300, 400):
        return Unavailable(
            Reason.UNREACHABLE,
            f"Something answered with a redirect ({status}); it was not followed, so that no token "
            "leaks. Look for a proxy or a sign-in page in between.",
        )
    if status >= 500:  # noqa: PLR2004  HTTP's own number
        return Unavailable(
            Reason.UNREACHABLE,
            f"Connect Health answered {status} when asked for {what}; {_LATER}. If this lasts, "
            "look at Microsoft's service health.",
        )
    return Unavailable(
        Reason.MALFORMED,
        f"Connect Health answered {status} when asked for {what}. Check WATCHDOG_CLOUD; if it is "
        "right, look for a proxy in between or for a change of the API.",
    )


def throttled(
    status: int, wait_seconds: float | None = None, retry_at: datetime | None = None
) -> Unavailable:
    """Azure Resource Manager asks to wait for longer than this read may take.

    Args:
        status: The HTTP status code that said so.
        wait_seconds: How long it asked to wait; None when it did not say.
        retry_at: When to ask again; None when it did not say.
    """
    wait = "" if wait_seconds is None else f" and asked to wait {wait_seconds:.0f} s"
    return Unavailable(
        Reason.THROTTLED,
        f"Azure Resource Manager answered {status}{wait}; a later read tries again. "
        "If this lasts, find out what else calls it with this identity.",
        retry_at,
    )


def malformed(what: str, problem: str) -> Unavailable:
    """An answer that cannot be used.

    Args:
        what: What was asked for, such as `the alerts`.
        problem: What is wrong with the answer, such as `it is not valid JSON`.
    """
    return Unavailable(
        Reason.MALFORMED,
        f"Connect Health's answer about {what} cannot be used: {problem}. "
        "If this lasts, look for a proxy in between or for a change of the API.",
    )


def too_long(what: str) -> Unavailable:
    """An answer of more bytes than a read takes."""
    return malformed(what, TOO_LONG)


def foreign_page(what: str) -> Unavailable:
    """The list goes on at an address that gets no token of ours."""
    return malformed(what, "it goes on at another host, which gets no token of ours")


def late(what: str) -> Unavailable:
    """The read's deadline passed."""
    return Unavailable(
        Reason.TIMEOUT,
        f"Connect Health did not give {what} in time; {_LATER}. "
        "If this lasts, check the network between the app and Azure Resource Manager.",
    )


def unanswered(why: NoAnswer, what: str) -> Unavailable:
    """No answer came at all, or not the whole of it.

    Args:
        why: What happened on the wire.
        what: What was asked for, such as `the alerts`.
    """
    if why is NoAnswer.TIMEOUT:
        return late(what)
    if why is NoAnswer.TOO_LONG:
        return too_long(what)
    return Unavailable(Reason.UNREACHABLE, f"Azure Resource Manager {_BROKEN[why]}")


_BROKEN: Final = {
    NoAnswer.NAME: "could not be found: its name could not be resolved. Check the app's DNS and "
    "WATCHDOG_CLOUD.",
    NoAnswer.TLS: "could not be trusted: the TLS handshake failed. Look for a proxy that inspects "
    "TLS, and check the app's clock.",
    NoAnswer.NOT_CONNECTED: "could not be reached: the connection failed. Check the network "
    "between the app and Azure.",
    NoAnswer.CUT: f"broke off its answer; {_LATER}. If this lasts, look for a proxy in between.",
}
