"""The one check that a secret stays inside: run something, collect all it wrote, and search it.

Give it the pieces that are secret (a signature, a flow id, a key), not a whole URL, whose host may
well be shown. Any twelve consecutive characters of a piece count as a leak, in any letter case,
plain or percent-encoded or in base64.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import logging
import sys
import threading
import traceback
import urllib.parse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

WINDOW = 12
"""Characters of a secret that must not appear in a row."""

SIGNATURE = "c4nary-S1gnatur3_f0r.Tests~0nly0xQ7"
"""A webhook signature with every character class that a real one has."""

FLOW = "f10wc4nary0d6b4e7f9a1"
"""A flow id, or a ping key: it stands in the path."""

_STANDARD_ATTRIBUTES = {"msg", "message", "args", "exc_info", "exc_text", "stack_info"}


class LeakError(AssertionError):
    """A piece of a secret was written; says where, and not what."""


async def assert_leaks_no_secret(
    run: Callable[[], Awaitable[object]],
    secrets: Sequence[str],
    *,
    also: Callable[[], str] = str,
    threads: str = "",
) -> object:
    """Run it with every logger at DEBUG and search everything it wrote for the secrets.

    Searched: log records (message, arguments, extras, exception), standard output and error,
    the result's repr and str, an exception that escapes with its whole chain (also what
    ``from None`` hides), exceptions in threads and in the event loop, and `also`.

    Args:
        run: Starts the coroutine. An exception of it is searched and swallowed.
        secrets: The secret pieces, each of at least `WINDOW` characters.
        also: More text to search afterwards: rows, cards, answers.
        threads: Wait for threads of this name to end before searching.

    Returns:
        What the coroutine returned, or the exception that it raised.

    Raises:
        LeakError: Something was written that must not be.
    """
    assert secrets, "nothing to look for"
    assert all(len(secret) >= WINDOW for secret in secrets), "too short to be recognised"
    found: dict[str, list[str]] = {"threads": [], "loop": []}
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found["loop"].append(_context(context)))
    out, err = io.StringIO(), io.StringIO()
    result: object
    try:
        with (
            _all_loggers() as records,
            _thread_failures(found["threads"]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                result = await run()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is searched
                result = error
            for thread in threading.enumerate():
                if threads and thread.name == threads:
                    await asyncio.to_thread(thread.join, 10)
            await asyncio.sleep(0)  # let callbacks of those threads run
    finally:
        loop.set_exception_handler(before)
    found["logs"] = records
    found["stdout"], found["stderr"] = [out.getvalue()], [err.getvalue()]
    found["result"] = [_whole(result)]
    found["also"] = [also()]
    for place, texts in found.items():
        for text in texts:
            _search(text, secrets, place)
    return result


def _search(text: str, secrets: Sequence[str], place: str) -> None:
    haystack = text.casefold()
    for number, secret in enumerate(secrets):
        for form, value in _forms(secret):
            needle = value.casefold()
            for start in range(len(needle) - WINDOW + 1):
                if needle[start : start + WINDOW] in haystack:
                    raise LeakError(f"secret {number} ({form}) was written to {place}")


def _forms(secret: str) -> Iterator[tuple[str, str]]:
    yield "plain", secret
    yield "quoted", urllib.parse.quote(secret, safe="")
    yield "unquoted", urllib.parse.unquote(secret)
    yield "base64", base64.b64encode(secret.encode()).decode()


def _whole(value: object) -> str:
    if isinstance(value, BaseException):
        return _chain(value)
    return f"{value!r} {value}"


def _chain(error: BaseException | None, seen: frozenset[int] = frozenset()) -> str:
    """The exception and all it is linked to, also what `from None` hides from a traceback."""
    if error is None or id(error) in seen:
        return ""
    seen |= {id(error)}
    own = "".join(traceback.format_exception(error)) + f"{error!r} {error.args!r} {vars(error)!r}"
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    linked = (error.__cause__, error.__context__, *inner)
    return own + "".join(_chain(other, seen) for other in linked)


def _context(context: dict[str, Any]) -> str:
    return f"{context!r} {_chain(context.get('exception'))}"


class _Collect(logging.Handler):
    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.NOTSET)
        self._texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        """Keep everything that any exporter could send on."""
        extras = {k: v for k, v in vars(record).items() if k not in _STANDARD_ATTRIBUTES}
        exception = record.exc_info[1] if record.exc_info else None
        self._texts.append(
            f"{record.getMessage()} {record.msg!r} {record.args!r} {extras!r} "
            f"{record.exc_text} {record.stack_info} {_chain(exception)}"
        )


@contextlib.contextmanager
def _all_loggers() -> Iterator[list[str]]:
    """Every logger that exists, wide open: level DEBUG, enabled, propagating; restored after."""
    texts: list[str] = []
    handler, root = _Collect(texts), logging.getLogger()
    named = [x for x in logging.root.manager.loggerDict.values() if isinstance(x, logging.Logger)]
    before = [(x, x.level, x.disabled, x.propagate) for x in (root, *named)]
    for logger in named:
        logger.disabled, logger.propagate = False, True
        logger.setLevel(logging.DEBUG)
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield texts
    finally:
        root.removeHandler(handler)
        for logger, level, disabled, propagate in before:
            logger.setLevel(level)
            logger.disabled, logger.propagate = disabled, propagate


@contextlib.contextmanager
def _thread_failures(texts: list[str]) -> Iterator[None]:
    hooks = threading.excepthook, sys.unraisablehook
    threading.excepthook = lambda args: texts.append(_chain(args.exc_value))
    sys.unraisablehook = lambda args: texts.append(f"{args.err_msg} {_chain(args.exc_value)}")
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
