"""The promises of the design as invariants, checked from outside after every step.

Nothing here asks the code under test whether it is right: rows are read from the disk as they are,
cards as the channel saw them, and what should have been noticed is computed again, naively.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from shared.domain.incidents.incident import TRANSITIONS, Incident, State, Transition
from shared.domain.incidents.notifications import Notification
from shared.domain.verdicts import Kind
from shared.ledger import Archived
from tests.support.virtual_outside import MINUTE
from tests.support.virtual_world import PERIOD

if TYPE_CHECKING:
    from tests.support.scheduler import Faults
    from tests.support.virtual_world import Ended, World

T = TypeVar("T")

LEASE: Final = timedelta(minutes=5)
OVERDUE: Final = timedelta(minutes=10)
RETRY: Final = timedelta(hours=1)
BLIND_AFTER: Final = timedelta(minutes=30)
BUDGET: Final = timedelta(seconds=60)
WEEKEND: Final = timedelta(days=3)
SPEAKING: Final = frozenset(
    {"opened", "worsened", "reminded", "ack_lapsed", "snooze_ended", "escalated", "advised"}
    | {"recovered"}
)


class BrokenPromiseError(AssertionError):
    """An invariant does not hold; the message begins with the promise's number."""


def promise(number: str, holds: object, why: str) -> None:
    """Insist on one promise.

    Raises:
        BrokenPromiseError: It does not hold.
    """
    if not holds:
        raise BrokenPromiseError(f"{number}: {why}")


@dataclass
class Story:
    """One incident with all that is stored about it, live or archived."""

    incident: Incident
    archived: bool
    cards: list[Notification] = field(default_factory=list)
    changes: list[Transition] = field(default_factory=list)

    @property
    def unsent(self) -> list[Notification]:
        """Cards still to be sent."""
        return [card for card in self.cards if not card.sent_at and not card.superseded_at]


@lru_cache(maxsize=5_000)
def _decode(text: str, kind: type[T]) -> T:
    """Rows change seldom and are looked at after every step."""
    return msgspec.json.decode(text, type=kind)


def stories(world: World) -> dict[str, Story]:
    """Everything stored, by incident; a row that cannot be read fails."""
    found: dict[str, Story] = {}
    cards: list[Notification] = []
    changes: list[tuple[str, Transition]] = []
    for row in world.data.partition(world.plan.tenant_id):
        text, parts = row.document or "", row.key.split("|")
        if row.key.startswith("live|incident|"):
            incident = _decode(text, Incident)
            promise("R4", incident.id not in found, f"{incident.id} is live and archived")
            found[incident.id] = Story(incident, archived=False)
        elif row.key.startswith("live|notification|"):
            cards.append(_decode(text, Notification))
        elif re.match(r"h\|\d+\|[^|]+\|transition\|", row.key):
            changes.append((parts[4], _decode(text, Transition)))
        elif re.match(r"h\|\d+\|[^|]+\|incident", row.key):
            old = _decode(text, Archived)
            promise("R4", old.incident.id not in found, f"{old.incident.id} is stored twice")
            found[old.incident.id] = Story(old.incident, archived=True)
            found[old.incident.id].cards += old.notifications
    for card in cards:
        promise("R4", card.incident in found, f"a card of {card.incident}, which is not there")
        found[card.incident].cards.append(card)
    for _, change in sorted(changes, key=lambda item: item[0]):
        promise("R4", change.incident in found, f"a change of {change.incident}, not there")
        found[change.incident].changes.append(change)
    return found


# -- after every step -----------------------------------------------------------------------------


def check(world: World, ended: list[Ended]) -> dict[str, Story]:
    """R1 to R4 and R10 after some ticks ended.

    Returns:
        What is stored.

    Raises:
        BrokenPromiseError: One does not hold.
    """
    known = stories(world)
    for story in known.values():
        _nothing_lost(world, story)
        _never_corrupt(story)
    opened = Counter((s.incident.kind, s.incident.subject) for s in known.values() if _standing(s))
    promise("R4", all(n == 1 for n in opened.values()), f"two open about one thing: {opened}")
    _duplicates(world)
    for tick in ended:
        promise("R10", tick.took <= BUDGET, f"a tick took {tick.took}")
        _heartbeat(tick, known)
        _blind(world, tick, known)
    return known


def _standing(story: Story) -> bool:
    return story.incident.state is not State.RESOLVED


def _nothing_lost(world: World, story: Story) -> None:
    """R1: what happened is told, or still to be told."""
    name = f"{story.incident.kind} {story.incident.id}"
    spoke = {change.at for change in story.changes if change.event in SPEAKING}
    due = {card.due_at for card in story.cards}
    promise("R1", spoke <= due, f"{name} spoke at {sorted(spoke - due)} without a card to send")
    sent = [card for card in story.cards if card.sent_at]
    told = world.channel.told(story.incident.id)
    promise("R1", len(sent) <= len(told), f"{name}: {len(sent)} marked sent, {len(told)} appeared")
    for card in story.cards:
        if story.incident.obsolete:
            continue  # what it told of ended unseen: nothing of it is told any more
        if card.superseded_at and card.message in {"first", "recovery"}:
            later = any(other.sequence > card.sequence for other in sent)
            promise("R1", later, f"{name}: its {card.message} was dropped and nothing told since")
    if story.archived:
        promise("R1", not story.unsent, f"{name} is archived with a card unsent")


def _never_corrupt(story: Story) -> None:
    """R4: the row is the fold of its transitions."""
    incident, state = story.incident, None
    for number, change in enumerate(story.changes):
        where = f"change {number} of {incident.id} ({change.event})"
        promise("R4", change.number == number, f"{where} has number {change.number}")
        promise("R4", change.source == state, f"{where} starts from {change.source}, not {state}")
        target = TRANSITIONS[state].get(change.event)
        promise("R4", target is change.target, f"{where} is not in the table")
        state = change.target
    last = story.changes[-1].verdict if story.changes else None
    promise(
        "R4",
        (incident.state, incident.verdict, incident.transitions)
        == (state, last, len(story.changes)),
        f"{incident.id} is {incident.state} {incident.verdict}, its changes say {state} {last}",
    )


def _duplicates(world: World) -> None:
    """R2: a card appears twice only where a fault hit between sending and recording."""
    seen = Counter((card.incident, card.number) for card in world.channel.cards)
    extra = sum(seen.values()) - len(seen)
    promise(
        "R2", extra <= world.excuses, f"{extra} duplicate(s) for {world.excuses} fault(s): {seen}"
    )


def _heartbeat(tick: Ended, known: dict[str, Story]) -> None:
    """R1: while a card is overdue, the outside must notice."""
    result = tick.result
    if result is None or not result.heartbeat:
        return
    promise("R1", result.committed, "a heartbeat without a stored row")
    for story in known.values():
        for card in story.unsent:
            wait = card.not_before
            promise("R1", not wait or wait - card.due_at < WEEKEND, f"a card waits until {wait}")
            late = tick.started - max(card.due_at, wait or card.due_at) > OVERDUE
            promise("R1", not late, f"a heartbeat while a card has been due since {card.due_at}")


def _blind(world: World, tick: Ended, known: dict[str, Story]) -> None:
    """R3: not readable for long enough, and a tick that stored: then somebody is told."""
    result = tick.result
    if result is None or not result.committed:
        return
    stored = [end.started for end in world.ended if end.result and end.result.committed]
    last_good = max(world.good_reads, default=min(stored))
    if result.sources.get("graph") != "ok" and tick.started - last_good >= BLIND_AFTER:
        told = any(_standing(s) and s.incident.kind is Kind.BLIND for s in known.values())
        promise("R3", told, f"unread since {last_good} and nobody is to be told at {tick.started}")


# -- when the faults have stopped -----------------------------------------------------------------


def recovers(world: World, under: Faults | None = None) -> dict[str, Story]:
    """R5: once faults stop, due cards are out within lease and a tick, and nothing stays claimed.

    A channel that failed for more than an hour is tried hourly, so that much is allowed on top.

    Args:
        world: The world.
        under: Faults that go on, but that the watchdog promises not to mind.

    Raises:
        BrokenPromiseError: It does not recover.
    """
    world.io.calm()
    world.io.faults = under or world.io.faults
    world.truth.readable = True
    stopped = world.now()
    before = stories(world)
    waits = [c.attempt_at for s in before.values() for c in s.unsent if c.attempt_at]
    allowed = max([stopped + LEASE, *waits]) + PERIOD
    tick_at = stopped + PERIOD
    known = check(world, world.tick_at(tick_at))
    while tick_at <= allowed:
        tick_at += PERIOD
        known = check(world, world.tick_at(tick_at))
    for story in known.values():
        for card in story.unsent:
            later = card.due_at > stopped or (card.not_before or stopped) > stopped
            promise("R5", later, f"due {card.due_at}, still unsent {world.now()}")
    _nothing_claimed(world, known)
    return known


def _nothing_claimed(world: World, known: dict[str, Story]) -> None:
    for story in known.values():
        for card in story.cards:
            until = card.claimed_until
            held = until is not None and until > world.now() - MINUTE
            promise("R5", not held, f"a card of {story.incident.id} is claimed until {until}")


def ends_well(world: World, at: datetime) -> None:
    """R5: when the server is back, every incident is resolved, told and archived.

    Raises:
        BrokenPromiseError: Something stays open.
    """
    world.truth.enabled = True
    world.truth.returns(at)
    for number in range(1, 20):
        check(world, world.tick_at(at + number * PERIOD))
    known = stories(world)
    for story in known.values():
        promise("R5", story.archived, f"{story.incident.kind} {story.incident.id} stays live")
        told = world.channel.told(story.incident.id)
        promise("R1", told, f"{story.incident.kind} {story.incident.id} was never told")
    promise("R5", world.ended[-1].result and world.ended[-1].result.heartbeat, "no heartbeat")
