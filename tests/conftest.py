"""What every report starts with.

It stands here and not in `tests/functions`, because pytest asks only the top folder's conftest
before it collects, and the controller of parallel workers never collects.
"""

from __future__ import annotations

from tests.support.functions_host import runtime_notice


def pytest_report_header() -> str:
    """Say which runtime stands in for Azure."""
    return runtime_notice()
