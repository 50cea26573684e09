"""The default story once more, on the store that runs in production."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared import wiring
from simulator.runner import play
from simulator.stories import DEFAULT, STORIES
from tests.support import azurite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    import pytest

    from simulator.runner import Watchdog


async def test_the_default_story_goes_as_promised_on_azure_tables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A dead server, its card, the reminder and the recovery, stored in a real Azurite."""
    caplog.set_level(logging.INFO)
    with azurite.running(tmp_path) as port:
        store = {"WATCHDOG_STORE": azurite.connection_string(port)}

        def make(environ: Mapping[str, str], *, now: Callable[[], datetime]) -> Watchdog:
            return wiring.build({**environ, **store}, now=now)

        result = await play(STORIES[DEFAULT], make)

    result.check()
    assert all(tick.committed for tick in result.recording.ticks)
    assert azurite.ACCOUNT_KEY not in caplog.text
