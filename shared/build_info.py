"""Which build runs: for the log, the doctor and whoever asks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

CHECKOUT: Final = "checkout, not packaged"
UNREADABLE: Final = "unknown: shared/build.json cannot be read; build and deploy the package again"
_WRITTEN: Final = Path(__file__).with_name("build.json")
_MOST: Final = 100  # letters of one value


@cache
def build(written: Path = _WRITTEN) -> str:
    """The running build as one line of text; never raises.

    Args:
        written: What the package's builder (`release`) wrote: version, commit and built_at.

    Returns:
        Such as `0.1.0+3f2a9c1 2026-11-21T20:00Z`; `CHECKOUT` without that file; `UNREADABLE` if it
        is damaged, because a guess would be worse.
    """
    try:
        found = json.loads(written.read_text(encoding="utf-8"))
        version, commit, at = (_text(found[key]) for key in ("version", "commit", "built_at"))
    except FileNotFoundError:
        return CHECKOUT
    except Exception:  # noqa: BLE001 - a damaged file must not stop a tick, however it is damaged
        return UNREADABLE
    return f"{version}+{commit} {at}"


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _MOST:
        raise ValueError
    return value
