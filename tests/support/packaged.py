"""The package as Azure would run it: unpacked alone, in a process that knows nothing else.

package = built(tmp_path_factory)                   # once per test session
with running(unpacked, settings, folder) as app:
    app.ask(timer="watch")
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from release import assemble
from release.problem import NoWheelsError
from tests.support.components import ROOT, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

    from release.assemble import Package

_HARNESS: Final = (
    "functions_answers.py",
    "functions_config.py",
    "functions_host.py",
    "functions_protos.py",
    "process_state.py",
)
_WORKER: Final = ("azure-functions-runtime", "azurefunctions-extensions-base")
"""What Microsoft's image brings along besides Python; nothing else of this machine is seen."""
_SECONDS: Final = 120.0
"""A process that says nothing for so long hangs: the test must not."""


def built(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of this checkout, built by the first worker that asks.

    For the Python that runs the tests: on 3.13 that is byte by byte what is deployed.
    """
    here = f"{platform.system()} on {platform.machine()}"
    require(here == "Linux on x86_64", "a machine like Azure's", "run on Linux, x86-64")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return _built(shared)


@cache
def _built(shared: Path) -> Package:
    import fcntl  # noqa: PLC0415 - Linux has it; the skip above comes first

    out = shared / "release"
    out.mkdir(exist_ok=True)
    with (out / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = out / "built.json"
        if kept.exists():
            found = json.loads(kept.read_text(encoding="utf-8"))
            return assemble.Package(out / "package", out / "watchdog.zip", **found)
        try:
            package = assemble.build(
                out, python=sys.version_info[:2], cache=ROOT / "build" / "wheels"
            )
        except NoWheelsError as missing:
            how = "`make package` once, where pip reaches its registry"
            require(None, f"the packages to ship ({missing})", how)
            raise
        fields = {
            name: value for name, value in _fields(package).items() if name not in ("folder", "zip")
        }
        kept.write_text(json.dumps(fields), encoding="utf-8")
        return package


def _fields(package: Package) -> dict[str, Any]:
    return {name: getattr(package, name) for name in package.__dataclass_fields__}


def unpack(package: Package, folder: Path) -> Path:
    """Unpack the zip into a new folder, as a deployment does."""
    app = folder / "wwwroot"
    with ZipFile(package.zip) as archive:
        archive.extractall(app)
    return app


def without(app: Path, folder: Path, module: str) -> Path:
    """The same app in another folder, without one module or file; files are shared."""
    copy = folder / "incomplete"
    shutil.copytree(app, copy, copy_function=os.link)
    gone = [*copy.rglob(module)]
    assert len(gone) == 1, f"{module} is there {len(gone)} times"
    gone[0].unlink()
    return copy


def worker(folder: Path) -> tuple[Path, Path]:
    """Microsoft's runtime, and the test host's files, each in a folder of its own."""
    runtime, harness = folder / "worker", folder / "harness"
    for name in _WORKER:
        found = importlib.metadata.distribution(name)
        for file in found.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = runtime / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    support = harness / "tests" / "support"
    support.mkdir(parents=True)
    for name in _HARNESS:
        shutil.copyfile(ROOT / "tests" / "support" / name, support / name)
    return runtime, harness


class PackagedApp:
    """One process with the app in it.

    Attributes:
        functions: The names of the functions that Microsoft's runtime found.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log
        self.functions: list[str] = []

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Send one command and wait for its answer.

        Raises:
            PackagedAppError: The app raised, or the process ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        guard = threading.Timer(_SECONDS, self._process.kill)
        guard.start()
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            guard.cancel()
        answer: dict[str, Any] = json.loads(line or '{"error": "the process ended"}')
        if "error" in answer:
            raise PackagedAppError(answer["error"] + self._log.read_text(encoding="utf-8"))
        return answer

    def http(
        self, name: str, method: str, url: str, body: str = "", **headers: str
    ) -> dict[str, Any]:
        """Send one request; underscores in the names of headers stand for hyphens."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.ask(http=[name, method, url, named, body])

    def events(self, name: str) -> list[dict[str, Any]]:
        """Fire the timer, and give the events of this name that it logged."""
        lines = [line.partition(" ") for line in self.ask(timer="watch")["messages"]]
        return [json.loads(fields) for event, _, fields in lines if event == name]

    def run(self, code: str) -> Any:
        """Run code in the app's process; what it leaves in `found` comes back."""
        return self.ask(run=code)["found"]


class PackagedAppError(Exception):
    """The app in the package failed; the message is its traceback."""


@contextmanager
def running(
    app: Path, settings: Mapping[str, str], folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[PackagedApp]:
    """Start the app of an unpacked package.

    Args:
        app: Where it is.
        settings: Its app settings.
        folder: An empty folder for whatever the process needs besides.
        environ: More of its environment.

    Raises:
        PackagedAppError: Microsoft's runtime refuses the app.
    """
    runtime, harness = worker(folder)
    empty, log = folder / "empty", folder / "log.txt"
    empty.mkdir()
    script = ROOT / "tests" / "support" / "packaged_worker.py"
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-S", "-W", "error", str(script)],
            cwd=empty,
            env={"PATH": "/nowhere", **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            started = PackagedApp(process, log)
            paths = [str(app / assemble.SITE_PACKAGES), str(runtime), str(harness)]
            answer = started.ask(app=str(app), settings=dict(settings), paths=paths)
            started.functions = answer["functions"]
            yield started
            process.communicate(timeout=_SECONDS)  # end of input ends it
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
