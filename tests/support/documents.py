"""The documents as a reader finds them: their links, headings and blocks of commands.

The convention, which `docs/deploy.md` tells its readers: every command stands in a block of the
language `sh`. A block that begins with the line `# needs Azure` cannot run without a subscription
and a tenant; every other block is run by `tests/docs`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ROOT: Final = Path(__file__).resolve().parents[2]
NEEDS_AZURE: Final = "# needs Azure"

_MARKDOWN: Final = MarkdownIt("gfm-like", {"linkify": False})
_CHAINED: Final = re.compile(r"\s(?:\|\||&&|[|;])\s")
_INNER: Final = re.compile(r"\$\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code in a document.

    Attributes:
        path: The document, relative to the project.
        line: Where it begins, from 1.
        language: The first word behind the fence; "" for an indented block.
        text: What stands in it.
    """

    path: str
    line: int
    language: str
    text: str

    @property
    def needs_azure(self) -> bool:
        """Whether it is marked as one that only Azure can run."""
        return self.text.startswith(NEEDS_AZURE + "\n")

    @property
    def name(self) -> str:
        """Document and line, for a test's id."""
        return f"{self.path}:{self.line}"

    def commands(self) -> list[str]:
        """One string per command: lines that go on are joined, comments left out."""
        joined = self.text.replace("\\\n", " ")
        lines = (line.strip() for line in joined.splitlines())
        return [line for line in lines if line and not line.startswith("#")]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a document to somewhere else in the project."""

    line: int
    target: str
    anchor: str


def documents() -> list[str]:
    """Every document, relative to the project."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def read(path: str) -> str:
    """The text of a document."""
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(path: str) -> list[Block]:
    """Every block of code, fenced or indented."""
    return [
        Block(
            path=path,
            line=token.map[0] + 1 if token.map else 0,
            language=(token.info.split() or [""])[0] if token.type == "fence" else "",
            text=token.content,
        )
        for token in _parsed(path)
        if token.type in {"fence", "code_block"}
    ]


def command_blocks(path: str) -> list[Block]:
    """Those that hold commands."""
    return [block for block in blocks(path) if block.language == "sh"]


def inline_code(path: str) -> set[str]:
    """Every piece of code within a sentence."""
    return {token.content for token in _inline(path) if token.type == "code_inline"}


def links(path: str) -> list[Link]:
    """Links and pictures that stay within the project."""
    found = []
    for block in _parsed(path):
        for token in block.children or ():
            href = str(token.attrGet("href") or token.attrGet("src") or "")
            if not href or re.match(r"[a-z]+:", href):
                continue
            target, _, anchor = href.partition("#")
            line = block.map[0] + 1 if block.map else 0
            found.append(Link(line, unquote(target), unquote(anchor)))
    return found


def anchors(path: str) -> set[str]:
    """The anchors that GitHub makes from the headings."""
    found: dict[str, int] = {}
    tokens = _parsed(path)
    for token, inner in itertools.pairwise(tokens):
        if token.type == "heading_open":
            words = "".join(each.content for each in inner.children or ())
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            found[slug] = found.get(slug, 0) + 1
    twice = {f"{slug}-{n}" for slug, times in found.items() for n in range(1, times)}
    return set(found) | twice


def simple_commands(command: str) -> list[str]:
    """The single commands of a line: what is piped, chained or within `$(…)`, each by itself."""
    found: list[str] = []
    while inner := _INNER.search(command):
        found.extend(simple_commands(inner[1]))
        command = command[: inner.start()] + "SUBSTITUTED" + command[inner.end() :]
    return [*found, *(part.strip() for part in _CHAINED.split(command) if part.strip())]


@cache
def _parsed(path: str) -> list[Token]:
    return _MARKDOWN.parse(read(path))


def _inline(path: str) -> Iterator[Token]:
    for block in _parsed(path):
        yield from block.children or ()
