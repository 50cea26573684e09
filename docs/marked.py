# ruff: noqa: INP001 - for the scripts beside it, not a package
"""Pages of which a part is generated: what stands between two lines of comment is written anew."""

from __future__ import annotations

from typing import Final

END: Final = "<!-- end -->\n"


def rewritten(page: str, mark: str, text: str, end: str = END) -> str:
    """The page with another text between `mark` and the next `end`.

    Args:
        page: The page.
        mark: The line after which the text stands, with its newline.
        text: What is to stand there, with its newline.
        end: The line before which it ends, with its newline.

    Raises:
        ValueError: A line is missing, or `mark` stands twice.
    """
    if page.count(mark) != 1:
        raise ValueError(f"the page must hold this line once: {mark!r}")
    head, rest = page.split(mark)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"after {mark!r} the page must hold the line {end!r}")
    return f"{head}{mark}{text}{end}{tail}"
