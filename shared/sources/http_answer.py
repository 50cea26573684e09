"""What an HTTP answer says, read without trusting it: date, `Retry-After`, body. Pure."""

from __future__ import annotations

import json
import re
import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NoReturn

TOO_LONG: Final = "it is too long"
"""What `unpack` says of a body beyond its limit."""
_SECONDS: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(?:,.*)?", re.ASCII)


def http_date(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7) as aware UTC; None when there is none or it is garbage."""
    if text is None:
        return None
    try:
        stamp = parsedate_to_datetime(text)
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def asked_wait(asked: str | None, date: datetime) -> float | None:
    """Seconds of a `Retry-After` (RFC 9110, 10.2.3): whole, fractional, or until an HTTP date.

    Args:
        asked: The header.
        date: The sender's clock, to compare a date with.

    Returns:
        None when the header is missing or garbage; never negative.
    """
    match = _SECONDS.fullmatch((asked or "").strip())
    if match is not None:
        return float(match[1])
    until = http_date(asked)
    return None if until is None else max(0.0, (until - date).total_seconds())


def unpack(raw: bytes, coding: str, limit: int) -> bytes | str:
    """A body as it was before somebody compressed it although we asked not to.

    Args:
        raw: The body as it came.
        coding: `Content-Encoding`.
        limit: Bytes to unpack at most, however much the sender packed.

    Returns:
        The body, or in words what is wrong with it.
    """
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return raw
    if coding not in {"gzip", "x-gzip", "deflate"}:
        return "it is compressed in an unknown way"
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: gzip or zlib, by its header
    try:
        body = unpacking.decompress(raw, limit + 1)
    except zlib.error:
        return "its compression is broken"
    if len(body) > limit:
        return TOO_LONG
    return body if unpacking.eof else "its compression is cut off"


def json_of(body: bytes) -> object:
    """The JSON value of a body.

    Raises:
        ValueError: It has none; the message says what is wrong, without quoting it.
    """
    try:
        # strict UTF-8 (json.loads(bytes) would guess UTF-16 too); a byte order mark fails as text
        value: object = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        raise ValueError("it is an HTML page" if page else "it is not valid JSON") from None
    return value


def _refuse_constant(_name: str) -> NoReturn:
    """NaN and Infinity are Python's extension, not JSON.

    Raises:
        ValueError: Always.
    """
    raise ValueError("not a JSON number")
