"""The shapes that settings have once they are read, and how a wrong setting is reported."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shared.secret import Secret, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST_SHOWN: Final = 40


def shown(value: str) -> str:
    """A value that is not a secret, as it may stand in a message: escaped, and never long.

    A long text is only counted: somebody may have pasted a secret into the wrong setting.
    """
    if len(value) > _LONGEST_SHOWN:
        return f"a text of {len(value)} characters"
    return ascii(redact(value))


def one_line(text: str) -> str:
    """The text on one line, with everything that a terminal would interpret escaped."""
    line = " ".join(text.split())
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in line)


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong, missing or contradictory setting.

    Attributes:
        name: The setting's name.
        what_is_wrong: What was found; never a secret.
        what_would_be_right: What to write instead.
    """

    name: str
    what_is_wrong: str
    what_would_be_right: str

    def __str__(self) -> str:
        return f"{self.name} {self.what_is_wrong}. Right: {self.what_would_be_right}."


class SettingsError(Exception):
    """The settings are not usable; `problems` names all of them, `str()` has one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class WrongValueError(ValueError):
    """A parser's refusal of one value, as the two halves of a `Problem`."""

    def __init__(self, what: str, right: str) -> None:
        super().__init__(what, right)
        self.what = what
        self.right = right


class Cloud(StrEnum):
    """A Microsoft cloud."""

    PUBLIC = "public"
    USGOV = "usgov"
    DOD = "dod"
    CHINA = "china"


class CredentialKind(StrEnum):
    """Where tokens come from."""

    MANAGED_IDENTITY = "managed_identity"
    DEVELOPER = "developer"
    LOOPBACK = "loopback"


class PageAccess(StrEnum):
    """What opens an incident's page."""

    ENTRA = "entra"
    LINK = "link"


class ConnectHealth(StrEnum):
    """Whether Connect Health is read."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class CloudHosts:
    """The only places that tokens are asked from and sent to.

    Attributes:
        graph_url: Microsoft Graph, without version and trailing slash.
        graph_scope: The scope of its tokens.
        arm_url: Azure Resource Manager; None when it must not be called at all.
        arm_scope: The scope of its tokens.
        authority: Host name of the sign-in service, as azure-identity wants it.
        storage_suffix: What follows `<account>.table.` in the name of a storage account's tables.
        portal: Where a person looks at the tenant, without trailing slash.
    """

    graph_url: str
    graph_scope: str
    arm_url: str | None
    arm_scope: str
    authority: str
    storage_suffix: str
    portal: str


def _hosts(*names: str) -> CloudHosts:
    graph, arm, arm_audience, authority, storage, portal = names
    return CloudHosts(
        graph_url=f"https://{graph}",
        graph_scope=f"https://{graph}/.default",
        arm_url=f"https://{arm}",
        arm_scope=f"https://{arm_audience}/.default",
        authority=authority,
        storage_suffix=storage,
        portal=f"https://{portal}",
    )


_US_ARM: Final = ("management.usgovcloudapi.net", "management.core.usgovcloudapi.net")
_US: Final = ("login.microsoftonline.us", "core.usgovcloudapi.net", "portal.azure.us")

# Graph: msgraph_core NationalClouds. Sign-in: azure.identity AzureAuthorityHosts. Resource Manager
# and its audience: azure-mgmt-core tools.get_arm_endpoints. Storage: Microsoft Learn, "Compare
# Azure Government and global Azure" and "Azure China developer guide", endpoints of table storage.
# Portals: Microsoft Learn, "Microsoft Entra authentication & national clouds".
CLOUDS: Final[Mapping[Cloud, CloudHosts]] = MappingProxyType(
    {
        Cloud.PUBLIC: _hosts(
            "graph.microsoft.com",
            "management.azure.com",
            "management.azure.com",
            "login.microsoftonline.com",
            "core.windows.net",
            "entra.microsoft.com",
        ),
        Cloud.USGOV: _hosts("graph.microsoft.us", *_US_ARM, *_US),
        Cloud.DOD: _hosts("dod-graph.microsoft.us", *_US_ARM, *_US),
        Cloud.CHINA: _hosts(
            "microsoftgraph.chinacloudapi.cn",
            "management.chinacloudapi.cn",
            "management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
            "core.chinacloudapi.cn",
            "portal.azure.cn",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """An embedded store.

    Attributes:
        path: The file, relative to the working directory or absolute.
    """

    path: str


@dataclass(frozen=True, slots=True)
class TablesEndpoint:
    """Azure Tables, reached with the credential's token.

    Attributes:
        endpoint: The account's table endpoint, without trailing slash.
    """

    endpoint: str


@dataclass(frozen=True, slots=True)
class StoreConnection:
    """Azure Tables or Azurite, reached with the key or signature in a connection string.

    Attributes:
        connection_string: The whole string.
        endpoint: Where it leads; not a secret.
    """

    connection_string: Secret
    endpoint: str


StoreSetting = SqliteFile | TablesEndpoint | StoreConnection


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours in which somebody is at work, in the time zone of the settings.

    Attributes:
        days: Weekdays, Monday is 0, in the order of the range that was given.
        opens: Time since midnight, included.
        closes: Time since midnight, excluded; at most 24 hours.
    """

    days: tuple[int, ...]
    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A moment of each week, in the time zone of the settings.

    Attributes:
        day: The weekday, Monday is 0.
        at: The time of day.
    """

    day: int
    at: time


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key for the signatures of links.

    Attributes:
        id: Names the key inside a link; not a secret.
        secret: The key in base64.
    """

    id: str
    secret: Secret

    def reveal(self) -> bytes:
        """The key itself, at least 32 bytes."""
        return base64.b64decode(self.secret.reveal())
