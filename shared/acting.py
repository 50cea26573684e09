"""The use case of a person who acts on an incident, from a page or the command line.

1. Read the live rows and the incident's history: two storage calls.
2. If this form acted before, say so, and whether it says something else now: nothing is done
   twice.
3. Decide, purely, which transition of the table it is.
4. Commit the incident's row, conditionally, with its transition.

Whoever loses a race, against a tick or another person, reads again and decides again on what the
other one left: so nothing is lost when two act at once, and nobody acts on what is no longer so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared import ledger
from shared.domain.incidents.actions import FullError
from shared.domain.incidents.incident import Event, ImpossibleTransitionError, Transition
from shared.dossier import Dossier, dossier
from shared.ledger import Snapshot
from shared.ports import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.domain.incidents.incident import Incident, Step
    from shared.ports import Store

_TYPED: Final = frozenset({Event.NOTED, Event.HANDED_OVER})
_TRIES: Final = 4
"""A tick writes once in minutes, people within seconds: who loses four times has met a defect."""


class Acted(StrEnum):
    """What became of an action."""

    DONE = "done"
    ALREADY = "already"
    """This form acted before, or what it asks for is so already."""
    DIFFERENT = "different"
    """This form acted before, and with other content: what it says now is not stored."""
    CLOSED = "closed"
    """The incident is resolved: there is nothing to take, put off or hand over."""
    FULL = "full"
    """So much is written down about the incident that people can add no more."""
    NOT_THERE = "not_there"
    BUSY = "busy"
    """Others wrote at the same time, again and again; as far as can be seen, it is not stored."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an action, and where the incident stands now.

    Attributes:
        acted: What became of it.
        dossier: The incident afterwards; None when there is none.
        change: What the action, or its first sending, stored; None when it stored nothing.
    """

    acted: Acted
    dossier: Dossier | None = None
    change: Transition | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """An incident and the tenant's live rows around it."""

    dossier: Dossier | None
    snap: Snapshot


class Desk:
    """Where one tenant's incidents are looked up and acted on."""

    def __init__(self, tenant_id: str, store: Store, new_id: Callable[[], str]) -> None:
        """Make a desk.

        Args:
            tenant_id: The partition.
            store: The store.
            new_id: A fresh random id, for writes.
        """
        self._tenant, self._store, self._new_id = tenant_id, store, new_id

    async def look(self, incident_id: str) -> Looked:
        """Everything about one incident, live or archived: two storage calls.

        Args:
            incident_id: Any text.

        Raises:
            StoreUnavailableError: The store could not be read.
        """
        try:
            first, last = ledger.incident_range(incident_id)
        except ValueError:
            return Looked(None, ledger.Snapshot())
        start, end = ledger.live_range()
        snap = ledger.snapshot(await self._store.read(self._tenant, start, end))
        rows = await self._store.read(self._tenant, first, last)
        return Looked(dossier(snap, rows, incident_id), snap)

    async def act(
        self, incident_id: str, decide: Callable[[Incident], Step | None], form: str = ""
    ) -> Result:
        """Do what a person asks for, once.

        Args:
            incident_id: The incident; any text.
            decide: The transition that the action is for the incident as it stands; None when
                what it asks for is so already. May raise `ImpossibleTransitionError`.
            form: The form's id; "" where there is none.

        Raises:
            StoreUnavailableError: The store could not be read, or refused.
        """
        write_id, tried = self._new_id(), list[Transition]()
        for attempt in range(_TRIES):
            found = (await self.look(incident_id)).dossier
            if found is None:
                return Result(Acted.NOT_THERE)
            stored = _stored(found, tried)
            if stored is not None:
                return Result(Acted.DONE, found, stored)
            step = self._decided(found, decide, form)
            if isinstance(step, Result):
                return step
            tried += step.transitions
            # a hand-edited counter must not make every try collide with a row that is there
            writes = found.writes(step, f"|{write_id[:8]}" if attempt else "")
            outcome = await self._store.commit(self._tenant, writes, f"{write_id}-{attempt}")
            if outcome is Outcome.APPLIED:
                return Result(Acted.DONE, found.after(step), step.transitions[-1])
        found = (await self.look(incident_id)).dossier
        stored = _stored(found, tried) if found is not None else None
        return Result(Acted.BUSY if stored is None else Acted.DONE, found, stored)

    @staticmethod
    def _decided(
        found: Dossier, decide: Callable[[Incident], Step | None], form: str
    ) -> Step | Result:
        """The step to store, or what became of the action where there is none."""
        done = found.by_form(form)
        try:
            step = decide(found.incident)
        except ImpossibleTransitionError:
            return Result(Acted.CLOSED if done is None else Acted.ALREADY, found, done)
        except FullError:
            return Result(Acted.FULL if done is None else Acted.ALREADY, found, done)
        if done is not None:
            differs = step is not None and _says_more(step.transitions[-1], done)
            return Result(Acted.DIFFERENT if differs else Acted.ALREADY, found, done)
        return Result(Acted.ALREADY, found) if step is None else step


def _stored(found: Dossier, tried: Sequence[Transition]) -> Transition | None:
    """Our own try, where it was applied and its answer lost."""
    return next((change for change in found.transitions if change in tried), None)


def _says_more(now: Transition, then: Transition) -> bool:
    """Whether a form that is sent again says what it did not say the first time.

    How long it snoozes is chosen, not typed, and its end depends on the moment.
    """
    return now.by != then.by or (now.event in _TYPED and now.note != then.note)
