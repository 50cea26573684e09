"""How every command runs: nobody waits for a thread that hangs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from shared.sources.threads import started

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future
    from typing import Any

P = ParamSpec("P")
T = TypeVar("T")


class LeftBehind(ThreadPoolExecutor):
    """An executor that nobody waits for: each work has a daemon thread of its own.

    asyncio waits five minutes for the threads of its own executor before `asyncio.run` returns, and
    Python waits for ever before it exits: a store that sends a byte now and then would keep a
    finished report from being printed.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin at once."""
        return started(lambda: fn(*args, **kwargs), "watchdog-work")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - its signature
        """Nothing is waited for."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, but what hangs in a thread is left behind when the work is done."""

    async def leaving_behind() -> T:
        asyncio.get_running_loop().set_default_executor(LeftBehind())
        return await work

    return asyncio.run(leaving_behind())
