"""The addresses that a token may be sent to: one origin, and https unless it is this machine."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"http": 80, "https": 443}


def root_of(service: str, base_url: str, *, allow_http_loopback: bool) -> str:
    """A service's root without a trailing slash.

    Args:
        service: Whose, such as `Graph`.
        base_url: What the settings say.
        allow_http_loopback: Whether it may be plain http on this machine (simulator).

    Raises:
        ValueError: It is none that a token may be sent to.
    """
    parts = urlsplit(base_url)
    plain = parts.scheme == "http" and allow_http_loopback and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(
            f"{service}'s URL must be https://host (http only on loopback, for a simulator)"
        )
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(
            f"{service}'s URL must have no version, path, query or user, only https://host"
        )
    return f"{parts.scheme}://{parts.netloc}"


def same_origin(one: str, other: str) -> bool:
    """Whether both addresses have the same scheme, host and port, and neither names a user."""
    try:
        return _origin(one) == _origin(other)
    except ValueError:  # a user, a port that is none, or brackets that do not match
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port.

    Raises:
        ValueError: It has a user or cannot be read.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("it names a user")
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
