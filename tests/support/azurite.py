"""A real Azurite (https://github.com/Azure/Azurite, from `npm ci`), one per test worker."""

from __future__ import annotations

import re
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.components import node_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""The emulator's published key: no secret, the same everywhere."""

_START_SECONDS = 60.0
_LISTENING = re.compile(r"Table service is successfully listening at https?://127\.0\.0\.1:(\d+)")


def connection_string(port: int, key: str = ACCOUNT_KEY) -> str:
    """The connection string of a Table endpoint on loopback: Azurite or a proxy before it."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};"
        f"TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT}"
    )


@contextmanager
def running(folder: Path, *more: str) -> Iterator[int]:
    """Run Azurite in memory.

    Args:
        folder: Its working directory.
        more: Further options.

    Yields:
        The port of its Table service.
    """
    script = node_script("azurite/dist/src/azurite.js")
    options = ["--silent", "--disableTelemetry", "--inMemoryPersistence", "--skipApiVersionCheck"]
    ports = ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]
    process = subprocess.Popen(  # noqa: S603  every argument is a constant of this file
        ["node", str(script), *options, *ports, *more],  # noqa: S607  node is found on the PATH, as by npm
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    guard = threading.Timer(_START_SECONDS, process.kill)
    guard.start()
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := _LISTENING.search(line):
                break
        else:
            pytest.fail("Azurite did not start:\n" + "".join(said), pytrace=False)
        guard.cancel()
        drain = threading.Thread(target=process.stdout.read)
        drain.start()
        yield int(found[1])
        process.kill()  # it keeps nothing, so there is nothing to wait for
        drain.join()
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The Table port of an Azurite that this worker alone uses."""
    with running(tmp_path_factory.mktemp("azurite")) as port:
        yield port
