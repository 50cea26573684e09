"""The runbooks in docs/runbooks are those of the incident page, in plain words."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from shared.domain.cards.servers import Names
from shared.domain.runbooks.books import every_runbook, fill, runbook
from shared.domain.verdicts import KIND_OF

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "runbooks"
GENERATOR: dict[str, Any] = runpy.run_path(
    str(ROOT / "docs" / "generate_runbooks.py"), run_name="generator"
)
FILES: dict[str, str] = GENERATOR["files"]()


def test_the_committed_files_are_the_generated_ones_and_no_other_lies_there() -> None:
    """After a change: `python docs/generate_runbooks.py`."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}

    assert committed == FILES


def test_every_runbook_has_a_file_that_the_index_links() -> None:
    """Nobody has to know a file's name at 3 a.m."""
    index = FILES["README.md"]
    names = {f"{book.id}.md" for book in every_runbook()}

    assert names | {"README.md"} == FILES.keys()
    assert set(re.findall(r"\]\((\S+)\)", index)) == names
    for verdict in KIND_OF:
        link = f"[{runbook(verdict).title}]({runbook(verdict).id}.md)"
        assert f"| `{verdict}` | {link} |" in index


def test_the_index_says_that_no_sign_in_is_needed_and_how_to_print() -> None:
    """Sign-in may be what is broken."""
    index = FILES["README.md"]

    assert "sign-in may be\nwhat is broken" in index
    assert "without signing in" in index
    assert "To print one" in index


@pytest.mark.parametrize("book", every_runbook(), ids=lambda book: book.id)
def test_a_file_holds_everything_of_its_runbook(book: Any) -> None:
    """Every step with a checkbox of its own, what to look for, its command, and what is never done.

    Plain words stand for the servers.
    """
    text = FILES[f"{book.id}.md"]
    plain = fill(book, Names())

    assert text.count("\n- [ ] **") == len(plain.steps)
    for step in plain.steps:
        assert f" {step.do}\n" in text
        assert f"  - Verify: {step.verify}\n" in text
        assert (f"\n  {step.command}\n" in text) or not step.command
        assert all(each in text for each in step.wizard)
    assert all(f"- **Never** {each}\n" in text for each in plain.never)
    assert all(f"- {each} __" in text for each in plain.call)
    assert plain.intro in text
    assert not re.search(r"\{\w+\}", text)
