"""One read of a source that reads a server on loopback, for tests that care about its answer."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from shared.domain.readings import Unavailable
from tests.support.components import ROOT

NOW = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
"""When the healthy tenant synced last."""
SHORT = timedelta(seconds=2)
"""Long enough to reach the server on a busy machine, short enough to wait for."""

R = TypeVar("R")


class Reads(Protocol):
    """Any source."""

    async def read(self, now: datetime) -> object:
        """Read once."""


async def read_as(kind: type[R], source: Reads) -> R:
    """Read once; it must work."""
    answer = await source.read(NOW)
    assert isinstance(answer, kind), answer
    return answer


async def refusal(source: Reads) -> Unavailable:
    """Read once; it must not work."""
    return await read_as(Unavailable, source)


def in_a_fresh_process(program: str, *arguments: str) -> Any:
    """The JSON value that a Python program prints."""
    ran = subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)
