"""The allow-list: every permission that the watchdog's identity may ever hold, and what for.

Templates, doctor, documents and the simulator are tested against this list. A request that needs
more than it is a defect.

Role ids of the public cloud; they are the same in every tenant.
https://learn.microsoft.com/graph/permissions-reference
https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.domain.pair.readings import Source


@dataclass(frozen=True, slots=True)
class GraphRole:
    """An application permission of Microsoft Graph.

    Attributes:
        value: Its name, as it stands in a token's `roles`.
        id: The app role's id.
        source: What the watchdog reads with it.
        required: Whether the watchdog is blind without it; every other one is missed by name.
        also: What else cannot be read without it.
    """

    value: str
    id: str
    source: Source
    required: bool = False
    also: tuple[Source, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source that is missed without it."""
        return (self.source, *self.also)


GRAPH_APP_ID: Final = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph's own application id, the same in every tenant."""

GRAPH_ROLES: Final = (
    GraphRole(
        "Organization.Read.All",
        "498476ce-e0fe-48b0-b801-37ba7e2685c6",
        Source.GRAPH,
        required=True,
    ),
    GraphRole(
        "OnPremDirectorySynchronization.Read.All",
        "bb70e231-92dc-4729-aff5-697b3f04be95",
        Source.SYNC_CONFIGURATION,
    ),
    GraphRole("AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da", Source.AUDITS),
    GraphRole(
        "Application.Read.All",
        "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
        Source.CERTIFICATES,
        also=(Source.CLOUD_SYNC,),  # its configurations are service principals
    ),
    GraphRole(
        "ServiceHealth.Read.All", "79c261e0-fe76-4144-aad5-bdc68fbe4037", Source.SERVICE_HEALTH
    ),
    GraphRole(
        "Synchronization.Read.All", "5ba43d2f-fa88-4db2-bd1c-a67c5f0fb1ce", Source.CLOUD_SYNC
    ),
)


class Scope(StrEnum):
    """Where an Azure role is assigned: never wider than one resource of this app."""

    HOST_STORAGE = "the host's storage account"
    STATE_TABLE = "the table that holds the state"
    VAULT = "the key vault"
    INSIGHTS = "the Application Insights component"
    CONNECT_HEALTH = "/providers/Microsoft.ADHybridHealthService"


@dataclass(frozen=True, slots=True)
class AzureRole:
    """A built-in role of Azure.

    Attributes:
        name: Its display name.
        id: The role definition's id.
        scope: Where it is assigned.
        why: What fails without it.
    """

    name: str
    id: str
    scope: Scope
    why: str


AZURE_ROLES: Final = (
    AzureRole(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        Scope.HOST_STORAGE,
        "the host keeps the package, its keys and the timer's lock there",
    ),
    AzureRole(
        "Storage Table Data Contributor",
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        Scope.STATE_TABLE,
        "heartbeats, incidents and cards that are due are kept there",
    ),
    AzureRole(
        "Key Vault Secrets User",
        "4633458b-17de-408a-b874-0445c86b69e6",
        Scope.VAULT,
        "settings that are secrets are references into it",
    ),
    AzureRole(
        "Monitoring Metrics Publisher",
        "3913510d-42f4-4e42-8a64-420c390055eb",
        Scope.INSIGHTS,
        "the log, and with it the alert rules, arrive there",
    ),
    AzureRole(
        "Reader",
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        Scope.CONNECT_HEALTH,
        "which server lives and which is staging; optional, and missed by name",
    ),
)
