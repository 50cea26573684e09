"""The queries that documents tell people to run: as valid as those that Azure runs."""

from __future__ import annotations

import re

from tests.support.components import ROOT
from tests.support.kusto import analysed

BLOCK = re.compile(r"(?ms)^ *```(?:kusto|kql)\n(.*?)^ *```")


def blocks() -> dict[str, str]:
    """Each block of KQL in a document, by file and number."""
    return {
        f"{path.relative_to(ROOT)} #{at + 1}": text
        for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
        for at, text in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")))
    }


def test_microsofts_analyser_has_no_objection_to_a_query_in_a_document() -> None:
    """Who copies it at night gets an answer, not an error."""
    texts = blocks()

    objections = {where: said.problems for where, said in analysed(texts).items() if said.problems}

    assert texts, "no document shows a query any more: then this test may go, too"
    assert objections == {}


def test_a_block_of_a_document_is_found() -> None:
    """The pattern above, also for a block inside a list."""
    assert BLOCK.findall("x\n   ```kusto\n   A | take 1\n   ```\n") == ["   A | take 1\n"]
