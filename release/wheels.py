"""The packages that `requirements.txt` pins, as wheels for the machine in Azure."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

from release.problem import NoWheelsError

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORMS: Final = tuple(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1))
"""From glibc 2.28 down (https://github.com/pypa/manylinux): the image of Functions is Debian 12,
which has 2.36 (https://github.com/Azure/azure-functions-docker)."""
_NOT_FOR_RUNNING: Final = frozenset({".pyi", ".typed", ".pyx", ".pxd", ".pxi", ".c", ".h"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SECTION: Final = re.compile(r"\[([^\]]+)\]")


def normal(name: str) -> str:
    """A distribution's name as one spelling.

    https://packaging.python.org/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Wheel:
    """One wheel, read in place: msgraph-sdk alone would unpack into 16,741 files."""

    path: Path

    @property
    def name(self) -> str:
        """The distribution's normalised name."""
        return normal(self.path.name.partition("-")[0])

    @cached_property
    def _zip(self) -> ZipFile:
        return ZipFile(self.path)

    @cached_property
    def members(self) -> dict[str, str]:
        """Where each file goes below `site-packages`, and its name in the wheel."""
        return dict(_members(self._zip.namelist()))

    @cached_property
    def modules(self) -> dict[str, str]:
        """The dotted name of each module written in Python, and where it goes."""
        return {module_name(path): path for path in self.members if path.endswith(".py")}

    @cached_property
    def data(self) -> list[str]:
        """What is neither Python nor metadata: tables, templates, certificates, binaries."""
        return [path for path in self.members if not path.endswith(".py")]

    @cached_property
    def metadata(self) -> dict[str, str]:
        """The text of each file of the `.dist-info` folder, by its path in the wheel."""
        names = [each for each in self._zip.namelist() if _is_metadata(each)]
        return {name: self._zip.read(name).decode(errors="replace") for name in names}

    @property
    def has_binaries(self) -> bool:
        """Whether it holds extension modules, whose imports cannot be read."""
        return any(".so" in PurePosixPath(path).suffixes for path in self.data)

    @property
    def requires(self) -> set[str]:
        """The distributions it needs, extras left out."""
        found = set()
        for line in self._file("METADATA").splitlines():
            key, _, value = line.partition(":")
            match = _NAME.match(value.strip())
            if key == "Requires-Dist" and match and "extra ==" not in value:
                found.add(normal(match[0]))
        return found

    @property
    def entry_points(self) -> set[str]:
        """Modules that somebody may load through `importlib.metadata`; no commands."""
        found, commands = set(), False
        for line in self._file("entry_points.txt").splitlines():
            if section := _SECTION.match(line.strip()):
                commands = section[1] in ("console_scripts", "gui_scripts")
            elif "=" in line and not commands:
                found.add(line.partition("=")[2].partition(":")[0].split("[")[0].strip())
        return found

    def read(self, path: str) -> bytes:
        """The content of a file of `members`."""
        return self._zip.read(self.members[path])

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _file(self, name: str) -> str:
        return next((text for path, text in self.metadata.items() if path.endswith("/" + name)), "")


def _is_metadata(name: str) -> bool:
    return name.partition("/")[0].endswith(".dist-info") and not name.endswith("/")


def _members(names: list[str]) -> Iterator[tuple[str, str]]:
    """https://packaging.python.org/specifications/binary-distribution-format/ (`.data` folders)."""
    for name in names:
        top, _, below = name.partition("/")
        path = name
        if top.endswith(".data"):
            kind, _, path = below.partition("/")
            if kind not in ("purelib", "platlib"):
                continue  # commands and headers
        if name.endswith("/") or _is_metadata(name):
            continue
        if PurePosixPath(path).suffix not in _NOT_FOR_RUNNING:
            yield path, name


def module_name(path: str) -> str:
    """The dotted name of a module's file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def fetch(requirements: Path, python: tuple[int, int], cache: Path) -> list[Wheel]:
    """The pinned wheels for Linux on x86-64, downloaded by pip unless an earlier build did.

    Args:
        requirements: The pins.
        python: The Python version that will run them.
        cache: A folder to keep the wheels in, one subfolder per set of pins.

    Raises:
        NoWheelsError: pip cannot get one of them.
    """
    version = ".".join(map(str, python))
    key = hashlib.sha256(requirements.read_bytes() + version.encode()).hexdigest()[:16]
    folder = cache / f"{version}-{key}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(dir=cache, prefix="part-"))
        try:
            _download(requirements, version, part)
            if not folder.is_dir():  # another build may have been quicker
                part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return [Wheel(path) for path in sorted(folder.glob("*.whl"))]


def _download(requirements: Path, version: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    command += ["--no-input", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--implementation", "cp", "--python-version", version]
    command += [word for each in PLATFORMS for word in ("--platform", each)]
    command += ["--requirement", str(requirements), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise NoWheelsError(
            f"pip could not download the packages of {requirements.name} for Python {version} on"
            f" Linux. Its last words:\n{done.stderr.strip()[-2000:]}\nIf this Python has no pip:"
            " python -m ensurepip. If the registry is out of reach: build where it is."
        )
