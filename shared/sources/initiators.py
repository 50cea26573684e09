"""The names by which a sync server signs in, and the server's name in them.

- Application: `ConnectSyncProvisioning_<SERVER>_<12 hex>`.
  https://learn.microsoft.com/entra/identity/hybrid/connect/authenticate-application-id
- Account: `Sync_<SERVER>_<12 hex>@<domain>`; the server's name is the second part.
  https://learn.microsoft.com/entra/identity/hybrid/connect/reference-connect-accounts-permissions

The length of the hash is not documented, so it is matched loosely.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, Unpack

from shared.domain.pair.readings import MAX_NAME, MAX_SERVERS
from shared.sources.graph_reader import GraphReader, Where
from shared.sources.plain_text import one_line
from shared.sources.reader import R

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azure.core.credentials import TokenCredential

    from shared.sources.tokens import TokenSource

APPLICATION_PREFIX: Final = "ConnectSyncProvisioning_"
ACCOUNT_PREFIX: Final = "Sync_"
_SERVER: Final = rf"(?P<server>.{{1,{MAX_NAME}}})_[0-9a-f]{{8,32}}"
_APPLICATION: Final = re.compile(APPLICATION_PREFIX + _SERVER, re.IGNORECASE)
_ACCOUNT: Final = re.compile(rf"{ACCOUNT_PREFIX}{_SERVER}@.{{1,512}}", re.IGNORECASE)


def server_of_application(display_name: object) -> str:
    """The server in an application's display name; "" when it is no sync server's."""
    return _server(_APPLICATION, display_name)


def server_of_account(principal_name: object) -> str:
    """The server in a user principal name; "" when it is no sync server's."""
    return _server(_ACCOUNT, principal_name)


def _server(pattern: re.Pattern[str], name: object) -> str:
    match = pattern.fullmatch(name) if isinstance(name, str) else None
    return one_line(match["server"]) if match else ""


class SyncApplications:
    """The sync applications' display names that were seen, the newest first.

    Audits can be filtered by an application's exact name only, so whoever sees a name notes it
    here for the next read. It is a help, not a truth: it starts empty in each process.
    """

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """At most `MAX_SERVERS`."""
        return self._names

    def note(self, names: Iterable[str]) -> None:
        """Put these names first."""
        new = [each for each in names if server_of_application(each)]
        with self._lock:
            self._names = tuple(dict.fromkeys([*new, *self._names]))[:MAX_SERVERS]


class InitiatorsReader(GraphReader[R], Generic[R]):
    """A source of Graph that sees the sync applications' names or asks by them.

    Args:
        applications: The names seen; share it among the sources of a tenant.

    The other arguments: `GraphReader`.
    """

    def __init__(
        self,
        credential: TokenCredential | TokenSource,
        *,
        applications: SyncApplications | None = None,
        **where: Unpack[Where],
    ) -> None:
        super().__init__(credential, **where)
        self._applications = applications or SyncApplications()
