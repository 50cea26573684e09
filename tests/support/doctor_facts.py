"""Facts as a healthy deployment shows them, and short ways to spoil one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from shared.doctor.checks import CHECKS
from shared.doctor.claims import Claims
from shared.doctor.facts import (
    Address,
    Audience,
    Door,
    Facts,
    Named,
    Place,
    Probed,
    Step,
    Token,
    Web,
)
from shared.doctor.judging import judged
from shared.domain.pair.readings import (
    AuditTrail,
    Certificates,
    CloudSync,
    HealthMember,
    HealthReading,
    ServiceHealth,
    Source,
    SyncConfiguration,
)
from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.ports import Delivery, Receipt
from shared.sources.permissions import GRAPH_ROLES
from shared.watch import Health
from tests.support.settings_env import AZURE, KEY_BODY, TENANT, read

if TYPE_CHECKING:
    from shared.doctor.report import Row

NOW = datetime(2026, 11, 21, 20, 2, tzinfo=UTC)
CLIENT = "0b6c1b0e-7d0f-4d0c-8b53-6f0d5d3f7a10"
PRINCIPAL = "5e1f7a10-0b6c-4d0c-8b53-6f0d5d3f0b0e"
HOST = "contoso-watchdog.azurewebsites.net"
ALL = tuple(role.value for role in GRAPH_ROLES)
ENVIRON = {
    **AZURE,
    "AZURE_CLIENT_ID": CLIENT,
    "WEBSITE_AUTH_ENABLED": "True",
    "WATCHDOG_ON_CALL": "On-call Identity <oncall@contoso.com>",
    "WATCHDOG_ESCALATE_TO": "Identity lead <lead@contoso.com>",
}
SIGN_IN = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=1"
DATE = {"date": format_datetime(NOW, usegmt=True)}
FORBIDDEN = Unavailable(Reason.FORBIDDEN, "Graph denied it (403).")
THROTTLED = Unavailable(Reason.THROTTLED, "Graph answered 429; a later read tries again.")
UNREACHABLE = Unavailable(Reason.UNREACHABLE, "Graph answered 500; the next read tries again.")
NOT_SET_UP = Unavailable(Reason.NOT_CONFIGURED, "The tenant has none.")


def claims(*roles: str, **changes: Any) -> Claims:
    """The identity's claims with these roles."""
    return replace(
        Claims(
            tenant=TENANT,
            client_id=CLIENT,
            object_id=PRINCIPAL,
            roles=roles,
            issued_at=NOW - timedelta(minutes=10),
            not_before=NOW - timedelta(minutes=10),
            expires_at=NOW + timedelta(hours=20),
        ),
        **changes,
    )


def token(*roles: str, **changes: Any) -> Token:
    """A token for Graph with these roles; all of them when none is named."""
    return Token(claims(*(roles or ALL), **changes), NOW + timedelta(hours=20))


def page(status: int | None, body: bytes = b"", **headers: str) -> Web:
    """An answer; underscores in the names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Web(status, "" if status else "no answer in time", {**DATE, **named}, body, NOW)


HEALTHY = page(200, b'{"status": "ok", "last_success_age_seconds": 120}')
SOURCES: dict[Source, Any] = {
    Source.SYNC_CONFIGURATION: SyncConfiguration(exporter="SYNC-A"),
    Source.AUDITS: AuditTrail(),
    Source.CERTIFICATES: Certificates(),
    Source.SERVICE_HEALTH: ServiceHealth(),
    Source.CLOUD_SYNC: CloudSync(jobs=0, running=0, last_success_at=None),
    Source.CONNECT_HEALTH: HealthReading(
        (HealthMember("1", "SYNC-A", staging=False), HealthMember("2", "SYNC-B", staging=True))
    ),
}
WEB = {
    Door.HEALTH: HEALTHY,
    Door.STATUS: page(302, location=SIGN_IN),
    Door.RUN: page(401),
    Door.DOCTOR: page(401),
}
READING = TenantReading(TENANT, "Contoso", True, NOW, NOW)


def facts(environ: dict[str, str] | None = None, **changes: Any) -> Facts:
    """The facts of a deployment in Azure in which every check passes, but for these changes.

    Args:
        environ: Changes to the settings; an empty text takes one away.
        changes: Fields of `Facts`.
    """
    settings = read({**ENVIRON, **(environ or {})})
    whole = Facts(
        settings=settings,
        place=Place("contoso-watchdog", "rg-watchdog", "3.13.5"),
        now=NOW,
        build="0.1.0+3f2a9c1 2026-11-21T20:00Z",
        tokens={each: token() for each in Audience},
        names={
            each: Named(f"{each.name.lower()}.contoso.com", ("203.0.113.7",)) for each in Address
        },
        graph_answer=page(401),
        tenant=READING,
        sources=SOURCES,
        store=Probed(Step.DONE),
        health=Health("ok", timedelta(minutes=3)),
        card=Receipt(Delivery.ACCEPTED, "The workflow accepted the card (202)."),
        web=WEB,
        facts_age=timedelta(days=10),
    )
    return replace(whole, **changes)


def rows(found: Facts) -> dict[str, Row]:
    """Every row by its name."""
    return {row.name: row for row in judged(CHECKS, found)}


_SECOND = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="
SIGNED = {
    "WATCHDOG_PAGE_ACCESS": "link",
    "WATCHDOG_SIGNING_KEYS": f"k2:{KEY_BODY};k1:{_SECOND}",
}
DESK = {"WEBSITE_SITE_NAME": "", "WEBSITE_HOSTNAME": "", "WATCHDOG_CREDENTIAL": "developer"}
"""A desk on which a person is signed in."""
