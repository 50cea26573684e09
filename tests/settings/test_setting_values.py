"""Each wrong value of each setting is reported by name, with what would be right."""

from __future__ import annotations

import pytest

from shared.settings.table import SETTINGS
from tests.support.settings_env import (
    CANARY,
    CONNECTION,
    KEY_BODY,
    LAPTOP,
    SIMULATOR,
    TENANT,
    read,
    refused,
)

TOO_LONG = ["soon", "60", "PT", "P", "P1Y", "P1M", "-PT1H", "PT1.5H", "pt1h", "PT0S", "P99999D"]
SHORT_KEY = "QUJD"
GUIDS = ["contoso.com", TENANT[:-1], f"{{{TENANT}}}", "00000000-0000-0000-0000-000000000000"]
PEOPLE = [
    "oncall@contoso.com",
    "On-call",
    "<oncall@contoso.com>",
    "On-call <oncall>",
    "On-call <on call@contoso.com>",
    "On-call <oncall@contoso>",
    "On-call <oncall.@contoso.com>",
    "<at>Everyone</at> <oncall@contoso.com>",
    "On\x1bcall <oncall@contoso.com>",
    "On\u202ecall <oncall@contoso.com>",
    f"{'x' * 101} <oncall@contoso.com>",
    "A <oncall@contoso.com>; B <ONCALL@contoso.com>",
    "A <oncall@contoso.com>, B <lead@contoso.com>",
]
LOOPBACK = [
    "https://graph.microsoft.com",
    "http://127.0.0.1.contoso.com",
    "http://127.0.0.1@contoso.com",
    "http://127.0.0.1:8080/v1.0",
    "http://localhost:8080?x=1",
    "http://localhost:99999",
    "http://localhost:0",
    "ftp://localhost",
    "localhost:8080",
    "http://local\\host",
    "http://[::1",
]
WRONG = {
    "WATCHDOG_SCHEDULE": [
        "*/5 * * * *",
        "00:05:00",
        "every 5 minutes",
        "* * * * * *",
        "0,30 * * * * *",
        "0 60 * * * *",
        "0 */0 * * * *",
        "0 */90 * * * *",
        "0 5-5/15 * * * *",
        "0 10-5 * * * *",
        "0 */5 * * * 7",
        "0 */5 * * * 1-5",
        "0 */5 * L * *",
        "0 */5 * * * MON#1",
        "0 */5 1 * * *",
        "0 0 0 31 2 *",
        "0 */5 8-17 * * *",
        "0 0 */2 * * *",
        "0 */5 * ? * *",
        "%SCHEDULE%",
        "0 1,,2 * * * *",
    ],
    "WATCHDOG_TENANT_ID": GUIDS,
    "AZURE_CLIENT_ID": GUIDS,
    "WATCHDOG_TENANT_NAME": [
        "Con\ttoso",
        "<b>",
        "x" * 101,
        "https://contoso.com",
        "\u202eosotnoC",
        "\udcff",
    ],
    "WATCHDOG_CLOUD": ["Public Cloud", "germany", "gcc"],
    "WATCHDOG_GRAPH_URL": LOOPBACK,
    "WATCHDOG_ARM_URL": LOOPBACK,
    "WATCHDOG_CREDENTIAL": ["managed-identity", "client_secret", "none"],
    "WATCHDOG_STORE": [
        "watchdog.db",
        "sqlite:watchdog.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///folder/",
        "sqlite:///a.db?mode=ro",
        "http://contosowatchdog.table.core.windows.net",
        "http://127.0.0.1:10002/devstoreaccount1",
        "https://contosowatchdog.blob.core.windows.net",
        "https://contosowatchdog.table.core.windows.net/watchdog",
        "https://contosowatchdog.table.core.windows.net.contoso.com",
        "https://a.b.table.core.windows.net",
        "https://contosowatchdog.table.core.usgovcloudapi.net",
        f"https://contosowatchdog.table.core.windows.net/?sv=2024&sig={CANARY}",
        "https://",
        f"AccountName=contosowatchdog;AccountKey={CANARY}!",
        "AccountName=contosowatchdog",
        f"AccountKey={KEY_BODY}",
        f"AccountKey={KEY_BODY};AccountKey={KEY_BODY};AccountName=contosowatchdog",
        f"AccountName=contoso.com/x;AccountKey={KEY_BODY}",
        f"AccountName=é;AccountKey={KEY_BODY}",
        f"SharedAccessSignature=sig={CANARY}",
        CONNECTION.replace("https", "http"),
        f"TableEndpoint=https://contoso.com;AccountName=contosowatchdog;AccountKey={KEY_BODY}",
        "UseDevelopmentStorage=false",
    ],
    "WATCHDOG_TEAMS_URL": [
        CANARY,
        f"https://contoso.webhook.office.com/webhookb2/{CANARY}",
        f"https://contoso.com/hook?sig={CANARY}",
        f"http://prod-01.westeurope.logic.azure.com/workflows/0a1b?sig={CANARY}",
        f"http://127.0.0.1:8080/workflows/0a1b?sig={CANARY}",
        "https://prod-01.westeurope.logic.azure.com/workflows/0a1b",
    ],
    "WATCHDOG_TEAMS_HOSTS": ["https://logic.azure.us", "*.us", "logic", "a b.com", "*.*.azure.us"],
    "WATCHDOG_ON_CALL": PEOPLE,
    "WATCHDOG_ESCALATE_TO": PEOPLE,
    "WATCHDOG_SYNC_INTERVAL": [*TOO_LONG, "PT29M", "P8D"],
    "WATCHDOG_PUBLIC_URL": [
        "watchdog.contoso.com",
        "http://watchdog.contoso.com",
        "https://watchdog.contoso.com?x=1",
        "https://watchdog.contoso.com#x",
        "https://user:pw@watchdog.contoso.com",
        "https:///x",
        "javascript:alert(1)",
    ],
    "WATCHDOG_RUNBOOK_URL": [
        "http://wiki.contoso.com/{verdict}",
        "https://{verdict}.contoso.com/",
        "https://wiki.contoso.com/{server}",
        "https://wiki.contoso.com/{verdict!r}",
        "https://wiki.contoso.com/{verdict",
        "https://wiki.contoso.com/{{verdict}}",
        "https://wiki.contoso.com/a b",
    ],
    "WATCHDOG_ACTIVE_SERVER": ["SYNC A", "SYNC-A;SYNC-B", "-SYNC", "x" * 64, "SYNC-A\u0000"],
    "WATCHDOG_STANDBY_SERVERS": ["SYNC A", "SYNC-B, SYNC-C", "SYNC-B;sync-b"],
    "WATCHDOG_SILENT_AFTER": [*TOO_LONG, "PT14M", "P8D"],
    "WATCHDOG_STALLED_AFTER": [*TOO_LONG, "PT29M", "P8D"],
    "WATCHDOG_PASSWORD_STALLED_AFTER": [*TOO_LONG, "PT14M", "P8D"],
    "WATCHDOG_BLIND_AFTER": [*TOO_LONG, "PT4M", "P2D"],
    "WATCHDOG_REMIND_EVERY": [*TOO_LONG, "PT4M", "P2D"],
    "WATCHDOG_ESCALATE_AFTER": [*TOO_LONG, "PT59S", "P2D"],
    "WATCHDOG_PAGE_ACCESS": ["public", "both"],
    "WATCHDOG_CONNECT_HEALTH": ["yes", "true"],
    "WATCHDOG_ACK_LAPSES_AFTER": [*TOO_LONG, "PT14M", "P8D"],
    "WATCHDOG_DEAD_MAN_URL": [
        CANARY,
        f"http://hc-ping.com/{CANARY}",
        f"https://hc-ping.com/{CANARY}#x",
        f"https://user:{CANARY}@hc-ping.com/",
    ],
    "WATCHDOG_SIGNING_KEYS": [
        CANARY,
        f"k1={KEY_BODY}",
        f"k1:{SHORT_KEY}",
        f"k1:{CANARY}!",
        f"k 1:{KEY_BODY}",
        f"k1:{KEY_BODY[:-1]}",
        f"k1:{KEY_BODY};k1:{'QUJD' * 11}",
        f"k1:{KEY_BODY};k2:{KEY_BODY}",
        f"k1:{KEY_BODY};{CANARY}",
    ],
    "WATCHDOG_TIME_ZONE": [
        "Mars/Olympus",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "right/UTC",
        "Europe/Zürich",
        "W. Europe Standard Time",
    ],
    "WATCHDOG_OFFICE_HOURS": [
        "8-17",
        "Mon-Fri",
        "Mon-Fri 8:00-17:00",
        "Mon-Fri 17:00-08:00",
        "Mon-Fri 08:00-08:00",
        "Mon-Fri 08:00-24:01",
        "Mo-Fr 08:00-17:00",
    ],
    "WATCHDOG_MAINTENANCE": [
        "tonight",
        "2026-12-06T22:00",
        "2026-12-06 22:00 PT4H",
        "2026-12-06T22:00Z PT4H",
        "2026-12-06T24:00 PT4H",
        "2026-13-06T22:00 PT4H",
        *(f"2026-12-06T22:00 {length}" for length in [*TOO_LONG, "PT4M", "P8D"]),
        "2026-12-06T22:00 PT4H FREQ=HOURLY",
        "2026-12-06T22:00 PT4H FREQ=WEEKLY;BYDAY=MO",
        "2026-12-06T22:00 PT4H FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "2026-12-06T22:00 P1D FREQ=DAILY",
        f"2026-12-06T22:00 PT4H FREQ={CANARY}{CANARY}",
        "2026-12-06T22:00 PT4H <b>Patch night</b>",
        f"2026-12-06T22:00 PT4H {'x' * 101}",
        "2026-12-06T22:00 PT4H Patch night; 2026-12-24T08:00 two days",
        ";".join(["2026-12-06T22:00 PT4H"] * 21),
    ],
    "WATCHDOG_DIGEST": ["08:00", "Mon", "Mon 24:00", "Monday 08:00", "Mon-Fri 08:00"],
    "WATCHDOG_RETENTION": [*TOO_LONG, "P89D", "P3651D"],
}
CASES = [(name, value) for name, values in WRONG.items() for value in values]


def test_every_setting_has_wrong_values_below() -> None:
    """A new setting without a test of its refusal is noticed here."""
    assert set(WRONG) == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda text: ascii(text)[1:60])
def test_a_wrong_value_is_reported_by_name_and_nothing_else_is(name: str, value: str) -> None:
    """One problem, of this setting, without control characters, and without the secret."""
    base = SIMULATOR if name in {"WATCHDOG_GRAPH_URL", "WATCHDOG_ARM_URL"} else LAPTOP

    problems = refused(base | {name: value})

    assert [name] == list(problems)
    assert problems[name].isprintable()
    assert CANARY not in problems[name]


def test_all_wrong_values_are_reported_at_once() -> None:
    """A cloud team corrects everything in one go."""
    environ = {name: values[0] for name, values in WRONG.items()}

    assert [setting.name for setting in SETTINGS] == list(refused(environ))


def test_what_would_be_right_is_right() -> None:
    """Two messages word for word: what was found, and what to write instead."""
    problems = refused(LAPTOP | {"WATCHDOG_CLOUD": "gcc", "WATCHDOG_BLIND_AFTER": "1h"})

    assert problems == {
        "WATCHDOG_CLOUD": "WATCHDOG_CLOUD is 'gcc'. Right: one of public, usgov, dod, china.",
        "WATCHDOG_BLIND_AFTER": "WATCHDOG_BLIND_AFTER is '1h'. Right: an ISO 8601 duration in "
        "weeks, or days, hours, minutes and seconds, from PT5M to P1D.",
    }


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_an_unresolved_key_vault_reference_counts_as_missing_for_every_setting(name: str) -> None:
    """The platform leaves the reference's text in place, which must not become a value."""
    reference = f"@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/{CANARY})"

    problems = refused(LAPTOP | {name: reference})

    assert [name] == list(problems)
    assert "is missing: its Key Vault reference was not resolved" in problems[name]
    assert "Key Vault Secrets User" in problems[name]
    assert CANARY not in problems[name]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WATCHDOG_TENANTID", "WATCHDOG_TENANT_ID"),
        ("WATCHDOG_TEAMS_WEBHOOK_URL", "WATCHDOG_TEAMS_URL"),
        ("watchdog_silent_after", "WATCHDOG_SILENT_AFTER"),
        ("WATCHDOG_SIGNING_KEY", "WATCHDOG_SIGNING_KEYS"),
    ],
)
def test_a_misspelt_name_is_reported_with_the_name_that_was_meant(name: str, meant: str) -> None:
    """A typo must not be a silent default, and its value may be a secret."""
    problems = refused(LAPTOP | {name: CANARY})

    assert problems == {
        name: f"{name} is not a setting of the watchdog. Right: {meant}, or remove it."
    }


def test_a_name_that_resembles_nothing_is_reported_on_one_line() -> None:
    """Even a name of control characters, or an endless one, gives one readable line."""
    odd, endless = "WATCHDOG_\n\x1b[31mQQ", "WATCHDOG_" + "Q" * 500

    problems = refused(LAPTOP | {odd: "x", endless: "y"})

    assert all(line.isprintable() and len(line) < 200 for line in problems.values())
    assert any("docs/settings.md" in line for line in problems.values())


def test_the_variables_of_systemds_own_watchdog_are_not_ours() -> None:
    """The service manager sets WATCHDOG_PID and WATCHDOG_USEC for a service that it supervises."""
    assert read(LAPTOP | {"WATCHDOG_PID": "1", "WATCHDOG_USEC": "30000000"}) == read(LAPTOP)


def test_a_long_text_in_the_wrong_setting_is_counted_and_not_shown() -> None:
    """Somebody who pastes the webhook one line too low has not published it."""
    pasted = f"https://prod-01.westeurope.logic.azure.com/workflows/x?sig={CANARY}"
    names = [item.name for item in SETTINGS if item.name != "WATCHDOG_TEAMS_URL"]

    problems = refused(dict.fromkeys(names, pasted))

    assert CANARY not in str(problems)
