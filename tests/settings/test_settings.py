"""What the settings are when nothing is wrong: defaults, types, places."""

from __future__ import annotations

import dataclasses
from datetime import time, timedelta
from typing import Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from azure.identity import AzureAuthorityHosts
from msgraph_core import NationalClouds  # type: ignore[import-untyped]  # ships no types

from shared.domain.cards.presentation import Person
from shared.secret import Secret
from shared.settings import Settings
from shared.settings.table import SETTINGS
from shared.settings.types import (
    Cloud,
    ConnectHealth,
    CredentialKind,
    OfficeHours,
    PageAccess,
    SqliteFile,
    StoreConnection,
    TablesEndpoint,
    WeeklyTime,
)
from tests.support.settings_env import (
    AZURE,
    CONNECTION,
    KEY_BODY,
    LAPTOP,
    SIMULATOR,
    TENANT,
    WEBHOOK,
    read,
)

LOCAL = (
    f"AccountName=devstoreaccount1;AccountKey={KEY_BODY};"
    "TableEndpoint=http://127.0.0.1:20002/devstoreaccount1"
)
FULL = AZURE | {
    "AZURE_CLIENT_ID": TENANT.upper(),
    "WATCHDOG_SCHEDULE": "30  */10 * * * *",
    "WATCHDOG_TENANT_NAME": "Contoso \u06a9\u200c\u06a9",
    "WATCHDOG_CLOUD": "public",
    "WATCHDOG_TEAMS_HOSTS": "*.Logic.azure.us; flow.contoso.com;",
    "WATCHDOG_ON_CALL": "On-call Identity <oncall@contoso.com>; Night shift <n.o'c@contoso.com>",
    "WATCHDOG_ESCALATE_TO": "Guest <g_fabrikam.com#EXT#@contoso.onmicrosoft.com>",
    "WATCHDOG_SYNC_INTERVAL": "PT1H",
    "WATCHDOG_PUBLIC_URL": "https://watchdog.contoso.com/base/",
    "WATCHDOG_RUNBOOK_URL": "https://wiki.contoso.com/{verdict}?incident={incident}",
    "WATCHDOG_ACTIVE_SERVER": "SYNC-A",
    "WATCHDOG_STANDBY_SERVERS": "SYNC-B; sync-c.corp.contoso.com",
    "WATCHDOG_PAGE_ACCESS": "link",
    "WATCHDOG_SIGNING_KEYS": f"k2:{KEY_BODY};k1:{'QUJD' * 11}",
    "WATCHDOG_DEAD_MAN_URL": "https://hc-ping.com/0a1b",
    "WATCHDOG_TIME_ZONE": "Europe/Zurich",
    "WATCHDOG_OFFICE_HOURS": "sun-thu 07:30-24:00",
    "WATCHDOG_DIGEST": "Tue 09:30",
}


def test_only_the_tenant_and_the_webhook_must_be_set_on_a_laptop_and_the_rest_is_the_contract() -> (
    None
):
    """The defaults are those of the design's contract, value by value."""
    expected = Settings(
        schedule="0 */5 * * * *",
        schedule_period=timedelta(minutes=5),
        tenant_id=TENANT,
        tenant_name=None,
        cloud=Cloud.PUBLIC,
        graph_override=None,
        arm_override=None,
        credential=CredentialKind.MANAGED_IDENTITY,
        azure_client_id=None,
        store=SqliteFile("watchdog.db"),
        teams_url=Secret(WEBHOOK),
        teams_hosts=(),
        on_call=(),
        sync_interval=None,
        public_url=None,
        runbook_url=None,
        active_server=None,
        standby_servers=(),
        silent_after=timedelta(minutes=60),
        stalled_after=timedelta(hours=3),
        password_stalled_after=timedelta(hours=2),
        blind_after=timedelta(minutes=30),
        remind_every=timedelta(minutes=30),
        escalate_after=timedelta(minutes=15),
        escalate_to=(),
        page_access=PageAccess.LINK,
        connect_health=ConnectHealth.AUTO,
        ack_lapses_after=timedelta(hours=4),
        dead_man_url=None,
        signing_keys=(),
        time_zone=ZoneInfo("UTC"),
        office_hours=OfficeHours((0, 1, 2, 3, 4), timedelta(hours=8), timedelta(hours=17)),
        maintenance=(),
        digest=WeeklyTime(0, time(8)),
        retention=timedelta(days=400),
        inside_azure=False,
        auth_enabled=False,
    )

    assert expected == read(LAPTOP)


def test_every_setting_can_be_set() -> None:
    """A full environment is read as it is meant."""
    settings = read(FULL)

    assert (settings.schedule, settings.schedule_period) == ("30 */10 * * * *", _minutes(10))
    assert settings.azure_client_id == TENANT
    assert settings.teams_hosts == ("*.logic.azure.us", "flow.contoso.com")
    assert settings.on_call == (
        Person("On-call Identity", "oncall@contoso.com"),
        Person("Night shift", "n.o'c@contoso.com"),
    )
    assert settings.escalate_to[0].upn == "g_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    assert settings.sync_interval == timedelta(hours=1)
    assert settings.public_url == "https://watchdog.contoso.com/base"
    assert settings.standby_servers == ("SYNC-B", "sync-c.corp.contoso.com")
    assert [key.id for key in settings.signing_keys] == ["k2", "k1"]
    assert [key.reveal() for key in settings.signing_keys] == [
        b"01234567890123456789012345678901",
        b"ABC" * 11,
    ]
    assert settings.office_hours.days == (6, 0, 1, 2, 3)
    assert settings.office_hours.closes == timedelta(hours=24)
    assert settings.digest == WeeklyTime(1, time(9, 30))
    assert settings.inside_azure


@pytest.mark.parametrize("environ", [LAPTOP, AZURE, SIMULATOR, FULL])
def test_every_field_has_the_type_that_it_promises(environ: dict[str, str]) -> None:
    """The table of settings is not typed by the checker, so the types are checked here."""
    settings = read(environ)

    for name, hint in get_type_hints(Settings).items():
        assert _is_a(getattr(settings, name), hint), name


def _is_a(value: object, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_is_a(item, get_args(hint)[0]) for item in value)
    return isinstance(value, hint)


def test_the_type_check_above_can_fail() -> None:
    """A None where a duration is promised would be noticed."""
    assert not _is_a(None, timedelta)
    assert not _is_a((1,), tuple[str, ...])
    assert _is_a(None, Union[str, None])  # noqa: UP007  the form that get_type_hints may return


def test_the_table_fills_every_field_once() -> None:
    """No setting is read and then dropped, and no field is without a setting or a derivation."""
    derived = {"schedule_period", "inside_azure", "auth_enabled"}
    fields = [item.field for item in SETTINGS]

    assert len(fields) == len(set(fields))
    assert {field.name for field in dataclasses.fields(Settings)} == {*fields} | derived


@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_an_empty_value_means_the_default(empty: str) -> None:
    """App settings are often cleared rather than removed."""
    blank = {item.name: empty for item in SETTINGS} | LAPTOP

    assert read(blank) == read(LAPTOP)


def test_white_space_around_a_value_does_not_matter() -> None:
    """A secret that was stored from a file ends with a line break."""
    padded = {name: f" {value}\n" for name, value in FULL.items()}

    assert read(padded) == read(FULL)


def test_check_needs_no_webhook() -> None:
    """The command that posts nothing asks for no address to post to."""
    assert read({"WATCHDOG_TENANT_ID": TENANT}, "check").teams_url is None


@pytest.mark.parametrize(
    ("cloud", "national", "authority"),
    [
        ("public", NationalClouds.Global, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        ("usgov", NationalClouds.US_GOV, AzureAuthorityHosts.AZURE_GOVERNMENT),
        ("dod", NationalClouds.US_DoD, AzureAuthorityHosts.AZURE_GOVERNMENT),
        ("china", NationalClouds.China, AzureAuthorityHosts.AZURE_CHINA),
    ],
)
def test_each_cloud_has_the_hosts_that_microsofts_own_libraries_name(
    cloud: str, national: NationalClouds, authority: str
) -> None:
    """Graph as in msgraph_core, sign-in as in azure-identity."""
    hosts = read(LAPTOP | {"WATCHDOG_CLOUD": cloud}).hosts

    assert hosts.graph_url == national.value
    assert hosts.graph_scope == f"{national.value}/.default"
    assert hosts.authority == authority


@pytest.mark.parametrize(
    ("cloud", "arm", "audience"),
    [
        ("public", "management.azure.com", "management.azure.com"),
        ("usgov", "management.usgovcloudapi.net", "management.core.usgovcloudapi.net"),
        ("dod", "management.usgovcloudapi.net", "management.core.usgovcloudapi.net"),
        ("china", "management.chinacloudapi.cn", "management.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_resource_manager(cloud: str, arm: str, audience: str) -> None:
    """Host and audience differ in the US Government clouds (azure-mgmt-core get_arm_endpoints)."""
    hosts = read(LAPTOP | {"WATCHDOG_CLOUD": cloud}).hosts

    assert (hosts.arm_url, hosts.arm_scope) == (f"https://{arm}", f"https://{audience}/.default")


def test_the_simulator_replaces_graph_and_an_unset_resource_manager_is_never_called() -> None:
    """With the made-up token no cloud host is left to call by mistake."""
    alone = read(SIMULATOR).hosts
    both = read(SIMULATOR | {"WATCHDOG_ARM_URL": "http://localhost:8081/"}).hosts

    assert (alone.graph_url, alone.arm_url) == ("http://127.0.0.1:8080", None)
    assert (both.graph_url, both.arm_url) == ("http://127.0.0.1:8080", "http://localhost:8081")


@pytest.mark.parametrize(
    ("marker", "inside"),
    [
        ({}, False),
        ({"WEBSITE_INSTANCE_ID": "0a1b"}, True),
        ({"WEBSITE_SITE_NAME": "contoso-watchdog"}, True),
        ({"WEBSITE_POD_NAME": "pod"}, True),
        ({"WEBSITE_SKU": "FlexConsumption"}, True),
        ({"CONTAINER_APP_NAME": "contoso-watchdog"}, True),
        ({"WEBSITE_HOSTNAME": "contoso-watchdog.azurewebsites.net"}, True),
        ({"WEBSITE_HOSTNAME": "localhost:7071"}, False),
        ({"WEBSITE_HOSTNAME": "0.0.0.0:7071"}, False),
        ({"FUNCTIONS_WORKER_RUNTIME": "python"}, False),
    ],
)
def test_azure_is_known_by_what_its_platform_sets_and_core_tools_is_not_azure(
    marker: dict[str, str], *, inside: bool
) -> None:
    """`func start` sets WEBSITE_HOSTNAME to localhost; the worker runtime says nothing."""
    store = {"WATCHDOG_STORE": "https://contosowatchdog.table.core.windows.net"}
    settings = read(LAPTOP | store | marker)

    assert settings.inside_azure is inside
    assert settings.page_access is (PageAccess.ENTRA if inside else PageAccess.LINK)


@pytest.mark.parametrize(
    ("hostname", "url"),
    [
        ("localhost:7071", "http://localhost:7071"),
        ("0.0.0.0:7071", "http://localhost:7071"),
        ("Contoso-Watchdog.azurewebsites.net", "https://contoso-watchdog.azurewebsites.net"),
    ],
)
def test_links_lead_to_the_apps_own_host_name_unless_told_otherwise(
    hostname: str, url: str
) -> None:
    """The base of links is made from WEBSITE_HOSTNAME."""
    own = read(AZURE | {"WEBSITE_HOSTNAME": hostname}) if "azure" in url else None
    settings = own or read(LAPTOP | {"WEBSITE_HOSTNAME": hostname})

    assert settings.public_url == url


@pytest.mark.parametrize(
    ("text", "on"), [("True", True), ("true", True), ("False", False), ("1", False), ("", False)]
)
def test_sign_in_headers_count_only_where_the_platform_says_so(text: str, *, on: bool) -> None:
    """Only the word True in any case, as the Functions host itself parses it."""
    assert read(AZURE | {"WEBSITE_AUTH_ENABLED": text}).auth_enabled is on


@pytest.mark.parametrize(
    ("text", "store"),
    [
        ("sqlite:////var/lib/watchdog.db", SqliteFile("/var/lib/watchdog.db")),
        ("sqlite:///C:/watchdog/state.db", SqliteFile("C:/watchdog/state.db")),
        (
            "https://contosowatchdog.table.core.windows.net/",
            TablesEndpoint("https://contosowatchdog.table.core.windows.net"),
        ),
        (
            CONNECTION,
            StoreConnection(Secret(CONNECTION), "https://contosowatchdog.table.core.windows.net"),
        ),
        (
            "usedevelopmentstorage=TRUE;",
            StoreConnection(
                Secret("UseDevelopmentStorage=true"), "http://127.0.0.1:10002/devstoreaccount1"
            ),
        ),
        (
            LOCAL,
            StoreConnection(Secret(LOCAL), "http://127.0.0.1:20002/devstoreaccount1"),
        ),
    ],
)
def test_the_store_is_read_in_each_of_its_forms(text: str, store: object) -> None:
    """A file, an endpoint for the identity, or a connection string and where it leads."""
    assert read(LAPTOP | {"WATCHDOG_STORE": text}).store == store


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("0 */5 * * * *", 5),
        ("0 * * * * *", 1),
        ("15 0 * * * *", 60),
        ("0 0,10,15 * * * *", 45),
        ("0 */45 * * * *", 45),
        ("0 7/20 * 1-31 jan-dec sun-sat", 20),
        ("0 50 0-23 * * 0-6", 60),
    ],
)
def test_the_period_of_a_schedule_is_its_longest_pause(expression: str, minutes: int) -> None:
    """Counted over a whole day and across midnight."""
    patient = {
        f"WATCHDOG_{name}": "PT2H"
        for name in ("SILENT_AFTER", "BLIND_AFTER", "REMIND_EVERY", "ESCALATE_AFTER")
    }

    assert read(LAPTOP | patient | {"WATCHDOG_SCHEDULE": expression}).schedule_period == _minutes(
        minutes
    )


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
