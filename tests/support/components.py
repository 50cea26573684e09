"""Real components that some tests need: a missing one is loud on a laptop and a failure in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / "node_modules"


def require(found: object, component: str, how: str) -> None:
    """Go on only if a real component is there.

    Args:
        found: Anything truthy when the component was found.
        component: What is missing, for the message.
        how: The command that installs it.
    """
    if found:
        return
    message = f"{component} is missing, so this was NOT tested. To install it: {how}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)  # the only skip in the tree: CI turns it into a failure above


def node_script(relative: str) -> Path:
    """The path of a file below `node_modules`, required together with node itself."""
    path = NODE_MODULES / relative
    require(shutil.which("node"), "node", "apt-get install nodejs npm")
    require(path.exists(), relative.split("/", maxsplit=1)[0], "npm ci")
    return path


def chromium() -> str:
    """The path of a headless-capable Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    require(found, "chromium", "apt-get install chromium")
    return str(found)
