"""When Microsoft's support of a build ends, seen from one moment, in words for a person.

The day is taken to begin at midnight UTC and to count as the end: a day too early costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.standby.case import NEAR
from shared.domain.standby.versions import Support, SupportState, VersionFacts, support

if TYPE_CHECKING:
    from shared.domain.standby.versions import Version


class SupportEnd(StrEnum):
    """Where the end of support lies."""

    ENDED = "ended"
    NEAR = "near"
    FAR = "far"
    NOT_SET = "not_set"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class SupportTold:
    """The end of a build's support.

    Attributes:
        end: Where it lies.
        words: The same as a clause about the build, such as "supported until 2026-10-23".
        ends_at: The moment; None where none is set or known.
    """

    end: SupportEnd
    words: str
    ends_at: datetime | None = None


def support_end(facts: VersionFacts, build: Version, at: datetime) -> SupportTold:
    """When support of a build ends, seen from `at`."""
    found = support(facts, build)
    day = found.ends_on
    if day is None:
        newest = found.state is SupportState.CURRENT
        known = f"known on {facts.checked_on.isoformat()}"
        if newest:
            return SupportTold(SupportEnd.NOT_SET, f"the newest build {known}")
        return SupportTold(SupportEnd.NOT_KNOWN, f"newer than every build {known}")
    ends_at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if ends_at <= at:
        return SupportTold(SupportEnd.ENDED, _ended(found), ends_at)
    words = f"supported until {day.isoformat()}"
    if found.state is SupportState.NOT_BEFORE:
        words = f"supported until {day.isoformat()} or longer"
    near = ends_at - at <= NEAR
    return SupportTold(SupportEnd.NEAR if near else SupportEnd.FAR, words, ends_at)


def _ended(found: Support) -> str:
    day = found.ends_on.isoformat() if found.ends_on else ""
    return {
        SupportState.RETIRED: f"unsupported since {day} or before",
        SupportState.NOT_BEFORE: f"which may be unsupported since {day}",
    }.get(found.state, f"unsupported since {day}")
