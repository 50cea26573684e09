"""Fixtures of the store tests."""

from tests.support.azurite import azurite  # noqa: F401  a fixture for every test here
