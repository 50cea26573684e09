"""One line of the result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured.

    Attributes:
        what: In words.
        measured: The number with its unit.
        aim: What we aim at; "" when it only informs.
        met: Whether it was met; None when there is no aim.
    """

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None


def ratio(what: str, ours: float, bare: float, most: float, unit: str = "ms") -> Figure:
    """Ours as a multiple of a bare script's, both in the same unit."""
    times = ours / bare
    measured = f"{times:.2f}x  ({ours:.1f} / {bare:.1f} {unit})"
    return Figure(what, measured, f"at most {most:g}x", times <= most)
