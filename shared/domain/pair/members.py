"""The servers that Connect Health lists, one entry for each server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import HealthMember, server_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def of_each_server(members: Iterable[HealthMember]) -> dict[str, tuple[HealthMember, ...]]:
    """The entries of each server by `server_key`, the one to believe first.

    A rebuilt server has a second entry of the same name until the old one is deleted (Connect
    Health FAQ), so the newest by `updated_at` speaks for the server; one that Connect Health was
    told to ignore speaks only where there is no other. Entries without a name are left out.
    """
    grouped: dict[str, list[HealthMember]] = {}
    for member in members:
        if key := server_key(member.name):
            grouped.setdefault(key, []).append(member)
    return {key: tuple(sorted(grouped[key], key=_trust, reverse=True)) for key in sorted(grouped)}


def _trust(member: HealthMember) -> tuple[bool, datetime, datetime, str]:
    """Greater is more to be believed; the id makes the order one, whatever the answer's was."""
    uploaded = member.uploaded_at or _NEVER
    return not member.disabled, member.updated_at or _NEVER, uploaded, member.id
