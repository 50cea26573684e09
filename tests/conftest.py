"""What holds for every test, and what every report starts with.

The header stands here and not in `tests/functions`, because pytest asks only the top folder's
conftest before it collects, and the controller of parallel workers never collects.
"""

from __future__ import annotations

from hypothesis import settings

from tests.support.functions_host import runtime_notice

# A busy machine must not fail a property: its deadline would be a timed assertion.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_report_header() -> str:
    """Say which runtime stands in for Azure."""
    return runtime_notice()
