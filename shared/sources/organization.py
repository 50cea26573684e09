"""Graph's `organization` answer, turned into a reading. Pure and total: no bytes make it raise.

Shape and meaning of the properties:
https://learn.microsoft.com/graph/api/resources/organization and
https://learn.microsoft.com/graph/api/organization-get ("with only User.Read most properties come
back null", so a null is not proof of anything while the display name is null as well).
`onPremisesLastPasswordSyncDateTime` exists in beta only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.failures import Ended, of_graph, unusable
from shared.sources.graph_pages import page_of
from shared.sources.plain_text import one_line
from shared.sources.tenants import own_entity
from shared.sources.times import parse_time

if TYPE_CHECKING:
    from datetime import datetime

ASKED: Final = of_graph("the organization", "Organization.Read.All")
NAME_LIMIT: Final = 120
"""Display names are cut to this many characters."""

_ENABLED: Final = "onPremisesSyncEnabled"
_OBJECTS: Final = "onPremisesLastSyncDateTime"
_PASSWORDS: Final = "onPremisesLastPasswordSyncDateTime"
PROPERTIES: Final = ("id", "displayName", _ENABLED, _OBJECTS)
"""What v1.0 is asked for."""
BETA_PROPERTIES: Final = (*PROPERTIES, _PASSWORDS)
"""What beta is asked for."""


def parse_organization(
    body: bytes, tenant_id: str, *, without_password: Unavailable | None = None
) -> TenantReading | Unavailable:
    """Choose the watched tenant's organization in an answer and read it.

    1. Decode UTF-8 JSON: a collection (`value`) or a single entity.
    2. Choose the organization whose id equals `tenant_id`, whatever the case.
    3. Refuse an answer whose fields were denied or are not there.
    4. Read the times.

    Args:
        body: The body of a 200, as it came.
        tenant_id: The watched tenant's id.
        without_password: Why the password property was not asked for (a v1.0 answer); it becomes
            `password_sync_at`. None when it was asked for (beta).

    Returns:
        The reading without `clock_ahead`, or why there is none. Never raises.
    """
    try:
        found = page_of(body, ASKED, or_entity=True).items
        if not found:
            return _malformed("it lists no organization")
        return _read(own_entity(found, tenant_id, ASKED), tenant_id, without_password)
    except Ended as ended:
        return ended.outcome


def _read(
    entity: dict[str, Any], tenant_id: str, without_password: Unavailable | None
) -> TenantReading | Unavailable:
    name, enabled = entity.get("displayName"), entity.get(_ENABLED)
    problem = _unusable(entity, name, enabled)
    if problem is not None:
        return problem
    objects = _time(entity, _OBJECTS)
    if isinstance(objects, Unavailable):
        return objects
    return TenantReading(
        tenant_id=tenant_id,
        display_name=one_line(name, NAME_LIMIT),
        sync_enabled=enabled,
        object_sync_at=objects,
        password_sync_at=without_password or _password(entity),
    )


def _unusable(entity: dict[str, Any], name: object, enabled: object) -> Unavailable | None:
    if _ENABLED not in entity:
        return _malformed(f"{_ENABLED} is missing")
    if name is None and enabled is None:
        return Unavailable(
            Reason.FORBIDDEN,
            f"Graph answered but withheld the organization's fields: {ASKED.grant}",
        )
    if _OBJECTS not in entity:
        return _malformed(f"{_OBJECTS} is missing")
    if not isinstance(enabled, bool | None):
        return _malformed(f"{_ENABLED} is neither true, false nor null")
    if not isinstance(name, str | None):
        return _malformed("displayName is not a text")
    return None


def _password(entity: dict[str, Any]) -> datetime | Unavailable | None:
    if _PASSWORDS not in entity:
        return _malformed(f"{_PASSWORDS} is missing although it was asked for")
    return _time(entity, _PASSWORDS)


def _time(entity: dict[str, Any], name: str) -> datetime | Unavailable | None:
    try:
        return parse_time(entity[name])
    except ValueError as error:
        return _malformed(f"{name} is not a valid time: {error}")


def _malformed(problem: str) -> Unavailable:
    return unusable(ASKED, problem)
