"""Puts the package together: a folder as it will be in Azure, and the zip of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from release import checkout, wheels
from release.closure import Closure
from release.problem import BuildError

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHON: Final = (3, 13)
"""The Python version of the Function App, as in `infra`."""
SITE_PACKAGES: Final = ".python_packages/lib/site-packages"
"""Where the worker looks: https://learn.microsoft.com/azure/azure-functions/functions-reference-python"""
LICENCES: Final = ".python_packages/LICENCES.txt"
MOST_BYTES: Final = 20_000_000
MOST_FILES: Final = 3_000
_OLDEST: Final = 315_532_800  # a zip has no times before 1980


@dataclass(frozen=True, slots=True)
class Package:
    """What was built.

    Attributes:
        folder: The package, unpacked.
        zip: The same as one file.
        size: Bytes of the zip.
        files: Number of files.
        whole: Distributions that ship whole, and why.
        left_out: Modules of the wheels that do not ship.
        commit: As in `shared/build.json`.
    """

    folder: Path
    zip: Path
    size: int
    files: int
    whole: Mapping[str, str]
    left_out: int
    commit: str

    @property
    def too_big(self) -> bool:
        """Whether it is above the budget."""
        return self.size > MOST_BYTES or self.files > MOST_FILES


def build(
    out: Path, *, root: Path = ROOT, python: tuple[int, int] = PYTHON, cache: Path | None = None
) -> Package:
    """Build `out/package` and `out/watchdog.zip`.

    Args:
        out: A folder; what an earlier build left in it is replaced.
        root: The checkout.
        python: The version that will run it: it must be the running one, because only that one
            writes compiled files for itself.
        cache: Where wheels are kept; by default `out/wheels`.

    Raises:
        BuildError: It cannot be built; nothing was replaced unless the message says so.
    """
    if sys.version_info[:2] != python or sys.implementation.name != "cpython":
        wanted = ".".join(map(str, python))
        raise BuildError(
            f"The app runs on Python {wanted}, and this is {sys.version.split()[0]}: what it"
            f" compiles would not load. Build with it: python{wanted} -m release"
        )
    source = checkout.read(root)
    found = wheels.fetch(root / "requirements.txt", python, cache or out / "wheels")
    app = {path: text for path, text in source.files.items() if path.endswith(".py")}
    reached = Closure(app, found)
    files = dict(source.files)
    files["shared/build.json"] = (json.dumps(source.build) + "\n").encode()
    files |= _packages(reached)
    for wheel in found:
        wheel.close()
    folder, archive = out / "package", out / "watchdog.zip"
    _write(folder, files)
    _compile(folder)
    count = _pack(folder, archive, source.epoch)
    total = sum(len(wheel.modules) for wheel in found)
    return Package(
        folder=folder,
        zip=archive,
        size=archive.stat().st_size,
        files=count,
        whole=reached.whole,
        left_out=total - len(reached.reached),
        commit=source.commit,
    )


def _packages(reached: Closure) -> dict[str, bytes]:
    """The content of `.python_packages`, by path."""
    files, licences = dict[str, bytes](), []
    for wheel in reached.kept:
        for path in reached.files(wheel):
            files.setdefault(f"{SITE_PACKAGES}/{path}", wheel.read(path))
        for name, text in sorted(wheel.metadata.items()):
            last = name.rpartition("/")[2]
            if last in ("METADATA", "entry_points.txt"):  # read by importlib.metadata
                files[f"{SITE_PACKAGES}/{name}"] = text.encode()
            elif last.upper().startswith(("LICEN", "NOTICE", "COPYING", "AUTHORS")):
                licences.append(f"==== {name}\n\n{text}")
    files[LICENCES] = "\n\n".join(licences).encode()
    return files


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _compile(folder: Path) -> None:
    script = Path(__file__).with_name("compiling.py")
    command = [sys.executable, "-S", "-s", "-P", str(script), str(folder), "shared"]
    done = subprocess.run(  # noqa: S603 - our own words
        command, capture_output=True, text=True, check=False, env={"PYTHONHASHSEED": "0"}
    )
    if done.returncode:
        raise BuildError(
            f"A file of the package cannot be compiled; {folder} is incomplete.\n{done.stderr}"
        )


def _pack(folder: Path, archive: Path, epoch: int) -> int:
    """Write the zip, the same bytes for the same content, and count its files."""
    at = datetime.fromtimestamp(max(epoch, _OLDEST), UTC)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    part = archive.with_suffix(".part")
    with ZipFile(part, "w") as target:
        for path in paths:
            entry = ZipInfo(path.relative_to(folder).as_posix(), at.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # as on Unix, readable
            target.writestr(entry, path.read_bytes())
    part.replace(archive)
    return len(paths)
