"""`python -m tests.support.bicep infra/main.bicep...`: check Bicep files by hand."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.bicep.check import check


def main(arguments: list[str]) -> int:
    """Print the problems of each file.

    Returns:
        0 when there are none, 1 otherwise, 2 when no file was named.
    """
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    found = dict.fromkeys(line for name in arguments for line in check(Path(name)))
    here = f"{Path.cwd()}/"
    lines = [line.removeprefix(here) for line in found] or ["no problems"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
