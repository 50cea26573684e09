"""`python -m release`: builds what is deployed, and says how big it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from release.assemble import MOST_BYTES, MOST_FILES, ROOT, build
from release.problem import BuildError


def main(words: list[str] | None = None) -> int:
    """Build; 0 when done, 1 when it cannot be built, 2 when it is too big."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build", help="where to (default: build)"
    )
    out: Path = parser.parse_args(words).out
    out.mkdir(parents=True, exist_ok=True)
    try:
        package = build(out)
    except BuildError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(
        f"{package.zip}: {package.size:,} bytes ({package.size / 1e6:.1f} MB of"
        f" {MOST_BYTES / 1e6:.0f}), {package.files:,} files (of {MOST_FILES:,}), commit"
        f" {package.commit}; {package.left_out:,} modules that nothing imports were left out.\n"
    )
    if package.too_big:
        sys.stderr.write("That is above the budget: look at what grew in build/package.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
