"""Run the benchmarks and print what was measured beside what we aim at."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench import imports, pages, pair, ticks, year

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.figures import Figure


def main() -> None:
    """Run all parts, or the named ones."""
    parts: dict[str, Callable[[bool], Iterable[Figure]]] = {
        "imports": imports.measure,
        "ticks": ticks.measure,
        "pair": pair.measure,
        "pages": pages.measure,
        "year": year.measure,
    }
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(parts)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, noisier figures")
    options = parser.parse_args()
    console = Console(highlight=False)
    unknown = set(options.part) - set(parts)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}: choose of {', '.join(parts)}")
    table = Table("what", "measured", "aim", "")
    for name in options.part or parts:
        console.print(f"measuring {name} …")
        for figure in parts[name](options.quick):
            mark = "" if figure.met is None else ("✓" if figure.met else "✗ missed")
            table.add_row(figure.what, figure.measured, figure.aim, mark)
    console.print(table)


if __name__ == "__main__":
    main()
