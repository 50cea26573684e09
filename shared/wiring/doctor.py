"""The doctor with real clients: its own, so that a tick that runs beside it counts only its own."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from shared.build_info import build
from shared.channels._http import Route
from shared.doctor.doctor import Doctor, Tools, reads_connect_health
from shared.doctor.facts import Audience, Place
from shared.doctor.network import asking, resolve
from shared.doctor.report import Report
from shared.doctor.settings_rows import NOTHING_SET, settings_rows
from shared.secret import Secret
from shared.settings import is_inside_azure
from shared.settings.types import TablesEndpoint
from shared.sources.tokens import TokenSource
from shared.wiring import clients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.settings import Settings
    from shared.settings.types import SettingsError
    from shared.watch import Watch

STORAGE_SCOPE: Final = "https://storage.azure.com/.default"
"""In every cloud (azure-data-tables 12.7.0, `_constants.STORAGE_OAUTH_SCOPE`)."""
LONGEST_BODY: Final = 1024
RIGHT: Final = 'nothing, {} or {"send_card": true}'


class WrongBodyError(ValueError):
    """A request's body is not what the doctor takes."""


class _Wanted(msgspec.Struct, forbid_unknown_fields=True):
    send_card: bool = False


def wants_card(body: bytes) -> bool:
    """Whether a request to the doctor asks for a test card.

    Raises:
        WrongBodyError: The body is neither empty nor such an object.
    """
    if len(body) > LONGEST_BODY:
        raise WrongBodyError
    try:
        return msgspec.json.decode(body, type=_Wanted).send_card if body.strip() else False
    except (msgspec.MsgspecError, ValueError, RecursionError):  # ValueError: it is not UTF-8
        raise WrongBodyError from None


def place_of(environ: Mapping[str, str]) -> Place:
    """Where this process runs. App Service sets these names; Flex Consumption not all of them."""
    return Place(
        app=environ.get("WEBSITE_SITE_NAME", ""),
        group=environ.get("WEBSITE_RESOURCE_GROUP", ""),
        python=".".join(map(str, sys.version_info[:3])),
    )


def misconfigured(wrong: SettingsError, environ: Mapping[str, str]) -> Report:
    """The report when nothing but the settings can be looked at."""
    rows = settings_rows(wrong.problems, environ, place_of(environ))
    where = "the app" if is_inside_azure(environ) else "this machine"
    if not is_inside_azure(environ) and not any(name.startswith("WATCHDOG_") for name in environ):
        rows = (NOTHING_SET, *rows)
    return Report(build(), where, rows, misconfigured=True)


async def look(  # noqa: PLR0913 - all but three by name
    settings: Settings,
    watch: Watch,
    environ: Mapping[str, str],
    *,
    send_card: bool,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Report:
    """Look at everything, and release the clients.

    Args:
        settings: What the team configured.
        watch: Clients of the doctor's own; closed afterwards.
        environ: The environment.
        send_card: Whether to post a test card.
        now: The clock.
        new_id: A fresh random id.
    """
    tools = Tools(
        tokens=_tokens(settings),
        resolve=resolve,
        ask=asking(now),
        build=build(),
        place=place_of(environ),
    )
    try:
        return await Doctor(settings, watch, tools, now=now, new_id=new_id).look(
            send_card=send_card
        )
    finally:
        await asyncio.wait([asyncio.ensure_future(watch.aclose())], timeout=5)


def route_from_here(environ: Mapping[str, str], url: str) -> Route:
    """How a desk reaches an app: through the proxy, and with the CA bundle, that curl and az use.

    Ticks go their own way and read none of this. A proxy sees the name of the host, and no key:
    that is inside TLS.

    Args:
        environ: The environment.
        url: The app's address; one that is not https is on this machine.
    """

    def named(*names: str) -> str:
        return next((environ[name] for name in names if environ.get(name)), "")

    parts = urlsplit(url)
    proxy = named("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    past = _is_listed(parts.hostname or "", named("no_proxy", "NO_PROXY"))
    through = proxy and parts.scheme == "https" and not past
    bundle = named("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return Route(Secret(proxy) if through else None, bundle or None)


def _is_listed(host: str, names: str) -> bool:
    """Whether `no_proxy` names a host, or a domain that it is in."""
    listed = [each.strip().lower().removeprefix(".") for each in names.split(",")]
    return any(each in (host, "*") or host.endswith(f".{each}") for each in listed if each)


def _tokens(settings: Settings) -> dict[Audience, TokenSource]:
    hosts = settings.hosts
    scopes = {Audience.GRAPH: hosts.graph_scope}
    if reads_connect_health(settings):
        scopes[Audience.ARM] = hosts.arm_scope
    if isinstance(settings.store, TablesEndpoint):
        scopes[Audience.STORAGE] = STORAGE_SCOPE
    credential = clients.credential_of(settings)
    return {
        audience: TokenSource(credential, scope, settings.tenant_id)
        for audience, scope in scopes.items()
    }
