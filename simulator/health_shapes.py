"""The JSON of Connect Health's resources: the fields of the swagger, filled from the model.

No public sample shows a real sync alert: its texts here are made up, as HTML, which they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from simulator.connect_health import DELETES_STOPPED, MISSING_DATA, identifier
from simulator.entra import TENANT_ID

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.connect_health import ConnectHealth, HealthAlert, Member
    from simulator.graph import Json

PREFIX: Final = "/providers/Microsoft.ADHybridHealthService"
SERVICE: Final = "AadSyncService-contoso.onmicrosoft.com"
SERVICE_ID: Final = identifier("service")
NEVER: Final = "0001-01-01T00:00:00"
_HTML: Final = {
    MISSING_DATA: "<p>The Health Agent running on one or more servers isn't connected, and"
    " <b>data from this server is older than 2&nbsp;hours</b>.</p>",
    DELETES_STOPPED: "<p>The export to Microsoft Entra&nbsp;ID was stopped: it held more deletes"
    ' than the threshold. <a href="https://aka.ms/aadconnect-deletes">Read&nbsp;more</a></p>',
}
_REMEDY: Final = "<ol><li>Open the server.</li><li>Look into the <i>event log</i>.</li></ol>"


def service(health: ConnectHealth) -> Json:
    """The one service of type `AadSyncService`."""
    active = health.active()
    newest = max(member.uploaded_at for member in health.members.values())
    return {
        "id": f"{PREFIX}/services/GetServices/PremiumCheck",
        "serviceId": SERVICE_ID,
        "serviceName": SERVICE,
        "displayName": SERVICE.removeprefix("AadSyncService-"),
        "signature": SERVICE.removeprefix("AadSyncService-"),
        "type": "AadSyncService",
        "tenantId": TENANT_ID,
        "health": "Error" if active else "Healthy",
        "activeAlerts": len(active),
        "resolvedAlerts": len(health.alerts) - len(active),
        "additionalInformation": None,
        "createdDate": "2025-04-07T16:03:06.9053139Z",
        "lastUpdated": long_date(newest),
        "lastDisabled": NEVER,
        "disabled": False,
        "originalDisabledState": False,
        "notificationEmailEnabled": True,
        "notificationEmailEnabledForGlobalAdmins": True,
        "notificationEmailsEnabledForGlobalAdmins": True,
        "notificationEmails": ["admin@contoso.com"],
        "customNotificationEmails": None,
        "monitoringConfigurationsComputed": None,
        "monitoringConfigurationsCustomized": None,
        "simpleProperties": None,
    }


def member(health: ConnectHealth, one: Member) -> Json:
    """One server. `AgentVersion` among the properties is a guess: no public sample shows any."""
    alerts = [each for each in health.alerts if each.member == one.id]
    levels = {each.level for each in alerts if each.resolved_at is None}
    computed = {
        "MonitoringLevel": "Full",
        "StagingMode": str(one.staging),
        "ConfigurationUploadInterval": "240",
        "RunProfileResultUploadInterval": "30",
    }
    return {
        "serviceMemberId": one.id,
        "serviceId": SERVICE_ID,
        "tenantId": TENANT_ID,
        "machineId": identifier("machine", one.name),
        "machineName": one.name,
        "role": "AadSync_AadConnectSync_1.0",
        "status": "Error" if "Error" in levels else "Warning" if levels else "Healthy",
        "activeAlerts": sum(each.resolved_at is None for each in alerts),
        "resolvedAlerts": sum(each.resolved_at is not None for each in alerts),
        "additionalInformation": None,
        "createdDate": long_date(one.registered_at),
        "lastReboot": short_date(one.registered_at),
        "lastUpdated": long_date(one.uploaded_at),
        "lastDisabled": NEVER,
        "disabled": False,
        "disabledReason": 0,
        "dimensions": None,
        "properties": [{"key": "AgentVersion", "value": one.agent_version}],
        "installedQfes": None,
        "recommendedQfes": [],
        "monitoringConfigurationsComputed": [
            {"key": key, "value": value} for key, value in computed.items()
        ],
        "monitoringConfigurationsCustomized": None,
        "osName": "Microsoft Windows Server 2022 Standard",
        "osVersion": "10.0.20348",
        "serverReportedMonitoringLevel": "Full",
        "lastServerReportedMonitoringLevelChange": long_date(one.registered_at).removesuffix("Z"),
    }


def configuration(one: Member) -> Json:
    """How the service is installed on one server."""
    return {
        "version": one.version,
        "serviceType": 1,
        "serviceAccount": "CONTOSO\\svc-sync$",
        "sqlServer": "(localdb)",
        "sqlInstance": ".\\ADSync2019",
        "sqlDatabaseName": "ADSync",
        "sqlDatabaseSize": 0,
        "sqlEdition": "unknown",
        "sqlVersion": "unknown",
    }


def alert_of(alert: HealthAlert) -> Json:
    """One alert, with HTML in its texts."""
    return {
        "alertId": alert.id,
        "shortName": re.sub(r"\W+", "_", alert.name.title())[:60],
        "displayName": alert.name,
        "description": _HTML.get(alert.name, f"<p>{alert.name}.</p>"),
        "remediation": _REMEDY,
        "level": alert.level,
        "state": "Active" if alert.resolved_at is None else "ResolvedByPositiveResult",
        "scope": "Server" if alert.member else "Service",
        "serviceId": SERVICE_ID,
        "serviceMemberId": alert.member or None,
        "monitorRoleType": "AadSync_AadConnectSync_1.0",
        "createdDate": long_date(alert.created_at),
        "lastUpdated": long_date(alert.updated_at),
        "resolvedDate": None if alert.resolved_at is None else long_date(alert.resolved_at),
        "activeAlertProperties": None,
        "resolvedAlertProperties": None,
        "additionalInformation": None,
        "relatedLinks": [{"title": "Troubleshoot", "url": "https://aka.ms/aadconnecthealth"}],
        "tenantId": TENANT_ID,
    }


def long_date(moment: datetime) -> str:
    """Seven digits of a second, as most of Connect Health's dates have them."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}7Z"


def short_date(moment: datetime | None) -> str:
    """Three digits of a second."""
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
