"""What the tests of scripts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fake_tools import FakeTools

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tools(tmp_path: Path) -> FakeTools:
    """Tools in an empty folder: signed in, and no time passes."""
    fake = FakeTools(tmp_path)
    fake.answer("az account show", {})
    fake.answer("az group show", {})
    fake.answer("sleep", {})
    return fake
