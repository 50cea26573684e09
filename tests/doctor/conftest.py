"""Fixtures of the doctor's tests."""

from tests.support.azurite import azurite  # noqa: F401  a fixture for the real Tables
