"""Bicep's functions and decorators, with how many arguments they take and what they return.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions
"""

from __future__ import annotations

from typing import Final

from tests.support.bicep import kinds as t

_GUID_LENGTH, _UNIQUE_LENGTH = 36, 13
_SCOPE: Final = t.ObjectType(
    "scope",
    {
        name: t.known(t.STRING)
        for name in ("id", "name", "type", "location", "subscriptionId", "tenantId", "displayName")
    }
    | {name: t.known(t.OBJECT) for name in ("tags", "properties")}
    | {"managedBy": t.known(t.STRING)},
)
_DEPLOYER: Final = t.ObjectType(
    "deployer",
    {name: t.known(t.STRING) for name in ("objectId", "tenantId", "userPrincipalName")},
)
_ENVIRONMENT: Final = t.ObjectType(
    "environment",
    {
        name: t.known(t.STRING)
        for name in (
            *("name", "gallery", "graph", "portal", "graphAudience", "activeDirectoryDataLake"),
            *("batch", "media", "sqlManagement", "vmImageAliasDoc", "resourceManager"),
        )
    }
    | {
        "authentication": t.known(
            t.ObjectType(
                "authentication",
                {
                    "loginEndpoint": t.known(t.STRING),
                    "tenant": t.known(t.STRING),
                    "identityProvider": t.known(t.STRING),
                    "audiences": t.known(t.ArrayType(t.known(t.STRING))),
                },
            )
        ),
        "suffixes": t.known(
            t.ObjectType(
                "suffixes",
                {
                    name: t.known(t.STRING)
                    for name in (
                        *("acrLoginServer", "azureDatalakeAnalyticsCatalogAndJob", "storage"),
                        *("azureDatalakeStoreFileSystem", "keyvaultDns", "sqlServerHostname"),
                    )
                },
            )
        ),
    },
)

_MANY: Final = 99

FUNCTIONS: Final[dict[str, tuple[int, int, t.Type]]] = {
    "any": (1, 1, t.ANY),
    "array": (1, 1, t.ARRAY),
    "base64": (1, 1, t.STRING),
    "base64ToJson": (1, 1, t.ANY),
    "base64ToString": (1, 1, t.STRING),
    "bool": (1, 1, t.BOOL),
    "buildUri": (1, 1, t.STRING),
    "cidrHost": (2, 2, t.STRING),
    "cidrSubnet": (3, 3, t.STRING),
    "coalesce": (1, _MANY, t.ANY),
    "concat": (1, _MANY, t.ANY),
    "contains": (2, 2, t.BOOL),
    "dataUri": (1, 1, t.STRING),
    "dataUriToString": (1, 1, t.STRING),
    "dateTimeAdd": (2, 3, t.STRING),
    "dateTimeFromEpoch": (1, 1, t.STRING),
    "dateTimeToEpoch": (1, 1, t.INT),
    "deployer": (0, 0, _DEPLOYER),
    "deployment": (0, 0, t.ANY),
    "distinct": (1, 2, t.ARRAY),
    "empty": (1, 1, t.BOOL),
    "endsWith": (2, 2, t.BOOL),
    "environment": (0, 0, _ENVIRONMENT),
    "extensionResourceId": (3, _MANY, t.STRING),
    "fail": (1, 1, t.ANY),
    "filter": (2, 2, t.ANY),
    "first": (1, 1, t.ANY),
    "flatten": (1, 1, t.ARRAY),
    "format": (1, _MANY, t.STRING),
    "getSecret": (3, 4, t.STRING),
    "groupBy": (2, 3, t.OBJECT),
    "guid": (1, _MANY, t.StringType(None, _GUID_LENGTH, _GUID_LENGTH)),
    "indexOf": (2, 2, t.INT),
    "int": (1, 1, t.INT),
    "intersection": (2, _MANY, t.ANY),
    "items": (1, 1, t.ARRAY),
    "join": (2, 2, t.STRING),
    "json": (1, 1, t.ANY),
    "last": (1, 1, t.ANY),
    "lastIndexOf": (2, 2, t.INT),
    "length": (1, 1, t.INT),
    "like": (2, 2, t.BOOL),
    "list": (2, 3, t.ANY),
    "loadDirectoryFileInfo": (1, 2, t.ARRAY),
    "loadFileAsBase64": (1, 1, t.STRING),
    "loadJsonContent": (1, 3, t.ANY),
    "loadTextContent": (1, 2, t.STRING),
    "loadYamlContent": (1, 3, t.ANY),
    "managementGroup": (0, 1, t.ANY),
    "managementGroupResourceId": (2, _MANY, t.STRING),
    "map": (2, 2, t.ARRAY),
    "mapValues": (2, 2, t.OBJECT),
    "max": (1, _MANY, t.INT),
    "min": (1, _MANY, t.INT),
    "nameof": (1, 1, t.STRING),
    "newGuid": (0, 0, t.StringType(None, _GUID_LENGTH, _GUID_LENGTH)),
    "objectKeys": (1, 1, t.ArrayType(t.known(t.STRING))),
    "padLeft": (2, 3, t.STRING),
    "parseCidr": (1, 1, t.ANY),
    "parseUri": (1, 1, t.ANY),
    "pickZones": (3, 5, t.ARRAY),
    "range": (2, 2, t.ArrayType(t.known(t.INT))),
    "readCliArg": (1, 1, t.STRING),
    "readEnvironmentVariable": (1, 2, t.STRING),
    "reduce": (3, 3, t.ANY),
    "reference": (1, 3, t.ANY),
    "replace": (3, 3, t.STRING),
    "resourceGroup": (0, 2, _SCOPE),
    "resourceId": (2, _MANY, t.STRING),
    "shallowMerge": (1, 1, t.OBJECT),
    "skip": (2, 2, t.ANY),
    "sort": (2, 2, t.ARRAY),
    "split": (2, 2, t.ArrayType(t.known(t.STRING))),
    "startsWith": (2, 2, t.BOOL),
    "string": (1, 1, t.STRING),
    "subscription": (0, 1, _SCOPE),
    "subscriptionResourceId": (2, _MANY, t.STRING),
    "substring": (2, 3, t.STRING),
    "take": (2, 2, t.ANY),
    "tenant": (0, 0, _SCOPE),
    "tenantResourceId": (2, _MANY, t.STRING),
    "toLogicalZone": (3, 3, t.STRING),
    "toLogicalZones": (3, 3, t.ARRAY),
    "toLower": (1, 1, t.STRING),
    "toObject": (2, 3, t.OBJECT),
    "toPhysicalZone": (3, 3, t.STRING),
    "toPhysicalZones": (3, 3, t.ARRAY),
    "toUpper": (1, 1, t.STRING),
    "trim": (1, 1, t.STRING),
    "union": (2, _MANY, t.ANY),
    "uniqueString": (1, _MANY, t.StringType(None, _UNIQUE_LENGTH, _UNIQUE_LENGTH)),
    "uri": (2, 2, t.STRING),
    "uriComponent": (1, 1, t.STRING),
    "uriComponentToString": (1, 1, t.STRING),
    "utcNow": (0, 1, t.STRING),
    "zip": (2, 2, t.ARRAY),
}
"""Name: fewest arguments, most arguments, what is returned."""

ONLY_IN_DEFAULTS: Final = frozenset({"newGuid", "utcNow"})
"""Functions that may stand only in the default of a parameter."""

ONLY_IN_PARAMETER_FILES: Final = frozenset({"readEnvironmentVariable", "readCliArg", "getSecret"})
"""Functions that may stand only in a parameter file."""

LOADERS: Final = frozenset(
    {"loadTextContent", "loadJsonContent", "loadYamlContent", "loadFileAsBase64"}
)
"""Functions whose first argument is a file beside the template."""

NAMESPACES: Final = frozenset({"az", "sys"})
"""What may stand before a function's name."""

_ON_TYPES: Final = frozenset({"param", "output", "type", "property"})

DECORATORS: Final[dict[str, tuple[int, int, frozenset[str], frozenset[str]]]] = {
    "allowed": (1, 1, frozenset({"param"}), frozenset({"string", "int", "bool", "array"})),
    "batchSize": (1, 1, frozenset({"resource", "module"}), frozenset()),
    "description": (
        1,
        1,
        frozenset({"param", "output", "type", "property", "var", "resource", "module", "func"}),
        frozenset(),
    ),
    "discriminator": (1, 1, _ON_TYPES, frozenset({"any", "object"})),
    "export": (0, 0, frozenset({"type", "var", "func"}), frozenset()),
    "maxLength": (1, 1, _ON_TYPES, frozenset({"string", "array"})),
    "maxValue": (1, 1, _ON_TYPES, frozenset({"int"})),
    "metadata": (1, 1, _ON_TYPES | {"func"}, frozenset()),
    "minLength": (1, 1, _ON_TYPES, frozenset({"string", "array"})),
    "minValue": (1, 1, _ON_TYPES, frozenset({"int"})),
    "onlyIfNotExists": (0, 0, frozenset({"resource"}), frozenset()),
    "retryOn": (1, 2, frozenset({"resource"}), frozenset()),
    "sealed": (0, 0, _ON_TYPES, frozenset({"object"})),
    "secure": (0, 0, _ON_TYPES, frozenset({"string", "object"})),
    "waitUntil": (2, 2, frozenset({"resource"}), frozenset()),
}
"""Name: fewest and most arguments, what it may stand on, and which types that must have."""
