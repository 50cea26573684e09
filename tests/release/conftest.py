"""The package, built once, and unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import packaged
from tests.support.azurite import azurite  # noqa: F401  a fixture of the tests here

if TYPE_CHECKING:
    from pathlib import Path

    from release.assemble import Package


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What would be deployed from this checkout."""
    return packaged.built(tmp_path_factory)


@pytest.fixture(scope="session")
def unpacked(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a folder that holds nothing else; tests leave it as it is."""
    return packaged.unpack(package, tmp_path_factory.mktemp("deployed"))
