"""Version facts: which Entra Connect builds still sync, are supported, or were recalled.

The facts are data with a date (`shared/sources/version_facts.toml`); here is what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Version = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What is known about builds.

    Attributes:
        checked_on: When the facts were last compared with Microsoft's pages.
        floor: Older builds cannot sync at all.
        agent_floor: Older Connect Health agents cannot report.
        recalled: Builds that Microsoft withdrew.
        support_ends: The day on which support of a build ends.
        latest: The newest build known on `checked_on`.
    """

    checked_on: date
    floor: Version
    agent_floor: Version
    recalled: frozenset[Version] = frozenset()
    support_ends: Mapping[Version, date] = field(default_factory=dict)
    latest: Version | None = None
