"""Every command that the doctor prints exists: our scripts, our own command line, az."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from shared import cli
from shared.doctor import fixes, outside
from shared.doctor.facts import Gone, Named, Place, Probed, Step, Token
from shared.doctor.report import COMMAND
from shared.doctor.settings_rows import NOTHING_SET, settings_rows
from shared.settings.types import Problem
from shared.watch import Health
from tests.support.components import ROOT
from tests.support.doctor_facts import (
    ALL,
    CLIENT,
    DESK,
    ENVIRON,
    FORBIDDEN,
    NOT_SET_UP,
    NOW,
    SOURCES,
    WEB,
    facts,
    page,
    rows,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.doctor.facts import Facts

NETWORK_RULE: Final = "the store answered 403 AuthorizationFailure: check its firewall"
NO_ROLE: Final = "the store answered 403 AuthorizationPermissionMismatch: give it the role"
NO_TABLE: Final = "the store answered 404 TableNotFound: make it"
OUTSIDE_AZURE: Final = {**DESK, "WATCHDOG_CREDENTIAL": "managed_identity"}
DOD: Final = {
    "WATCHDOG_CLOUD": "dod",
    "WATCHDOG_STORE": "https://contosowatchdog.table.core.usgovcloudapi.net",
}
PEOPLE: Final = {"WATCHDOG_ON_CALL": "", "WATCHDOG_ESCALATE_TO": ""}
SECRETS: Final = ("teams-url", "signing-keys", "dead-man-url", "of-our-own")

AZ: Final = {
    "account show": set[str](),
    "ad sp show": {"--id"},
    "cloud set": {"--name"},
    "functionapp config appsettings set": {"--settings"},
    "functionapp identity show": set[str](),
    "functionapp keys list": set[str](),
    "functionapp show": set[str](),
    "keyvault show": set[str](),
    "keyvault secret set": {"--vault-name", "--file", "--encoding"},
    "keyvault secret show": {"--vault-name"},
    "login": {"--tenant"},
    "rest": {"--method", "--url", "--resource"},
    "role assignment create": {
        *("--assignee", "--assignee-object-id", "--assignee-principal-type", "--role", "--scope"),
    },
    "storage account show": set[str](),
    "storage table create": {"--auth-mode", "--account-name"},
}
"""Commands of the Azure CLI, with their options besides those of `COMMON`.

Source: learn.microsoft.com, Azure CLI reference.
"""
COMMON: Final = {"--name", "--resource-group", "--query", "--output"}


def troubled() -> Iterator[Facts]:
    """Facts in which what can be wrong is wrong, in Azure and on desks, in several clouds."""
    for environ in ({}, DESK, OUTSIDE_AZURE, PEOPLE, DOD, {**DESK, **DOD}):
        for place in (Place("contoso-watchdog", "rg-watchdog"), Place()):
            whole = facts(environ, place=place)
            denied = dict.fromkeys(SOURCES, FORBIDDEN)
            yield replace(whole, card=None, sources=denied, tenant=FORBIDDEN)
            yield replace(whole, tokens={each: token("Mail.Read") for each in whole.tokens})
            yield replace(whole, tokens={each: token(*ALL, "Mail.Read") for each in whole.tokens})
            yield replace(whole, tokens=dict.fromkeys(whole.tokens, Token(None, NOW)))
            yield replace(whole, tokens=dict.fromkeys(whole.tokens, NOT_SET_UP))
            yield replace(whole, names={each: Named("a.contoso.com") for each in whole.names})
            yield replace(whole, web={each: page(500) for each in WEB}, health=Gone("is late"))
            for problem in (NETWORK_RULE, NO_ROLE, NO_TABLE):
                yield replace(whole, store=Probed(Step.READ, problem))
            yield replace(whole, health=Health("stale", None))


def every_fix() -> Iterator[str]:
    """Each fix that any of that shows, and those of settings and of `--app`."""
    for found in troubled():
        yield from (row.fix for row in rows(found).values())
    problem = [Problem("WATCHDOG_TEAMS_URL", "is missing", "the URL")]
    for secret in SECRETS:
        value = f"@Microsoft.KeyVault(VaultName=contoso-kv;SecretName={secret})"
        for who in ({"AZURE_CLIENT_ID": CLIENT}, {}):
            environ = {**ENVIRON, **who, "WATCHDOG_TEAMS_URL": value}
            yield from (row.fix for row in settings_rows(problem, environ, Place()))
    yield NOTHING_SET.fix
    yield outside.key_fix("https://contoso-watchdog.azurewebsites.net")


def commands() -> list[str]:
    """Every command, each once."""
    lines = (line for fix in every_fix() for line in fix.split("\n"))
    return sorted({line.removeprefix(COMMAND) for line in lines if line.startswith(COMMAND)})


def words(command: str) -> list[str]:
    """A command as a shell takes it apart; a place to fill in becomes one word."""
    return shlex.split(re.sub(r"<[^<>@]*>", "filled-in", command))


def simple(command: str) -> Iterator[list[str]]:
    """The programs of a command with their words, those in `$(…)` too."""
    for inner in re.findall(r"\$\(([^()]*)\)", command):
        yield words(inner)
    command = re.sub(r"\$\([^()]*\)", "substituted", command)
    found = words(command)
    while "|" in found:
        at = found.index("|")
        yield found[:at]
        found = found[at + 1 :]
    yield found


def programs(name: str) -> list[list[str]]:
    """The words of every use of a program."""
    return [each for command in commands() for each in simple(command) if each[0] == name]


def test_the_commands_are_those_of_known_programs() -> None:
    """A check that looks at none of them would prove nothing."""
    found = {each[0] for command in commands() for each in simple(command)}

    assert found <= {
        *("az", "curl", "export", "make", "nslookup", "openssl", "printf", "python", "read"),
        *(f"infra/scripts/{name}.sh" for name in SCRIPTS),
    }
    assert {"az", "curl", "python"} <= found
    assert len(commands()) > 30


SCRIPTS: Final = ("grant-connect-health-reader", "grant-graph-roles", "set-secrets")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_of_ours_knows_its_options_and_their_values(script: str) -> None:
    """It is there, is run, and gets past its options: what stops it is only that az is missing."""
    path = f"infra/scripts/{script}.sh"
    used = programs(path)
    assert used

    help_text = said(path, "--help")
    for _, *options in used:
        assert {each for each in options if each.startswith("--")} <= set(
            re.findall(r"--[a-z-]+", help_text)
        )
        identified = [CLIENT if each == "filled-in" else each for each in options]
        assert "az is not installed" in said(path, *identified)


def said(path: str, *options: str) -> str:
    """What a script of ours says where nothing but the system's own tools is there."""
    tools = "awk basename cat date dirname grep openssl tr"
    box = f'command() {{ [[ $2 != az ]] && builtin command "$@"; }}; : {tools}'
    done = subprocess.run(  # noqa: S603 - our own words
        ["bash", "-c", f'{box}; source "$0"', str(ROOT / path), *options],  # noqa: S607 - any bash
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout + done.stderr


def test_our_own_command_line_takes_its_commands() -> None:
    """`python -m shared.cli …`, with every option."""
    used = programs("python")
    assert {tuple(each[3:4]) for each in used} == {("doctor",), ("demo",)}

    for _, *found in used:
        assert found[:2] == ["-m", "shared.cli"]
        assert cli._parser().parse_args(found[2:]).run


def test_az_is_called_as_its_reference_says() -> None:
    """Each command is on the list, and so is each of its options."""
    for _, *found in programs("az"):
        at = next((i for i, word in enumerate(found) if word.startswith("--")), len(found))
        command, options = " ".join(found[:at]), {w for w in found[at:] if w.startswith("--")}
        assert command in AZ
        assert options <= AZ[command] | COMMON, command


def test_an_az_that_asks_graph_says_for_whom_its_token_is() -> None:
    """In a cloud that az does not know by the address (DoD) it would send none."""
    asked = (each for each in programs("az") if each[1] == "rest")
    graph = [each for each in asked if "servicePrincipals" in str(each)]
    assert any("dod-graph.microsoft.us" in str(each) for each in graph)

    for each in graph:
        resource = each[each.index("--resource") + 1]
        assert each[each.index("--url") + 1].startswith(f"{resource}/v1.0/")


def test_a_post_by_curl_has_a_length() -> None:
    """Servers answer one that has none with 411 (RFC 9110, 15.5.12)."""
    used = programs("curl")
    assert used

    for each in used:
        assert each[each.index("--data") + 1] == ""


# -- what a command is filled with ----------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "x; rm -rf ~", "$(reboot)", "0b6c1b0e"])
def test_an_identity_that_is_none_is_not_put_into_a_command(value: str) -> None:
    """What stands in AZURE_CLIENT_ID is typed by somebody; the command is pasted into a shell."""
    environ = {
        "WATCHDOG_TEAMS_URL": "@Microsoft.KeyVault(VaultName=contoso-kv;SecretName=teams-url)",
        "AZURE_CLIENT_ID": value,
    }
    problem = [Problem("WATCHDOG_TEAMS_URL", "is missing", "the URL")]
    (row,) = settings_rows(problem, environ, Place())

    assert "--assignee <the identity's client id> --role" in row.fix
    assert not value or value not in row.fix


@pytest.mark.parametrize(
    ("secret", "option"),
    [
        ("teams-url", "set-secrets.sh --vault contoso-kv --teams-url"),
        ("signing-keys", "set-secrets.sh --vault contoso-kv --make-signing-keys"),
        ("dead-man-url", "set-secrets.sh --vault contoso-kv --dead-man-url"),
        ("our-webhook", "az keyvault secret set --vault-name contoso-kv --name our-webhook"),
    ],
)
def test_a_secret_is_written_under_the_name_that_the_reference_has(
    secret: str, option: str
) -> None:
    """The script knows three names; another one would stay missing."""
    assert option in fixes.put_secret("contoso-kv", secret)


def test_a_setting_in_azure_is_mended_for_good() -> None:
    """A deployment replaces all settings, so what az sets alone is gone with the next one."""
    fix = rows(facts(PEOPLE))["escalation"].fix
    types = (ROOT / "infra" / "modules" / "types.bicep").read_text(encoding="utf-8")

    assert "escalateTo in settings" in fix
    assert re.search(r"^ +escalateTo: string\?", types, re.MULTILINE)
    assert "az functionapp config appsettings set" in fix


def test_a_test_card_is_sent_by_who_was_looked_at() -> None:
    """The app has the webhook's address; a desk that asked it has none."""
    app = rows(facts(card=None))["webhook"].fix
    desk = rows(facts(DESK, card=None))["webhook"].fix

    assert "doctor --app https://contoso-watchdog.azurewebsites.net --send-card" in app
    assert "doctor --send-card" in desk


def test_a_desk_with_the_identity_of_an_app_is_told_to_sign_in() -> None:
    """`managed_identity` is the default, and nobody's laptop has one."""
    whole = facts(OUTSIDE_AZURE, tokens=dict.fromkeys(facts().tokens, NOT_SET_UP))
    fix = rows(whole)["token for Graph"].fix

    assert "export WATCHDOG_CREDENTIAL=developer" in fix
    assert "az login --tenant" in fix
    assert "functionapp identity show" not in fix


@pytest.mark.parametrize(
    ("cloud", "name"),
    [("usgov", "AzureUSGovernment"), ("dod", "AzureUSGovernment"), ("china", "AzureChinaCloud")],
)
def test_a_person_signs_in_to_the_right_cloud(cloud: str, name: str) -> None:
    """`az login` alone goes to the public one, whose tokens no other takes."""
    suffix = "chinacloudapi.cn" if cloud == "china" else "usgovcloudapi.net"
    store = f"https://contosowatchdog.table.core.{suffix}"
    environ = {**DESK, "WATCHDOG_CLOUD": cloud, "WATCHDOG_STORE": store}
    whole = facts(environ, tokens=dict.fromkeys(facts().tokens, NOT_SET_UP))

    assert f"az cloud set --name {name}\n" in rows(whole)["token for Graph"].fix
