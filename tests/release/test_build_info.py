"""The running build in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import build_info

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"version": "0.1.0", "commit": "3f2a9c1", "built_at": "2026-11-21T20:00Z"}


def test_a_checkout_says_that_it_is_none() -> None:
    """No file of the builder is ever in the checkout."""
    assert build_info.build() == "checkout, not packaged"


def test_a_package_says_version_commit_and_time(tmp_path: Path) -> None:
    """As the doctor, the log and the documents show it."""
    written = tmp_path / "build.json"
    written.write_text(json.dumps(GOOD), encoding="utf-8")

    assert build_info.build(written) == "0.1.0+3f2a9c1 2026-11-21T20:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        json.dumps({**GOOD, "commit": None}),
        json.dumps({**GOOD, "commit": 7}),
        json.dumps({**GOOD, "commit": ""}),
        json.dumps({**GOOD, "commit": "a\nwatchdog.heartbeat {}"}),
        json.dumps({**GOOD, "version": "9" * 101}),
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_told_and_never_guessed(tmp_path: Path, text: str) -> None:
    """Nothing in it can stop a tick or write a line of its own into the log."""
    written = tmp_path / "build.json"
    written.write_text(text, encoding="utf-8")

    assert build_info.build(written) == build_info.UNREADABLE


def test_what_is_no_file_or_no_text_is_told(tmp_path: Path) -> None:
    """A folder of that name, and bytes that are no UTF-8."""
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe{}")

    assert build_info.build(tmp_path) == build_info.UNREADABLE
    assert build_info.build(binary) == build_info.UNREADABLE


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD]), inner),
)


@given(_JSON)
def test_whatever_the_file_holds_the_answer_is_one_printable_line(
    tmp_path_factory: pytest.TempPathFactory, content: Any
) -> None:
    """It never raises."""
    written = tmp_path_factory.mktemp("build") / "build.json"
    written.write_text(json.dumps(content), encoding="utf-8")

    assert build_info.build(written).isprintable()
