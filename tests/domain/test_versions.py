"""Versions: what a text means, and until when a build is supported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.standby.versions import (
    Support,
    SupportState,
    Version,
    VersionFacts,
    parse,
    shown,
    stale,
    support,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

part = st.integers(0, 2**31 - 1)
versions = st.tuples(part, part, part, part)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.5.79.0", (2, 5, 79, 0)),
        (" 2.5.79.0\r\n", (2, 5, 79, 0)),
        ("2.5.79", (2, 5, 79, 0)),
        ("02.05.079.00", (2, 5, 79, 0)),
        ("0.0.0.1", (0, 0, 0, 1)),
        ("2.5.79.2147483647", (2, 5, 79, 2147483647)),
        ("2.5.79.2147483648", None),
        ("99999999999.0.0.0", None),
        ("9" * 5000 + ".0.0.0", None),
        ("2.5", None),
        ("2", None),
        ("2.5.79.0.1", None),
        ("2.5.79.", None),
        ("2..79.0", None),
        ("2.5.-79.0", None),
        ("v2.5.79.0", None),
        ("2.5.79.0-beta", None),
        ("2,5,79,0", None),
        ("\u0662.5.79.0", None),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_a_version_is_three_or_four_numbers(text: str | None, version: Version | None) -> None:
    """Two numbers could be any build of a line, and a longer text is something else."""
    assert parse(text) == version


@given(st.text())
def test_any_text_is_a_version_or_none(text: str) -> None:
    """Foreign text never raises."""
    version = parse(text)

    assert version is None or parse(shown(version)) == version


@given(versions)
def test_a_shown_version_is_read_back(version: Version) -> None:
    """What a report shows is what it was judged by."""
    assert parse(shown(version)) == version


FACTS = VersionFacts(
    checked_on=date(2026, 10, 6),
    floor=(2, 5, 79, 0),
    agent_floor=(4, 5, 2466, 0),
    support_ends={(2, 5, 190, 0): date(2027, 2, 2), (2, 6, 3, 0): date(2027, 7, 7)},
    latest=(2, 6, 92, 0),
    floor_since=date(2026, 9, 30),
)


@pytest.mark.parametrize(
    ("today", "old"),
    [
        (date(2026, 10, 6), False),
        (date(2027, 1, 4), False),
        (date(2027, 1, 5), True),
        (date(2026, 1, 1), False),
    ],
)
def test_facts_are_old_after_90_days(today: date, *, old: bool) -> None:
    """The day itself is not over the limit; a clock behind the facts makes nothing old."""
    assert stale(FACTS, today) is old


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("2.5.190.0", Support(SupportState.LISTED, date(2027, 2, 2))),
        ("2.6.1.0", Support(SupportState.NOT_BEFORE, date(2027, 2, 2))),
        ("2.6.50.0", Support(SupportState.NOT_BEFORE, date(2027, 7, 7))),
        ("2.6.92.0", Support(SupportState.CURRENT)),
        ("2.6.92.1", Support(SupportState.NEWER)),
        ("3.0.0.0", Support(SupportState.NEWER)),
        ("2.5.78.0", Support(SupportState.RETIRED, date(2026, 9, 30))),
        ("2.5.79.0", Support(SupportState.RETIRED, date(2026, 10, 6))),
    ],
)
def test_each_build_has_an_end_of_support_or_a_reason_for_none(
    build: str, expected: Support
) -> None:
    """A build between two listed ones lasts at least as long as the older one."""
    version = parse(build)

    assert version is not None
    assert support(FACTS, version) == expected


def test_without_a_latest_build_the_newest_listed_one_is_the_newest() -> None:
    """What is above it came after the facts."""
    facts = replace(FACTS, latest=None)

    assert support(facts, (2, 6, 3, 1)) == Support(SupportState.NEWER)
    assert support(facts, (2, 6, 3, 0)).ends_on == date(2027, 7, 7)


def test_a_build_below_the_floor_is_retired_also_without_its_date() -> None:
    """By the day the facts were checked, at the latest."""
    facts = replace(FACTS, floor_since=None)

    assert support(facts, (2, 4, 0, 0)) == Support(SupportState.RETIRED, FACTS.checked_on)


listed = st.dictionaries(versions, st.dates(date(2020, 1, 1), date(2040, 1, 1)), max_size=5).map(
    lambda ends: dict(zip(sorted(ends), sorted(ends.values()), strict=True))
)


@given(listed, versions, versions)
def test_no_older_build_is_said_to_outlive_a_newer_one(
    ends: Mapping[Version, date], one: Version, other: Version
) -> None:
    """However the table looks; a newest build has no end yet."""
    checked_on = min(ends.values(), default=FACTS.checked_on) - timedelta(days=1)
    facts = replace(FACTS, support_ends=ends, checked_on=checked_on, floor_since=None)
    older, newer = sorted((one, other))
    first, second = support(facts, older).ends_on, support(facts, newer).ends_on

    if first is not None and second is not None:
        assert first <= second
