"""Times in answers: one meaning for each spelling, and none for what is no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger import decode, encode
from shared.sources.times import parse_time, time_of
from tests.support.graph_sources import scalars
from tests.support.source_reads import AT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T10:00:00Z", AT),
        ("2026-11-21t10:00:00z", AT),
        ("2026-11-21 10:00:00Z", AT),
        ("2026-11-21T10:00:00", AT),
        ("2026-11-21T10:00:00+00:00", AT),
        ("2026-11-21T10:00:00-00:00", AT),
        ("2026-11-21T12:30:00+02:30", AT),
        ("2026-11-21T02:00:00-08:00", AT),
        ("2026-11-21T02:00:00-8:00", AT),
        ("2026-11-21T12:00:00+0200", AT),
        ("2026-11-21T10:00:00.0000000Z", AT),
        ("2026-11-21T10:00:00.1234567Z", AT + timedelta(microseconds=123456)),
        ("2026-11-21T10:00:00.5", AT + timedelta(milliseconds=500)),
        ("2026-11-21T10:00:00.9999999+00:00", AT + timedelta(microseconds=999999)),
        ("2028-02-29T10:00:00Z", datetime(2028, 2, 29, 10, tzinfo=UTC)),
        ("2999-01-01T00:00:00Z", datetime(2999, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00.0000000+00:00", None),
        ("0001-01-01T00:00:00", None),
        (None, None),
    ],
)
def test_a_time_is_understood_in_every_spelling(
    text: str | None, expected: datetime | None
) -> None:
    """Fractions, offsets, no zone and .NET's "no time" each have one meaning, in UTC."""
    answer = parse_time(text)

    assert answer == expected
    assert expected is None or (isinstance(answer, datetime) and answer.tzinfo is UTC)


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "never", "2026-11-21", "10:00:00Z", "2026-11-21T10:00Z", "2026-11-21T10:00:00ZZ",
        " 2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z\n", "2026-13-01T10:00:00Z",
        "2026-02-29T10:00:00Z", "2026-11-21T25:00:00Z", "2026-11-21T10:00:00+24:00",
        "2026-11-21T10:00:00+99:99", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:59Z", "9000-01-01T00:00:00Z", "8999-12-31T23:59:59-00:01",
        "1601-01-01T00:00:00Z", "1970-01-01T00:00:00+00:01", "0001-01-02T00:00:00Z",
        "٢٠٢٦-11-21T10:00:00Z", "<b>2026</b>", 0, 1763719200, 1.5, True, [], {},
    ],
)  # fmt: skip
def test_what_is_not_a_time_is_malformed(value: object) -> None:
    """Garbage and values out of range are never a time and never null."""
    with pytest.raises(ValueError, match=r"time|year|calendar|day is|must be in|offset"):
        parse_time(value)
    assert time_of(value) is None


@given(
    at=st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(8999, 12, 30)),  # noqa: DTZ001  a zone is added below
    zone=st.integers(min_value=-23 * 60, max_value=23 * 60),
)
def test_a_time_survives_any_zone(at: datetime, zone: int) -> None:
    """The same instant written in any zone reads as that instant."""
    local = at.replace(tzinfo=timezone(timedelta(minutes=zone)))

    assert parse_time(local.isoformat()) == local


@given(value=scalars | st.text(alphabet="0123456789-:+.TtZz ", max_size=36))
def test_any_value_becomes_a_time_that_can_be_stored_or_none(value: object) -> None:
    """Times are total as well."""
    answer = time_of(value)

    if answer is not None:
        assert answer.tzinfo is UTC
        assert decode(encode(answer), datetime) == answer
