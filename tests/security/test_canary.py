"""The leak check itself: each kind of leak must be found, or it proves nothing."""

from __future__ import annotations

import asyncio
import base64
import logging
import sys
import threading
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from tests.support.canary import FLOW, SIGNATURE, LeakError, assert_leaks_no_secret

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger("some.package")


def hidden_cause() -> None:
    """Raise with the secret in a context that a traceback does not show."""
    try:
        int(SIGNATURE)
    except ValueError:
        raise RuntimeError("clean") from None


def note() -> None:
    """Raise with the secret in a note."""
    error = RuntimeError("clean")
    error.add_note(SIGNATURE)
    raise error


def logged_exception() -> None:
    """Log an exception whose text holds the secret."""
    try:
        int(SIGNATURE)
    except ValueError:
        LOG.exception("clean")


def in_thread() -> None:
    """Let a thread die with the secret in its exception."""

    def die() -> None:
        raise ValueError(SIGNATURE)

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()


def silenced_logger() -> None:
    """Log where an operator would have to raise the level first."""
    logger = logging.getLogger("some.package.quiet")
    logger.debug(SIGNATURE)


LEAKS: dict[str, Callable[[], object]] = {
    "a message": lambda: LOG.debug("x %s", SIGNATURE),
    "an extra": lambda: LOG.info("clean", extra={"url": SIGNATURE}),
    "an exception in a log": logged_exception,
    "a quiet logger": silenced_logger,
    "standard output": lambda: sys.stdout.write(SIGNATURE),
    "standard error": lambda: sys.stderr.write(SIGNATURE),
    "the result": lambda: {"x": [SIGNATURE]},
    "a hidden cause": hidden_cause,
    "a note": note,
    "a thread": in_thread,
    "the event loop": lambda: asyncio.get_running_loop().call_exception_handler(
        {"message": SIGNATURE}
    ),
    "a part": lambda: SIGNATURE[5:20],
    "upper case": SIGNATURE.upper,
    "quoted": lambda: urllib.parse.quote(SIGNATURE),
    "base64": lambda: base64.b64encode(SIGNATURE.encode()),
    "the second secret": lambda: FLOW,
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS.keys())
async def test_every_kind_of_leak_is_found(leak: Callable[[], object]) -> None:
    """The check fails for it, and its own message does not repeat the secret."""
    logging.getLogger("some.package.quiet").setLevel(logging.CRITICAL)

    async def run() -> object:
        return leak()

    with pytest.raises(LeakError) as caught:
        await assert_leaks_no_secret(run, [SIGNATURE, FLOW])
    assert SIGNATURE not in str(caught.value)


async def test_further_texts_are_searched() -> None:
    """Rows, cards and answers are handed over as text."""

    async def run() -> None:
        pass

    with pytest.raises(LeakError, match="also"):
        await assert_leaks_no_secret(run, [SIGNATURE], also=lambda: f"row {SIGNATURE}")


async def test_something_clean_passes_and_gives_its_result_and_restores_the_loggers() -> None:
    """The control: no leak, no failure, nothing left behind."""
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    LOG.setLevel(logging.ERROR)

    async def run() -> str:
        LOG.debug("clean")
        return "fine"

    assert await assert_leaks_no_secret(run, [SIGNATURE]) == "fine"
    assert LOG.level == logging.ERROR
    assert root.handlers == before


async def test_an_exception_is_searched_and_handed_back() -> None:
    """So that a test can also say which exception it expects."""

    async def run() -> None:
        raise ValueError("clean")

    assert isinstance(await assert_leaks_no_secret(run, [SIGNATURE]), ValueError)


@pytest.mark.parametrize("secrets", [[], ["short"]])
async def test_a_check_that_could_not_fail_is_refused(secrets: list[str]) -> None:
    """No secret, or one too short to be told from a word."""

    async def run() -> None:
        pass

    with pytest.raises(AssertionError):
        await assert_leaks_no_secret(run, secrets)
