"""What a cold start pays: importing the app, and what the first tick loads besides."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from bench.figures import Figure, ratio
from bench.servers import environment, serving

ROOT = Path(__file__).resolve().parents[1]

_TIMED = "import time; t = time.perf_counter(); {}; print((time.perf_counter() - t) * 1000)"
_BARE = "import azure.functions, azure.identity, azure.data.tables, requests"
_OURS = "import function_app"
_FIRST_TICK = """
import asyncio, sys
import function_app
asyncio.run(function_app.watchdog.tick())
loaded = [name for name in sys.modules if name.startswith('msgraph.generated.models')]
print(len(loaded))
"""


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the parts share one shape
    """Import time in fresh processes, in turn, and the models loaded by a first tick."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(3 if quick else 9):
        bare.append(float(_python(_TIMED.format(_BARE))))
        ours.append(float(_python(_TIMED.format(_OURS))))
    with serving() as (graph, teams, azurite):
        models = int(_python(_FIRST_TICK, environment(graph, teams, azurite)))
    return [
        ratio("import function_app / its SDKs alone", _median(ours), _median(bare), 3),
        Figure("msgraph model modules after the first tick", str(models), "none", models == 0),
    ]


def _median(values: list[float]) -> float:
    return statistics.median(values[1:])  # the first one warms the disk


def _python(code: str, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1]
