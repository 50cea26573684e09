"""The doctor in front of a simulated tenant: what is planted there is what its rows say.

Real are the settings, the sources, the store, the channel, the tokens' reading and the requests;
simulated are the tenant, its permissions and the workflow. The public address is a scripted server.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from shared import wiring
from shared.doctor.report import Report
from shared.wiring import doctor as wired
from simulator.server import LoopbackTenant
from tests.support.command_line import tenant
from tests.support.roles_credential import RolesCredential
from tests.support.signing import KEYS
from tests.support.webhook_server import Reply, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.doctor.report import Row

HEALTH = b'{"status": "ok", "last_success_age_seconds": 60}'


@dataclass
class Scene:
    """A tenant, the environment, and what the last look said."""

    loopback: LoopbackTenant
    environ: dict[str, str]
    report: Report | None = None
    credential: Any = None
    changes: dict[str, str] = field(default_factory=dict)

    async def look(self, *, send_card: bool = False, **changes: str) -> dict[str, Row]:
        """Every row by its name.

        Args:
            send_card: Whether to post a test card.
            changes: Changes to the environment; an empty text takes one away.
        """
        environ = {name: value for name, value in {**self.environ, **changes}.items() if value}
        settings = wiring.load_settings(environ)
        made = self.credential or RolesCredential.of(self.loopback)
        with mock.patch("shared.wiring.clients.credential_of", return_value=made):
            self.report = await wired.look(
                settings,
                wiring.build_from(settings),
                environ,
                send_card=send_card,
                now=wiring.utc_now,
                new_id=wiring.new_id,
            )
        return {row.name: row for row in self.report.rows}


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """A tenant in which nothing is wrong, and an address that answers like a deployed app's."""
    with (
        tenant(folder) as (loopback, environ),
        WebhookServer(Reply(200, body=HEALTH)) as pages,
    ):
        yield Scene(
            loopback,
            {**environ, "WATCHDOG_PUBLIC_URL": pages.origin, "WATCHDOG_SIGNING_KEYS": KEYS},
        )
