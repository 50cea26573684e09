"""Any environment gives settings or a SettingsError, and neither shows a secret."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.channels.teams import check_webhook
from shared.secret import Secret
from shared.settings import Settings
from shared.settings.table import SETTINGS
from shared.settings.types import SettingsError
from tests.support.canary import assert_leaks_no_secret
from tests.support.settings_env import AZURE, CANARY, CONNECTION, LAPTOP, SIMULATOR, TENANT, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.settings import Command

NAMES = [setting.name for setting in SETTINGS]
PLATFORM = ["WEBSITE_HOSTNAME", "WEBSITE_SITE_NAME", "WEBSITE_AUTH_ENABLED", "WATCHDOG_TYPO"]
SECRETS = (
    "WATCHDOG_TEAMS_URL",
    "WATCHDOG_DEAD_MAN_URL",
    "WATCHDOG_SIGNING_KEYS",
    "WATCHDOG_STORE",
    "WATCHDOG_TYPO",
)
ANY_TEXT = st.text(st.characters(), max_size=60)  # lone surrogates too: os.environ can hold them
LIKELY = st.sampled_from(
    [
        *(setting.example for setting in SETTINGS),
        *(setting.default for setting in SETTINGS if setting.default),
        *("loopback", "developer", "link", " on ", "china", "PT5M", "P90D", ";", "a;;b"),
        "http://127.0.0.1:8080",
        "http://localhost:1?x",
        "http://[::1",
        "https://\uff41.com",
        "True",
        TENANT,
        CONNECTION,
    ]
)
ENVIRON = st.dictionaries(st.sampled_from(NAMES + PLATFORM), ANY_TEXT | LIKELY) | st.dictionaries(
    st.text(max_size=20) | st.sampled_from(NAMES), ANY_TEXT
)
AROUND = st.sampled_from(
    [
        ("", ""),
        ("https://prod-01.westeurope.logic.azure.com/workflows/0a1b?sig=", ""),
        ("https://prod-01.westeurope.logic.azure.com/", "?x=1"),
        ("https://contoso.webhook.office.com/webhookb2/", "/x"),
        ("http://127.0.0.1:8080/", "?sig=x"),
        ("https://hc-ping.com/", ""),
        ("https://user:", "@hc-ping.com/"),
        ("k1:", ""),
        ("k1:", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("AccountName=contosowatchdog;AccountKey=", ""),
        ("AccountName=contosowatchdog;AccountKey=", ";TableEndpoint=https://contoso.com"),
        ("https://contosowatchdog.table.core.windows.net/?sig=", ""),
        ("sqlite:", ""),
        ("@Microsoft.KeyVault(SecretUri=https://", ")"),
    ]
)


def outcome(environ: dict[str, str], command: Command) -> Settings | SettingsError:
    """What became of an environment; anything else than these two escapes."""
    try:
        return read(environ, command)
    except SettingsError as error:
        return error


def everything(result: Settings | SettingsError) -> str:
    """All that a log, a trace-back or a careless print could write."""
    texts = [str(result), repr(result), f"{result}"]
    if isinstance(result, SettingsError):
        texts += [repr(result.args), repr(result.problems), repr(result.__context__)]
    return "\n".join(texts)


@given(environ=ENVIRON, base=st.sampled_from([{}, LAPTOP, AZURE, SIMULATOR]), check=st.booleans())
def test_any_environment_gives_settings_or_a_settings_error(
    environ: dict[str, str], base: dict[str, str], *, check: bool
) -> None:
    """Nothing else escapes, and each problem is one printable line about one name."""
    result = outcome({**base, **environ}, "check" if check else "watch")

    if isinstance(result, SettingsError):
        assert result.problems
        lines = str(result).splitlines()
        assert len(lines) == len(result.problems)
        assert all(line.isprintable() for line in lines)


@given(
    parts=st.dictionaries(st.sampled_from(SECRETS), AROUND, min_size=1),
    base=st.sampled_from([LAPTOP, AZURE, SIMULATOR]),
    environ=st.dictionaries(st.sampled_from(NAMES), LIKELY, max_size=4),
)
@example(parts={"WATCHDOG_STORE": ("sqlite:", "")}, base=LAPTOP, environ={})
def test_no_secret_is_ever_shown(
    parts: dict[str, tuple[str, str]], base: dict[str, str], environ: dict[str, str]
) -> None:
    """A canary in any secret setting, right or wrong, is in no text of the outcome."""
    canaries = {name: f"{before}{CANARY}{after}" for name, (before, after) in parts.items()}

    result = outcome({**base, **environ, **canaries}, "watch")

    assert CANARY not in everything(result)


@given(
    name=st.sampled_from(NAMES),
    before=st.sampled_from(["", "https://contoso.com/?sig=", "http://localhost/", "k1:"]),
)
def test_a_secret_in_the_wrong_setting_is_not_shown_either(name: str, before: str) -> None:
    """A text of more than 40 characters is only counted, unless it is a right value there."""
    pasted = f"{before}{CANARY}{'!' * 40}"

    result = outcome(LAPTOP | {name: pasted}, "watch")

    assert isinstance(result, Settings) or CANARY not in everything(result)


@pytest.mark.parametrize("environ", [LAPTOP, AZURE | {"WATCHDOG_STORE": CONNECTION}, SIMULATOR])
async def test_good_settings_pass_the_shared_search_for_secrets(environ: dict[str, str]) -> None:
    """The one search that every channel and source passes too: logs, output, repr, exceptions."""

    async def run() -> Settings | SettingsError:
        return outcome(environ, "watch")

    await assert_leaks_no_secret(run, [CANARY])


def test_the_secrets_are_really_there() -> None:
    """The searches above would pass if the secrets were lost; they are kept, and hidden."""
    settings = Settings.from_environ(LAPTOP, check_webhook=check_webhook)

    assert settings.teams_url is not None
    assert CANARY in settings.teams_url.reveal()
    hidden = [field.name for field in dataclasses.fields(Settings) if _is_secret(settings, field)]
    assert hidden == ["teams_url"]


def _is_secret(settings: Settings, field: dataclasses.Field[object]) -> bool:
    return isinstance(getattr(settings, field.name), Secret)


@pytest.mark.parametrize(
    "sentence",
    [
        "Do not post to {url}.",
        "The signature {sig} is wrong.",
        "The flow {path} is off.",
    ],
)
def test_a_channel_that_quotes_its_secret_is_not_repeated(sentence: str) -> None:
    """The settings' promise does not rest on another module's."""
    url = LAPTOP["WATCHDOG_TEAMS_URL"]

    def quoting(url: str, extra_hosts: Sequence[str], *, loopback: bool) -> str:
        assert (tuple(extra_hosts), loopback) == ((), False)
        path = url.partition(":443")[2].partition("?")[0]
        return sentence.format(url=url, sig=CANARY, path=path)

    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(LAPTOP, check_webhook=quoting)

    assert str(caught.value) == (
        "WATCHDOG_TEAMS_URL is not usable. "
        "Right: the webhook URL of a Teams workflow, copied whole."
    )
    assert url not in repr(caught.value)


def test_a_channels_own_sentence_is_passed_on() -> None:
    """Its advice is better than ours, as long as it keeps the secret."""

    def refusing(_url: str, _extra_hosts: Sequence[str], *, loopback: bool) -> str:
        return f"It was retired\nMay 2026{'!' if loopback else ''}."

    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(LAPTOP, check_webhook=refusing)

    assert "is not usable: It was retired May 2026. Right:" in str(caught.value)
