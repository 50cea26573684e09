from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.support.bicep.data import type_data
from tests.support.bicep.mutate import Mutation, mutations, problems_of
from tests.support.bicep.workspace import Workspace

INFRA = Path(__file__).resolve().parents[2] / "infra"
FILES = sorted([*INFRA.rglob("*.bicep"), *INFRA.rglob("*.bicepparam")])
A_FEW = 2

KINDS = {
    "api version",
    "arguments",
    "array in its place",
    "bracket left out",
    "colon left out",
    "declared twice",
    "decorator",
    "default of another type",
    "file loaded",
    "function",
    "module output read",
    "module path",
    "nested resource read",
    "number in its place",
    "output of another type",
    "parameter renamed",
    "parent left out",
    "property misspelt",
    "quote left out",
    "required property left out",
    "resource type",
    "scope left out",
    "string in its place",
    "symbol read",
    "unknown value",
    "variable renamed",
}


@cache
def workspace() -> Workspace:
    """All templates, parsed once."""
    return Workspace(type_data())


@cache
def slips(path: Path) -> dict[str, list[Mutation]]:
    """Every mutation of a file, by kind."""
    found = defaultdict[str, list[Mutation]](list)
    for each in mutations(path, workspace()):
        found[each.kind].append(each)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(INFRA)))
def test_no_slip_goes_unnoticed(path: Path) -> None:
    """A letter too many, something left out, another type: of each kind some, spread over the file.

    Every one of them (some thousands) is tried by `python -m tests.support.bicep.mutate`.
    """
    unnoticed = [
        f"{path.name}:{each.line}: {kind}"
        for kind, all_of_them in slips(path).items()
        for each in all_of_them[:: max(1, len(all_of_them) // A_FEW)]
        if not problems_of(path, each.text, workspace())
    ]

    assert unnoticed == []


def test_every_kind_of_slip_is_tried() -> None:
    """The mutations reach into the templates: many of each kind, and no kind is empty."""
    counts = Counter(dict.fromkeys(KINDS, 0))
    for path in FILES:
        counts.update({kind: len(found) for kind, found in slips(path).items()})

    assert {kind for kind, count in counts.items() if count} == KINDS
    assert counts.total() > 3000
    assert counts["property misspelt"] > 400
    assert counts["required property left out"] > 150
