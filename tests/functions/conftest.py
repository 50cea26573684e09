"""Writes small apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.functions_samples import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def write_app(tmp_path: Path) -> Callable[..., Path]:
    """Writes an app of the given pieces and returns its folder."""

    def write(*pieces: str, name: str = "app", host_json: str = '{"version": "2.0"}') -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "host.json").write_text(host_json, encoding="utf-8")
        (folder / "function_app.py").write_text("".join((HEAD, *pieces)), encoding="utf-8")
        return folder

    return write
