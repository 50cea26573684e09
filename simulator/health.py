"""Connect Health's answers (Azure Resource Manager), made from the model, quirks included.

Shapes: the published swagger of `Microsoft.ADHybridHealthService`, api-version 2014-01-01, and its
examples. Quirks that readers of the real service met: `totalCount` is 0 beside a full list,
`exporterrors/counts` is a bare array, lists of items are null, dates have seven digits or lack a
zone, texts are HTML.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from simulator import health_shapes as shapes
from simulator.connect_health import DataType, identifier
from simulator.health_shapes import PREFIX, SERVICE, SERVICE_ID, short_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.connect_health import Member
    from simulator.graph import Json
    from simulator.model import Tenant

API_VERSION: Final = "2014-01-01"
PAGE: Final = 50
"""Entries on a page; the swagger names no size, `takeCount=50` is what the portal asks for."""
_BUCKETS: Final = (
    "DuplicateAttributeError",
    "DataMismatch",
    "DataValidationError",
    "LargeAttribute",
    "FederatedDomainChange",
    "Others",
    "All",
)


class ArmError(Exception):
    """An answer that is an error of the caller.

    Attributes:
        status: HTTP status.
        body: Resource Manager's JSON error body.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


def error_for(status: int) -> Json:
    """A body for a bare status, with the code that Resource Manager uses for it where known."""
    codes = {
        401: "AuthenticationFailed",
        403: "AuthorizationFailed",
        404: "ResourceNotFound",
        409: "Conflict",
        429: "TooManyRequests",
        503: "ServiceUnavailable",
    }
    code = codes.get(status, "InternalServerError")
    return {"error": {"code": code, "message": HTTPStatus(status).phrase}}


def answer(tenant: Tenant, path: str, query: Mapping[str, str], origin: str) -> object:
    """The answer to `GET {origin}{path}`, ready for JSON.

    Args:
        tenant: The model.
        path: Starts with `PREFIX`.
        query: `api-version` is required; `serviceType`, `state` and `$skiptoken` are honoured.
        origin: Scheme, host and port, for `nextLink`.

    Raises:
        ArmError: 400 without the api-version, 404 for a path, service or member that is unknown.
    """
    if query.get("api-version") != API_VERSION:
        raise ArmError(
            HTTPStatus.BAD_REQUEST,
            "MissingApiVersionParameter",
            f"The api-version query parameter (?api-version=) is required: use {API_VERSION}.",
        )
    for pattern, respond in _ROUTES:
        match = re.fullmatch(PREFIX + pattern, path, re.IGNORECASE)
        if match is None:
            continue
        names = match.groupdict()
        if names and (names["service"] != SERVICE or not _services(tenant, query)):
            break
        member = _member_called(tenant, names.get("member"))
        if member is None and "member" in names:
            break
        result = respond(tenant, query, member)
        return _paged(result, query, origin + path) if isinstance(result, list) else result
    raise ArmError(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"Nothing was found at {path}.")


def _member_called(tenant: Tenant, name: str | None) -> Member | None:
    return next((each for each in tenant.health.members.values() if each.id == name), None)


def _paged(values: list[Json], query: Mapping[str, str], url: str) -> Json:
    """One page of a list, with the counters as they come: wrong."""
    token = query.get("$skiptoken", "0")
    start = int(token) if token.isascii() and token.isdigit() else 0
    more = start + PAGE < len(values)
    rest = {**query, "$skiptoken": str(start + PAGE)}
    return {
        "value": values[start : start + PAGE],
        "nextLink": f"{url}?{urlencode(rest)}" if more else None,
        "totalCount": 0,
        "continuationToken": None,
    }


# -- resources ------------------------------------------------------------------------------------


def _services(tenant: Tenant, query: Mapping[str, str], _: Member | None = None) -> list[Json]:
    """Empty where Connect Health is not licensed or no agent was ever registered."""
    known = tenant.plan.licensed and tenant.health.members
    if not known or query.get("serviceType", "AadSyncService") != "AadSyncService":
        return []
    return [shapes.service(tenant.health)]


def _members(tenant: Tenant, _: Mapping[str, str], __: Member | None) -> list[Json]:
    return [shapes.member(tenant.health, member) for member in tenant.health.members.values()]


def _one_member(tenant: Tenant, _: Mapping[str, str], member: Member | None) -> Json:
    return {} if member is None else shapes.member(tenant.health, member)


def _freshness(_: Tenant, __: Mapping[str, str], member: Member | None) -> Json:
    """Single page, and so without the counters of a paged list."""
    uploads = {} if member is None else member.uploads
    return {"value": [{"key": each.value, "value": short_date(uploads[each])} for each in DataType]}


def _configuration(_: Tenant, __: Mapping[str, str], member: Member | None) -> Json:
    return {} if member is None else shapes.configuration(member)


def _exports(tenant: Tenant, _: Mapping[str, str], member: Member | None) -> list[Json]:
    return [
        {
            "serviceId": SERVICE_ID,
            "serviceMemberId": each.id,
            "endTime": short_date(each.exported_at),
            "runStepResultId": identifier("run", each.id, short_date(each.exported_at)),
        }
        for each in tenant.health.members.values()
        if each.exported_at is not None and (member is None or member is each)
    ]


def _alerts(tenant: Tenant, query: Mapping[str, str], member: Member | None) -> list[Json]:
    state = query.get("state", "").casefold()
    wanted = {"active": {True}, "resolved": {False}}.get(state, {True, False})
    return [
        shapes.alert_of(alert)
        for alert in tenant.health.alerts
        if (alert.resolved_at is None) in wanted and (member is None or alert.member == member.id)
    ]


def _errors(tenant: Tenant, _: Mapping[str, str], __: Member | None) -> object:
    """A bare array, unlike the swagger: so it comes (a shipping exporter reads it as one)."""
    errors = tenant.health.export_errors
    return tuple(
        {"errorBucket": bucket, "count": errors * (bucket in {"All", "Others"}), "truncated": False}
        for bucket in _BUCKETS
    )


_ONE: Final = r"/services/(?P<service>[^/]+)"
_MEMBER: Final = _ONE + r"/servicemembers/(?P<member>[^/]+)"
_ROUTES: Final[tuple[tuple[str, Callable[..., object]], ...]] = (
    (r"/services", _services),
    (_ONE + r"/servicemembers", _members),
    (_ONE + r"/alerts", _alerts),
    (_ONE + r"/exportstatus", _exports),
    (_ONE + r"/exporterrors/counts", _errors),
    (_MEMBER, _one_member),
    (_MEMBER + r"/alerts", _alerts),
    (_MEMBER + r"/datafreshness", _freshness),
    (_MEMBER + r"/exportstatus", _exports),
    (_MEMBER + r"/serviceconfiguration", _configuration),
)
