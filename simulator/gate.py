"""Who may read what in the simulated tenant, and how Microsoft says no."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from simulator import tokens
from simulator.entra import TENANT_ID
from simulator.grants import (
    DEFAULT_ROLES,
    ORGANIZATION,
    PERMISSION,
    PROVIDER,
    action_of,
    door_of,
    widened,
)
from simulator.graph import GraphError
from simulator.health import ArmError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_UNSAID: Final = "Access token is empty or cannot be read."


class Gate:
    """What is granted to the watchdog of one tenant.

    Attributes:
        roles: Application permissions of Graph.
        reader: Whether it has Reader on Connect Health.
    """

    def __init__(self) -> None:
        self.roles: frozenset[str] = DEFAULT_ROLES
        self.reader = True

    def grant(self, permissions: Iterable[str]) -> None:
        """Grant application permissions of Graph.

        Raises:
            ValueError: One is not the name of a permission.
        """
        for name in permissions:
            if not PERMISSION.fullmatch(name):
                raise ValueError(f"no permission is named {name!r}: say such as AuditLog.Read.All")
        self.roles |= frozenset(permissions)

    def revoke(self, permissions: Iterable[str]) -> None:
        """Take application permissions of Graph away.

        Raises:
            ValueError: One was not granted.
        """
        missing = sorted(frozenset(permissions) - self.roles)
        if missing:
            held = ", ".join(sorted(self.roles))
            raise ValueError(f"{', '.join(missing)} cannot be revoked: granted is {held}")
        self.roles -= frozenset(permissions)

    def graph_roles(self, authorization: str, now: datetime) -> frozenset[str]:
        """The app roles that a request to Graph comes with.

        Raises:
            GraphError: 401, for a token that Graph does not take.
        """
        said = self._checked(authorization, tokens.GRAPH_AUDIENCES, now)
        if isinstance(said, str):
            raise GraphError(HTTPStatus.UNAUTHORIZED, "InvalidAuthenticationToken", said)
        return self.roles if said is None else said.roles

    def graph_permits(
        self, roles: frozenset[str], method: str, path: str, query: Iterable[str]
    ) -> bool:
        """Whether a request shows its fields; only the organization hides them instead of itself.

        Raises:
            GraphError: 403, for a request that the roles do not allow; 404 for an unknown path.
        """
        door = door_of(path)
        if door is None:
            raise GraphError(
                HTTPStatus.NOT_FOUND, "Request_ResourceNotFound", f"Nothing was found at {path}."
            )
        if method != "GET" or widened(query):
            raise GraphError(HTTPStatus.FORBIDDEN, door.code, door.message)
        if door.opened_by & roles:
            return True
        if door is ORGANIZATION:
            return False
        raise GraphError(HTTPStatus.FORBIDDEN, door.code, door.message)

    def arm_knows(self, authorization: str, now: datetime) -> None:
        """Look at the token of a request to Resource Manager.

        Raises:
            ArmError: 401, for a token that it does not take.
        """
        said = self._checked(authorization, tokens.ARM_AUDIENCES, now)
        if isinstance(said, str):
            code = "AuthenticationFailed" if said == _UNSAID else "InvalidAuthenticationToken"
            raise ArmError(HTTPStatus.UNAUTHORIZED, code, said)

    def arm_permits(self, method: str, path: str) -> None:
        """Look whether Connect Health may be asked for this.

        Raises:
            ArmError: 403, naming the action that no role allows; 404 for an unknown path.
        """
        action = action_of(path, method)
        if action is None:
            raise ArmError(
                HTTPStatus.NOT_FOUND, "ResourceNotFound", f"Nothing was found at {path}."
            )
        if self.reader and action.endswith("/read"):
            return
        raise ArmError(
            HTTPStatus.FORBIDDEN,
            "AuthorizationFailed",
            f"The client '{tokens.APP_ID}' with object id '{tokens.OBJECT_ID}' does not have"
            f" authorization to perform action '{action}' over scope '/providers/{PROVIDER}' or the"
            " scope is invalid. If access was recently granted, please refresh your credentials.",
        )

    @staticmethod
    def _checked(
        authorization: str, audiences: frozenset[str], now: datetime
    ) -> tokens.Claims | str | None:
        """The claims, why they do not count, or None for the opaque token of the loopback."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _UNSAID
        if token.strip() == tokens.LOOPBACK:
            return None
        claims = tokens.read(token.strip())
        return _fault(claims, audiences, now) or claims


def _fault(claims: tokens.Claims | None, audiences: frozenset[str], now: datetime) -> str:
    """Why a token does not count; "" for a good one. The tenant is in the public cloud."""
    if claims is None:
        return "IDX14100: JWT is not well formed, there are no dots (.)."
    if claims.audience not in audiences:
        return "Access token validation failure. Invalid audience."
    if claims.tenant_id != TENANT_ID:
        return "The access token is from the wrong issuer."
    good = claims.issued <= now < claims.expires
    return "" if good else "Lifetime validation failed, the token is expired."
