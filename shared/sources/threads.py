"""Blocking work that nobody has to wait for."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def started(work: Callable[[], T], name: str) -> Future[T]:
    """Begin `work` at once in a daemon thread of its own, which keeps no process from ending.

    Cancelling only stops the waiting. The logs of `work` belong to the invocation that asked.

    Args:
        work: May block for as long as it likes; what it raises is raised where it is awaited.
        name: The thread's name.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
