"""Microsoft Graph's answers about services beside the pair: Microsoft's issues and Cloud Sync.

Shapes: the samples of the Microsoft Graph reference (serviceannouncement-list-issues,
synchronization-list-jobs) and of `how-to-inbound-synch-ms-graph`.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from simulator.connect_health import identifier
from simulator.entra import TENANT_ID
from simulator.graph import GraphError
from simulator.graph_query import GRAPH, paged, selected, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.entra import Issue
    from simulator.graph import Json
    from simulator.model import Tenant

CLOUD_SYNC_TEMPLATE: Final = "1a4721b3-e57f-4451-ae87-ef078703ec94"
CLOUD_SYNC_ID: Final = identifier("cloud-sync")
_NEVER: Final = "0001-01-01T00:00:00Z"
_EQUALS: Final = re.compile(r"(\w+)\s+eq\s+'([^']*)'")


def issues(tenant: Tenant, query: Mapping[str, str], url: str) -> Json:
    """The answer to `GET /v1.0/admin/serviceAnnouncement/issues`, newest first."""
    found = [_issue(issue) for issue in reversed(tenant.entra.open_issues(tenant.now))]
    if "isresolved eq false" in query.get("$filter", "").casefold():
        found = [each for each in found if not each["isResolved"]]
    context = f"{GRAPH}/v1.0/$metadata#admin/serviceAnnouncement/issues"
    return {"@odata.context": context, **paged(selected(found, query), query, url)}


def _issue(issue: Issue) -> Json:
    return {
        "startDateTime": text_of(issue.began_at),
        "endDateTime": None if issue.ended_at is None else text_of(issue.ended_at),
        "lastModifiedDateTime": text_of(issue.ended_at or issue.shown_at),
        "title": issue.title,
        "id": issue.id,
        "impactDescription": f"{issue.title}.",
        "classification": "advisory" if issue.advisory else "incident",
        "origin": "microsoft",
        "status": "serviceRestored" if issue.ended_at else "serviceDegradation",
        "service": "Microsoft Entra",
        "feature": "Microsoft Entra Connect Sync",
        "featureGroup": "Directory synchronization",
        "isResolved": issue.ended_at is not None,
        "details": [{"name": "NotifyInApp", "value": "True"}],
        "posts": [
            {
                "createdDateTime": text_of(issue.shown_at),
                "postType": "regular",
                "description": {"contentType": "html", "content": f"<p>{issue.title}.</p>"},
            }
        ],
    }


def service_principals(tenant: Tenant, query: Mapping[str, str], url: str) -> Json:
    """The answer to `GET /v1.0/servicePrincipals`: Cloud Sync's, where it was ever set up."""
    found: list[Json] = []
    if tenant.entra.cloud_since is not None:
        found.append(
            {
                "id": CLOUD_SYNC_ID,
                "appId": identifier("cloud-sync-app"),
                "applicationTemplateId": CLOUD_SYNC_TEMPLATE,
                "displayName": "contoso.com",
                "servicePrincipalType": "Application",
                "accountEnabled": True,
            }
        )
    conditions = dict(_EQUALS.findall(query.get("$filter", "")))
    wanted = conditions.items()
    found = [each for each in found if all(each.get(key, text) == text for key, text in wanted)]
    context = f"{GRAPH}/v1.0/$metadata#servicePrincipals"
    return {"@odata.context": context, **paged(selected(found, query), query, url)}


def jobs(tenant: Tenant, principal: str) -> Json:
    """The answer to `GET /v1.0/servicePrincipals/{principal}/synchronization/jobs`.

    Raises:
        GraphError: 404 for another principal than Cloud Sync's.
    """
    if principal != CLOUD_SYNC_ID or tenant.entra.cloud_since is None:
        message = (
            f"Resource '{principal}' does not exist or one of its queried properties is absent."
        )
        raise GraphError(HTTPStatus.NOT_FOUND, "Request_ResourceNotFound", message)
    context = f"{GRAPH}/v1.0/$metadata#servicePrincipals('{principal}')/synchronization/jobs"
    names = ("AD2AADProvisioning", "AD2AADPasswordHash")
    return {"@odata.context": context, "value": [_job(tenant, name) for name in names]}


def _job(tenant: Tenant, template: str) -> Json:
    runs = tenant.entra.cloud_until is None
    newest = tenant.entra.cloud_beat(tenant.now)
    execution = newest and {
        "activityIdentifier": identifier("activity", template),
        "countEntitled": 0,
        "countEntitledForProvisioning": 0,
        "countEscrowed": 0,
        "countEscrowedRaw": 0,
        "countExported": 0,
        "countExports": 0,
        "countImported": 0,
        "countImportedDeltas": 0,
        "countImportedReferenceDeltas": 0,
        "state": "Succeeded",
        "error": None,
        "timeBegan": text_of(newest),
        "timeEnded": text_of(newest),
    }
    return {
        "id": f"{template}.{TENANT_ID.replace('-', '')}.{identifier('job', template)}",
        "templateId": template,
        "schedule": {
            "expiration": None,
            "interval": "PT2M",
            "state": "Active" if runs else "Disabled",
        },
        "status": {
            "countSuccessiveCompleteFailures": 0,
            "escrowsPruned": False,
            "code": "Active" if runs else "Paused",
            "lastExecution": execution,
            "lastSuccessfulExecution": execution,
            "lastSuccessfulExecutionWithExports": None,
            "quarantine": None,
            "steadyStateFirstAchievedTime": _NEVER,
            "steadyStateLastAchievedTime": _NEVER,
            "troubleshootingUrl": None,
            "progress": [],
            "synchronizedEntryCountByType": [],
        },
    }
