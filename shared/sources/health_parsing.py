"""Connect Health's answers, turned into parts of a reading. Pure and total: no JSON makes it raise.

Shapes: Azure/azure-rest-api-specs `Microsoft.ADHybridHealthService/stable/2014-01-01`. Items of the
wrong type are skipped; if nothing of a list can be used, the list is malformed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import MAX_SERVERS, HealthMember
from shared.sources.arm_failures import NOT_SET_UP
from shared.sources.failures import of_connect_health, unusable
from shared.sources.health_items import (
    boolean,
    count,
    has_part,
    identity,
    named,
    nothing_usable,
    pairs,
)
from shared.sources.json_values import objects
from shared.sources.plain_text import from_html, one_line
from shared.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared.domain.readings import Unavailable

MAX_SERVICES: Final = 3
"""Services that are read; a tenant has one of type `AadSyncService`."""
_TYPE: Final = "AadSyncService"
_VERSION: Final = 32  # characters
_SERVICE_NAME: Final = re.compile(r"[A-Za-z0-9][\w.@-]{0,199}", re.ASCII)
_EPOCH: Final = datetime(1, 1, 1, tzinfo=UTC)
_UPLOADS: Final = "a server's last uploads"


@dataclass(frozen=True, slots=True)
class Service:
    """A service of type `AadSyncService`.

    Attributes:
        name: `serviceName`, which stands in paths.
        disabled: Whether Connect Health ignores it, and so its servers.
    """

    name: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A service member, and what only some readings need of it.

    Attributes:
        service: The `serviceName` it belongs to.
        member: As it is in a reading, without its uploads and exports.
        agent_version: The agent's version where the answer has one; undocumented.
    """

    service: str
    member: HealthMember
    agent_version: str | None = None


def sync_services(items: Sequence[object]) -> tuple[Service, ...] | Unavailable:
    """The services for sync among all that are listed; those that are not disabled first.

    They are chosen by `type`, or where that is missing by the name's prefix: the query's
    `serviceType` is a wish that need not be heeded.
    """
    listed = [each for each in objects(items) if isinstance(each.get("serviceName"), str)]
    if nothing_usable(items, listed):
        return _malformed("the services", "it names none")
    ours = [each for each in listed if _is_sync(each)]
    if not ours:
        return NOT_SET_UP
    found: dict[str, Service] = {}
    for each in ours:
        name = each["serviceName"]
        if _SERVICE_NAME.fullmatch(name):
            found.setdefault(name, Service(name, disabled=boolean(each.get("disabled")) or False))
    if not found:
        return _malformed("the services", "the name of the one for sync cannot be used")
    return tuple(sorted(found.values(), key=lambda service: service.disabled))[:MAX_SERVICES]


def members(service: Service, items: Sequence[object]) -> tuple[Registered, ...] | Unavailable:
    """All members of a service, each id once, the newest entry of it."""
    found: dict[str, Registered] = {}
    for each in objects(items):
        member = _member(each, service)
        if member is None:
            continue
        known = found.get(member.member.id.casefold())
        if known is None or _updated(member) > _updated(known):
            found[member.member.id.casefold()] = member
    if nothing_usable(items, found):
        return _malformed("the servers", "none has an id")
    return tuple(found.values())


def newest(found: Sequence[Registered]) -> tuple[tuple[Registered, ...], int]:
    """At most `MAX_SERVERS` members in the order given, and how many are left out.

    A rebuilt server leaves its old entry behind, so those are kept that changed last, and a
    disabled one only where there is room.
    """
    ranked = sorted(found, key=lambda each: (each.member.disabled, _EPOCH - _updated(each)))
    kept = {each.member.id for each in ranked[:MAX_SERVERS]}
    chosen = tuple(each for each in found if each.member.id in kept)
    return chosen, len(found) - len(chosen)


def with_uploads(member: HealthMember, items: Sequence[object]) -> HealthMember:
    """The member with the times of its uploads (`datafreshness`), or why they cannot be read.

    The names of the data types are published only in prose, so they are matched loosely:
    https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-health-data-freshness
    """
    times = [(key, at) for key, value in pairs(list(items)) if (at := time_of(value)) is not None]
    if nothing_usable(items, times):
        return replace(member, unread=_malformed(_UPLOADS, "it has no time"))
    return replace(
        member,
        uploaded_at=max((at for _, at in times), default=None),
        ran_at=_newest_of(times, "runprofileresult"),
        configured_at=_newest_of(times, "serviceconfiguration", "globalconfiguration"),
    )


def export_ends(items: Sequence[object]) -> Mapping[str, datetime] | Unavailable:
    """The newest end of an export by `serviceMemberId` in lower case (`exportstatus`)."""
    found: dict[str, datetime] = {}
    for each in objects(items):
        member, at = identity(each.get("serviceMemberId")), time_of(each.get("endTime"))
        if member is not None and at is not None:
            found[member.casefold()] = max(at, found.get(member.casefold(), at))
    if nothing_usable(items, found):
        return _malformed("the export status", "it has no server with a time")
    return found


def sync_version(document: object) -> str | Unavailable | None:
    """The Entra Connect version of a `serviceconfiguration`; None when it has none.

    Args:
        document: Any JSON value: the object itself, or one in a list or in `value`.
    """
    if isinstance(document, dict) and "version" not in document and "value" in document:
        document = document["value"]
    if isinstance(document, list):
        document = next(iter(objects(document)), None)
    if not isinstance(document, dict):
        return _malformed("a server's configuration", "it is no object")
    return _version(document.get("version"))


def export_errors(items: Sequence[object]) -> int | None:
    """Objects that could not be exported: the bucket `All`, else the sum; None for no bucket."""
    buckets: Counter[str] = Counter()  # several services have the same buckets
    for each in objects(items):
        number, bucket = count(each.get("count")), each.get("errorBucket")
        if number is not None and isinstance(bucket, str):
            buckets[bucket.casefold()] += number
    return buckets.get("all", buckets.total()) if buckets else None


def _is_sync(item: Mapping[str, Any]) -> bool:
    kind = item.get("type")
    if isinstance(kind, str):
        return kind.casefold() == _TYPE.casefold()
    name: str = item["serviceName"]
    return name.startswith(f"{_TYPE}-")


def _member(item: Mapping[str, Any], service: Service) -> Registered | None:
    own = identity(item.get("serviceMemberId"))
    if own is None:
        return None
    fields = ("monitoringConfigurationsComputed", "monitoringConfigurationsCustomized")
    staging = (boolean(value) for value in named(item, fields, "stagingmode"))
    agents = (
        _version(value) for value in named(item, ("properties", "dimensions"), "agentversion")
    )
    return Registered(
        service.name,
        HealthMember(
            id=own,
            name=one_line(item.get("machineName")) or own,
            staging=next((each for each in staging if each is not None), None),
            disabled=service.disabled or boolean(item.get("disabled")) or False,
            updated_at=time_of(item.get("lastUpdated")),
        ),
        next((each for each in agents if each), None),
    )


def _version(value: object) -> str | None:
    return from_html(value, _VERSION) or None


def _updated(each: Registered) -> datetime:
    return each.member.updated_at or _EPOCH


def _newest_of(times: Iterable[tuple[str, datetime]], *parts: str) -> datetime | None:
    return max((at for key, at in times if has_part(key, *parts)), default=None)


def _malformed(what: str, problem: str) -> Unavailable:
    return unusable(of_connect_health(what), problem)
