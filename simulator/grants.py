"""Which permission each path wants, from Microsoft's documentation. Nothing here is the watchdog's.

The table is written down a second time on purpose: a source that starts to ask for something new,
or an allow-list that names too little or too much, is found by comparing the two.

Graph, application permissions: the tables "Permissions" of the reference, their source
(microsoft-graph-devx-content, permissions/new/permissions.json, August 2026), and beside them:

- organization: https://learn.microsoft.com/graph/api/organization-list. Without the permission the
  fields are null ("all other properties will return with null values", organization-get); the
  simulator withholds the display name, too.
- directory/onPremisesSynchronization: the reference says that apps are not supported, and yet the
  app role exists and works (maester365/maester, pull request 1108, August 2025).
- directoryAudits: https://learn.microsoft.com/graph/api/directoryaudit-list also names
  Directory.Read.All, as a workaround for failing licence checks that is to go again
  (microsoft-graph-docs, pull request 13633). Its 403 has a code of its own (issue 8997).
- jobs: https://learn.microsoft.com/graph/api/synchronization-synchronization-list-jobs

Connect Health: actions of Microsoft.ADHybridHealthService, all of them reads
(https://learn.microsoft.com/azure/role-based-access-control/permissions/identity).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.health_shapes import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_ROLES: Final = frozenset(
    {
        "Application.Read.All",
        "AuditLog.Read.All",
        "OnPremDirectorySynchronization.Read.All",
        "Organization.Read.All",
        "ServiceHealth.Read.All",
        "Synchronization.Read.All",
    }
)
"""What the tenant's administrator has granted, unless a story says otherwise."""
PERMISSION: Final = re.compile(r"[A-Z][A-Za-z]*(\.[A-Z][A-Za-z]*){1,3}")
PROVIDER: Final = PREFIX.removeprefix("/providers/")


@dataclass(frozen=True, slots=True)
class Door:
    """One path of Graph.

    Attributes:
        path: Below the version, as a regular expression.
        opened_by: Application permissions; each suffices.
        code: Of the error when none is there.
        message: Likewise.
    """

    path: str
    opened_by: frozenset[str]
    code: str = "Authorization_RequestDenied"
    message: str = "Insufficient privileges to complete the operation."


_READ_APPLICATIONS: Final = frozenset(
    {
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "Directory.Read.All",
    }
)
ORGANIZATION: Final = Door(
    "organization",
    frozenset(
        {
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        }
    ),
)
DOORS: Final = (
    ORGANIZATION,
    Door(
        "directory/onPremisesSynchronization",
        frozenset(
            {
                "OnPremDirectorySynchronization.Read.All",
                "OnPremDirectorySynchronization.ReadWrite.All",
            }
        ),
    ),
    Door(
        "auditLogs/directoryAudits",
        frozenset({"AuditLog.Read.All"}),
        "Authentication_MSGraphPermissionMissing",
        "Calling principal does not have required MSGraph permissions AuditLog.Read.All",
    ),
    Door("applications", _READ_APPLICATIONS),
    Door("servicePrincipals", _READ_APPLICATIONS),
    Door(
        r"servicePrincipals/[0-9a-fA-F-]{36}/synchronization/jobs",
        frozenset(
            {
                "Synchronization.Read.All",
                "Synchronization.ReadWrite.All",
                "Application.ReadWrite.OwnedBy",
            }
        ),
    ),
    Door("admin/serviceAnnouncement/issues", frozenset({"ServiceHealth.Read.All"})),
)
_ONE: Final = r"services/[^/]+"
_MEMBER: Final = _ONE + r"/servicemembers/[^/]+"
_ACTIONS: Final = (
    (r"services", "services"),
    (_ONE + r"/alerts", "services/alerts"),
    (_ONE + r"/exporterrors/counts", "services/exporterrors"),
    (_ONE + r"/exportstatus", "services/exportstatus"),
    (_ONE + r"/servicemembers", "services/servicemembers"),
    (_MEMBER, "services/servicemembers"),
    (_MEMBER + r"/alerts", "services/servicemembers/alerts"),
    (_MEMBER + r"/datafreshness", "services/servicemembers/datafreshness"),
    (_MEMBER + r"/exportstatus", "services/servicemembers/exportstatus"),
    (_MEMBER + r"/serviceconfiguration", "services/servicemembers/serviceconfiguration"),
)
_OPTIONS: Final = frozenset({"$filter", "$orderby", "$select", "$skiptoken", "$top"})
"""What a query may hold that shows no more than its path; `$expand` needs rights of its own."""


def door_of(path: str) -> Door | None:
    """The path of Graph, version and all; None for one that no permission is known of."""
    below = re.fullmatch(r"/(?:v1\.0|beta)/(.+)", path)
    if below is None:
        return None
    return next((door for door in DOORS if re.fullmatch(door.path, below[1])), None)


def widened(query: Iterable[str]) -> list[str]:
    """The names in a query that may show more than the path does."""
    return sorted(set(query) - _OPTIONS)


def action_of(path: str, method: str = "GET") -> str | None:
    """What a request to Connect Health does, such as `…/services/read`; None when unknown."""
    for pattern, what in _ACTIONS:
        if re.fullmatch(f"{re.escape(PREFIX)}/{pattern}", path, re.IGNORECASE):
            verb = {"GET": "read", "DELETE": "delete", "POST": "action"}.get(method, "write")
            return f"{PROVIDER}/{what}/{verb}"
    return None


def permitted(method: str, path: str, query: Iterable[str], roles: Iterable[str]) -> bool:
    """Whether the roles, with Reader on Connect Health, allow a request to Graph or to ARM."""
    if method != "GET":
        return False
    if path.startswith("/providers/"):
        return action_of(path) is not None
    door = door_of(path)
    return door is not None and not widened(query) and bool(door.opened_by & set(roles))
