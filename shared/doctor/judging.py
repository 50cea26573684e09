"""From facts to rows: the table of checks is judged one by one, and none can hide another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.doctor.facts import Facts, GoneError
from shared.doctor.report import Outcome, Row
from shared.secret import redact

if TYPE_CHECKING:
    from shared.doctor.facts import Gone

DETAIL_LENGTH: Final = 600
FIX_LENGTH: Final = 1200

AGAIN: Final = "Run the doctor again; if it lasts, the sentence above says where to look."
SOON: Final = "Run the doctor again in some minutes."


def see(name: str) -> str:
    """A fix that stands in another row."""
    return f"See the row '{name}'."


@dataclass(frozen=True, slots=True)
class Said:
    """What a judge says: a row without its name."""

    outcome: Outcome
    detail: str
    fix: str = ""
    required: bool = True


def passed(detail: str, fix: str = "", *, required: bool = True) -> Said:
    """It was tried, and it works."""
    return Said(Outcome.PASS, detail, fix, required)


def failed(detail: str, fix: str = "", *, required: bool = True) -> Said:
    """It was tried, and it does not work."""
    return Said(Outcome.FAIL, detail, fix, required)


def not_permitted(detail: str, fix: str = "", *, required: bool = True) -> Said:
    """It was tried, and a right is missing."""
    return Said(Outcome.NOT_PERMITTED, detail, fix, required)


def not_verifiable(detail: str, fix: str = "", *, required: bool = True) -> Said:
    """It cannot be known from here, or is not used."""
    return Said(Outcome.NOT_VERIFIABLE, detail, fix, required)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its row's name, and who judges it."""

    name: str
    judge: Callable[[Facts], Said]


def judged(checks: Iterable[Check], facts: Facts) -> tuple[Row, ...]:
    """One row per check, in their order. Total: a judge that raises becomes a row that fails."""
    return tuple(row_of(check.name, partial(check.judge, facts)) for check in checks)


def row_of(name: str, judge: Callable[[], Said]) -> Row:
    """The row of one check. Total, as `judged`."""
    try:
        said = judge()
    except GoneError as nothing:
        said = _nothing(nothing.gone)
    except Exception as defect:  # noqa: BLE001 - one broken judge must not hide the other rows
        said = _defect(type(defect).__name__)
    return Row(
        name,
        said.outcome,
        clipped(redact(said.detail), DETAIL_LENGTH),
        clipped(said.fix, FIX_LENGTH),  # our own words: redacting would cut the commands' URLs
        said.required,
    )


def _nothing(gone: Gone) -> Said:
    if gone.defect:
        return _defect(gone.defect)
    return failed(f"It {gone.why}.", "Run the doctor again; if this lasts, look at the rows above.")


def _defect(kind: str) -> Said:
    return failed(
        f"This check itself failed ({kind}), which is a defect.",
        "Report it, with this report and the build.",
    )


def clipped(text: str, limit: int) -> str:
    """The text without control characters, cut to a length; its lines are kept."""
    lines = (
        "".join(mark if mark.isprintable() else " " for mark in line) for line in text.split("\n")
    )
    whole = "\n".join(line.rstrip() for line in lines).strip()
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"
