"""Settings that contradict each other, or the place they run in."""

from __future__ import annotations

import dataclasses

import pytest

from shared.settings.types import CredentialKind
from tests.support.settings_env import (
    AZURE,
    CANARY,
    CONNECTION,
    KEY_BODY,
    LAPTOP,
    SIMULATOR,
    TENANT,
    WEBHOOK,
    read,
    refused,
)

AZURITE = "UseDevelopmentStorage=true"
LOCAL_TABLES = "https://127.0.0.1:10002/devstoreaccount1"


def test_nothing_set_means_two_problems_for_watch_and_one_for_check() -> None:
    """An empty environment is told what it needs."""
    assert list(refused({})) == ["WATCHDOG_TENANT_ID", "WATCHDOG_TEAMS_URL"]
    assert list(refused({}, "check")) == ["WATCHDOG_TENANT_ID"]


# -- inside Azure -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"WATCHDOG_STORE": ""}, "WATCHDOG_STORE", "in Azure there is no default"),
        ({"WATCHDOG_STORE": "sqlite:///w.db"}, "WATCHDOG_STORE", "is a SQLite file"),
        ({"WATCHDOG_STORE": AZURITE}, "WATCHDOG_STORE", "but this is Azure"),
        ({"WATCHDOG_CREDENTIAL": "developer"}, "WATCHDOG_CREDENTIAL", "nobody is signed in"),
        ({"WATCHDOG_PAGE_ACCESS": "link"}, "WATCHDOG_SIGNING_KEYS", "WATCHDOG_PAGE_ACCESS is link"),
        ({"WATCHDOG_DEAD_MAN_URL": "https://localhost/x"}, "WATCHDOG_DEAD_MAN_URL", "is Azure"),
        ({"WATCHDOG_PUBLIC_URL": "http://localhost"}, "WATCHDOG_PUBLIC_URL", "is Azure"),
        ({"WEBSITE_HOSTNAME": "not a host"}, "WATCHDOG_PUBLIC_URL", "WEBSITE_HOSTNAME"),
    ],
)
def test_what_only_works_on_a_laptop_is_refused_in_azure(
    change: dict[str, str], name: str, words: str
) -> None:
    """Each alone is one problem, by the name of the setting to change."""
    problems = refused(AZURE | change)

    assert [name] == list(problems)
    assert words in problems[name]


def test_azure_accepts_what_it_should() -> None:
    """A connection string, and link access with keys, are right in Azure too."""
    keys = {"WATCHDOG_PAGE_ACCESS": "link", "WATCHDOG_SIGNING_KEYS": f"k1:{KEY_BODY}"}

    assert read(AZURE | keys | {"WATCHDOG_STORE": CONNECTION}).inside_azure


def test_the_made_up_token_is_refused_in_azure_even_if_every_address_is_loopback() -> None:
    """The loopback credential is for a simulator, which is never in Azure."""
    problems = refused(SIMULATOR | {"WEBSITE_INSTANCE_ID": "0a1b", "WATCHDOG_STORE": CONNECTION})

    assert "managed_identity" in problems["WATCHDOG_CREDENTIAL"]


# -- the loopback credential --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"WATCHDOG_GRAPH_URL": ""}, "WATCHDOG_GRAPH_URL"),
        ({"WATCHDOG_CONNECT_HEALTH": "on"}, "WATCHDOG_ARM_URL"),
        ({"WATCHDOG_TEAMS_URL": WEBHOOK}, "WATCHDOG_TEAMS_URL"),
        ({"WATCHDOG_DEAD_MAN_URL": "https://hc-ping.com/0a1b"}, "WATCHDOG_DEAD_MAN_URL"),
        ({"WATCHDOG_STORE": CONNECTION}, "WATCHDOG_STORE"),
        (
            {"WATCHDOG_STORE": "https://contosowatchdog.table.core.windows.net"},
            "WATCHDOG_STORE",
        ),
    ],
)
def test_with_the_made_up_token_every_address_is_loopback(
    change: dict[str, str], name: str
) -> None:
    """Graph, Resource Manager, Teams, the dead man's switch and a remote store."""
    problems = refused(SIMULATOR | change)

    assert [name] == list(problems)
    assert "WATCHDOG_CREDENTIAL" in problems[name]


@pytest.mark.parametrize(
    "change",
    [
        {"WATCHDOG_GRAPH_URL": "https://localhost"},
        {"WATCHDOG_GRAPH_URL": "http://[::1]:8080/"},
        {"WATCHDOG_STORE": AZURITE},
        {"WATCHDOG_STORE": LOCAL_TABLES},
        {"WATCHDOG_DEAD_MAN_URL": "http://127.0.0.1:8080/ping"},
        {"WATCHDOG_PUBLIC_URL": "https://watchdog.contoso.com"},
        {"WATCHDOG_CONNECT_HEALTH": "on", "WATCHDOG_ARM_URL": "http://127.0.0.1:8080"},
    ],
)
def test_the_simulator_may_use_every_loopback_address(change: dict[str, str]) -> None:
    """What the refusals above leave over."""
    assert read(SIMULATOR | change).tenant_id == TENANT


# -- a real credential --------------------------------------------------------------------------


@pytest.mark.parametrize("credential", ["", "managed_identity", "developer"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WATCHDOG_GRAPH_URL", "http://127.0.0.1:8080"),
        ("WATCHDOG_ARM_URL", "http://127.0.0.1:8080"),
        ("WATCHDOG_STORE", LOCAL_TABLES),
    ],
)
def test_a_real_token_never_goes_to_a_loopback_address(
    credential: str, name: str, value: str
) -> None:
    """Any program on the machine could listen there."""
    problems = refused(LAPTOP | {"WATCHDOG_CREDENTIAL": credential, name: value})

    assert [name] == list(problems)
    assert "real token must not go there" in problems[name]


def test_no_token_of_any_kind_goes_to_a_store_without_tls() -> None:
    """The Azure client refuses it at the first call, so the settings refuse it before."""
    plain = {"WATCHDOG_STORE": "http://127.0.0.1:10002/devstoreaccount1"}

    assert AZURITE in refused(SIMULATOR | plain)["WATCHDOG_STORE"]


def test_a_developer_may_keep_state_in_azurite() -> None:
    """A connection string carries its own key, so no token goes there."""
    environ = LAPTOP | {"WATCHDOG_CREDENTIAL": "developer", "WATCHDOG_STORE": AZURITE}

    assert read(environ).hosts.graph_url == "https://graph.microsoft.com"


def test_even_unchecked_settings_do_not_send_a_real_token_to_a_loopback_address() -> None:
    """The second line of defence: `hosts` looks at the credential itself."""
    unchecked = dataclasses.replace(read(SIMULATOR), credential=CredentialKind.DEVELOPER)

    assert unchecked.hosts.graph_url == "https://graph.microsoft.com"


# -- clouds, times, servers, the webhook ----------------------------------------------------------


@pytest.mark.parametrize(
    ("cloud", "suffix"),
    [
        ("usgov", "core.usgovcloudapi.net"),
        ("dod", "core.usgovcloudapi.net"),
        ("china", "core.chinacloudapi.cn"),
    ],
)
def test_the_store_is_in_the_chosen_cloud(cloud: str, suffix: str) -> None:
    """The message names the right suffix of that cloud."""
    environ = LAPTOP | {"WATCHDOG_CLOUD": cloud}
    right = f"https://contosowatchdog.table.{suffix}"

    assert read(environ | {"WATCHDOG_STORE": right}).tenant_id == TENANT
    assert suffix in refused(environ | {"WATCHDOG_STORE": CONNECTION})["WATCHDOG_STORE"]


def test_connect_health_is_not_on_where_it_does_not_exist() -> None:
    """China has none; leaving it to `auto` is fine."""
    china = LAPTOP | {"WATCHDOG_CLOUD": "china"}

    assert list(refused(china | {"WATCHDOG_CONNECT_HEALTH": "on"})) == ["WATCHDOG_CONNECT_HEALTH"]
    assert read(china).tenant_id == TENANT


def test_silence_is_not_noticed_later_than_a_stall() -> None:
    """The two floors must not turn the verdicts around; equal is fine."""
    longer = {"WATCHDOG_SILENT_AFTER": "PT4H"}

    assert "at most PT3H" in refused(LAPTOP | longer)["WATCHDOG_SILENT_AFTER"]
    assert read(LAPTOP | longer | {"WATCHDOG_STALLED_AFTER": "PT4H"}).tenant_id == TENANT


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("WATCHDOG_SILENT_AFTER", "0 */20 * * * *"),
        ("WATCHDOG_BLIND_AFTER", "0 */20 * * * *"),
        ("WATCHDOG_REMIND_EVERY", "0 */20 * * * *"),
        ("WATCHDOG_ESCALATE_AFTER", "0 */20 * * * *"),
    ],
)
def test_no_promise_is_shorter_than_the_pause_between_two_ticks(name: str, schedule: str) -> None:
    """What is looked at every 20 minutes cannot be noticed after 19."""
    environ = LAPTOP | {"WATCHDOG_SCHEDULE": schedule, "WATCHDOG_ESCALATE_AFTER": "PT20M"}

    assert read(environ | {name: "PT20M"}).tenant_id == TENANT
    assert "at least PT20M" in refused(environ | {name: "PT19M"})[name]


def test_a_wrong_value_causes_no_second_complaint_about_its_default() -> None:
    """A contradiction is reported only between values that were read."""
    environ = LAPTOP | {"WATCHDOG_STALLED_AFTER": "soon", "WATCHDOG_SILENT_AFTER": "PT5H"}

    assert list(refused(environ)) == ["WATCHDOG_STALLED_AFTER"]


def test_the_active_server_is_not_a_standby() -> None:
    """Names of servers do not depend on case."""
    servers = {"WATCHDOG_ACTIVE_SERVER": "SYNC-A", "WATCHDOG_STANDBY_SERVERS": "SYNC-B;sync-a"}

    assert list(refused(LAPTOP | servers)) == ["WATCHDOG_STANDBY_SERVERS"]


def test_a_sovereign_clouds_webhook_needs_its_host() -> None:
    """WATCHDOG_TEAMS_HOSTS reaches the check of the webhook."""
    webhook = WEBHOOK.replace("logic.azure.com", "logic.azure.us")
    environ = LAPTOP | {"WATCHDOG_TEAMS_URL": webhook}

    assert list(refused(environ)) == ["WATCHDOG_TEAMS_URL"]
    assert read(environ | {"WATCHDOG_TEAMS_HOSTS": "*.logic.azure.us"}).tenant_id == TENANT


def test_the_dead_mans_switch_is_judged_by_its_own_channel() -> None:
    """What the channel would refuse when it is built, the settings refuse by name."""
    for url in ("https://hc-ping.com:8443/0a1b", "http://localhost/0a1b", "https://10.0.0.1/0a1b"):
        problems = refused(LAPTOP | {"WATCHDOG_DEAD_MAN_URL": url})

        assert "is not usable:" in problems["WATCHDOG_DEAD_MAN_URL"]
        assert "0a1b" not in problems["WATCHDOG_DEAD_MAN_URL"]


def test_a_webhook_is_still_checked_for_the_command_that_does_not_need_it() -> None:
    """`check` finds the wrong webhook before the first incident does."""
    environ = LAPTOP | {"WATCHDOG_TEAMS_URL": f"https://contoso.com/{CANARY}"}

    assert list(refused(environ, "check")) == ["WATCHDOG_TEAMS_URL"]
