"""The shape of a URL that is a secret: what is wrong with it, said without quoting it.

Regular expressions, not `urllib.parse`: that strips and repairs (tabs, newlines, a missing
slash), and what is checked must be what is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# RFC 3986 without the apostrophe, which ends a URL in quoted log text and which no webhook has.
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=%]")
_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?"
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]+))?")
_AUTHORITY_FAULT: Final = {
    True: "The URL has a user name before its host: remove everything up to the @.",
    False: "The URL has no valid host: copy it again, whole.",
}
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_MAX_NAME: Final = 253
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an acceptable URL, for looking at only: nothing is sent from them.

    Attributes:
        host: In lower case; an IPv6 address in brackets.
        path: As written.
        query: As written, without the question mark; empty when there is none.
    """

    host: str
    path: str
    query: str


def is_host_name(host: str) -> bool:
    """True for a DNS name of two labels or more: no address, IDN or trailing dot."""
    return (
        len(host) <= _MAX_NAME
        and _NAME.fullmatch(host) is not None
        and not any(label.startswith("xn--") for label in host.split("."))
    )


def split_url(url: str, *, loopback: bool) -> Parts | str:
    """The parts of an https URL, or one sentence that says what is wrong and what to do.

    Args:
        url: The URL as configured.
        loopback: Also accept http, and any port, on the three names of the loopback interface.
    """
    fault = _text_fault(url)
    found = _URL.fullmatch(url)
    if fault or found is None:
        return fault or "This is not a URL: paste the whole URL, which starts with https://."
    if found["fragment"] is not None:
        return "The URL has a fragment (#…), which no such URL has: copy it again."
    authority = _AUTHORITY.fullmatch(found["authority"])
    if authority is None:
        return _AUTHORITY_FAULT["@" in found["authority"]]
    host = authority["host"].lower()
    fault = _origin_fault(found["scheme"].lower(), host, authority["port"], loopback=loopback)
    return fault or Parts(host, found["path"], found["query"] or "")


def _text_fault(url: str) -> str | None:
    if not url:
        return "The URL is empty: paste the whole URL."
    if _FOREIGN.search(url):
        return (
            "The URL holds a space, quote, control or non-ASCII character: "
            "copy it again, whole and on one line."
        )
    if re.search(r"%(?![0-9A-Fa-f]{2})", url):
        return "The URL holds a broken percent escape, so it was probably cut: copy it whole."
    return None


def _origin_fault(scheme: str, host: str, port: str | None, *, loopback: bool) -> str | None:
    if scheme not in {"http", "https"}:
        return "The URL must start with https://: copy it again, whole."
    if loopback and host in LOOPBACK:
        return None
    if scheme == "http":
        return "The URL must start with https://, because it is a secret: http sends it in clear."
    if not is_host_name(host):
        return (
            f"'{host}' is an address, a name with a trailing dot or a foreign-script (xn--) name: "
            "use the host name as the service shows it."
        )
    if port not in {None, "443"}:
        return "The URL names a port other than 443: copy it again from the service."
    return None
