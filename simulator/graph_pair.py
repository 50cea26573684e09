"""Microsoft Graph's answers about the pair: the last exporter, audits, applications.

Shapes: the samples of the Microsoft Graph reference. Query options are read loosely: what a
filter does not say in a form known here is not filtered; an unknown option is ignored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from simulator.connect_health import identifier
from simulator.entra import TENANT_ID
from simulator.graph_query import GRAPH, paged, selected, text_of
from simulator.machine import CERTIFICATE_LASTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from simulator.entra import Audit
    from simulator.graph import Json
    from simulator.machine import Server
    from simulator.model import Tenant

_SINCE: Final = re.compile(r"activityDateTime\s+ge\s+([0-9T:.+\-]+Z?)", re.IGNORECASE)
_STARTS_WITH: Final = re.compile(r"startswith\(\s*displayName\s*,\s*'([^']*)'\s*\)", re.IGNORECASE)


def configuration(tenant: Tenant, version: str) -> Json:
    """The answer to `GET /{version}/directory/onPremisesSynchronization`."""
    plan, exporter = tenant.plan, tenant.entra.exporter
    threshold = plan.deletion_threshold
    halted = any(server.deletes_stopped for server in tenant.servers.values())
    stopped = tenant.entra.pending_deletes if halted else 0
    settings: Json = {
        "accidentalDeletionPrevention": {
            "synchronizationPreventionType": "disabled" if threshold is None else "enabledForCount",
            "alertThreshold": threshold or 0,
        }
    }
    if version == "beta":
        cadence = max((server.plan.cadence for server in tenant.servers.values()), default=None)
        settings |= {
            "synchronizationInterval": "PT30M",
            "customerRequestedSynchronizationInterval": (
                None if cadence is None else f"PT{round(cadence.total_seconds() / 60)}M"
            ),
            "anchorAttribute": "mS-DS-ConsistencyGuid",
            "applicationId": identifier("application", exporter.identity) if exporter else None,
            "synchronizationClientVersion": exporter.version if exporter else None,
            "currentExportData": {
                "clientMachineName": exporter.name if exporter else None,
                "serviceAccount": exporter.identity if exporter else None,
                "pendingObjectsAddition": 0,
                "pendingObjectsDeletion": stopped,
                "pendingObjectsUpdate": 0,
                "successfulLinksProvisioningCount": 0,
                "successfulObjectsProvisioningCount": 0,
                "totalConnectorSpaceObjects": 20417,
            },
            "writebackConfiguration": {"unifiedGroupContainer": None, "userContainer": None},
        }
    features = dict.fromkeys(_FEATURES, False)
    features["passwordSyncEnabled"] = tenant.entra.password_sync_used
    one: Json = {"id": TENANT_ID, "configuration": settings, "features": features}
    context = f"{GRAPH}/{version}/$metadata#directory/onPremisesSynchronization"
    return {"@odata.context": context, "value": [one]}


_FEATURES: Final = (
    "passwordSyncEnabled",
    "passwordWritebackEnabled",
    "directoryExtensionsEnabled",
    "quarantineUponUpnConflictEnabled",
    "quarantineUponProxyAddressesConflictEnabled",
    "softMatchOnUpnEnabled",
    "cloudPasswordPolicyForPasswordSyncedUsersEnabled",
    "fopeConflictResolutionEnabled",
    "unifiedGroupWritebackEnabled",
    "userWritebackEnabled",
    "deviceWritebackEnabled",
    "synchronizeUpnForManagedUsersEnabled",
    "userForcePasswordChangeOnLogonEnabled",
    "concurrentOrgIdProvisioningEnabled",
    "concurrentCredentialUpdateEnabled",
    "groupWriteBackEnabled",
    "blockSoftMatchEnabled",
    "blockCloudObjectTakeoverThroughHardMatchEnabled",
    "bypassDirSyncOverridesEnabled",
)


def audits(tenant: Tenant, query: Mapping[str, str], url: str) -> Json:
    """The answer to `GET /v1.0/auditLogs/directoryAudits`.

    Args:
        tenant: The model.
        query: `activityDateTime ge …` in `$filter`, `$orderby=activityDateTime asc`, `$top`.
        url: The request's URL without query, for the link to the next page.
    """
    found = [_audit(audit) for audit in tenant.entra.audits(tenant.now)]
    since = _SINCE.search(query.get("$filter", ""))
    if since is not None:
        found = [each for each in found if str(each["activityDateTime"]) >= since[1]]
    if query.get("$orderby", "").casefold().endswith("asc"):
        found.reverse()
    context = f"{GRAPH}/v1.0/$metadata#auditLogs/directoryAudits"
    return {"@odata.context": context, **paged(found, query, url)}


def _audit(audit: Audit) -> Json:
    application = "@" not in audit.identity
    moment = f"{audit.at:%Y-%m-%dT%H:%M:%S}.{audit.at.microsecond:06d}4Z"
    name = identifier("identity", audit.identity)
    app: Json = {
        "appId": name,
        "displayName": audit.identity,
        "servicePrincipalId": identifier("principal", audit.identity),
        "servicePrincipalName": None,
    }
    display = "On-Premises Directory Synchronization Service Account"
    user: Json = {
        "id": name,
        "displayName": display if audit.identity.startswith("Sync_") else None,
        "userPrincipalName": audit.identity,
        "ipAddress": "",
    }
    return {
        "id": f"Directory_{identifier('audit', str(audit.number))}",
        "category": "UserManagement",
        "correlationId": identifier("correlation", str(audit.number)),
        "result": "success",
        "resultReason": "",
        "activityDisplayName": "Update user",
        "activityDateTime": moment,
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "initiatedBy": {"user": None, "app": app} if application else {"user": user, "app": None},
        "targetResources": [
            {
                "id": identifier("target", str(audit.number)),
                "displayName": None,
                "type": "User",
                "userPrincipalName": f"user{audit.number}@contoso.com",
                "groupType": None,
                "modifiedProperties": [
                    {
                        "displayName": "Action Client Name",
                        "oldValue": None,
                        "newValue": '"DirectorySync"',
                    }
                ],
            }
        ],
        "additionalDetails": [],
    }


def applications(tenant: Tenant, query: Mapping[str, str], url: str) -> Json:
    """The answer to `GET /v1.0/applications`: the servers' applications and one other.

    Args:
        tenant: The model.
        query: `startswith(displayName,'…')` in `$filter`, `$select`, `$top`.
        url: As for `audits`.
    """
    found = [_application("Contoso Payroll", [])]
    found += [
        _application(server.plan.identity, [_key(server, server.certificate_ends)])
        for server in tenant.servers.values()
        if server.certificate_ends is not None
    ]
    prefix = _STARTS_WITH.search(query.get("$filter", ""))
    if prefix is not None:
        wanted = prefix[1].casefold()
        found = [each for each in found if str(each["displayName"]).casefold().startswith(wanted)]
    context = f"{GRAPH}/v1.0/$metadata#applications"
    return {"@odata.context": context, **paged(selected(found, query), query, url)}


def _application(name: str, keys: list[Json]) -> Json:
    return {
        "id": identifier("application-object", name),
        "appId": identifier("application", name),
        "identifierUris": [],
        "displayName": name,
        "publisherDomain": "contoso.onmicrosoft.com",
        "signInAudience": "AzureADMyOrg",
        "createdDateTime": "2025-11-03T08:12:44Z",
        "keyCredentials": keys,
    }


def _key(server: Server, ends: datetime) -> Json:
    return {
        "customKeyIdentifier": identifier("key", server.plan.name)[:8].upper(),
        "displayName": f"CN={server.plan.identity}",
        "startDateTime": text_of(ends - CERTIFICATE_LASTS),
        "endDateTime": text_of(ends),
        "key": None,
        "keyId": identifier("key", server.plan.name),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }
