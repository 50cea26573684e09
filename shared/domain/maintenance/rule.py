"""A recurrence rule as text: the part of RFC 5545, 3.3.10, that maintenance needs.

Days, not times: a window begins at the time of day of its first one. What is allowed is chosen so
that evaluating a rule is bounded work; `shared.recurrence` checks the rest of that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_RULE: Final = 200
"""Characters of a rule."""

MOST: Final = {"INTERVAL": 99, "COUNT": 1_000}
"""The largest values of two parts: they bound the work of evaluating a rule."""

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EXAMPLE: Final = "FREQ=WEEKLY;BYDAY=SU or FREQ=MONTHLY;BYDAY=1SU"

_PART: Final = re.compile(r"([A-Z]{3,10})=([A-Z0-9,+-]{1,150})", re.ASCII)
_DAY: Final = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL: Final = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", re.ASCII)
_NAMES: Final = (
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
)
_LONGEST_SHOWN: Final = 40
WEEKS_OF_MONTH: Final = 5
WEEKS_OF_YEAR: Final = 53


class WrongWindowError(ValueError):
    """A rule, or a window, that cannot be announced, as two halves of a sentence.

    Attributes:
        what: What is wrong, without the window's name: "is 'FREQ=HOURLY'".
        right: What to write instead.
    """

    def __init__(self, what: str, right: str) -> None:
        super().__init__(f"{what}. Right: {right}.")
        self.what, self.right = what, right


class Frequency(StrEnum):
    """How often a rule comes round."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in parts; the names of RFC 5545 in brackets.

    Attributes:
        frequency: How often it comes round (FREQ).
        interval: Every so many days, weeks, months or years (INTERVAL).
        count: After so many it is over (COUNT); None for never.
        until: After this it is over (UNTIL): a moment in UTC, a time on the wall (naive), or a
            day, included.
        days: Weekdays, Monday is 0, each with which of them in the month or year; 0 for all
            (BYDAY).
        month_days: Days of the month, from the end where negative (BYMONTHDAY).
        months: Months, January is 1 (BYMONTH).
        positions: Which of the days that the other parts name in one round (BYSETPOS).
        week_start: The first day of the week, Monday is 0 (WKST).
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | date | None = None
    days: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises:
        WrongWindowError: It is not a rule, or has a part that is not allowed.
    """
    parts = _parts(text)
    try:
        frequency = Frequency(parts.get("FREQ", ""))
    except ValueError:
        raise _wrong("FREQ", "DAILY, WEEKLY, MONTHLY or YEARLY") from None
    if "COUNT" in parts and "UNTIL" in parts:
        raise WrongWindowError("has both COUNT and UNTIL", "one of them")
    rule = Rule(
        frequency=frequency,
        interval=_number(parts, "INTERVAL") or 1,
        count=_number(parts, "COUNT"),
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        days=_days(parts, frequency),
        month_days=_numbers(parts, "BYMONTHDAY", 31, negative=True),
        months=_numbers(parts, "BYMONTH", 12, negative=False),
        positions=_numbers(parts, "BYSETPOS", 366, negative=True),
        week_start=_week_start(parts),
    )
    if rule.month_days and frequency is Frequency.WEEKLY:  # RFC 5545: MUST NOT
        raise WrongWindowError("has BYMONTHDAY, but is WEEKLY", "BYDAY, or FREQ=MONTHLY")
    if rule.positions and not (rule.days or rule.month_days or rule.months):  # likewise
        raise WrongWindowError("has BYSETPOS alone", "BYSETPOS with BYDAY or BYMONTHDAY")
    return rule


def _wrong(name: str, right: str) -> WrongWindowError:
    return WrongWindowError(f"has no usable {name}", f"{name} with {right}, such as {EXAMPLE}")


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_RULE:
        raise WrongWindowError(
            f"has a rule of {len(text)} characters", f"at most {LONGEST_RULE}, such as {EXAMPLE}"
        )
    found: dict[str, str] = {}
    for part in text.upper().split(";") if text.isascii() else [""]:
        match = _PART.fullmatch(part)
        if match is None or match[1] not in _NAMES or match[1] in found:
            raise WrongWindowError(
                f"has {_shown(text)} as its rule",
                f"an RFC 5545 rule of the parts {', '.join(_NAMES)}, each once, such as {EXAMPLE}",
            )
        found[match[1]] = match[2]
    return found


def _shown(text: str) -> str:
    """The text, unless it is long: somebody may have pasted a secret."""
    return ascii(text) if len(text) <= _LONGEST_SHOWN else f"a text of {len(text)} characters"


def _number(parts: Mapping[str, str], name: str) -> int | None:
    text = parts.get(name)
    if text is None:
        return None
    most = MOST[name]
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise _wrong(name, f"a number from 1 to {most}")
    return int(text)


def _numbers(parts: Mapping[str, str], name: str, most: int, *, negative: bool) -> tuple[int, ...]:
    found = []
    for text in parts[name].split(",") if name in parts else ():
        if not re.fullmatch(r"[+-]?[0-9]{1,3}", text, re.ASCII):
            raise _wrong(name, "numbers separated by commas")
        number = int(text)
        if not (1 <= number <= most or (negative and -most <= number <= -1)):
            sign = f", or from -{most} to -1" if negative else ""
            raise _wrong(name, f"numbers from 1 to {most}{sign}")
        found.append(number)
    return tuple(sorted(set(found)))


def _days(parts: Mapping[str, str], frequency: Frequency) -> tuple[tuple[int, int], ...]:
    by_month = frequency is Frequency.MONTHLY or "BYMONTH" in parts
    most = WEEKS_OF_MONTH if by_month else WEEKS_OF_YEAR
    if frequency not in (Frequency.MONTHLY, Frequency.YEARLY):
        most = 0  # RFC 5545: MUST NOT be specified with a numeric value
    found = []
    for text in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _DAY.fullmatch(text)
        which = int(match[1]) if match and match[1] else None
        if match is None or which == 0 or abs(which or 0) > most:
            numbered = f"; 1 to {most} or -1 to -{most} may stand before" if most else ""
            raise _wrong("BYDAY", f"weekdays from {', '.join(WEEKDAYS)}{numbered}")
        found.append((WEEKDAYS.index(match[2]), which or 0))
    return tuple(sorted(set(found)))


def _week_start(parts: Mapping[str, str]) -> int:
    text = parts.get("WKST", "MO")
    if text not in WEEKDAYS:
        raise _wrong("WKST", f"one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text)


def _until(text: str) -> datetime | date:
    match = _UNTIL.fullmatch(text)
    try:
        if match and match[2]:
            zone = UTC if match[3] else None
            return datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S").replace(tzinfo=zone)
        if match:
            return datetime.strptime(match[1], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        pass
    raise _wrong("UNTIL", "a day or a time such as 20271231 or 20271231T220000Z")
