"""What a runbook is made of, and how the servers' names get into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.domain.cards.servers import Names


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        do: What to do, in one or two sentences.
        command: PowerShell to run for it, as administrator on the named server; "" for none.
        look_for: What its result means; "" when the step says it.
    """

    do: str
    command: str = ""
    look_for: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """What to do about one verdict.

    Attributes:
        title: What is wrong, as a heading.
        steps: In order; the first one is the first thing to do, and stands on the card.
        never: What makes it worse. Each continues the word "Never"; the first is on the card.
        button: What the button says that opens it; starts with "Open".
    """

    title: str
    steps: tuple[Step, ...]
    never: tuple[str, ...]
    button: str = "Open runbook"


def fill(book: Runbook, names: Names) -> Runbook:
    """The runbook with the servers' names, and how their roles are known.

    Args:
        book: A runbook with placeholders.
        names: Inert names; plain words stand for those that are "".
    """

    def put(text: str) -> str:
        return named(text, names)

    steps = tuple(replace(s, do=put(s.do), look_for=put(s.look_for)) for s in book.steps)
    return replace(book, steps=steps, never=tuple(put(each) for each in book.never))


def named(text: str, names: Names) -> str:
    """A text of ours with the servers' names in place of its placeholders; each is put in once."""
    active, standby = names.active, names.standby
    words = {
        "{the_active}": f"{active} ({names.active_is})" if active else "the active server",
        "{active}": active or "the active server",
        "{the_standby}": f"{standby} ({names.standby_is})" if standby else "the standby server",
        "{standby}": standby or "the standby server",
        "{to_staging}": names.to_staging or "the server that is not meant to be active",
        "{keep}": names.keep or "the server that is to stay active",
        "{old}": names.old or active or "the old active server",
        "{subject}": names.subject or "the server",
        "{the_subject}": names.subject or standby or "the standby server",
    }
    return _PLACEHOLDER.sub(lambda found: words[found[0]], text)


SCHEDULER: Final = "Get-ADSyncScheduler"
"""Shows whether cycles run, and whether the server is in staging mode."""

_PLACEHOLDER: Final = re.compile(
    r"\{(?:(?:the_)?(?:active|standby)|to_staging|keep|old|(?:the_)?subject)\}"
)
