"""What stops a build."""

from __future__ import annotations


class BuildError(Exception):
    """The package cannot be built; the message says why and what to do."""


class NoWheelsError(BuildError):
    """pip could not download what `requirements.txt` pins."""
