"""The tables of a Log Analytics workspace that the queries read, and who says so.

Source of each: Azure Monitor Logs reference, `https://learn.microsoft.com/azure/azure-monitor/
reference/tables/<name in lower case>`. Only the columns that a query could sensibly want.
"""

from __future__ import annotations

from typing import Final

_EVERY: Final = {
    "TimeGenerated": "datetime",
    "_ResourceId": "string",
    "_BilledSize": "real",
    "_IsBillable": "string",  # text, not a truth value
    "TenantId": "string",  # the workspace, not the Entra tenant
    "Type": "string",
}

_APPLICATION: Final = {
    **_EVERY,
    "AppRoleInstance": "string",
    "AppRoleName": "string",
    "AppVersion": "string",
    "ItemCount": "int",
    "Measurements": "dynamic",
    "OperationId": "string",
    "OperationName": "string",
    "Properties": "dynamic",
}

TABLES: Final = {
    "AppTraces": {**_APPLICATION, "Message": "string", "SeverityLevel": "int"},
    "AppRequests": {
        **_APPLICATION,
        "DurationMs": "real",
        "Id": "string",
        "Name": "string",
        "ResultCode": "string",
        "Success": "bool",
        "Url": "string",
    },
    "AppAvailabilityResults": {
        **_APPLICATION,
        "DurationMs": "real",
        "Id": "string",
        "Location": "string",
        "Message": "string",
        "Name": "string",
        "Success": "bool",
    },
    "Usage": {
        "TimeGenerated": "datetime",
        "StartTime": "datetime",
        "EndTime": "datetime",
        "DataType": "string",
        "IsBillable": "bool",
        "Quantity": "real",  # millions of bytes
        "QuantityUnit": "string",
        "ResourceUri": "string",
        "Solution": "string",
        "Type": "string",
    },
}
