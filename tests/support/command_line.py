"""A tenant for the command line, and what it printed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator.clock import VirtualClock, minutes
from simulator.model import Tenant, TenantPlan
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, SERVERS, STORIES, A
from simulator.teams import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

CANARY = "c4nary-S1gnatur3"
WRONG = {
    "WATCHDOG_TENANT_ID": "contoso",
    "WATCHDOG_SILENT_AFTER": "an hour",
    "WATCHDOG_TEAMS_URL": f"https://contoso.webhook.office.com/webhookb2/1?sig={CANARY}",
    "WATCHDOG_TYPO": "1",
}


@contextmanager
def tenant(
    folder: Path, *, silent: bool = False, name: str = "Contoso"
) -> Iterator[tuple[LoopbackTenant, dict[str, str]]]:
    """A tenant as of this very moment, because the command line has the real clock."""
    now = datetime.now(UTC)
    start = now - minutes(100)
    clock = VirtualClock(start)
    with LoopbackTenant(Tenant(TenantPlan(SERVERS, display_name=name), start), clock) as loopback:
        if silent:
            loopback.change(lambda model: model.server_dies(A))
        loopback.advance_to(now)
        yield loopback, settings_for(STORIES[DEFAULT], loopback, folder)


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Standard output and error, after checking that neither holds what it must not."""
    out, err = capsys.readouterr()
    for text in (out, err):
        assert SIGNATURE not in text
        assert CANARY not in text
        assert "Traceback" not in text
    return out, err


def one_object(text: str) -> dict[str, Any]:
    """The one JSON object that the text is."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value
