"""Durations, times and foreign text as a person reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.cards.wording import (
    duration,
    inert,
    mention_name,
    narrow,
    opening,
    utc,
    utc_and_local,
)
from tests.support.card_strategies import HUGE, NASTY, names

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "under 1 min"),
        (0, "under 1 min"),
        (59, "under 1 min"),
        (60, "1 min"),
        (3_600, "60 min"),
        (99 * 60 + 59, "99 min"),
        (100 * 60, "1 h 40 min"),
        (134 * 60, "2 h 14 min"),
        (3 * 3_600, "3 h"),
        (48 * 3_600 - 1, "47 h 59 min"),
        (48 * 3_600, "2 d"),
        (76 * 3_600, "3 d 4 h"),
    ],
)
def test_a_duration_reads_in_at_most_two_units(seconds: int, words: str) -> None:
    """Rounded down, so that an age is never overstated."""
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 21, 0, 5, tzinfo=UTC), "00:05 UTC"),
        (datetime(2026, 11, 20, 23, 59, tzinfo=UTC), "20 Nov 23:59 UTC"),
        (datetime(2025, 1, 2, 3, 4, tzinfo=UTC), "2 Jan 2025 03:04 UTC"),
        (datetime(2026, 11, 21, 1, 5, tzinfo=timezone(timedelta(hours=2))), "20 Nov 23:05 UTC"),
    ],
)
def test_a_time_is_in_utc_with_as_much_date_as_it_needs(at: datetime, words: str) -> None:
    """Today needs none, another day its day, another year its year; any zone becomes UTC."""
    assert utc(at, NOON) == words


def test_the_readers_own_time_is_only_an_extra() -> None:
    """UTC stands in plain text; what the client fills in comes after it, in its exact format."""
    at = datetime(2026, 11, 21, 0, 50, 7, 999_999, tzinfo=UTC)
    words = "00:50 UTC (your time {{TIME(2026-11-21T00:50:07Z)}})"
    assert utc_and_local(at, NOON) == words


@pytest.mark.parametrize(
    "naive", [(NOON.replace(tzinfo=None), NOON), (NOON, NOON.replace(tzinfo=None))]
)
def test_a_time_without_a_zone_is_an_error(naive: tuple[datetime, datetime]) -> None:
    """It could mean any moment."""
    with pytest.raises(ValueError, match="no time zone"):
        utc(*naive)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SYNC-A", "SYNC-A"),
        ("sync_a__b", "sync_a__b"),
        ("_x_", "-x-"),
        ("CONTOSO\\svc", "CONTOSO\\svc"),
        ("\\*x\\", "\u2216\u2217x\u2216"),
        ("[a](https://b)", "(a)(https:/ /b)"),
        ("<at>x</at>", "\u2039at\u203ax\u2039/at\u203a"),
        ("R&D &lt;", "R&D & lt;"),
        ("{{{x", "{ { {x"),
        ("a\r\n\tb\u2028c", "a b c"),
        ("a\u202eb\u200bc\x00\x1b", "abc"),
        ("\ud800", "\ufffd"),
        ("👩\u200d👩", "👩\u200d👩"),
        ("a" + "\u0301" * 20, "a" + "\u0301" * 3),
        ("a" + "\u0301\x1f\u200d" * 9, "a" + "\u0301\u200d" * 3 + "\u200d" * 6),
        ("مرحب", "\u2068مرحب\u2069"),
        ("x" * 41, "x" * 39 + "…"),
        ("Łódź & Söhne", "Łódź & Söhne"),
    ],
)
def test_foreign_text_is_shown_but_means_nothing(text: str, shown: str) -> None:
    """Ordinary names stay as they are; what means something is replaced by what looks alike."""
    assert inert(text) == shown


@settings(deadline=None)
@given(names, st.integers(4, 240))
def test_foreign_text_is_one_short_line(text: str, limit: int) -> None:
    """Any text becomes one line of at most the limit, isolates apart, without markup."""
    line = inert(text, limit)
    assert len(line) <= limit + 2
    assert "\n" not in line
    assert not re.search(r"[*`<>\[\]~]|\{\{|//", line)


@settings(deadline=None)
@given(names | st.sampled_from(NASTY))
def test_making_text_inert_twice_changes_nothing(text: str) -> None:
    """So a text that passed through two hands is not damaged."""
    once = inert(text).strip("\u2068\u2069")
    assert inert(once).strip("\u2068\u2069") == once


@pytest.mark.parametrize("text", ["- a", "1. a", "12) a", "+a", "# a", "= a"])
def test_a_text_that_opens_a_block_never_begins_a_list(text: str) -> None:
    """A dot in front keeps it a sentence."""
    assert opening(text) == f"· {text}"


@pytest.mark.parametrize("text", ["SYNC-A", "", "1 server", "forbidden: x"])
def test_an_ordinary_text_opens_a_block_as_it_is(text: str) -> None:
    """Nothing is put in front of what is harmless."""
    assert opening(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CONTOSO-EMEA-ENTRA-CONNECT-01", "CONTOSO-EMEA-ENTRA-CONNECT-01"),
        ("sync-a.emea.contoso.com", "sync-a.emea.contoso.com"),
        ("x" * 24 + " y", "x" * 24 + " y"),
        ("x" * 25 + " y", "x" * 23 + "… y"),
        ("x" * 22 + "_yy", "x" * 22 + "-…"),
        ("x" * 22 + "\\yy", "x" * 22 + "\u2216…"),
        ("\u2068" + "م" * 30 + "\u2069", "\u2068" + "م" * 23 + "…\u2069"),
    ],
)
def test_a_word_in_a_fact_is_cut_where_its_column_would_not_break_it(text: str, shown: str) -> None:
    """Words break at spaces and hyphens only; a cut bares nothing, and an isolate stays closed."""
    assert narrow(text) == shown


@settings(deadline=None)
@given(names | st.sampled_from(HUGE))
def test_a_mentioned_name_is_plain_enough_to_stand_in_a_tag(text: str) -> None:
    """It is never empty and holds nothing that ends or nests the tag."""
    name = mention_name(text)
    assert name
    assert not re.search(r"[<>&\\*`\[\]\u2068\u2069]", name)
