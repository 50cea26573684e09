"""A credential like a managed identity's, with any set of app roles in its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken

from simulator import tokens
from simulator.entra import TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import TokenCredential

    from simulator.server import LoopbackTenant


class RolesCredential:
    """Makes unsigned tokens for whatever scope is asked for.

    Args:
        roles: App roles; they go into tokens for Graph only, as at Entra.
        tenant_id: Whose tokens they are.

    Attributes:
        scopes: What was asked for, in order.
    """

    def __init__(self, *roles: str, tenant_id: str = TENANT_ID) -> None:
        self.scopes: list[str] = []
        self._roles: Callable[[], frozenset[str]] = lambda: frozenset(roles)
        self._tenant_id = tenant_id

    @classmethod
    def of(cls, loopback: LoopbackTenant) -> RolesCredential:
        """One whose every new token carries what is granted in the tenant at that moment."""
        made = cls()
        made._roles = lambda: loopback.granted
        return made

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        """As `TokenCredential.get_token`."""
        self.scopes += scopes
        audience = audience_of(scopes[0])
        roles = self._roles() if audience in tokens.GRAPH_AUDIENCES else ()
        token = tokens.mint(audience, roles, tenant_id=self._tenant_id)
        return AccessToken(token, int(tokens.EXPIRES.timestamp()))


def audience_of(scope: str) -> str:
    """The audience of a scope such as `https://graph.microsoft.com/.default`.

    The scope of a simulated Graph is its loopback address or the public cloud's, by the settings.
    """
    parts = urlsplit(scope.removesuffix("/.default"))
    return f"{parts.scheme}://{parts.netloc}"


def _conforms(fake: RolesCredential) -> TokenCredential:
    """The type checker proves here that the fake is a `TokenCredential`."""
    return fake
