"""Version facts: which Entra Connect builds still sync, are supported, or were recalled.

The facts are data with a date (`shared/sources/version_facts.toml`); here is what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

Version = tuple[int, int, int, int]

OLD_AFTER: Final = timedelta(days=90)
"""Between September 2025 and September 2026 builds came one week to four months apart (by their
ends of support): facts older than this have probably missed one."""

_TEXT: Final = re.compile(r"\s*([0-9]{1,10})\.([0-9]{1,10})\.([0-9]{1,10})(?:\.([0-9]{1,10}))?\s*")
_PART: Final = 2**31 - 1  # the parts of a .NET version are Int32


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What is known about builds.

    Attributes:
        checked_on: When the facts were last compared with Microsoft's pages.
        floor: Older builds cannot sync at all.
        agent_floor: Older Connect Health agents no longer raise some alerts, among them those on
            failed sign-in and on the accidental-delete threshold.
        recalled: Builds that Microsoft withdrew.
        support_ends: The day on which support of a build ends.
        latest: The newest build known on `checked_on`.
        floor_since: Since when older builds than `floor` cannot sync; None when not known.
        notes: What is known against a build: why it was recalled, or a known issue, as a clause
            without full stop.
    """

    checked_on: date
    floor: Version
    agent_floor: Version
    recalled: frozenset[Version] = frozenset()
    support_ends: Mapping[Version, date] = field(default_factory=dict)
    latest: Version | None = None
    floor_since: date | None = None
    notes: Mapping[Version, str] = field(default_factory=dict)


def parse(text: str | None) -> Version | None:
    """A version as three or four numbers, the fourth 0 where it is missing; None for all else.

    One or two numbers are refused: "2.6" may be any build of 2.6, above the floor or below it.
    """
    found = _TEXT.fullmatch(text or "")
    if found is None:
        return None
    major, minor, build, revision = (int(part or 0) for part in found.groups())
    if max(major, minor, build, revision) > _PART:
        return None
    return major, minor, build, revision


def shown(version: Version) -> str:
    """A version as people write it: "2.5.79.0"."""
    return ".".join(map(str, version))


def stale(facts: VersionFacts, today: date) -> bool:
    """Whether the facts are so old that they may have missed a build."""
    return today - facts.checked_on > OLD_AFTER


class SupportState(StrEnum):
    """How well the end of a build's support is known."""

    LISTED = "listed"
    """The day is in the facts."""
    NOT_BEFORE = "not_before"
    """The build is not in the facts, but older ones are: it is supported at least as long."""
    RETIRED = "retired"
    """The build is older than every listed one: its support ended on that day or before."""
    CURRENT = "current"
    """The newest build known: its end is set when the next one comes."""
    NEWER = "newer"
    """The facts do not know the build: it came after them."""


@dataclass(frozen=True, slots=True)
class Support:
    """Until when a build is supported.

    Attributes:
        state: How well that is known.
        ends_on: The day; None where none is set.
    """

    state: SupportState
    ends_on: date | None = None


def support(facts: VersionFacts, version: Version) -> Support:
    """Until when a build is supported.

    A build retires 12 months after its successor came out, so that an older build never outlives a
    newer one (Microsoft Learn, reference-connect-version-history, "Retiring Microsoft Entra Connect
    2.x versions"). For a build that is not listed, the nearest older one therefore gives the
    earliest day that its support can end.
    """
    listed = facts.support_ends
    if version in listed:
        return Support(SupportState.LISTED, listed[version])
    if version < facts.floor and facts.floor_since is not None:
        return Support(SupportState.RETIRED, facts.floor_since)
    newest = facts.latest or max(listed, default=facts.floor)
    if version > newest:
        return Support(SupportState.NEWER)
    if version == newest:
        return Support(SupportState.CURRENT)
    older = [each for each in listed if each < version]
    if older:
        return Support(SupportState.NOT_BEFORE, listed[max(older)])
    return Support(SupportState.RETIRED, facts.checked_on)
