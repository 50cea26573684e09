"""Durations, times and foreign text, as a person reads them on a card.

Foreign text is everything that this program did not write: names of tenants, servers and people,
ids, remote reasons. It is made *inert*, not escaped: the phone clients' Markdown parser shows a
backslash instead of obeying it, and cannot escape a link at all (microsoft/AdaptiveCards
`source/shared/cpp/ObjectModel/MarkDownBlockParser.cpp`, `EmphasisParser::MatchText` and
`LinkParser`). So characters that mean something to Markdown, HTML or Teams are replaced by ones
that look alike and mean nothing anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME_LENGTH: Final = 40
"""Longer names are cut: they would push the button off the first screen."""

DETAIL_LENGTH: Final = 240

STATEMENT_LENGTH: Final = 160
"""Of one measured fact on a card, its source and time not counted."""

_READ_AT_MOST: Final = 4096  # characters looked at, so that a giant name costs nothing
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - one line reads better
_MINUTE: Final = timedelta(minutes=1)
_ONLY_MINUTES_BELOW: Final = 100
_ONLY_HOURS_BELOW: Final = 48

_LOOKALIKES: Final = str.maketrans("*`~<>[]|", "\u2217'\u223c\u2039\u203a()\u00a6")
_JOINERS: Final = "\u200c\u200d"  # zero width, and needed inside emoji and some scripts
_SPREAD: Final = (
    (re.compile(r"&(?=#?\w+;)"), "& "),  # an HTML entity
    (re.compile(r"\{(?=\{)"), "{ "),  # {{DATE()}} and {{TIME()}}
    (re.compile(r"/(?=/)"), "/ "),  # an address, with a scheme or without
)
"""Broken up by a space, before the text is cut to its length."""

_REPLACED: Final = (
    (re.compile(r"\\(?![^\W_])"), "\u2216"),  # a backslash escapes unless a letter or digit follows
    (re.compile(r"(?<!\w)_+|_+(?!\w)"), "-"),  # inside a word it means nothing
)
"""Replaced after every cut, which may have bared them."""

_WORD_LENGTH: Final = 24  # fits beside a fact's title on a phone; Organization.Read.All must
_LONG_WORD: Final = re.compile(rf"[^\s\u2068\u2069-]{{{_WORD_LENGTH + 1},}}")
_BLOCK: Final = re.compile(r"[-+=#\u2217\u203a]|\d+[.)]")
_MARKS_IN_A_ROW: Final = 3  # accents stacked higher than any script needs would cover other lines
_NOT_IN_MENTIONS: Final = str.maketrans({"\\": "/", "&": "+", "\u2039": "", "\u203a": ""})


def duration(span: timedelta) -> str:
    """A span in whole minutes, rounded down: "64 min", "2 h 14 min", "3 d 4 h"."""
    minutes = max(span, timedelta(0)) // _MINUTE
    if minutes < 1:
        return "under 1 min"
    if minutes < _ONLY_MINUTES_BELOW:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < _ONLY_HOURS_BELOW:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def utc(at: datetime, now: datetime) -> str:
    """A time in UTC with only as much of a date as `now` makes necessary.

    Raises:
        ValueError: A time without a zone, which could mean any moment.
    """
    at, now = _aware(at), _aware(now)
    clock = f"{at.hour:02}:{at.minute:02} UTC"
    if at.date() == now.date():
        return clock
    day = f"{at.day} {_MONTHS[at.month - 1]}"
    return f"{day} {clock}" if at.year == now.year else f"{day} {at.year} {clock}"


def day(at: datetime | date) -> str:
    """A date with its year: deadlines and version facts may lie in another one.

    Raises:
        ValueError: A time without a zone.
    """
    if isinstance(at, datetime):
        at = _aware(at)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def utc_and_local(at: datetime, now: datetime) -> str:
    """A time in UTC, and the same in the reader's zone, which the client fills in if it can."""
    stamp = _aware(at).strftime("%m-%dT%H:%M:%SZ")
    return f"{utc(at, now)} (your time {{{{TIME({_aware(at).year:04}-{stamp})}}}})"


def inert(text: str, limit: int = NAME_LENGTH) -> str:
    """Foreign text on one line that no client reads as Markdown, HTML, a mention or a link.

    A bare host name stays as it is, because people copy server names; a client may link it.

    At the start of a block use `opening` on it: there `1.` or `-` would still begin a list.

    Args:
        text: Anything.
        limit: Visible characters kept; a cut shows as "…".
    """
    plain = _plain(text, limit)
    if any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in plain):
        return f"\u2068{plain}\u2069"  # isolated, so that it cannot reorder its neighbours
    return plain


def opening(text: str) -> str:
    """Inert text, fit to be the first on its line: never a list, heading or quotation."""
    return f"· {text}" if _BLOCK.match(text) else text


def narrow(text: str) -> str:
    """Inert text, fit for the value of a fact, whose column does not break long words."""
    return _replaced(_LONG_WORD.sub(lambda word: word[0][: _WORD_LENGTH - 1] + "…", text))


def mention_name(text: str) -> str:
    """A person's name for `<at>…</at>`: stands twice in a card and must be the same both times."""
    return _plain(text, NAME_LENGTH).translate(_NOT_IN_MENTIONS).strip() or "on-call"


def one_line(text: str, limit: int) -> str:
    """Text of ours without Markdown's asterisks, cut to a length: for summaries."""
    plain = text.replace("**", "")
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def _plain(text: str, limit: int) -> str:
    line = " ".join("".join(_visible(text[:_READ_AT_MOST])).split()).translate(_LOOKALIKES)
    for pattern, harmless in _SPREAD:
        line = pattern.sub(harmless, line)
    if len(line) > limit:
        line = line[: limit - 1].rstrip(_JOINERS + " ") + "…"
    return _replaced(line)


def _replaced(line: str) -> str:
    for pattern, harmless in _REPLACED:
        line = pattern.sub(harmless, line)
    return line


def _visible(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in {"Zs", "Zl", "Zp"} or char in "\t\n\r\v\f\x85":
            marks = 0
            yield " "
        elif category in {"Mn", "Me"}:
            marks += 1
            if marks <= _MARKS_IN_A_ROW:
                yield char
        elif char in _JOINERS:
            yield char
        elif category not in {"Cc", "Cf"}:  # what is dropped ends no row of marks
            marks = 0
            yield "\ufffd" if category in {"Cs", "Co"} else char  # half, or privately meant


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone: every time in this program is aware.")
    return at.astimezone(UTC)
