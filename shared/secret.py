"""A value that must never be printed, and the one way to print text that may contain one."""

from __future__ import annotations

import hmac
import re
from typing import Final

_MASK: Final = "***"
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,30}://)(?:[^\s/?#'\"<>@]*@)*(?P<host>[^\s/?#'\"<>@]+)[^\s'\"<>]*",
    re.IGNORECASE,
)
# urllib3 and http.client quote the path without its host: `with url: /workflows/…`,
# `"POST /workflows/… HTTP/1.1"`.
_TARGET: Final = re.compile(
    r"(?P<before>\b(?:GET|HEAD|POST|PUT|PATCH|MERGE|DELETE|OPTIONS|url:|url=|url)\s?['\"(]?)"
    r"/[^\s'\"<>)]*"
)
_SCHEME: Final = re.compile(
    r"(?P<name>\b(?:bearer|basic|sharedkey|sharedkeylite|sharedaccesssignature)\s+)"
    r"(?P<value>[^\s,;'\"]+)",
    re.IGNORECASE,
)
_CREDENTIAL: Final = re.compile(
    r"(?P<name>(?:(?<![a-z0-9])|(?<=%[0-9a-f]{2}))(?:sig|sp|sv|se|code|pwd|[a-z0-9_-]{0,40}(?:key|token|password|secret"
    r"|signature|authorization|assertion|cookie))['\"]?(?:\s*[=:]\s*|%3d|%3a)['\"]?)"
    r"(?P<value>(?:bearer |basic |sharedkey |sharedkeylite )?[^\s&;'\",)]+)",
    re.IGNORECASE,
)
# The token of a link or a form, wherever it stands, and what may be one in the address of a page.
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]+\.[0-9]{1,12}\.[A-Za-z0-9_-]{22,}")
_QUERY: Final = re.compile(
    r"(?P<name>(?:(?<=[?&;])|(?<=%3f)|(?<=%26))(?:t|did)(?:=|%3d))(?P<value>[^\s&;'\",)<>]+)",
    re.IGNORECASE,
)


class Secret:
    """A secret text. It shows itself only through `reveal`, so that every use can be found."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself. Call it only where the value leaves the process."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # An environment variable may hold undecodable bytes as lone surrogates (PEP 383).
        mine, theirs = self.reveal(), other.reveal()
        return hmac.compare_digest(
            mine.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not serialised: reveal() it where it is used")


def redact(text: str) -> str:
    """The text without what may carry a secret: URL paths and queries, tokens, named credentials.

    Exceptions of requests, urllib3 and httpx quote the URL they called; a workflow's URL is a
    bearer secret as a whole (its `sig=`, and its path names the flow), and so is a ping URL (its
    path is the key). What stays is the scheme and the host, which a person needs to see.

    The text may be anything; words are masked too often rather than too rarely.
    """
    text = _URL.sub(rf"\g<scheme>\g<host>/{_MASK}", text)
    text = _TARGET.sub(rf"\g<before>/{_MASK}", text)
    text = _TOKEN.sub(_MASK, text)
    text = _QUERY.sub(rf"\g<name>{_MASK}", text)
    text = _CREDENTIAL.sub(rf"\g<name>{_MASK}", text)
    return _SCHEME.sub(rf"\g<name>{_MASK}", text)
