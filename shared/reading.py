"""Reading the optional sources of a tick: concurrently, each under its own deadline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from shared.domain.readings import Reason, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from shared.domain.pair.readings import Source, SourceReading
    from shared.ports import ReadsSource

READING_ENDS: Final = 30.0
"""Seconds after the start of a tick at which no source is waited for any more: the tick still has
to commit, deliver and audit within its 60."""


class NotRead:
    """A source that is switched off, or has nowhere to ask; it says so and asks nobody."""

    def __init__(self, why: str) -> None:
        """Make one.

        Args:
            why: One plain sentence: what is off, and how to switch it on.
        """
        self.requests = 0
        self._why = why

    async def read(self, now: datetime) -> Unavailable:  # noqa: ARG002 - the port's argument
        """Say why it is not read."""
        return Unavailable(Reason.NOT_CONFIGURED, self._why)

    async def aclose(self) -> None:
        """Nothing is open."""


async def read_all(
    sources: Mapping[Source, ReadsSource], which: Iterable[Source], at: datetime, until: float
) -> dict[Source, SourceReading | Unavailable]:
    """Read some sources, all at once.

    Args:
        sources: The clients.
        which: Which of them to ask; those without a client are left out.
        at: The tick's time.
        until: The event loop's time at which waiting ends; who has not answered by then is
            unavailable.
    """
    asked = {source: sources[source] for source in which if source in sources}
    answers = await asyncio.gather(*(_read(each, at, until) for each in asked.values()))
    return dict(zip(asked, answers, strict=True))


async def _read(source: ReadsSource, at: datetime, until: float) -> SourceReading | Unavailable:
    try:
        async with asyncio.timeout_at(until):
            return await source.read(at)
    except TimeoutError:
        return Unavailable(
            Reason.TIMEOUT, "There was no time left in this tick; the next one tries again."
        )
