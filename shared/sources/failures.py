"""Why a source gave no reading, in sentences with a next step. None quotes what a server sent.

They are short, because a reading may hold one per server.
"""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.readings import Reason, Unavailable
from shared.secret import redact

if TYPE_CHECKING:
    from shared.domain.pair.readings import Source

LONGEST_PAUSE: Final = timedelta(hours=1)
"""A `Retry-After` counts up to here: a garbage one must not silence a source for years."""
LATER: Final = "the next read tries again"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, as the sentences about its failure name it.

    Attributes:
        service: Who is asked, such as `Graph`.
        what: Such as `the organization`; "" where that is not known.
        grant: What to do if it is denied.
    """

    service: str
    what: str = ""
    grant: str = ""


GRAPH: Final = Asked("Graph")
"""What the pipeline below the requests knows of them."""


def of_graph(what: str, role: str) -> Asked:
    """Something that Graph gives to an application permission (`role`)."""
    return Asked(
        "Graph",
        what,
        f"grant {role} (application permission, with admin consent) to the watchdog's identity. "
        "A managed identity sees a new grant only with its next token, which can take hours.",
    )


def of_connect_health(what: str) -> Asked:
    """Something that Connect Health gives to its readers."""
    return Asked(
        "Connect Health",
        what,
        "assign Reader to the watchdog's identity on Connect Health's page Access control (IAM).",
    )


class Ended(Exception):  # noqa: N818  not an error of ours: it carries the outcome of the read
    """The read is over; raised far below the source, caught by it.

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


def refused(status: int, asked: Asked) -> Unavailable:
    """What an HTTP status other than 200 means.

    404, 410 and every other 4xx count as malformed: the service does not know what we ask for, so
    the API, or something in between, is not what this was written against.

    Args:
        status: The HTTP status code.
        asked: What was asked for.
    """
    who, answered = asked.service, f"{asked.service} answered {status} when asked for {asked.what}"
    if status == 401:  # noqa: PLR2004  HTTP's own number
        return Unavailable(
            Reason.FORBIDDEN,
            f"{who} refused the token (401). Check that WATCHDOG_CLOUD is right and that the "
            "watchdog's identity still exists.",
        )
    if status == 403:  # noqa: PLR2004  HTTP's own number
        return Unavailable(Reason.FORBIDDEN, f"{who} denied {asked.what} (403): {asked.grant}")
    if status == 429:  # noqa: PLR2004  HTTP's own number
        return throttled(who, status)
    if status in range(300, 400):
        return redirected(status)
    if status >= 500:  # noqa: PLR2004  HTTP's own number
        return failing(answered)
    return Unavailable(
        Reason.MALFORMED,
        f"{answered}. Check WATCHDOG_CLOUD; if it is right, look for a proxy in between or for a "
        "change of the API.",
    )


def redirected(status: int) -> Unavailable:
    """Something in between answers: the APIs that are read do not redirect."""
    return Unavailable(
        Reason.UNREACHABLE,
        f"Something answered with a redirect ({status}); it was not followed, so that no token "
        "leaks. Look for a proxy or a sign-in page in between.",
    )


def failing(answered: str) -> Unavailable:
    """The service answers, but with an error of its own (500 or more).

    Args:
        answered: Who answered what.
    """
    return Unavailable(
        Reason.UNREACHABLE,
        f"{answered}; {LATER}. If this lasts, look at Microsoft's service health.",
    )


def unusable(asked: Asked, problem: str) -> Unavailable:
    """A 200 whose content is not what was asked for.

    Args:
        asked: What was asked for.
        problem: What is wrong with it, such as `it is not valid JSON`; no remote text.
    """
    about = f" about {asked.what}" if asked.what else ""
    return Unavailable(
        Reason.MALFORMED,
        f"{asked.service}'s answer{about} cannot be used: {problem}. "
        "If this lasts, look for a proxy in between or for a change of the API.",
    )


def throttled(
    service: str, status: int, seconds: float | None = None, present: datetime | None = None
) -> Unavailable:
    """The service asks to wait for longer than this read may take.

    Args:
        service: Who asks.
        status: The HTTP status code that said so.
        seconds: How long it asked to wait; None when it did not say.
        present: Our clock, from which the wait counts.
    """
    retry_at = None
    if seconds is not None and present is not None:
        retry_at = present + min(timedelta(seconds=seconds), LONGEST_PAUSE)
    wait = "" if seconds is None else f" and asked to wait {seconds:.0f} s"
    return Unavailable(
        Reason.THROTTLED,
        f"{service} answered {status}{wait}; a later read tries again. "
        f"If this lasts, find out what else calls {service} with this identity.",
        retry_at,
    )


def unexpected(error: Exception, service: str, source: Source, logger: str) -> Unavailable:
    """The last resort: say that something is wrong here, and log where.

    Args:
        error: Any; what it says is redacted.
        service: Who was asked.
        source: What was read.
        logger: The module of the source.
    """
    kind = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
    message = redact(str(error))[:200]
    event = {"source": source.value, "error": kind, "message": message, "at": where}
    logging.getLogger(logger).error("watchdog.source_failed %s", json.dumps(event))
    return Unavailable(
        Reason.UNREACHABLE,
        f"Reading {service} failed in an unexpected way ({kind}). "
        "Look for watchdog.source_failed in the log and report it.",
    )
