"""The servers that both sides talk to, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from simulator.model import TENANT_ID
from tests.support import azurite as azurite_support

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def serving() -> Iterator[tuple[str, str, str]]:
    """A healthy tenant and a real Azurite.

    Yields:
        Graph's URL, the webhook's URL, and the store's connection string.
    """
    tenant = subprocess.Popen(
        [sys.executable, "-m", "bench.tenant"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if tenant.stdin is None or tenant.stdout is None:
            raise RuntimeError("the tenant's process has no pipes")
        graph, teams = tenant.stdout.readline().split()
        with TemporaryDirectory() as folder, azurite_support.running(Path(folder)) as port:
            yield graph, teams, azurite_support.connection_string(port)
    finally:
        tenant.communicate()  # end of input ends it


def environment(graph: str, teams: str, store: str) -> dict[str, str]:
    """The settings of a watchdog that watches these servers."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "WATCHDOG_TENANT_ID": TENANT_ID,
        "WATCHDOG_CREDENTIAL": "loopback",
        "WATCHDOG_GRAPH_URL": graph,
        "WATCHDOG_TEAMS_URL": teams,
        "WATCHDOG_STORE": store,
    }
