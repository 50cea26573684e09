"""People who act on one incident, each as a process of its own, on virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.acting import Desk, Result
from shared.domain.incidents import actions
from shared.domain.incidents.actions import Action, Actor
from shared.ports import StoreUnavailableError
from tests.support.promises import Story, stories
from tests.support.scheduler import VirtualLoop, run_in
from tests.support.virtual_outside import TENANT, FakeChannel
from tests.support.virtual_store import VirtualStore
from tests.support.virtual_world import Ended, World, go

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.domain.incidents.incident import Incident, Step, Transition

PEOPLE: Final = ("first", "second", "third")
STEP: Final = "confirm-dead"
_APART: Final = timedelta(microseconds=1)
"""No two requests carry the same time."""


@dataclass
class Asked:
    """One form that somebody sent."""

    who: str
    action: Action
    form: str
    results: list[Result] = field(default_factory=list)


def decision(asked: Asked, at: datetime) -> Callable[[Incident], Step | None]:
    """What the form asks for."""
    actor = Actor(asked.who, "page, signed in", asked.form)
    until, to = at + timedelta(minutes=30), PEOPLE[(PEOPLE.index(asked.who) + 1) % len(PEOPLE)]
    decisions: dict[Action, Callable[[Incident], Step | None]] = {
        Action.ACKNOWLEDGE: lambda i: actions.acknowledge(i, actor.by, at, actor=actor),
        Action.SNOOZE: lambda i: actions.snooze(i, until, actor.by, at, actor=actor),
        Action.SWITCHING: lambda i: actions.switching(i, actor, at),
        Action.CALL_OFF: lambda i: actions.call_off(i, actor, at),
        Action.HAND_OVER: lambda i: actions.hand_over(i, to, actor, at),
        Action.NOTE: lambda i: actions.note(i, f"by form {asked.form}", actor, at),
        Action.STEPS: lambda i: actions.steps(i, [f"{STEP}-{asked.form[5:]}"], [], actor, at),
    }
    return decisions[asked.action]


class Office:
    """A world with an incident, and people who act on it."""

    def __init__(self) -> None:
        self.world = World(VirtualLoop())
        go(self.world, 5)
        self.world.truth.dies(self.world.now())
        go(self.world, 70)
        (self.incident,) = stories(self.world)
        self.asked: list[Asked] = []

    def close(self) -> None:
        """Close the loop."""
        self.world.loop.close()

    @property
    def story(self) -> Story:
        """What is stored about the incident."""
        return stories(self.world)[self.incident]

    def ask(self, who: str, action: Action) -> Asked:
        """A fresh form."""
        found = Asked(who, action, f"form-{len(self.asked):04d}")
        self.asked.append(found)
        return found

    def run(self, sent: list[Asked], *, tick: bool = False) -> list[VirtualStore]:
        """Send these forms at once, each by a process of its own; the stores that they used."""
        stores = []

        async def act(number: int, asked: Asked, store: VirtualStore) -> None:
            desk = Desk(TENANT, store, self.world.new_id)
            decide = decision(asked, self.world.now() + number * _APART)
            try:
                asked.results.append(await desk.act(self.incident, decide, asked.form))
            except StoreUnavailableError:
                return

        running = {}
        for number, asked in enumerate(sent):
            name, store = f"P{number}", VirtualStore(self.world.data, self.world.io)
            self.world._channels[name] = FakeChannel(self.world.channel, store, self.world.now)
            running[name] = act(number, asked, store)
            stores.append(store)
        if tick:
            running["A"] = self._tick()
        with self.world._listening():
            run_in(self.world.loop, running)
        self.world.io.dead.clear()
        self.world.io.calm()
        return stores

    async def _tick(self) -> None:
        started, result = self.world.now(), None
        try:
            result = await self.world.watch("A").tick()
        finally:
            self.world.ended.append(Ended("A", started, self.world.now() - started, result))

    def of(self, asked: Asked) -> list[Transition]:
        """What is stored for a form."""
        return [change for change in self.story.changes if change.form == asked.form]
