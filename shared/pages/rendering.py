"""The templates, and the one environment that renders them: with escaping, strict about names."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from shared.domain.cards import wording

if TYPE_CHECKING:
    from jinja2 import Environment

_AROUND: Final = re.compile(r"\s*([{};,>])\s*|(?<=:)\s+")
_COMMENT: Final = re.compile(r"//.*")
_QUOTED_OR_SIGN: Final = re.compile(r"""("[^"]*"|`[^`]*`)|\s*([{}()\[\];,=<>!&|?:+])\s*""")


@cache
def environment() -> Environment:
    """Where templates are rendered."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - no tick needs it

    found = Environment(
        loader=PackageLoader("shared.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["utc"] = wording.utc
    found.filters["day"] = wording.day
    found.filters["duration"] = wording.duration
    found.filters["inert"] = wording.inert
    found.globals["style"] = style
    return found


@cache
def style(name: str) -> str:
    """A style sheet of ours without the blanks that only its authors need; "" for none.

    It is marked as safe: it is sent as it stands, so that its hash in the headers is right.
    """
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja2

    if name not in environment().list_templates():
        return Markup()
    text = environment().get_template(name).render()
    short = _AROUND.sub(lambda found: found[1] or "", text).replace(";}", "}").strip()
    return Markup(short)  # noqa: S704 - our own file


@cache
def script(name: str) -> str:
    """A script of ours without comments and the blanks that only its authors need.

    Lines stay lines, and quoted text stays as it is.
    """
    lines = (line.strip() for line in environment().get_template(name).render().splitlines())
    return "\n".join(
        _QUOTED_OR_SIGN.sub(lambda found: found[1] or found[2], line)
        for line in lines
        if line and not _COMMENT.fullmatch(line)
    )
