"""Signed links: whoever holds one may open one incident's page for a day.

A signature is a bearer secret: opt-in (`WATCHDOG_PAGE_ACCESS` = `link`), bound to one incident,
valid for 24 hours, and redacted wherever text is written.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

VALID_FOR: Final = timedelta(hours=24)
_PURPOSE: Final = b"entra-connect-watchdog/incident-page/v1"
_TOKEN: Final = re.compile(
    r"(?P<key>[A-Za-z0-9_-]{1,64})\.(?P<expires>[0-9]{1,12})\.(?P<mac>[A-Za-z0-9_-]{22})"
)
_BYTES: Final = 16  # 128 bits of the MAC: unforgeable, and the link stays short


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A key that signs links; `repr` does not show it."""

    id: str
    key: bytes

    def __repr__(self) -> str:
        return f"LinkKey({self.id})"


class LinkCheck(StrEnum):
    """What a link's token is worth. A page shows the same for all but `VALID`."""

    VALID = "valid"
    FORGED = "forged"
    EXPIRED = "expired"


def sign(key: LinkKey, incident: str, at: datetime, valid_for: timedelta = VALID_FOR) -> str:
    """The token of a link to one incident's page, URL-safe.

    Args:
        key: Signs it.
        incident: What the link opens: an incident's id, or another page's name.
        at: Now.
        valid_for: How long it opens that.
    """
    expires = int((at + valid_for).timestamp())
    return f"{key.id}.{expires}.{_mac(key, incident, expires)}"


def verify(keys: Sequence[LinkKey], incident: str, token: str, at: datetime) -> LinkCheck:
    """Check a token: the signature first, then its age. Total over any text."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return LinkCheck.FORGED
    expires = int(match["expires"])
    genuine = False
    for key in keys:
        mac = _mac(key, incident, expires)
        genuine |= key.id == match["key"] and hmac.compare_digest(mac, match["mac"])
    if not genuine:
        return LinkCheck.FORGED
    return LinkCheck.VALID if at.astimezone(UTC).timestamp() < expires else LinkCheck.EXPIRED


def _mac(key: LinkKey, incident: str, expires: int) -> str:
    text = b"\0".join((_PURPOSE, incident.encode(errors="surrogatepass"), str(expires).encode()))
    digest = hmac.new(key.key, text, hashlib.sha256).digest()[:_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
