"""Signing keys for tests: two that are live, and one that was retired."""

from __future__ import annotations

import base64
from typing import Final

from shared.domain.cards.links import LinkKey

KEY: Final = LinkKey("k3", b"3" * 32)
OLD_KEY: Final = LinkKey("k2", b"2" * 32)
RETIRED: Final = LinkKey("k1", b"1" * 32)


def setting(*keys: LinkKey) -> str:
    """`WATCHDOG_SIGNING_KEYS` of these keys, newest first."""
    return ";".join(f"{key.id}:{base64.b64encode(key.key).decode()}" for key in keys)


KEYS: Final = setting(KEY, OLD_KEY, RETIRED)
"""The retired one is still in the setting, behind the two that count."""
