"""What of the checkout ships, and which commit it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from release.problem import BuildError

if TYPE_CHECKING:
    from pathlib import Path

SHIPS: Final = frozenset({"function_app.py", "host.json", "requirements.txt", "shared"})
"""The app: nothing else of the checkout ships, whatever `.funcignore` forgets to leave out."""
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of this project.

    Attributes:
        files: What ships, by path: of `SHIPS` everything that git knows, and Python files that it
            would take, but for what `.funcignore` leaves out (which Microsoft's core tools read).
        version: As in `pyproject.toml`.
        commit: Seven digits, followed by `-changed` if files differ from it.
        epoch: When the commit was made, or `SOURCE_DATE_EPOCH`: Unix time, the same for each build.
    """

    files: Mapping[str, bytes]
    version: str
    commit: str
    epoch: int

    @property
    def build(self) -> dict[str, str]:
        """The content of `shared/build.json`, which `shared.build_info` reads."""
        at = datetime.fromtimestamp(self.epoch, UTC)
        built = at.strftime("%Y-%m-%dT%H:%MZ")
        return {"version": self.version, "commit": self.commit, "built_at": built}


def read(root: Path, environ: Mapping[str, str] = os.environ) -> Checkout:
    """Read the checkout.

    Args:
        root: Its top folder.
        environ: Where `SOURCE_DATE_EPOCH` may be set, see
            https://reproducible-builds.org/docs/source-date-epoch/.

    Raises:
        BuildError: It is no git checkout, or nobody can say whether a file of it may ship.
    """
    here = ("--cached", "--others")
    known = _paths(root, *here, "--exclude-standard")
    left_out = _paths(root, *here, "--ignored", "--exclude-from", str(root / ".funcignore"))
    ours = sorted(path for path in known - left_out if path.partition("/")[0] in SHIPS)
    # a file that was deleted but not committed is still known to git
    paths = [path for path in ours if (root / path).is_file()]
    _refuse_strangers(root, paths)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    head, made = _git(root, "log", "-1", "--format=%H %ct").split()
    # `ours`, because a deleted file is a change; all, whatever somebody's own git leaves out
    status = ("--literal-pathspecs", "status", "--porcelain", "--untracked-files=all")
    changed = _git(root, *status, "--", *ours) if ours else ""
    return Checkout(
        files={path: (root / path).read_bytes() for path in paths},
        version=project["version"],
        commit=head[:7] + ("-changed" if changed else ""),
        epoch=int(environ.get("SOURCE_DATE_EPOCH") or made),
    )


def _refuse_strangers(root: Path, paths: list[str]) -> None:
    """Stop at what may be a secret, a backup or a dump that lies about, and at links.

    Raises:
        BuildError: With the names.
    """
    tracked = _paths(root, "--cached")
    odd = [
        path
        for path in paths
        if (root / path).is_symlink() or (path not in tracked and not path.endswith(".py"))
    ]
    if odd:
        more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        raise BuildError(
            f"Nobody said whether this may ship: {', '.join(odd[:_SHOWN])}{more}. It lies where the"
            " app is, and git does not know it, or it is a link. Commit it, or remove it, or let"
            " .gitignore name it."
        )


def _paths(root: Path, *options: str) -> set[str]:
    return set(filter(None, _git(root, "ls-files", "-z", *options).split("\0")))


def _git(root: Path, *words: str) -> str:
    git = shutil.which("git")
    if git is None:
        raise BuildError("git is missing, which knows what belongs to the project. Install it.")
    # a pipeline often checks out as one user and builds as another
    command = [git, "-c", "safe.directory=*", "-C", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise BuildError(
            f"git cannot say what belongs to the project: {done.stderr.strip()} Build from a clone"
            " of the repository, not from an archive of it."
        )
    return done.stdout
