"""What a runbook is made of, and how the servers' names get into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.domain.cards.servers import Names


class Phase(StrEnum):
    """The heading that a step stands under; the steps of one phase follow each other."""

    CONFIRM = "Confirm"
    REPAIR = "Repair"
    BEFORE = "Before the switch"
    STOP = "Stop the old one"
    STOP_ONE = "Stop one of the two"
    PROMOTE = "Promote"
    VERIFY = "See that it works"
    ISOLATE = "Keep the old one out"
    AFTERWARDS = "Afterwards"
    BACK = "Switch back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        id: A slug. The same step has it in every book and every release, because a tick is stored
            by it and outlives a change of the advice; a step of another meaning gets another.
        phase: The heading that it stands under.
        do: What to do, in a few sentences.
        verify: How to see that it is done, or what its result means.
        command: PowerShell for it, to be copied as it stands; "" for none. It never holds a name
            that somebody else chose.
        where: The server and the tool it is done on; "" where that does not matter.
        wizard: The way through the Entra Connect wizard, option by option. Options are described,
            not quoted: their wording differs between versions.
    """

    id: str
    phase: Phase
    do: str
    verify: str
    command: str = ""
    where: str = ""
    wizard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """What to do about one verdict.

    Attributes:
        id: A slug: the name of its file in docs/runbooks, and its anchor.
        title: What is wrong, as a heading.
        when: The verdict it belongs to, and in which case.
        steps: In order; the first one is the first thing to do, and stands on the card.
        never: What makes it worse. Each continues the word "Never"; the first is on the card.
        call: Whom to call, as roles, each with what for.
        button: What the button says that opens it; starts with "Open".
        intro: What to know before the first step; "" for nothing.
        short: The ids of the steps that have to stand on a card without a button; () for the
            first ones.
    """

    id: str
    title: str
    when: str
    steps: tuple[Step, ...]
    never: tuple[str, ...]
    call: tuple[str, ...]
    button: str = "Open runbook"
    intro: str = ""
    short: tuple[str, ...] = ()

    @property
    def in_short(self) -> tuple[Step, ...]:
        """The three steps that matter most, in order, for a card that opens no page."""
        chosen = tuple(step for step in self.steps if step.id in self.short)
        return chosen or self.steps[:3]

    @property
    def phases(self) -> tuple[tuple[Phase, tuple[Step, ...]], ...]:
        """The steps by the headings that they stand under, in order."""
        found: dict[Phase, tuple[Step, ...]] = {}
        for step in self.steps:
            found[step.phase] = (*found.get(step.phase, ()), step)
        return tuple(found.items())


def fill(book: Runbook, names: Names) -> Runbook:
    """The runbook with the servers' names, and how their roles are known.

    Args:
        book: A runbook with placeholders.
        names: Inert names; plain words stand for those that are "".
    """

    def put(text: str) -> str:
        return named(text, names)

    def put_all(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(put(each) for each in texts)

    steps = tuple(
        replace(
            step,
            do=put(step.do),
            verify=put(step.verify),
            where=put(step.where),
            wizard=put_all(step.wizard),
        )
        for step in book.steps
    )
    return replace(
        book,
        steps=steps,
        never=put_all(book.never),
        call=put_all(book.call),
        intro=put(book.intro),
    )


def named(text: str, names: Names) -> str:
    """A text of ours with the servers' names in place of its placeholders; each is put in once."""
    active, standby = names.active, names.standby
    # with an old one the switch was made, and who is active is the new one
    new = active if names.old else standby
    words = {
        "{the_active}": f"{active} ({names.active_is})" if active else "the active server",
        "{active}": active or "the active server",
        "{the_standby}": f"{standby} ({names.standby_is})" if standby else "the standby server",
        "{standby}": standby or "the standby server",
        "{to_staging}": names.to_staging or "the server that is not meant to be active",
        "{keep}": names.keep or "the server that is to stay active",
        "{returned}": names.to_staging or "the former active server",
        "{other}": names.keep or "the other server",
        "{old}": names.old or active or "the old active server",
        "{new}": new or "the new active server",
        "{subject}": names.subject or "the server",
        "{the_subject}": names.subject or standby or "the standby server",
    }
    return _PLACEHOLDER.sub(lambda found: words[found[0]], text)


SCHEDULER: Final = "Get-ADSyncScheduler"
"""Shows whether cycles run, and whether the server is in staging mode."""

DELTA: Final = "Start-ADSyncSyncCycle -PolicyType Delta"
"""Starts a cycle."""

SYNC_MANAGER: Final = "Synchronization Service Manager"

_PLACEHOLDER: Final = re.compile(
    r"\{(?:(?:the_)?(?:active|standby|subject)|to_staging|keep|returned|other|old|new)\}"
)
