"""The diagram in the documentation is the transition table, drawn."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.domain.incidents.incident import SPEAKS, TRANSITIONS, Event, State

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "generate_incident_diagram.py"
PAGE = ROOT / "docs" / "incidents.md"
GENERATOR: dict[str, Any] = runpy.run_path(str(SCRIPT), run_name="generator")


def test_the_committed_diagram_is_the_generated_one() -> None:
    """After a change of the table: `python docs/generate_incident_diagram.py`."""
    page = PAGE.read_text(encoding="utf-8")

    assert GENERATOR["with_diagram"](page) == page


def test_every_transition_of_the_table_is_drawn_once() -> None:
    """No arrow is missing and none is made up."""
    drawn = set()
    for line in GENERATOR["diagram"]().splitlines():
        arrow, _, labels = line.strip().partition(": ")
        if labels:
            source, _, target = arrow.partition(" --> ")
            drawn |= {(source, label, target) for label in labels.split("<br>")}

    assert drawn == {
        (
            source or "[*]",
            event.replace("_", " ") + (f" ({SPEAKS[event]} card)" if event in SPEAKS else ""),
            target,
        )
        for source, events in TRANSITIONS.items()
        for event, target in events.items()
    }


def test_only_the_block_between_the_markers_is_rewritten() -> None:
    """An outdated block is replaced; the text around it stays."""
    begin, end = GENERATOR["BEGIN"], GENERATOR["END"]
    page = GENERATOR["with_diagram"](f"Before.\n{begin}outdated\n{end}After.\n")

    assert page == f"Before.\n{begin}{GENERATOR['diagram']()}{end}After.\n"


@pytest.mark.parametrize("page", ["", "{begin}", "{end}", "{begin}{begin}{end}"])
def test_a_page_without_markers_is_refused(page: str) -> None:
    """The message names the marker, and by it the script."""
    text = page.format(begin=GENERATOR["BEGIN"], end=GENERATOR["END"])

    with pytest.raises(ValueError, match=r"page must hold .*"):
        GENERATOR["with_diagram"](text)


def test_the_page_explains_each_state_and_each_event() -> None:
    """Each word of the table has its sentence."""
    page = PAGE.read_text(encoding="utf-8")

    words = [*State, *(event.replace("_", " ") for event in Event)]
    assert [word for word in words if f"**{word}**" not in page] == []


def test_the_script_runs_from_anywhere(tmp_path: Path) -> None:
    """As a script, in a fresh process and another folder, it finds the package and the page."""
    before = PAGE.read_bytes()
    code = f"import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='imported')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)  # noqa: S603 - our own script

    assert PAGE.read_bytes() == before
