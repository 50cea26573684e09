"""Who checks the templates: always the checker here, and Microsoft's compiler where it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.bicep.check import check

PATIENCE_SECONDS = 300


class Compiler(Protocol):
    """Somebody who finds what is wrong with a file."""

    @property
    def name(self) -> str:
        """Its name, for a test's."""

    def problems(self, path: Path) -> list[str]:
        """What is wrong with a template or a parameter file, with its modules."""


@dataclass(frozen=True)
class OwnChecker:
    """`tests.support.bicep`, which needs no compiler."""

    name: str = "own checker"

    def problems(self, path: Path) -> list[str]:
        """What the checker finds."""
        return check(path)


@dataclass(frozen=True)
class BicepCompiler:
    """`bicep` or `az bicep`: what it says on stderr, warnings too, is a problem.

    Attributes:
        name: For the test's name.
        command: How to call it.
        environment: The environment of the call.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]

    def problems(self, path: Path) -> list[str]:
        """What build and lint say; one that ends with an error and says nothing is a problem."""
        with tempfile.TemporaryDirectory() as folder:
            into = ["--outfile", str(Path(folder) / "out.json")]
            if path.suffix == ".bicepparam":
                return self._run("build-params", path, into)
            return self._run("build", path, into) + self._run("lint", path, [])

    def _run(self, verb: str, path: Path, options: list[str]) -> list[str]:
        # `az bicep` names the file by an option, `bicep` by its place
        file = ["--file", str(path)] if self.command[-1:] == ("bicep",) else [str(path)]
        done = subprocess.run(  # noqa: S603  a compiler that was found on PATH, and our own files
            [*self.command, verb, *file, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
            env=dict(self.environment),
        )
        said = done.stderr.splitlines() + (done.stdout.splitlines() if verb == "lint" else [])
        found = [line for line in said if ": Warning " in line or ": Error " in line]
        if done.returncode and not found:
            found = [f"{verb} ended with {done.returncode}: {done.stderr.strip()[-300:]}"]
        return found


def compilers(environment: Mapping[str, str] = os.environ) -> list[Compiler]:
    """The checker here, and the compiler if `bicep`, or az with its own, is there.

    Args:
        environment: Where PATH is read from.
    """
    found: list[Compiler] = [OwnChecker()]
    path = environment.get("PATH", "")
    bicep, az = shutil.which("bicep", path=path), shutil.which("az", path=path)
    # az keeps its own copy, and would fetch one: only a copy that is there counts
    home = Path(environment.get("AZURE_CONFIG_DIR", Path.home() / ".azure"))
    if bicep:
        found.append(BicepCompiler("bicep", (bicep,), environment))
    elif az and (home / "bin" / "bicep").exists():
        found.append(BicepCompiler("az bicep", (az, "bicep"), environment))
    return found
