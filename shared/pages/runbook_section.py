"""The runbook of an incident as a page shows it: numbered steps with who ticked them and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.cards.presentation import mentioned
from shared.domain.cards.wording import inert, utc
from shared.domain.incidents.actions import ticks
from shared.domain.runbooks.books import steps_by_id
from shared.domain.runbooks.parts import Phase, Step, named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.domain.cards.presentation import Person, Presentation
    from shared.domain.cards.seen import Seen
    from shared.domain.cards.servers import Names
    from shared.domain.incidents.incident import StepDone
    from shared.domain.runbooks.parts import Runbook

_UPN_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step.

    Attributes:
        step: Its words.
        done: Who ticked it and when; "" while it is not.
        same_as: The number of the earlier step with the same way through the wizard; 0 for none.
    """

    step: Step
    done: str
    same_as: int = 0


@dataclass(frozen=True, slots=True)
class PhaseLines:
    """The steps of one phase.

    Attributes:
        title: Its heading.
        start: The number of its first step.
        warn: Whether its steps make a second server active when an earlier one was skipped, so
            that what must never be done is to be read once more.
        steps: In order.
    """

    title: str
    start: int
    warn: bool
    steps: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the settings name, for a role.

    Attributes:
        role: What for.
        people: Their names; inert.
    """

    role: str
    people: str


@dataclass(frozen=True, slots=True)
class RunbookSection:
    """What the template shows.

    Attributes:
        phases: The steps under their headings.
        ticked: The ids of the steps that are ticked, as far as they are shown.
        count: How many steps there are.
        contacts: Whom the settings name.
    """

    phases: tuple[PhaseLines, ...]
    ticked: tuple[str, ...]
    count: int
    contacts: tuple[Contact, ...]


def runbook_section(seen: Seen, book: Runbook) -> RunbookSection:
    """The steps of a filled runbook, and whom to call.

    Args:
        seen: The incident; its `at` is when the page is shown.
        book: The runbook, filled in.
    """
    done = {each.step: _done(each, seen.at) for each in ticks(seen.incident)}
    wizards: dict[tuple[str, ...], int] = {}
    phases, number = [], 1
    for phase, steps in book.phases:
        start, lines = number, []
        for step in steps:
            first = wizards.setdefault(step.wizard, number) if step.wizard else 0
            same_as = first if first != number else 0
            lines.append(StepLine(step, done.get(step.id, ""), same_as))
            number += 1
        phases.append(PhaseLines(phase.value, start, phase is Phase.PROMOTE, tuple(lines)))
    ticked = tuple(step.id for step in book.steps if step.id in done)
    return RunbookSection(tuple(phases), ticked, len(book.steps), _contacts(seen.presentation))


def words_of_steps(book: Runbook, names: Names) -> Mapping[str, str]:
    """What each step says, by its id: also those that were ticked while another book was shown."""
    every = {known: named(step.do, names) for known, step in steps_by_id().items()}
    return {**every, **{step.id: step.do for step in book.steps}}


def _done(tick: StepDone, at: datetime) -> str:
    return f"{inert(tick.by) or 'somebody'}, {utc(tick.at, at)}"


def _contacts(presentation: Presentation) -> tuple[Contact, ...]:
    named_ones = (
        ("On call", presentation.on_call),
        ("If nobody answers", presentation.escalate_to),
    )
    return tuple(Contact(role, _people(people)) for role, people in named_ones if people)


def _people(people: tuple[Person, ...]) -> str:
    return ", ".join(_called(person) for person in mentioned(people))


def _called(person: Person) -> str:
    upn = inert(person.upn, _UPN_LENGTH)
    return upn if person.name == person.upn else f"{person.name} ({upn})"
