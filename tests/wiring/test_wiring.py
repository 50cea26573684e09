"""The composition root: the right clients from the settings, quietly, and without any network."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import pytest
from azure.identity import ChainedTokenCredential, ManagedIdentityCredential

from shared import wiring
from shared.settings.types import SettingsError
from shared.sources.graph import GraphSource
from shared.stores.sqlite import SqliteStore
from shared.stores.tables import TablesStore
from shared.wiring import clients
from shared.wiring.clients import LOOPBACK_TOKEN
from tests.support.canary import assert_leaks_no_secret
from tests.support.settings_env import AZURE, CANARY, KEY_BODY, LAPTOP, SIMULATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.watch import Watch

CLIENT_ID = "0b6c1b0e-7d0f-4d0c-8b53-6f0d5d3f7a10"
SIGNING = {"WATCHDOG_PAGE_ACCESS": "link", "WATCHDOG_SIGNING_KEYS": f"k1:{KEY_BODY}"}
CHATTY = ("azure", "azure.core.pipeline", "urllib3.connectionpool", "httpx", "httpcore", "msal")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection or asks the DNS fails the test."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("wiring must not use the network", pytrace=True)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def graph_of(watch: Watch) -> GraphSource:
    """The real Graph reader of a watch."""
    assert isinstance(watch.outside.tenant, GraphSource)
    return watch.outside.tenant


def credential_of(environ: Mapping[str, str]) -> object:
    """What the Graph reader gets its tokens from."""
    return graph_of(wiring.build(environ))._tokens._credential


# -- credentials ----------------------------------------------------------------------------------


def test_in_azure_the_managed_identity_signs_in() -> None:
    """By default, and nothing else is tried: no developer's login can slip in."""
    assert type(credential_of(AZURE)) is ManagedIdentityCredential


def test_a_user_assigned_identity_is_the_one_that_was_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`AZURE_CLIENT_ID` comes from the settings that were read, not from the process."""
    asked: list[object] = []

    class Recorder(ManagedIdentityCredential):
        def __init__(self, *, client_id: str | None) -> None:
            asked.append(client_id)
            super().__init__(client_id=client_id)

    monkeypatch.setattr("azure.identity.ManagedIdentityCredential", Recorder)
    wiring.build({**AZURE, "AZURE_CLIENT_ID": CLIENT_ID})
    wiring.build(AZURE)

    assert asked == [CLIENT_ID, None]


def test_a_developer_signs_in_with_the_tools_of_a_desk() -> None:
    """az, azd and PowerShell, in this order; no managed identity, no secret from a variable."""
    credential = credential_of({**LAPTOP, "WATCHDOG_CREDENTIAL": "developer"})

    assert isinstance(credential, ChainedTokenCredential)
    assert [type(each).__name__ for each in credential.credentials] == [
        "AzureCliCredential",
        "AzureDeveloperCliCredential",
        "AzurePowerShellCredential",
    ]


def test_the_simulator_gets_a_token_that_is_worth_nothing() -> None:
    """A fixed word, made without any service."""
    credential = credential_of(SIMULATOR)

    assert credential.get_token("any").token == LOOPBACK_TOKEN  # type: ignore[attr-defined]  # a TokenCredential


# -- hosts and stores -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cloud", "graph", "storage"),
    [
        ("public", "https://graph.microsoft.com", "core.windows.net"),
        ("usgov", "https://graph.microsoft.us", "core.usgovcloudapi.net"),
        ("dod", "https://dod-graph.microsoft.us", "core.usgovcloudapi.net"),
        ("china", "https://microsoftgraph.chinacloudapi.cn", "core.chinacloudapi.cn"),
    ],
)
def test_each_cloud_is_asked_at_its_own_hosts(cloud: str, graph: str, storage: str) -> None:
    """Host and token scope of Graph go together; a token is for nobody else."""
    store = f"https://contosowatchdog.table.{storage}"
    watch = wiring.build({**AZURE, "WATCHDOG_CLOUD": cloud, "WATCHDOG_STORE": store})
    source = graph_of(watch)

    assert source._base_url.rstrip("/") == graph
    assert source._scope == f"{graph}/.default"
    assert isinstance(watch.outside.store, TablesStore)
    assert storage in watch.outside.store._name


def test_a_laptop_keeps_its_state_in_a_file() -> None:
    """`WATCHDOG_STORE` decides; what is unset is neither pinged nor posted to."""
    watch = wiring.build(LAPTOP)

    assert isinstance(watch.outside.store, SqliteStore)
    assert watch.outside.dead_man is None
    assert watch.outside.channel is not None


@pytest.mark.parametrize(
    ("settings", "signs"),
    [
        ({}, False),
        (SIGNING, True),
        ({**SIGNING, "WATCHDOG_PAGE_ACCESS": "entra"}, False),
        ({**SIGNING, "WATCHDOG_SIGNING_KEYS": ""}, False),
    ],
    ids=["unset", "link and keys", "sign-in", "no keys"],
)
def test_links_are_signed_only_where_a_signed_link_opens_a_page(
    settings: dict[str, str], *, signs: bool
) -> None:
    """A signature is a bearer secret: none is handed out that nobody needs."""
    watch = wiring.build({**LAPTOP, **settings})

    assert (watch.plan.presentation.link_key is not None) is signs


# -- quiet ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("auth", "base"), [("True", "https://watchdog.contoso.com"), ("", "")])
def test_cards_link_to_the_pages_only_where_somebody_can_open_them(auth: str, base: str) -> None:
    """Without App Service sign-in the page answers 403; then the card says it all itself."""
    public = {"WATCHDOG_PUBLIC_URL": "https://watchdog.contoso.com", "WEBSITE_AUTH_ENABLED": auth}
    settings = wiring.load_settings(AZURE | public)

    assert wiring.plan_of(settings).presentation.public_url == base


@pytest.mark.parametrize("name", CHATTY)
def test_the_libraries_are_quiet(name: str) -> None:
    """Their INFO lines hold addresses, and a line per request would drown ours."""
    top = logging.getLogger(name.partition(".")[0])
    before = top.level
    try:
        top.setLevel(logging.NOTSET)
        wiring.build(SIMULATOR)
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)
    finally:
        top.setLevel(before)


@pytest.mark.parametrize(
    "environ",
    [
        {**LAPTOP, **SIGNING, "WATCHDOG_DEAD_MAN_URL": f"https://hc-ping.com/{CANARY}"},
        {**AZURE, "WATCHDOG_STORE": f"AccountName=contoso;AccountKey={KEY_BODY};EndpointSuffix=x"},
        {**LAPTOP, "WATCHDOG_TEAMS_URL": f"https://evil.example/?sig={CANARY}"},
        SIMULATOR,
    ],
    ids=["all secrets", "wrong store", "wrong webhook", "simulator"],
)
async def test_no_secret_is_shown_by_what_is_built_or_refused(environ: dict[str, str]) -> None:
    """Neither in a log, nor in the watch and its parts, nor in an error and its chain."""

    async def build() -> object:
        watch = wiring.build(environ)
        return (watch.plan, watch.outside, vars(watch.outside.channel), vars(watch))

    await assert_leaks_no_secret(build, [CANARY, KEY_BODY, "01234567890123456789012345678901"])


async def test_a_client_that_refuses_is_a_misconfiguration(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its words without secrets, at every tick, at `run` and at `health`; nothing raises."""

    def refuse(*_: object, **__: object) -> None:
        raise ValueError(f"https://a.logic.azure.com/x?sig={CANARY} will not do")

    monkeypatch.setattr(clients, "TeamsChannel", refuse)
    app = wiring.Application(LAPTOP)
    with pytest.raises(SettingsError, match="will not do") as caught:
        wiring.build(LAPTOP)
    assert CANARY not in str(caught.value)

    assert await app.tick() is None
    assert await app.tick() is None
    assert (await app.run()).status == 503
    assert (await app.health()).body["status"] == "misconfigured"
    assert caplog.text.count("watchdog.misconfigured") == 3
    assert "will not do" in caplog.text
    assert CANARY not in caplog.text
    await app.aclose()


async def test_an_application_that_was_never_used_is_closed_without_a_word() -> None:
    """Clients are built when first needed."""
    await wiring.Application(LAPTOP).aclose()
    await wiring.Application({}).aclose()
