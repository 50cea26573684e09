"""Log events: one line each, the name, a space, one JSON object (the contract of the alerts)."""

from __future__ import annotations

import json
import logging
from typing import Final

from shared.secret import redact

_LOG: Final = logging.getLogger("watchdog")


def emit(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Write one event.

    Args:
        event: The name, such as ``watchdog.tick``.
        level: The logging level.
        fields: JSON values; anything else is written as text. Texts are redacted.
    """
    _LOG.log(level, "%s %s", event, json.dumps(_clean(fields), default=str, sort_keys=False))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redact(str(value))
    if isinstance(value, dict):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact(str(value))
