"""Every card as it was reviewed: a change of wording shows up as a diff that a person reads."""

from __future__ import annotations

import json
import os

import pytest

from tests.support.card_bulletin_cases import BulletinCase, bulletin_cases
from tests.support.card_cases import Case, all_cases
from tests.support.components import ROOT

FOLDER = ROOT / "tests" / "data" / "cards"
HOW = "UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/cards/test_card_golden.py"


CASES: list[Case | BulletinCase] = [*all_cases(), *bulletin_cases()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_card_is_the_one_that_was_reviewed(case: Case | BulletinCase) -> None:
    """Each card equals its golden file; after an intended change run `HOW` and read the diff."""
    path = FOLDER / f"{case.name}.json"
    text = json.dumps(case.envelope(), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        assert not os.environ.get("CI"), "golden files are never rewritten in CI"
        path.write_text(text, "utf-8")
    assert path.exists(), f"no golden file for {case.name}: {HOW}"
    assert text == path.read_text("utf-8"), f"the card changed; if that was intended: {HOW}"


def test_no_golden_file_is_left_over() -> None:
    """Each file belongs to a card that still exists."""
    known = {f"{case.name}.json" for case in CASES}
    left_over = [path for path in FOLDER.iterdir() if path.name not in known]
    if os.environ.get("UPDATE_GOLDEN") and not os.environ.get("CI"):
        for path in left_over:
            path.unlink()
    assert [path.name for path in left_over if path.exists()] == []
