"""infra/scripts/set-secrets.sh: secrets reach the vault, and nothing else sees them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shared.settings.parsers import signing_keys
from tests.support.fake_azure import Azure

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "https://contoso.webhook.office.example/workflows/canary?sig=canary-signature"
OLD = "k20260101T000000:b2xkLWtleS1vbGQta2V5LW9sZC1rZXktb2xkLWtleSE="
SECRETS = ("set-secrets.sh", "--vault", "kv-watchdog")


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    """A tenant with Graph and the app's identity, which may do nothing yet."""
    return Azure.make(tmp_path)


@pytest.mark.parametrize(
    ("option", "name"),
    [((), "teams-url"), (("--teams-url",), "teams-url"), (("--dead-man-url",), "dead-man-url")],
)
@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_an_address_is_stored_as_it_came_without_its_line_end(
    option: tuple[str, ...], name: str, ending: str, azure: Azure
) -> None:
    """A line end inside a secret is a webhook that fails at night."""
    done = azure.run(*SECRETS, *option, said=SECRET + ending)

    assert done.returncode == 0, done.stderr
    assert azure.state["secrets"] == {name: SECRET}


@pytest.mark.parametrize(
    "action",
    ["--teams-url", "--dead-man-url", "--rotate-signing-key", "--drop-old-signing-keys"],
)
def test_no_secret_is_ever_an_argument_or_on_the_screen(action: str, azure: Azure) -> None:
    """Arguments stand in lists of processes and in histories, screens in recordings."""
    azure.change(secrets={"signing-keys": f"{OLD};old:{OLD[-44:]}"})

    done = azure.run(*SECRETS, action, said=SECRET)

    shown = azure.arguments() + done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    hidden = [SECRET, "canary", *re.findall(r":([^;]+)", azure.state["secrets"]["signing-keys"])]
    assert [each for each in hidden if each in shown] == []


def test_no_secret_is_left_in_a_file(azure: Azure) -> None:
    """Neither a temporary one nor a history."""
    azure.run(*SECRETS, "--teams-url", said=SECRET)

    left = {path.name for path in azure.folder.iterdir()}

    assert left == {"az", "calls.jsonl", "state.json"}


@pytest.mark.parametrize(
    "said",
    ["", "\n", "http://contoso.example/x", "contoso.example", f"{SECRET}\nmore", f"see {SECRET}"],
)
def test_what_is_not_one_address_is_not_stored(said: str, azure: Azure) -> None:
    """Half an address, or two, is noticed now and not at the first alarm; nor is it shown."""
    done = azure.run(*SECRETS, "--teams-url", said=said)

    assert done.returncode == 2
    assert not azure.writes()
    assert "canary" not in done.stderr


def test_a_secret_given_as_an_option_is_refused_without_showing_it(azure: Azure) -> None:
    """Whoever tries learns the way that keeps it secret."""
    done = azure.run(*SECRETS, SECRET)

    assert done.returncode == 2
    assert "canary" not in done.stderr
    assert "stdin" in done.stderr


def test_the_first_signing_key_is_one_that_the_watchdog_takes(azure: Azure) -> None:
    """Its id and its length are the settings' rule."""
    azure.run(*SECRETS, "--make-signing-keys")

    assert len(signing_keys(azure.state["secrets"]["signing-keys"])) == 1


def test_making_keys_never_replaces_keys_that_are_there(azure: Azure) -> None:
    """Every link that they signed would die."""
    azure.change(secrets={"signing-keys": OLD})

    done = azure.run(*SECRETS, "--make-signing-keys")

    assert done.returncode == 2
    assert "--rotate-signing-key" in done.stderr
    assert azure.state["secrets"] == {"signing-keys": OLD}


def test_rotation_puts_the_new_key_in_front_of_the_old_one(azure: Azure) -> None:
    """The newest signs, and what the old one signed still opens."""
    azure.change(secrets={"signing-keys": OLD})

    azure.run(*SECRETS, "--rotate-signing-key")

    stored = azure.state["secrets"]["signing-keys"]
    new, old = signing_keys(stored)
    assert f"{old.id}" == OLD.partition(":")[0]
    assert new.id != old.id
    assert stored.endswith(f";{OLD}")


def test_dropping_old_keys_keeps_the_newest(azure: Azure) -> None:
    """A day after a rotation, or at once when a key leaked."""
    azure.change(secrets={"signing-keys": OLD})
    azure.run(*SECRETS, "--rotate-signing-key")
    new = azure.state["secrets"]["signing-keys"].partition(";")[0]

    azure.run(*SECRETS, "--drop-old-signing-keys")

    assert azure.state["secrets"]["signing-keys"] == new


@pytest.mark.parametrize("words", ["keyvault secret list", "keyvault secret show"])
@pytest.mark.parametrize(
    "action", ["--make-signing-keys", "--rotate-signing-key", "--drop-old-signing-keys"]
)
def test_keys_that_cannot_be_read_are_never_overwritten(
    words: str, action: str, azure: Azure
) -> None:
    """A refused read is not an empty vault."""
    azure.change(secrets={"signing-keys": OLD})
    azure.fail(words, "Forbidden: Caller is not authorized")

    done = azure.run(*SECRETS, action)

    assert done.returncode == 2
    assert azure.state["secrets"] == {"signing-keys": OLD}
    assert "Forbidden" in done.stderr
    assert "Key Vault Secrets Officer" in done.stderr


def test_without_a_good_key_nothing_is_stored(azure: Azure) -> None:
    """An openssl that fails must not leave an empty key behind."""
    openssl = azure.folder / "openssl"
    openssl.write_text("#!/bin/sh\nexit 1\n")
    openssl.chmod(0o755)

    done = azure.run(*SECRETS, "--make-signing-keys")

    assert done.returncode == 2
    assert not azure.writes()


def test_a_refused_secret_says_which_role_is_missing(azure: Azure) -> None:
    """Owning a vault with roles does not mean that one may write into it."""
    azure.fail("keyvault secret set", "Forbidden: Caller is not authorized")

    done = azure.run(*SECRETS, "--teams-url", said=SECRET)

    assert done.returncode == 2
    assert "Forbidden" in done.stderr
    assert "Key Vault Secrets Officer" in done.stderr


def test_the_app_reads_a_new_secret_at_once_when_asked(azure: Azure) -> None:
    """A restart is not enough on Flex Consumption."""
    azure.run(*SECRETS, "--app", "func-watchdog-x1", "--resource-group", "rg", said=SECRET)

    assert (
        "/sites/func-watchdog-x1/config/configreferences/appsettings/refresh"
        in (azure.writes()[-1])
    )
