"""What a token says about itself, as far as the doctor looks. Nothing is verified here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared.sources.jwt_claims import payload_of

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ROLE: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_IDENTITY: Final = re.compile(
    r"/subscriptions/(?P<subscription>[0-9a-f-]{36})/resource[Gg]roups/(?P<group>[\w().-]{1,90})"
    r"/providers/Microsoft\.[A-Za-z]+/[A-Za-z]+/(?P<name>[A-Za-z0-9_-]{1,128})",
    re.IGNORECASE | re.ASCII,
)
_MOST_ROLES: Final = 200


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that matter here; whatever is not of its usual form counts as absent.

    Attributes:
        tenant: `tid`, in lower case; "" when absent.
        client_id: `appid` (v1.0) or `azp` (v2.0): the application; "" when absent.
        object_id: `oid`: the service principal, or the user; "" when absent.
        roles: `roles`: the application permissions.
        delegated: Whether it stands for a user (`scp`), whose rights say nothing about the app's.
        issued_at: `iat`; None when absent.
        not_before: `nbf`; None when absent.
        expires_at: `exp`; None when absent.
        identity: The name of the managed identity (`xms_mirid`); "" when absent.
        group: Its resource group; "" when absent.
    """

    tenant: str = ""
    client_id: str = ""
    object_id: str = ""
    roles: tuple[str, ...] = ()
    delegated: bool = False
    issued_at: datetime | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    identity: str = ""
    group: str = ""


def claims_of(token: str) -> Claims | None:
    """The claims of a JWT; None for a token that is opaque to us. Never raises."""
    found = payload_of(token)
    return None if found is None else _claims(found)


def _claims(found: dict[str, Any]) -> Claims:
    identity = _IDENTITY.match(_text(found.get("xms_mirid")))
    return Claims(
        tenant=_guid(found.get("tid")),
        client_id=_guid(found.get("appid")) or _guid(found.get("azp")),
        object_id=_guid(found.get("oid")),
        roles=_roles(found.get("roles")),
        delegated="scp" in found,
        issued_at=_time(found.get("iat")),
        not_before=_time(found.get("nbf")),
        expires_at=_time(found.get("exp")),
        identity=identity["name"] if identity else "",
        group=identity["group"] if identity else "",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _guid(value: object) -> str:
    text = _text(value).lower()
    return text if _GUID.fullmatch(text) else ""


def _roles(value: object) -> tuple[str, ...]:
    found = value if isinstance(value, list) else []
    fine = (each for each in found if isinstance(each, str) and _ROLE.fullmatch(each))
    return tuple(sorted(set(fine)))[:_MOST_ROLES]


def _time(value: object) -> datetime | None:
    """Seconds since 1970 (RFC 7519, NumericDate)."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
