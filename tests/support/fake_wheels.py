"""Wheels of a few lines, to try the builder on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import ZipFile

from release.wheels import Wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def wheel(
    folder: Path,
    name: str,
    files: Mapping[str, str],
    *,
    requires: tuple[str, ...] = (),
    entry_points: str = "",
) -> Wheel:
    """Write a wheel.

    Args:
        folder: Where to.
        name: The distribution's.
        files: Text by path, as in `site-packages`.
        requires: Values of `Requires-Dist`.
        entry_points: The text of `entry_points.txt`.
    """
    path = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    metadata = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}\nText\n",
        f"{info}/licenses/LICENSE": f"The licence of {name}",
        f"{info}/RECORD": "",
    }
    if entry_points:
        metadata[f"{info}/entry_points.txt"] = entry_points
    with ZipFile(path, "w") as archive:
        for each, text in {**files, **metadata}.items():
            archive.writestr(each, text)
    return Wheel(path)
