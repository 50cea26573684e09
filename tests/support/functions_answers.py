"""What a run of a function leaves behind: its records, and for HTTP the answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.support import functions_protos as protos

if TYPE_CHECKING:
    import contextvars

TRIGGER_TYPES = ("timerTrigger", "httpTrigger")


class InvocationError(Exception):
    """A function raised, or answered what its bindings do not allow.

    Attributes:
        stack_trace: The traceback as the host would log it.
    """

    def __init__(self, function: str, exception: protos.RpcException | None) -> None:
        found = exception or protos.RpcException(message="no reason given")
        super().__init__(f"{function}: {found.message}\n{found.stack_trace}")
        self.stack_trace = found.stack_trace


@dataclass(frozen=True, slots=True)
class Function:
    """One indexed function.

    Attributes:
        name: Its name in Azure.
        id: The runtime's key of it.
        bindings: Its bindings as in `function.json`, settings resolved.
    """

    name: str
    id: str
    bindings: tuple[Mapping[str, Any], ...]

    @property
    def trigger(self) -> Mapping[str, Any]:
        """The binding that starts it."""
        return next(each for each in self.bindings if each["type"] in TRIGGER_TYPES)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One finished run of a function.

    Attributes:
        id: The host's id of it.
        records: What was logged during it, by its tasks and pool threads, in order.
    """

    id: str
    records: tuple[logging.LogRecord, ...]

    @property
    def messages(self) -> list[str]:
        """The texts that the app and its libraries logged, without the runtime's own lines."""
        return [each.getMessage() for each in self.records if each.name != "azure.functions"]


@dataclass(frozen=True, slots=True)
class HttpAnswer(Invocation):
    """What the caller of an HTTP function sees. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()


class Records(logging.Handler):
    """Keeps every record with the id of the invocation that logged it.

    Attributes:
        current: The invocation of the running task.
        in_pool: The runtime's own variable, the only one that its pool threads have.
        kept: All records, each with its invocation or None.
    """

    def __init__(self, current: contextvars.ContextVar[str | None]) -> None:
        super().__init__(logging.DEBUG)
        self.current = current
        self.in_pool: contextvars.ContextVar[str | None] | None = None
        self.kept: list[tuple[str | None, logging.LogRecord]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it with its owner."""
        owner = self.current.get() or (self.in_pool.get() if self.in_pool else None)
        self.kept.append((owner, record))

    def of(self, invocation: str) -> tuple[logging.LogRecord, ...]:
        """The records of one invocation."""
        return tuple(record for owner, record in self.kept if owner == invocation)


def answer_of(
    invocation: Invocation, value: protos.TypedData | None, *, with_body: bool
) -> HttpAnswer:
    """What the host sends for a function's return value: an answer, or text with status 200."""
    http = value.http if value else None
    content = http.body if http else value
    headers = {name.lower(): text for name, text in http.headers.items()} if http else {}
    if http and http.cookies:
        headers["set-cookie"] = ", ".join(map(_set_cookie, http.cookies))
    body = (content.bytes or (content.string or content.json or "").encode()) if content else b""
    return HttpAnswer(
        invocation.id,
        invocation.records,
        int(http.status_code) if http else 200,
        headers,
        body if with_body else b"",  # the web server sends none for HEAD
    )


def _set_cookie(cookie: protos.RpcHttpCookie) -> str:
    """The header as ASP.NET Core writes it: it percent-encodes the value by itself."""
    parts = [f"{cookie.name}={quote(cookie.value, safe='-_.~')}"]
    parts += [f"max-age={cookie.max_age.value:.0f}"] if cookie.max_age else []
    parts += [f"path={cookie.path.value}"] if cookie.path else []
    parts += ["secure"] if cookie.secure and cookie.secure.value else []
    parts += (
        [f"samesite={('none', 'lax', 'strict')[cookie.same_site % 3]}"] if cookie.same_site else []
    )
    parts += ["httponly"] if cookie.http_only and cookie.http_only.value else []
    return "; ".join(parts)
