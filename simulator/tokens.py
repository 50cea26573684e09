"""Tokens as Entra issues them to an app, but unsigned: nobody but a simulator takes them.

Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference. App
roles stand in tokens for Graph only; Resource Manager and Storage look their assignments up.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from simulator.connect_health import identifier
from simulator.entra import TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOPBACK: Final = "loopback"
"""The one opaque token: it holds whatever the simulated tenant's watchdog is granted."""
GRAPH: Final = "https://graph.microsoft.com"
ARM: Final = "https://management.azure.com"
STORAGE: Final = "https://storage.azure.com"
GRAPH_AUDIENCES: Final = frozenset({GRAPH, "00000003-0000-0000-c000-000000000000"})
ARM_AUDIENCES: Final = frozenset({ARM, "https://management.core.windows.net"})
"""Both are taken for Resource Manager."""
APP_ID: Final = identifier("watchdog-application")
OBJECT_ID: Final = identifier("watchdog-principal")
"""The watchdog's service principal."""
ISSUED: Final = datetime(2020, 1, 1, tzinfo=UTC)
EXPIRES: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""A made-up token outlives every story, whose clock is its own."""
_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.

    Attributes:
        audience: For which service it is, without a slash at the end.
        tenant_id: Whose it is.
        roles: The app roles in it.
        issued: From when it is good, aware UTC.
        expires: Until when.
    """

    audience: str
    tenant_id: str
    roles: frozenset[str]
    issued: datetime
    expires: datetime


def mint(
    audience: str,
    roles: Iterable[str] = (),
    *,
    tenant_id: str = TENANT_ID,
    issued: datetime = ISSUED,
    expires: datetime = EXPIRES,
) -> str:
    """An app's token, unsigned.

    Args:
        audience: For which service, such as `GRAPH`.
        roles: App roles; a service without app roles has none.
        tenant_id: Whose it is.
        issued: From when it is good, aware.
        expires: Until when, aware.
    """
    claims: dict[str, object] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant_id}/",
        "iat": int(issued.timestamp()),
        "nbf": int(issued.timestamp()),
        "exp": int(expires.timestamp()),
        "appid": APP_ID,
        "idtyp": "app",
        "oid": OBJECT_ID,
        "sub": OBJECT_ID,
        "tid": tenant_id,
        "ver": "1.0",
    }
    if given := sorted(set(roles)):
        claims["roles"] = given
    head = {"typ": "JWT", "alg": "none"}
    return ".".join(
        [*(_encoded(json.dumps(part)) for part in (head, claims)), _encoded("unsigned")]
    )


def read(token: str) -> Claims | None:
    """What a token says; None when it is none that `mint` could have made."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return Claims(
            audience=claims["aud"].rstrip("/"),
            tenant_id=claims["tid"],
            roles=frozenset(claims.get("roles", ())),
            issued=datetime.fromtimestamp(claims["nbf"], UTC),
            expires=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
