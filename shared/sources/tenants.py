"""Whose answer it is: the watched tenant's, or another's because a setting is wrong. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import Ended, unusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.sources.failures import Asked

_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_guid(value: object) -> TypeGuard[str]:
    """Whether it is a GUID, which may stand in a path and be quoted to a person."""
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


def same_tenant(one: str, other: str) -> bool:
    """GUIDs are written in both cases."""
    return one.casefold() == other.casefold()


def other_tenant(what: str, found: Sequence[str], tenant_id: str) -> Unavailable:
    """It is another tenant's.

    Args:
        what: The sentence up to the other tenant's id, such as `The token is for`.
        found: The ids found; one that is no GUID is not quoted.
        tenant_id: The watched tenant.
    """
    other = next((each for each in found if is_guid(each)), "another than the watched one")
    return Unavailable(
        Reason.NOT_CONFIGURED,
        f"{what} tenant {other}, WATCHDOG_TENANT_ID says {tenant_id}. Correct "
        "WATCHDOG_TENANT_ID, or use an identity of the watched tenant.",
    )


def own_entity(entities: Sequence[dict[str, Any]], tenant_id: str, asked: Asked) -> dict[str, Any]:
    """The entity of the watched tenant, by its id.

    Args:
        entities: At least one.
        tenant_id: The watched tenant.
        asked: What they were asked for.

    Raises:
        Ended: None or several are the watched tenant's, or one has no id.
    """
    ids = [each["id"] for each in entities if isinstance(each.get("id"), str)]
    if len(ids) != len(entities):
        raise Ended(unusable(asked, "one has no id"))
    mine = [each for each in entities if same_tenant(each["id"], tenant_id)]
    if not mine:
        raise Ended(other_tenant("Graph answered for", ids, tenant_id))
    if len(mine) > 1:
        raise Ended(unusable(asked, "it lists the same tenant twice"))
    return mine[0]
