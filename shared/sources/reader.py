"""What all sources over HTTP have in common: address, token, deadline, counting, last resort.

Importing this module is cheap: clients and SDKs are loaded by the first read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from shared.sources.addresses import root_of
from shared.sources.failures import unexpected
from shared.sources.tokens import TokenSource

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from azure.core.credentials import TokenCredential

    from shared.domain.pair.readings import Source
    from shared.domain.readings import Unavailable

R = TypeVar("R")


class Reader(ABC, Generic[R]):
    """Reads one thing of one tenant (`ports.ReadsSource`); a subclass says what and how.

    One object serves all ticks, also overlapping ones and ones on other event loops: it keeps the
    token, and no connection.

    Args:
        credential: azure-identity's synchronous kind, which stays the caller's to close; or a
            `TokenSource` that several sources share, so that a tick fetches one token.
        base_url: The service's root, such as `https://graph.microsoft.com`.
        tenant_id: The watched tenant.
        scope: What to ask the credential for, such as `https://graph.microsoft.com/.default`.
        deadline: For one read as a whole, the token included; None for the usual one.
        allow_http_loopback: Whether `base_url` may be plain http on this machine (simulator).

    Attributes:
        requests: HTTP requests sent so far, retries included.

    Raises:
        ValueError: A value above cannot work, and why.
    """

    source: ClassVar[Source]
    """Its word in the log."""
    service: ClassVar[str]
    """Whom it asks."""
    usual_deadline: ClassVar[timedelta]

    def __init__(  # noqa: PLR0913  all of them by name
        self,
        credential: TokenCredential | TokenSource,
        *,
        base_url: str,
        tenant_id: str,
        scope: str,
        deadline: timedelta | None = None,
        allow_http_loopback: bool = False,
    ) -> None:
        self.requests = 0
        self._deadline = self.usual_deadline if deadline is None else deadline
        if self._deadline.total_seconds() <= 0:
            raise ValueError(f"the deadline of a read must be positive, not {deadline}")
        self._base_url = root_of(self.service, base_url, allow_http_loopback=allow_http_loopback)
        self._tenant_id = tenant_id
        self._scope = scope
        self._tokens = (
            credential
            if isinstance(credential, TokenSource)
            else TokenSource(credential, scope, tenant_id)
        )

    async def read(self, now: datetime) -> R | Unavailable:
        """Read once, within the deadline.

        Args:
            now: Our clock, aware.

        Returns:
            The reading, or why there is none. Never raises but `CancelledError`.
        """
        try:
            return await self._read(now)
        except Exception as error:  # noqa: BLE001  the port promises that nothing escapes
            return self._unexpected(error)

    async def aclose(self) -> None:
        """Forget the token. No connection outlives a read. Can be called again."""
        self._tokens.forget()

    @abstractmethod
    async def _read(self, now: datetime) -> R | Unavailable:
        """Read once, and keep the deadline.

        Raises:
            Exception: Something that this was not written for.
        """

    def _unexpected(self, error: Exception) -> Unavailable:
        return unexpected(error, self.service, self.source, type(self).__module__)
