"""Requests that nobody would send: any method, id, query, header and body, the same for a seed.

What a request is made of is partly random text and partly what an attacker would take: ids that
exist, forms as a page of ours shows them, tokens that were once good. One rule makes every one of
them worthless: no token, of a link or of a form, is ever sent to where it belongs.
"""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_from_bytes, urlencode

from tests.support.page_forms import PageForm

if TYPE_CHECKING:
    from tests.support.functions_answers import HttpAnswer

TEXTS: Final = (
    "",
    "..",
    "../../live|state",
    "%2e%2e%2f",
    "live|state",
    "a\r\nSet-Cookie: x=1",
    "a\nb",
    "\x00",
    "\u202e",
    "\u2028",
    "\U0001f469\u200d\U0001f4bb",
    "\uff12\uff10",
    "<script>alert(1)</script>",
    "'; DROP TABLE rows; --",
    "{{7*7}}{% for %}",
    "${jndi:ldap://x}",
    "%",
    "%00",
    "%ED%A0%80",
    "+",
    "-1",
    "9" * 400,
    "NaN",
    "null",
    "[object Object]",
    "x" * 9_000,
    "https://evil.example/",
    "//evil.example",
    "javascript:alert(1)",
)
MOMENTS: Final = (
    "2026-11-11T22:00",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-03-29T02:30",
    "2026-02-30T00:00",
    "2026-11-11T22:00+14:00",
    "1",
    "0.0000001",
    "1e308",
    "inf",
    "weekly",
    "monthly",
    "4h",
    "morning",
    "switching",
    "confirm-cycle",
)
KINDS: Final = (
    "",
    "text/plain",
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "APPLICATION/X-WWW-FORM-URLENCODED;;;",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300,
    "application/x-www-form-urlencoded, text/html",
    ";",
    "\u0130",
)
FORM: Final = "application/x-www-form-urlencoded"
_ALPHABET: Final = string.ascii_letters + string.digits + "|-_.~!*'();:@&=+$,/?#[]% \t\r\n\x00\xe9"
_HEADERS: Final = (
    "origin",
    "referer",
    "host",
    "cookie",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-original-url",
    "x-http-method-override",
    "sec-fetch-site",
    "sec-fetch-mode",
    "content-length",
    "transfer-encoding",
    "accept",
    "if-none-match",
    "range",
    "x-ms-client-principal",
    "x-ms-client-principal-name",
    "x-functions-key",
    "authorization",
    "user-agent",
)
_LIKELY: Final = {
    "origin": ("null", "https://evil.example", "http://localhost:7071", "https://[", "://"),
    "sec-fetch-site": ("same-origin", "none", "cross-site", "same-site", "Same-Origin"),
    "x-forwarded-for": ("1.2.3.4", "1.2.3.4:99, [::1]:5", "fe80::1%" + "x" * 40_000, ",,,", "::"),
    "cookie": ("watchdog-name=first", '__Host-watchdog-name="\\377', "a=" + "b" * 9_000, "=;;=;"),
}


@dataclass(frozen=True)
class Request:
    """One request, as the Functions host takes it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.url[:300]} {self.headers} {self.body[:300]!r}"


@dataclass
class Bait:
    """What there is to be had.

    Attributes:
        ids: Ids that exist.
        links: Tokens of links that open something else, or did.
        forms: Forms as a page shows them.
        doors: Query and headers with which a page opens; nothing can be done with them alone.
    """

    ids: Sequence[str] = ()
    links: Sequence[str] = ()
    forms: Sequence[PageForm] = ()
    doors: Sequence[tuple[str, dict[str, str]]] = field(default_factory=list)


class Fuzzer:
    """Makes the requests of one route."""

    def __init__(self, seed: str, route: str, methods: Sequence[str], bait: Bait) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._route, self._methods, self._bait = route, list(methods), bait

    def request(self) -> Request:
        """The next request."""
        rng = self._rng
        url, headers = self._path(), self._headers()
        if self._bait.doors and rng.random() < 0.04:
            query, more = rng.choice(self._bait.doors)
            headers |= more
        else:
            query = self._query()
        body = self._body(headers)
        return Request(rng.choice(self._methods), url + query, headers, body)

    def genuine(self, shown: PageForm) -> dict[str, list[str]]:
        """A form as a page shows it, its token as it is, filled in by somebody very strange."""
        rng = self._rng
        fields = {name: [value] for name, value in shown.fields}
        for name, value in rng.sample(shown.buttons, min(len(shown.buttons), rng.randrange(2))):
            fields[name] = [value]
        for name in [*fields, "who", "note", "done", "shown", "instead", "for"]:
            if name not in {"token", "action"} and rng.random() < 0.6:
                fields[name] = [
                    rng.choice((*MOMENTS, self._text())) for _ in range(rng.choice((1, 1, 3)))
                ]
        fields.setdefault("who", ["Oncall"])
        return fields

    def _text(self) -> str:
        rng = self._rng
        if rng.random() < 0.5:
            return rng.choice(TEXTS)
        return "".join(rng.choices(_ALPHABET, k=rng.randrange(30)))

    def _path(self) -> str:
        parts = [
            self._segment() if "{" in part else part for part in f"api/{self._route}".split("/")
        ]
        return "/" + "/".join(parts)

    def _segment(self) -> str:
        rng, bait = self._rng, self._bait
        if bait.ids and rng.random() < 0.4:
            return quote(self._bent(rng.choice(bait.ids)), safe="") or "x"
        if rng.random() < 0.1:
            return quote_from_bytes(rng.randbytes(rng.randrange(1, 40)), safe="")
        return quote(self._text(), safe="") or "x"

    def _bent(self, text: str) -> str:
        """Mostly as it is; else with one character changed, gone or added."""
        rng = self._rng
        if rng.random() < 0.6 or not text:
            return text
        place = rng.randrange(len(text))
        return text[:place] + rng.choice(("", "\x00", "A", "|", "..", text)) + text[place + 1 :]

    def _query(self) -> str:
        rng = self._rng
        fields = []
        for _ in range(rng.randrange(4)):
            name = rng.choice(("t", "did", "again", "id", "action", "token", self._text()))
            good = name in {"t", "token"} and self._bait.links and rng.random() < 0.5
            fields.append((name, rng.choice(self._bait.links) if good else self._text()))
        return "?" + urlencode(fields) if fields else ""

    def _headers(self) -> dict[str, str]:
        rng, found = self._rng, dict[str, str]()
        for _ in range(rng.randrange(5)):
            name = rng.choice(_HEADERS)
            likely = _LIKELY.get(name, ())
            found[name] = rng.choice(likely) if likely and rng.random() < 0.7 else self._text()
        return found

    def _body(self, headers: dict[str, str]) -> bytes:
        rng = self._rng
        choice = rng.random()
        if choice < 0.1:
            return b""
        headers["content-type"] = FORM if rng.random() < 0.8 else rng.choice(KINDS)
        if choice < 0.15:
            return rng.randbytes(rng.choice((1, 100, 65_535, 65_536, 65_537, 70_000)))
        if choice < 0.2:
            return b"&".join(b"a=%d" % n for n in range(rng.choice((199, 200, 201, 10_000))))
        if choice < 0.3:
            return ("&".join(f"{self._text()}={self._text()}" for _ in range(4))).encode()
        return self._mutated_form()

    def _mutated_form(self) -> bytes:
        rng, forms = self._rng, self._bait.forms
        fields = list(rng.choice(forms).fields) if forms else [("action", "note"), ("token", "")]
        fields = [
            (name, spoilt(value, rng) if name == "token" else value) for name, value in fields
        ]
        for _ in range(rng.randrange(4)):
            place = rng.randrange(len(fields) + 1)
            name = rng.choice(("who", "note", "to", "for", "done", "shown", "action", self._text()))
            fields.insert(place, (name, self._text()))
        return urlencode(fields, errors="replace").encode()


def spoilt(token: str, rng: random.Random) -> str:
    """A form's token that is worth nothing any more: its id, its end or its seal is another."""
    parts = token.split(".")
    if len(parts) != 3:
        return "no token"
    form_id, expires, seal = parts
    flipped = seal[::-1] if seal[::-1] != seal else "A" * len(seal)
    return rng.choice(
        (
            f"{form_id}.{expires}.{flipped}",
            f"{form_id}.{int(expires) + 1}.{seal}",
            f"{form_id}0.{expires}.{seal}",
            f"{form_id}.{expires}.{seal[:-1]}",
            f"{form_id}.{expires}.",
            f"{token} {token}",
            f".{token}",
            "",
        )
    )


_CACHED: Final = ("text/javascript", "text/css", "image/svg+xml")
"""The script tells nothing, the badge one word: they may be kept for a minute."""

SECURITY: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def complaints(answer: HttpAnswer) -> list[str]:
    """What an answer of a page's route lacks."""
    headers = answer.headers
    found = [name for name, value in SECURITY.items() if headers.get(name) != value]
    if headers.get("content-type", "").startswith(_CACHED):
        found = [name for name in found if name != "cache-control"]
    policy = headers.get("content-security-policy", "")
    found += [
        each
        for each in ("default-src 'none'", "frame-ancestors 'none'")
        if each not in policy.split("; ")
    ]
    if "unsafe" in policy or "*" in policy:
        found.append("a policy that allows nothing dangerous")
    if any(mark in value for value in headers.values() for mark in "\r\n\x00"):
        found.append("headers of one line each")
    if headers.get("location", "").startswith(("/", "http", "\\")):
        found.append("a location within this folder")
    return found
