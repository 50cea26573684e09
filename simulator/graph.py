"""Microsoft Graph's answers, made from the model: shapes as in Microsoft's published samples.

Shapes: `organization-list` of the Microsoft Graph reference (v1.0), errors as in its throttling
and error pages. v1.0 does not know the password property (absent from its metadata); what it
answers when asked for it anyway is documented nowhere and assumed to be a 400, as OData has it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from simulator.model import Organization

Json = dict[str, object]

_PASSWORD_TIME: Final = "onPremisesLastPasswordSyncDateTime"  # noqa: S105  # a property name
VERSIONS: Final = ("v1.0", "beta")


class GraphError(Exception):
    """An answer that is an error of the caller.

    Attributes:
        status: HTTP status.
        body: Graph's JSON error body.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message)


def error_body(code: str, message: str) -> Json:
    """The body of every Graph error."""
    inner = {"date": "2026-03-10T00:00:00", "request-id": "c0b097db-5e4e-400f-89c3-4dcafb3a11be"}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def error_for(status: int) -> Json:
    """A body for a bare status, with the code that Graph uses for it where one is known."""
    codes = {
        401: "InvalidAuthenticationToken",
        403: "Authorization_RequestDenied",
        404: "Request_ResourceNotFound",
        429: "TooManyRequests",
        503: "serviceNotAvailable",
    }
    return error_body(codes.get(status, "generalException"), HTTPStatus(status).phrase)


def organizations(organization: Organization, version: str, query: Mapping[str, str]) -> Json:
    """The answer to `GET /{version}/organization`.

    Args:
        organization: What the tenant is like now.
        version: `v1.0` or `beta`.
        query: The query string; only `$select` is honoured.

    Raises:
        GraphError: 400 for a selected property that this version does not have.
    """
    known = _organization(organization, version)
    selected = [name.strip() for name in query.get("$select", "").split(",") if name.strip()]
    for name in selected:
        if name not in known:
            raise GraphError(
                HTTPStatus.BAD_REQUEST,
                "BadRequest",
                f"Could not find a property named '{name}' on type 'microsoft.graph.organization'.",
            )
    shown = {name: known[name] for name in selected} if selected else known
    suffix = f"({','.join(selected)})" if selected else ""
    context = f"https://graph.microsoft.com/{version}/$metadata#organization{suffix}"
    return {"@odata.context": context, "value": [shown]}


def _organization(organization: Organization, version: str) -> Json:
    properties: Json = {
        "id": organization.tenant_id,
        "deletedDateTime": None,
        "businessPhones": ["425-555-0100"],
        "countryLetterCode": "NL",
        "createdDateTime": "2021-08-02T10:30:06Z",
        "displayName": organization.display_name,
        "marketingNotificationEmails": [],
        "onPremisesLastSyncDateTime": _text(organization.object_sync_at),
        "onPremisesSyncEnabled": organization.sync_enabled,
        "preferredLanguage": "en",
        "technicalNotificationMails": ["admin@contoso.com"],
        "tenantType": "AAD",
        "directorySizeQuota": {"used": 698, "total": 50000},
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": True,
                "isInitial": True,
                "name": "contoso.onmicrosoft.com",
                "type": "Managed",
            }
        ],
    }
    if version == "beta":
        properties[_PASSWORD_TIME] = _text(organization.password_sync_at)
    return properties


def _text(moment: datetime | None) -> str | None:
    """A time as Graph writes it: whole seconds and `Z`."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
