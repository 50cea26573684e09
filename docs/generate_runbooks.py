# ruff: noqa: INP001 - a script, not a package
"""Write docs/runbooks from the code: `python docs/generate_runbooks.py`.

The runbooks of the incident page and these files are one source, `shared.domain.runbooks`; here
plain words stand where the page has the servers' names. A test compares the two.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "runbooks"

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a script, the package is not installed

from shared.domain.cards.servers import Names  # noqa: E402 - as above
from shared.domain.runbooks.books import every_runbook, fill, runbook  # noqa: E402 - as above
from shared.domain.verdicts import KIND_OF  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.runbooks.books import Runbook, Step

MADE: Final = "<!-- Written by docs/generate_runbooks.py from shared/domain/runbooks. -->\n"

INDEX: Final = """\
{made}
# Runbooks

What to do, step by step, for somebody who never did it. The button of a card opens the same steps
with your servers' names filled in. These files need no sign-in and no watchdog: **sign-in may be
what is broken**, and then the page of the incident cannot be opened.

**Keep a copy where you can read it without signing in to Entra**: printed, on the phone of
whoever is on call, or in a system with accounts of its own. To print one, open it where Markdown
is shown, such as the repository's web page, and use the browser's print; or convert the files, for
example `pandoc docs/runbooks/fail-over.md -o fail-over.pdf`. Fill in your servers' names, who is
called in which role, and who keeps the break-glass account. Print again after an update.

If in doubt: stop the old server first, then promote the other. Never two active servers.

## Which one

The words in capitals are the watchdog's verdicts, as the incident's page and the log name them.

| when | runbook |
|---|---|
{rows}

## By verdict

| verdict | begin with |
|---|---|
{verdicts}
"""


def index() -> str:
    """The table of all runbooks, and how to have them when nothing can be opened."""
    rows = (f"| {book.when} | {_link(book)} |" for book in every_runbook())
    verdicts = (f"| `{verdict}` | {_link(runbook(verdict))} |" for verdict in sorted(KIND_OF))
    return INDEX.format(made=MADE, rows="\n".join(rows), verdicts="\n".join(verdicts))


def page(book: Runbook) -> str:
    """One runbook, with checkboxes and plain words for the servers."""
    book = fill(book, Names())
    intro = ("", book.intro) if book.intro else ()
    lines = [
        MADE,
        f"# {book.title}",
        "",
        f"When: {book.when}",
        *intro,
        "",
        "## Never",
        "",
        *(f"- **Never** {each}" for each in book.never),
        "",
        "## Whom to call",
        "",
        *(f"- {each} ____________________" for each in book.call),
        "",
    ]
    number = 0
    for phase, steps in book.phases:
        lines += [f"## {phase}", ""]
        for number, step in enumerate(steps, number + 1):  # noqa: B020 - the count goes on
            lines += _step(number, step)
    return "\n".join([*lines, "[All runbooks](README.md)", ""])


def files() -> dict[str, str]:
    """Every file of the folder: name to text."""
    return {"README.md": index()} | {f"{book.id}.md": page(book) for book in every_runbook()}


def _step(number: int, step: Step) -> Iterable[str]:
    yield f"- [ ] **{number}.** {step.do}"
    if step.where:
        yield f"  - Where: {_capital(step.where)}"
    if step.wizard:
        yield f"  - In the wizard: {' → '.join(step.wizard)}"
    yield f"  - Verify: {step.verify}"
    if step.command:
        yield from ("", "  ```powershell", f"  {step.command}", "  ```")
    yield ""


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _link(book: Runbook) -> str:
    return f"[{book.title}]({book.id}.md)"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    wanted = files()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for left in FOLDER.glob("*.md"):
        if left.name not in wanted:
            left.unlink()
