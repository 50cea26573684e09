"""A synchronous credential like azure-identity's, with a script."""

from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING, Any

from azure.core.credentials import AccessToken

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CANARY = "canary-bearer-9f1c2b7e44d0"
"""A made-up token that must never be seen anywhere but in a request."""
FAR_FUTURE = 4_102_444_800  # 2100-01-01


def jwt(**claims: Any) -> str:
    """An unsigned JWT with these claims."""
    head, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims)
    )
    return f"{head}.{payload}.{CANARY}"


class FakeCredential:
    """Hands out tokens, or raises, and remembers who asked from which thread.

    Attributes:
        outcomes: What each call gives, in order; the last one repeats.
        gate: Set: answer at once. Cleared: hang until it is set.
    """

    def __init__(self, *outcomes: str | Exception, expires_on: int = FAR_FUTURE) -> None:
        self.outcomes = list(outcomes) or [CANARY]
        self.expires_on = expires_on
        self.scopes: list[tuple[str, ...]] = []
        self.threads: list[threading.Thread] = []
        self.gate = threading.Event()
        self.gate.set()

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        """As `TokenCredential.get_token`."""
        self.scopes.append(scopes)
        self.threads.append(threading.current_thread())
        self.gate.wait()
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return AccessToken(outcome, self.expires_on)


def _conforms(fake: FakeCredential) -> TokenCredential:
    """The type checker proves here that the fake is a `TokenCredential`."""
    return fake
