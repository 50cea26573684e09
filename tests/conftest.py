"""What holds for every test, and what every report starts with.

The header stands here and not in `tests/functions`, because pytest asks only the top folder's
conftest before it collects, and the controller of parallel workers never collects.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from shared import wiring
from tests.support.functions_host import runtime_notice

if TYPE_CHECKING:
    from collections.abc import Iterator

# A busy machine must not fail a property: its deadline would be a timed assertion.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    """Wiring quiets chatty libraries for the process; the next test starts without that."""
    levels = {name: logging.getLogger(name).level for name in wiring.CHATTY}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def pytest_report_header() -> str:
    """Say which runtime stands in for Azure."""
    return runtime_notice()
