"""What only Connect Health and the way to it (Azure Resource Manager) can fail with."""

from __future__ import annotations

from typing import Final

from shared.domain.readings import Reason, Unavailable
from shared.sources.arm_wire import NoAnswer
from shared.sources.failures import LATER, Asked, unusable
from shared.sources.http_answer import TOO_LONG

SERVICE: Final = "Azure Resource Manager"

NOT_SET_UP: Final = Unavailable(
    Reason.NOT_CONFIGURED,
    "The tenant has no Connect Health for sync. It needs Microsoft Entra ID P1 and an agent on "
    "each server; to do without, set WATCHDOG_CONNECT_HEALTH to off.",
)
"""No service of type `AadSyncService`: unlicensed, or no agent was ever registered."""


def too_long(asked: Asked) -> Unavailable:
    """An answer of more bytes than a read takes."""
    return unusable(asked, TOO_LONG)


def late(asked: Asked) -> Unavailable:
    """The read's deadline passed."""
    return Unavailable(
        Reason.TIMEOUT,
        f"Connect Health did not give {asked.what} in time; {LATER}. "
        "If this lasts, check the network between the app and Azure Resource Manager.",
    )


def unanswered(why: NoAnswer, asked: Asked) -> Unavailable:
    """No answer came at all, or not the whole of it.

    Args:
        why: What happened on the wire.
        asked: What was asked for.
    """
    if why is NoAnswer.TIMEOUT:
        return late(asked)
    if why is NoAnswer.TOO_LONG:
        return too_long(asked)
    return Unavailable(Reason.UNREACHABLE, f"{SERVICE} {_BROKEN[why]}")


_BROKEN: Final = {
    NoAnswer.NAME: "could not be found: its name could not be resolved. Check the app's DNS and "
    "WATCHDOG_CLOUD.",
    NoAnswer.TLS: "could not be trusted: the TLS handshake failed. Look for a proxy that inspects "
    "TLS, and check the app's clock.",
    NoAnswer.NOT_CONNECTED: "could not be reached: the connection failed. Check the network "
    "between the app and Azure.",
    NoAnswer.CUT: f"broke off its answer; {LATER}. If this lasts, look for a proxy in between.",
}
