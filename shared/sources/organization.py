"""Graph's `organization` answer, turned into a reading. Pure and total: no bytes make it raise.

Shape and meaning of the properties:
https://learn.microsoft.com/graph/api/resources/organization and
https://learn.microsoft.com/graph/api/organization-get ("with only User.Read most properties come
back null", so a null is not proof of anything while the display name is null as well).
`onPremisesLastPasswordSyncDateTime` exists in beta only.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, NoReturn

from shared.domain.readings import Reason, TenantReading, Unavailable

NAME_LIMIT: Final = 120
"""Display names are cut to this many characters."""

_ENABLED: Final = "onPremisesSyncEnabled"
_OBJECTS: Final = "onPremisesLastSyncDateTime"
_PASSWORDS: Final = "onPremisesLastPasswordSyncDateTime"
PROPERTIES: Final = ("id", "displayName", _ENABLED, _OBJECTS)
"""What v1.0 is asked for."""
BETA_PROPERTIES: Final = (*PROPERTIES, _PASSWORDS)
"""What beta is asked for."""

_TIME: Final = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<clock>\d{2}:\d{2}:\d{2})(?:[.,](?P<fraction>\d{1,40}))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2}))?",
    re.ASCII,
)
_NEVER: Final = "0001-01-01"  # .NET's DateTime.MinValue: how some services write "no time"
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Line breaks, bidirectional overrides and isolates: they could make a card say something else.
_UNPRINTABLE: Final = frozenset(
    "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


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
    organizations = _organizations(body)
    if isinstance(organizations, Unavailable):
        return organizations
    entity = _choose(organizations, tenant_id)
    if isinstance(entity, Unavailable):
        return entity
    return _read(entity, tenant_id, without_password)


def parse_time(value: object) -> datetime | Unavailable | None:
    """One time as Graph writes it, in all spellings seen.

    Seven-digit fractions are cut to microseconds, an offset is converted to UTC, and a time
    without a zone is UTC (Graph documents all its times as UTC).

    Args:
        value: A JSON value.

    Returns:
        Aware UTC; None for null and for 0001-01-01 (never); `Unavailable` for anything else.
        Never raises.
    """
    if value is None:
        return None
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return _malformed("a value that should be a time is not one")
    if match["date"] == _NEVER:
        return None
    micros = (match["fraction"] or "")[:6].ljust(6, "0")
    try:
        zone = UTC if match["sign"] is None else _offset(match)
        stamp = datetime.fromisoformat(f"{match['date']}T{match['clock']}.{micros}")
        return stamp.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return _malformed("a value that should be a time is out of range")


def _offset(match: re.Match[str]) -> timezone:
    """The zone of a time with an offset.

    Raises:
        ValueError: The offset is a day or more.
    """
    size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
    return timezone(-size if match["sign"] == "-" else size)


def _malformed(what: str) -> Unavailable:
    return Unavailable(
        Reason.MALFORMED,
        f"Graph's answer about the organization cannot be used: {what}. "
        "If this lasts, look for a proxy in between or for a change of the API.",
    )


def _refuse_constant(_name: str) -> NoReturn:
    """NaN and Infinity are Python's extension, not JSON.

    Raises:
        ValueError: Always.
    """
    raise ValueError("not a JSON number")


def _organizations(body: bytes) -> list[dict[str, Any]] | Unavailable:
    try:
        # strict UTF-8 (json.loads(bytes) would guess UTF-16 too); a byte order mark fails as text
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "something that is not valid JSON"
        return _malformed(f"it is {kind}")
    if not isinstance(document, dict):
        return _malformed("it is not a JSON object")
    found = document.get("value", [document])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return _malformed("its value is not a list of objects")
    if not found:
        return _malformed("it lists no organization")
    return found


def _choose(organizations: list[dict[str, Any]], tenant_id: str) -> dict[str, Any] | Unavailable:
    ids = [each["id"] for each in organizations if isinstance(each.get("id"), str)]
    if len(ids) != len(organizations):
        return _malformed("an organization has no id")
    wanted = tenant_id.casefold()
    mine = [each for each in organizations if each["id"].casefold() == wanted]
    if len(mine) == 1:
        return mine[0]
    if mine:
        return _malformed("it lists the same organization twice")
    other = next((each for each in ids if _GUID.fullmatch(each)), "another than the watched one")
    return Unavailable(
        Reason.NOT_CONFIGURED,
        f"Graph answered for tenant {other}, WATCHDOG_TENANT_ID says {tenant_id}. Correct "
        "WATCHDOG_TENANT_ID, or use an identity of the tenant that is to be watched.",
    )


def _read(
    entity: dict[str, Any], tenant_id: str, without_password: Unavailable | None
) -> TenantReading | Unavailable:
    name, enabled = entity.get("displayName"), entity.get(_ENABLED)
    problem = _unusable(entity, name, enabled)
    if problem is not None:
        return problem
    objects = parse_time(entity[_OBJECTS])
    if isinstance(objects, Unavailable):
        return _malformed(f"{_OBJECTS} is not a valid time")
    return TenantReading(
        tenant_id=tenant_id,
        display_name=_clean(name or ""),
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
            "Graph answered but withheld the organization's fields: grant Organization.Read.All "
            "(application permission, with admin consent) to the watchdog's identity.",
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
    at = parse_time(entity[_PASSWORDS])
    return _malformed(f"{_PASSWORDS} is not a valid time") if isinstance(at, Unavailable) else at


def _clean(name: str) -> str:
    """The name as it is, without what is not a character of a name.

    Lone surrogates (JSON can spell them) go as well: no store or channel could encode them.
    """
    kept = (
        char
        for char in name
        if unicodedata.category(char) not in {"Cc", "Cs"} and char not in _UNPRINTABLE
    )
    return "".join(kept)[:NAME_LIMIT]
