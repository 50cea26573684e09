"""Tokens for a source: fetched off the event loop, cached, and checked before their first use."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import LATER, Ended
from shared.sources.jwt_claims import payload_of
from shared.sources.tenants import other_tenant, same_tenant
from shared.sources.threads import started

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from azure.core.credentials import AccessToken, TokenCredential

_MARGIN_SECONDS: Final = 300
"""A token is replaced this long before it expires; azure-identity refreshes at the same margin."""
_BEARER: Final = re.compile(r"[\x21-\x7e]+")
_NOBODY: Final = "failed to retrieve a token from the included credentials"
"""How azure-identity's ChainedTokenCredential says that none of its credentials is available."""
_STS_CODE: Final = re.compile(r"AADSTS\d{4,8}")
_SIGN_IN: Final = (
    "Check AZURE_CLIENT_ID and that the identity is assigned to the app; on a laptop run az login."
)


class TokenSource:
    """One scope's token, shared by every read of a source.

    The credential is synchronous and may hang (a cold managed identity endpoint needs up to a
    minute), so it runs in a daemon thread. At most one is under way: a read that gives up leaves
    it running, and the next read takes its result instead of starting another.
    """

    def __init__(self, credential: TokenCredential, scope: str, tenant_id: str) -> None:
        self._credential = credential
        self._scope = scope
        self._tenant_id = tenant_id
        self._token: AccessToken | None = None
        self._pending: Future[AccessToken] | None = None

    async def get(self, now: datetime) -> AccessToken:
        """A token that is good for five minutes more, from the cache or the credential.

        Args:
            now: The current time, aware.

        Raises:
            Ended: There is no usable token, and why.
        """
        cached = self._token
        if cached is not None and cached.expires_on - now.timestamp() > _MARGIN_SECONDS:
            return cached
        pending = self._pending = self._pending or self._start()
        try:
            token = await asyncio.wrap_future(pending)
        except Exception as error:
            raise _no_token(error) from error
        finally:
            if pending.done() and self._pending is pending:
                self._pending = None
        self._check(token)
        self._token = token
        return token

    def forget(self) -> None:
        """Ask the credential again next time: the token was refused, or roles were missing."""
        self._token = None

    def _start(self) -> Future[AccessToken]:
        return started(lambda: self._credential.get_token(self._scope), "watchdog-token")

    def _check(self, token: AccessToken) -> None:
        """Refuse what is no token, or one of another tenant.

        Raises:
            Ended: With what is wrong.
        """
        if not _BEARER.fullmatch(token.token):
            raise Ended(
                Unavailable(
                    Reason.FORBIDDEN, f"The credential returned no usable token. {_SIGN_IN}"
                )
            )
        issued_for = _tenant_of(token.token)
        if issued_for is None or same_tenant(issued_for, self._tenant_id):
            return
        raise Ended(other_tenant("The token is for", [issued_for], self._tenant_id))


def _tenant_of(token: str) -> str | None:
    """Its `tid`, unverified: Graph checks that. This only catches a wrong configuration early."""
    tenant = (payload_of(token) or {}).get("tid")
    return tenant if isinstance(tenant, str) else None


def _no_token(error: Exception) -> Exception:
    """What a credential's exception means; an unknown one is handed back as it is."""
    from azure.core import exceptions as azure  # noqa: PLC0415  loaded by the credential already

    names = {each.__name__ for each in type(error).__mro__}
    if "CredentialUnavailableError" in names:  # azure.identity's, by name: importing it is slow
        return Ended(
            Unavailable(Reason.NOT_CONFIGURED, f"There is no identity to sign in with. {_SIGN_IN}")
        )
    if isinstance(error, azure.ClientAuthenticationError):
        code = _STS_CODE.search(str(error))
        if code is None and _NOBODY in str(error):
            return Ended(Unavailable(Reason.NOT_CONFIGURED, f"Nobody is signed in. {_SIGN_IN}"))
        named = f" ({code[0]})" if code else ""
        return Ended(Unavailable(Reason.FORBIDDEN, f"Entra refused the sign-in{named}. {_SIGN_IN}"))
    if isinstance(
        error,
        TimeoutError | azure.ServiceRequestTimeoutError | azure.ServiceResponseTimeoutError,
    ):
        return Ended(token_late())
    if isinstance(error, OSError | azure.AzureError):
        return Ended(
            Unavailable(
                Reason.UNREACHABLE,
                f"The identity endpoint could not be used ({type(error).__name__}); "
                f"{LATER}. {_SIGN_IN}",
            )
        )
    return error


def token_late() -> Unavailable:
    """No token came in time."""
    return Unavailable(
        Reason.TIMEOUT,
        f"The identity endpoint gave no token in time; {LATER}. "
        "If this lasts, restart the app and check the identity.",
    )
