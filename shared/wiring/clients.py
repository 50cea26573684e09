"""The clients of one tenant: every source, the store, the channel, made from the settings."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from shared.channels.dead_man import DeadManPing
from shared.channels.teams import TeamsChannel
from shared.domain.pair.readings import Source
from shared.reading import NotRead
from shared.settings.types import (
    Cloud,
    ConnectHealth,
    CredentialKind,
    SqliteFile,
    TablesEndpoint,
)
from shared.sources.audits import AuditsSource
from shared.sources.certificates import CertificatesSource
from shared.sources.cloud_sync import CloudSyncSource
from shared.sources.connect_health import ConnectHealthSource
from shared.sources.graph import GraphSource
from shared.sources.graph_reader import Where
from shared.sources.health_details import HealthDetailsSource
from shared.sources.initiators import SyncApplications
from shared.sources.service_health import ServiceHealthSource
from shared.sources.sync_configuration import SyncConfigurationSource
from shared.sources.tokens import TokenSource
from shared.watch import Outside

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

    from shared.ports import ReadsSource, Store
    from shared.settings import Settings

LOOPBACK_TOKEN: Final = "loopback"  # noqa: S105 - a made-up token that only a simulator accepts


def outside_of(settings: Settings) -> Outside:
    """Everything that a tick touches outside the process.

    Raises:
        ValueError: A client refuses what the settings let through.
    """
    credential = credential_of(settings)
    loopback = settings.credential is CredentialKind.LOOPBACK
    channel = ping = None
    if settings.teams_url is not None:
        channel = TeamsChannel(
            settings.teams_url, extra_hosts=settings.teams_hosts, loopback=loopback
        )
    if settings.dead_man_url is not None:
        ping = DeadManPing(settings.dead_man_url, loopback=loopback)
    hosts = settings.hosts
    tokens = TokenSource(credential, hosts.graph_scope, settings.tenant_id)
    graph = Where(
        base_url=hosts.graph_url,
        tenant_id=settings.tenant_id,
        scope=hosts.graph_scope,
        allow_http_loopback=loopback,
    )
    applications = SyncApplications()
    sources: dict[Source, ReadsSource] = {
        **_connect_health(settings, credential),
        Source.SYNC_CONFIGURATION: SyncConfigurationSource(tokens, **graph),
        Source.AUDITS: AuditsSource(tokens, applications=applications, **graph),
        Source.CERTIFICATES: CertificatesSource(tokens, applications=applications, **graph),
        Source.SERVICE_HEALTH: ServiceHealthSource(tokens, **graph),
        Source.CLOUD_SYNC: CloudSyncSource(tokens, **graph),
    }
    tenant = GraphSource(tokens, **graph)
    return Outside(tenant, _store(settings, credential), channel, ping, sources)


def _connect_health(settings: Settings, credential: TokenCredential) -> dict[Source, ReadsSource]:
    """Connect Health's two sources, or why there are none."""
    hosts = settings.hosts
    why = ""
    if settings.connect_health is ConnectHealth.OFF:
        why = "Connect Health is switched off. Set WATCHDOG_CONNECT_HEALTH to auto to use it."
    elif hosts.arm_url is None:
        why = "No address of Resource Manager is known. Set WATCHDOG_ARM_URL for a simulator."
    elif settings.cloud is Cloud.CHINA:
        why = "Connect Health does not exist in this cloud (WATCHDOG_CLOUD is china)."
    if why or hosts.arm_url is None:
        off = NotRead(why)
        return {Source.CONNECT_HEALTH: off, Source.HEALTH_DETAILS: off}
    loopback = settings.credential is CredentialKind.LOOPBACK
    tokens = TokenSource(credential, hosts.arm_scope, settings.tenant_id)
    made = (
        kind(
            tokens,
            base_url=hosts.arm_url,
            tenant_id=settings.tenant_id,
            scope=hosts.arm_scope,
            allow_http_loopback=loopback,
        )
        for kind in (ConnectHealthSource, HealthDetailsSource)
    )
    return dict(zip((Source.CONNECT_HEALTH, Source.HEALTH_DETAILS), made, strict=True))


class _LoopbackCredential:
    """A fixed token for the simulator; settings refuse it anywhere but on loopback."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """The made-up token."""
        from azure.core.credentials import AccessToken  # noqa: PLC0415 - as in credential_of

        return AccessToken(LOOPBACK_TOKEN, int(time.time()) + 3600)


def credential_of(settings: Settings) -> TokenCredential:
    """What tokens are asked from."""
    if settings.credential is CredentialKind.LOOPBACK:
        return _LoopbackCredential()
    # here, because azure.identity is slow to load and the simulator does not need it
    from azure import identity  # noqa: PLC0415 - as above

    if settings.credential is CredentialKind.MANAGED_IDENTITY:
        return identity.ManagedIdentityCredential(client_id=settings.azure_client_id)
    # its warning repeats, in seven lines, what the reading says in one
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
    return identity.ChainedTokenCredential(
        identity.AzureCliCredential(tenant_id=settings.tenant_id),
        identity.AzureDeveloperCliCredential(tenant_id=settings.tenant_id),
        identity.AzurePowerShellCredential(tenant_id=settings.tenant_id),
    )


def _store(settings: Settings, credential: TokenCredential) -> Store:
    store = settings.store
    if isinstance(store, SqliteFile):
        from shared.stores.sqlite import SqliteStore  # noqa: PLC0415 - never needed in Azure

        return SqliteStore(store.path)
    from shared.stores.tables import TablesStore  # noqa: PLC0415 - never needed with SQLite

    if isinstance(store, TablesEndpoint):
        return TablesStore.from_endpoint(store.endpoint, credential)
    return TablesStore.from_connection_string(store.connection_string.reveal())
