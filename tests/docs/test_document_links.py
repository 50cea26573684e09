"""Every link within the documents leads somewhere."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from tests.support.documents import ROOT, anchors, documents, links, read


@pytest.mark.parametrize("path", documents())
def test_every_relative_link_and_every_anchor_resolves(path: str) -> None:
    """As GitHub resolves them: files beside the document, anchors made from headings."""
    broken = []
    for link in links(path):
        to = (ROOT / path).parent / link.target if link.target else ROOT / path
        if not to.exists() or not to.resolve().is_relative_to(ROOT):
            broken.append(f"{path}:{link.line} there is no {link.target}")
        elif link.anchor and to.suffix == ".md":
            inside = str(PurePosixPath(to.resolve().relative_to(ROOT)))
            if link.anchor not in anchors(inside):
                broken.append(f"{path}:{link.line} {inside} has no #{link.anchor}")

    assert broken == []


def test_the_check_reads_links_and_headings() -> None:
    """Else it would pass by finding nothing."""
    assert {link.target for link in links("README.md")} >= {
        "docs/deploy.md",
        "docs/runbooks/README.md",
    }
    assert {"on-call-at-3-am", "try-it-in-five-minutes"} <= anchors("README.md")


@pytest.mark.parametrize("path", documents())
def test_no_document_names_a_place_on_somebodys_machine(path: str) -> None:
    """A path from the root of a disk means nothing to a reader; an address of the app does."""
    begun = re.findall(r"(?<![\w:/.}\])>-])/([A-Za-z.]+)/", read(path))

    assert set(begun) <= {"api", "providers"}
    assert re.search(r"\b[A-Z]:\\", read(path)) is None
