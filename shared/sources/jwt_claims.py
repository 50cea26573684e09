"""What a token says about itself. Nothing is verified here: that is its audience's business."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

_PARTS: Final = 3
"""Header, payload, signature (RFC 7519)."""


def payload_of(token: str) -> dict[str, Any] | None:
    """The claims of a JWT; None for a token that is opaque to us. Never raises.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
