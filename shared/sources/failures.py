"""How a read of a source ends early, and the sentences that say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.readings import Reason, Unavailable

LONGEST_PAUSE: Final = timedelta(hours=1)
"""A `Retry-After` counts up to here: a garbage one must not silence a source for years."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, as the sentences about its failure name it.

    Attributes:
        what: Such as `the organization`.
        role: The application permission it needs.
    """

    what: str
    role: str


ORGANIZATION: Final = Asked("the organization", "Organization.Read.All")


class Ended(Exception):  # noqa: N818  not an error of ours: it carries the outcome of the read
    """The read is over; raised below the SDK, caught above it.

    Attributes:
        outcome: What the source says instead of a reading.
        other_version_may_work: Whether asking the other API version makes sense.
        status: The HTTP status that says so; None when it was not an HTTP status.
    """

    def __init__(
        self,
        outcome: Unavailable,
        *,
        other_version_may_work: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(outcome.reason.value)
        self.outcome = outcome
        self.other_version_may_work = other_version_may_work
        self.status = status


def refused(status: int, asked: Asked = ORGANIZATION) -> Ended:
    """What an HTTP status other than 200 means.

    404, 410 and every other 4xx count as malformed: Graph does not know what we ask for, so the
    API, or something in between, is not what this was written against.

    Args:
        status: The HTTP status code.
        asked: What was asked for.
    """
    if status == 401:  # noqa: PLR2004  HTTP's own number
        return Ended(
            Unavailable(
                Reason.FORBIDDEN,
                "Graph refused the token (401). Check that WATCHDOG_CLOUD is right and that the "
                "watchdog's identity still exists.",
            ),
            status=status,
        )
    if status == 403:  # noqa: PLR2004  HTTP's own number
        text = (
            f"Graph denied access (403): grant {asked.role} (application permission, with admin "
            "consent) to the watchdog's identity. A managed identity sees a new grant only with "
            "its next token, which can take hours."
        )
        return Ended(
            Unavailable(Reason.FORBIDDEN, text), other_version_may_work=True, status=status
        )
    if status == 429:  # noqa: PLR2004  HTTP's own number
        return Ended(throttled(status), status=status)
    if status >= 500:  # noqa: PLR2004  HTTP's own number
        return Ended(failing(status), other_version_may_work=True, status=status)
    text = (
        f"Graph answered {status} where {asked.what} was expected. Check WATCHDOG_CLOUD; "
        "if it is right, look for a proxy in between or for a change of the API."
    )
    return Ended(Unavailable(Reason.MALFORMED, text), other_version_may_work=True, status=status)


def unusable(what: str, problem: str) -> Unavailable:
    """A 200 whose content is not what was asked for.

    Args:
        what: What was asked for, such as `the service health`.
        problem: What is wrong with it; no remote text.
    """
    return Unavailable(
        Reason.MALFORMED,
        f"Graph's answer about {what} cannot be used: {problem}. "
        "If this lasts, look for a proxy in between or for a change of the API.",
    )


def throttled(
    status: int, wait_seconds: int | None = None, present: datetime | None = None
) -> Unavailable:
    """Graph asks to wait for longer than this read may take.

    Args:
        status: The HTTP status code that said so.
        wait_seconds: How long it asked to wait; None when it did not say.
        present: Our clock, from which the wait counts.
    """
    retry_at = None
    if wait_seconds is not None and present is not None:
        retry_at = present + min(timedelta(seconds=wait_seconds), LONGEST_PAUSE)
    wait = "" if wait_seconds is None else f" and asked to wait {wait_seconds} s"
    return Unavailable(
        Reason.THROTTLED,
        f"Graph answered {status}{wait}; the next tick tries again. "
        "If this lasts, find out what else calls Graph with this identity.",
        retry_at,
    )


def failing(status: int) -> Unavailable:
    """Graph answers, but with an error of its own.

    Args:
        status: The HTTP status code, 500 or more.
    """
    return Unavailable(
        Reason.UNREACHABLE,
        f"Graph answered {status}; the next tick tries again. "
        "If this lasts, look at Microsoft's service health.",
    )
