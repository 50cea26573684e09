"""The files of the project, as git knows them: for the tests that look at all of them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

from tests.support.components import ROOT, require


@cache
def listed(*options: str) -> frozenset[str]:
    """Paths in the checkout, tracked or new, by `git ls-files` with options."""
    git = shutil.which("git")
    require(git, "git", "apt-get install git")
    require((ROOT / ".git").exists(), "the checkout's git data", "git clone, not an archive")
    # CI often checks out as one user and tests as another
    command = [
        str(git),
        "-c",
        "safe.directory=*",
        "-C",
        str(ROOT),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        *options,
    ]
    answer = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  our own words
    paths = answer.stdout.decode().split("\0")
    return frozenset(path for path in paths if path and (ROOT / path).is_file())


def sources() -> frozenset[str]:
    """The files of the project."""
    return listed("--exclude-standard")


def python_files() -> list[str]:
    """The Python files of the project."""
    return sorted(path for path in sources() if path.endswith(".py"))


def read(path: str) -> str:
    """The text of a file; empty for one that is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
