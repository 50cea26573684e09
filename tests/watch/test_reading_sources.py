"""Reading the optional sources: all at once, and never for longer than the tick can wait."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.domain.pair.readings import CloudSync, Source
from shared.domain.readings import Reason, Unavailable
from shared.reading import NotRead, read_all

if TYPE_CHECKING:
    from shared.domain.pair.readings import SourceReading
    from shared.ports import ReadsSource

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


class Meeting:
    """A source that answers only once all its companions were asked, too."""

    def __init__(self, everybody: asyncio.Barrier) -> None:
        self.requests = 0
        self._everybody = everybody

    async def read(self, now: datetime) -> SourceReading | Unavailable:  # noqa: ARG002 - the port's
        """Wait for the others."""
        self.requests += 1
        await self._everybody.wait()
        return CloudSync(jobs=self.requests)

    async def aclose(self) -> None:
        """Nothing is open."""


def in_time() -> float:
    """Far enough ahead that nothing of this test reaches it."""
    return asyncio.get_running_loop().time() + 600


async def test_sources_are_read_concurrently() -> None:
    """Each answer waits for every other source to be asked: one after the other would hang."""
    everybody = asyncio.Barrier(3)
    which = (Source.AUDITS, Source.CLOUD_SYNC, Source.CERTIFICATES)
    sources = {source: Meeting(everybody) for source in which}
    answers = await read_all(sources, which, NOW, in_time())
    assert answers == dict.fromkeys(which, CloudSync(jobs=1))


async def test_only_the_sources_that_are_due_are_asked() -> None:
    """A source that is not due gets no request."""
    alone = asyncio.Barrier(1)
    sources = {source: Meeting(alone) for source in (Source.AUDITS, Source.CLOUD_SYNC)}
    answers = await read_all(sources, [Source.AUDITS], NOW, in_time())
    assert set(answers) == {Source.AUDITS}
    assert sources[Source.CLOUD_SYNC].requests == 0


async def test_a_source_without_a_client_gives_no_answer() -> None:
    """What cannot be asked is not known to be well or ill."""
    assert await read_all({}, [Source.AUDITS], NOW, in_time()) == {}


async def test_a_source_that_hangs_is_unavailable_and_the_others_still_count() -> None:
    """The tick must end: whoever has not answered by then timed out."""
    never = Meeting(asyncio.Barrier(2))
    sources: dict[Source, ReadsSource] = {
        Source.AUDITS: never,
        Source.CLOUD_SYNC: NotRead("It is off."),
    }
    over = asyncio.get_running_loop().time() - 1
    answers = await read_all(sources, sources, NOW, over)
    late, told = answers[Source.AUDITS], answers[Source.CLOUD_SYNC]
    assert isinstance(late, Unavailable)
    assert late.reason is Reason.TIMEOUT
    assert told == Unavailable(Reason.NOT_CONFIGURED, "It is off.")


async def test_a_source_that_is_switched_off_asks_nobody() -> None:
    """It is unavailable for a named reason, and costs no request."""
    off = NotRead("WATCHDOG_CONNECT_HEALTH is off.")
    assert await off.read(NOW) == Unavailable(
        Reason.NOT_CONFIGURED, "WATCHDOG_CONNECT_HEALTH is off."
    )
    assert off.requests == 0
    await off.aclose()
