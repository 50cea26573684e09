"""The tables of docs/pair.md are those of the code."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from shared.domain.advice.table import TABLE
from shared.domain.pair.reading_plan import OPTIONAL
from shared.domain.pair.report import CheckName

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "pair.md"
GENERATOR: dict[str, Any] = runpy.run_path(
    str(ROOT / "docs" / "generate_pair_tables.py"), run_name="generator"
)


def test_the_committed_tables_are_the_generated_ones() -> None:
    """After a change: `python docs/generate_pair_tables.py`."""
    page = PAGE.read_text(encoding="utf-8")

    assert GENERATOR["with_tables"](page) == page


def test_every_source_check_and_row_is_in_the_page() -> None:
    """Nothing that decides is left out of the documentation."""
    assert set(GENERATOR["WHAT"]) == set(OPTIONAL)
    assert list(GENERATOR["ASKS"]) == list(CheckName)
    assert all(f"| `{row.reason}` | {row.when} |" in PAGE.read_text("utf-8") for row in TABLE)


def test_a_page_without_the_markers_is_refused() -> None:
    """The generator never writes a page without its tables."""
    with pytest.raises(ValueError, match="once"):
        GENERATOR["with_tables"]("# How the pair is judged\n")
