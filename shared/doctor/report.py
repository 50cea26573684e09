"""What the doctor found: rows with a named outcome, and the exit code that a pipeline sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What one check found. Only `PASS` says that something works."""

    PASS = "pass"  # noqa: S105 - a word, no secret
    """It was tried, and it works."""
    FAIL = "fail"
    """It was tried, and it does not work."""
    NOT_PERMITTED = "not permitted"
    """It was tried, and a right is missing. What is optional may stay so: it is missed by name."""
    NOT_VERIFIABLE = "not verifiable"
    """It cannot be known from here, or is not used; the fix says where it can be known."""


EXIT_GOOD: Final = 0
EXIT_FAULTS: Final = 1
EXIT_NO_REPORT: Final = 2
"""The doctor could not look: the settings are wrong, or the app did not answer."""

COMMAND: Final = "$ "
"""A line of a fix that starts so is a command, to be copied without it."""


class Status(StrEnum):
    """A report in one word."""

    OK = "ok"
    FAULTS = "faults"
    MISCONFIGURED = "misconfigured"
    """The settings are wrong, so that nothing else could be looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check.

    Attributes:
        name: What was looked at, such as `store writable`: unique within a report.
        outcome: What was found.
        detail: One sentence: what was seen, where. Never a secret.
        fix: The exact command or click that mends it; "" when nothing need be done. Lines that
            start with `COMMAND` are commands.
        required: Whether the watchdog cannot do its work without it.
    """

    name: str
    outcome: Outcome
    detail: str
    fix: str = ""
    required: bool = True

    @property
    def is_fault(self) -> bool:
        """Whether a person should mend it before relying on the watchdog."""
        if self.outcome is Outcome.NOT_PERMITTED:
            return self.required
        return self.outcome is Outcome.FAIL


@dataclass(frozen=True, slots=True)
class Report:
    """Every row, in the order of the path from settings to card.

    Attributes:
        build: The running build.
        where: Whose rights were looked at: `the app's identity`, or `you` on a laptop.
        rows: The checks.
        misconfigured: Whether the settings are wrong, so that only they were looked at.
    """

    build: str
    where: str
    rows: tuple[Row, ...]
    misconfigured: bool = False

    @property
    def status(self) -> Status:
        """The report in one word."""
        if self.misconfigured:
            return Status.MISCONFIGURED
        return Status.FAULTS if any(row.is_fault for row in self.rows) else Status.OK

    @property
    def exit_code(self) -> int:
        """0 when no row is a fault, 1 when one is, 2 when only the settings were looked at."""
        codes = {Status.OK: EXIT_GOOD, Status.FAULTS: EXIT_FAULTS}
        return codes.get(self.status, EXIT_NO_REPORT)
