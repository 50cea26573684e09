"""Plays a story against a real watchdog, tick by tick, and records what happened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Protocol

from simulator.clock import VirtualClock, minutes
from simulator.expectations import Comparison
from simulator.machine import Role
from simulator.model import TENANT_ID, Tenant
from simulator.results import Recording, TickRecord, read_card
from simulator.server import LoopbackTenant
from simulator.story import Stage, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta


TICK_EVERY: Final = minutes(5)
"""`WATCHDOG_SCHEDULE` by default: every five minutes, on the minute."""
TICK_BUDGET: Final = 60
"""Real seconds that one tick may take, as `shared.watch.TICK_BUDGET` promises."""


class TickResult(Protocol):
    """What a tick says about itself.

    Optional are `sources`, a mapping of name to word, `advice`, a word, and `findings`, verdicts.
    """

    @property
    def tick_id(self) -> str:
        """Unique to the tick."""

    @property
    def verdict(self) -> str:
        """The headline verdict's word."""

    @property
    def committed(self) -> bool:
        """Whether its state was stored."""


class Watchdog(Protocol):
    """The program under test."""

    async def tick(self) -> TickResult:
        """Do one full tick now."""

    async def aclose(self) -> None:
        """Release everything."""


class MakeWatchdog(Protocol):
    """Builds the program under test from its settings and a clock."""

    def __call__(self, environ: Mapping[str, str], *, now: Callable[[], datetime]) -> Watchdog:
        """Build it, as a fresh process would."""


class StoryFailedError(AssertionError):
    """A story did not go as promised; the message shows the difference and the timeline."""


@dataclass(frozen=True, slots=True)
class StoryResult:
    """A story, what happened, and how that compares with the promise."""

    story: Story
    recording: Recording
    comparison: Comparison

    @property
    def passed(self) -> bool:
        """Whether everything went as promised."""
        return not self.comparison.problems

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        cards = len(self.recording.cards)
        counted = "1 card" if cards == 1 else f"{cards} cards"
        if not self.passed:
            missing = sum(1 for outcome in self.comparison.outcomes if outcome.card is None)
            extra = len(self.comparison.unexpected)
            return (
                f"Not as promised: of {counted}, {extra} not expected; {missing} missing;"
                f" {len(self.comparison.problems)} problem(s) in all."
            )
        if not cards:
            return "As promised: nobody was disturbed."
        timely = "in its time" if cards == 1 else "each in its time"
        return f"As promised: {counted}, {timely}, none missing and none too many."

    def check(self) -> None:
        """Do nothing if everything went as promised.

        Raises:
            StoryFailedError: It did not.
        """
        if not self.passed:
            raise StoryFailedError(self.explain())

    def explain(self) -> str:
        """The difference between promise and reality, and the timeline, as plain text."""
        problems = self.comparison.problems
        headline = f"Story {self.story.name}: {len(problems)} problem(s)"
        lines = [f"  {minute:>5g}  {clock}  {text}" for minute, clock, text in self.timeline()]
        return "\n".join([headline, *(f"  {p}" for p in problems), "Timeline:", *lines])

    def timeline(self) -> Iterator[tuple[float, str, str]]:
        """Minute, time of day and text of everything worth a line, in order."""
        entries: list[tuple[timedelta, int, str]] = [
            (h.at, 0, f"* {h.text}") for h in self.recording.happenings
        ]
        before = ""
        for tick in self.recording.ticks:
            advice = "" if tick.advice in {"", "none"} else f": {tick.advice.replace('_', ' ')}"
            said = f"= {tick.verdict}{advice}"
            if said != before:
                entries.append((tick.at, 1, said))
            before = said
        entries += [
            (card.at, 2, f"> card: {card.title}: {card.message.get('summary', '')}")
            for card in self.recording.cards
        ]
        for at, _, text in sorted(entries, key=lambda entry: entry[:2]):
            yield at / minutes(1), self.recording.clock(at), text


def settings_for(story: Story, loopback: LoopbackTenant, folder: Path) -> dict[str, str]:
    """The watchdog's settings: the real ones, all pointing at loopback."""
    names = {role: [s.name for s in story.tenant.servers if s.role is role] for role in Role}
    return {
        "WATCHDOG_TENANT_ID": TENANT_ID,
        "WATCHDOG_CREDENTIAL": "loopback",
        "WATCHDOG_GRAPH_URL": loopback.graph_url,
        "WATCHDOG_ARM_URL": loopback.arm_url,
        "WATCHDOG_TEAMS_URL": loopback.teams_url,
        "WATCHDOG_STORE": f"sqlite:///{folder / 'watchdog.db'}",
        "WATCHDOG_ON_CALL": "Identity on-call <oncall.identity@contoso.com>",
        "WATCHDOG_ACTIVE_SERVER": ";".join(names[Role.ACTIVE]),
        "WATCHDOG_STANDBY_SERVERS": ";".join(names[Role.STAGING]),
        "WATCHDOG_PUBLIC_URL": "https://watchdog.contoso.com",
    }


def run_story(
    story: Story,
    make_watchdog: MakeWatchdog,
    *,
    on_tick: Callable[[TickRecord], None] | None = None,
) -> StoryResult:
    """Play a story from its first tick to its last.

    Args:
        story: What happens and what is promised.
        make_watchdog: Builds the watchdog; called again after each gap, as a new process.
        on_tick: Called after each tick, for progress.
    """
    return asyncio.run(play(story, make_watchdog, on_tick=on_tick))


async def play(
    story: Story,
    make_watchdog: MakeWatchdog,
    *,
    on_tick: Callable[[TickRecord], None] | None = None,
) -> StoryResult:
    """As `run_story`, for callers that have an event loop already."""
    clock = VirtualClock(story.starts)
    tenant = Tenant(story.tenant, story.starts)
    with (
        TemporaryDirectory(prefix="watchdog-story-") as folder,
        LoopbackTenant(tenant, clock) as loopback,
    ):
        environ = settings_for(story, loopback, Path(folder))

        def make() -> list[Watchdog]:
            return [make_watchdog(environ, now=clock.now) for _ in range(story.ticks_at_once)]

        ticks = await _ticks(story, Stage(loopback), make, on_tick or (lambda _: None))
        recording = _record(story, tenant, loopback, ticks)
    return StoryResult(story, recording, story.expect.compare(recording))


async def _ticks(
    story: Story,
    stage: Stage,
    make: Callable[[], list[Watchdog]],
    on_tick: Callable[[TickRecord], None],
) -> list[TickRecord]:
    events, records = story.in_order(), list[TickRecord]()
    watchdogs: list[Watchdog] = []
    try:
        for n in range(story.until // TICK_EVERY + 1):
            at = n * TICK_EVERY
            while events and events[0].happening.at <= at:
                event = events.pop(0)
                stage.loopback.advance_to(story.starts + event.happening.at)
                event.action(stage)
            stage.loopback.advance_to(story.starts + at)
            if not stage.watchdog_runs:
                await _close(watchdogs)
                continue
            watchdogs = watchdogs or make()
            for record in await asyncio.gather(*(_tick(at, each) for each in watchdogs)):
                records.append(record)
                on_tick(record)
    finally:
        await _close(watchdogs)
    return records


async def _close(watchdogs: list[Watchdog]) -> None:
    while watchdogs:
        await watchdogs.pop().aclose()


async def _tick(at: timedelta, watchdog: Watchdog) -> TickRecord:
    """One tick; whatever it raises is a finding about the watchdog, not about the story."""
    try:
        async with asyncio.timeout(TICK_BUDGET):
            result = await watchdog.tick()
    except Exception as error:  # noqa: BLE001  # it is recorded, and fails the story
        return TickRecord(at, "FAILED", committed=False, error=f"{type(error).__name__}: {error}")
    sources = getattr(result, "sources", {})
    findings = getattr(result, "findings", ())
    return TickRecord(
        at=at,
        verdict=str(result.verdict),
        committed=result.committed,
        tick_id=result.tick_id,
        sources={str(name): str(word) for name, word in sources.items()},
        advice=str(getattr(result, "advice", "")),
        findings=tuple(str(getattr(each, "verdict", each)) for each in findings),
    )


def _record(
    story: Story, tenant: Tenant, loopback: LoopbackTenant, ticks: list[TickRecord]
) -> Recording:
    return Recording(
        starts=story.starts,
        ticks=tuple(ticks),
        cards=tuple(read_card(card.at - story.starts, card.message) for card in loopback.cards),
        rejected=tuple(
            (card.at - story.starts, card.fault or "") for card in loopback.rejected_cards
        ),
        happenings=tuple(event.happening for event in story.in_order()),
        beats=tuple(beat for beat in tenant.beats if beat.at >= story.starts),
        uploads=tuple(each for each in tenant.health.log if each.at >= story.starts),
        servers=tuple((plan.name, plan.role.value) for plan in story.tenant.servers),
        http_requests=dict(loopback.http_requests),
        strayed=tuple(sorted(set(loopback.strayed))),
    )
